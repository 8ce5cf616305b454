"""When a machine's clock may be believed: Eventbrite says in each answer what time it is, and that confirms ours."""

from __future__ import annotations

from datetime import datetime, timedelta

from eb_sync.errors import ClockWrongError
from eb_sync.model.instants import iso_text

FURTHEST_APART = timedelta(hours=12)
"""A run whose clock is further from Eventbrite's records nothing."""
LONGEST_UNCONFIRMED = timedelta(days=35)
"""So far ahead of the last confirmed instant a command may record: longer than summer holidays without a sync."""


def is_confirmed(now: datetime, served_at: datetime | None) -> bool:
    """Whether an answer of Eventbrite confirms a clock; None: it did not say what time it is."""
    return served_at is not None and abs(now - served_at) <= FURTHEST_APART


def check_confirmed(now: datetime, served_at: datetime | None) -> None:
    """Refuse a run whose clock is far from Eventbrite's.

    Raises:
        ClockWrongError: it is; both times are named.
    """
    if served_at is not None and not is_confirmed(now, served_at):
        raise ClockWrongError(
            f"This machine's clock says {iso_text(now)}, Eventbrite's says {iso_text(served_at)}: nothing was "
            "recorded. Set the clock (timedatectl set-ntp true), and run it again."
        )


def check_recording(now: datetime, confirmed_at: datetime | None) -> None:
    """Refuse to record far ahead of the last confirmed instant; where none was ever confirmed, nothing is known.

    Raises:
        ClockWrongError: it lies too far ahead; both times are named.
    """
    if confirmed_at is not None and now - confirmed_at > LONGEST_UNCONFIRMED:
        raise ClockWrongError(
            f"This machine's clock says {iso_text(now)}, and Eventbrite last confirmed a time at "
            f"{iso_text(confirmed_at)}, more than {LONGEST_UNCONFIRMED.days} days before: nothing was recorded. "
            "If the clock is wrong, set it; if it is right, `ebsync sync` has it confirmed."
        )

"""Which instants can be meant: a booking or a workshop in another century is a mistake, and breaks the reckoning."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST_AT = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AT = datetime(2100, 1, 1, tzinfo=UTC)
"""The end is open."""


def is_plausible(instant: datetime | None) -> bool:
    """Whether an instant can be meant; None says nothing and is none that cannot."""
    return instant is None or EARLIEST_AT <= instant < LATEST_AT

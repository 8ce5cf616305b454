"""Whether bookings are as new as somebody asks."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from eb_sync.errors import TryAgainError
from eb_sync.model.clocks import FURTHEST_APART
from eb_sync.model.instants import iso_text
from eb_sync.nightly.earlier_nights import DONE_BELOW
from eb_sync.store.sync_state import CONFIRMED_AT, read_newest_applied, read_newest_run_applied

_LONG = timedelta(days=3)


def read_last_good_sync(connection: sa.Connection, hub_id: int) -> datetime | None:
    """The start of the newest sync that read what it set out to read; None before the first.

    One that held a read back (65) or put rows aside (3) did; one that was refused, or stopped half-way, did not.
    """
    return read_newest_applied(connection, hub_id, "sync", below=DONE_BELOW)


def check_fresh(connection: sa.Connection, hub_id: int, now: datetime, max_age: timedelta) -> None:
    """Refuse bookings that are older; `now` is the machine's own clock, not one that stands.

    Raises:
        TryAgainError: there was no good sync, or the last one is older.
    """
    run = read_newest_run_applied(connection, hub_id, "sync", below=DONE_BELOW)
    if run is None:
        raise TryAgainError("There was no good sync yet: `ebsync sync` makes one, `ebsync doctor` says what is wrong.")
    # Eventbrite's word for when it was: the machine's clock may have been wrong then
    told = run.counts.get(CONFIRMED_AT)
    last_at = run.started_at if told is None else datetime.fromisoformat(told)
    age = now - last_at
    if told is not None and age < -FURTHEST_APART:
        raise TryAgainError(
            f"This machine's clock says {iso_text(now)}, but the last good sync was at "
            f"{iso_text(last_at)} by Eventbrite's: set the clock (timedatectl set-ntp true)."
        )
    if age > max_age:
        raise TryAgainError(
            f"The last good sync was {format_age(age)} ago ({iso_text(last_at)}), longer than "
            f"{format_age(max_age)}. `ebsync status` shows what the runs since came to."
        )


def format_age(age: timedelta) -> str:
    """`45 min`, `26 h 30 min`, from three days on `17 d 4 h`: cut to whole units."""
    minutes = int(age.total_seconds() // 60)
    hours = minutes // 60
    parts = ((hours // 24, "d"), (hours % 24, "h")) if age >= _LONG else ((hours, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"

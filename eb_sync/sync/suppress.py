"""Names of erased persons, taken out of what was fetched before anything is compared, held or written."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from eb_sync.model.bookings import KnownBooking
from eb_sync.model.readings import AttendeeList, AttendeeReading, CompleteRead
from eb_sync.store.erasure import read_suppressed
from eb_sync.sync.fetch import Fetched
from eb_sync.sync.plan import is_stale


def without_erased_names(connection: sa.Connection, hub_id: int, fetched: Fetched) -> Fetched:
    """What was fetched, with no name or e-mail address for attendees of erased persons."""
    suppressed = read_suppressed(connection, hub_id)
    if not suppressed:
        return fetched
    return dataclasses.replace(
        fetched,
        changed=None if fetched.changed is None else blank_names(fetched.changed, suppressed),
        reads=[dataclasses.replace(read, attendees=blank_names(read.attendees, suppressed)) for read in fetched.reads],
    )


def blank_names(rows: AttendeeList, suppressed: Collection[str]) -> AttendeeList:
    """A list without the names and e-mail addresses of these attendees."""
    return dataclasses.replace(rows, attendees=tuple(_blank(row, suppressed) for row in rows.attendees))


def _blank(row: AttendeeReading, suppressed: Collection[str]) -> AttendeeReading:
    if row.attendee_id not in suppressed or row.profile is None:
        return row
    return dataclasses.replace(row, profile=row.profile.without_name())


def without_stale_profiles(
    known: Mapping[str, KnownBooking], seen: AttendeeList | CompleteRead
) -> AttendeeList | CompleteRead:
    """Rows without what was typed where they are older than what is known: it may be the name of an erased person."""
    if isinstance(seen, CompleteRead):
        return dataclasses.replace(seen, attendees=_current(known, seen.attendees))
    return _current(known, seen)


def _current(known: Mapping[str, KnownBooking], rows: AttendeeList) -> AttendeeList:
    stale = {
        row.attendee_id for row in rows.attendees if row.attendee_id in known and is_stale(known[row.attendee_id], row)
    }
    kept = (dataclasses.replace(row, profile=None) if row.attendee_id in stale else row for row in rows.attendees)
    return dataclasses.replace(rows, attendees=tuple(kept)) if stale else rows

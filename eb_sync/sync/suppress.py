"""Names of erased persons, taken out of what was fetched before anything is compared, held or written."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import sqlalchemy as sa

from eb_sync.model.readings import AttendeeList, AttendeeReading
from eb_sync.store.erasure import read_suppressed
from eb_sync.sync.fetch import Fetched


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
    if row.attendee_id not in suppressed:
        return row
    return dataclasses.replace(row, profile=dataclasses.replace(row.profile, name="", email=""))

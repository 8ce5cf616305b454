"""Rows that could not be read: noted once, and let go when they are well or gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eb_sync.model.readings import AttendeeList, CompleteRead, QuarantinedRow
from eb_sync.store.sync_state import OpenQuarantine, heal_quarantined, read_open_quarantine, record_quarantined
from eb_sync.sync.fetch import Fetched
from eb_sync.sync.plan import names_every_row
from eb_sync.sync.salvage import Salvage


def note_quarantined(
    salvage: Salvage, fetched: Fetched, changed: AttendeeList, applied: Iterable[CompleteRead]
) -> tuple[QuarantinedRow, ...]:
    """Note what this run could not read or write, and heal what it could; gives the rows not noted before.

    `changed` is what the list of changed attendees decides, `applied` the complete reads that were not held.
    """
    connection, hub_id, now, refused = salvage.connection, salvage.hub_id, salvage.now, salvage.refused
    of_reads = [row for read in fetched.reads for row in read.attendees.quarantined]
    known = {row.id for row in of_reads}
    # a row that the list of changes has without its event, and a complete read with it, is one row
    listed = [row for row in changed.quarantined if row.event_id is not None or row.id not in known]
    rows = tuple({(row.event_id, row.id): row for row in (*refused, *fetched.unreadable, *of_reads, *listed)}.values())
    new = record_quarantined(connection, hub_id, now, rows)
    shown = _Shown.in_run(fetched, applied)
    still = {(row.event_id, row.id) for row in rows}
    waiting = read_open_quarantine(connection, hub_id)
    healed = [row.id for row in waiting if shown.settles(row) and (row.event_id, row.row_id) not in still]
    heal_quarantined(connection, hub_id, now, healed)
    return tuple(new)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a run read well."""

    settled_events: frozenset[str]
    """Events listed or read, and those that are gone."""
    complete: frozenset[str]
    """Events each of whose rows could be named, and those that are gone."""
    rows: frozenset[str]
    has_changes: bool
    """Whether the list of changed attendees was read."""

    @classmethod
    def in_run(cls, fetched: Fetched, applied: Iterable[CompleteRead]) -> _Shown:
        """What this run did."""
        reads = list(applied)
        listed = {event.id for event in fetched.listing.events}
        gone = {gone.event_id for gone in fetched.gone}
        return cls(
            settled_events=frozenset(listed | {read.event.id for read in fetched.reads} | gone),
            complete=frozenset({read.event.id for read in reads if names_every_row(read.attendees)} | gone),
            rows=frozenset(row.attendee_id for read in reads for row in read.attendees.attendees),
            has_changes=fetched.changed is not None,
        )

    def settles(self, row: OpenQuarantine) -> bool:
        """Whether a row in quarantine is well now, or gone; what has no event was of the list of changes alone."""
        if row.kind == "event":
            return row.row_id.startswith("?") or row.row_id in self.settled_events
        if row.event_id is None and self.has_changes:
            return True
        return row.row_id in self.rows or row.event_id in self.complete

"""How fresh the bookings are, and whether our counts stand beside Eventbrite's (DESIGN 7.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.store.bookings import read_known_bookings, read_newest_reads
from eb_sync.store.sync_state import read_open_quarantine, read_runs, read_worst_held
from eb_sync.workshops.places import Picture
from policies.facts import Presence

_RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Status:
    """The hub's state for whoever watches over it."""

    synced_at: datetime | None
    """Start of the newest run of sync, among those shown, that applied what it read; None if none did."""
    runs: list[dict[str, Any]]
    """Newest first."""
    events: list[dict[str, Any]]
    """For each event read completely: our count of active bookings beside Eventbrite's."""
    quarantined: list[dict[str, Any]]
    held: list[dict[str, Any]]


def read_status(connection: sa.Connection, hub_id: int, picture: Picture) -> Status:
    """The status as of now."""
    runs = read_runs(connection, hub_id, _RUNS_SHOWN)
    return Status(
        synced_at=next((run.started_at for run in runs if run.kind == "sync" and run.counts), None),
        runs=[
            {
                "kind": run.kind,
                "started_at": run.started_at,
                "finished_at": run.finished_at,
                "exit_code": run.exit_code,
                "counts": dict(run.counts),
            }
            for run in runs
        ],
        events=_events(connection, hub_id, picture),
        quarantined=[
            {"event_id": row.event_id, "id": row.row_id, "reason": row.reason}
            for row in read_open_quarantine(connection, hub_id)
        ],
        held=[
            {"event_id": held.event_id, "active": held.active, "would_end": held.would_end}
            for held in read_worst_held(connection, hub_id)
        ],
    )


def _events(connection: sa.Connection, hub_id: int, picture: Picture) -> list[dict[str, Any]]:
    titles = {workshop.event_id: workshop.title for workshop in picture.workshops}
    reads = read_newest_reads(connection, hub_id, titles)
    bookings = read_known_bookings(connection, hub_id, titles)
    events = []
    for event_id in sorted(titles):
        read = reads.get(event_id)
        known = bookings.get(event_id, {}).values()
        active = sum(1 for booking in known if booking.observation.presence is Presence.ACTIVE)
        sold = None if read is None else read.quantity_sold
        events.append(
            {
                "event_id": event_id,
                "title": titles[event_id],
                "active": active,
                "quantity_sold": sold,
                "object_count": None if read is None else read.object_count,
                "last_read_at": None if read is None else read.started_at,
                "differs": sold is not None and sold != active,
            }
        )
    return events

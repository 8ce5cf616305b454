"""How fresh the bookings are, and whether our counts stand beside Eventbrite's (DESIGN 7.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from eb_sync.model.bookings import UndescribedStatus, show_status
from eb_sync.model.instants import iso_text
from eb_sync.nightly.earlier_nights import BEGUN, NIGHTLY, read_last_night, read_unended_night
from eb_sync.nightly.freshness import read_last_good_sync
from eb_sync.store.bookings import read_known_bookings, read_newest_reads, read_undescribed_statuses
from eb_sync.store.sync_state import (
    CONFIRMED_AT,
    RunRecord,
    read_newest_applied,
    read_open_quarantine,
    read_runs,
    read_worst_held,
)
from eb_sync.workshops.snapshot import Snapshot
from policies.facts import Presence

_RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class UnendedNight:
    """A night that began and has not ended."""

    started_at: datetime
    is_dead: bool
    """Whether it had longer than a night may take: it was killed, or its machine stopped."""

    def __str__(self) -> str:
        """What is said of it."""
        began = f"A night began at {iso_text(self.started_at)} and never ended"
        if self.is_dead:
            return f"{began}: it was killed, or its machine stopped. `ebsync nightly` makes good for it."
        return f"{began} so far: it is at work, or it was killed."


@dataclass(frozen=True, slots=True)
class Status:
    """The hub's state for whoever watches over it."""

    synced_at: datetime | None
    """Start of the newest run of sync that applied what it read; None if none did."""
    last_good_sync_at: datetime | None
    """Start of the newest one that read all that it set out to read; what `--max-age` goes by."""
    night: dict[str, Any] | None
    """The newest night with its steps; None before the first."""
    unended_night: UnendedNight | None
    """The newest night, if it has not ended."""
    runs: list[dict[str, Any]]
    """Newest first."""
    events: list[dict[str, Any]]
    """For each event read completely: our count of active bookings beside Eventbrite's."""
    quarantined: list[dict[str, Any]]
    held: list[dict[str, Any]]
    undescribed: list[UndescribedStatus]
    """Statuses that nobody has described and that bookings carry now."""


def read_status(
    connection: sa.Connection, hub_id: int, snapshot: Snapshot, now: datetime, night_limit: timedelta
) -> Status:
    """The status as of now; a night ends itself after its limit."""
    night = read_last_night(connection, hub_id)
    begun_at = read_unended_night(connection, hub_id)
    return Status(
        synced_at=read_newest_applied(connection, hub_id, "sync"),
        last_good_sync_at=read_last_good_sync(connection, hub_id),
        night=None if night is None else {**_times(night), "steps": night.counts.get("steps", [])},
        unended_night=None if begun_at is None else UnendedNight(begun_at, now - begun_at > night_limit),
        runs=[
            {"kind": run.kind, **_times(run), "counts": _counts(run)}
            for run in read_runs(connection, hub_id, _RUNS_SHOWN, but=BEGUN)
        ],
        events=_events(connection, hub_id, snapshot),
        quarantined=[
            {"event_id": row.event_id, "id": row.row_id, "reason": row.reason}
            for row in read_open_quarantine(connection, hub_id)
        ],
        held=[
            {"event_id": held.event_id, "active": held.active, "would_end": held.would_end}
            for held in read_worst_held(connection, hub_id)
        ],
        undescribed=read_undescribed_statuses(connection, hub_id),
    )


def undescribed_line(found: UndescribedStatus) -> str:
    """What is said of a status that nobody has described."""
    word = f'The status "{show_status(found.status)}"' if found.status else "A missing status"
    carried = f"{found.bookings} booking{'s' if found.bookings > 1 else ''}, {found.active} of them active"
    return f"{word}, which nobody has described: {carried}. Their places become questions (status_unknown)."


def _times(run: RunRecord) -> dict[str, Any]:
    return {"started_at": run.started_at, "finished_at": run.finished_at, "exit_code": run.exit_code}


def _counts(run: RunRecord) -> dict[str, Any]:
    """A night's by step, and without what it keeps for the next one."""
    if run.kind != NIGHTLY:
        return {name: count for name, count in run.counts.items() if name != CONFIRMED_AT}
    return {step["step"]: step["counts"] for step in run.counts.get("steps", [])}


def _events(connection: sa.Connection, hub_id: int, snapshot: Snapshot) -> list[dict[str, Any]]:
    titles = {workshop.event_id: workshop.title for workshop in snapshot.workshops}
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

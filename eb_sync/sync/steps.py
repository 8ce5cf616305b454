"""Applying what one run fetched, in the order in which it was seen: held reads, changed rows, complete reads.

All of it happens in the caller's transaction. Each step compares with what the step before has left.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from eb_sync.model.bookings import EventObservation, KnownBooking
from eb_sync.model.readings import AttendeeReading, CompleteRead, EventReading, QuarantinedRow
from eb_sync.store.bookings import read_event_observations, read_events_of, read_known_bookings
from eb_sync.store.series import newest_fact_id
from eb_sync.store.sync_state import read_held
from eb_sync.sync.apply import Applied, apply_plan, restore_held
from eb_sync.sync.fetch import Fetched
from eb_sync.sync.plan import (
    ENDS,
    EventPlan,
    SyncPlan,
    is_bookable,
    plan_changed,
    plan_corroborated,
    plan_event,
    plan_held,
    rows_by_event,
    same_event,
)
from eb_sync.sync.request import SyncRequest

Bookings = Mapping[str, KnownBooking]


@dataclass
class Steps:
    """What the steps of a run did."""

    applied: list[Applied] = field(default_factory=list)
    held: tuple[EventPlan, ...] = ()
    deferred: bool = False
    """Whether rows of the list of changes still wait for a complete read: the next run lists them again."""


@dataclass
class _Run:
    """One run being applied."""

    connection: sa.Connection
    request: SyncRequest
    now: datetime
    fetched: Fetched
    changed: Mapping[str, Sequence[AttendeeReading]]
    """Rows of the list of changes, by event."""
    unreadable: Mapping[str | None, Sequence[QuarantinedRow]]
    """Those of that list that could not be read; None: nor which event they are of."""
    known: dict[str, dict[str, KnownBooking]]
    steps: Steps = field(default_factory=Steps)

    def apply(self, plan: SyncPlan) -> None:
        """Write one step, and read again what it changed; a quiet run has few of them."""
        if plan == SyncPlan():
            return
        self.steps.applied.append(apply_plan(self.connection, self.request.hub_id, self.now, plan))
        touched = {event.event_id for event in plan.applied if event.changes}
        self.known.update(read_known_bookings(self.connection, self.request.hub_id, touched))

    def bookings(self, event_id: str) -> Bookings:
        """What is known of an event's bookings after the steps so far."""
        return self.known.get(event_id, {})

    def is_allowed(self, event_id: str) -> bool:
        """Whether a person allowed this event a mass change."""
        return event_id in self.request.allow_mass_change


def apply_fetched(connection: sa.Connection, request: SyncRequest, now: datetime, fetched: Fetched) -> Steps:
    """Write everything; `now` is when it is recorded."""
    changed = rows_by_event(fetched.changed.attendees if fetched.changed is not None else ())
    unreadable = _unreadable_of_changes(connection, request.hub_id, fetched)
    about = {read.event.id for read in fetched.reads} | set(changed) | {key for key in unreadable if key is not None}
    known = read_known_bookings(connection, request.hub_id, about)
    run = _Run(connection, request, now, fetched, changed, unreadable, known)
    known_events = _apply_events(run)
    reads = {read.event.id: _merge(read, changed.get(read.event.id, ())) for read in fetched.reads}
    # judged against what was known before the run: the brake must not be passed in pieces
    plans = [plan_event(run.bookings(event_id), read) for event_id, read in sorted(reads.items())]
    held = tuple(plan for plan in plans if plan.looks_wrong and not run.is_allowed(plan.event_id))
    kept_back = {plan.event_id for plan in held}
    well = {event_id: read for event_id, read in reads.items() if event_id not in kept_back}
    _apply_held(run, well)
    deferred = _apply_changed(run, known_events - kept_back)
    run.apply(
        SyncPlan(
            applied=tuple(plan_event(run.bookings(event_id), read) for event_id, read in sorted(well.items())),
            held=held,
            quarantined=_all_quarantined(fetched, unreadable.values()),
            well_events=frozenset(event.id for event in fetched.listing.events) | set(reads),
        )
    )
    run.steps.held = (*held, *deferred)
    run.steps.deferred = bool(deferred)
    return run.steps


def _apply_events(run: _Run) -> set[str]:
    """Events as listed, read or gone; gives those that are known from now on."""
    fetched = run.fetched
    about = {event.id for event in fetched.listing.events} | {read.event.id for read in fetched.reads}
    about |= {gone.event_id for gone in fetched.gone} | set(run.changed)
    about |= {event_id for event_id in run.unreadable if event_id is not None}
    hub_id = run.request.hub_id
    observations = read_event_observations(run.connection, hub_id, newest_fact_id(run.connection, hub_id), about)
    events = {observation.event_id: observation for observation in observations}
    gone = {gone.event_id for gone in fetched.gone}
    new = _new_events(events, fetched, gone)
    run.apply(
        SyncPlan(
            new_events=new,
            gone_events=tuple(events[key] for key in sorted(gone) if key in events and events[key].is_bookable),
        )
    )
    return set(events) | {event.id for event in new}


def _new_events(
    events: Mapping[str, EventObservation], fetched: Fetched, gone: Collection[str]
) -> tuple[EventReading, ...]:
    """Events whose kept fields differ; of two readings of one event in a run the later counts."""
    readings = {event.id: event for event in fetched.listing.events}
    readings.update({read.event.id: read.event for read in fetched.reads})
    new = []
    for event_id, event in sorted(readings.items()):
        known = events.get(event_id)
        if event_id in gone or (known is None and not is_bookable(event)):
            continue  # listed and yet gone, or a draft nobody can have booked
        if known is None or not same_event(known, event):
            new.append(event)
    return tuple(new)


def _apply_held(run: _Run, reads: Mapping[str, CompleteRead]) -> None:
    """Held reads that a person allowed, each with its own time; of others what a read that looks right bears out."""
    for held in read_held(run.connection, run.request.hub_id):
        if held.event_id not in reads or held.content is None:
            continue
        known, earlier = run.bookings(held.event_id), restore_held(held)
        if run.is_allowed(held.event_id):
            plan = plan_held(known, earlier)
        else:
            plan = plan_corroborated(known, earlier, _find_ended(known, reads[held.event_id]))
        run.apply(SyncPlan(applied=(plan,)))


def _find_ended(known: Bookings, read: CompleteRead) -> Collection[str]:
    """Bookings that this read shows as ended."""
    changes = {change.attendee_id: change.presence for change in plan_event(known, read).changes}
    return {
        attendee_id
        for attendee_id, booking in known.items()
        if changes.get(attendee_id, booking.observation.presence) in ENDS
    }


def _apply_changed(run: _Run, event_ids: Collection[str]) -> tuple[EventPlan, ...]:
    """Rows of the list of changes, seen before the complete reads; where the brake would act only those decide.

    Gives what looks wrong of events that were not read completely: they are held until they are.
    """
    # an event that is gone has no read to wait for: its places are stale, and it is read completely if it comes back
    settled = {read.event.id for read in run.fetched.reads} | {gone.event_id for gone in run.fetched.gone}
    plans, deferred = [], []
    for event_id in sorted(event_id for event_id in event_ids if event_id in run.changed or event_id in run.unreadable):
        rows, unreadable = run.changed.get(event_id, ()), run.unreadable.get(event_id, ())
        plan = plan_changed(event_id, run.bookings(event_id), rows, unreadable)
        if not plan.looks_wrong or run.is_allowed(event_id):
            plans.append(plan)
        elif event_id not in settled:
            deferred.append(plan)
    run.apply(SyncPlan(applied=tuple(plan for plan in plans if plan.changes), held=tuple(deferred)))
    return tuple(deferred)


def _unreadable_of_changes(
    connection: sa.Connection, hub_id: int, fetched: Fetched
) -> dict[str | None, list[QuarantinedRow]]:
    """Rows of the list of changes that could not be read, by event; where it was read completely, that read decides.

    A row that does not say which event it is of is its booking's, if that is known.
    """
    rows = fetched.changed.quarantined if fetched.changed is not None else ()
    lost = [row.id for row in rows if row.event_id is None and not row.id.startswith("?")]
    events = read_events_of(connection, hub_id, lost) if lost else {}
    read_ids = {read.event.id for read in fetched.reads}
    by_event: dict[str | None, list[QuarantinedRow]] = {}
    for row in rows:
        event_id = row.event_id or events.get(row.id)
        if event_id not in read_ids:
            by_event.setdefault(event_id, []).append(dataclasses.replace(row, event_id=event_id))
    return by_event


def _all_quarantined(fetched: Fetched, unreadable: Iterable[Sequence[QuarantinedRow]]) -> tuple[QuarantinedRow, ...]:
    rows = [row for read in fetched.reads for row in read.attendees.quarantined]
    return (*fetched.unreadable, *rows, *(row for several in unreadable for row in several))


def _merge(read: CompleteRead, changed: Iterable[AttendeeReading]) -> CompleteRead:
    """The read without what the list of changes of the same run shows to be out of date: the later `changed` wins."""
    later = {row.attendee_id: row for row in changed}
    rows = tuple(
        later[row.attendee_id]
        if row.attendee_id in later and later[row.attendee_id].changed_at > row.changed_at
        else row
        for row in read.attendees.attendees
    )
    return dataclasses.replace(read, attendees=dataclasses.replace(read.attendees, attendees=rows))

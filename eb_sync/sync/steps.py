"""Applying what one run fetched, in the order in which it was seen: what was held, changed rows, complete reads.

All of it happens in the caller's transaction. Each step compares with what the step before has left.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from eb_sync.model.bookings import EventObservation, KnownBooking
from eb_sync.model.readings import AttendeeList, AttendeeReading, CompleteRead, EventReading, GoingAhead, QuarantinedRow
from eb_sync.store.bookings import read_event_observations, read_events_of, read_known_bookings, read_statuses
from eb_sync.store.series import ensure_hub, newest_fact_id
from eb_sync.store.sync_state import HeldRead, read_held, read_worst_held, settle_held
from eb_sync.sync.apply import Applied, hold, restore_held
from eb_sync.sync.fetch import Fetched
from eb_sync.sync.judge import Believed, EventReadings, Reading, ReadJudgement, believed, judge, looks_wrong
from eb_sync.sync.plan import SyncPlan, find_cut, is_bookable, same_event, split_by_event, undescribed_statuses
from eb_sync.sync.quarantine import note_quarantined
from eb_sync.sync.request import SyncRequest
from eb_sync.sync.salvage import Salvage
from eb_sync.sync.suppress import without_erased_names, without_stale_profiles

Bookings = Mapping[str, KnownBooking]
_NO_LIST = AttendeeList((), (), datetime.min.replace(tzinfo=UTC), None)


@dataclass
class Steps:
    """What the steps of a run did."""

    applied: list[Applied] = field(default_factory=list)
    quarantined: tuple[QuarantinedRow, ...] = ()
    """Rows not in quarantine before."""
    held: tuple[HeldRead, ...] = ()
    """Of each event that waits after this run, what was held when most of its bookings would have ended."""
    needless: tuple[str, ...] = ()
    """Events allowed a mass change of which nothing was held."""
    new_statuses: frozenset[str] = frozenset()
    """Statuses that nobody has described, and that no booking was observed with before."""
    cut: tuple[str, ...] = ()
    """Events and bookings that are new or changed, of which a text was too long to be kept whole."""


@dataclass
class _Run:
    """One run being applied."""

    connection: sa.Connection
    request: SyncRequest
    now: datetime
    fetched: Fetched
    known: dict[str, dict[str, KnownBooking]]
    salvage: Salvage
    steps: Steps = field(default_factory=Steps)

    def apply(self, plan: SyncPlan) -> None:
        """Write one step, and read again what it changed; a quiet run has few of them."""
        if plan == SyncPlan():
            return
        statuses = undescribed_statuses(plan)
        if statuses:
            self.steps.new_statuses |= statuses - read_statuses(self.connection, self.request.hub_id, statuses)
        self.steps.cut += find_cut(plan)
        self.salvage.apply(plan)
        touched = {event.event_id for event in plan.applied if event.changes}
        self.known.update(read_known_bookings(self.connection, self.request.hub_id, touched))

    def bookings(self, event_id: str) -> Bookings:
        """What is known of an event's bookings after the steps so far."""
        return self.known.get(event_id, {})


def apply_fetched(connection: sa.Connection, request: SyncRequest, now: datetime, fetched: Fetched) -> Steps:
    """Write everything; `now` is when it is recorded."""
    ensure_hub(connection, request.hub_id)
    fetched = without_erased_names(connection, request.hub_id, fetched)
    changed = _changed_of_known_rows(connection, request.hub_id, fetched)
    waiting = _read_waiting(connection, request.hub_id)
    by_event = split_by_event(changed)
    reads = {read.event.id: _merge(read, by_event.get(read.event.id, _NO_LIST)) for read in fetched.reads}
    about = {*reads, *by_event, *waiting}
    known = read_known_bookings(connection, request.hub_id, about)
    run = _Run(connection, request, now, fetched, known, Salvage(connection, request.hub_id, now))
    going_ahead = _apply_events(run, about)
    seen = [
        EventReadings(
            event_id=event_id,
            waiting=tuple(waiting.get(event_id, ())),
            changed=by_event.get(event_id),
            read=reads.get(event_id),
            goes_ahead=going_ahead[event_id],
            allowed=event_id in request.allow_mass_change,
        )
        for event_id in sorted(about & going_ahead.keys())
    ]
    trusted = _apply_seen(run, seen)
    well = [reads[event_id] for event_id in sorted(trusted & set(reads))]
    run.steps.quarantined = note_quarantined(run.salvage, fetched, changed, well)
    run.steps.applied = run.salvage.applied
    run.steps.held = tuple(read_worst_held(connection, request.hub_id))
    return run.steps


def _read_waiting(connection: sa.Connection, hub_id: int) -> dict[str, list[Reading]]:
    waiting: dict[str, list[Reading]] = {}
    for held in read_held(connection, hub_id):
        waiting.setdefault(held.event_id, []).extend(restore_held(held))
    return waiting


def _apply_seen(run: _Run, events: Iterable[EventReadings]) -> set[str]:
    """Apply what is believed and hold the rest; gives the events of which nothing is held any longer."""
    sequences: list[list[Believed]] = []
    trusted = set()
    for event in events:
        known = run.bookings(event.event_id)
        verdict = judge(known, event)
        if verdict is ReadJudgement.NOTHING:
            for seen in event.now:
                kept = without_stale_profiles(known, seen)
                hold(run.connection, run.request.hub_id, run.now, event.plan(known, seen), kept)
            continue
        if event.allowed and not event.waiting and not looks_wrong(known, event):
            run.steps.needless += (event.event_id,)
        trusted.add(event.event_id)
        sequences.append(believed(event, verdict))
    # events do not depend on each other: the first reading of each is one step, the second of each the next
    for step in itertools.zip_longest(*sequences):
        plans = [each.plan(run.bookings(each.event.event_id)) for each in step if each is not None]
        run.apply(SyncPlan(applied=tuple(plan for plan in plans if plan.changes or plan.read is not None)))
    settle_held(run.connection, run.request.hub_id, run.now, trusted)
    return trusted


def _apply_events(run: _Run, others: Collection[str]) -> dict[str, bool]:
    """Events as listed, read or gone; gives those that are known from now on, and whether they are not called off."""
    fetched = run.fetched
    about = {event.id for event in fetched.listing.events} | {gone.event_id for gone in fetched.gone} | set(others)
    hub_id = run.request.hub_id
    histories: dict[str, list[EventObservation]] = {}
    for each in read_event_observations(run.connection, hub_id, newest_fact_id(run.connection, hub_id), about):
        histories.setdefault(each.event_id, []).append(each)
    events = {event_id: history[-1] for event_id, history in histories.items()}
    gone = {gone.event_id for gone in fetched.gone}
    new = _new_events(histories, fetched, gone)
    run.apply(
        SyncPlan(
            new_events=new,
            gone_events=tuple(events[key] for key in sorted(gone) if key in events and events[key].is_bookable),
        )
    )
    states = {event_id: event.going_ahead for event_id, event in events.items()}
    refused = {row.id for row in run.salvage.refused}
    states.update({event.id: event.going_ahead for event in new if event.id not in refused})
    return {event_id: state is GoingAhead.GOING_AHEAD for event_id, state in states.items()}


def _new_events(
    histories: Mapping[str, Sequence[EventObservation]], fetched: Fetched, gone: Collection[str]
) -> tuple[EventReading, ...]:
    """Events whose kept fields differ; of two readings of one event in a run the later counts."""
    readings = {event.id: event for event in fetched.listing.events}
    readings.update({read.event.id: read.event for read in fetched.reads})
    new = []
    for event_id, event in sorted(readings.items()):
        history = histories.get(event_id)
        if event_id in gone or (history is None and not is_bookable(event)):
            continue  # listed and yet gone, or a draft nobody can have booked
        if history is None or not same_event(history, event):
            new.append(event)
    return tuple(new)


def _changed_of_known_rows(connection: sa.Connection, hub_id: int, fetched: Fetched) -> AttendeeList:
    """The list of changes without what the complete reads decide: rows of theirs that could not be read in it.

    A row that does not say which event it is of is its booking's, if that is known.
    """
    if fetched.changed is None:
        return _NO_LIST
    rows = fetched.changed.quarantined
    lost = [row.id for row in rows if row.event_id is None and not row.id.startswith("?")]
    events = read_events_of(connection, hub_id, lost) if lost else {}
    named = [dataclasses.replace(row, event_id=row.event_id or events.get(row.id)) for row in rows]
    read_ids = {read.event.id for read in fetched.reads}
    return dataclasses.replace(fetched.changed, quarantined=tuple(row for row in named if row.event_id not in read_ids))


def _merge(read: CompleteRead, changed: AttendeeList) -> CompleteRead:
    """The read without what the list of changes of the same run shows to be out of date: the later `changed` wins."""
    later: Mapping[str, AttendeeReading] = {row.attendee_id: row for row in changed.attendees}
    rows = tuple(
        later[row.attendee_id]
        if row.attendee_id in later and later[row.attendee_id].changed_at > row.changed_at
        else row
        for row in read.attendees.attendees
    )
    return dataclasses.replace(read, attendees=dataclasses.replace(read.attendees, attendees=rows))

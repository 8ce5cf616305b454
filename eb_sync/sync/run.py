"""One run of sync: what is known, fetch, plan, apply."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.model.bookings import EventObservation
from eb_sync.model.readings import AttendeeReading, CompleteRead, EventReading
from eb_sync.store.bookings import read_event_observations, read_known_bookings
from eb_sync.store.engine import reading, writing
from eb_sync.store.facts import read_events_with_facts
from eb_sync.store.series import newest_fact_id
from eb_sync.store.sync_state import HubStamp, RunRecord, read_held, record_run, write_stamp
from eb_sync.store.watch import owe_reads, settle_reads, unwatch_events
from eb_sync.sync.apply import Applied, apply_plan, restore_held
from eb_sync.sync.fetch import Fetched, Telling, fetch_run
from eb_sync.sync.known import Known, read_known
from eb_sync.sync.plan import EventPlan, SyncPlan, is_bookable, plan_changed, plan_event, rows_by_event, same_event
from eb_sync.sync.request import SyncReport, SyncRequest
from eb_sync.sync.source import BookingSource
from eb_sync.workshops.terms import record_terms


def run_sync(
    engine: sa.Engine,
    source: BookingSource,
    request: SyncRequest,
    clock: Callable[[], datetime],
    telling: Telling | None = None,
) -> SyncReport:
    """Fetch, plan and apply; everything fetched is applied in one transaction or not at all.

    Raises:
        TokenRefusedError, TryAgainError, EventbriteContractError: from the source; nothing was written.
        SettingsError: the database belongs to another Eventbrite or organisation, or the token sees several.
        DatabaseError: from the store.
    """
    began, started_at = time.monotonic(), clock()
    with reading(engine) as connection:
        known = read_known(connection, request, started_at)
    organization_id, fetched = fetch_run(engine, source, request, known, telling or Telling())
    with writing(engine) as connection:
        now = max(clock(), started_at)
        _unwatch_finished(connection, request.hub_id, known)
        allowed = apply_plan(connection, request.hub_id, now, _plan_allowed(connection, request, fetched))
        plan = _plan(connection, request, fetched)
        applied = apply_plan(connection, request.hub_id, now, plan)
        _note_reads(connection, request.hub_id, now, fetched)
        reconciled_at = started_at if known.is_full else known.stamp.reconciled_at
        stamp = HubStamp(request.host, organization_id, _cursor(fetched), reconciled_at)
        write_stamp(connection, request.hub_id, stamp)
        record_terms(connection, request.hub_id, request.rule_settings, now)
        report = _report(source, fetched, plan, [allowed, applied], time.monotonic() - began)
        record_run(connection, request.hub_id, _run_record(report, started_at, now))
    return report


def _unwatch_finished(connection: sa.Connection, hub_id: int, known: Known) -> None:
    """What is applied below watches again whatever it is about; so does what a lead recorded meanwhile."""
    if known.finished:
        unwatch_events(
            connection, hub_id, known.finished - read_events_with_facts(connection, hub_id, since=known.horizon)
        )


def _note_reads(connection: sa.Connection, hub_id: int, now: datetime, fetched: Fetched) -> None:
    settle_reads(connection, hub_id, [read.event.id for read in fetched.reads])
    settle_reads(connection, hub_id, [gone.event_id for gone in fetched.gone])
    owe_reads(connection, hub_id, now, fetched.left)


def _plan_allowed(connection: sa.Connection, request: SyncRequest, fetched: Fetched) -> SyncPlan:
    """The held reads that a person allowed, of each event the first, each with its own time."""
    read_ids = {read.event.id for read in fetched.reads}
    plans = []
    for event_id in sorted(request.allow_mass_change & read_ids):
        bookings = read_known_bookings(connection, request.hub_id, [event_id])
        plans += [
            plan_event(bookings.get(event_id, {}), restore_held(held))
            for held in read_held(connection, request.hub_id, event_id)[:1]
        ]
    return SyncPlan((), (), tuple(plans), ())


def _plan(connection: sa.Connection, request: SyncRequest, fetched: Fetched) -> SyncPlan:
    """Compare with what the database holds now, inside the transaction that will write."""
    changed = rows_by_event(fetched.changed.attendees if fetched.changed is not None else ())
    events = _known_events(connection, request.hub_id, fetched, changed)
    read_ids = {read.event.id for read in fetched.reads}
    bookings = read_known_bookings(connection, request.hub_id, read_ids | set(changed))
    applied: list[EventPlan] = []
    held: list[EventPlan] = []
    for read in sorted(fetched.reads, key=lambda read: read.event.id):
        merged = _merge(read, changed.get(read.event.id, ()))
        plan = plan_event(bookings.get(read.event.id, {}), merged)
        holds = plan.looks_wrong and read.event.id not in request.allow_mass_change
        (held if holds else applied).append(plan)
    for event_id, rows in changed.items():
        # rows of an event that is still to be read completely wait for that: the brake may act on it
        if event_id not in read_ids and event_id in events and event_id not in fetched.left:
            applied.append(plan_changed(event_id, bookings.get(event_id, {}), rows))
    rows_unreadable = [row for read in fetched.reads for row in read.attendees.quarantined]
    return SyncPlan(
        new_events=_new_events(events, fetched),
        gone_events=tuple(
            events[gone.event_id]
            for gone in fetched.gone
            if gone.event_id in events and events[gone.event_id].is_bookable
        ),
        applied=tuple(applied),
        held=tuple(held),
        quarantined=(*fetched.unreadable, *rows_unreadable, *(fetched.changed.quarantined if fetched.changed else ())),
    )


def _known_events(
    connection: sa.Connection, hub_id: int, fetched: Fetched, changed: Iterable[str]
) -> dict[str, EventObservation]:
    about = {event.id for event in fetched.listing.events} | {read.event.id for read in fetched.reads}
    about |= {gone.event_id for gone in fetched.gone} | set(changed)
    observations = read_event_observations(connection, hub_id, newest_fact_id(connection, hub_id), about)
    return {observation.event_id: observation for observation in observations}


def _new_events(events: Mapping[str, EventObservation], fetched: Fetched) -> tuple[EventReading, ...]:
    """Events whose kept fields differ; of two readings of one event in a run the later counts."""
    readings = {event.id: event for event in fetched.listing.events}
    readings.update({read.event.id: read.event for read in fetched.reads})
    new = []
    for event_id, event in sorted(readings.items()):
        known = events.get(event_id)
        if known is None and not is_bookable(event):
            continue  # a draft nobody can have booked
        if known is None or not same_event(known, event):
            new.append(event)
    return tuple(new)


def _merge(read: CompleteRead, changed: Iterable[AttendeeReading]) -> CompleteRead:
    """The read with what the list of changed attendees showed in the same run: the later `changed` wins."""
    rows = {row.attendee_id: row for row in read.attendees.attendees}
    for row in changed:
        other = rows.get(row.attendee_id)
        if other is None or row.changed_at > other.changed_at:
            rows[row.attendee_id] = row
    return dataclasses.replace(read, attendees=dataclasses.replace(read.attendees, attendees=tuple(rows.values())))


def _cursor(fetched: Fetched) -> datetime:
    """Where the next list of changed attendees begins: when this run began to read."""
    return fetched.listing.started_at if fetched.changed is None else fetched.changed.started_at


def _report(
    source: BookingSource, fetched: Fetched, plan: SyncPlan, applied: Iterable[Applied], seconds: float
) -> SyncReport:
    done = list(applied)
    rows = {row.attendee_id for read in fetched.reads for row in read.attendees.attendees}
    if fetched.changed is not None:
        rows |= {row.attendee_id for row in fetched.changed.attendees}
    return SyncReport(
        events=len(fetched.listing.listed_ids | {read.event.id for read in fetched.reads}),
        attendees=len(rows),
        observations=sum(each.observations for each in done),
        vanished=sum(each.vanished for each in done),
        requests=source.requests_made,
        seconds=seconds,
        quarantined=tuple(row for each in done for row in each.quarantined),
        held=plan.held,
        unavailable=tuple(fetched.unavailable),
        left=tuple(sorted(fetched.left)),
        stopped=fetched.stopped,
        unknown_values=dict(source.unknown_values),
    )


def _run_record(report: SyncReport, started_at: datetime, finished_at: datetime) -> RunRecord:
    counts = {name: getattr(report, name) for name in ("events", "attendees", "observations", "vanished", "requests")}
    counts |= {name: len(getattr(report, name)) for name in ("quarantined", "held", "left")}
    if report.unknown_values:
        counts["unknown_values"] = report.unknown_values
    return RunRecord(0, "sync", started_at, finished_at, report.exit_code, counts)


def record_failed_run(engine: sa.Engine, hub_id: int, started_at: datetime, exit_code: int) -> None:
    """Note a run that ended without applying anything; where even that cannot be written it is not noted."""
    with contextlib.suppress(DatabaseError), writing(engine) as connection:
        record_run(connection, hub_id, RunRecord(0, "sync", started_at, started_at, exit_code, {}))

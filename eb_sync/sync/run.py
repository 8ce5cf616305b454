"""One run of sync: what to read, fetch it, plan, apply."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from eb_sync.errors import DatabaseError, SettingsError
from eb_sync.model.bookings import EventObservation
from eb_sync.model.readings import (
    AttendeeList,
    AttendeeReading,
    CompleteRead,
    EventGone,
    EventList,
    EventReading,
    ListKind,
    QuarantinedRow,
)
from eb_sync.store.bookings import read_event_observations, read_known_bookings, read_newest_reads
from eb_sync.store.engine import reading, writing
from eb_sync.store.facts import read_facts
from eb_sync.store.sync_state import (
    HeldRead,
    HubStamp,
    RunRecord,
    read_held,
    read_quarantined,
    read_stamp,
    record_run,
    write_stamp,
)
from eb_sync.sync.apply import Applied, apply_plan, restore_held
from eb_sync.sync.plan import EventPlan, SyncPlan, is_bookable, plan_changed, plan_event, same_event
from eb_sync.sync.source import BookingSource
from eb_sync.sync.window import ReadState, active_events
from eb_sync.workshops.calendar import build_calendar
from eb_sync.workshops.terms import RuleSettings, record_terms
from policies.parameters import load_policy

OVERLAP = timedelta(minutes=10)
"""How far the list of changed attendees reaches back behind the cursor: Eventbrite is late by up to five minutes."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What a run was asked to do."""

    hub_id: int
    host: str
    """The host that the bookings come from; the first run stamps the hub with it."""
    organization_id: str | None
    """As the settings say; None: the one that the token sees."""
    rule_settings: RuleSettings
    full: bool = False
    allow_mass_change: frozenset[str] = frozenset()
    """Events whose held reads are to be applied."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did."""

    events: int
    attendees: int
    """Distinct rows read."""
    observations: int
    vanished: int
    requests: int
    seconds: float
    quarantined: tuple[QuarantinedRow, ...]
    held: tuple[EventPlan, ...]

    @property
    def exit_code(self) -> int:
        """65 if a read was held, 3 if rows were newly quarantined, else 0."""
        if self.held:
            return 65
        return 3 if self.quarantined else 0


@dataclass
class _Fetched:
    """What came over the wire in one run."""

    listing: EventList
    changed: AttendeeList | None
    reads: list[CompleteRead] = field(default_factory=list)
    gone: list[EventGone] = field(default_factory=list)
    unreadable: list[QuarantinedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was known before the run."""

    stamp: HubStamp
    events: Mapping[str, EventObservation]
    window: frozenset[str]
    held: tuple[HeldRead, ...]


Progress = Callable[[int, int], None]
"""Told after each event read: how many are done, of how many."""


def run_sync(
    engine: sa.Engine,
    source: BookingSource,
    request: SyncRequest,
    clock: Callable[[], datetime],
    progress: Progress = lambda _done, _total: None,
) -> SyncReport:
    """Fetch, plan and apply; everything fetched is applied in one transaction or not at all.

    Raises:
        TokenRefusedError, TryAgainError, EventbriteContractError: from the source; nothing was written.
        SettingsError: the database belongs to another Eventbrite or organisation, or the token sees several.
        DatabaseError: from the store.
    """
    began, started_at = time.monotonic(), clock()
    known = _read_known(engine, request, started_at)
    organization_id = choose_organization(source, request.organization_id, known.stamp)
    fetched = _fetch(engine, source, request, known, organization_id, progress)
    with writing(engine) as connection:
        now = max(clock(), started_at)
        allowed = apply_plan(connection, request.hub_id, now, _plan_allowed(connection, request, fetched))
        plan = _plan(connection, request, fetched)
        applied = apply_plan(connection, request.hub_id, now, plan)
        stamp = HubStamp(request.host, organization_id, _cursor(fetched))
        write_stamp(connection, request.hub_id, stamp)
        record_terms(connection, request.hub_id, request.rule_settings, now)
        report = _report(source, fetched, plan, [allowed, applied], time.monotonic() - began)
        record_run(connection, request.hub_id, _run_record(report, started_at, now))
    return report


def _read_known(engine: sa.Engine, request: SyncRequest, now: datetime) -> _Known:
    with reading(engine) as connection:
        stamp = read_stamp(connection, request.hub_id)
        if stamp.host not in (None, request.host):
            raise SettingsError(
                f"This database holds the bookings of {stamp.host}, but EBSYNC_EVENTBRITE_URL is at {request.host}: "
                "use another database for another Eventbrite."
            )
        observations = read_event_observations(connection, request.hub_id, now)
        held = tuple(read_held(connection, request.hub_id))
        quarantined = read_quarantined(connection, request.hub_id)
        state = ReadState(
            read_newest_reads(connection, request.hub_id),
            frozenset(
                [h.event_id for h in held] + [event_id for event_id, _, _ in quarantined if event_id is not None]
            ),
        )
        facts = read_facts(connection, request.hub_id, now)
    workshops = build_calendar(observations, facts, {})
    policy = load_policy(request.rule_settings.policy_text)
    window = active_events(workshops, policy, state, now)
    return _Known(stamp, {o.event_id: o for o in observations}, frozenset(window), held)


def choose_organization(source: BookingSource, configured: str | None, stamp: HubStamp) -> str:
    """The organisation to read: the one configured, the one stamped, or the only one that the token sees.

    Raises:
        SettingsError: another one is stamped, the token does not see it, or it sees several and none is configured.
    """
    wanted = configured or stamp.organization_id
    if stamp.organization_id is not None and wanted != stamp.organization_id:
        raise SettingsError(
            f"This database holds the bookings of organisation {stamp.organization_id}, but EBSYNC_ORGANIZATION_ID "
            f"is {wanted}: use another database for another organisation."
        )
    if stamp.organization_id is not None:
        return stamp.organization_id
    seen = {organization.id: organization.name for organization in source.fetch_organizations()}
    listed = ", ".join(f"{key} ({name})" for key, name in seen.items()) or "none at all"
    if wanted is None and len(seen) == 1:
        return next(iter(seen))
    if wanted is None or wanted not in seen:
        problem = "is not set" if wanted is None else f"is {wanted}"
        raise SettingsError(f"EBSYNC_ORGANIZATION_ID {problem}; the organisations that the token sees are: {listed}.")
    return wanted


def _fetch(
    engine: sa.Engine,
    source: BookingSource,
    request: SyncRequest,
    known: _Known,
    organization_id: str,
    progress: Progress,
) -> _Fetched:
    full = request.full or known.stamp.changed_since_at is None
    listing = source.fetch_events(organization_id, ListKind.ALL if full else ListKind.CURRENT_FUTURE)
    changed = None
    if not full and known.stamp.changed_since_at is not None:
        changed = source.fetch_changed_attendees(organization_id, known.stamp.changed_since_at - OVERLAP)
    fetched = _Fetched(listing, changed, unreadable=[*listing.quarantined])
    wanted = _events_to_read(known, listing, full=full) | set(request.allow_mass_change)
    wanted |= _suspicious(engine, request.hub_id, changed, known)
    listed = {event.id: event for event in listing.events}
    unreadable = {row.id for row in listing.quarantined}
    todo: list[EventReading | str] = [
        listed.get(event_id, event_id) for event_id in sorted(wanted) if event_id not in unreadable
    ]
    for done, result in enumerate(source.fetch_complete_reads(todo), 1):
        match result:
            case CompleteRead():
                fetched.reads.append(result)
            case EventGone():
                fetched.gone.append(result)
            case QuarantinedRow():
                fetched.unreadable.append(result)
        progress(done, len(todo))
    return fetched


def _events_to_read(known: _Known, listing: EventList, *, full: bool) -> set[str]:
    """Events to read completely: those in the window, new ones, those missing from the list; if full, all."""
    wanted = set(known.window)
    listed = {event.id for event in listing.events}
    for event in listing.events:
        if event.id in known.events:
            if full:
                wanted.add(event.id)
        elif is_bookable(event):
            wanted.add(event.id)
    for event_id, event_known in known.events.items():
        expected = full or event_known.ends_at > listing.started_at
        if event_known.is_bookable and expected and event_id not in listed:
            wanted.add(event_id)
    return wanted


def _suspicious(engine: sa.Engine, hub_id: int, changed: AttendeeList | None, known: _Known) -> set[str]:
    """Events of changed attendees to read completely: those not known yet, and those whose brake would act."""
    if changed is None:
        return set()
    # an unreadable row is noted against a complete read, which also tells whether it is still there
    unreadable = {row.event_id for row in changed.quarantined if row.event_id is not None}
    by_event = _by_event(changed.attendees)
    if not by_event:
        return unreadable
    with reading(engine) as connection:
        bookings = read_known_bookings(connection, hub_id, by_event)
    return unreadable | {
        event_id
        for event_id, rows in by_event.items()
        if event_id not in known.events or plan_changed(event_id, bookings.get(event_id, {}), rows).looks_wrong
    }


def _plan_allowed(connection: sa.Connection, request: SyncRequest, fetched: _Fetched) -> SyncPlan:
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


def _plan(connection: sa.Connection, request: SyncRequest, fetched: _Fetched) -> SyncPlan:
    """Compare with what the database holds now, inside the transaction that will write."""
    far_future = datetime.max.replace(tzinfo=fetched.listing.started_at.tzinfo)
    events = {o.event_id: o for o in read_event_observations(connection, request.hub_id, far_future)}
    changed = _by_event(fetched.changed.attendees if fetched.changed is not None else ())
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
        if event_id not in read_ids and event_id in events:
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


def _new_events(events: Mapping[str, EventObservation], fetched: _Fetched) -> tuple[EventReading, ...]:
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


def _by_event(rows: Iterable[AttendeeReading]) -> dict[str, list[AttendeeReading]]:
    by_event: dict[str, list[AttendeeReading]] = defaultdict(list)
    for row in rows:
        by_event[row.event_id].append(row)
    return by_event


def _cursor(fetched: _Fetched) -> datetime:
    """Where the next list of changed attendees begins: when this run began to read."""
    return fetched.listing.started_at if fetched.changed is None else fetched.changed.started_at


def _report(
    source: BookingSource, fetched: _Fetched, plan: SyncPlan, applied: Iterable[Applied], seconds: float
) -> SyncReport:
    done = list(applied)
    rows = {row.attendee_id for read in fetched.reads for row in read.attendees.attendees}
    if fetched.changed is not None:
        rows |= {row.attendee_id for row in fetched.changed.attendees}
    return SyncReport(
        events=len({event.id for event in fetched.listing.events} | {read.event.id for read in fetched.reads}),
        attendees=len(rows),
        observations=sum(each.observations for each in done),
        vanished=sum(each.vanished for each in done),
        requests=source.requests_made,
        seconds=seconds,
        quarantined=tuple(row for each in done for row in each.quarantined),
        held=plan.held,
    )


def _run_record(report: SyncReport, started_at: datetime, finished_at: datetime) -> RunRecord:
    counts = {name: getattr(report, name) for name in ("events", "attendees", "observations", "vanished", "requests")}
    counts["quarantined"] = len(report.quarantined)
    counts["held"] = len(report.held)
    return RunRecord(0, "sync", started_at, finished_at, report.exit_code, counts)


def record_failed_run(engine: sa.Engine, hub_id: int, started_at: datetime, exit_code: int) -> None:
    """Note a run that ended without applying anything; where even that cannot be written it is not noted."""
    with contextlib.suppress(DatabaseError), writing(engine) as connection:
        record_run(connection, hub_id, RunRecord(0, "sync", started_at, started_at, exit_code, {}))

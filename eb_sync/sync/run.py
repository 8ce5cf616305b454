"""One run of sync: what is known, fetch, plan, apply."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.model.clocks import check_confirmed
from eb_sync.store.engine import reading, writing
from eb_sync.store.facts import read_events_with_facts
from eb_sync.store.hubs import check_organization
from eb_sync.store.last_fact import read_newest_recording
from eb_sync.store.sync_state import CONFIRMED_AT, HubStamp, RunRecord, record_run, write_confirmed, write_stamp
from eb_sync.store.watch import owe_reads, settle_reads, unwatch_events
from eb_sync.sync.fetch import Fetched, Progress, fetch_run
from eb_sync.sync.known import KnownState, read_known
from eb_sync.sync.request import SyncReport, SyncRequest
from eb_sync.sync.source import BookingSource
from eb_sync.sync.steps import Steps, apply_fetched
from eb_sync.workshops.terms import record_terms


def run_sync(
    engine: sa.Engine,
    source: BookingSource,
    request: SyncRequest,
    clock: Callable[[], datetime],
    telling: Progress | None = None,
) -> SyncReport:
    """Fetch, plan and apply; everything fetched is applied in one transaction or not at all.

    Raises:
        TokenRefusedError, TryAgainError, EventbriteContractError: from the source; nothing was written.
        SettingsError: the database belongs to another Eventbrite or organisation, it is another hub's, or the token
            sees several.
        DatabaseError: from the store.
    """
    began, started_at = time.monotonic(), clock()
    with reading(engine) as connection:
        known = read_known(connection, request, started_at)
    organization_id, fetched = fetch_run(engine, source, request, known, telling or Progress())
    confirmed_at = _confirm(source, request)
    # whose organisation it is, is settled among all hubs; after that none waits for another
    with writing(engine, request.hub_id if known.stamp.organization_id == organization_id else None) as connection:
        # never before what others recorded while this run was reading
        now = max(filter(None, (clock(), started_at, read_newest_recording(connection, request.hub_id))))
        check_organization(connection, request.hub_id, request.host, organization_id)
        _unwatch_finished(connection, request.hub_id, known)
        steps = apply_fetched(connection, request, now, fetched)
        _note_reads(connection, request.hub_id, now, fetched)
        reconciled_at = started_at if known.is_full else known.stamp.reconciled_at
        last_at = confirmed_at or known.stamp.confirmed_at
        stamp = HubStamp(request.host, organization_id, _cursor(known, fetched), reconciled_at, last_at)
        write_stamp(connection, request.hub_id, stamp)
        record_terms(connection, request.hub_id, request.rule_settings, now)
        report = _report(source, fetched, steps, time.monotonic() - began, confirmed_at)
        record_run(connection, request.hub_id, _run_record(report, started_at, now))
    return report


def _confirm(source: BookingSource, request: SyncRequest) -> datetime | None:
    """What Eventbrite's clock says, held against the machine's; None where it does not say, or in a rehearsal."""
    if request.machine_clock is None:
        return None
    check_confirmed(request.machine_clock(), source.served_at)
    return source.served_at


def _unwatch_finished(connection: sa.Connection, hub_id: int, known: KnownState) -> None:
    """What is applied below watches again whatever it is about; so does what a lead recorded meanwhile."""
    if known.finished:
        unwatch_events(
            connection, hub_id, known.finished - read_events_with_facts(connection, hub_id, since=known.last_fact_id)
        )


def _note_reads(connection: sa.Connection, hub_id: int, now: datetime, fetched: Fetched) -> None:
    settle_reads(connection, hub_id, [read.event.id for read in fetched.reads])
    settle_reads(connection, hub_id, [gone.event_id for gone in fetched.gone])
    owe_reads(connection, hub_id, now, fetched.left)


def _cursor(known: KnownState, fetched: Fetched) -> datetime | None:
    """Where the next list of changed attendees begins: when this run began to read, or as before if it had none."""
    if fetched.no_changes is not None:
        return known.stamp.changed_since_at
    return fetched.listing.started_at if fetched.changed is None else fetched.changed.started_at


def _report(
    source: BookingSource, fetched: Fetched, steps: Steps, seconds: float, confirmed_at: datetime | None
) -> SyncReport:
    done = steps.applied
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
        quarantined=steps.quarantined,
        held=steps.held,
        needless=steps.needless,
        unavailable=tuple(fetched.unavailable),
        left=tuple(sorted(fetched.left)),
        stopped=fetched.stopped,
        no_changes=fetched.no_changes,
        unknown_values=dict(source.unknown_values),
        confirmed_at=confirmed_at,
        new_statuses=tuple(sorted(steps.new_statuses)),
        cut=tuple(sorted(set(steps.cut))),
    )


def _run_record(report: SyncReport, started_at: datetime, finished_at: datetime) -> RunRecord:
    counts = {name: getattr(report, name) for name in ("events", "attendees", "observations", "vanished", "requests")}
    counts |= {name: len(getattr(report, name)) for name in ("quarantined", "held", "left")}
    if report.confirmed_at is not None:
        counts[CONFIRMED_AT] = report.confirmed_at.isoformat()
    if report.unknown_values:
        counts["unknown_values"] = report.unknown_values
    return RunRecord(0, "sync", started_at, finished_at, report.exit_code, counts)


def record_failed_run(
    engine: sa.Engine, hub_id: int, started_at: datetime, exit_code: int, confirmed_at: datetime | None = None
) -> None:
    """Note a run that ended without applying anything; where even that cannot be written it is not noted.

    `confirmed_at` is what Eventbrite's clock said, if it confirmed ours: a refusal tells the time as well.
    """
    with contextlib.suppress(DatabaseError), writing(engine, hub_id) as connection:
        if confirmed_at is not None:
            write_confirmed(connection, hub_id, confirmed_at)
        record_run(connection, hub_id, RunRecord(0, "sync", started_at, started_at, exit_code, {}))

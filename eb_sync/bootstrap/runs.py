"""The runs of sync and of the night with their locks, for any face that starts one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from eb_sync.errors import ClockWrongError, EbsyncError
from eb_sync.model.clocks import is_confirmed

if TYPE_CHECKING:
    from datetime import datetime

    from eb_sync.bootstrap import Hub
    from eb_sync.eventbrite import EventbriteClient
    from eb_sync.nightly.night import Night
    from eb_sync.nightly.report import NightReport
    from eb_sync.sync.fetch import Progress
    from eb_sync.sync.request import SyncReport, SyncRequest

    Following = Callable[[], AbstractContextManager[Progress]]
    """Opened when reading begins, closed when it ends; what it gives is told how far reading has come."""


@dataclass(frozen=True, slots=True)
class SyncChoice:
    """What a sync is to read beside what is due."""

    full: bool = False
    reconcile: bool = False
    """Whether every event is read completely where that was not done for a week."""
    allowed: tuple[str, ...] = ()
    """Events whose held read is to be applied, as typed."""


@dataclass(frozen=True, slots=True)
class NightListener:
    """Who hears of a night while it is at work."""

    following: Following
    warn: Callable[[str], None]
    """Told what the monitor could not be told."""
    show_stuck: Callable[[NightReport], None]
    """Shown the report of a night that is stuck, the last before the process ends."""


def run_hub_sync(hub: Hub, following: Following, choice: SyncChoice | None = None) -> SyncReport:
    """Run a sync under the hub's run lock.

    Raises:
        TryAgainError: another run holds the lock, or Eventbrite is unavailable.
        ClockWrongError: the clock cannot be believed; of such a run nothing is recorded.
        EbsyncError: what else ended it; the failed run is recorded.
    """
    from eb_sync.store.run_lock import run_lock
    from eb_sync.sync.run import run_sync

    engine = hub.engine
    request = _build_request(hub, choice or SyncChoice())
    with hub.eventbrite() as client, run_lock(engine, hub.hub_id), following() as progress:
        client.end_after(hub.settings.sync.limit_minutes * 60)
        with _failures_recorded(hub, client, hub.clock()):
            return run_sync(engine, client, request, hub.clock, progress)


def _build_request(hub: Hub, choice: SyncChoice) -> SyncRequest:
    from eb_sync.sync.request import SyncRequest

    return SyncRequest(
        hub_id=hub.hub_id,
        host=hub.eventbrite_host,
        organization_id=hub.settings.organization_id,
        rule_settings=hub.rule_settings,
        full=choice.full,
        reconcile=choice.reconcile,
        allow_mass_change=_find_events(hub, choice.allowed),
        machine_clock=None if hub.rehearsal else hub.machine_clock,
    )


def _find_events(hub: Hub, typed: tuple[str, ...]) -> frozenset[str]:
    from eb_sync.workshops.find import find_event

    if not typed:
        return frozenset()
    with hub.snapshot() as (_, snapshot):
        return frozenset(find_event(snapshot.workshops, text) for text in typed)


@contextmanager
def _failures_recorded(hub: Hub, client: EventbriteClient, started_at: datetime) -> Iterator[None]:
    """`ebsync status` shows the runs that failed as well."""
    from eb_sync.sync.run import record_failed_run

    try:
        yield
    except ClockWrongError:
        raise  # of such a run nothing is recorded, not even that it was
    except EbsyncError as error:
        said_at = None if hub.rehearsal else client.served_at
        confirmed_at = said_at if is_confirmed(hub.machine_clock(), said_at) else None
        record_failed_run(hub.engine, hub.hub_id, started_at, error.exit_code, confirmed_at)
        raise


def run_hub_night(hub: Hub, listener: NightListener, *, dry_run: bool = False) -> NightReport:
    """One hub's night under its lock; if it is stuck, the process ends.

    Raises:
        TryAgainError: another night is at work on this hub.
    """
    from eb_sync.nightly.run import Watch, run_nightly

    watch = Watch(
        limit=timedelta(minutes=hub.settings.nightly.limit_minutes),
        monitor=hub.monitor,
        warn=listener.warn,
        show=listener.show_stuck,
    )
    return run_nightly(_build_night(hub, listener.following, dry_run=dry_run), watch)


def _build_night(hub: Hub, following: Following, *, dry_run: bool) -> Night:
    from eb_sync.nightly.night import Night

    confirmed: list[bool] = []

    def sync() -> SyncReport:
        report = run_hub_sync(hub, following, SyncChoice(reconcile=True))
        confirmed.append(report.confirmed_at is not None)
        return report

    return Night(
        hub_id=lambda: hub.seen_hub_id if dry_run else hub.hub_id,
        engine=lambda: hub.engine_to_read if dry_run else hub.engine,
        clock=lambda: hub.clock(),  # noqa: PLW0108 - the hub may come to another clock
        sync=sync,
        is_confirmed=lambda: hub.rehearsal or any(confirmed),
        snapshot=hub.snapshot,
        transaction=hub.transaction,
        retention=hub.retention_rules,
        backups=hub.backup_rules,
        dry_run=dry_run,
    )

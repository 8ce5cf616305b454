"""`ebsync sync`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from eb_sync.cli.all_hubs import all_hubs_options, run_all_hubs, work_for
from eb_sync.cli.json_documents import report_json
from eb_sync.cli.messages_out import LOG, level_of, log_format_option
from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import FAILURES, print_json, print_table, tell
from eb_sync.cli.streams import unwrapped
from eb_sync.errors import ClockWrongError, EbsyncError, UsageError
from eb_sync.model.clocks import is_confirmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eb_sync.bootstrap import Hub
    from eb_sync.hubs.pool import RunResult
    from eb_sync.sync.fetch import Progress
    from eb_sync.sync.request import SyncReport


@click.command("sync")
@click.option("--full", is_flag=True, help="Read every event completely, past ones too.")
@click.option("--allow-mass-change", "allowed", multiple=True, metavar="EVENT", help="Apply this event's held read.")
@log_format_option
@all_hubs_options
@json_option
def sync_command(full: bool, allowed: tuple[str, ...], all_hubs: bool, workers: int | None, as_json: bool) -> int:
    """Read bookings and cancellations from Eventbrite into the database.

    Nothing is ever deleted: what changed is added, with the time at which it was seen. The first run reads everything.

    Example: ebsync sync --full
    """
    from eb_sync.cli.hub import open_hub

    if all_hubs and allowed:
        raise UsageError("An event is one hub's: allow its mass change with --hub instead of --all-hubs.")
    if all_hubs:
        return run_all_hubs(
            lambda hub: work_for(hub, lambda opened, telling: sync_outcome(opened, telling, full=full)),
            workers,
            as_json=as_json,
        )
    report = sync_hub(open_hub(), full=full, allowed=allowed)
    if report.exit_code < FAILURES:
        if as_json:
            print_json(report_json(report))
        elif LOG.is_json:
            tell(", ".join(f"{name}: {figure}" for name, figure in _figures(report)), level_of(report.exit_code))
        else:
            print_table(("sync", ""), _figures(report))
    for message in report.messages:
        tell(message, level_of(report.exit_code))
    return report.exit_code


def sync_hub(
    hub: Hub,
    telling: Progress | None = None,
    *,
    full: bool = False,
    reconcile: bool = False,
    allowed: tuple[str, ...] = (),
) -> SyncReport:
    """Run a sync under the hub's run lock.

    Without `telling`, with a progress bar at a terminal.
    """
    from eb_sync.store.run_lock import run_lock
    from eb_sync.sync.fetch import Progress as Told
    from eb_sync.sync.request import SyncRequest
    from eb_sync.sync.run import record_failed_run, run_sync
    from eb_sync.workshops.find import find_event

    engine = hub.engine
    events = frozenset[str]()
    if allowed:
        with hub.snapshot() as (_, snapshot):
            events = frozenset(find_event(snapshot.workshops, text) for text in allowed)
    request = SyncRequest(
        hub_id=hub.hub_id,
        host=hub.eventbrite_host,
        organization_id=hub.settings.organization_id,
        rule_settings=hub.rule_settings,
        full=full,
        reconcile=reconcile,
        allow_mass_change=events,
        machine_clock=None if hub.rehearsal else hub.machine_clock,
    )
    with hub.eventbrite() as client, run_lock(engine, hub.hub_id), showing_progress("Reading events") as progress:
        client.end_after(hub.settings.sync.limit_minutes * 60)
        started_at = hub.clock()
        try:
            return run_sync(engine, client, request, hub.clock, telling or Told(progress, tell))
        except ClockWrongError:
            raise  # of such a run nothing is recorded, not even that it was
        except EbsyncError as error:
            # `ebsync status` shows the runs that failed as well
            said_at = None if hub.rehearsal else client.served_at
            confirmed_at = said_at if is_confirmed(hub.machine_clock(), said_at) else None
            record_failed_run(engine, hub.hub_id, started_at, error.exit_code, confirmed_at)
            raise


@contextmanager
def showing_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, at a terminal only; yields what is to be told how many steps are done, of how many."""
    if LOG.is_json or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    stream = unwrapped(sys.stderr)
    with click.progressbar(length=0, label=label, show_pos=True, show_eta=False, file=stream) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


def sync_outcome(hub: Hub, telling: Progress, *, full: bool = False) -> RunResult:
    """What a sync of one hub of several came to."""
    from eb_sync.hubs.pool import RunResult

    report = sync_hub(hub, telling, full=full)
    text = f"{report.events} events, {report.observations} changes, {report.requests} requests"
    return RunResult(report.exit_code, text, report.messages, report_json(report))


def _figures(report: SyncReport) -> list[tuple[str, str]]:
    return [
        ("events read", str(report.events)),
        ("bookings read", str(report.attendees)),
        ("changes", str(report.observations)),
        ("vanished", str(report.vanished)),
        ("requests", str(report.requests)),
        ("seconds", f"{report.seconds:.1f}"),
    ]

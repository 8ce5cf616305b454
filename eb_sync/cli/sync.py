"""`ebsync sync`."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click

from eb_sync.cli.all_hubs import all_hubs_options, run_all_hubs, work_for
from eb_sync.cli.json_documents import report_json
from eb_sync.cli.messages_out import LOG, level_of, log_format_option
from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import FAILURES, print_json, print_table, tell
from eb_sync.cli.streams import unwrapped
from eb_sync.errors import UsageError

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
    from eb_sync.bootstrap.runs import SyncChoice, run_hub_sync
    from eb_sync.cli.hub import open_hub

    if all_hubs and allowed:
        raise UsageError("An event is one hub's: allow its mass change with --hub instead of --all-hubs.")
    if all_hubs:
        return run_all_hubs(lambda hub: sync_of(hub, full=full), workers, as_json=as_json)
    report = run_hub_sync(open_hub(), followed_here, SyncChoice(full=full, allowed=allowed))
    _print_report(report, as_json=as_json)
    return report.exit_code


def _print_report(report: SyncReport, *, as_json: bool) -> None:
    if report.exit_code < FAILURES:
        if as_json:
            print_json(report_json(report))
        elif LOG.is_json:
            tell(", ".join(f"{name}: {figure}" for name, figure in _figures(report)), level_of(report.exit_code))
        else:
            print_table(("sync", ""), _figures(report))
    for message in report.messages:
        tell(message, level_of(report.exit_code))


@contextmanager
def followed_here() -> Iterator[Progress]:
    """How far reading has come: a bar at a terminal, and sentences on stderr."""
    from eb_sync.sync.fetch import Progress

    with showing_progress("Reading events") as progress:
        yield Progress(progress, tell)


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


def sync_of(hub: str, *, full: bool = False) -> RunResult:
    """The sync of one hub of several, and what it came to; an empty name where no hubs are configured."""
    return work_for(hub, lambda opened, telling: _sync_outcome(opened, telling, full=full))


def _sync_outcome(hub: Hub, telling: Progress, *, full: bool) -> RunResult:
    from eb_sync.bootstrap.runs import SyncChoice, run_hub_sync
    from eb_sync.hubs.pool import RunResult

    report = run_hub_sync(hub, lambda: nullcontext(telling), SyncChoice(full=full))
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

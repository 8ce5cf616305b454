"""`ebsync nightly`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eb_sync.cli.all_hubs import about, all_hubs_options, run_all_hubs, work_for
from eb_sync.cli.messages_out import LOG, log_format_option
from eb_sync.cli.night import night_outcome, print_steps, run_night, tell_steps
from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import FAILURES, print_json, tell

if TYPE_CHECKING:
    from eb_sync.hubs.pool import RunResult


@click.command("nightly")
@click.option(
    "--dry-run", is_flag=True, help="Say what it would do: nothing is read from Eventbrite, written or pinged."
)
@all_hubs_options
@log_format_option
@json_option
def nightly_command(dry_run: bool, all_hubs: bool, workers: int | None, as_json: bool) -> int:
    """Run what cron runs at night: sync, what is new and what waits, names whose time is over, a backup.

    Every step runs even if another failed. It never issues anything.

    Example: ebsync nightly
    """
    from eb_sync.cli.hub import open_hub

    if all_hubs:
        return run_all_hubs(_run_dry if dry_run else _run_apart, workers, as_json=as_json, writes=not dry_run)
    report = run_night(open_hub(), dry_run=dry_run)
    failed = report.exit_code >= FAILURES
    if as_json and not failed:
        print_json(report.as_json())
    elif not LOG.is_json:
        print_steps(report, err=failed)
    tell_steps(report)
    return report.exit_code


def _run_dry(hub: str) -> RunResult:
    return work_for(hub, lambda opened, telling: night_outcome(opened, telling, dry_run=True))


def _run_apart(hub: str) -> RunResult:
    from eb_sync.cli.night_apart import run_night_apart

    return run_night_apart(hub, lambda text, level: tell(about(hub, text), level))

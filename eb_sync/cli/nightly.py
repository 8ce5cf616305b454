"""`ebsync nightly` and `status`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from eb_sync.cli.all_hubs import about, all_hubs_options, run_all_hubs, work_for
from eb_sync.cli.log import LOG, flush, level_of, log_format_option
from eb_sync.cli.printing import FAILURES, local, print_json, print_table, tell
from eb_sync.cli.words import json_option, parse_age
from eb_sync.model.instants import iso_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from eb_sync.bootstrap import House
    from eb_sync.nightly.night import Night
    from eb_sync.nightly.pool import Outcome
    from eb_sync.nightly.report import NightReport
    from eb_sync.nightly.status import Status, UnendedNight
    from eb_sync.sync.fetch import Telling
    from eb_sync.sync.request import SyncReport

    Show = Callable[[NightReport], None]


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
    from eb_sync.cli.house import open_house

    if all_hubs:
        return run_all_hubs(_run_dry if dry_run else _run_apart, workers, as_json=as_json, writes=not dry_run)
    report = run_night(open_house(), dry_run=dry_run)
    failed = report.exit_code >= FAILURES
    if as_json and not failed:
        print_json(report.as_json())
    elif not LOG.is_json:
        _print_steps(report, err=failed)
    _tell_steps(report)
    return report.exit_code


def _run_dry(hub: str) -> Outcome:
    return work_for(hub, lambda house, telling: night_outcome(house, telling, dry_run=True))


def _run_apart(hub: str) -> Outcome:
    from eb_sync.cli.night_apart import run_night_apart

    return run_night_apart(hub, lambda text, level: tell(about(hub, text), level))


def run_night(
    house: House, telling: Telling | None = None, *, dry_run: bool = False, show: Show | None = None
) -> NightReport:
    """One hub's night; if it is stuck, the process ends: where it works for others too, see `night_apart`."""
    from eb_sync.nightly.run import Watch, run_nightly

    watch = Watch(
        limit=timedelta(minutes=house.settings.nightly.limit_minutes),
        monitor=house.monitor,
        warn=lambda trouble: tell(trouble, "warning"),
        show=show or _show_stuck,
    )
    return run_nightly(_build_night(house, telling, dry_run=dry_run), watch)


def _build_night(house: House, telling: Telling | None, *, dry_run: bool) -> Night:
    from eb_sync.cli.sync import sync_house
    from eb_sync.nightly.night import Night

    confirmed: list[bool] = []

    def sync() -> SyncReport:
        report = sync_house(house, telling, reconcile=True)
        confirmed.append(report.confirmed_at is not None)
        return report

    return Night(
        hub_id=lambda: house.seen_hub_id if dry_run else house.hub_id,
        engine=lambda: house.engine,
        clock=lambda: house.clock(),  # noqa: PLW0108 - the house may come to another clock
        sync=sync,
        is_confirmed=lambda: house.rehearsal or any(confirmed),
        looking=house.looking,
        recording=house.recording,
        retention=house.retention_rules,
        backups=house.backup_rules,
        dry_run=dry_run,
    )


def night_outcome(house: House, telling: Telling, *, dry_run: bool = False, show: Show | None = None) -> Outcome:
    """What the night of one hub of several came to."""
    return outcome_of(run_night(house, telling, dry_run=dry_run, show=show))


def outcome_of(report: NightReport) -> Outcome:
    """A night's report as the outcome of a hub's run."""
    from eb_sync.nightly.pool import Outcome

    failed = [f"{step.name} {step.exit_code}" for step in report.steps if step.exit_code]
    details = tuple(line for step in report.steps for line in step.details)
    return Outcome(report.exit_code, ", ".join(failed) or f"{len(report.steps)} steps", details, report.as_json())


def _print_steps(report: NightReport, *, err: bool) -> None:
    rows = [(step.name, str(step.exit_code), step.text) for step in report.steps]
    print_table(("step", "exit", "result"), rows, flexible=2, err=err)


def _tell_steps(report: NightReport) -> None:
    for step in report.steps:
        level = level_of(step.exit_code)
        if LOG.is_json:
            tell(f"{step.name}: exit {step.exit_code}, {step.text}", level)
        for line in step.details:
            tell(f"{step.name}: {line}" if step.is_failed else line, level)


def _show_stuck(report: NightReport) -> None:
    if not LOG.is_json:
        _print_steps(report, err=True)
    _tell_steps(report)
    flush()


@click.command("status")
@click.option("--max-age", metavar="AGE", help="Exit with 75 if the last good sync is older: 90m, 26h, 2d.")
@json_option
def status_command(max_age: str | None, as_json: bool) -> None:
    """Show the last runs and how fresh the bookings are, beside Eventbrite's own counts.

    Example: ebsync status --max-age 26h
    """
    from eb_sync.cli.house import open_house
    from eb_sync.nightly.freshness import check_fresh
    from eb_sync.nightly.limit import GRACE_SECONDS
    from eb_sync.nightly.status import read_status

    oldest = None if max_age is None else parse_age(max_age)
    house = open_house()
    with house.looking() as (connection, picture):
        if oldest is not None:
            check_fresh(connection, picture.hub_id, house.machine_clock(), oldest)
        limit = timedelta(minutes=house.settings.nightly.limit_minutes, seconds=GRACE_SECONDS)
        status = read_status(connection, picture.hub_id, picture, house.clock(), limit)
    if as_json:
        print_json(
            {
                "synced_at": None if status.synced_at is None else iso_text(status.synced_at),
                "last_good_sync_at": status.last_good_sync_at,
                "night": status.night,
                "unended_night": None if status.unended_night is None else _unended(status.unended_night),
                "runs": status.runs,
                "events": status.events,
                "quarantined": status.quarantined,
                "held": status.held,
                "undescribed_statuses": [
                    {"status": found.status, "bookings": found.bookings, "active": found.active}
                    for found in status.undescribed
                ],
            }
        )
        return
    _print_status(status)


def _print_status(status: Status) -> None:
    from eb_sync.nightly.status import undescribed_line

    click.echo(f"bookings as of {local(status.synced_at)}" if status.synced_at else "never synced")
    rows = [(run["kind"], iso_text(run["started_at"]), str(run["exit_code"])) for run in status.runs]
    print_table(("run", "started", "exit"), rows)
    if status.unended_night is not None:
        click.echo(f"\n{status.unended_night}")
    if status.night is not None:
        click.echo(f"\nThe night of {local(status.night['started_at'])}:")
        steps = [(step["step"], str(step["exit_code"]), step["text"]) for step in status.night["steps"]]
        print_table(("step", "exit", "result"), steps, flexible=2)
        for step in status.night["steps"]:
            if step["exit_code"] >= FAILURES:
                click.echo(f"{step['step']}: {' '.join(step['details'])}")
    counts = [
        (
            event["event_id"],
            event["title"],
            str(event["active"]),
            _sold(event["quantity_sold"]),
        )
        for event in status.events
        if event["differs"]
    ]
    if counts:
        click.echo("\nEvents whose count differs from Eventbrite's:")
        print_table(("event", "title", "ours", "theirs"), counts, flexible=1)
    for found in status.undescribed:
        click.echo(f"\n{undescribed_line(found)}")


def _unended(night: UnendedNight) -> dict[str, object]:
    return {"started_at": iso_text(night.started_at), "is_dead": night.is_dead}


def _sold(count: int | None) -> str:
    """Nothing where Eventbrite did not say; 0 is a number."""
    return "" if count is None else str(count)

"""`ebsync nightly` and `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eb_sync.cli.all_hubs import all_hubs_options, run_all_hubs
from eb_sync.cli.printing import FAILURES, iso, local, print_json, print_table, tell
from eb_sync.cli.words import json_option

if TYPE_CHECKING:
    from eb_sync.bootstrap import House
    from eb_sync.nightly.pool import Outcome
    from eb_sync.nightly.run import NightReport
    from eb_sync.sync.fetch import Telling


@click.command("nightly")
@click.option("--dry-run", is_flag=True, help="Say what it would do: nothing is read from Eventbrite or written.")
@all_hubs_options
@json_option
def nightly_command(dry_run: bool, all_hubs: bool, workers: int | None, as_json: bool) -> int:
    """Run what cron runs at night: sync, findings, what waits for a person, names whose time is over.

    Every step runs even if another failed. It never issues anything.

    Example: ebsync nightly
    """
    from eb_sync.cli.house import open_house

    if all_hubs:
        return run_all_hubs(
            lambda house, telling: night_outcome(house, telling, dry_run=dry_run), workers, as_json=as_json
        )
    report = run_night(open_house(), dry_run=dry_run)
    rows = [(step.name, str(step.exit_code), step.text) for step in report.steps]
    failed = report.exit_code >= FAILURES
    if as_json and not failed:
        print_json(report.as_json())
    elif not as_json:
        print_table(("step", "exit", "result"), rows, flexible=2, err=failed)
    for step in report.steps:
        for line in step.details:
            tell(line)
    return report.exit_code


def run_night(house: House, telling: Telling | None = None, *, dry_run: bool = False) -> NightReport:
    """One hub's night."""
    from eb_sync.cli.sync import sync_house
    from eb_sync.nightly.run import Night, run_nightly

    night = Night(
        sync=lambda: sync_house(house, telling, reconcile=True),
        looking=house.looking,
        recording=house.recording,
        retention=house.retention_rules,
        dry_run=dry_run,
    )
    return run_nightly(night)


def night_outcome(house: House, telling: Telling, *, dry_run: bool = False) -> Outcome:
    """What the night of one hub of several came to."""
    from eb_sync.nightly.pool import Outcome

    report = run_night(house, telling, dry_run=dry_run)
    failed = [f"{step.name} {step.exit_code}" for step in report.steps if step.exit_code]
    details = tuple(line for step in report.steps for line in step.details)
    return Outcome(report.exit_code, ", ".join(failed) or f"{len(report.steps)} steps", details, report.as_json())


@click.command("status")
@json_option
def status_command(as_json: bool) -> None:
    """Show the last runs and how fresh the bookings are, beside Eventbrite's own counts.

    Example: ebsync status --json
    """
    from eb_sync.cli.house import open_house
    from eb_sync.nightly.status import read_status

    house = open_house()
    with house.looking() as (connection, picture):
        status = read_status(connection, picture.hub_id, picture)
    if as_json:
        print_json(
            {
                "synced_at": None if status.synced_at is None else iso(status.synced_at),
                "runs": status.runs,
                "events": status.events,
                "quarantined": status.quarantined,
                "held": status.held,
            }
        )
        return
    click.echo(f"bookings as of {local(status.synced_at)}" if status.synced_at else "never synced")
    rows = [(run["kind"], iso(run["started_at"]), str(run["exit_code"])) for run in status.runs]
    print_table(("run", "started", "exit"), rows)
    counts = [
        (event["event_id"], event["title"], str(event["active"]), str(event["quantity_sold"] or ""))
        for event in status.events
        if event["differs"]
    ]
    if counts:
        click.echo("\nEvents whose count differs from Eventbrite's:")
        print_table(("event", "title", "ours", "theirs"), counts, flexible=1)

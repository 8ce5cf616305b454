"""`ebsync nightly` and `status`."""

from __future__ import annotations

import click

from eb_sync.cli.printing import FAILURES, iso, local, print_json, print_table, tell
from eb_sync.cli.words import json_option


@click.command("nightly")
@click.option("--dry-run", is_flag=True, help="Say what it would do: nothing is read from Eventbrite or written.")
@json_option
def nightly_command(dry_run: bool, as_json: bool) -> int:
    """Run what cron runs at night: sync, findings, what waits for a person, names whose time is over.

    Every step runs even if another failed. It never issues anything.

    Example: ebsync nightly
    """
    from eb_sync.cli.house import open_house
    from eb_sync.cli.sync import sync_house
    from eb_sync.nightly.run import Night, run_nightly

    house = open_house()
    night = Night(
        sync=lambda: sync_house(house, reconcile=True),
        looking=house.looking,
        recording=house.recording,
        retention=house.retention_rules,
        dry_run=dry_run,
    )
    report = run_nightly(night)
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

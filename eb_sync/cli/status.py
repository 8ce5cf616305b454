"""`ebsync status`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from eb_sync.cli.parsing import json_option, parse_age
from eb_sync.cli.printing import FAILURES, local, print_json, print_table
from eb_sync.model.instants import iso_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eb_sync.nightly.status import Status, UnendedNight


@click.command("status")
@click.option("--max-age", metavar="AGE", help="Exit with 75 if the last good sync is older: 90m, 26h, 2d.")
@json_option
def status_command(max_age: str | None, as_json: bool) -> None:
    """Show the last runs and how fresh the bookings are, beside Eventbrite's own counts.

    Example: ebsync status --max-age 26h
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.nightly.freshness import check_fresh
    from eb_sync.nightly.limit import GRACE_SECONDS
    from eb_sync.nightly.status import read_status

    oldest = None if max_age is None else parse_age(max_age)
    hub = open_hub()
    with hub.snapshot() as (connection, snapshot):
        if oldest is not None:
            check_fresh(connection, snapshot.hub_id, hub.machine_clock(), oldest)
        limit = timedelta(minutes=hub.settings.nightly.limit_minutes, seconds=GRACE_SECONDS)
        status = read_status(connection, snapshot.hub_id, snapshot, hub.clock(), limit)
    if as_json:
        print_json(_status_json(status))
    else:
        _print_status(status)


def _status_json(status: Status) -> dict[str, object]:
    undescribed = [
        {"status": found.status, "bookings": found.bookings, "active": found.active} for found in status.undescribed
    ]
    return {
        "synced_at": None if status.synced_at is None else iso_text(status.synced_at),
        "last_good_sync_at": status.last_good_sync_at,
        "night": status.night,
        "unended_night": None if status.unended_night is None else _unended(status.unended_night),
        "runs": status.runs,
        "events": status.events,
        "quarantined": status.quarantined,
        "held": status.held,
        "undescribed_statuses": undescribed,
    }


_RESULTS = {
    0: "done",
    3: "done; something waits for a person",
    65: "a read looked wrong and was held: see `ebsync sync`",
    70: "failed: a bug",
    73: "failed: a file could not be written",
    74: "failed: the database could not be used",
    75: "did not finish: Eventbrite or another run",
    76: "failed: Eventbrite's answer was not understood",
    77: "failed: Eventbrite refused the token",
    78: "failed: settings, see `ebsync doctor`",
}


def _said(run: Mapping[str, Any]) -> str:
    return _RESULTS.get(run["exit_code"], "failed")


def _print_status(status: Status) -> None:
    from eb_sync.nightly.status import undescribed_line

    click.echo(f"bookings as of {local(status.synced_at)}" if status.synced_at else "no sync yet: `ebsync sync`")
    rows = [(run["kind"], local(run["started_at"]), str(run["exit_code"]), _said(run)) for run in status.runs]
    print_table(("run", "started", "exit", "result"), rows, flexible=3)
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

"""`ebsync verify` and `db copy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eb_sync.cli.parsing import by_option, json_option, said_by
from eb_sync.cli.printing import print_facts, print_json, print_table, tell
from eb_sync.errors import HeldError, TryAgainError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eb_sync.bootstrap import Hub
    from eb_sync.store.copy import TableDigest
    from eb_sync.verify.run import Checked


@click.command("verify")
@json_option
def verify_command(as_json: bool) -> int:
    """Prove that everything in the database holds: numbers, times, documents, sums and every decision on an invoice.

    Nothing is written, and nobody is kept from writing. What does not hold is listed, and the exit code is 65.

    Example: ebsync verify
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.store.engine import reading
    from eb_sync.verify.run import verify_hub

    hub = open_hub()
    with reading(hub.engine) as connection:
        checks = verify_hub(connection, hub.hub_id)
    if as_json:
        print_json({"checks": [_check_json(check) for check in checks]})
    else:
        print_checks(checks)
    return HeldError.exit_code if any(check.proof.findings for check in checks) else 0


def _check_json(check: Checked) -> dict[str, object]:
    findings = [
        {"table": finding.table or None, "row": finding.row, "what": finding.what} for finding in check.proof.findings
    ]
    return {"check": check.name, "proved": check.proof.proved, "failed": len(findings), "findings": findings}


def print_checks(checks: Sequence[Checked]) -> None:
    """All checks as a table, then what does not hold, and a last line for all of it."""
    rows = [(check.name, f"{check.proof.proved:,}", f"{len(check.proof.findings):,}") for check in checks]
    print_table(("check", "proved", "failed"), rows)
    for check in checks:
        for finding in check.proof.findings:
            click.echo(f"{check.name}: {finding.table} {finding.row} {finding.what}".replace("  ", " "))
    failed = sum(len(check.proof.findings) for check in checks)
    click.echo(f"{failed:,} do not hold." if failed else "All of it holds.")


@click.group("db")
def db_command() -> None:
    """Move a hub between SQLite and PostgreSQL, and bring times back that lie ahead.

    Example: ebsync db copy --to postgresql+psycopg://ebsync@localhost/ebsync
    """


@db_command.command("copy")
@click.option("--to", "url", required=True, metavar="URL", help="An empty database; it is created or migrated.")
@json_option
def copy_command(url: str, as_json: bool) -> None:
    """Copy the hub into another database, which must be empty, and compare every table.

    The configured database is not changed. What is recorded in it after the copy began is not in the copy, so stop cron
    first; afterwards let EBSYNC_DATABASE_URL name the copy.

    Example: ebsync db copy --to sqlite:////srv/ebsync/hub.sqlite
    """
    from eb_sync.cli.hub import open_any_hub
    from eb_sync.store.copy import copy_hub, open_empty
    from eb_sync.store.engine import reading

    engine = open_any_hub().engine
    target = open_empty(url)
    click.get_current_context().call_on_close(target.dispose)
    with reading(engine) as source:
        tables = copy_hub(source, target)
    print_tables(tables, as_json=as_json)
    tell("The copy is complete. Let EBSYNC_DATABASE_URL name it from now on; the database so far is unchanged.")


@db_command.command("bring-times-back")
@by_option
@json_option
def bring_times_back_command(by: str | None, as_json: bool) -> None:
    """Bring times back that lie ahead because this machine's clock was wrong; nothing is lost, and they are kept.

    Set the clock first: Eventbrite is asked whether it is right. What was recorded with a time ahead gets the present
    one, in the same order. Refused where a document is dated ahead: documents never change.

    Example: ebsync db bring-times-back
    """
    from eb_sync.cli.hub import open_hub

    hub = open_hub()
    if hub.rehearsal:
        raise UsageError("EBSYNC_NOW is set: a rehearsal has its own time, and none to bring back.")
    _check_clock_confirmed(hub)
    rows, fact_ids = _bring_back(hub, said_by(hub, by))
    tell(f"{rows} times lay ahead and were brought back." if rows else "No time lies ahead.")
    print_facts(fact_ids, as_json=as_json)


def _check_clock_confirmed(hub: Hub) -> None:
    from eb_sync.model.clocks import check_confirmed

    with hub.eventbrite() as client:
        client.fetch_user()
        if client.served_at is None:
            raise TryAgainError("Eventbrite did not say what time it is: nothing was changed.")
        check_confirmed(hub.machine_clock(), client.served_at)


def _bring_back(hub: Hub, by: str) -> tuple[int, Sequence[int]]:
    """How many times were brought back, and the fact that says so."""
    from eb_sync.model.facts import TimesBroughtBack
    from eb_sync.store.engine import writing
    from eb_sync.store.facts import record_facts
    from eb_sync.store.run_lock import run_lock
    from eb_sync.store.time_back import bring_times_back, find_documents_ahead

    with run_lock(hub.engine, hub.hub_id), writing(hub.engine) as connection:
        now = hub.machine_clock()
        ahead = ", ".join(find_documents_ahead(connection, hub.hub_id, now))
        if ahead:
            raise UsageError(f"These documents are dated ahead, and never change: {ahead}. Nothing was changed.")
        moved = tuple(bring_times_back(connection, hub.hub_id, now))
        content = [TimesBroughtBack(moved)] if moved else []
        fact_ids = record_facts(connection, hub.hub_id, now, by, content)
    return sum(each.rows for each in moved), fact_ids


def print_tables(tables: Sequence[TableDigest], *, as_json: bool) -> None:
    """What each table holds."""
    if as_json:
        print_json({"tables": [{"table": one.table, "rows": one.rows, "sha256": one.sha256} for one in tables]})
    else:
        print_table(("table", "rows", "sha256"), [(one.table, f"{one.rows:,}", one.sha256[:32]) for one in tables])

"""`ebsync verify`, `backup`, `restore` and `db copy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eb_sync.cli.printing import print_json, print_table
from eb_sync.cli.words import json_option
from eb_sync.errors import HeldError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eb_sync.audit.run import Checked


@click.command("verify")
@json_option
def verify_command(as_json: bool) -> int:
    """Prove that everything in the database holds: numbers, times, documents, sums and every decision on an invoice.

    Nothing is written, and nobody is kept from writing. What does not hold is listed, and the exit code is 65.

    Example: ebsync verify
    """
    from eb_sync.audit.run import verify_hub
    from eb_sync.cli.house import HUB_ID, open_house
    from eb_sync.export import render_charge_list
    from eb_sync.store.engine import reading

    with reading(open_house().engine) as connection:
        checks = verify_hub(connection, HUB_ID, render_charge_list)
    if as_json:
        print_json({"checks": [_check_json(check) for check in checks]})
    else:
        _print_checks(checks)
    return HeldError.exit_code if any(check.proof.findings for check in checks) else 0


def _check_json(check: Checked) -> dict[str, object]:
    findings = [
        {"table": finding.table or None, "row": finding.row, "what": finding.what} for finding in check.proof.findings
    ]
    return {"check": check.name, "proved": check.proof.proved, "failed": len(findings), "findings": findings}


def _print_checks(checks: Sequence[Checked]) -> None:
    rows = [(check.name, f"{check.proof.proved:,}", f"{len(check.proof.findings):,}") for check in checks]
    print_table(("check", "proved", "failed"), rows)
    for check in checks:
        for finding in check.proof.findings:
            click.echo(f"{check.name}: {finding.table} {finding.row} {finding.what}".replace("  ", " "))
    failed = sum(len(check.proof.findings) for check in checks)
    click.echo(f"{failed:,} do not hold." if failed else "All of it holds.")

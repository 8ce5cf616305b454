"""`ebsync init` and `doctor`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.printing import print_table, tell, write_file
from eb_sync.errors import EbsyncError

if TYPE_CHECKING:
    from eb_sync.bootstrap import House

STARTER = """\
# Settings of ebsync. Each can be overridden by a variable: EBSYNC_ and the name, with __ for a section.
# The token belongs in EBSYNC_EVENTBRITE_TOKEN, not in this file.

# organization_id = "123456789012"    # not needed when the token sees exactly one
database_url = "sqlite:///ebsync.sqlite"
# billing_from = 2026-09-01           # workshops before this day are never charged; invoices need it
policy = "maths-hub"                  # a shipped document, or the path of a file of your own
# workgroup_policies = { "cmh19-interventionhgate" = "hub-week" }    # work groups with a policy of their own
bill_to = "school"                    # or "trust": who pays for an academy; `ebsync schools payer` for single schools
# guests = ["office@hub.example.org"] # the hub's own people: never a place, never charged

[scope]                               # which events count; with neither list, all
# slugs = ["cmh19-interventionhgate"]
# organizers = ["12345678901"]

[supplier]                            # who issues the invoices; all of it is needed
# name = "The Example Academy Trust"
# address = ["1 Example Road", "Sampleton"]
# email = "finance@hub.example.org"
# bank_name = "Example Bank"
# sort_code = "00-00-00"
# account_number = "00000000"
terms_days = 30

[vat]
treatment = "outside_scope"           # outside_scope, exempt, standard or zero: ask the finance team
# number = "GB000000000"              # only if registered

[einvoice]                            # for `ebsync export invoices --format ubl`; without it by e-mail address
# seller = "0088:5060000000009"       # our address in Peppol: scheme and number
# buyers = { "100001" = "0088:5060000000009" }    # theirs, by a school's URN or the payer's name
# company_number = "01234567"
# tax_number = "1234567890"           # for exempt charges of somebody without a VAT number
"""


@click.command("init")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Where to.")
def init_command(folder: Path) -> None:
    """Write a starter ebsync.toml, and make the database beside it.

    Example: ebsync init
    """
    from eb_sync.settings import CONFIG_NAME
    from eb_sync.store.engine import open_database

    path = folder / CONFIG_NAME
    write_file(path, STARTER.encode())
    open_database(f"sqlite:///{folder / 'ebsync.sqlite'}").dispose()
    click.echo(str(path))
    click.echo("Next: fill it in, set EBSYNC_EVENTBRITE_TOKEN, and run `ebsync doctor`.", err=True)


@click.command("doctor")
def doctor_command() -> int:
    """Say what is wrong with the installation, and how to mend it.

    Checks settings, policy, database, token and organisation. Exits with the code of the first thing that is wrong.

    Example: ebsync doctor
    """
    from eb_sync.cli.house import open_house

    house = open_house()
    checks: tuple[tuple[str, Callable[[House], str]], ...] = (
        ("settings", lambda house: str(house.config_path or "environment only")),
        ("policy", _check_policies),
        ("database", lambda house: house.engine.url.render_as_string()),
        ("token", _check_token),
        ("organisation", _check_organization),
        ("billing", _check_billing),
    )
    code = 0
    rows = []
    for name, check in checks:
        try:
            rows.append((name, "ok", check(house)))
        except EbsyncError as error:
            rows.append((name, "WRONG", ""))
            click.echo(f"{name}: {error}", err=True)
            code = code or error.exit_code
    print_table(("check", "", ""), rows, flexible=2, err=code != 0)
    return code


def _check_policies(house: House) -> str:
    said = f"{house.settings.policy}, {len(house.rule_settings.policy_text)} characters"
    with house.looking() as (_, picture):
        known = {name for workshop in picture.workshops for name in (workshop.slug, workshop.workgroup_id)}
    unknown = [name for name in house.settings.workgroup_policies if name not in known]
    if unknown:
        tell(f"policy: no work group is called {' or '.join(unknown)} yet (EBSYNC_WORKGROUP_POLICIES).")
    return said


def _check_token(house: House) -> str:
    with house.eventbrite() as client:
        client.fetch_user()
    return "accepted by Eventbrite"


def _check_organization(house: House) -> str:
    from eb_sync.store.engine import reading
    from eb_sync.store.sync_state import read_stamp
    from eb_sync.sync.fetch import choose_organization

    with reading(house.engine) as connection:
        stamp = read_stamp(connection, house.hub_id)
    with house.eventbrite() as client:
        return choose_organization(client, house.settings.organization_id, stamp)


def _check_billing(house: House) -> str:
    house.check_billing()
    return "everything that invoices need is set"

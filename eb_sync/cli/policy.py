"""`ebsync policy show`."""

from __future__ import annotations

import click

from eb_sync.cli.words import parse_date


@click.group("policy")
def policy_command() -> None:
    """Show the charging policy in force.

    Example: ebsync policy show --on 2019-11-05
    """


@policy_command.command("show")
@click.option("--on", "day", metavar="DATE", help="The version in force on this day; else today's.")
def policy_show(day: str | None) -> None:
    """Print the rules in force, each with its clause and source.

    Example: ebsync policy show --on 2019-11-05
    """
    from eb_sync.cli.house import open_house
    from eb_sync.workshops.bank_holidays import is_bank_holiday
    from eb_sync.workshops.calendar import LONDON
    from policies.parameters import load_policy

    house = open_house()
    policy = load_policy(house.rule_settings.policy_text, is_bank_holiday)
    on = house.clock().astimezone(LONDON).date() if day is None else parse_date(day)
    terms = policy.version_on(on)
    click.echo(f"{policy.title} ({policy.id}), on {on}")
    if terms is None:
        click.echo("No version is in force on that day: nothing is charged.")
        return
    for line in terms.describe():
        click.echo(line)

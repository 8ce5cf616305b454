"""`ebsync policy show|check|what-if`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from eb_sync.cli.parsing import json_option, parse_date
from eb_sync.cli.printing import print_json, print_table, tell
from eb_sync.errors import EbsyncError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from eb_sync.workshops.what_if import WhatIf
    from policies.decisions import Decision
    from policies.facts import Delivery
    from policies.parameters import Policy

_WORKSHOPS_SHOWN = 5


@click.group("policy")
def policy_command() -> None:
    """Show the charging policy, check a new one, or see what it would have charged.

    Example: ebsync policy show --on 2019-11-05
    """


@policy_command.command("show")
@click.argument("workgroup", required=False)
@click.option("--on", "day", metavar="DATE", help="The version in force on this day; else today's.")
def policy_show(workgroup: str | None, day: str | None) -> None:
    """Print the rules in force, each with its clause and source.

    WORKGROUP is the slug or id of a work group that has a policy of its own; without it, the general policy.

    Example: ebsync policy show --on 2019-11-05
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.workshops.bank_holidays import is_bank_holiday
    from policies.parameters import load_policy
    from policies.wording import LONDON

    hub = open_hub()
    own = dict(hub.rule_settings.workgroup_policy_texts)
    policy = load_policy(own.get(workgroup or "", hub.rule_settings.policy_text), is_bank_holiday)
    on = hub.clock().astimezone(LONDON).date() if day is None else parse_date(day)
    terms = policy.version_on(on)
    click.echo(f"{policy.title} ({policy.id}), on {on}")
    if terms is None:
        click.echo("No version is in force on that day: nothing is charged.")
    for line in () if terms is None else terms.describe():
        click.echo(line)
    if workgroup is None and own:
        click.echo(f"Work groups with a policy of their own: {', '.join(own)}")


@policy_command.command("check")
@click.argument("file")
def policy_check(file: str) -> None:
    """Say in sentences what a policy FILE means, with the deadlines of the next workshops; nothing is changed.

    FILE is a path, or the id of a policy that comes with ebsync.

    Example: ebsync policy check our-policy.toml
    """
    from eb_sync.bootstrap.policy_files import read_policy
    from policies.notice import deadline_for
    from policies.sentences import describe_terms, find_slips
    from policies.wording import dated_text

    policy = read_policy(file)
    click.echo(f"{policy.title} ({policy.id})")
    for terms in policy.versions:
        click.echo("")
        for line in describe_terms(terms):
            click.echo(line)
    newest = policy.versions[-1]
    known, starts = _next_workshops()
    click.echo("")
    click.echo("Deadlines of the next workshops:" if known else "No workshop ahead is known; for example:")
    for name, starts_at, deliveries, zone in starts:
        deadline = deadline_for(newest, starts_at, deliveries, zone)
        click.echo(f"- {name}, {dated_text(starts_at, zone)}: {deadline.sentence}")
    for slip in find_slips(policy):
        tell(f"Warning: {slip}")


def _next_workshops() -> tuple[bool, list[tuple[str, datetime, Sequence[Delivery], ZoneInfo]]]:
    """The next workshops, or where none is known a Monday and a Tuesday in person and online."""
    from datetime import datetime, time, timedelta

    from eb_sync.cli.hub import open_hub
    from eb_sync.clock import system_clock
    from policies.facts import Delivery
    from policies.wording import LONDON

    now = system_clock()
    try:
        hub = open_hub()
        now = hub.clock()
        with hub.snapshot() as (_, snapshot):
            ahead = sorted((w for w in snapshot.workshops if w.starts_at > now), key=lambda w: (w.starts_at, w.id))
        if ahead:
            return True, [(w.id, w.starts_at, w.deliveries, w.zone) for w in ahead[:_WORKSHOPS_SHOWN]]
    except EbsyncError:
        pass  # a policy can be checked before anything is set up
    monday = now.astimezone(LONDON).date() + timedelta(days=14 - now.astimezone(LONDON).weekday())
    days = [(monday, "a Monday"), (monday + timedelta(days=1), "a Tuesday")]
    return False, [
        (f"{name}, {delivery.replace('_', ' ')}", datetime.combine(day, time(10), tzinfo=LONDON), (delivery,), LONDON)
        for day, name in days
        for delivery in Delivery
    ]


@policy_command.command("what-if")
@click.argument("file")
@click.option("--from", "first", metavar="DATE", help="First day of workshops looked at; else of the last term.")
@click.option("--to", "last", metavar="DATE", help="Last day; else of the last term.")
@click.option("--workgroup", metavar="WORKGROUP", help="This work group alone.")
@json_option
def policy_what_if(file: str, first: str | None, last: str | None, workgroup: str | None, as_json: bool) -> None:
    """Who would have been charged differently under a policy FILE, and how much money that is; nothing is changed.

    Example: ebsync policy what-if our-policy.toml --from 2019-09-01 --to 2019-12-31
    """
    from eb_sync.bootstrap.policy_files import read_policy
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.terms import last_term
    from eb_sync.workshops.find import find_workgroup
    from eb_sync.workshops.what_if import compare_policies
    from policies.wording import LONDON

    policy = read_policy(file)
    hub = open_hub()
    term = last_term(hub.clock().astimezone(LONDON).date())
    first_on = term.from_on if first is None else parse_date(first)
    last_on = term.until_on if last is None else parse_date(last)
    with hub.snapshot() as (connection, snapshot):
        met = [workshop for workshop in snapshot.workshops if first_on <= workshop.local_on <= last_on]
        if workgroup is not None:
            group_id = find_workgroup(snapshot.workshops, workgroup)
            met = [workshop for workshop in met if workshop.workgroup_id == group_id]
        compared = compare_policies(connection, snapshot, policy, met)
    if as_json:
        print_json({"from": first_on.isoformat(), "to": last_on.isoformat(), **_what_if_json(compared)})
        return
    click.echo(f"Workshops from {first_on} to {last_on}: {compared.places} places.")
    _print_what_if(compared, policy)


def _what_if_json(compared: WhatIf) -> dict[str, object]:
    return {
        "places": compared.places,
        "pence_now": compared.pence_now,
        "pence_then": compared.pence_then,
        "differing": [
            {
                "workshop_id": each.workshop_id,
                "booking_id": each.now.booking_id,
                "now": {"outcome": each.now.outcome, "reason": each.now.reason, "pence": each.now.amount_pence},
                "then": {"outcome": each.then.outcome, "reason": each.then.reason, "pence": each.then.amount_pence},
            }
            for each in compared.differing
        ],
    }


def _print_what_if(compared: WhatIf, policy: Policy) -> None:
    from eb_sync.export.formats import format_pounds

    now, then = format_pounds(compared.pence_now), format_pounds(compared.pence_then)
    click.echo(f"Charged now: {now}; under {policy.id}: {then}.")
    if not compared.differing:
        click.echo("Nothing would differ.")
        return
    click.echo("")
    reasons = compared.by_reason().items()
    rows = [(now, then, str(count), format_pounds(pence)) for (now, then), (count, pence) in reasons]
    print_table(("now", "then", "places", "difference"), rows)
    click.echo("")
    places = [(each.workshop_id, each.now.booking_id, _said(each.now), _said(each.then)) for each in compared.differing]
    print_table(("workshop", "booking", "now", "then"), places)


def _said(decision: Decision) -> str:
    from eb_sync.export.formats import format_pounds

    return f"{decision.reason} {format_pounds(decision.amount_pence)}" if decision.amount_pence else decision.reason

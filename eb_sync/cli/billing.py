"""`ebsync charges` and `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eb_sync.cli.printing import pounds, print_json, print_table
from eb_sync.cli.words import as_of_option, json_option, parse_as_of

if TYPE_CHECKING:
    from eb_sync.workshops.calendar import Workshop
    from eb_sync.workshops.places import Picture


@click.command("charges")
@click.argument("workshop", required=False)
@as_of_option
@json_option
def charges_command(workshop: str | None, as_of: str | None, as_json: bool) -> None:
    """Show what the rules say about each place, without writing anything.

    Without WORKSHOP: all workshops.

    Example: ebsync charges cmh19-interventionhgate/1
    """
    from eb_sync.billing.charges import charges_json, read_charges
    from eb_sync.cli.house import open_house

    with open_house().looking(parse_as_of(as_of), workshop) as (connection, picture):
        chosen = _chosen(picture, workshop)
        charges = read_charges(connection, picture, chosen)
        documents = [charges_json(one, picture) for one in charges]
    if as_json:
        print_json(documents[0] if workshop is not None else {"workshops": documents})
        return
    for one in charges:
        click.echo(f"{one.workshop.id}  {one.workshop.title}  ({one.workshop.state_at(picture.as_of)})")
        rows = [
            (d.booking_id, one.teachers[d.booking_id][0], d.outcome, d.reason, pounds(d.amount_pence))
            for d in one.decisions
        ]
        print_table(("booking", "teacher", "outcome", "reason", "amount"), rows, flexible=1)
        click.echo(f"to charge: {pounds(sum(d.amount_pence for d in one.decisions))}\n")


@click.command("explain")
@click.argument("workshop")
@click.argument("booking")
@as_of_option
def explain_command(workshop: str, booking: str, as_of: str | None) -> None:
    """Say why a place is charged or not: facts, clause, arithmetic to the minute.

    BOOKING is a reference, or an e-mail address or surname that is unique at the workshop.

    Example: ebsync explain cmh19-interventionhgate/1 B1100594112
    """
    from eb_sync.billing.charges import build_explanation, read_charges
    from eb_sync.cli.house import open_house
    from eb_sync.workshops.find import find_bookings

    with open_house().looking(parse_as_of(as_of), workshop) as (connection, picture):
        charges = read_charges(connection, picture, _chosen(picture, workshop))[0]
        known = [decision.booking_id for decision in charges.decisions]
        found = find_bookings(known, charges.teachers, [booking])[0]
        lines = build_explanation(picture, charges, found)
    for line in lines:
        click.echo(line)


def _chosen(picture: Picture, workshop: str | None) -> list[Workshop]:
    from eb_sync.workshops.find import find_workshop

    return list(picture.workshops) if workshop is None else [find_workshop(picture.workshops, workshop)]

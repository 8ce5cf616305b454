"""`ebsync schools`."""

from __future__ import annotations

from typing import Any

import click

from eb_sync.cli.printing import print_facts, print_json, print_table, tell
from eb_sync.cli.words import by_option, json_option, said_by


@click.group("schools")
def schools_command() -> None:
    """List, add and confirm schools: nothing is billed to a school that nobody confirmed.

    Example: ebsync schools list
    """


@schools_command.command("list")
@json_option
def schools_list(as_json: bool) -> None:
    """List the schools known, and the typed ones that wait for confirmation.

    Example: ebsync schools list --json
    """
    from eb_sync.cli.house import open_house
    from eb_sync.schools.book import find_waiting

    with open_house().looking() as (connection, picture):
        waiting = find_waiting(connection, picture)
    schools = sorted(picture.school_book.schools.values(), key=lambda school: (school.name, school.id))
    if as_json:
        print_json(
            {
                "schools": [
                    {
                        "id": school.id,
                        "urn": school.urn,
                        "name": school.name,
                        "address": ", ".join((*school.address, school.postcode)),
                        "source": "added",
                    }
                    for school in schools
                ],
                "waiting": [
                    {
                        "typed_name": entry.typed.name or None,
                        "typed_urn": entry.typed.urn or None,
                        "booking_ids": list(entry.booking_ids),
                    }
                    for entry in waiting
                ],
            }
        )
        return
    print_table(("id", "school", "postcode"), [(s.id, s.name, s.postcode) for s in schools], flexible=1)
    if waiting:
        click.echo("\nwaiting for confirmation:")
        rows = [(e.typed.name or "(nothing)", e.typed.urn, " ".join(e.booking_ids)) for e in waiting]
        print_table(("typed", "URN", "bookings"), rows, flexible=2)


@schools_command.command("add")
@click.option("--name", required=True, help="As it is to stand on invoices.")
@click.option("--address", "address", multiple=True, required=True, metavar="LINE...", help="One line or several.")
@click.argument("more_lines", nargs=-1, metavar="")
@click.option("--postcode", required=True, metavar="PC")
@click.option("--urn", metavar="URN", help="Six digits; without one the school gets an id P1, P2, ...")
@click.option("--email", metavar="E", help="Where invoices go.")
@click.option("--po", "po_number", metavar="NUMBER", help="Purchase order number to be printed.")
@by_option
@json_option
def schools_add(more_lines: tuple[str, ...], by: str | None, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - click's options
    """Add a school or other payer; the same URN again replaces what was known. Prints its id.

    Bookings that typed this URN, or exactly this name and no URN, are confirmed by it.

    Example: ebsync schools add --urn 800001 --name "Ash Lane Primary" --address "1 Ash Lane" --postcode "ZZ1 1ZZ"
    """
    from eb_sync.cli.house import HUB_ID, open_house
    from eb_sync.schools.book import NewSchool, build_school
    from eb_sync.store.facts import record_facts

    given["address"] = (*given["address"], *more_lines)
    house = open_house()
    with house.recording() as (connection, picture):
        added = build_school(connection, HUB_ID, NewSchool(**given))
        fact_ids = record_facts(connection, HUB_ID, picture.as_of, said_by(house, by), [added])
    if as_json:
        print_json({"id": added.school_id, "fact_ids": [str(fact_id) for fact_id in fact_ids]})
        return
    click.echo(added.school_id)
    print_facts(fact_ids, as_json=False)


@schools_command.command("confirm")
@click.argument("school")
@click.option("--typed", metavar="NAME", help="Every booking that typed this name, now and later.")
@click.option("--booking", "bookings", multiple=True, metavar="BOOKING...", help="These bookings alone.")
@click.argument("more_bookings", nargs=-1, metavar="")
@by_option
@json_option
def schools_confirm(school: str, typed: str | None, bookings: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401 - click's options
    """Say that a typed name, or some bookings, are from SCHOOL.

    A booking with another URN than SCHOOL's is not confirmed by the name it typed.

    Example: ebsync schools confirm 800001 --typed "Ash Lane Primry"
    """
    from eb_sync.cli.house import HUB_ID, open_house
    from eb_sync.schools.book import build_confirmations
    from eb_sync.store.facts import record_facts

    house = open_house()
    with house.recording() as (connection, picture):
        facts = build_confirmations(connection, picture, school, typed, (*bookings, *given["more_bookings"]))
        fact_ids = record_facts(connection, HUB_ID, picture.as_of, said_by(house, given["by"]), facts)
    print_facts(fact_ids, as_json=given["as_json"])
    if not given["as_json"]:
        tell("`ebsync schools list` shows what still waits.")

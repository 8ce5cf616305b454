"""`ebsync person`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eb_sync.cli.files import write_file
from eb_sync.cli.parsing import by_option, json_option, said_by
from eb_sync.cli.printing import format_json, local, print_facts, print_json, tell
from eb_sync.errors import PartialError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from eb_sync.bootstrap import Hub
    from eb_sync.people.find import Found
    from eb_sync.settings import Settings

_KEPT = (
    "Kept, without a name: that a booking was made, what was decided about it and why, and who recorded what; they "
    "prove what was charged. Invoices and credit notes keep initials; ebsync never deletes them, and tax law asks for "
    "six years after the financial year. Backups taken before still hold the name, until they are thrown away."
)


@click.group("person")
def person_command() -> None:
    """Answer data protection requests: show what is held about a person, and erase it.

    Example: ebsync person export ann@school.example.org
    """


@person_command.command("export")
@click.argument("person", metavar="PERSON")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Write the JSON there.")
@json_option
def person_export(person: str, path: Path | None, as_json: bool) -> None:
    """Show everything held about a person, by e-mail address or reference (B..., W1): from where, why and until when.

    Example: ebsync person export ann@school.example.org -o ann.json
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.people.export import export_person
    from eb_sync.people.find import find_person

    with open_hub().snapshot() as (connection, snapshot):
        found = find_person(connection, snapshot.hub_id, person)
        exported = export_person(connection, snapshot, found)
    if path is not None:
        write_file(path, format_json(exported).encode())
        if not as_json:
            click.echo(f"{'; '.join(found.names)}: {_what_is_held(found)}; written to {path}.")
    if as_json:
        print_json(exported)
    elif path is None:
        _print_page(exported)


def _print_page(exported: dict[str, Any]) -> None:
    click.echo(exported["purpose"])
    for part, columns in (
        ("names", ("booking_id", "name", "email", "postcode", "recorded_at", "from")),
        (
            "held",
            ("booking_id", "event_id", "status", "name", "email", "postcode", "school", "role", "read_at", "from"),
        ),
        ("bookings", ("booking_id", "event_id", "status", "booked_at", "seen_at", "school", "role", "from")),
        ("recorded", ("fact_id", "kind", "recorded_at", "said_by")),
        ("messages", ("fact_id", "kind", "begun_at", "outcome", "workshop_id")),
        ("documents", ("number", "kind", "workshop_id", "booking_id", "amount_pence")),
    ):
        click.echo(f"\n{part}: {exported['held_until'][part]}")
        for row in exported[part]:
            click.echo("- " + "; ".join(f"{key.replace('_', ' ')} {_word(row[key])}" for key in columns if row[key]))
        if not exported[part]:
            click.echo("  nothing")


def _word(value: object) -> str:
    return local(value) if isinstance(value, datetime) else str(value)


@person_command.command("erase")
@click.argument("person", metavar="PERSON")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@by_option
@json_option
def person_erase(person: str, yes: bool, by: str | None, as_json: bool) -> int:
    """Erase a person's names and addresses, by e-mail address or reference (B..., W1); it cannot be undone.

    Sync never brings them back. A person who books again afterwards is a new person.

    Example: ebsync person erase ann@school.example.org
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import erased_json
    from eb_sync.people.erase import erase_person

    hub = open_hub()
    with hub.snapshot() as (connection, _):
        found = _find_erasable(hub, connection, person)
    if not _is_agreed(found, yes=yes, as_json=as_json):
        return PartialError.exit_code
    with hub.transaction() as (connection, snapshot):
        found = _find_erasable(hub, connection, person)
        erased = erase_person(connection, snapshot.hub_id, found, snapshot.as_of, said_by(hub, by))
    if as_json:
        print_json(erased_json(found, erased, _KEPT))
    else:
        click.echo(f"Erased: {'; '.join(found.names)}.")
        click.echo(f"Blanked: {erased.versions} names with their addresses, and {erased.held_rows} rows that wait.")
        click.echo(_KEPT)
        print_facts([erased.fact_id], as_json=False)
    return 0


def _find_erasable(hub: Hub, connection: Connection, person: str) -> Found:
    from eb_sync.people.erase import check_no_guest, check_not_told
    from eb_sync.people.find import find_person

    found = find_person(connection, hub.hub_id, person)
    check_no_guest(connection, hub.hub_id, found, hub.settings.guests)
    check_not_told(connection, hub.hub_id, found, _told(hub.settings))
    return found


def _told(settings: Settings) -> list[str]:
    leads = [address for addresses in settings.leads.values() for address in addresses]
    return [*leads, *settings.finance_email]


def _what_is_held(found: Found) -> str:
    """`2 names with their addresses, 0 rows that wait, 2 bookings (B1, B2)`; without a name."""
    bookings = (
        f"{len(found.booking_ids)} bookings ({', '.join(found.booking_ids)})" if found.booking_ids else "no booking"
    )
    return f"{found.versions} names with their addresses, {len(found.held)} rows that wait, {bookings}"


def _is_agreed(found: Found, *, yes: bool, as_json: bool) -> bool:
    """Show who would be erased, on stdout because it is a name, and ask at a terminal."""
    if yes:
        return True
    if as_json:
        tell(f"Would be erased: {_what_is_held(found)}. {_KEPT}")
    else:
        click.echo(f"This would erase {'; '.join(found.names)}: {_what_is_held(found)}.")
        click.echo(_KEPT)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        tell("Nothing was erased. Say --yes to erase it.")
        return False
    if click.confirm("Erase this? It cannot be undone.", err=True):
        return True
    tell("Nothing was erased.")
    return False

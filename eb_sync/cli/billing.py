"""`ebsync charges` and `explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import write_file
from eb_sync.cli.parsing import as_of_option, choose_format, json_option, parse_as_of
from eb_sync.cli.printing import print_json, print_table, tell_substituted
from eb_sync.errors import UsageError
from eb_sync.model.document_numbers import complete_number
from policies.wording import pounds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from eb_sync.model.explanations import Explanation
    from eb_sync.workshops.calendar import Workshop
    from eb_sync.workshops.charges import Charges
    from eb_sync.workshops.snapshot import Snapshot


@click.command("charges")
@click.argument("workshop", required=False)
@as_of_option
@json_option
def charges_command(workshop: str | None, as_of: str | None, as_json: bool) -> None:
    """Show what the rules say about each place, without writing anything.

    Without WORKSHOP: all workshops.

    Example: ebsync charges cmh19-interventionhgate/1
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import charges_json
    from eb_sync.workshops.charges import read_charges

    with open_hub().snapshot(parse_as_of(as_of), workshop) as (connection, snapshot):
        chosen = _chosen(snapshot, workshop)
        charges = read_charges(connection, snapshot, chosen)
        documents = [charges_json(one, snapshot) for one in charges]
    if as_json:
        print_json(documents[0] if workshop is not None else {"workshops": documents})
        return
    for one in charges:
        click.echo(f"{one.workshop.id}  {one.workshop.title}  ({one.workshop.state_at(snapshot.as_of)})")
        rows = [
            (d.booking_id, one.teachers[d.booking_id][0], d.outcome, d.reason, pounds(d.amount_pence))
            for d in one.decisions
        ]
        print_table(("booking", "teacher", "outcome", "reason", "amount"), rows, flexible=1)
        click.echo(f"to charge: {pounds(sum(d.amount_pence for d in one.decisions))}\n")


_FORMATS = ("text", "pdf")


@click.command("explain")
@click.argument("workshop", metavar="WORKSHOP|NUMBER")
@click.argument("booking", required=False)
@click.option("--format", "asked", type=click.Choice(_FORMATS), help="Else by the ending of FILE; text by default.")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Else text goes to stdout.")
@as_of_option
def explain_command(
    workshop: str, booking: str | None, asked: str | None, path: Path | None, as_of: str | None
) -> None:
    """Say why a place is charged or not: facts, clause, arithmetic to the minute.

    With the NUMBER of an invoice or credit note alone (INV-12 will do): why each of its lines is there.

    BOOKING is a reference, or an e-mail address or surname that is unique at the workshop. The text is for those who
    run the workshop; the page (pdf) is for the school's head teacher, and calls the teacher by initials.

    Example: ebsync explain cmh19-interventionhgate/1 B1100594112 --format pdf
    """
    file_format = choose_format(asked, path, _FORMATS)
    if booking is None:
        _explain_document(complete_number(workshop), file_format, path)
    elif file_format == "pdf":
        _explain_on_a_page(workshop, booking, path, parse_as_of(as_of))
    else:
        _write_text(_explain_place(workshop, booking, parse_as_of(as_of)), path)


def _explain_document(number: str | None, file_format: str, path: Path | None) -> None:
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.explanation import explain_document

    if number is None:
        raise UsageError("Say WORKSHOP and BOOKING, or the number of an invoice or credit note, such as INV-12.")
    if file_format == "pdf":
        raise UsageError("A page is about one place: say WORKSHOP and BOOKING.")
    with open_hub().snapshot() as (connection, snapshot):
        lines = explain_document(connection, snapshot, number)
    _write_text(lines, path)


def _explain_place(workshop: str, booking: str, as_of: datetime | None) -> list[str]:
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.explanation import explain_in_lines

    with open_hub().snapshot(as_of, workshop) as (connection, snapshot):
        charges, found = _find_place(connection, snapshot, workshop, booking)
        return explain_in_lines(connection, snapshot, charges, found)


def _explain_on_a_page(workshop: str, booking: str, path: Path | None, as_of: datetime | None) -> None:
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.explanation import build_explanation

    hub = open_hub()
    supplier = hub.settings.supplier
    with hub.snapshot(as_of, workshop) as (connection, snapshot):
        charges, found = _find_place(connection, snapshot, workshop, booking)
        page = build_explanation(connection, snapshot, charges, found, (supplier.name, supplier.email))
    _write_page(page, path or Path(f"explain-{found}.pdf"))


def _find_place(connection: sa.Connection, snapshot: Snapshot, workshop: str, booking: str) -> tuple[Charges, str]:
    from eb_sync.workshops.charges import read_charges
    from eb_sync.workshops.find import find_bookings

    charges = read_charges(connection, snapshot, _chosen(snapshot, workshop))[0]
    known = list(dict.fromkeys([*(decision.booking_id for decision in charges.decisions), *charges.issued]))
    return charges, find_bookings(known, charges.teachers, [booking])[0]


def _write_text(lines: Sequence[str], path: Path | None) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if path is None:
        click.echo(text, nl=False)
    else:
        write_file(path, text.encode())
        click.echo(str(path))


def _write_page(page: Explanation, path: Path) -> None:
    from eb_sync.export import render_explanation_pdf

    rendered = render_explanation_pdf(page)
    tell_substituted(rendered.substituted)
    write_file(path, rendered.content)
    click.echo(str(path))


def _chosen(snapshot: Snapshot, workshop: str | None) -> list[Workshop]:
    from eb_sync.workshops.find import find_workshop

    return list(snapshot.workshops) if workshop is None else [find_workshop(snapshot.workshops, workshop)]

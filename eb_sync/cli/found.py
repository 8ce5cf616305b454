"""`ebsync facts`, `exempt list` and `documents`: what was recorded and issued, found again."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from eb_sync.cli.parsing import as_of_option, json_option, parse_as_of, parse_past_date
from eb_sync.cli.printing import WIDTH, print_json, print_table
from policies.facts import ExemptionState
from policies.wording import dated_text, day_text, pounds

if TYPE_CHECKING:
    from eb_sync.reports.documents import DocumentState
    from eb_sync.reports.recorded import RecordedExemption, RecordedFact


@click.command("facts")
@click.argument("workshop", required=False)
@click.option("--booking", metavar="BOOKING", help="Only what was recorded about this booking.")
@as_of_option
@json_option
def facts_command(workshop: str | None, booking: str | None, as_of: str | None, as_json: bool) -> None:
    """List what people recorded, newest first: who, when, in words, and what withdrew it.

    `ebsync retract FACT` withdraws one of them.

    Example: ebsync facts cmh19-interventionhgate/1
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import fact_json
    from eb_sync.reports.recorded import read_recorded
    from eb_sync.workshops.find import find_workshop

    with open_hub().snapshot(parse_as_of(as_of), workshop) as (connection, snapshot):
        chosen = None if workshop is None else find_workshop(snapshot.workshops, workshop)
        facts = read_recorded(connection, snapshot, chosen, None if booking is None else booking.strip().upper())
    if as_json:
        print_json({"facts": [fact_json(fact) for fact in facts]})
    else:
        _print_facts(facts)


def _print_facts(facts: Sequence[RecordedFact]) -> None:
    for fact in facts:
        click.echo(f"fact {fact.id}  {dated_text(fact.recorded_at)}, {fact.said_by}")
        withdrawn = "" if fact.withdrawn_by is None else f" (withdrawn by fact {fact.withdrawn_by})"
        _print_indented(f"{fact.sentence}{withdrawn}")
    if not facts:
        click.echo("Nobody has recorded anything here yet.")


def _print_indented(sentence: str) -> None:
    click.echo(textwrap.fill(sentence, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))


@click.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that nobody has decided about.")
@json_option
def exempt_list(only_open: bool, as_json: bool) -> None:
    """List exemptions with their ids, oldest first, and the commands that decide about a claim.

    Example: ebsync exempt list --open
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import exemption_json
    from eb_sync.reports.recorded import read_exemptions

    with open_hub().snapshot() as (connection, snapshot):
        exemptions = read_exemptions(connection, snapshot, only_open=only_open)
    if as_json:
        print_json({"exemptions": [exemption_json(each) for each in exemptions]})
    else:
        _print_exemptions(exemptions)


def _print_exemptions(exemptions: Sequence[RecordedExemption]) -> None:
    for each in exemptions:
        click.echo(f"exemption {each.id}: {each.state}")
        _print_indented(f"{each.sentence}.")
        if each.state is ExemptionState.CLAIMED:
            click.echo(f"  ebsync exempt approve {each.id}    or: ebsync exempt refuse {each.id}")
        elif each.state is ExemptionState.APPROVED:
            click.echo(f"  ebsync exempt revoke {each.id}")
    if not exemptions:
        click.echo("There are no exemptions.")


@click.command("documents")
@click.option("--school", metavar="SCHOOL", help="Only this school's.")
@click.option("--since", metavar="DATE", help="Only from this day on.")
@json_option
def documents_command(school: str | None, since: str | None, as_json: bool) -> None:
    """List invoices and credit notes: number, date, school, workshop, total, and what became of each.

    Example: ebsync documents --since 2020-01-01
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import document_json
    from eb_sync.reports.documents import read_document_states
    from eb_sync.workshops.find import find_school

    with open_hub().snapshot() as (connection, snapshot):
        school_id = None if school is None else find_school(snapshot.school_book, school)
        since_on = None if since is None else parse_past_date(since)
        states = read_document_states(connection, snapshot.hub_id, school_id, since_on)
    if as_json:
        print_json({"documents": [document_json(state) for state in states]})
    else:
        _print_documents(states)


def _print_documents(states: Sequence[DocumentState]) -> None:
    for state in states:
        document, workshop = state.document, state.document.workshop
        click.echo(
            f"{document.number}  {day_text(document.document_on)}  {pounds(document.gross_pence)}  {state.in_words}"
        )
        on = day_text(workshop.starts_at.astimezone(workshop.zone).date())
        _print_indented(f"{document.school_name}: {workshop.title}, {on}; {_list_of(state)}")
    if states:
        total = sum(state.document.gross_pence for state in states)
        print_table(("documents", "in all"), [(str(len(states)), pounds(total))])
    else:
        click.echo("No document has been issued.")


def _list_of(state: DocumentState) -> str:
    return "in no charge list yet" if state.batch_id is None else f"charge list {state.batch_id}"

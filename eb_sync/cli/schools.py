"""`ebsync schools`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import write_file
from eb_sync.cli.parsing import by_option, json_option, said_by, takes
from eb_sync.cli.printing import print_facts, print_json, print_table, tell
from eb_sync.errors import PartialError, UsageError
from eb_sync.model.outside import LARGEST_LIST, read_outside

if TYPE_CHECKING:
    from eb_sync.bootstrap import Hub
    from eb_sync.bootstrap.school_answers import Questions
    from eb_sync.recording.school_matches import Match
    from eb_sync.recording.schools import NewSchool, WaitingSchool
    from eb_sync.schools.book import School
    from eb_sync.schools.gias_load import Loaded

_SHOWN = 20
"""Changes listed after a load."""


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
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import schools_json
    from eb_sync.recording.schools import find_known, find_waiting, join_waiting

    with open_hub().snapshot() as (connection, snapshot):
        waiting, schools = join_waiting(find_waiting(connection, snapshot)), find_known(connection, snapshot)
    if as_json:
        print_json(schools_json(schools, waiting))
    else:
        _print_schools(schools, waiting)


def _print_schools(schools: Sequence[School], waiting: Sequence[WaitingSchool]) -> None:
    from eb_sync.schools.near import place_of

    rows = [(s.name, place_of(s.address), s.postcode, s.id) for s in schools]
    print_table(("school", "place", "postcode", "id"), rows)
    if waiting:
        click.echo("\nwaiting for confirmation:")
        typed = [(e.typed.name or "(nothing)", e.typed.postcode, e.typed.urn, " ".join(e.booking_ids)) for e in waiting]
        print_table(("typed", "postcode", "URN", "bookings"), typed, flexible=3)


@schools_command.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@by_option
@json_option
def schools_load(file: Path, by: str | None, as_json: bool) -> int:
    """Load a FILE of the official register: the download, the on-screen results, links or groups.

    From https://get-information-schools.service.gov.uk/Downloads: `edubasealldata*.csv`, `links_edubasealldata*.csv`
    and `allgroupsdata*.csv`. What changed since the last load is reported. Rows that cannot be read are left out (3).
    The zip as downloaded will do, and so will what a spreadsheet saved.

    Example: ebsync schools load edubasealldata20261101.csv
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import loaded_json
    from eb_sync.schools.gias_file import open_register
    from eb_sync.schools.gias_load import load_register
    from eb_sync.store.engine import writing

    hub = open_hub()
    opened = open_register(file)
    hub_id = hub.hub_id  # known before the transaction begins, for a new hub is given its number in one
    with writing(hub.engine, hub_id) as connection:
        loaded = load_register(connection, hub_id, opened, hub.now_in(connection), said_by(hub, by))
    fact_ids = [] if loaded.fact_id is None else [loaded.fact_id]
    if as_json:
        print_json({"fact_ids": [str(fact_id) for fact_id in fact_ids], **loaded_json(loaded, opened.layout)})
    else:
        _print_loaded(loaded)
        print_facts(fact_ids, as_json=False)
    if loaded.unreadable.count:
        lines = ", ".join(str(line) for line in loaded.unreadable.lines)
        tell(f"{loaded.unreadable.count} rows cannot be read and were left out, first on lines {lines}.")
    return PartialError.exit_code if loaded.unreadable.count else 0


def _print_loaded(loaded: Loaded) -> None:
    if loaded.fact_id is None:
        click.echo("This very file was loaded before: nothing is new.")
        return
    click.echo(f"{loaded.rows} rows, of which {loaded.changed} are new or differ.")
    for kind, count in loaded.by_kind().items():
        click.echo(f"  {kind}: {count}")
    shown = [(c.kind, c.urn, c.name, c.was) for c in loaded.changes[:_SHOWN]]
    if shown:
        print_table(("change", "URN", "school", "before"), shown, flexible=2)
    if len(loaded.changes) > _SHOWN:
        click.echo(f"... and {len(loaded.changes) - _SHOWN} more; all of them with --json.")


@schools_command.command("match")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="A CSV to fill in, for `confirm`.")
@by_option
@json_option
def schools_match(path: Path | None, by: str | None, as_json: bool) -> int:
    """Suggest schools of the register for what waits, each with the evidence; a person confirms.

    At a terminal it asks about each. Without one, fill in the column `school` of the FILE that -o writes and say
    `ebsync schools confirm --file FILE`.

    Example: ebsync schools match -o waiting.csv
    """
    from eb_sync.bootstrap.school_answers import read_questions
    from eb_sync.cli.hub import open_hub
    from eb_sync.cli.json_documents import match_json
    from eb_sync.store.each import Each

    hub, each = open_hub(), Each()
    questions = read_questions(hub, each)
    for sentence in each.sentences("nothing can be suggested"):
        tell(sentence, "error")
    if not questions.is_register_loaded:
        tell("No register is loaded, so nothing can be suggested. Load it: ebsync schools load FILE")
        tell("FILE is edubasealldata*.csv from https://get-information-schools.service.gov.uk/Downloads")
    if path is not None:
        _write_questions(questions.waiting, path)
    if as_json:
        print_json({"waiting": [match_json(waiting, match) for waiting, match in questions.waiting]})
    elif path is None:
        _show_questions(hub, questions, said_by(hub, by))
    return PartialError.exit_code if each.failed else 0


def _write_questions(matches: Sequence[tuple[WaitingSchool, Match]], path: Path) -> None:
    from eb_sync.recording.school_list import render_batch

    write_file(path, render_batch(matches))
    tell(f"{len(matches)} wait. Fill in the column school, then: ebsync schools confirm --file {path}")


def _show_questions(hub: Hub, questions: Questions, said: str) -> None:
    if not questions.waiting:
        click.echo("No schools are waiting to be confirmed.")
    elif sys.stdin.isatty() and sys.stdout.isatty():
        _ask_about(hub, questions.waiting, said, is_loaded=questions.is_register_loaded)
    else:
        _print_matches(questions.waiting, is_loaded=questions.is_register_loaded)


def _print_matches(matches: Sequence[tuple[WaitingSchool, Match]], *, is_loaded: bool) -> None:
    for waiting, match in matches:
        _print_match(waiting, match, is_loaded=is_loaded)
        if match.suggestions:
            click.echo(f'  if so: ebsync schools confirm {match.suggestions[0].urn} --typed "{waiting.typed.name}"')


def _print_match(waiting: WaitingSchool, match: Match, *, is_loaded: bool) -> None:
    typed = waiting.typed
    parts = [("URN", typed.urn), ("postcode", typed.postcode), ("e-mail host", typed.email_host)]
    more = "".join(f", {what} {said}" for what, said in parts if said)
    click.echo(f"{typed.name or '(no name)'}{more}: {' '.join(waiting.booking_ids)}")
    for number, found in enumerate(match.suggestions, 1):
        click.echo(f"  {number}. {found.name}, {found.address} ({found.urn})")
        click.echo(f"     {'; '.join(found.evidence)}")
    if is_loaded and not match.suggestions:
        click.echo("  nothing in the register is near enough")


def _ask_about(hub: Hub, matches: Sequence[tuple[WaitingSchool, Match]], said: str, *, is_loaded: bool) -> None:
    """Ask about what waits, one by one; each answer is recorded at once."""
    from eb_sync.bootstrap.school_answers import answer_question

    fact_ids: list[int] = []
    for waiting, match in matches:
        _print_match(waiting, match, is_loaded=is_loaded)
        answer = _ask(len(match.suggestions))
        if answer.casefold() == "q":
            break
        try:
            fact_ids += answer_question(hub, waiting, match, answer, said) if answer else ()
        except UsageError as error:
            tell(str(error))
    print_facts(fact_ids, as_json=False)


def _ask(count: int) -> str:
    numbers = [str(number) for number in range(1, count + 1)]
    asked = f"Which is it? {', '.join([*numbers, 'a URN or id, Enter to skip, q to stop'])}"
    answer: str = click.prompt(asked, default="", show_default=False, err=True)
    return answer.strip()


@dataclass(frozen=True, slots=True)
class _NewSchoolOptions:
    name: str
    address: tuple[str, ...]
    more_lines: tuple[str, ...]
    postcode: str
    urn: str | None
    email: str | None
    po_number: str | None
    by: str | None
    as_json: bool

    @property
    def school(self) -> NewSchool:
        from eb_sync.recording.schools import NewSchool

        return NewSchool(
            name=self.name,
            address=(*self.address, *self.more_lines),
            postcode=self.postcode,
            urn=self.urn,
            email=self.email,
            po_number=self.po_number,
        )


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
@takes(_NewSchoolOptions)
def schools_add(options: _NewSchoolOptions) -> None:
    """Add a school or other payer; the same URN again replaces what was known. Prints its id.

    Bookings that typed this URN, or exactly this name and no URN, are confirmed by it.

    Example: ebsync schools add --urn 800001 --name "Ash Lane Primary" --address "1 Ash Lane" --postcode "ZZ1 1ZZ"
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.schools import build_school
    from eb_sync.store.facts import record_facts

    hub = open_hub()
    with hub.transaction() as (connection, snapshot):
        added = build_school(connection, snapshot.hub_id, options.school)
        fact_ids = record_facts(connection, snapshot.hub_id, snapshot.as_of, said_by(hub, options.by), [added])
    if options.as_json:
        print_json({"id": added.school_id, "fact_ids": [str(fact_id) for fact_id in fact_ids]})
        return
    click.echo(added.school_id)
    print_facts(fact_ids, as_json=False)


@dataclass(frozen=True, slots=True)
class _PayerOptions:
    payer: str
    bill_to: str | None
    email: str | None
    po_number: str | None
    by: str | None
    as_json: bool


@schools_command.command("payer")
@click.argument("payer", metavar="SCHOOL|TRUST")
@click.option("--bill-to", type=click.Choice(["school", "trust", "setting"]), help="`setting`: as EBSYNC_BILL_TO says.")
@click.option("--email", metavar="E", help="Where invoices go.")
@click.option("--po", "po_number", metavar="NUMBER", help="Purchase order number to be printed.")
@by_option
@json_option
@takes(_PayerOptions)
def schools_payer(options: _PayerOptions) -> None:
    """Say who pays for a school, and the e-mail and order number of a school or trust (T and its Group UID).

    It replaces what was said of it before, and counts before `schools add`. Invoices that are issued stay as they are.

    Example: ebsync schools payer 800001 --bill-to trust --po PO-1187
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.schools import PaymentTerms, build_payer
    from eb_sync.store.facts import record_facts

    hub = open_hub()
    with hub.transaction() as (connection, snapshot):
        terms = PaymentTerms(options.bill_to, options.email, options.po_number)
        said = build_payer(connection, snapshot, options.payer, terms)
        fact_ids = record_facts(connection, snapshot.hub_id, snapshot.as_of, said_by(hub, options.by), [said])
    print_facts(fact_ids, as_json=options.as_json)


@dataclass(frozen=True, slots=True)
class _ConfirmOptions:
    school: str | None
    typed: str | None
    bookings: tuple[str, ...]
    more_bookings: tuple[str, ...]
    path: Path | None
    by: str | None
    as_json: bool


@schools_command.command("confirm")
@click.argument("school", required=False)
@click.option("--typed", metavar="NAME", help="Every booking that typed this name, now and later.")
@click.option("--booking", "bookings", multiple=True, metavar="BOOKING...", help="These bookings alone.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="FILE", help="What `match -o` gave, filled in."
)
@click.argument("more_bookings", nargs=-1, metavar="")
@by_option
@json_option
@takes(_ConfirmOptions)
def schools_confirm(options: _ConfirmOptions) -> None:
    """Say that a typed name, or some bookings, are from SCHOOL.

    A booking with another URN than SCHOOL's is not confirmed by the name it typed.

    Example: ebsync schools confirm 800001 --typed "Ash Lane Primry"
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.schools import build_confirmations
    from eb_sync.store.facts import record_facts

    hub, school, path = open_hub(), options.school, options.path
    said = said_by(hub, options.by)
    if path is not None and school is None:
        _confirm_file(hub, path, said, as_json=options.as_json)
        return
    if school is None or path is not None:
        raise UsageError("Say either SCHOOL or --file FILE.")
    bookings = (*options.bookings, *options.more_bookings)
    with hub.transaction() as (connection, snapshot):
        facts = build_confirmations(connection, snapshot, school, options.typed, bookings)
        fact_ids = record_facts(connection, snapshot.hub_id, snapshot.as_of, said, facts)
    print_facts(fact_ids, as_json=options.as_json)
    if not options.as_json:
        tell("`ebsync schools list` shows what still waits.")


def _confirm_file(hub: Hub, path: Path, said: str, *, as_json: bool) -> None:
    from eb_sync.bootstrap.school_answers import confirm_from_file

    try:
        content = read_outside(path, LARGEST_LIST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    fact_ids, settled = confirm_from_file(hub, content, path.name, said)
    if settled:
        tell(f"These wait no more, and were left as they are: {', '.join(settled)}.")
    print_facts(fact_ids, as_json=as_json)

"""`ebsync attendance`."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.json_documents import import_json
from eb_sync.cli.parsing import by_option, json_option, said_by, takes
from eb_sync.cli.printing import (
    WIDTH,
    print_facts,
    print_json,
    print_recorded,
    print_sentences,
    print_table,
    tell,
)
from eb_sync.cli.streams import at_terminal
from eb_sync.errors import DoubtError, PartialError, UsageError
from eb_sync.model.outside import LARGEST_LIST, read_outside

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.model.facts import FactContent
    from eb_sync.recording.attendance import MarkedPlace, OpenRegister
    from eb_sync.recording.attendance_import import FilledRegister
    from eb_sync.recording.filled_rows import FilledRow
    from eb_sync.workshops.recording import Recorded
    from eb_sync.workshops.snapshot import Snapshot

    Build = Callable[[sa.Connection, Snapshot, OpenRegister], Sequence[FactContent]]


@click.group("attendance")
def attendance_command() -> None:
    """Mark, import and close the register.

    Example: ebsync attendance mark cmh19-interventionhgate/1 B1100594112 present
    """


def _record(workshop: str, build: Build, by: str | None, *, as_json: bool) -> None:
    """Build facts about a workshop's register and record them; prints their ids."""
    print_recorded(_record_facts(workshop, build, by), as_json=as_json)


def _record_facts(workshop: str, build: Build, by: str | None) -> Recorded:
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.attendance import find_register

    hub = open_hub()
    return hub.record(lambda c, p: build(c, p, find_register(c, p, workshop)), said_by(hub, by), workshop)


@attendance_command.command("mark")
@click.argument("workshop")
@click.argument("words", nargs=-1, required=True, metavar="BOOKING... MARK")
@by_option
@json_option
def attendance_mark(workshop: str, words: tuple[str, ...], by: str | None, as_json: bool) -> None:
    """Mark places: present, late, left-early, turned-away, absent, or unmarked to take a mark back.

    Example: ebsync attendance mark cmh19-interventionhgate/1 B1100594112 B1100594113 present
    """
    from eb_sync.recording.attendance import build_marks, find_arrivals, find_no_places
    from policies.facts import Mark

    *bookings, word = words
    if not bookings:
        raise UsageError("Say which bookings, then the mark.")
    if word not in {mark.value for mark in Mark}:
        raise UsageError(f"{word} is no mark; marks are: {', '.join(mark.value for mark in Mark)}.")
    no_places: list[str] = []
    arrivals: list[str] = []

    def build(_: sa.Connection, snapshot: Snapshot, register: OpenRegister) -> Sequence[FactContent]:
        marks = build_marks(register, snapshot.as_of, bookings, Mark(word))
        policy = snapshot.terms.policy_for(register.workshop)
        references = [mark.booking_id for mark in marks]
        no_places.extend(find_no_places(register, policy, references))
        arrivals.extend(find_arrivals(register, references))
        return marks

    _record(workshop, build, by, as_json=as_json)
    if arrivals:
        tell(
            f"{', '.join(arrivals)}: booked after the start, so on no register. Who came by it is a late arrival: "
            "their own earlier place counts as attended, or else they count like a walk-in."
        )
    if no_places:
        tell(
            f"{', '.join(no_places)}: a guest of the hub, or no seat, so on no register and no certificate. "
            "To record somebody who came: ebsync attendance walk-in"
        )


@dataclass(frozen=True, slots=True)
class _WalkInOptions:
    workshop: str
    name: str
    school: str
    replaces: str | None
    accept: bool
    sure: bool
    by: str | None
    as_json: bool


_sure_option = click.option("--sure", is_flag=True, help="Record it though it looks like a mistake.")


def _ask(say: Callable[[bool], None], *, sure: bool) -> None:
    """Record it, and where it looks like a mistake ask the person at the terminal; `say` is told whether it is meant.

    Raises:
        DoubtError: nobody is there to be asked; names the option that says that it is meant.
    """
    try:
        say(sure)
    except DoubtError as error:
        if not at_terminal():
            raise DoubtError(f"{error} If it is right as typed: --sure.") from None
        tell(f"{error}")
        if not click.confirm("Record it as typed?", err=True):
            raise UsageError("Nothing was recorded.") from None
        say(True)


@attendance_command.command("walk-in")
@click.argument("workshop")
@click.option("--name", required=True, help="Kept in the people tables alone.")
@click.option("--school", required=True, metavar="SCHOOL", help="URN, id or name.")
@click.option("--replaces", metavar="BOOKING", help="The colleague in whose place they came.")
@click.option("--accept", is_flag=True, help="Though their schools are two and the policy wants one.")
@_sure_option
@by_option
@json_option
@takes(_WalkInOptions)
def attendance_walk_in(options: _WalkInOptions) -> None:
    """Record somebody who came without a booking.

    Example: ebsync attendance walk-in cmh19/1 --name "Sam Sample" --school "Ash Lane Primary" --replaces B1100594112
    """
    from eb_sync.recording.attendance import NewWalkIn, record_walk_in

    def say(is_sure: bool) -> None:
        walk_in = NewWalkIn(options.name, options.school, options.replaces, options.accept, is_sure)
        _record(
            options.workshop, lambda c, p, r: [record_walk_in(c, p, r, walk_in)], options.by, as_json=options.as_json
        )

    _ask(say, sure=options.sure)


@dataclass(frozen=True, slots=True)
class _SubstituteOptions:
    workshop: str
    booking: str
    replaces: str
    accept: bool
    sure: bool
    by: str | None
    as_json: bool


@attendance_command.command("substitute")
@click.argument("workshop")
@click.argument("booking")
@click.option("--replaces", required=True, metavar="BOOKING")
@click.option("--accept", is_flag=True, help="Though their schools are two and the policy wants one.")
@_sure_option
@by_option
@json_option
@takes(_SubstituteOptions)
def attendance_substitute(options: _SubstituteOptions) -> None:
    """Record that a colleague with a booking of their own came for somebody else.

    Example: ebsync attendance substitute cmh19-interventionhgate/1 B1100594112 --replaces B1100594113
    """
    from eb_sync.recording.attendance import build_substitute

    def say(is_sure: bool) -> None:
        def build(_: sa.Connection, snapshot: Snapshot, register: OpenRegister) -> Sequence[FactContent]:
            who, whom, accept = options.booking, options.replaces, options.accept
            return [build_substitute(register, snapshot, who, whom, is_accepted=accept, is_sure=is_sure)]

        _record(options.workshop, build, options.by, as_json=options.as_json)

    _ask(say, sure=options.sure)


@attendance_command.command("import")
@click.argument("workshop")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Show what would be marked.")
@by_option
@json_option
def attendance_import(workshop: str, path: Path, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Read a filled-in register (CSV or XLSX) back in; doing so twice changes nothing.

    Says which marks are new, which were known, which cells are empty, and which expected places the file lacks.

    Example: ebsync attendance import cmh19-interventionhgate/1 day-1.xlsx
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.attendance import find_register
    from eb_sync.recording.attendance_import import build_import
    from eb_sync.workshops.recording import record

    content = _read(path)
    hub = open_hub()
    with hub.snapshot(about=workshop) if dry_run else hub.transaction(workshop) as (connection, snapshot):
        register = find_register(connection, snapshot, workshop)
        policy = snapshot.terms.policy_for(register.workshop)
        filled = build_import(register, policy, snapshot.as_of, content, path.name)
        recorded = None if dry_run else record(connection, snapshot, said_by(hub, by), filled.facts)
    fact_ids, said_back = ((), ()) if recorded is None else (recorded.fact_ids, recorded.sentences)
    _tell_import(filled, dry_run=dry_run)
    if as_json:
        print_json({"fact_ids": [str(fact_id) for fact_id in fact_ids], **import_json(filled)})
    elif dry_run:
        _print_rows(register, filled.matched)
    else:
        print_sentences(said_back)
        print_facts(fact_ids, as_json=False)


def _print_rows(register: OpenRegister, rows: Sequence[FilledRow]) -> None:
    """What would be marked, with the names that the register has."""
    print_table(
        ("row", "attendance", "teacher", "school", "booking"),
        [
            (
                str(row.row_number),
                str(row.mark or ""),
                register.teacher(row.booking_id),
                register.school(row.booking_id),
                row.booking_id,
            )
            for row in rows
        ],
        flexible=3,
    )


def _read(path: Path) -> bytes:
    try:
        return read_outside(path, LARGEST_LIST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


_CONTRADICTS = (
    "Contradicts a correction, so the mark stays and what the file says is kept beside it; where the mark may cost the "
    "teacher something, `ebsync review` asks who is right (`ebsync attendance mark` settles it)"
)


def _tell_import(filled: FilledRegister, *, dry_run: bool) -> None:
    """What an import came to, on stderr; a list for each kind, by reference."""
    new, known, empty = (len(rows) for rows in (filled.matched, filled.unchanged, filled.left_empty))
    marks, were = ("mark", "was") if new == 1 else ("marks", "were")
    tell(
        f"{new} {marks} {'would be' if dry_run else were} recorded; "
        f"{known} unchanged, {empty} left empty, {len(filled.unmatched)} expected but not in the file."
    )
    if filled.unread_columns:
        tell(f"Not read, because a register has no such columns: {', '.join(filled.unread_columns)}")
    for what, references in (
        ("Matched", [f"{row.booking_id} {row.mark}" for row in filled.matched]),
        ("Unchanged", [row.booking_id for row in filled.unchanged]),
        (
            _CONTRADICTS,
            [f"{row.booking_id} {row.mark}" for row in filled.corrected_since],
        ),
        ("Left empty", [row.booking_id for row in filled.left_empty]),
        ("Expected but not in the file", filled.unmatched),
    ):
        if references:
            tell(
                textwrap.fill(f"{what}: {', '.join(references)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
            )


@attendance_command.command("close")
@click.argument("workshop")
@click.option("--rest-absent", "rest", flag_value="absent", default=None, help="Mark absent whoever is not marked.")
@click.option("--rest-present", "rest", flag_value="present", help="Mark present whoever is not marked.")
@click.option("--nobody-came", is_flag=True, help="Mark every expected place absent.")
@by_option
@json_option
def attendance_close(workshop: str, rest: str | None, nobody_came: bool, by: str | None, as_json: bool) -> int:
    """Say that the register is complete; only then can anything be charged.

    While expected places are unmarked they are listed, and the register stays open (exit 3). Whoever is marked by
    --rest-absent, --rest-present or --nobody-came is listed with name, school and booking.

    Example: ebsync attendance close cmh19-interventionhgate/1 --rest-absent
    """
    if rest is not None and nobody_came:
        raise UsageError("Say one of --rest-absent, --rest-present and --nobody-came.")
    marked: list[MarkedPlace] = []
    build = _closing(rest, marked, nobody_came=nobody_came)
    try:
        if (rest or nobody_came) and not as_json and at_terminal():
            _confirm_closing(workshop, build, marked)
        recorded = _record_facts(workshop, build, by)
    except PartialError as error:
        print_facts([], as_json=as_json)
        tell(f"ebsync: {error}")
        return error.exit_code
    _print_closed(recorded, marked, as_json=as_json)
    return 0


def _closing(rest: str | None, marked: list[MarkedPlace], *, nobody_came: bool) -> Build:
    """What closes the register; puts into `marked` whom it marks."""
    from eb_sync.recording.attendance import Closing, build_closing, list_marked
    from policies.facts import Mark

    closing = Closing(None if rest is None else Mark(rest), nobody_came)

    def build(_: sa.Connection, snapshot: Snapshot, register: OpenRegister) -> Sequence[FactContent]:
        facts = build_closing(register, snapshot, closing)
        marked[:] = list_marked(register, facts)
        return facts

    return build


def _confirm_closing(workshop: str, build: Build, marked: list[MarkedPlace]) -> None:
    """Show whom closing would mark, and ask.

    Raises:
        UsageError: the person does not want it. Nothing was recorded.
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.attendance import find_register

    with open_hub().snapshot(about=workshop) as (connection, snapshot):
        build(connection, snapshot, find_register(connection, snapshot, workshop))
    if marked:
        click.echo(f"Closing marks these {marked[0].attendance}:")
        _print_places(marked)
        if not click.confirm("Mark them and close the register?", err=True):
            raise UsageError("Nothing was recorded; the register is still open.")


def _print_closed(recorded: Recorded, marked: Sequence[MarkedPlace], *, as_json: bool) -> None:
    if as_json:
        fact_ids = [str(fact_id) for fact_id in recorded.fact_ids]
        print_json({"fact_ids": fact_ids, "marked": [asdict(each) for each in marked]})
        return
    _print_marked(marked)
    print_facts(recorded.fact_ids, as_json=False)


def _print_marked(marked: Sequence[MarkedPlace]) -> None:
    """Each person who was not named and is marked all the same: a line that somebody can still object to."""
    if marked:
        places = "1 place that was" if len(marked) == 1 else f"{len(marked)} places that were"
        click.echo(f"Marked {marked[0].attendance}, {places} not marked before:")
    _print_places(marked)
    click.echo("The register is closed.")


def _print_places(places: Sequence[MarkedPlace]) -> None:
    for place in places:
        click.echo(f"  {place.teacher or '(no name)'}, {place.school or '(school not known)'}, {place.booking_id}")


@attendance_command.command("reopen")
@click.argument("workshop")
@by_option
@json_option
def attendance_reopen(workshop: str, by: str | None, as_json: bool) -> None:
    """Open a closed register again; what was issued stays, and is held.

    Example: ebsync attendance reopen cmh19-interventionhgate/1
    """
    from eb_sync.recording.attendance import build_reopening

    _record(workshop, lambda _, __, r: build_reopening(r.workshop), by, as_json=as_json)

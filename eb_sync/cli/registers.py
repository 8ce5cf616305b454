"""`ebsync register` and `attendance`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.printing import print_bytes, print_facts, print_table, tell, tell_substituted, write_file
from eb_sync.cli.words import as_of_option, by_option, json_option, parse_as_of, said_by
from eb_sync.errors import PartialError, UsageError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.model.facts import FactContent
    from eb_sync.registers.marks import OpenRegister
    from eb_sync.workshops.places import Picture

    Build = Callable[[sa.Connection, Picture, OpenRegister], Sequence[FactContent]]


@click.command("register")
@click.argument("workshop")
@click.option("--format", "file_format", type=click.Choice(["pdf", "xlsx", "csv"]), default="pdf", show_default=True)
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Else a CSV goes to stdout.")
@as_of_option
def register_command(workshop: str, file_format: str, path: Path | None, as_of: str | None) -> None:
    """Write the register: a sheet to sign before the day, the record once it is closed.

    A filled-in XLSX or CSV comes back by `ebsync attendance import`.

    Example: ebsync register cmh19-interventionhgate/1 --format xlsx -o day-1.xlsx
    """
    from eb_sync.cli.house import open_house
    from eb_sync.export import render_register_csv, render_register_pdf, render_register_xlsx
    from eb_sync.registers.sheet import build_register
    from eb_sync.workshops.find import find_workshop
    from eb_sync.workshops.judge import judge_workshops

    with open_house().looking(parse_as_of(as_of), workshop) as (connection, picture):
        chosen = find_workshop(picture.workshops, workshop)
        register = build_register(connection, picture, next(judge_workshops(connection, picture, [chosen])))
    if file_format == "pdf":
        rendered = render_register_pdf(register)
        content = rendered.content
        tell_substituted(rendered.substituted)
    else:
        content = render_register_csv(register) if file_format == "csv" else render_register_xlsx(register)
    if path is None and file_format == "csv":
        print_bytes(content)
        return
    path = path or Path(f"register-{chosen.slug}-{chosen.local_on}.{file_format}")
    write_file(path, content)
    click.echo(str(path))


@click.group("attendance")
def attendance_command() -> None:
    """Mark, import and close the register.

    Example: ebsync attendance mark cmh19-interventionhgate/1 B1100594112 present
    """


def _record(
    workshop: str, build: Build, by: str | None, *, as_json: bool, dry_run: bool = False
) -> Sequence[FactContent]:
    """Build facts about a workshop's register and record them; prints their ids."""
    from eb_sync.cli.house import HUB_ID, open_house
    from eb_sync.registers.marks import open_register
    from eb_sync.store.facts import record_facts
    from eb_sync.workshops.find import find_workshop
    from eb_sync.workshops.judge import judge_workshops

    house = open_house()
    with house.looking(about=workshop) if dry_run else house.recording(workshop) as (connection, picture):
        chosen = find_workshop(picture.workshops, workshop)
        judged = next(judge_workshops(connection, picture, [chosen]))
        facts = build(connection, picture, open_register(connection, picture, judged))
        if dry_run:
            return facts
        fact_ids = record_facts(connection, HUB_ID, picture.as_of, said_by(house, by), facts)
    print_facts(fact_ids, as_json=as_json)
    return facts


@attendance_command.command("mark")
@click.argument("workshop")
@click.argument("words", nargs=-1, required=True, metavar="BOOKING... MARK")
@by_option
@json_option
def attendance_mark(workshop: str, words: tuple[str, ...], by: str | None, as_json: bool) -> None:
    """Mark places: present, late, left-early, turned-away, absent, or unmarked to take a mark back.

    Example: ebsync attendance mark cmh19-interventionhgate/1 B1100594112 B1100594113 present
    """
    from eb_sync.registers.marks import build_marks
    from policies.facts import Mark

    *bookings, word = words
    if not bookings:
        raise UsageError("Say which bookings, then the mark.")
    if word not in {mark.value for mark in Mark}:
        raise UsageError(f"{word} is no mark; marks are: {', '.join(mark.value for mark in Mark)}.")
    _record(workshop, lambda _, p, r: build_marks(r, p.as_of, bookings, Mark(word)), by, as_json=as_json)


@attendance_command.command("walk-in")
@click.argument("workshop")
@click.option("--name", required=True, help="Kept in the people tables alone.")
@click.option("--school", required=True, metavar="SCHOOL", help="URN, id or name.")
@click.option("--replaces", metavar="BOOKING", help="The colleague in whose place they came.")
@by_option
@json_option
def attendance_walk_in(
    workshop: str,
    name: str,
    school: str,
    replaces: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Record somebody who came without a booking.

    Example: ebsync attendance walk-in cmh19/1 --name "Sam Sample" --school "Ash Lane Primary" --replaces B1100594112
    """
    from eb_sync.registers.marks import NewWalkIn, record_walk_in

    walk_in = NewWalkIn(name, school, replaces)
    _record(workshop, lambda c, p, r: [record_walk_in(c, p, r, walk_in)], by, as_json=as_json)


@attendance_command.command("substitute")
@click.argument("workshop")
@click.argument("booking")
@click.option("--replaces", required=True, metavar="BOOKING")
@by_option
@json_option
def attendance_substitute(workshop: str, booking: str, replaces: str, by: str | None, as_json: bool) -> None:
    """Record that a colleague with a booking of their own came for somebody else.

    Example: ebsync attendance substitute cmh19-interventionhgate/1 B1100594112 --replaces B1100594113
    """
    from eb_sync.registers.marks import build_substitute

    _record(workshop, lambda _, p, r: [build_substitute(r, p.as_of, booking, replaces)], by, as_json=as_json)


@attendance_command.command("import")
@click.argument("workshop")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Show what would be marked.")
@by_option
@json_option
def attendance_import(workshop: str, path: Path, dry_run: bool, by: str | None, as_json: bool) -> None:
    """Read a filled-in register (CSV or XLSX) back in; doing so twice changes nothing.

    Example: ebsync attendance import cmh19-interventionhgate/1 day-1.xlsx
    """
    from eb_sync.model.facts import AttendanceMarked
    from eb_sync.registers.marks import build_import

    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    facts = _record(
        workshop, lambda _, p, r: build_import(r, p.as_of, content, path.name), by, as_json=as_json, dry_run=dry_run
    )
    tell(f"{len(facts)} marks {'would be' if dry_run else 'were'} recorded.")
    if dry_run:
        rows = [(fact.booking_id, fact.mark.value) for fact in facts if isinstance(fact, AttendanceMarked)]
        print_table(("booking", "attendance"), rows)


@attendance_command.command("close")
@click.argument("workshop")
@click.option("--rest-absent", "rest", flag_value="absent", default=None, help="Mark absent whoever is not marked.")
@click.option("--rest-present", "rest", flag_value="present", help="Mark present whoever is not marked.")
@click.option("--nobody-came", is_flag=True, help="Mark every expected place absent.")
@by_option
@json_option
def attendance_close(workshop: str, rest: str | None, nobody_came: bool, by: str | None, as_json: bool) -> int:
    """Say that the register is complete; only then can anything be charged.

    While expected places are unmarked they are listed, and the register stays open (exit 3).

    Example: ebsync attendance close cmh19-interventionhgate/1 --rest-absent
    """
    from eb_sync.registers.marks import Closing, build_closing
    from policies.facts import Mark

    if rest is not None and nobody_came:
        raise UsageError("Say one of --rest-absent, --rest-present and --nobody-came.")
    closing = Closing(None if rest is None else Mark(rest), nobody_came)
    try:
        _record(workshop, lambda _, p, r: build_closing(r, p, closing), by, as_json=as_json)
    except PartialError as error:
        print_facts([], as_json=as_json)
        tell(f"ebsync: {error}")
        return error.exit_code
    return 0


@attendance_command.command("reopen")
@click.argument("workshop")
@by_option
@json_option
def attendance_reopen(workshop: str, by: str | None, as_json: bool) -> None:
    """Open a closed register again; what was issued stays, and is held.

    Example: ebsync attendance reopen cmh19-interventionhgate/1
    """
    from eb_sync.registers.marks import build_reopening

    _record(workshop, lambda _, __, r: build_reopening(r.workshop), by, as_json=as_json)

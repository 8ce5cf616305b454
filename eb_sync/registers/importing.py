"""A filled-in register compared with what is known: what is new, known, and left out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from eb_sync.errors import UsageError
from eb_sync.export import damage_to, parse_register, repair_id
from eb_sync.model.facts import AttendanceMarked
from eb_sync.model.registers import RegisterEntry
from eb_sync.registers.marks import OpenRegister, check_begun, check_open
from eb_sync.registers.words import read_mark
from policies.facts import Mark
from policies.parameters import Policy
from policies.place import CAME
from policies.places import build_places

_ID = re.compile(r"[BW]?\d[\d/-]*", re.IGNORECASE)
_SHOWN = 10  # problems in a message, and rows with one problem


@dataclass(frozen=True, slots=True)
class FilledRow:
    """What a file says of one place."""

    row_number: int
    """The first row about the place, as a spreadsheet counts."""
    booking_id: str
    mark: Mark | None
    """None: the attendance was left empty."""


@dataclass(frozen=True, slots=True)
class FilledRegister:
    """What came back, place by place in the order of the file."""

    matched: tuple[FilledRow, ...]
    """To be recorded."""
    unchanged: tuple[FilledRow, ...]
    """As the register has it already."""
    corrected_since: tuple[FilledRow, ...]
    """What was recorded once and corrected afterwards: an old file, which changes nothing."""
    left_empty: tuple[FilledRow, ...]
    """Nothing is said of them, and nothing changes."""
    unmatched: tuple[str, ...]
    """Places that were expected and are not in the file."""
    facts: tuple[AttendanceMarked, ...]
    """Of `matched`."""


def build_import(
    register: OpenRegister, policy: Policy, now: datetime, content: bytes, filename: str
) -> FilledRegister:
    """What a filled-in register says; an empty attendance says nothing.

    Raises:
        UsageError: the register is closed, the file is another workshop's, or rows are not understood; names them.
    """
    check_begun(register.workshop, now, "marked")
    check_open(register.workshop)
    rows = _read_rows(register, parse_register(content, filename), filename)
    shown = {row.booking_id: _shown(register, row.booking_id) for row in rows}
    said = [row for row in rows if row.mark is not None]
    differing = [row for row in said if row.mark is not shown[row.booking_id]]
    old = [row for row in differing if _was_recorded(register, row)]
    new = [row for row in differing if row not in old]
    return FilledRegister(
        matched=tuple(new),
        unchanged=tuple(row for row in said if row.mark is shown[row.booking_id]),
        corrected_since=tuple(old),
        left_empty=tuple(row for row in rows if row.mark is None),
        unmatched=_not_in_file(register, policy, shown),
        facts=tuple(AttendanceMarked(register.workshop.id, row.booking_id, row.mark) for row in new if row.mark),
    )


def _was_recorded(register: OpenRegister, row: FilledRow) -> bool:
    """Whether the place had this very mark before the one it has."""
    marks = [mark.mark for mark in register.judged.facts.marks if mark.booking_id == row.booking_id]
    return row.mark in marks[:-1]


def _not_in_file(register: OpenRegister, policy: Policy, found: Mapping[str, object]) -> tuple[str, ...]:
    places = build_places(register.judged.facts, policy)
    return tuple(sorted(place.id for place in places if place.is_expected and place.id not in found))


def _read_rows(register: OpenRegister, entries: Iterable[RegisterEntry], filename: str) -> list[FilledRow]:
    rows: dict[str, FilledRow] = {}
    problems: dict[str, list[int]] = {}
    for entry in entries:
        reference = _find_reference(register.references, entry.booking_ref)
        row = FilledRow(entry.row_number, reference or "", read_mark(entry.attendance))
        problem = _problem_of(register, entry, row) or _contradiction(rows.get(row.booking_id), row)
        if problem is not None:
            problems.setdefault(problem, []).append(entry.row_number)
        elif row.booking_id not in rows or rows[row.booking_id].mark is None:
            rows[row.booking_id] = row
    if problems:
        raise UsageError(_refusal(filename, problems))
    return list(rows.values())


def _find_reference(references: Sequence[str], cell: str) -> str | None:
    """The place that a cell means; None where there is none, or a spreadsheet made it doubtful which."""
    if cell in references:
        return cell
    repaired = repair_id(cell)
    if damage_to(cell) is not None or damage_to(repaired) is not None:
        return None
    return next((each for each in (repaired, f"B{repaired}") if each in references), None)


def _problem_of(register: OpenRegister, entry: RegisterEntry, row: FilledRow) -> str | None:
    """Why a row cannot be taken over; None if it can.

    What people write about each other stays in the file: a cell is repeated only if it looks like an id.
    """
    workshop_id = register.workshop.id
    if workshop_id not in (entry.workshop_id, repair_id(entry.workshop_id)):
        return _wrong_id("workshop_id", entry.workshop_id, f"is of workshop %s, not {workshop_id}")
    if not row.booking_id:
        return _wrong_id("booking_ref", entry.booking_ref, "has a booking that is not here: %s")
    if entry.attendance and row.mark is None:
        words = ", ".join(mark for mark in Mark if mark is not Mark.UNMARKED)
        return f"has an attendance that is none of {words}, or could mean more than one"
    if row.mark not in (None, *CAME) and row.booking_id.startswith("W"):
        return f"says that {row.booking_id} was {row.mark}, who walked in; if nobody did, retract that fact"
    return None


def _wrong_id(column: str, cell: str, what: str) -> str:
    if not cell:
        return f"has no {column}; whoever is not on the list is recorded by `ebsync attendance walk-in`"
    damage = damage_to(cell) or damage_to(repair_id(cell))
    if damage is not None:
        return f"has a {column} that a spreadsheet has {damage}"
    return what % (cell if _ID.fullmatch(cell) else "(no id)")


def _contradiction(earlier: FilledRow | None, row: FilledRow) -> str | None:
    if earlier is None or None in (earlier.mark, row.mark) or earlier.mark is row.mark:
        return None
    return f"says {row.mark} of {row.booking_id}, and row {earlier.row_number} {earlier.mark}"


def _refusal(filename: str, problems: Mapping[str, Sequence[int]]) -> str:
    said = [f"{_rows(numbers)} {problem}" for problem, numbers in problems.items()]
    more = f"; and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    damaged = any("a spreadsheet has" in problem for problem in problems)
    hint = " Fill in the .xlsx register instead; there ids stay as they are." if damaged else ""
    return f"{filename} was not imported, and nothing was recorded: {'; '.join(said[:_SHOWN])}{more}.{hint}"


def _rows(numbers: Sequence[int]) -> str:
    """`row 2`, or `each of row 2, row 5`."""
    listed = ", ".join(f"row {number}" for number in numbers[:_SHOWN])
    more = f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else ""
    return listed if len(numbers) == 1 else f"each of {listed}{more}"


def _shown(register: OpenRegister, reference: str) -> Mark | None:
    """What the register shows for a place: its mark, a check-in or walking in as present, else nothing."""
    mark = register.marks().get(reference)
    if mark is None and (reference in register.checked_in() or reference.startswith("W")):
        return Mark.PRESENT
    return mark

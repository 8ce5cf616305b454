"""The rows of a filled-in register, each with the place it is about; refused as a whole where one cannot be told. Pure.

A row may be about somebody else than its reference says: a column sorted alone, a name typed over. What the row says of
its place is therefore held against what is known of the place, and nothing is recorded while they disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eb_sync.errors import UsageError
from eb_sync.export import damage_to, repair_id
from eb_sync.model.registers import LooseRow, RegisterEntry, ReturnedRegister
from eb_sync.recording.attendance import OpenRegister
from eb_sync.recording.typed_marks import is_mark_word, read_mark
from eb_sync.recording.written_names import is_same_name, is_same_school
from policies.facts import Mark
from policies.place import CAME

_ID = re.compile(r"[BW]?\d[\d/-]*", re.IGNORECASE)
_SHOWN = 10  # problems in a message, and rows with one problem
_HINTS = {
    "a spreadsheet has": "Fill in the .xlsx register instead; there ids stay as they are.",
    "not the one of": "Was a column sorted by itself? Names and schools may be left empty, or as they were.",
    "a teacher who": "Somebody who came in another's place is recorded by `ebsync attendance walk-in --replaces`.",
}
"""What helps, by a sign in a problem; said once, after all problems."""


@dataclass(frozen=True, slots=True)
class FilledRow:
    """What a file says of one place."""

    row_number: int
    """The first row about the place, as a spreadsheet counts."""
    booking_id: str
    mark: Mark | None
    """None: the attendance was left empty."""
    sheet: str = ""
    """The name of its sheet, where several hold rows; else empty."""


def read_rows(register: OpenRegister, returned: ReturnedRegister, filename: str) -> list[FilledRow]:
    """One row for each place that the file is about, in its order; of several that agree the first that says something.

    Raises:
        UsageError: rows are not understood, contradict each other or the register, or stand where nothing tells what
            they are about; names all of them.
    """
    rows: dict[str, FilledRow] = {}
    problems: dict[str, list[str]] = {}
    for where, loose in _loose_problems(register, returned.loose):
        problems.setdefault(loose, []).append(where)
    for entry in returned.entries:
        reference = _find_reference(register.references, entry.booking_ref)
        row = FilledRow(entry.row_number, reference or "", read_mark(entry.attendance), entry.sheet)
        problem = _problem_of(register, entry, row) or _contradiction(rows.get(row.booking_id), row)
        if problem is not None:
            problems.setdefault(problem, []).append(_where(entry.row_number, entry.sheet))
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
    return _other_mark(entry, row) or _somebody_else(register, entry, row.booking_id)


def _wrong_id(column: str, cell: str, what: str) -> str:
    if not cell:
        return f"has no {column}; whoever is not on the list is recorded by `ebsync attendance walk-in`"
    damage = damage_to(cell) or damage_to(repair_id(cell))
    if damage is not None:
        return f"has a {column} that a spreadsheet has {damage}"
    return what % (cell if _ID.fullmatch(cell) else "(no id)")


def _other_mark(entry: RegisterEntry, row: FilledRow) -> str | None:
    """What another column says of the attendance, where its own is empty or says otherwise.

    Cells that have moved by a column stand there, and second columns for the afternoon.
    """
    for cell in entry.others:
        mark = read_mark(cell.text)
        if mark is None or mark is row.mark:
            continue
        if "attend" in cell.heading or (row.mark is None and is_mark_word(cell.text)):
            attendance = "no attendance" if row.mark is None else f"the attendance {row.mark}"
            return f"has {attendance} for {row.booking_id}, but {mark} in column {cell.column}: leave one of them"
    return None


def _somebody_else(register: OpenRegister, entry: RegisterEntry, reference: str) -> str | None:
    """Whether the names in a row are not those of its reference; an empty cell, or nothing known, says nothing."""
    known = register.teacher(reference)
    if entry.teacher and not is_same_name(entry.teacher, known) and (known or _is_anothers(register, entry.teacher)):
        return f"has a teacher who is not the one of {reference}"
    schools = register.schools(reference)
    if entry.school and schools and not _is_one_of(register, entry.school, schools):
        return f"has a school that is not the one of {reference}"
    return None


def _is_anothers(register: OpenRegister, name: str) -> bool:
    return any(known and is_same_name(name, known) for known, _ in register.teachers.values())


def _is_one_of(register: OpenRegister, written: str, schools: Sequence[str]) -> bool:
    """Whether a school's name is one of these, or stands for one of them and is no other booking's."""
    if any(is_same_name(written, school) for school in schools):
        return True
    others = (school for reference in register.references for school in register.schools(reference))
    return any(is_same_school(written, school) for school in schools) and not any(
        is_same_name(written, other) for other in others
    )


def _contradiction(earlier: FilledRow | None, row: FilledRow) -> str | None:
    if earlier is None or None in (earlier.mark, row.mark) or earlier.mark is row.mark:
        return None
    return f"says {row.mark} of {row.booking_id}, and {_where(earlier.row_number, earlier.sheet)} {earlier.mark}"


def _loose_problems(register: OpenRegister, loose: Sequence[LooseRow]) -> Iterator[tuple[str, str]]:
    for row in loose:
        reference = next((found for cell in row.cells if (found := _reference_in(register, cell)) is not None), None)
        if reference is None:
            continue
        where = _where(row.row_number, row.sheet)
        if row.is_above_header:
            yield where, f"is about {reference} and stands above the names of the columns: move these to the top"
        elif any(read_mark(cell) is not None for cell in row.cells):
            yield where, f"is about {reference}, in a sheet without the names of the columns: add them, or delete it"


def _reference_in(register: OpenRegister, cell: str) -> str | None:
    return _find_reference(register.references, cell.strip()) if cell.strip() else None


def _refusal(filename: str, problems: Mapping[str, Sequence[str]]) -> str:
    said = [f"{_rows(rows)} {problem}" for problem, rows in problems.items()]
    more = f"; and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    hints = [hint for sign, hint in _HINTS.items() if any(sign in problem for problem in problems)]
    whole = f"{filename} was not imported, and nothing was recorded: {'; '.join(said[:_SHOWN])}{more}."
    return " ".join([whole, *hints])


def _where(row_number: int, sheet: str) -> str:
    return f"row {row_number} of the sheet “{sheet}”" if sheet else f"row {row_number}"


def _rows(rows: Sequence[str]) -> str:
    """`row 2`, or `each of row 2, row 5`."""
    listed = ", ".join(rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return listed if len(rows) == 1 else f"each of {listed}{more}"

"""A filled-in register compared with what is known: what is new, known, and left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from eb_sync.export import parse_register
from eb_sync.model.facts import AttendanceMarked
from eb_sync.recording.attendance import OpenRegister, check_begun, check_open
from eb_sync.recording.filled_rows import FilledRow, read_rows
from policies.facts import AttendanceMark, Mark
from policies.parameters import Policy
from policies.place import FREE
from policies.places import build_places


@dataclass(frozen=True, slots=True)
class FilledRegister:
    """What came back, place by place in the order of the file."""

    matched: tuple[FilledRow, ...]
    """To be recorded."""
    unchanged: tuple[FilledRow, ...]
    """As the register has it already."""
    corrected_since: tuple[FilledRow, ...]
    """What was recorded once and corrected afterwards: an old file, perhaps. The mark stays, and what the file says is
    kept beside it: where the mark may cost the teacher something, that is asked about."""
    left_empty: tuple[FilledRow, ...]
    """Nothing is said of them, and nothing changes."""
    unmatched: tuple[str, ...]
    """Places that were expected and are not in the file."""
    unread_columns: tuple[str, ...]
    """Letters of columns that a register does not have, and that hold something beside a place."""
    facts: tuple[AttendanceMarked, ...]
    """Of `matched`, and of `corrected_since` what was not kept yet."""


def build_import(
    register: OpenRegister, policy: Policy, now: datetime, content: bytes, filename: str
) -> FilledRegister:
    """What a filled-in register says; an empty attendance says nothing.

    Raises:
        UsageError: the register is closed, the file is another workshop's, or rows are not understood; names them.
    """
    check_begun(register.workshop, now, "marked")
    check_open(register.workshop)
    returned = parse_register(content, filename)
    rows = read_rows(register, returned, filename)
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
        unread_columns=tuple(dict.fromkeys(cell.column for entry in returned.entries for cell in entry.others)),
        facts=tuple(
            AttendanceMarked(register.workshop.id, row.booking_id, row.mark, is_contested=row in old)
            for row in differing
            if row.mark and not _is_kept(register, row)
        ),
    )


def _was_recorded(register: OpenRegister, row: FilledRow) -> bool:
    """Whether the place had this very mark before the one it has."""
    marks = [mark.mark for mark in _marks_of(register, row) if not mark.is_contested]
    if marks[-1:] == [Mark.UNMARKED] and row.mark in FREE:
        return False  # nothing contradicts it, and that somebody came costs nobody anything
    return row.mark in marks[:-1]


def _is_kept(register: OpenRegister, row: FilledRow) -> bool:
    """Whether a file said the same against the mark before: the newest word of files since that mark."""
    newest = _marks_of(register, row)[-1:]
    return any(mark.is_contested and mark.mark is row.mark for mark in newest)


def _marks_of(register: OpenRegister, row: FilledRow) -> list[AttendanceMark]:
    return [mark for mark in register.judged.facts.marks if mark.booking_id == row.booking_id]


def _not_in_file(register: OpenRegister, policy: Policy, found: Mapping[str, object]) -> tuple[str, ...]:
    places = build_places(register.judged.facts, policy)
    return tuple(sorted(place.id for place in places if place.is_expected and place.id not in found))


def _shown(register: OpenRegister, reference: str) -> Mark | None:
    """What the register shows for a place: its mark, a check-in or walking in as present, else nothing."""
    mark = register.marks().get(reference)
    if mark is None and (reference in register.seen_without_mark() or reference.startswith("W")):
        return Mark.PRESENT
    return mark

"""The register as a page: a sheet to sign until it is closed, the record from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from eb_sync.export.formats import format_date, format_instant, format_pounds, format_times, local_date
from eb_sync.export.pages import Rendered, render_page
from eb_sync.model.registers import Register, RegisterRow

_BLANK_ROWS = 5
_STATUSES = {"active": "booked", "walk_in": "walk-in"}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    share: int = 0
    """Share of the width that is left; 0: exactly `millimetres`."""
    millimetres: int = 0
    amount: bool = False
    minor: bool = False
    """Set smaller: it may be long."""
    written: bool = False
    """Filled in by hand: parted from its neighbour by a line."""


_PERSON = (
    _Column("No.", millimetres=10),
    _Column("Teacher", 5),
    _Column("School", 5, minor=True),
    _Column("Role", 4, minor=True),
)
_SIGN_IN = (
    *_PERSON,
    _Column("Signature", 5, written=True),
    _Column("Time in", millimetres=20, written=True),
    _Column("Time out", millimetres=20, written=True),
)
_GONE = (*_PERSON, _Column("Booking", millimetres=22), _Column("Notice", 7))
_RECORD = (
    *_PERSON,
    _Column("Booking", millimetres=28),
    _Column("Status", millimetres=19),
    _Column("Attendance", millimetres=24),
    _Column("Notice", 5, minor=True),
    _Column("Charge", millimetres=17, amount=True),
)


def render_register_pdf(register: Register) -> Rendered:
    """Landscape A4: to be signed while the register is open, the record once it is closed."""
    content = _sign_in(register) if register.closed_at is None else _record(register)
    return render_page("register.typ", {**_head(register), **content}, register.starts_at)


def _head(register: Register) -> dict[str, object]:
    facts = [
        ("Code", register.code),
        ("Date", format_times(register.starts_at, register.ends_at, register.zone)),
        ("Venue", register.venue),
        ("Lead", register.lead),
        ("Free cancellation", register.deadline),
        ("Register closed", None if register.closed_at is None else format_instant(register.closed_at, register.zone)),
    ]
    on = format_date(local_date(register.starts_at, register.zone))
    return {
        "title": f"Register {register.workshop_id}",
        "footer": f"Register {register.workshop_id}, {register.code}, {on}",
        "workshop": register.title,
        "facts": [[name, value] for name, value in facts if value],
    }


def _sign_in(register: Register) -> dict[str, object]:
    expected = [row for row in register.rows if _is_expected(row)]
    gone = [row for row in register.rows if not _is_expected(row)]
    rows = [[*_person(number, row), "", "", ""] for number, row in enumerate(expected, 1)]
    return {
        "heading": "Sign-in sheet",
        "columns": _contents(_SIGN_IN),
        "rows": rows + [["", "", "", "replaces:", "", "", ""]] * _BLANK_ROWS,
        "tall": True,
        "notes": [
            "No booking? Please sign in an empty row, and name the colleague whom you replace, if any.",
            _expected_totals(expected, gone),
        ],
        "apart": {
            "heading": "Cancelled or no longer booked",
            "columns": _contents(_GONE),
            "rows": [[*_person(number, row), _status(row), row.notice] for number, row in enumerate(gone, 1)],
        },
    }


def _record(register: Register) -> dict[str, object]:
    return {
        "heading": "Attendance record",
        "columns": _contents(_RECORD),
        "rows": [_record_row(number, row) for number, row in enumerate(register.rows, 1)],
        "tall": False,
        "notes": [_totals(register)],
        "apart": {"heading": "", "columns": [], "rows": []},
    }


def _contents(columns: Sequence[_Column]) -> list[dict[str, object]]:
    return [asdict(column) for column in columns]


def _expected_totals(expected: Sequence[RegisterRow], gone: Sequence[RegisterRow]) -> str:
    """Who is counted on when the sheet is printed; those who walked in are there already."""
    walk_ins = sum(row.booking_status == "walk_in" for row in expected)
    counts = {
        "expected": len(expected) - walk_ins,
        "came without a booking": walk_ins,
        "not expected any more": len(gone),
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "expected") + "."


def _person(number: int, row: RegisterRow) -> list[str]:
    return [str(number), row.teacher or row.booking_ref, row.school, row.role]


def _status(row: RegisterRow) -> str:
    return _STATUSES.get(row.booking_status, row.booking_status)


def _is_expected(row: RegisterRow) -> bool:
    return row.booking_status in ("active", "walk_in")


def _is_unmarked(row: RegisterRow) -> bool:
    return not row.attendance and _is_expected(row)


def _record_row(number: int, row: RegisterRow) -> list[str]:
    charge = "" if row.charge_pence is None else format_pounds(row.charge_pence)
    attendance = "not marked" if _is_unmarked(row) else row.attendance.replace("-", " ")
    return [*_person(number, row), row.booking_ref, _status(row), attendance, row.notice, charge]


def _totals(register: Register) -> str:
    rows = register.rows
    marks = Counter(row.attendance for row in rows)
    part = ", ".join(f"{marks[mark]} {mark.replace('-', ' ')}" for mark in ("late", "left-early") if marks[mark])
    counts = {
        f"attended{part and f' ({part})'}": sum(marks[mark] for mark in ("present", "late", "left-early")),
        "turned away": marks["turned-away"],
        "absent": marks["absent"],
        "cancelled": sum(row.booking_status == "cancelled" and not row.attendance for row in rows),
        "gone from Eventbrite": sum(row.booking_status == "vanished" and not row.attendance for row in rows),
        "not marked": sum(_is_unmarked(row) for row in rows),
    }
    charged = [row.charge_pence for row in rows if row.charge_pence]
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{len(rows)} on the register{said and ': '}{said}. {len(charged)} charged: {format_pounds(sum(charged))}."

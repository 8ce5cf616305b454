"""The register as a page: a sheet to sign until it is closed, the record from then on."""

from __future__ import annotations

from dataclasses import dataclass

from eb_sync.export.pages import Rendered, render_page
from eb_sync.export.wording import format_instant, format_pounds, format_times
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

    def content(self) -> dict[str, object]:
        return {"name": self.name, "share": self.share, "millimetres": self.millimetres, "amount": self.amount}


_PERSON = (_Column("No.", millimetres=10), _Column("Teacher", 4), _Column("School", 5), _Column("Role", 3))
_SIGN_IN = (*_PERSON, _Column("Signature", 5), _Column("Time in", millimetres=18), _Column("Time out", millimetres=18))
_GONE = (*_PERSON, _Column("Booking", millimetres=22), _Column("Notice", 6))
_RECORD = (
    *_PERSON,
    _Column("Booking", millimetres=30),
    _Column("Status", millimetres=19),
    _Column("Attendance", millimetres=20),
    _Column("Notice", 5),
    _Column("Charge", millimetres=17, amount=True),
)


def render_register_pdf(register: Register) -> Rendered:
    """Landscape A4: to be signed while the register is open, the record once it is closed."""
    content = _sign_in(register) if register.closed_at is None else _record(register)
    return render_page("register.typ", {**_head(register), **content}, register.starts_at)


def _head(register: Register) -> dict[str, object]:
    facts = [
        ("Date", format_times(register.starts_at, register.ends_at)),
        ("Venue", register.venue),
        ("Workshop", register.workshop_id),
        ("Free cancellation", register.deadline),
        ("Register closed", None if register.closed_at is None else format_instant(register.closed_at)),
    ]
    return {
        "title": f"Register {register.workshop_id}",
        "workshop": register.title,
        "facts": [[name, value] for name, value in facts if value],
    }


def _sign_in(register: Register) -> dict[str, object]:
    expected = [row for row in register.rows if _is_expected(row)]
    gone = [row for row in register.rows if not _is_expected(row)]
    rows = [[*_person(number, row), "", "", ""] for number, row in enumerate(expected, 1)]
    return {
        "heading": "Sign-in sheet",
        "columns": [column.content() for column in _SIGN_IN],
        "rows": rows + [["", "", "", "replaces:", "", "", ""]] * _BLANK_ROWS,
        "tall": True,
        "notes": ["No booking? Please sign in an empty row, and name the colleague whom you replace, if any."],
        "apart": {
            "heading": "Not expected any more",
            "columns": [column.content() for column in _GONE],
            "rows": [[*_person(number, row), _status(row), row.notice] for number, row in enumerate(gone, 1)],
        },
    }


def _record(register: Register) -> dict[str, object]:
    return {
        "heading": "Attendance record",
        "columns": [column.content() for column in _RECORD],
        "rows": [_record_row(number, row) for number, row in enumerate(register.rows, 1)],
        "tall": False,
        "notes": [_totals(register)],
        "apart": {"heading": "", "columns": [], "rows": []},
    }


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
    counts = {
        "attended": sum(row.attendance in ("present", "late", "left-early") for row in rows),
        "turned away": sum(row.attendance == "turned-away" for row in rows),
        "absent": sum(row.attendance == "absent" for row in rows),
        "cancelled": sum(row.booking_status == "cancelled" and not row.attendance for row in rows),
        "gone from Eventbrite": sum(row.booking_status == "vanished" and not row.attendance for row in rows),
        "not marked": sum(_is_unmarked(row) for row in rows),
    }
    charged = [row.charge_pence for row in rows if row.charge_pence]
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{len(rows)} on the register{said and ': '}{said}. {len(charged)} charged: {format_pounds(sum(charged))}."

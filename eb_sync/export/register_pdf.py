"""The register as a page: a sign-in sheet before the day, the record once it is closed."""

from __future__ import annotations

from typing import Any

from eb_sync.export.pages import Rendered, render_page
from eb_sync.export.wording import format_instant, format_pounds, format_times
from eb_sync.model.registers import Register, RegisterRow

_BLANK_ROWS = 5
_SIGN_IN = (("No.", False), ("Teacher", True), ("School", True), ("Role", True), ("Signature", True))
_TIMES = (("In", False), ("Out", False))
_RECORD = (
    ("No.", False),
    ("Teacher", True),
    ("School", True),
    ("Role", True),
    ("Booking", False),
    ("Status", False),
    ("Attendance", False),
    ("Notice", True),
    ("Charge", False),
)


def render_register_pdf(register: Register) -> Rendered:
    """Landscape A4: to be signed while the register is open, the record once it is closed."""
    content = _sign_in(register) if register.closed_at is None else _record(register)
    return render_page("register.typ", {**_head(register), **content}, register.starts_at)


def _head(register: Register) -> dict[str, Any]:
    facts = [["Date", format_times(register.starts_at, register.ends_at)]]
    if register.venue:
        facts.append(["Venue", register.venue])
    facts.append(["Workshop", register.workshop_id])
    if register.deadline_at is not None:
        facts.append(["Free cancellation until", format_instant(register.deadline_at)])
    if register.closed_at is not None:
        facts.append(["Register closed", format_instant(register.closed_at)])
    return {"title": f"Register {register.workshop_id}", "workshop": register.title, "facts": facts}


def _sign_in(register: Register) -> dict[str, Any]:
    expected = [row for row in register.rows if row.booking_status in ("active", "walk_in")]
    rows = [
        [str(number), row.teacher, row.school, row.role, "", "          ", "          "]
        for number, row in enumerate(expected, 1)
    ]
    rows += [["", "", "", "replaces:", "", "", ""] for _ in range(_BLANK_ROWS)]
    gone = [row for row in register.rows if row not in expected]
    notes = ["Somebody without a booking: please sign in an empty row, and name the colleague whom you replace."]
    if gone:
        listed = "; ".join(f"{row.teacher or row.booking_ref} ({row.school})" for row in gone)
        notes.append(f"Not expected any more: {listed}.")
    return {
        "heading": "Sign-in sheet",
        "columns": [{"name": name, "wide": wide} for name, wide in (*_SIGN_IN, *_TIMES)],
        "rows": rows,
        "row_inset": 8,
        "notes": notes,
    }


def _record(register: Register) -> dict[str, Any]:
    return {
        "heading": "Attendance record",
        "columns": [{"name": name, "wide": wide} for name, wide in _RECORD],
        "rows": [_record_row(number, row) for number, row in enumerate(register.rows, 1)],
        "row_inset": 4,
        "notes": [_totals(register)],
    }


def _record_row(number: int, row: RegisterRow) -> list[str]:
    charge = "" if row.charge_pence is None else format_pounds(row.charge_pence)
    status = row.booking_status.replace("_", "-")
    attendance = row.attendance.replace("-", " ")
    return [str(number), row.teacher, row.school, row.role, row.booking_ref, status, attendance, row.notice, charge]


def _totals(register: Register) -> str:
    came = sum(1 for row in register.rows if row.attendance in ("present", "late", "left-early"))
    absent = sum(1 for row in register.rows if row.attendance == "absent")
    charged = [row.charge_pence for row in register.rows if row.charge_pence]
    return (
        f"{len(register.rows)} on the register, {came} attended, {absent} absent, "
        f"{len(charged)} to be charged, {format_pounds(sum(charged))} in all."
    )

"""The register as CSV, to be filled in and brought back; and what the workbook shares with it."""

from __future__ import annotations

from eb_sync.export.cells import neutralise, render_csv
from eb_sync.export.formats import format_decimal
from eb_sync.model.registers import Register, RegisterRow

REGISTER_COLUMNS = (
    "workshop_id",
    "booking_ref",
    "teacher",
    "school",
    "role",
    "booking_status",
    "attendance",
    "notice",
    "charge",
)
"""In the order of the file (DESIGN section 6)."""


def render_register_csv(register: Register) -> bytes:
    """UTF-8 with header, comma and CRLF; text cells neutralised; `charge` in pounds, empty for none."""
    rows = ([*register_texts(register, row), _charge(row)] for row in register.rows)
    return render_csv(REGISTER_COLUMNS, rows)


def register_texts(register: Register, row: RegisterRow) -> list[str]:
    """The cells of a row but the last, `charge`: neutralised text."""
    texts = (
        register.workshop_id,
        row.booking_ref,
        row.teacher,
        row.school,
        row.role,
        row.booking_status,
        row.attendance,
        row.notice,
    )
    return [neutralise(text) for text in texts]


def _charge(row: RegisterRow) -> str:
    return "" if row.charge_pence is None else format_decimal(row.charge_pence)

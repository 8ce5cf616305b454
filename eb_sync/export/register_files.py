"""The register as CSV and XLSX, to be filled in and brought back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eb_sync.export.cells import neutralise, render_csv
from eb_sync.export.wording import format_decimal
from eb_sync.model.registers import Register, RegisterRow

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

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
SHEET_NAME = "Register"

_ATTENDANCE = ("present", "late", "left-early", "turned-away", "absent")
_WIDTHS = (20, 18, 26, 34, 26, 14, 14, 44, 10)
"""Of the columns, in characters."""
_CREATED_AT = datetime(2019, 1, 1, tzinfo=UTC)
"""The file's own date: always the same, so that the same register gives the same bytes."""
_INSTRUCTIONS = (
    "How to fill this in",
    f"In the column attendance choose {', '.join(_ATTENDANCE)}. Leave it empty where nobody knows.",
    "Everything else is locked: it is there to be read, and the references say which place a row is about.",
    "Somebody came who is not on the list: ebsync attendance walk-in WORKSHOP --name NAME --school SCHOOL",
    "Bring the file back: ebsync attendance import WORKSHOP FILE. Doing so twice changes nothing.",
)


def render_register_csv(register: Register) -> bytes:
    """UTF-8 with header, comma and CRLF; text cells neutralised; `charge` in pounds, empty for none."""
    rows = ([*_texts(register, row), _charge(row)] for row in register.rows)
    return render_csv(REGISTER_COLUMNS, rows)


def _texts(register: Register, row: RegisterRow) -> list[str]:
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


def render_register_xlsx(register: Register) -> bytes:
    """A sheet with the columns of the CSV, drop-downs for attendance, all else locked, and a sheet of instructions.

    The lock has no password: it prevents slips, not changes. Charges are numbers, everything else is text.
    """
    import xlsxwriter  # noqa: PLC0415 - only those who want a spreadsheet need it

    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as workbook:
        workbook.set_properties({"title": f"Register {register.workshop_id}", "created": _CREATED_AT})
        heading = workbook.add_format({"bold": True, "bg_color": "#F3F5F7", "bottom": 1})
        sheet = workbook.add_worksheet(SHEET_NAME)
        _write_header(sheet, heading)
        _write_rows(workbook, sheet, register)
        _protect(sheet, len(register.rows))
        _write_instructions(workbook.add_worksheet("Instructions"), heading)
    return output.getvalue()


def _write_header(sheet: Worksheet, heading: Format) -> None:
    for column, (name, width) in enumerate(zip(REGISTER_COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, heading)


def _write_rows(workbook: xlsxwriter.Workbook, sheet: Worksheet, register: Register) -> None:
    free = workbook.add_format({"locked": False, "bg_color": "#FFFBE6"})
    pounds = workbook.add_format({"num_format": "0.00"})
    attendance, charge = REGISTER_COLUMNS.index("attendance"), REGISTER_COLUMNS.index("charge")
    for number, row in enumerate(register.rows, 1):
        for column, text in enumerate(_texts(register, row)):
            sheet.write_string(number, column, text, free if column == attendance else None)
        if row.charge_pence is not None:
            sheet.write_number(number, charge, row.charge_pence / 100, pounds)


def _protect(sheet: Worksheet, row_count: int) -> None:
    attendance, last = REGISTER_COLUMNS.index("attendance"), max(row_count, 1)
    choice = {
        "validate": "list",
        "source": list(_ATTENDANCE),
        "error_title": "Attendance",
        "error_message": f"Please choose {', '.join(_ATTENDANCE)}, or leave the cell empty.",
    }
    sheet.data_validation(1, attendance, last, attendance, choice)
    sheet.freeze_panes(1, REGISTER_COLUMNS.index("school"))
    sheet.autofilter(0, 0, last, len(REGISTER_COLUMNS) - 1)
    sheet.protect("", {"autofilter": True, "format_columns": True})


def _write_instructions(sheet: Worksheet, heading: Format) -> None:
    sheet.set_column(0, 0, 110)
    for number, text in enumerate(_INSTRUCTIONS):
        sheet.write_string(number, 0, text, heading if number == 0 else None)
    sheet.protect()

"""The register as XLSX: a sheet to fill in, and one that says how."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eb_sync.export.cells import neutralise
from eb_sync.export.formats import format_times
from eb_sync.export.register_files import REGISTER_COLUMNS, register_texts
from eb_sync.model.registers import Register

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

SHEET_NAME = "Register"

_ATTENDANCE = {
    "present": "Was there.",
    "late": "Came after the start and stayed.",
    "left-early": "Came, and went before the end.",
    "turned-away": "Came, but too late to be let in.",
    "absent": "Did not come.",
}
"""What may be chosen, and what it means."""
_WIDTHS = (17, 15, 26, 36, 26, 15, 14, 44, 9)
"""Of the columns, in characters."""
_CREATED_AT = datetime(2019, 1, 1, tzinfo=UTC)
"""The file's own date: always the same, so that the same register gives the same bytes."""
_A4 = 9
_TITLE, _HEADING, _TEXT, _COMMAND = "title", "heading", "text", "command"
"""How a row of instructions is set."""
_HEADER_LENGTH = 100
"""Of a title at the head of each printed page; Excel refuses a head of more than 255 characters."""


def render_register_xlsx(register: Register) -> bytes:
    """A sheet with the columns of the CSV, drop-downs for attendance, all else locked, and a sheet of instructions.

    The lock has no password: it prevents slips, not changes. Charges are numbers, everything else is text. It prints on
    A4 across, as wide as the page, with the header on each.
    """
    import xlsxwriter  # noqa: PLC0415 - only those who want a spreadsheet need it

    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as workbook:
        workbook.set_properties({"title": f"Register {register.workshop_id}", "created": _CREATED_AT})
        sheet = workbook.add_worksheet(SHEET_NAME)
        _write_header(workbook, sheet)
        _write_rows(workbook, sheet, register)
        _protect(sheet, len(register.rows))
        _set_print(sheet, register)
        sheet.repeat_rows(0)
        _write_instructions(workbook, register)
    return output.getvalue()


def _write_header(workbook: xlsxwriter.Workbook, sheet: Worksheet) -> None:
    heading = workbook.add_format({"bold": True, "bg_color": "#F3F5F7", "bottom": 1})
    for column, (name, width) in enumerate(zip(REGISTER_COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, heading)


def _write_rows(workbook: xlsxwriter.Workbook, sheet: Worksheet, register: Register) -> None:
    locked = workbook.add_format({"num_format": "@"})
    fill = {"bg_color": "#FFFBE6", "border": 1, "border_color": "#D8D2B0"}
    free = workbook.add_format({"num_format": "@", "locked": False, **fill})
    pounds = workbook.add_format({"num_format": "0.00"})
    attendance, charge = REGISTER_COLUMNS.index("attendance"), REGISTER_COLUMNS.index("charge")
    for number, row in enumerate(register.rows, 1):
        for column, text in enumerate(register_texts(register, row)):
            sheet.write_string(number, column, _whole(text), free if column == attendance else locked)
        if row.charge_pence is not None:
            sheet.write_number(number, charge, row.charge_pence / 100, pounds)


def _whole(text: str) -> str:
    """Half of a character pair becomes a question mark, as in the CSV."""
    return text.encode(errors="replace").decode()


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
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})


def _set_print(sheet: Worksheet, register: Register) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    times = format_times(register.starts_at, register.ends_at, register.zone)
    sheet.set_header(f"&L{_without_codes(register.title)}&R{times}")
    sheet.set_footer(f"&LRegister {_without_codes(register.workshop_id)}&RPage &P of &N")


def _without_codes(text: str) -> str:
    """Text for the head of a printed page, where `&` begins a code, for a picture even if it is doubled."""
    printable = "".join(each if each.isprintable() else " " for each in text.replace("&", " and "))
    return " ".join(printable.split())[:_HEADER_LENGTH]


def _write_instructions(workbook: xlsxwriter.Workbook, register: Register) -> None:
    sheet = workbook.add_worksheet("Instructions")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 96)
    left = {
        _TITLE: workbook.add_format({"bold": True, "font_size": 16}),
        _HEADING: workbook.add_format({"bold": True, "font_size": 12, "bottom": 1}),
    }
    word = workbook.add_format({"bold": True})
    right = {
        _HEADING: left[_HEADING],
        _COMMAND: workbook.add_format({"font_name": "Courier New", "font_size": 10}),
    }
    for number, (style, first, second) in enumerate(_instructions(register)):
        sheet.write_string(number, 0, first, left.get(style, word))
        sheet.write_string(number, 1, second, right.get(style))
    _set_print(sheet, register)
    sheet.protect()


def _instructions(register: Register) -> list[tuple[str, str, str]]:
    """Rows of the sheet: how it is set, what stands left, what stands right. A row is a line: none is broken."""
    attendance = f"ebsync attendance {{}} {register.workshop_id}"
    return [
        (_TITLE, "How to fill in this register", ""),
        (_TEXT, "Workshop", _whole(neutralise(register.title))),
        (_TEXT, "When", format_times(register.starts_at, register.ends_at, register.zone)),
        *([(_TEXT, "Lead", _whole(neutralise(register.lead)))] if register.lead else []),
        (_TEXT, "", ""),
        (_HEADING, "What to do", ""),
        (_TEXT, "1", "Open the sheet Register (its tab is at the bottom). Each row is one place at the workshop."),
        (_TEXT, "2", "Click a yellow cell in the column attendance and choose a word from its list:"),
        *((_TEXT, f"    {word}", meaning) for word, meaning in _ATTENDANCE.items()),
        (_TEXT, "    (empty)", "You do not know. Nobody is taken for absent because a cell is empty."),
        (_TEXT, "3", "Save it as an .xlsx file, and send it back to whoever gave it to you."),
        (_TEXT, "", ""),
        (_HEADING, "Good to know", ""),
        (
            _TEXT,
            "Not on the list?",
            "Please do not add a row. Send their name, their school and whom they replaced too.",
        ),
        (_TEXT, "Locked cells", "The references say which place a row is about, so they stay as they are."),
        (_TEXT, "", "There is no password: unlock the sheet to move columns or to add some; those are ignored."),
        (_TEXT, "Names", "This file has names in it. Please delete it once the register is closed."),
        (_TEXT, "", ""),
        (_HEADING, "For whoever imports it", ""),
        (_COMMAND, "Look first", attendance.format("import") + " FILE --dry-run"),
        (_COMMAND, "Import", attendance.format("import") + " FILE"),
        (_TEXT, "", "It lists what is new, unchanged and left empty. Doing so twice changes nothing."),
        (_COMMAND, "Walk-in", attendance.format("walk-in") + " --name NAME --school SCHOOL --replaces BOOKING"),
        (_TEXT, "", "Leave --replaces out where nobody was replaced."),
        (_COMMAND, "Then close", attendance.format("close")),
    ]

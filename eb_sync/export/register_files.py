"""The register as CSV and XLSX, and read back in once a lead has filled it in."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from eb_sync.errors import UsageError
from eb_sync.export.cells import neutralise, restore
from eb_sync.export.wording import format_decimal
from eb_sync.model.registers import Register, RegisterEntry, RegisterRow

COLUMNS = (
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
ATTENDANCE = ("present", "late", "left-early", "absent")
_NEEDED = ("workshop_id", "booking_ref", "attendance")
_WIDTHS = (24, 18, 26, 34, 26, 14, 14, 44, 10)
_INSTRUCTIONS = (
    "How to fill this in",
    "Choose in the column attendance: present, late, left-early or absent. Leave it empty if nobody knows.",
    "Everything else is for reading; the references in the first two columns must stay as they are.",
    "Somebody came who is not in the list: use `ebsync attendance walk-in`.",
    "Bring the file back with `ebsync attendance import WORKSHOP FILE`. Doing so twice changes nothing.",
)


def render_register_csv(register: Register) -> bytes:
    """UTF-8 with header, comma and CRLF; text cells neutralised."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(register, row) for row in register.rows)
    return output.getvalue().encode()


def _cells(register: Register, row: RegisterRow) -> list[str]:
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
    charge = "" if row.charge_pence is None else format_decimal(row.charge_pence)
    return [*(neutralise(text) for text in texts), charge]


def render_register_xlsx(register: Register) -> bytes:
    """A sheet with drop-downs for attendance, everything else locked, and a sheet of instructions."""
    import xlsxwriter  # noqa: PLC0415 - only those who want a spreadsheet need it

    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(output, options)
    # the file's own date, so that the same register gives the same bytes
    workbook.set_properties({"title": f"Register {register.workshop_id}", "created": datetime(2019, 1, 1, tzinfo=UTC)})
    sheet = workbook.add_worksheet("Register")
    bold = workbook.add_format({"bold": True, "bg_color": "#F3F5F7", "bottom": 1})
    free = workbook.add_format({"locked": False, "bg_color": "#FFFBE6"})
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    attendance = COLUMNS.index("attendance")
    for number, row in enumerate(register.rows, 1):
        for column, cell in enumerate(_cells(register, row)):
            sheet.write_string(number, column, cell, free if column == attendance else None)
    sheet.data_validation(
        1,
        attendance,
        max(len(register.rows), 1),
        attendance,
        {"validate": "list", "source": list(ATTENDANCE), "error_message": "present, late, left-early or absent"},
    )
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, max(len(register.rows), 1), len(COLUMNS) - 1)
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True})
    notes = workbook.add_worksheet("Instructions")
    notes.set_column(0, 0, 100)
    for number, text in enumerate(_INSTRUCTIONS):
        notes.write_string(number, 0, text, bold if number == 0 else None)
    workbook.close()
    return output.getvalue()


def parse_register(content: bytes, filename: str) -> tuple[RegisterEntry, ...]:
    """Read a register back: CSV or XLSX, columns in any order, more columns than ours allowed.

    Raises:
        UsageError: not a file of these kinds, or a needed column is missing.
    """
    suffix = filename.rpartition(".")[2].lower()
    if suffix == "csv":
        rows = list(_csv_rows(content))
    elif suffix == "xlsx":
        rows = list(_xlsx_rows(content))
    else:
        raise UsageError(f"{filename} is neither a .csv nor an .xlsx file.")
    header = [restore(cell).strip().casefold() for cell in rows[0]] if rows else []
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise UsageError(f"{filename} is not a register of ebsync: it has no column {', '.join(missing)}.")
    places = [header.index(name) for name in _NEEDED]
    return tuple(_entries(rows[1:], places))


def _entries(rows: Iterable[Sequence[str]], places: Sequence[int]) -> Iterator[RegisterEntry]:
    for number, row in enumerate(rows, 2):
        cells = [restore(row[place]).strip() if place < len(row) else "" for place in places]
        if any(cells):
            yield RegisterEntry(number, cells[0], cells[1], cells[2].casefold())


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # what a spreadsheet in England saves when it is not asked
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # noqa: PLC0415 - only those who import a spreadsheet need it

    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise UsageError("The file is not a spreadsheet that can be read; save it as .xlsx or .csv again.") from None
    try:
        for row in workbook.worksheets[0].iter_rows(values_only=True):
            yield ["" if value is None else str(value) for value in row]
    finally:
        workbook.close()

"""A register read back, once somebody has filled it in with whatever they had."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence

from eb_sync.errors import UsageError
from eb_sync.export.cells import restore
from eb_sync.model.registers import RegisterEntry

_NEEDED = ("workshop_id", "booking_ref", "attendance")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+\d+", re.IGNORECASE)

_Rows = Sequence[Sequence[str]]


def parse_register(content: bytes, filename: str) -> tuple[RegisterEntry, ...]:
    """Read a register back: CSV (UTF-8, UTF-16 or Windows-1252; comma, semicolon or tab) or XLSX.

    Columns may stand in any order and there may be more of them. Text is as it was before it was neutralised. In a
    workbook the first sheet that has the needed columns counts. Empty rows are left out.

    Args:
        content: the file.
        filename: its name; the ending says of what kind it is.

    Raises:
        UsageError: neither kind of file, unreadable, a needed column missing or there twice, or ids that a
            spreadsheet has rounded.
    """
    tables = _tables(content, filename)
    chosen = next((table for table in tables if not _faults(table)), tables[0])
    faults = _faults(chosen)
    if faults:
        raise UsageError(f"{filename} is not a register of ebsync: it has {' and '.join(faults)}.")
    header = _header(chosen)
    entries = tuple(_entries(chosen[1:], [header.index(name) for name in _NEEDED]))
    _check_ids(entries, filename)
    return entries


def _tables(content: bytes, filename: str) -> Sequence[_Rows]:
    suffix = filename.rpartition(".")[2].casefold()
    try:
        if suffix == "csv":
            return [_csv_rows(content)]
        if suffix == "xlsx":
            return _xlsx_tables(content)
    except Exception as error:  # a ZIP of XML from anywhere: openpyxl passes on whatever its parsers raise
        raise UsageError(
            f"{filename} cannot be read as a spreadsheet. Open it, save it again as .xlsx or .csv, and try once more."
        ) from error
    raise UsageError(f"{filename} is neither a .csv nor an .xlsx file.")


def _header(rows: _Rows) -> list[str]:
    return [restore(cell).strip().casefold() for cell in rows[0]] if rows else []


def _faults(rows: _Rows) -> list[str]:
    header = _header(rows)
    missing = [name for name in _NEEDED if name not in header]
    doubled = [name for name in _NEEDED if header.count(name) > 1]
    faults = [f"no column {', '.join(missing)}"] if missing else []
    return [*faults, *(f"two columns {name}" for name in doubled)]


def _entries(rows: Iterable[Sequence[str]], places: Sequence[int]) -> Iterator[RegisterEntry]:
    for number, row in enumerate(rows, 2):
        cells = [restore(row[place]).strip() if place < len(row) else "" for place in places]
        if any(cells):
            yield RegisterEntry(number, cells[0], cells[1], cells[2].lower())


def _check_ids(entries: Iterable[RegisterEntry], filename: str) -> None:
    # a spreadsheet that opens a CSV takes a long id for a number, shows 1.1E+12, and saves that
    rounded = next((entry for entry in entries if _ROUNDED.fullmatch(entry.workshop_id)), None)
    if rounded is not None:
        raise UsageError(
            f"{filename}: the spreadsheet has rounded the workshop's id in row {rounded.row_number} to "
            f"{rounded.workshop_id}. Fill in the .xlsx register instead; there ids stay as they are."
        )


def _csv_rows(content: bytes) -> _Rows:
    text = _decode(content)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # what a spreadsheet in England saves when it is not asked
        return content.decode("cp1252", errors="replace")


def _xlsx_tables(content: bytes) -> Sequence[_Rows]:
    import openpyxl  # noqa: PLC0415 - only those who import a spreadsheet need it

    with warnings.catch_warnings():
        # openpyxl warns of what it leaves out (drop-downs, styles); only the cells matter here
        warnings.simplefilter("ignore")
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        tables = []
        for sheet in workbook.worksheets:
            # some programs write a wrong size into the file
            sheet.reset_dimensions()
            tables.append([[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)])
    return tables or [[]]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

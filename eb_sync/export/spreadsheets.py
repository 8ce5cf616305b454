"""Tables that somebody filled in, read back: CSV or XLSX as any spreadsheet program saves them."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence

from eb_sync.errors import UsageError
from eb_sync.export.cells import restore

_Rows = Sequence[Sequence[str]]
_TEXT_FILES = ("csv", "tsv", "txt")
_HEADER_WITHIN = 20
"""Rows in which the header is looked for: people write a line or two above it."""
_EXACT_BELOW = 10**15
"""From here on a spreadsheet rounds: it keeps 15 digits of a number."""


def read_table(content: bytes, filename: str, needed: Sequence[str], what: str) -> Iterator[tuple[int, list[str]]]:
    """The needed columns of a CSV (UTF-8, UTF-16 or Windows-1252) or XLSX, row by row with the row's number.

    Columns may stand in any order, be parted by comma, semicolon or tab, and there may be more of them; their names may
    be in capitals or have blanks for underscores, and other rows may stand above them. Text is as it was before it was
    neutralised. In a workbook the first sheet that has the needed columns counts. Empty rows are left out.

    Args:
        content: the file.
        filename: its name; the ending says of what kind it is.
        needed: names of columns, in the order in which their cells are given; lower case, with underscores.
        what: what the file should be, for the message: "a register".

    Raises:
        UsageError: neither kind of file, unreadable, or a needed column missing or there twice.
    """
    tables = _tables(content, filename)
    headers = [(table, start, _header(table[start])) for table in tables for start in range(_looked_at(table))]
    for table, start, header in headers:
        if not _faults(header, needed):
            return _cells(table, start, [header.index(name) for name in needed])
    nearest = max((header for _, _, header in headers), key=lambda header: len(set(needed) & {*header}), default=[])
    faults = " and ".join(_faults(nearest, needed))
    raise UsageError(f"{filename} is not {what} of ebsync: it has {faults}.")


def _looked_at(table: _Rows) -> int:
    return min(len(table), _HEADER_WITHIN)


def _cells(table: _Rows, start: int, places: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(table[start + 1 :], start + 2):
        cells = [restore(row[place]).strip() if place < len(row) else "" for place in places]
        if any(cells):
            yield number, cells


def _tables(content: bytes, filename: str) -> Sequence[_Rows]:
    suffix = filename.rpartition(".")[2].casefold()
    try:
        if suffix in _TEXT_FILES:
            return _csv_tables(content)
        if suffix == "xlsx":
            return _xlsx_tables(content)
    except Exception as error:  # a ZIP of XML from anywhere: openpyxl passes on whatever its parsers raise
        raise UsageError(
            f"{filename} cannot be read as a spreadsheet. Open it, save it again as .xlsx or .csv, and try once more."
        ) from error
    raise UsageError(f"{filename} is neither a .csv nor an .xlsx file. Save it as one of them and try once more.")


def _header(row: Sequence[str]) -> list[str]:
    return [re.sub(r"[\s_-]+", "_", restore(cell).strip().casefold()) for cell in row]


def _faults(header: Sequence[str], needed: Sequence[str]) -> list[str]:
    missing = [name for name in needed if name not in header]
    doubled = [name for name in needed if header.count(name) > 1]
    faults = [f"no column {', '.join(missing)}"] if missing else []
    return [*faults, *(f"two columns {name}" for name in doubled)]


def _csv_tables(content: bytes) -> Sequence[_Rows]:
    # the delimiter is the one with which there is a header; what stands above it may hold any of them
    text = _decode(content)
    return [list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) for delimiter in ",;\t"]


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
    """A cell as text; of a number that the spreadsheet has rounded, only what it knows, with an exponent."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) >= _EXACT_BELOW:
            return f"{value:.14E}"
        return str(int(value)) if value == int(value) else str(value)
    return str(value)

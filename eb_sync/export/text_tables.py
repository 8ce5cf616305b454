"""Tables in text files: which delimiter, which encoding, and no row lost to a quotation mark."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from eb_sync.errors import UsageError
from eb_sync.export.tables import Rows, Table

_DELIMITERS = ",;\t"


def read_text_tables(
    content: bytes, filename: str, is_header: Callable[[Sequence[str]], bool], within: int
) -> list[Table]:
    """The table in a CSV or its like; one with each delimiter where none of them gives a header.

    Args:
        content: the file, in UTF-8, UTF-16 or Windows-1252.
        filename: for messages.
        is_header: whether a row is the header.
        within: in how many rows the header is looked for.

    Raises:
        UsageError: a quotation mark stands where none may, so that rows would run into each other; names the line.
    """
    text = _decode(content)
    for delimiter in _DELIMITERS:
        # what stands above the header may hold any of the delimiters
        if any(is_header(row) for row in islice(_reader(text, delimiter), within)):
            return [Table(_read_strictly(text, delimiter, filename), is_text=True)]
    return [Table(list(_reader(text, delimiter)), is_text=True) for delimiter in _DELIMITERS]


def _reader(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _read_strictly(text: str, delimiter: str, filename: str) -> Rows:
    line = _stray_quote(text, delimiter)
    if line is not None:
        raise UsageError(
            f"{filename} was not imported, and nothing was recorded: the quotation mark in line {line} has no partner, "
            "so rows may run into each other. Delete it in a text editor: a spreadsheet would put them into one cell."
        )
    rows = list(_reader(text, delimiter, strict=True))
    for number, row in enumerate(rows, 1):
        if any(_holds_rows(cell, delimiter, len(row)) for cell in row):
            raise UsageError(
                f"{filename} was not imported, and nothing was recorded: row {number} has whole rows within quotation "
                "marks. Delete the marks in a text editor: a spreadsheet would keep those rows in one cell."
            )
    return rows


def _stray_quote(text: str, delimiter: str) -> int | None:
    """The line of the first quotation mark that neither opens nor closes a whole cell; None: there is none."""
    edge = f"[{delimiter}\r\n]"
    whole = re.compile(rf'(^|{edge})"((?:[^"]|"")*+)"(?={edge}|$)')
    without = whole.sub(lambda cell: cell[1] + "\n" * len(cell[2].splitlines()[1:]), _lines(text))
    position = without.find('"')
    return None if position < 0 else without.count("\n", 0, position) + 1


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _holds_rows(cell: str, delimiter: str, columns: int) -> bool:
    """Whether a cell has swallowed the end of its row and the beginning of a later one.

    The row then has as many cells as it should, and only the delimiters within the cell show that there were more rows.
    """
    breaks = len([line for line in cell.splitlines() if line.strip()]) - 1
    return breaks > 0 and columns > 1 and cell.count(delimiter) == breaks * (columns - 1)


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # what a spreadsheet in England saves when it is not asked
        return content.decode("cp1252", errors="replace")

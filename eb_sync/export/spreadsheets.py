"""Tables that somebody filled in, read back: CSV or XLSX as any spreadsheet program saves them.

Nothing is read half: what could be a row, a mark or an answer and is not understood refuses the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eb_sync.errors import UsageError
from eb_sync.export.cells import restore
from eb_sync.export.tables import Rows, Table, column_letter
from eb_sync.export.text_tables import read_text_tables
from eb_sync.export.workbook_tables import read_workbook_tables

_TEXT_FILES = ("csv", "tsv", "txt")
_HEADER_WITHIN = 20
"""Rows in which the header is looked for: people write a line or two above it."""
_NAMED = 10
"""Cells in a message."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns to be read; names are lower case, with underscores."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    also: Mapping[str, str] | None = None
    """Other names that a column goes by."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *self.optional)


@dataclass(frozen=True, slots=True)
class FilledTable:
    """A table with the needed columns, from its header on."""

    table: Table
    header_index: int
    header: Sequence[str]

    def rows(self) -> Iterator[tuple[int, Mapping[int, str]]]:
        """Each row below the header that holds anything, with its number: cells that are not empty, by column.

        A header that is repeated, as on every printed page, is no row.
        """
        for number, row in enumerate(self.table.rows[self.header_index + 1 :], self.header_index + 2):
            cells = {column: restore(cell).strip() for column, cell in enumerate(row)}
            filled = {column: cell for column, cell in cells.items() if cell}
            if filled and not self._is_header(row):
                yield number, filled

    def above(self) -> Iterator[tuple[int, Sequence[str]]]:
        """The rows above the header."""
        yield from enumerate(self.table.rows[: self.header_index], 1)

    def column(self, name: str) -> int | None:
        """Where a column stands; None if there is none of that name."""
        return self.header.index(name) if name in self.header else None

    def _is_header(self, row: Sequence[str]) -> bool:
        names = [name for name in self.header if name]
        return [name for name in read_header(row) if name] == names


@dataclass(frozen=True, slots=True)
class Filled:
    """All that a file holds."""

    tables: tuple[FilledTable, ...]
    """At least one."""
    others: tuple[Table, ...]
    """Sheets without the needed columns."""


def read_filled(content: bytes, filename: str, asked: Asked, what: str) -> Filled:
    """All tables of a CSV (UTF-8, UTF-16 or Windows-1252) or XLSX that have the needed columns.

    Columns may stand in any order, be parted by comma, semicolon or tab, and there may be more of them; their names may
    be in capitals or have blanks for underscores, and other rows may stand above them. Text is as it was before it was
    neutralised.

    Args:
        content: the file.
        filename: its name; the ending says of what kind it is.
        asked: the columns.
        what: what the file should be, for the message: "a register".

    Raises:
        UsageError: neither kind of file, unreadable, a needed column missing or any there twice, rows that cannot be
            told apart, or a cell of these columns without a value.
    """
    found: list[FilledTable] = []
    others: list[Table] = []
    for table in _tables(content, filename, asked):
        start = _find_header(table.rows, asked)
        if start is None:
            others.append(table)
        else:
            found.append(FilledTable(table, start, _named(table.rows[start], asked)))
    if not found:
        raise UsageError(f"{filename} is not {what} of ebsync: it has {_what_lacks(others, asked)}.")
    faults = [fault for each in found for fault in _faults_of_cells(each, asked, several=len(found) > 1)]
    if faults:
        more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
        raise UsageError(f"{filename} was not imported, and nothing was recorded: {'; '.join(faults[:_NAMED])}{more}.")
    return Filled(tuple(found), tuple(others))


def read_table(
    content: bytes, filename: str, needed: Sequence[str], what: str, optional: Sequence[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """The columns of the one table in a file, row by row with the row's number; see `read_filled`.

    Rows in which all of them are empty are left out. An optional column that is not there is empty.

    Raises:
        UsageError: as `read_filled`, or two sheets have these columns and differ.
    """
    asked = Asked(tuple(needed), tuple(optional))
    filled = read_filled(content, filename, asked, what)
    several = [[(number, row) for number, row in _cells(each, asked) if any(row)] for each in filled.tables]
    distinct = {tuple(tuple(row) for _, row in rows): each for each, rows in zip(filled.tables, several, strict=True)}
    if len(distinct) > 1:
        sheets = " and ".join(f"“{each.table.sheet}”" for each in distinct.values())
        raise UsageError(f"{filename} has {what} in each of the sheets {sheets}, and they differ: leave one.")
    return iter(several[0])


def sheet_in(table: Table) -> str:
    """Which sheet a row is of, for a message: empty for a text file."""
    return f" of the sheet “{table.sheet}”" if table.sheet else ""


def _cells(found: FilledTable, asked: Asked) -> Iterator[tuple[int, list[str]]]:
    places = [found.column(name) for name in asked.names]
    for number, cells in found.rows():
        yield number, ["" if place is None else cells.get(place, "") for place in places]


def _tables(content: bytes, filename: str, asked: Asked) -> Sequence[Table]:
    suffix = filename.rpartition(".")[2].casefold()
    try:
        if suffix in _TEXT_FILES:
            return read_text_tables(
                content, filename, lambda row: not _faults(_named(row, asked), asked), _HEADER_WITHIN
            )
        if suffix == "xlsx":
            return read_workbook_tables(content, filename)
    except UsageError:
        raise
    except Exception as error:  # a ZIP of XML from anywhere: openpyxl passes on whatever its parsers raise
        raise UsageError(
            f"{filename} cannot be read as a spreadsheet. Open it, save it again as .xlsx or .csv, and try once more."
        ) from error
    raise UsageError(f"{filename} is neither a .csv nor an .xlsx file. Save it as one of them and try once more.")


def _find_header(rows: Rows, asked: Asked) -> int | None:
    looked_at = range(min(len(rows), _HEADER_WITHIN))
    return next((start for start in looked_at if not _faults(_named(rows[start], asked), asked)), None)


def read_header(row: Sequence[str]) -> list[str]:
    """Names of columns as they are compared: lower case, with underscores."""
    return [re.sub(r"[\s_-]+", "_", restore(cell).strip().casefold()) for cell in row]


def _named(row: Sequence[str], asked: Asked) -> list[str]:
    header = read_header(row)
    also = {other: name for other, name in (asked.also or {}).items() if name not in header}
    return [also.get(name, name) for name in header]


def _what_lacks(tables: Sequence[Table], asked: Asked) -> str:
    headers = [_named(row, asked) for table in tables for row in table.rows[:_HEADER_WITHIN]]
    nearest = max(headers, key=lambda header: len(set(asked.needed) & {*header}), default=[])
    return " and ".join(_faults(nearest, asked))


def _faults(header: Sequence[str], asked: Asked) -> list[str]:
    missing = [name for name in asked.needed if name not in header]
    doubled = [name for name in asked.names if header.count(name) > 1]
    faults = [f"no column {', '.join(missing)}"] if missing else []
    return [*faults, *(f"two columns {name}" for name in doubled)]


def _faults_of_cells(found: FilledTable, asked: Asked, *, several: bool) -> Iterator[str]:
    """What is wrong with cells before anybody asks what they say; each is named as a spreadsheet names it."""
    table, where = found.table, sheet_in(found.table) if several else ""
    asked_for = {found.column(name) for name in asked.names}
    for (row, column), fault in sorted(table.unreadable.items()):
        if row > found.header_index and column in asked_for:
            yield f"cell {column_letter(column)}{row + 1}{where} has {fault}: write in it what it should say"
    for number, cells in found.rows():
        if table.is_text and max(cells) >= len(found.header):
            yield f"row {number} has more cells than columns, as if a text in it had a comma without quotation marks"

"""Tables in workbooks: every sheet, hidden ones too, with what merged cells and formulas say."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from eb_sync.errors import UsageError
from eb_sync.export.tables import Table
from eb_sync.export.workbook_limits import MOST_CELLS, check_workbook

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_EXACT_BELOW = 10**15
"""From here on a spreadsheet rounds: it keeps 15 digits of a number."""


def read_workbook_tables(content: bytes, filename: str) -> list[Table]:
    """The sheets of an XLSX in their order.

    A merged cell's value counts for each row and column that it covers. Rows hidden by a filter are rows.

    Raises:
        UsageError: a sheet is larger than any list can be.
    """
    check_workbook(content, filename)
    # a value is what the spreadsheet computed; only the second look says that there was a formula
    values, formulas = _load(content, data_only=True), _load(content, data_only=False)
    return [_table(sheet, formulas[sheet.title], filename) for sheet in values.worksheets]


def _load(content: bytes, *, data_only: bool) -> Workbook:
    import openpyxl  # noqa: PLC0415 - only those who import a spreadsheet need it

    with warnings.catch_warnings():
        # openpyxl warns of what it leaves out (drop-downs, styles); only the cells matter here
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content), data_only=data_only)


def _table(sheet: Worksheet, formulas: Worksheet, filename: str) -> Table:
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise UsageError(
            f"The sheet “{sheet.title}” of {filename} is too large to be read: {sheet.max_row} rows and "
            f"{sheet.max_column} columns. Copy the rows that are filled in to a new file, and try once more."
        )
    rows = [[_text(cell.value) for cell in row] for row in sheet.iter_rows()]
    unreadable: dict[tuple[int, int], str] = {}
    for number, row in enumerate(sheet.iter_rows()):
        for column, cell in enumerate(row):
            if cell.data_type == "e":
                unreadable[number, column] = "the error of a formula"
            elif cell.value is None and formulas.cell(number + 1, column + 1).data_type == "f":
                unreadable[number, column] = "a formula without a value"
    for merged in sheet.merged_cells.ranges:
        _spread(rows, unreadable, (merged.min_row - 1, merged.min_col - 1), (merged.max_row, merged.max_col))
    return Table(rows, sheet.title, unreadable)


def _spread(
    rows: list[list[str]], unreadable: dict[tuple[int, int], str], first: tuple[int, int], end: tuple[int, int]
) -> None:
    """Let a merged cell speak for all that it covers; rows and columns beyond the last filled cell are left out."""
    fault, value = unreadable.get(first), rows[first[0]][first[1]] if first[0] < len(rows) else ""
    for number in range(first[0], min(end[0], len(rows))):
        for column in range(first[1], min(end[1], len(rows[number]))):
            rows[number][column] = value
            if fault is not None:
                unreadable[number, column] = fault


def _text(value: object) -> str:
    """A cell as text; of a number that the spreadsheet has rounded, only what it knows, with an exponent."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) >= _EXACT_BELOW:
            return f"{value:.14E}"
        return str(int(value)) if value == int(value) else str(value)
    return str(value)

"""The charge list as a spreadsheet: amounts are numbers and dates are dates, so that they can be sorted and summed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from eb_sync.export.cells import neutralise
from eb_sync.export.column_maps import ColumnMap

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_CREATED_AT = datetime(2019, 1, 1, tzinfo=UTC)
"""The file's own date: always the same, so that the same list gives the same bytes."""
_SHOWN = {"amount": "#,##0.00", "date": "yyyy-mm-dd", "heading": "@"}
_WIDTHS = {"school": 34, "bill_to": 34, "workshop_title": 34}
_WIDTH = 16

Cell = str | int | date | None
"""A text, an amount in pence, a local date, or nothing."""


def render_charge_workbook(column_map: ColumnMap, rows: Iterable[Sequence[Cell]]) -> bytes:
    """One sheet with a header row; the same bytes for the same rows, as long as the same xlsxwriter packs them.

    Args:
        column_map: whose columns are fields, each as it is.
        rows: a value for each column.
    """
    import xlsxwriter  # noqa: PLC0415 - only those who want a spreadsheet need it

    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as workbook:
        workbook.set_properties({"title": "Charge list", "created": _CREATED_AT})
        formats = {kind: workbook.add_format({"num_format": shown}) for kind, shown in _SHOWN.items()}
        formats["heading"].set_bold()
        _write_sheet(workbook.add_worksheet("Charges"), column_map, list(rows), formats)
    return output.getvalue()


def _write_sheet(
    sheet: Worksheet, column_map: ColumnMap, rows: Sequence[Sequence[Cell]], formats: Mapping[str, Format]
) -> None:
    for number, column in enumerate(column_map.columns):
        sheet.set_column(number, number, _WIDTHS.get(column.field or "", _WIDTH))
        sheet.write_string(0, number, column.name, formats["heading"])
    for row_number, row in enumerate(rows, 1):
        for number, value in enumerate(row):
            _write_cell(sheet, (row_number, number), value, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(column_map.columns) - 1)


def _write_cell(sheet: Worksheet, at: tuple[int, int], value: Cell, formats: Mapping[str, Format]) -> None:
    if isinstance(value, int):
        sheet.write_number(*at, value / 100, formats["amount"])
    elif isinstance(value, date):
        sheet.write_datetime(*at, datetime(value.year, value.month, value.day), formats["date"])  # noqa: DTZ001 - a day
    elif value:
        sheet.write_string(*at, neutralise(value))

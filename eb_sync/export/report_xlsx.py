"""A term's report as a workbook: one sheet for each table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from eb_sync.export.cells import neutralise
from eb_sync.export.report_tables import Kind, Table, Value, build_tables
from eb_sync.model.reports import TermReport

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_CREATED_AT = datetime(2019, 1, 1, tzinfo=UTC)
"""The file's own date: always the same, so that the same report gives the same bytes."""
_NUMBER_FORMATS = {Kind.COUNT: "0", Kind.SHARE: "0%", Kind.POUNDS: "#,##0.00", Kind.DATE: "yyyy-mm-dd"}


def render_report_xlsx(report: TermReport) -> bytes:
    """Dates, counts, shares and amounts (in pounds) are numbers, text is neutralised; without sums, to be sorted."""
    import xlsxwriter  # noqa: PLC0415 - only those who want a spreadsheet need it

    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as workbook:
        workbook.set_properties({"title": f"Attendance and charges, {report.term}", "created": _CREATED_AT})
        formats = _formats(workbook)
        heading = workbook.add_format({"bold": True, "bg_color": "#F3F5F7", "bottom": 1})
        for table in build_tables(report):
            _write_table(workbook.add_worksheet(table.name), table, formats, heading)
    return output.getvalue()


def _formats(workbook: xlsxwriter.Workbook) -> Mapping[Kind, Format]:
    return {kind: workbook.add_format({"num_format": shown}) for kind, shown in _NUMBER_FORMATS.items()}


def _write_table(sheet: Worksheet, table: Table, formats: Mapping[Kind, Format], heading: Format) -> None:
    for number, column in enumerate(table.columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.name, heading)
    for row_number, row in enumerate(table.rows, 1):
        for number, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(sheet, (row_number, number), value, column.kind, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _write_cell(
    sheet: Worksheet, at: tuple[int, int], value: Value, kind: Kind, formats: Mapping[Kind, Format]
) -> None:
    if isinstance(value, str):
        sheet.write_string(*at, neutralise(value))
    elif isinstance(value, date):
        sheet.write_datetime(*at, datetime(value.year, value.month, value.day), formats[kind])  # noqa: DTZ001 - a day
    elif value is not None:
        sheet.write_number(*at, value / 100 if kind is Kind.POUNDS else value, formats[kind])

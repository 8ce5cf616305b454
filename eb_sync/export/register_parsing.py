"""A register read back, once somebody has filled it in with whatever they had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eb_sync.export.register_files import REGISTER_COLUMNS
from eb_sync.export.spreadsheets import Asked, Filled, FilledTable, read_filled
from eb_sync.export.tables import column_letter
from eb_sync.model.registers import LooseRow, OtherCell, RegisterEntry, ReturnedRegister

_ASKED = Asked(
    needed=("workshop_id", "booking_ref", "attendance"),
    optional=("teacher", "school"),
    also={"name": "teacher", "full_name": "teacher", "teacher_name": "teacher", "school_name": "school"},
)


def parse_register(content: bytes, filename: str) -> ReturnedRegister:
    """Read a register back, every row of every sheet; what a spreadsheet has done to its ids is left as it is.

    Args:
        content: the file.
        filename: its name; the ending says of what kind it is.

    Raises:
        UsageError: it is no register, or a part of it cannot be read.
    """
    filled = read_filled(content, filename, _ASKED, "a register")
    entries = tuple(entry for found in filled.tables for entry in _entries(found, _sheet_of(filled, found)))
    return ReturnedRegister(entries, tuple(_loose_rows(filled)))


def _sheet_of(filled: Filled, found: FilledTable) -> str:
    return found.table.sheet if len(filled.tables) > 1 else ""


def _entries(found: FilledTable, sheet: str) -> Iterator[RegisterEntry]:
    places = {name: place for name in _ASKED.names if (place := found.column(name)) is not None}
    own = {column for column, name in enumerate(found.header) if name in REGISTER_COLUMNS}
    for number, cells in found.rows():
        texts = {name: cells.get(place, "") for name, place in places.items()}
        yield RegisterEntry(
            row_number=number,
            workshop_id=texts["workshop_id"],
            booking_ref=texts["booking_ref"],
            attendance=texts["attendance"].lower(),
            teacher=texts.get("teacher", ""),
            school=texts.get("school", ""),
            sheet=sheet,
            others=tuple(_others(found, cells, own)),
        )


def _others(found: FilledTable, cells: Mapping[int, str], own: set[int]) -> Iterator[OtherCell]:
    for column, text in cells.items():
        if column not in own:
            heading = found.header[column] if column < len(found.header) else ""
            yield OtherCell(column_letter(column), heading, text)


def _loose_rows(filled: Filled) -> Iterator[LooseRow]:
    for found in filled.tables:
        for number, row in found.above():
            yield LooseRow(number, tuple(row), is_above_header=True, sheet=_sheet_of(filled, found))
    for table in filled.others:
        for number, row in enumerate(table.rows, 1):
            yield LooseRow(number, tuple(row), is_above_header=False, sheet=table.sheet)

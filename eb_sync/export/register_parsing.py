"""A register read back, once somebody has filled it in with whatever they had."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eb_sync.errors import UsageError
from eb_sync.export.spreadsheets import read_table
from eb_sync.model.registers import RegisterEntry

_NEEDED = ("workshop_id", "booking_ref", "attendance")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+\d+", re.IGNORECASE)


def parse_register(content: bytes, filename: str) -> tuple[RegisterEntry, ...]:
    """Read a register back, as `read_table` reads it.

    Args:
        content: the file.
        filename: its name; the ending says of what kind it is.

    Raises:
        UsageError: it is no register, or a spreadsheet has rounded its ids.
    """
    rows = read_table(content, filename, _NEEDED, "a register")
    entries = tuple(
        RegisterEntry(number, workshop_id, reference, mark.lower()) for number, (workshop_id, reference, mark) in rows
    )
    _check_ids(entries, filename)
    return entries


def _check_ids(entries: Iterable[RegisterEntry], filename: str) -> None:
    # a spreadsheet that opens a CSV takes a long id for a number, shows 1.1E+12, and saves that
    rounded = next((entry for entry in entries if _ROUNDED.fullmatch(entry.workshop_id)), None)
    if rounded is not None:
        raise UsageError(
            f"{filename}: the spreadsheet has rounded the workshop's id in row {rounded.row_number} to "
            f"{rounded.workshop_id}. Fill in the .xlsx register instead; there ids stay as they are."
        )

"""A register read back, once somebody has filled it in with whatever they had."""

from __future__ import annotations

from eb_sync.export.spreadsheets import read_table
from eb_sync.model.registers import RegisterEntry

_NEEDED = ("workshop_id", "booking_ref", "attendance")


def parse_register(content: bytes, filename: str) -> tuple[RegisterEntry, ...]:
    """Read a register back, as `read_table` reads it; what a spreadsheet has done to its ids is left as it is.

    Args:
        content: the file.
        filename: its name; the ending says of what kind it is.

    Raises:
        UsageError: it is no register.
    """
    rows = read_table(content, filename, _NEEDED, "a register")
    return tuple(
        RegisterEntry(number, workshop_id, reference, mark.lower()) for number, (workshop_id, reference, mark) in rows
    )

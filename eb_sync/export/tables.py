"""What every table read back has, whichever file it came from: rows of texts, and cells that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A text file, or one sheet of a workbook."""

    rows: Rows
    """As they stand in the file, the first being row 1; rows need not be of one length."""
    sheet: str = ""
    """The sheet's name; empty for a text file."""
    unreadable: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """By row and column, both from 0: what is in a cell that has no value, as in "a formula without a value"."""
    is_text: bool = False
    """Whether columns are told by counting delimiters, so that a row with too many cells may have shifted."""


def column_letter(column: int) -> str:
    """What a spreadsheet calls a column, counted from 0: A, B, ... Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

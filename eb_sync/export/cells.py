"""Text in cells: what a spreadsheet would take for a formula is neutralised, and can be read back."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

_SIGNS = frozenset("=+-@")
_STARTS = ("\t", "\r", "\n")
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Kinds of characters that a program may drop before it looks at a cell: zero-width ones, byte order marks, spaces."""
_MARK = "'"


def neutralise(text: str) -> str:
    """A text cell that no spreadsheet executes: an apostrophe before anything that begins like a formula.

    A text that begins with apostrophes followed by such a beginning gets one more, so that reading back is exact.
    `defusedcsv` is not used because it lets a leading tab or carriage return pass, and cannot be undone.
    """
    return _MARK + text if _is_dangerous(text) else text


def restore(cell: str) -> str:
    """The text as it was before `neutralise`; what was not neutralised stays as it is."""
    return cell[1:] if cell.startswith(_MARK) and _is_dangerous(cell) else cell


def _is_dangerous(text: str) -> bool:
    """Whether, apostrophes aside, the first that is seen is a sign of a formula, full-width and small ones too."""
    rest = text.lstrip(_MARK)
    if rest.startswith(_STARTS):
        return True
    first = next((character for character in rest if unicodedata.category(character) not in _UNSEEN), "")
    return unicodedata.normalize("NFKC", first) in _SIGNS


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 without a mark, header, comma and CRLF; half of a character pair becomes a question mark."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return output.getvalue().encode(errors="replace")

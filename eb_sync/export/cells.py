"""Text in cells: what a spreadsheet would take for a formula is neutralised, and can be read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_MARK = "'"


def neutralise(text: str) -> str:
    """A text cell that no spreadsheet executes: an apostrophe before anything that begins like a formula.

    A text that begins with apostrophes followed by such a beginning gets one more, so that reading back is exact.
    `defusedcsv` is not used because it lets a leading tab or carriage return pass, and cannot be undone.
    """
    return _MARK + text if text.lstrip(_MARK).startswith(_DANGEROUS) else text


def restore(cell: str) -> str:
    """The text as it was before `neutralise`; what was not neutralised stays as it is."""
    is_marked = cell.startswith(_MARK) and cell.lstrip(_MARK).startswith(_DANGEROUS)
    return cell[1:] if is_marked else cell


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 without a mark, header, comma and CRLF; half of a character pair becomes a question mark."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return output.getvalue().encode(errors="replace")

"""Text in cells: what a spreadsheet would take for a formula is neutralised, and can be read back."""

from __future__ import annotations

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_MARK = "'"


def neutralise(text: str) -> str:
    """A text cell that no spreadsheet executes: an apostrophe before anything that begins like a formula.

    A text that begins with an apostrophe followed by such a beginning gets one more, so that reading back is exact.
    `defusedcsv` is not used because it lets a leading tab or carriage return pass and cannot be undone.
    """
    return _MARK + text if text.lstrip(_MARK).startswith(_DANGEROUS) else text


def restore(cell: str) -> str:
    """The text as it was before `neutralise`."""
    is_marked = cell.startswith(_MARK) and cell.lstrip(_MARK).startswith(_DANGEROUS)
    return cell[1:] if is_marked else cell

"""What spreadsheets do to ids, and how much of it can be undone."""

from __future__ import annotations

import re

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATES = (
    r"\d{4}-\d{1,2}-\d{1,2}(?:[ T].*)?",
    r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{2}|\d{4})",
    rf"\d{{1,2}}[ /.-]{_MONTH}(?:[ /.-]\d{{2,4}})?",
    rf"{_MONTH}[ /.-]\d{{1,4}}(?:,? \d{{2,4}})?",
)
_DAMAGES = (
    ("rounded", r"[BW]?\d+(?:[.,]\d+)?E\+?\d+"),
    ("cut after 15 digits", r"\d{15}0+"),
    ("turned into a date", "|".join(_DATES)),
    ("turned into a formula's error", r"#[A-Z][A-Z/0]+[!?]?"),
    ("written as ####, the column being too narrow,", r"#+"),
)
"""What has happened, and what the cell looks like then."""
_WHOLE = re.compile(r"(\d+)[.,]0+")
_GROUPED = re.compile(r"\d{1,3}(?:[,\s]\d{3})+")


def damage_to(cell: str) -> str | None:
    """What a spreadsheet has done to an id that cannot be told any more, as in "was rounded"; None: nothing known."""
    return next((what for what, pattern in _DAMAGES if re.fullmatch(pattern, cell, re.IGNORECASE)), None)


def repair_id(cell: str) -> str:
    """The id where the cell leaves no doubt about it; any other cell as it is, in capitals.

    `1100594112.0`, `1,100,594,112`, `'1100594112` and `b1100594112` can have been one id only.
    """
    text = cell.strip().removeprefix("'").strip().upper()
    letter, number = (text[:1], text[1:]) if text[:1] in ("B", "W") else ("", text)
    if _GROUPED.fullmatch(number):
        return letter + re.sub(r"\D", "", number)
    whole = _WHOLE.fullmatch(number)
    return text if whole is None else letter + whole[1]

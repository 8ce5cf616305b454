"""Text from outside as it may be kept: every database takes it, and it leads no terminal, mail or workbook astray."""

from __future__ import annotations

import re

LONGEST = 2000
"""Characters of one text that are kept."""
_CUT = "…"

_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # titles, links, clipboards
)
"""Sequences that are whole; of any other only the character that begins it goes, for the rest may be a name."""
_SPACES = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_REMOVED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # which turn the direction of writing
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]"  # which nobody sees; joiners are kept, they are spelling
)
_UNREADABLE = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Halves of surrogate pairs, which no encoding has, and what Unicode says is no character, which no XML has."""


def storable(text: str) -> str:
    """The text on one line, without what cannot be kept or shown; of a longer one the beginning, with an ellipsis.

    Halves of surrogate pairs become the replacement character, because something stood there; what steers a terminal or
    the direction of writing is removed. Doing it twice changes nothing.
    """
    if not text.isprintable():
        text = _ESCAPES.sub("", text)
        text = _REMOVED.sub("", _SPACES.sub(" ", text))
        text = _UNREADABLE.sub("\ufffd", text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + _CUT


def is_cut(text: str) -> bool:
    """Whether `storable` left something of it out."""
    return len(text) == LONGEST and text.endswith(_CUT)

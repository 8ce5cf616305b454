"""Which characters are dangerous, and what becomes of them: where a text is kept, and where a person reads it.

What leads a terminal, a mail or a workbook astray, or what a database refuses, is the same everywhere. Kept text goes
without it; shown text has a mark in its place, for what is shown may be older than this rule.
"""

from __future__ import annotations

import re

LONGEST = 2000
"""Characters of one text that are kept."""
LONGEST_ANSWER = 300
"""Of an answer that is looked up as it was typed: two of them fit into a row of any database's index."""
_CUT = "…"
_INSTEAD = "\N{REPLACEMENT CHARACTER}"

_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)"  # titles, links, clipboards
)
"""Sequences that are whole; of any other only the character that begins it goes, for the rest may be a name."""
_LINES = "\v\f\r\x1c-\x1f\x85\u2028\u2029"  # which end a line, beside the line end itself
_ACTING = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # which turn the direction of writing
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # which nobody sees; joiners are kept, they are spelling
)
_UNREADABLE = "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
"""Halves of surrogate pairs, which no encoding has, and what Unicode says is no character, which no XML has."""

DANGEROUS = re.compile(f"[{_LINES}{_ACTING}{_UNREADABLE}]")
"""Any character that must neither be kept nor shown; tab and line end are not among them, for our own pages."""
_SPACES = re.compile(f"[\t\n{_LINES}]+")
_REMOVED, _REPLACED = re.compile(f"[{_ACTING}]"), re.compile(f"[{_UNREADABLE}]")


def storable(text: str, longest: int = LONGEST) -> str:
    """The text on one line, without what cannot be kept or shown; of a longer one the beginning, with an ellipsis.

    Halves of surrogate pairs become the replacement character, because something stood there; what steers a terminal or
    the direction of writing is removed. Doing it twice changes nothing.
    """
    if not text.isprintable():
        text = _ESCAPES.sub("", text)
        text = _REMOVED.sub("", _SPACES.sub(" ", text))
        text = _REPLACED.sub(_INSTEAD, text)
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + _CUT


def is_cut(text: str, longest: int = LONGEST) -> bool:
    """Whether `storable` left something of it out."""
    return len(text) == longest and text.endswith(_CUT)


def plain_text(text: str) -> str:
    """The text as a person may read it, its lines kept: a mark in place of each dangerous character."""
    return text if text.isprintable() else DANGEROUS.sub(_INSTEAD, text)

"""Text as a person may read it: nothing in it steers a terminal or turns the direction of what follows."""

from __future__ import annotations

import re

_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters but for tab and line end, separators of lines and marks of direction."""
_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def plain_text(text: str) -> str:
    """The text with a mark in place of each character that would act instead of being read."""
    return text if text.isprintable() else _STEERS.sub(_INSTEAD, text)


def escape_steering(document: str) -> str:
    """A JSON document with such characters written as escapes: the same values, and nothing acts."""
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)

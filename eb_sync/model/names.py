"""When two typed texts count as the same."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w]+")


def normalise_name(text: str) -> str:
    """A person's or school's name for comparing: case, accents, punctuation and spacing do not matter."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("'", "").replace("\u2019", ""))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", plain.casefold()).strip()


def normalise_email(text: str) -> str:
    """An e-mail address for comparing: case and surrounding space do not matter."""
    return text.strip().casefold()

"""Whether a name in a file that came back is the name that went out: by what programs and people vary. Pure."""

from __future__ import annotations

import re

from eb_sync.model.names import normalise_name
from eb_sync.schools.evidence import compare_words, telling_words

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "revd", "sir", "dame"})
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u02b9\u2032\uff07\u00b4`]")
_UNDECOMPOSED = str.maketrans("øłđðıħŧ", "olddiht", "")
"""Letters that are one with their stroke, so that no accent can be taken off them."""
_SAVED_AS = (("cp1252", "utf-8"), ("cp1252", "mac_roman"), ("cp1252", "cp850"))
"""Files written in the second and read as the first."""
_LOST = re.compile("[?\N{REPLACEMENT CHARACTER}]+")


def is_same_name(written: str, known: str) -> bool:
    """Whether a person's name is the known one.

    Case, accents, apostrophes, hyphens, spaces, titles and "Surname, First" do not matter, nor what an encoding has
    done to its letters. A corrected spelling is another name: it could be another person's.
    """
    return any(_are_same(reading, known) for reading in _readings(written))


def is_same_school(written: str, known: str) -> bool:
    """Whether a school's name may well mean the known school: in other words, abbreviated or spelt out."""
    return is_same_name(written, known) or compare_words(written, known, telling_words((known,))).is_plausible


def _readings(written: str) -> list[str]:
    readings = [written]
    for read_as, saved_as in _SAVED_AS:
        try:
            readings.append(written.encode(read_as).decode(saved_as))
        except UnicodeError:
            continue
    return readings


def _are_same(written: str, known: str) -> bool:
    found, words = _words(written), _words(known)
    return sorted(found) == sorted(words) or "".join(found) == "".join(words) or _fits_with_gaps(written, known)


def _words(name: str) -> list[str]:
    plain = normalise_name(_APOSTROPHES.sub("'", name)).translate(_UNDECOMPOSED)
    return [word for word in plain.split() if word not in _TITLES] or plain.split()


def _fits_with_gaps(written: str, known: str) -> bool:
    """Whether letters that an encoding has turned into question marks may have been those of the known name."""
    if _LOST.search(written) is None:
        return False
    parts = [re.escape(_spaced(part)) for part in _LOST.split(_APOSTROPHES.sub("'", written))]
    letters = r"[^\sa-z0-9]{1,4}"  # only what is no plain letter is ever lost
    return re.fullmatch(letters.join(parts), _spaced(_APOSTROPHES.sub("'", known))) is not None


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text.casefold())

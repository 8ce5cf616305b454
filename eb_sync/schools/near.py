"""Which schools may be meant by a word that means none: for a message, never to decide anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from rapidfuzz import fuzz, process

from eb_sync.model.names import normalise_name

_SHOWN = 5
_LIKE = 75
"""How alike two names must be, of 100."""
_COUNTIES = frozenset({"england", "uk", "united kingdom"})


class Named(Protocol):
    """A school, known or of the official register."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def address(self) -> tuple[str, ...]:
        """Lines without the postcode."""

    @property
    def postcode(self) -> str:
        """As printed."""


def say_near_schools(text: str, schools: Iterable[tuple[str, Named]]) -> list[str]:
    """The schools whose names are like what was typed, the likest first: name, place, postcode and id.

    Args:
        text: as typed.
        schools: each with its id.
    """
    known = dict(schools)
    names = {school_id: normalise_name(school.name) for school_id, school in known.items()}
    found = process.extract(
        normalise_name(text), names, scorer=fuzz.WRatio, processor=None, score_cutoff=_LIKE, limit=_SHOWN
    )
    return [_say(known[school_id], school_id) for _, _, school_id in found]


def _say(school: Named, school_id: str) -> str:
    where = ", ".join(part for part in (school.name, place_of(school.address), school.postcode) if part)
    return f"{where} ({school_id})"


def place_of(address: Sequence[str]) -> str:
    """The town or village of an address: its last line that has no number; empty if there is none."""
    lines = [line.strip() for line in address[1:]]
    places = [line for line in lines if line and not any(character.isdigit() for character in line)]
    return next((place for place in reversed(places) if place.casefold() not in _COUNTIES), "")

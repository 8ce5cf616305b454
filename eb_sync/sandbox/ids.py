"""Ids as long as Eventbrite's, allotted in a fixed order so that the same calls give the same ids."""

from __future__ import annotations

_FIRST = {
    "organization": 301_289_465_599,
    "organizer": 12_171_107_715,
    "user": 301_289_465_000,
    "event": 1_034_567_890_123,
    "ticket_class": 345_165_457,
    "question": 40_969_885,
    "venue": 299_287_124,
    "order": 1_561_483_985,
    "attendee": 2_282_478_891,
}
_STRIDE = 7919
"""A prime, so that ids of one kind look unlike a row of neighbours."""


class Allotter:
    """Hands out ids; `seed` shifts them all, so that two worlds need not share any."""

    def __init__(self, seed: int = 0) -> None:
        """Start every kind's series."""
        self._next = {kind: first + seed for kind, first in _FIRST.items()}

    def allot(self, kind: str) -> str:
        """The next id of a kind, ascending."""
        allotted = self._next[kind]
        self._next[kind] = allotted + _STRIDE
        return str(allotted)


def sort_key(row_id: str) -> tuple[int, int, str]:
    """Order ids by number, `123-1` after `123`; ids that are no numbers come last."""
    stem, _, suffix = row_id.partition("-")
    if stem.isdigit() and (not suffix or suffix.isdigit()):
        return int(stem), int(suffix or 0), ""
    return 10**20, 0, row_id

"""How many calls a run needs, and what of it fits into the hour: known before the run, and kept to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from eb_sync.model.readings import EventReading

PAGE_ROWS = 50
"""Rows on a page, as Eventbrite sends them."""
MOST_PAGES = 100
"""Of an event never read: what its tickets say may be wrong, and must not leave the hour's calls to it alone."""


@dataclass(frozen=True, slots=True)
class WantedRead:
    """A complete read that a run would make."""

    event: EventReading | str
    """The event as listed in this run, or its id: then one more call reads it."""
    rank: int
    """What comes first if not everything fits: lower before higher."""
    bookings: int | None
    """How many bookings it was last known to have; None: nobody knows."""
    owed_since_at: datetime | None = None
    """Since when an earlier run left it to the next; None: it did not."""

    @property
    def event_id(self) -> str:
        """The event's id."""
        return self.event if isinstance(self.event, str) else self.event.id

    @property
    def calls(self) -> int:
        """About how many calls it takes: all attendees, those who cancelled, and the event if it was not listed."""
        bookings = self.bookings
        if bookings is None and isinstance(self.event, EventReading):
            bookings = sum(ticket.quantity_sold or 0 for ticket in self.event.ticket_classes)
            bookings = min(bookings, MOST_PAGES * PAGE_ROWS)
        pages = max(1, -(-(bookings or 0) // PAGE_ROWS))
        return pages + 1 + (1 if isinstance(self.event, str) else 0)


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """What a run reads completely, and what it leaves to the next."""

    reads: tuple[WantedRead, ...]
    left: tuple[WantedRead, ...]
    calls_needed: int
    """For all of it."""
    calls_left: int | None
    """In this hour; None: Eventbrite has not said."""


def plan_reading(wanted: Iterable[WantedRead], calls_left: int | None) -> ReadingPlan:
    """As much as fits into the calls that are left: by rank, what is owed longest first; nothing overtakes the rest."""
    ordered: Sequence[WantedRead] = sorted(wanted, key=_urgency)
    needed, fits = 0, 0
    for each in ordered:
        needed += each.calls
        if calls_left is None or needed <= calls_left:
            fits += 1
    return ReadingPlan(tuple(ordered[:fits]), tuple(ordered[fits:]), needed, calls_left)


def _urgency(read: WantedRead) -> tuple[int, datetime, str]:
    return read.rank, read.owed_since_at or datetime.max.replace(tzinfo=UTC), read.event_id

"""What was observed of one event's bookings, and of those elsewhere under the same names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation, ReadRecord, is_described_status, reference_of
from eb_sync.model.facts import WalkInCame, facts_of
from eb_sync.store.bookings import read_namesakes, read_observations, read_reads
from eb_sync.workshops.persons import PersonBook, read_person_book
from eb_sync.workshops.snapshot import Snapshot
from policies import facts as rules


@dataclass(frozen=True, slots=True)
class EventRows:
    """What was observed of one event's bookings."""

    bookings: Mapping[str, Sequence[BookingObservation]]
    """By attendee id, oldest first."""
    reads: Sequence[ReadRecord]
    namesakes: Sequence[BookingObservation]
    """Bookings elsewhere under the names or addresses of this event's bookings."""
    persons: PersonBook = field(default_factory=PersonBook)
    """Who these people are, and the hub's own guests."""


def read_event_rows(connection: sa.Connection, snapshot: Snapshot, event_ids: Iterable[str]) -> dict[str, EventRows]:
    """Bookings, reads and namesakes of these events, by event."""
    wanted = sorted(set(event_ids))
    bookings: dict[str, dict[str, list[BookingObservation]]] = defaultdict(lambda: defaultdict(list))
    for observation in read_observations(connection, snapshot.hub_id, snapshot.last_fact_id, wanted):
        bookings[observation.event_id][observation.attendee_id].append(observation)
    reads = read_reads(connection, snapshot.hub_id, snapshot.last_fact_id, wanted)
    ended = {event_id: _persons_of_ended(bookings.get(event_id, {})) for event_id in wanted}
    people = {history[-1].person_id for of_event in bookings.values() for history in of_event.values()}
    people |= _walked_in(snapshot, frozenset(wanted)) | set(snapshot.terms.recorded.guest_ids)
    book = read_person_book(connection, snapshot.hub_id, people, set().union(*ended.values()))
    sought = {event_id: book.ids_alike(person_ids) for event_id, person_ids in ended.items()}
    namesakes = read_namesakes(connection, snapshot.hub_id, snapshot.last_fact_id, frozenset().union(*sought.values()))
    return {
        event_id: EventRows(
            bookings.get(event_id, {}),
            reads.get(event_id, []),
            [other for other in namesakes if other.person_id in sought[event_id] and other.event_id != event_id],
            book,
        )
        for event_id in wanted
    }


def _persons_of_ended(bookings: Mapping[str, Sequence[BookingObservation]]) -> set[int]:
    """Only somebody who cancelled, whose row vanished, or whose status nobody understands, can have transferred."""
    newest = (history[-1] for history in bookings.values())
    return {
        booking.person_id
        for booking in newest
        if booking.presence is not rules.Presence.ACTIVE or not is_described_status(booking.status)
    }


def _walked_in(snapshot: Snapshot, event_ids: frozenset[str]) -> set[int]:
    at = {workshop.id for workshop in snapshot.workshops if workshop.event_id in event_ids}
    return {came.person_id for _, came in facts_of(snapshot.facts, WalkInCame) if came.workshop_id in at}


def newest_bookings(rows: EventRows) -> dict[str, BookingObservation]:
    """The newest observation of each booking, by reference."""
    return {reference_of(attendee_id): history[-1] for attendee_id, history in rows.bookings.items()}

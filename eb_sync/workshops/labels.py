"""How a place is called: by name to those who run the workshop, by initials on documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation, reference_of
from eb_sync.model.facts import WalkInCame, facts_of
from eb_sync.store.people import read_names, read_walk_in_names
from eb_sync.workshops.judge import Judged
from eb_sync.workshops.places import walk_in_identities
from eb_sync.workshops.snapshot import Snapshot
from policies.persons import unnamed_seats


def read_teachers(
    connection: sa.Connection, snapshot: Snapshot, newest: Mapping[str, BookingObservation]
) -> dict[str, tuple[str, str]]:
    """Name and e-mail address by reference, of these bookings and of the walk-ins in the snapshot."""
    names = read_names(connection, snapshot.hub_id, [observation.profile_id for observation in newest.values()])
    teachers = {booking_id: names.get(observation.profile_id, ("", "")) for booking_id, observation in newest.items()}
    references = [came.reference for _, came in facts_of(snapshot.facts, WalkInCame)]
    walk_ins = read_walk_in_names(connection, snapshot.hub_id, references)
    return teachers | {reference: (walk_ins.get(reference, ""), "") for reference in references}


def place_labels(
    teachers: Mapping[str, tuple[str, str]], newest: Mapping[str, BookingObservation], other_classes: frozenset[str]
) -> dict[str, str]:
    """What a document calls each booking: initials, or "place 2 of order 123" for an unnamed seat.

    `other_classes` are ticket classes that are no seats.
    """
    seats = _seat_labels([booking for booking in newest.values() if booking.ticket_class_id not in other_classes])
    return {
        booking_id: seats.get(booking_id) or initials(teachers.get(booking_id, ("", ""))[0]) for booking_id in newest
    }


def _seat_labels(bookings: Sequence[BookingObservation]) -> dict[str, str]:
    """Each unnamed seat's label, by reference."""
    seats = unnamed_seats((reference_of(each.attendee_id), each.order_id, each.person_id) for each in bookings)
    places: Counter[tuple[str, int]] = Counter()
    labels = {}
    for booking in sorted(bookings, key=lambda booking: _seat_order(booking.attendee_id)):
        reference = reference_of(booking.attendee_id)
        if reference in seats:
            places[booking.order_id, booking.person_id] += 1
            labels[reference] = f"place {places[booking.order_id, booking.person_id]} of order {booking.order_id}"
    return labels


def _seat_order(attendee_id: str) -> tuple[str, int]:
    ticket, _, seat = attendee_id.partition("-")
    return ticket, int(seat) if seat.isdigit() else 0


def initials(name: str) -> str:
    """Initials of a name, "A.B."; a dash where there is no name (any more), or where they would be all of it."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalpha()]
    if all(len(word) == 1 for word in words):
        return "\N{EN DASH}"
    return "".join(f"{word[0].upper()}." for word in words)


def shown_school(snapshot: Snapshot, judged: Judged, reference: str) -> str:
    """What the register calls the school of a place: the confirmed school, else what was typed; may be empty."""
    school_id, typed_name = _school_of(snapshot, judged, reference)
    return typed_name if school_id is None else snapshot.school_book.school(school_id).name


def school_names(snapshot: Snapshot, judged: Judged, reference: str) -> tuple[str, ...]:
    """All that a register may ever have called the school of a place; empty where nothing is known of it.

    A register that is on its way out and back is older than what was confirmed since.
    """
    book, typed = snapshot.school_book, judged.typed_school(snapshot, reference)
    school_id, typed_name = _school_of(snapshot, judged, reference)
    ids = {school_id or "", *book.ever_confirmed.get(reference, ())}
    ids |= book.ever_confirmed.get("" if typed is None else typed.name_key, set())
    related = sorted(ids.union(*(book.register.relatives(each) for each in ids if each)))
    names = [
        shown_school(snapshot, judged, reference),
        typed_name,
        *(book.schools[each].name for each in related if each in book.schools),
    ]
    return tuple(dict.fromkeys(name for name in names if name))


def _school_of(snapshot: Snapshot, judged: Judged, reference: str) -> tuple[str | None, str]:
    """The confirmed school's id, and the name that was typed."""
    if reference not in judged.newest():
        school_id, name = walk_in_identities(snapshot).get(reference, (None, None))
        return school_id, name or ""
    typed = judged.typed_school(snapshot, reference)
    school_id = snapshot.school_book.identify(reference, typed, judged.workshop.local_on)
    return school_id, "" if typed is None else typed.name

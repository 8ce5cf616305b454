"""Erasing a person: names go, ids and sums stay; sync never brings the name back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.bookings import reference_of
from eb_sync.model.facts import PersonErased
from eb_sync.model.names import normalise_email
from eb_sync.store.erasure import (
    blank_held,
    blank_persons,
    read_bookings_of,
    read_held_attendees,
    read_newest_persons,
    read_profiles,
    read_suppressed,
    read_walk_in_person,
    record_suppressions,
)
from eb_sync.store.facts import record_facts
from eb_sync.store.people import read_person_ids


@dataclass(frozen=True, slots=True)
class Found:
    """What is held under an e-mail address or a walk-in's reference."""

    person_ids: tuple[int, ...]
    booking_ids: tuple[str, ...]
    """References of bookings and walk-ins."""
    attendee_ids: tuple[str, ...]
    """Eventbrite's ids of bookings that are theirs now, those in held reads among them."""
    versions: int
    """Versions of names and addresses."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done."""

    fact_id: int
    versions: int
    held_rows: int


def find_person(connection: sa.Connection, hub_id: int, wanted: str) -> Found:
    """What is held about the person with this e-mail address, or the walk-in with this reference.

    Raises:
        UsageError: nothing is.
    """
    text = wanted.strip()
    person_ids = _persons(connection, hub_id, text)
    held = read_held_attendees(connection, hub_id, text) if "@" in text else set()
    if not person_ids and not held:
        raise UsageError("Nothing is held under that e-mail address or reference; perhaps it was typed another way.")
    return find_about(connection, hub_id, person_ids, held)


def find_about(
    connection: sa.Connection, hub_id: int, person_ids: Collection[int], held: Collection[str] = ()
) -> Found:
    """What is held about these persons; `held` are attendees of theirs in reads that the brake held."""
    profiles = read_profiles(connection, hub_id, person_ids)
    theirs = {row.attendee_id for row in read_bookings_of(connection, hub_id, person_ids)}
    newest = read_newest_persons(connection, hub_id, theirs)
    attendees = {attendee_id for attendee_id in theirs if newest[attendee_id] in person_ids} | set(held)
    references = {row.booking_id for row in profiles} | {reference_of(attendee_id) for attendee_id in attendees}
    return Found(
        tuple(sorted(person_ids)),
        tuple(sorted(references)),
        tuple(sorted(attendees)),
        sum(1 for row in profiles if row.name or row.email),
    )


def _persons(connection: sa.Connection, hub_id: int, text: str) -> set[int]:
    if "@" in text:
        return set(read_person_ids(connection, hub_id, [text]))
    walk_in = read_walk_in_person(connection, hub_id, text.upper()) if text.upper().startswith("W") else None
    return set() if walk_in is None else {walk_in}


def erase_person(connection: sa.Connection, hub_id: int, found: Found, now: datetime, said_by: str) -> Erased:
    """Blank what was found, in the caller's transaction; a second time there is nothing left to find."""
    fact = PersonErased(found.person_ids, found.booking_ids)
    fact_id = record_facts(connection, hub_id, now, said_by, [fact])[0]
    record_suppressions(connection, hub_id, fact_id, found.attendee_ids)
    suppressed = read_suppressed(connection, hub_id)
    versions = blank_persons(connection, hub_id, found.person_ids)
    return Erased(fact_id, versions, blank_held(connection, hub_id, suppressed))


def check_no_guest(wanted: str, guests: Collection[str]) -> None:
    """Refuse the hub's own guests while the settings name them.

    Raises:
        UsageError: the address is in `EBSYNC_GUESTS`, by which their places are told from others.
    """
    if normalise_email(wanted) in {normalise_email(guest) for guest in guests}:
        raise UsageError(
            "The settings name this address as one of the hub's own guests (EBSYNC_GUESTS). Erased, their bookings "
            "would count as places. Take it out of the settings first if that is what you want."
        )

"""What is held about a person: by an e-mail address, or by the reference of a booking or a walk-in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.bookings import reference_of
from eb_sync.model.names import normalise_email, normalise_person_name
from eb_sync.store.erasure import (
    read_bookings_of,
    read_person_keys,
    read_profiles,
    read_versions,
    read_walk_in_person,
)
from eb_sync.store.held_rows import HeldRow, read_held_rows
from eb_sync.store.people import read_person_ids
from eb_sync.workshops.persons import read_person_book


@dataclass(frozen=True, slots=True)
class Found:
    """What is held about a person."""

    person_ids: tuple[int, ...]
    booking_ids: tuple[str, ...]
    """References of bookings and walk-ins."""
    attendee_ids: tuple[str, ...]
    """Eventbrite's ids of bookings that are theirs now, those in held reads among them."""
    versions: int
    """Versions of names and addresses."""
    held: tuple[HeldRow, ...]
    """Rows with their name or address in reads that the brake held, oldest first."""
    names: tuple[str, ...] = ()
    """Name and e-mail address, each way they were given; never for stderr."""


def find_person(connection: sa.Connection, hub_id: int, wanted: str) -> Found:
    """What is held about the person with this e-mail address, or with the booking or walk-in of this reference.

    Raises:
        UsageError: nothing is.
    """
    text = wanted.strip()
    waiting = read_held_rows(connection, hub_id)
    if "@" in text:
        held = [row for row in waiting if normalise_email(row.profile.email) == normalise_email(text)]
        person_ids = {*read_person_ids(connection, hub_id, [text]), *_of_same_name(connection, hub_id, held)}
    else:
        person_ids = _by_reference(connection, hub_id, text.upper())
        held = [] if person_ids else [row for row in waiting if reference_of(row.attendee_id) == text.upper()]
        person_ids |= _alike(connection, hub_id, held)
    person_ids = with_corrections(connection, hub_id, person_ids)
    held = _with_more_rows(connection, hub_id, person_ids, held, waiting)
    found = find_about(connection, hub_id, person_ids, held)
    if not found.versions and not found.held:
        raise UsageError("Nothing is held under that e-mail address or reference; perhaps it was typed another way.")
    return found


def find_about(
    connection: sa.Connection, hub_id: int, person_ids: Collection[int], held: Sequence[HeldRow] = ()
) -> Found:
    """What is held about these persons; `held` are rows of theirs in reads that the brake held."""
    profiles = read_profiles(connection, hub_id, person_ids)
    attendees = _theirs(connection, hub_id, person_ids, held)
    references = {row.booking_id for row in profiles} | {reference_of(attendee_id) for attendee_id in attendees}
    given = [(row.name, row.email) for row in profiles] + [(row.profile.name, row.profile.email) for row in held]
    bare = read_bare_persons(connection, hub_id, person_ids)
    return Found(
        tuple(sorted(person_ids)),
        tuple(sorted(references)),
        tuple(sorted(attendees)),
        sum(1 for row in profiles if row.name or row.email) + len(bare),
        tuple(held),
        tuple(
            dict.fromkeys(", ".join(part for part in each if part) for each in (*given, *bare.values()) if any(each))
        ),
    )


def read_bare_persons(
    connection: sa.Connection, hub_id: int, person_ids: Collection[int]
) -> dict[int, tuple[str, str]]:
    """Those who are named by the settings alone, and typed nothing: name and address for comparing, by id."""
    typed = {row.person_id for row in read_profiles(connection, hub_id, person_ids)}
    keys = read_person_keys(connection, hub_id, set(person_ids) - typed)
    return {person_id: key for person_id, key in sorted(keys.items()) if any(key)}


def _by_reference(connection: sa.Connection, hub_id: int, reference: str) -> set[int]:
    """Whose booking it is now, or who walked in under it."""
    walk_in = read_walk_in_person(connection, hub_id, reference) if reference.startswith("W") else None
    if walk_in is not None:
        return {walk_in}
    versions = read_versions(connection, hub_id, [reference[1:]]) if reference.startswith("B") else []
    return {versions[-1].person_id} if versions else set()


def _of_same_name(connection: sa.Connection, hub_id: int, held: Iterable[HeldRow]) -> set[int]:
    """Whose bookings these rows are, if they show the same name: only the address was corrected."""
    newest = {
        version.attendee_id: version.person_id
        for version in read_versions(connection, hub_id, {row.attendee_id for row in held})
    }
    keys = read_person_keys(connection, hub_id, newest.values())
    return {
        newest[row.attendee_id]
        for row in held
        if row.attendee_id in newest
        and keys[newest[row.attendee_id]][0] == normalise_person_name(row.profile.name) != ""
    }


def _alike(connection: sa.Connection, hub_id: int, held: Iterable[HeldRow]) -> set[int]:
    """The persons with name and address of these rows."""
    wanted = {_key(row) for row in held}
    person_ids = read_person_ids(connection, hub_id, [email for _, email in wanted])
    return {key for key, named in read_person_keys(connection, hub_id, person_ids).items() if named in wanted}


def with_corrections(connection: sa.Connection, hub_id: int, person_ids: Collection[int]) -> set[int]:
    """With whoever else is the same: by name and address, or by name in a booking whose address was corrected."""
    found: set[int] = set()
    more = set(person_ids)
    while more:
        found |= more
        bookings = read_bookings_of(connection, hub_id, found)
        versions = read_versions(connection, hub_id, {row.attendee_id for row in bookings})
        persons = read_person_book(connection, hub_id, {*found, *(version.person_id for version in versions)})
        names = {persons.name_id(row.person_id, row.name_id) for row in bookings} - {None}
        more = {each.person_id for each in versions if persons.name_id(each.person_id, each.name_id) in names}
        more |= {person_id for person_id in persons.known if persons.is_one_of(person_id, found)}
        more -= found
    return found


def _with_more_rows(
    connection: sa.Connection,
    hub_id: int,
    person_ids: Collection[int],
    held: Sequence[HeldRow],
    waiting: Sequence[HeldRow],
) -> list[HeldRow]:
    """With rows that show the same name in their own bookings, or with the same address in others."""
    keys = {key for key in read_person_keys(connection, hub_id, person_ids).values() if any(key)}
    keys |= {_key(row) for row in held}
    names = {name for name, _ in keys}
    attendees = _theirs(connection, hub_id, person_ids, held)
    return [
        row
        for row in waiting
        if row in held
        or (row.attendee_id in attendees and normalise_person_name(row.profile.name) in names)
        or (row.profile.email and _key(row) in keys)
    ]


def _theirs(connection: sa.Connection, hub_id: int, person_ids: Collection[int], held: Iterable[HeldRow]) -> set[str]:
    """Attendees whose booking is theirs by its newest observation, or was never observed but in these held rows."""
    ever = {row.attendee_id for row in read_bookings_of(connection, hub_id, person_ids)}
    ever |= {row.attendee_id for row in held}
    newest = {version.attendee_id: version.person_id for version in read_versions(connection, hub_id, ever)}
    return {attendee_id for attendee_id in ever if attendee_id not in newest or newest[attendee_id] in person_ids}


def _key(row: HeldRow) -> tuple[str, str]:
    return normalise_person_name(row.profile.name), normalise_email(row.profile.email)

"""The people tables and what else holds names, searched for one person, and blanked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.model.facts import PersonErased, facts_of
from eb_sync.store.chunks import chunked
from eb_sync.store.facts import read_facts
from eb_sync.store.held_rows import read_held_rows
from eb_sync.store.series import newest_fact_id
from eb_sync.store.tables import OBSERVATIONS, PERSONS, PROFILES, SUPPRESSIONS

_IS_NAMED = (PERSONS.c.name_key != "") | (PERSONS.c.email_key != "")


def read_profiles(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> list[sa.Row[Any]]:
    """All versions of what these persons typed, oldest first: rows of `profiles`."""
    found: list[sa.Row[Any]] = []
    for chunk in chunked(sorted(set(person_ids))):
        query = sa.select(PROFILES).where(PROFILES.c.hub_id == hub_id, PROFILES.c.person_id.in_(chunk))
        found += connection.execute(query)
    return sorted(found, key=lambda row: row.id)


def read_walk_in_person(connection: sa.Connection, hub_id: int, reference: str) -> int | None:
    """The person who walked in under a reference; None if there is none."""
    query = sa.select(PROFILES.c.person_id).where(PROFILES.c.hub_id == hub_id, PROFILES.c.booking_id == reference)
    person_id: int | None = connection.scalar(query)
    return person_id


def read_bookings_of(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> list[sa.Row[Any]]:
    """All observations of bookings that were ever these persons', oldest first."""
    found: list[sa.Row[Any]] = []
    for chunk in chunked(sorted(set(person_ids))):
        query = sa.select(OBSERVATIONS).where(OBSERVATIONS.c.hub_id == hub_id, OBSERVATIONS.c.person_id.in_(chunk))
        found += connection.execute(query)
    return sorted(found, key=lambda row: row.id)


@dataclass(frozen=True, slots=True)
class Version:
    """Whose booking it was from an observation on."""

    fact_id: int
    attendee_id: str
    person_id: int
    name_id: int | None


def read_versions(connection: sa.Connection, hub_id: int, attendee_ids: Iterable[str]) -> list[Version]:
    """Whose these bookings ever were, oldest first."""
    table, found = OBSERVATIONS, []
    for chunk in chunked(sorted(set(attendee_ids))):
        query = sa.select(table.c.id, table.c.attendee_id, table.c.person_id, table.c.name_id)
        query = query.where(table.c.hub_id == hub_id, table.c.attendee_id.in_(chunk))
        found += [Version(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda version: version.fact_id)


def read_person_keys(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and e-mail address of these persons for comparing; empty texts once erased."""
    found: dict[int, tuple[str, str]] = {}
    for chunk in chunked(sorted(set(person_ids))):
        query = sa.select(PERSONS).where(PERSONS.c.hub_id == hub_id, PERSONS.c.id.in_(chunk))
        found.update({row.id: (row.name_key, row.email_key) for row in connection.execute(query)})
    return found


def blank_persons(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> int:
    """Blank names and addresses of these persons, ids kept; gives the number of versions that were blanked."""
    blanked = 0
    for chunk in chunked(sorted(set(person_ids))):
        persons = (PERSONS.c.hub_id == hub_id) & PERSONS.c.id.in_(chunk)
        connection.execute(PERSONS.update().where(persons).values(name_key="", email_key=""))
        profiles = (PROFILES.c.hub_id == hub_id) & PROFILES.c.person_id.in_(chunk)
        named = profiles & ((PROFILES.c.name != "") | (PROFILES.c.email != ""))
        blanked += connection.execute(PROFILES.update().where(named).values(name="", email="")).rowcount
    return blanked


def read_named_persons(connection: sa.Connection, hub_id: int) -> list[int]:
    """Everybody whose name or address is held, ascending."""
    query = sa.select(PERSONS.c.id).where(PERSONS.c.hub_id == hub_id, _IS_NAMED).order_by(PERSONS.c.id)
    return list(connection.scalars(query))


def read_visits(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> list[tuple[int, str, str]]:
    """Person, event and attendee of every booking that was ever one of these persons'."""
    table = OBSERVATIONS
    wanted = frozenset(person_ids)
    query = sa.select(table.c.person_id, table.c.event_id, table.c.attendee_id).where(table.c.hub_id == hub_id)
    rows = connection.execute(query.distinct())  # one walk through the table, which has no index by person
    return [(row.person_id, row.event_id, row.attendee_id) for row in rows if row.person_id in wanted]


def read_newest_profiles_at(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> dict[int, datetime]:
    """When something that each of these persons typed was last recorded."""
    table, found = PROFILES, {}
    for chunk in chunked(sorted(set(person_ids))):
        query = sa.select(table.c.person_id, sa.func.max(table.c.recorded_at).label("recorded_at"))
        rows = connection.execute(
            query.where(table.c.hub_id == hub_id, table.c.person_id.in_(chunk)).group_by(table.c.person_id)
        )
        found.update({row.person_id: row.recorded_at for row in rows})
    return found


def record_suppressions(
    connection: sa.Connection, hub_id: int, fact_id: int, holders: Mapping[str, tuple[int, int | None]]
) -> None:
    """From this erasure on no name of these attendees is kept; with whose their bookings stay, and the name's id."""
    known = read_suppressed(connection, hub_id)
    rows = [
        {"hub_id": hub_id, "attendee_id": key, "fact_id": fact_id, "person_id": person_id, "name_id": name_id}
        for key, (person_id, name_id) in sorted(holders.items())
        if key not in known
    ]
    if rows:
        connection.execute(SUPPRESSIONS.insert(), rows)


def read_suppressed_holders(
    connection: sa.Connection, hub_id: int, attendee_ids: Iterable[str]
) -> dict[str, tuple[int, int | None]]:
    """Of these attendees those of erased persons: whose their bookings stay, and the name's id."""
    table = SUPPRESSIONS
    found: dict[str, tuple[int, int | None]] = {}
    for chunk in chunked(sorted(set(attendee_ids))):
        query = sa.select(table).where(table.c.hub_id == hub_id, table.c.attendee_id.in_(chunk))
        rows = connection.execute(query.where(table.c.person_id.is_not(None)))
        found.update({row.attendee_id: (row.person_id, row.name_id) for row in rows})
    return found


def read_suppressed(connection: sa.Connection, hub_id: int) -> frozenset[str]:
    """Ids of all attendees of erased persons."""
    return frozenset(connection.scalars(sa.select(SUPPRESSIONS.c.attendee_id).where(SUPPRESSIONS.c.hub_id == hub_id)))


def read_names_of_erased(connection: sa.Connection, hub_id: int) -> list[tuple[str, str]]:
    """Where a name or address of an erased person is held after all: table and row; nothing if all is well."""
    erasures = [
        erased
        for _, erased in facts_of(
            read_facts(connection, hub_id, newest_fact_id(connection, hub_id), kinds=(PersonErased,)), PersonErased
        )
    ]
    persons = {person_id for erased in erasures for person_id in erased.person_ids}
    suppressed = read_suppressed(connection, hub_id)
    found = [("profiles", row.id) for row in read_profiles(connection, hub_id, persons) if row.name or row.email]
    found += [("persons", person_id) for person_id in _named_persons(connection, hub_id, persons)]
    found += [
        ("held_reads", row.held_id) for row in read_held_rows(connection, hub_id) if row.attendee_id in suppressed
    ]
    return [(table, str(row)) for table, row in found]


def _named_persons(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> list[int]:
    found: list[int] = []
    for chunk in chunked(sorted(set(person_ids))):
        these = (PERSONS.c.hub_id == hub_id) & PERSONS.c.id.in_(chunk)
        found += connection.scalars(sa.select(PERSONS.c.id).where(these, _IS_NAMED))
    return found

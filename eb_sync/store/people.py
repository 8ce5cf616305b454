"""The people tables: who has which id, and what was typed. Nothing else holds a name or an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from eb_sync.model.bookings import TypedRole, TypedSchool
from eb_sync.model.names import (
    host_of,
    may_be_one_name,
    normalise_email,
    normalise_name,
    normalise_person_name,
    postcode_key,
)
from eb_sync.model.readings import Profile
from eb_sync.store.chunks import chunked
from eb_sync.store.series import PERSON, PROFILE, TYPED, newest_fact_id, take_numbers
from eb_sync.store.tables import PERSONS, PROFILES, TYPED_ROLES, TYPED_SCHOOLS

_Key = TypeVar("_Key", int, str)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody in the people tables, as far as it says who else they are."""

    id: int
    name_id: int | None
    """Same normalised name, same id; None without a name. Stays when the name is erased."""
    email_id: int | None
    """Same normalised address, same id; None without one. Stays when the address is erased."""
    name_key: str
    """The normalised name; empty without one, and once erased."""
    alike_ids: frozenset[int] = frozenset()
    """Of those with the same address that were known before, whose name may be theirs. Stays when names are erased."""


def assign_persons(connection: sa.Connection, hub_id: int, profiles: Sequence[Profile]) -> list[tuple[int, int | None]]:
    """A person's id and name id for each profile, in order; new persons are added.

    Same normalised name and e-mail: same person. Without an e-mail address nobody is the same as anybody, and without a
    name there is no name id.
    """
    keys = [(normalise_person_name(profile.name), normalise_email(profile.email)) for profile in profiles]
    known = _read_known(connection, hub_id, keys)
    rows: list[dict[str, object]] = []
    assigned: list[tuple[int, int | None]] = []
    missing = [*dict.fromkeys(k for k in keys if k[1] and k not in known.persons), *(k for k in keys if not k[1])]
    numbers = iter(take_numbers(connection, hub_id, PERSON, len(missing)) if missing else ())
    for name_key, email_key in keys:
        person_id = known.persons.get((name_key, email_key)) if email_key else None
        if person_id is None:
            person_id = next(numbers)
            rows.append({"hub_id": hub_id, **known.add(person_id, name_key, email_key)})
        assigned.append((person_id, known.name_ids[name_key] if name_key else None))
    if rows:
        connection.execute(PERSONS.insert(), rows)
    return assigned


@dataclass(frozen=True, slots=True)
class _Known:
    """Who has which name and address, the first of them where an older program saw several."""

    persons: dict[tuple[str, str], int] = field(default_factory=dict)
    name_ids: dict[str, int] = field(default_factory=dict)
    email_ids: dict[str, int] = field(default_factory=dict)
    names_at: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    """By address, everybody who has it: id and name."""

    def add(self, person_id: int, name_key: str, email_key: str) -> dict[str, object]:
        """Somebody new; gives their row."""
        self.persons[name_key, email_key] = person_id
        beside = self.names_at[email_key] if email_key else []
        alike_ids = [other_id for other_id, other_key in beside if may_be_one_name(name_key, other_key)]
        beside.append((person_id, name_key))
        return {
            "id": person_id,
            "name_id": self.name_ids.setdefault(name_key, person_id) if name_key else None,
            "email_id": self.email_ids.setdefault(email_key, person_id) if email_key else None,
            "name_key": name_key,
            "email_key": email_key,
            "alike_ids": alike_ids or None,
        }


def _read_known(connection: sa.Connection, hub_id: int, keys: Iterable[tuple[str, str]]) -> _Known:
    known, (names, emails) = _Known(), (set(), set())
    for name_key, email_key in keys:
        names.add(name_key)
        emails.add(email_key)
    for row in _read_where(connection, hub_id, PERSONS.c.name_key, names - {""}):
        known.name_ids.setdefault(row.name_key, row.id if row.name_id is None else row.name_id)
    for row in _read_where(connection, hub_id, PERSONS.c.email_key, emails - {""}):
        known.persons.setdefault((row.name_key, row.email_key), row.id)
        known.names_at[row.email_key].append((row.id, row.name_key))
        known.email_ids.setdefault(row.email_key, row.id if row.email_id is None else row.email_id)
    return known


def _read_where(
    connection: sa.Connection, hub_id: int, column: sa.Column[_Key], values: Collection[_Key]
) -> Iterator[sa.Row[Any]]:
    """Persons with one of these values, by id within each query."""
    for chunk in chunked(sorted(values)):
        query = sa.select(PERSONS).where(PERSONS.c.hub_id == hub_id, column.in_(chunk))
        yield from connection.execute(query.order_by(PERSONS.c.id))


def read_persons(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> list[KnownPerson]:
    """These persons, and whoever has the address of one of them; ascending."""
    found = _known(_read_where(connection, hub_id, PERSONS.c.id, set(person_ids)))
    emails = {person.email_id for person in found.values() if person.email_id is not None}
    found |= _known(_read_where(connection, hub_id, PERSONS.c.email_id, emails))
    return [found[person_id] for person_id in sorted(found)]


def read_persons_named(connection: sa.Connection, hub_id: int, name_ids: Iterable[int]) -> list[KnownPerson]:
    """All who have one of these names; ascending."""
    found = _known(_read_where(connection, hub_id, PERSONS.c.name_id, set(name_ids)))
    return [found[person_id] for person_id in sorted(found)]


def _known(rows: Iterable[sa.Row[Any]]) -> dict[int, KnownPerson]:
    return {
        row.id: KnownPerson(row.id, row.name_id, row.email_id, row.name_key, frozenset(row.alike_ids or ()))
        for row in rows
    }


def record_profiles(
    connection: sa.Connection, hub_id: int, now: datetime, entries: Sequence[tuple[str, int, Profile]]
) -> list[int]:
    """Append what was typed, each with its booking's reference and person; returns the profiles' ids in order."""
    if not entries:
        return []
    ids = list(take_numbers(connection, hub_id, PROFILE, len(entries)))
    rows = [
        {
            "hub_id": hub_id,
            "id": profile_id,
            "booking_id": booking_id,
            "person_id": person_id,
            "recorded_at": now,
            "name": profile.name,
            "email": profile.email,
            "postcode": profile.postcode,
        }
        for profile_id, (booking_id, person_id, profile) in zip(ids, entries, strict=True)
    ]
    connection.execute(PROFILES.insert(), rows)
    return ids


def assign_typed_schools(connection: sa.Connection, hub_id: int, profiles: Sequence[Profile]) -> list[int | None]:
    """An id for each profile's school as typed, in order; None where neither a name nor a URN was given.

    The facts that bring the profiles are yet to be recorded, in the same transaction.
    """
    first_fact_id = newest_fact_id(connection, hub_id) + 1
    table = TYPED_SCHOOLS
    query = sa.select(table).where(table.c.hub_id == hub_id)
    known = {_typed_key(row): row.id for row in connection.execute(query)}
    wanted = {_key_of_profile(profile): profile.school for profile in reversed(profiles)}
    new = [key for key in wanted if key not in known and key[:2] != ("", "")]
    rows = []
    for number, key in zip(take_numbers(connection, hub_id, TYPED, len(new)) if new else (), new, strict=True):
        known[key] = number
        row = dict(zip(_TYPED_COLUMNS, key, strict=True))
        rows.append({**row, "hub_id": hub_id, "id": number, "name": wanted[key], "first_fact_id": first_fact_id})
    if rows:
        connection.execute(table.insert(), rows)
    return [known.get(_key_of_profile(profile)) for profile in profiles]


_TYPED_COLUMNS = ("name_key", "urn", "postcode_key", "email_host")
_TypedKey = tuple[str, str, str, str]


def _typed_key(row: sa.Row[Any]) -> _TypedKey:
    return row.name_key, row.urn, row.postcode_key, row.email_host


def _key_of_profile(profile: Profile) -> _TypedKey:
    host = profile.email_host or host_of(profile.email)
    return normalise_name(profile.school), profile.urn, postcode_key(profile.postcode), host


def _typed_school(row: sa.Row[Any]) -> TypedSchool:
    return TypedSchool(row.id, row.name_key, row.urn, row.name, row.postcode_key, row.email_host)


def assign_typed_roles(connection: sa.Connection, hub_id: int, profiles: Sequence[Profile]) -> list[int | None]:
    """An id for each profile's role and leadership as typed, in order; None where neither was given."""
    table = TYPED_ROLES
    known = {
        (row.role, row.leadership): row.id
        for row in connection.execute(sa.select(table).where(table.c.hub_id == hub_id))
    }
    new = list(dict.fromkeys((p.role, p.leadership) for p in profiles if p.role or p.leadership))
    new = [key for key in new if key not in known]
    for number, key in zip(take_numbers(connection, hub_id, TYPED, len(new)) if new else (), new, strict=True):
        known[key] = number
        connection.execute(table.insert(), {"hub_id": hub_id, "id": number, "role": key[0], "leadership": key[1]})
    return [known.get((profile.role, profile.leadership)) for profile in profiles]


def read_typed_schools(connection: sa.Connection, hub_id: int, last_fact_id: int) -> dict[int, TypedSchool]:
    """Schools as typed in facts up to an id, by their own id."""
    query = sa.select(TYPED_SCHOOLS).where(
        TYPED_SCHOOLS.c.hub_id == hub_id, TYPED_SCHOOLS.c.first_fact_id <= last_fact_id
    )
    return {row.id: _typed_school(row) for row in connection.execute(query)}


def read_typed_roles(connection: sa.Connection, hub_id: int) -> dict[int, TypedRole]:
    """All roles as typed, by id."""
    query = sa.select(TYPED_ROLES).where(TYPED_ROLES.c.hub_id == hub_id)
    return {row.id: TypedRole(row.id, row.role, row.leadership) for row in connection.execute(query)}


def read_names(connection: sa.Connection, hub_id: int, profile_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and e-mail address as typed, by profile id; empty texts once erased."""
    found: dict[int, tuple[str, str]] = {}
    for chunk in chunked(sorted(set(profile_ids))):
        query = sa.select(PROFILES).where(PROFILES.c.hub_id == hub_id, PROFILES.c.id.in_(chunk))
        found.update({row.id: (row.name, row.email) for row in connection.execute(query)})
    return found


def read_walk_in_names(connection: sa.Connection, hub_id: int, references: Iterable[str]) -> dict[str, str]:
    """Names of walk-ins by reference."""
    found: dict[str, str] = {}
    for chunk in chunked(sorted(set(references))):
        query = sa.select(PROFILES).where(PROFILES.c.hub_id == hub_id, PROFILES.c.booking_id.in_(chunk))
        found.update({row.booking_id: row.name for row in connection.execute(query)})
    return found


def read_person_ids(connection: sa.Connection, hub_id: int, emails: Iterable[str]) -> tuple[int, ...]:
    """Ids of all persons with one of these e-mail addresses, ascending."""
    found: set[int] = set()
    for chunk in chunked(sorted({normalise_email(email) for email in emails} - {""})):
        query = sa.select(PERSONS.c.id).where(PERSONS.c.hub_id == hub_id, PERSONS.c.email_key.in_(chunk))
        found.update(connection.scalars(query))
    return tuple(sorted(found))


def read_email_keys(connection: sa.Connection, hub_id: int, person_ids: Iterable[int]) -> frozenset[str]:
    """The normalised e-mail addresses of these persons, as far as they are still held."""
    found: set[str] = set()
    for chunk in chunked(sorted(set(person_ids))):
        query = sa.select(PERSONS.c.email_key).where(PERSONS.c.hub_id == hub_id, PERSONS.c.id.in_(chunk))
        found.update(connection.scalars(query))
    return frozenset(found - {""})


def read_typed_in_order(connection: sa.Connection, hub_id: int) -> list[tuple[int, TypedSchool]]:
    """All schools as typed, each with the id of the fact from which on it was, in that order."""
    table = TYPED_SCHOOLS
    query = sa.select(table).where(table.c.hub_id == hub_id).order_by(table.c.first_fact_id, table.c.id)
    return [(row.first_fact_id, _typed_school(row)) for row in connection.execute(query)]

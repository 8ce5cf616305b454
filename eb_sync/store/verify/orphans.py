"""For `verify`: rows that point at rows which are not there, found by the database itself (anti joins)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from eb_sync.model.facts import DateDeclared, ExemptionClaimed, ExemptionRuled, Retracted, SettingsRecorded, WalkInCame
from eb_sync.store.facts import read_facts
from eb_sync.store.series import newest_fact_id
from eb_sync.store.tables import (
    BATCH_DOCUMENTS,
    BATCHES,
    DOCUMENT_LINES,
    DOCUMENTS,
    EVENT_OBSERVATIONS,
    FACTS,
    HELD_READS,
    OBSERVATIONS,
    PERSONS,
    POLICY_TEXTS,
    PROFILES,
    READS,
    REVERSED_DOCUMENTS,
    SUPPRESSIONS,
    TYPED_ROLES,
    TYPED_SCHOOLS,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values are those of another table's column."""

    column: sa.Column[Any]
    target: sa.Column[Any]
    by_value: bool = False
    """Name one row for each value, not every row: for columns with an index and few values."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A row that points at nothing."""

    table: str
    row: str
    """Its id or number."""
    column: str
    value: str
    target: str
    """The table in which the value should be."""


EVENT_REFERENCES = tuple(
    Reference(table.c.event_id, EVENT_OBSERVATIONS.c.event_id, by_value=True)
    for table in (OBSERVATIONS, READS, HELD_READS)
)
"""Whatever was observed is about an event that was observed."""

PEOPLE_REFERENCES = (
    Reference(OBSERVATIONS.c.person_id, PERSONS.c.id),
    Reference(OBSERVATIONS.c.name_id, PERSONS.c.id),
    Reference(OBSERVATIONS.c.profile_id, PROFILES.c.id),
    Reference(OBSERVATIONS.c.typed_school_id, TYPED_SCHOOLS.c.id),
    Reference(OBSERVATIONS.c.typed_role_id, TYPED_ROLES.c.id),
    Reference(PROFILES.c.person_id, PERSONS.c.id),
    Reference(PERSONS.c.name_id, PERSONS.c.id),
    Reference(SUPPRESSIONS.c.person_id, PERSONS.c.id),
    Reference(SUPPRESSIONS.c.name_id, PERSONS.c.id),
)
"""An erased person keeps the row; what was typed is never deleted."""

DOCUMENT_REFERENCES = (
    Reference(DOCUMENT_LINES.c.number, DOCUMENTS.c.number),
    Reference(DOCUMENT_LINES.c.policy_digest, POLICY_TEXTS.c.digest),
    Reference(BATCH_DOCUMENTS.c.number, DOCUMENTS.c.number),
    Reference(BATCH_DOCUMENTS.c.batch_id, BATCHES.c.id),
    Reference(REVERSED_DOCUMENTS.c.number, DOCUMENTS.c.number),
    Reference(REVERSED_DOCUMENTS.c.batch_id, BATCHES.c.id),
)

BOOKINGS_IN_FACTS = ("booking_id", "replaces", "substitute_id", "reference")
"""Under which names the body of a human fact holds a booking's or a walk-in's reference."""


def read_orphans(connection: sa.Connection, hub_id: int, reference: Reference) -> Iterator[Orphan]:
    """Rows whose value is in no row of the target; empty values point at nothing and are left out."""
    column, target = reference.column, reference.target.table.alias()
    table, key = column.table, _key(column)
    found = sa.exists().where(target.c.hub_id == hub_id, target.c[reference.target.name] == column)
    query = sa.select(key, column).where(table.c.hub_id == hub_id, column.is_not(None), ~found).order_by(key)
    if reference.by_value:
        first = sa.func.min(key)
        query = sa.select(first, column).where(table.c.hub_id == hub_id).group_by(column).having(~found)
        query = query.order_by(first)
    for row, value in connection.execute(query):
        yield Orphan(_name(table), str(row), column.name, str(value), _name(reference.target.table))


def _key(column: sa.Column[Any]) -> sa.Column[Any]:
    names = column.table.c
    key: sa.Column[Any] = next(names[name] for name in ("id", "number", "attendee_id") if name in names)
    return key


def _name(table: sa.FromClause) -> str:
    return str(table.name) if isinstance(table, sa.Table) else ""


def read_facts_without_event(connection: sa.Connection, hub_id: int) -> Iterator[Orphan]:
    """Human facts about an event that had not been observed when they were recorded."""
    events = EVENT_OBSERVATIONS
    known = sa.exists().where(
        events.c.hub_id == hub_id, events.c.event_id == FACTS.c.event_id, events.c.id < FACTS.c.id
    )
    query = _facts(hub_id, FACTS.c.event_id).where(FACTS.c.event_id.is_not(None), ~known)
    return _orphans(connection, query, "event_id", events)


def read_facts_without_day(connection: sa.Connection, hub_id: int) -> Iterator[Orphan]:
    """Human facts about a day of an event that had not been declared when they were recorded."""
    workshop_id, day = FACTS.c.body["workshop_id"].as_string(), FACTS.alias()
    declared = sa.exists().where(
        day.c.hub_id == hub_id,
        day.c.event_id == FACTS.c.event_id,
        day.c.kind == DateDeclared.__name__,
        day.c.id < FACTS.c.id,
        workshop_id == FACTS.c.event_id + "/" + day.c.body["day"].as_string(),
    )
    query = _facts(hub_id, workshop_id).where(workshop_id.like("%/%"), ~declared)
    return _orphans(connection, query, "workshop_id", FACTS)


def read_facts_without_booking(connection: sa.Connection, hub_id: int, name: str) -> Iterator[Orphan]:
    """Human facts whose body names, under `name`, a booking or walk-in not known at that event at that time.

    Facts about no event (a school confirmed for one booking) need a booking that was ever known anywhere.
    """
    reference = FACTS.c.body[name].as_string()
    attendee, walk_in, profile = OBSERVATIONS, FACTS.alias(), PROFILES
    booked = sa.exists().where(
        attendee.c.hub_id == hub_id,
        attendee.c.event_id == FACTS.c.event_id,
        attendee.c.attendee_id == sa.func.substr(reference, 2),
        attendee.c.id < FACTS.c.id,
        reference.like("B%"),
    )
    walked_in = sa.exists().where(
        walk_in.c.hub_id == hub_id,
        walk_in.c.event_id == FACTS.c.event_id,
        walk_in.c.kind == WalkInCame.__name__,
        walk_in.c.id <= FACTS.c.id,
        walk_in.c.body["reference"].as_string() == reference,
    )
    named = sa.exists().where(profile.c.hub_id == hub_id, profile.c.booking_id == reference, FACTS.c.event_id.is_(None))
    query = _facts(hub_id, reference).where(reference.is_not(None), ~booked, ~walked_in, ~named)
    return _orphans(connection, query, name, OBSERVATIONS)


def read_walk_ins_without_person(connection: sa.Connection, hub_id: int) -> Iterator[Orphan]:
    """Walk-ins whose person or name is not in the people tables."""
    person_id, reference = FACTS.c.body["person_id"].as_integer(), FACTS.c.body["reference"].as_string()
    person = sa.exists().where(PERSONS.c.hub_id == hub_id, PERSONS.c.id == person_id)
    profile = sa.exists().where(
        PROFILES.c.hub_id == hub_id, PROFILES.c.booking_id == reference, PROFILES.c.person_id == person_id
    )
    query = _facts(hub_id, reference).where(FACTS.c.kind == WalkInCame.__name__, ~(person & profile))
    return _orphans(connection, query, "person_id", PERSONS)


def read_answers_to_nothing(connection: sa.Connection, hub_id: int) -> Iterator[Orphan]:
    """Retractions of facts, and rulings on exemptions, that had not been recorded before them."""
    for kind, name, wanted in (
        (Retracted, "fact_id", None),
        (ExemptionRuled, "exemption_id", ExemptionClaimed.__name__),
    ):
        answered, number = FACTS.alias(), FACTS.c.body[name].as_integer()
        there = sa.exists().where(answered.c.hub_id == hub_id, answered.c.id == number, answered.c.id < FACTS.c.id)
        if wanted is not None:
            there = there.where(answered.c.kind == wanted)
        query = _facts(hub_id, number).where(FACTS.c.kind == kind.__name__, ~there)
        yield from _orphans(connection, query, name, FACTS)


def read_settings_without_policy(connection: sa.Connection, hub_id: int) -> Iterator[Orphan]:
    """Recorded settings whose policy text was not kept."""
    kept = {digest for digest, _ in read_policy_texts(connection, hub_id)}
    for fact in read_facts(connection, hub_id, newest_fact_id(connection, hub_id), kinds=(SettingsRecorded,)):
        if isinstance(fact.content, SettingsRecorded):
            for digest in fact.content.digests:
                if digest not in kept:
                    yield Orphan(FACTS.name, str(fact.id), "policy_digest", digest, POLICY_TEXTS.name)


def read_policy_texts(connection: sa.Connection, hub_id: int) -> Iterator[tuple[str, str]]:
    """Digest and text of every policy that was ever used, by digest."""
    table = POLICY_TEXTS
    query = sa.select(table.c.digest, table.c.text).where(table.c.hub_id == hub_id).order_by(table.c.digest)
    return ((row.digest, row.text) for row in connection.execute(query))


def _facts(hub_id: int, value: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(FACTS.c.id, value).where(FACTS.c.hub_id == hub_id).order_by(FACTS.c.id)


def _orphans(connection: sa.Connection, query: sa.Select[Any], column: str, target: sa.Table) -> Iterator[Orphan]:
    for fact_id, value in connection.execute(query):
        yield Orphan(FACTS.name, str(fact_id), column, str(value), target.name)

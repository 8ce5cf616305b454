"""What is known of a hub as a whole as of an instant: its workshops, its schools, and what people recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.facts import JUDGED_FACTS, Fact, split_withdrawn
from eb_sync.schools.book import SchoolBook, build_school_book
from eb_sync.schools.gias_reading import read_register_view
from eb_sync.store.bookings import read_event_observations, read_last_going_ahead
from eb_sync.store.facts import read_facts
from eb_sync.store.people import read_typed_schools
from eb_sync.store.sync_state import read_held_events
from eb_sync.workshops.calendar import Workshop, build_calendar
from eb_sync.workshops.terms import HubRules


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of the hub as a whole as of an instant: what single workshops are judged by."""

    hub_id: int
    as_of: datetime
    """The clock of the rules."""
    last_fact_id: int
    """What was known then: facts up to this id."""
    issued_by_at: datetime | None
    """Up to when documents count as issued; None: all there are, whatever a clock says."""
    terms: HubRules
    workshops: tuple[Workshop, ...]
    facts: tuple[Fact, ...]
    """Human facts about the hub and the events asked for that stand."""
    school_book: SchoolBook
    typed_schools: Mapping[int, TypedSchool]
    held_events: frozenset[str]

    def workshop(self, workshop_id: str) -> Workshop:
        """The workshop with this id; KeyError if there is none."""
        for workshop in self.workshops:
            if workshop.id == workshop_id:
                return workshop
        raise KeyError(workshop_id)


@dataclass(frozen=True, slots=True)
class At:
    """When a hub is looked at: an instant for the rules' clock, and the last fact known then."""

    hub_id: int
    as_of: datetime
    last_fact_id: int
    is_past: bool = False
    """Whether somebody looks back; else all that is there counts."""


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """What is known of the hub as a whole at a moment, whichever workshops are looked at."""

    school_book: SchoolBook
    typed_schools: Mapping[int, TypedSchool]
    held_events: frozenset[str]


def read_snapshot(
    connection: sa.Connection, moment: At, terms: HubRules, event_ids: Iterable[str] | None = None
) -> Snapshot:
    """The hub at a moment, with the workshops of these events, or of all."""
    hub_id, last_fact_id = moment.hub_id, moment.last_fact_id
    wanted = None if event_ids is None else sorted(set(event_ids))
    ever = read_facts(connection, hub_id, last_fact_id, wanted, kinds=JUDGED_FACTS, withdrawn_too=True)
    facts, _ = split_withdrawn(ever)
    typed = read_typed_schools(connection, hub_id, last_fact_id)
    held = read_held_events(connection, hub_id, last_fact_id)
    register = read_register_view(connection, hub_id, last_fact_id, typed.values(), facts)
    ground = SharedFacts(build_school_book(facts, typed.values(), register), typed, held)
    return complete_snapshot(connection, moment, (terms, ground, ever), wanted)


def with_school(connection: sa.Connection, snapshot: Snapshot, text: str | None) -> Snapshot:
    """The same snapshot, in which the register's school of this number is known, though nobody named it before."""
    number = "" if text is None else text.strip()
    if not number.isdigit() or number in snapshot.school_book.schools:
        return snapshot
    typed = [*snapshot.typed_schools.values(), TypedSchool(0, "", number, "")]
    register = read_register_view(connection, snapshot.hub_id, snapshot.last_fact_id, typed, snapshot.facts)
    if register.school(number) is None:
        return snapshot
    return replace(snapshot, school_book=build_school_book(snapshot.facts, snapshot.typed_schools.values(), register))


def complete_snapshot(
    connection: sa.Connection,
    moment: At,
    known: tuple[HubRules, SharedFacts, Sequence[Fact]],
    event_ids: Iterable[str] | None,
) -> Snapshot:
    """The hub at a moment, where all that is not about its events in particular is known already.

    `known` are the terms, the ground, and the human facts about these events and about the hub, those withdrawn and
    what withdrew them among them.
    """
    hub_id, last_fact_id = moment.hub_id, moment.last_fact_id
    terms, ground, ever = known
    facts, _ = split_withdrawn(ever)
    observations = read_event_observations(connection, hub_id, last_fact_id, event_ids)
    return Snapshot(
        hub_id=hub_id,
        as_of=moment.as_of,
        last_fact_id=last_fact_id,
        issued_by_at=moment.as_of if moment.is_past else None,
        terms=terms,
        workshops=build_calendar(
            observations, ever, read_last_going_ahead(connection, hub_id, last_fact_id, event_ids)
        ),
        facts=tuple(facts),
        school_book=ground.school_book,
        typed_schools=ground.typed_schools,
        held_events=ground.held_events,
    )

"""The hub at one moment of its past after another, oldest first: what is about the hub as a whole is read once.

A school book is made anew only where something about a school was recorded in between; what is about an event is read
for that event alone. So two hundred thousand lines are judged again in minutes.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.facts import (
    JUDGED_FACTS,
    ExemptionClaimed,
    ExemptionRuled,
    Fact,
    PayerSet,
    RegisterLoaded,
    Retracted,
    SchoolAdded,
    SchoolConfirmed,
    SettingsRecorded,
    facts_of,
)
from eb_sync.schools.book import SchoolBook, build_school_book
from eb_sync.schools.gias_reading import number_in, read_register_view
from eb_sync.store.facts import read_event_facts, read_facts, read_named_schools
from eb_sync.store.people import read_typed_in_order
from eb_sync.store.series import newest_fact_id
from eb_sync.store.sync_state import read_held_events
from eb_sync.workshops.snapshot import At, SharedFacts, Snapshot, complete_snapshot
from eb_sync.workshops.terms import HubRules, read_policy
from policies.parameters import Policy

_SCHOOL_FACTS = (SchoolAdded, SchoolConfirmed, PayerSet, RegisterLoaded)
_EXEMPTION_FACTS = (ExemptionClaimed, ExemptionRuled)


class HubReplay:
    """What was known, moved forward from one moment to the next, never back."""

    def __init__(self, connection: sa.Connection, hub_id: int) -> None:
        """Read all that is about no event in particular."""
        self._connection, self._hub_id = connection, hub_id
        newest = newest_fact_id(connection, hub_id)
        self._facts = read_facts(connection, hub_id, newest, (), withdrawn_too=True, kinds=JUDGED_FACTS)
        self._typed = read_typed_in_order(connection, hub_id)
        self._typed_schools = {school.id: school for _, school in self._typed}
        named = ((fact_id, number_in(key)) for fact_id, key in read_named_schools(connection, hub_id))
        self._named = [fact_id for fact_id, number in named if number]
        self._facts_known = self._typed_known = self._named_known = 0
        self._withdrawn: dict[int, Fact] = {}
        self._of_schools: list[Fact] = []
        self._of_exemptions: list[Fact] = []
        self._settings: SettingsRecorded | None = None
        self._urns: dict[str, set[str]] = defaultdict(set)
        self._book = self._build_book()
        self._policies: dict[str, Policy] = {}

    def look(self, moment: At, event_ids: Iterable[str]) -> Snapshot:
        """The hub at this moment, with the workshops of these events.

        Raises:
            LookupError: no settings were recorded by then, or the text of their policy is missing.
        """
        self._move_on(moment.last_fact_id)
        events = sorted(set(event_ids))
        about = read_event_facts(self._connection, self._hub_id, moment.last_fact_id, events)
        about += [self._withdrawn[fact.id] for fact in about if fact.id in self._withdrawn]
        held = read_held_events(self._connection, self._hub_id, moment.last_fact_id)
        ground = SharedFacts(self._book, self._typed_schools, held)
        known = (self._terms(), ground, [*self._of_exemptions, *about])
        return complete_snapshot(self._connection, moment, known, events)

    def policy(self, digest: str) -> Policy:
        """A policy that was in use; LookupError if its text is missing."""
        if digest not in self._policies:
            self._policies[digest] = read_policy(self._connection, self._hub_id, digest)
        return self._policies[digest]

    def _terms(self) -> HubRules:
        if self._settings is None:
            raise LookupError("no settings were recorded by then")
        return HubRules(self._settings, {digest: self.policy(digest) for digest in self._settings.digests})

    def _move_on(self, last_fact_id: int) -> None:
        first = self._facts_known
        while self._facts_known < len(self._facts) and self._facts[self._facts_known].id <= last_fact_id:
            self._facts_known += 1
        self._type_on(last_fact_id)
        fresh = self._facts[first : self._facts_known]
        withdrawn = {content.fact_id: fact for fact, content in facts_of(fresh, Retracted)}
        self._withdrawn = withdrawn | self._withdrawn
        if withdrawn:
            self._of_schools, self._of_exemptions = [], []
            fresh = self._facts[: self._facts_known]
        if self._take(fresh) or withdrawn or self._name_on(last_fact_id):
            self._book = self._build_book(last_fact_id)

    def _name_on(self, last_fact_id: int) -> bool:
        """Whether a fact named a school by its number since."""
        before = self._named_known
        while self._named_known < len(self._named) and self._named[self._named_known] <= last_fact_id:
            self._named_known += 1
        return self._named_known > before

    def _take(self, fresh: Iterable[Fact]) -> bool:
        """Keep those facts that still stand; True if one of them is about a school."""
        schools = len(self._of_schools)
        for fact in fresh:
            if isinstance(fact.content, SettingsRecorded):
                self._settings = fact.content
            elif fact.id in self._withdrawn:
                continue
            elif isinstance(fact.content, _SCHOOL_FACTS):
                self._of_schools.append(fact)
            elif isinstance(fact.content, _EXEMPTION_FACTS):
                self._of_exemptions.append(fact)
        return len(self._of_schools) > schools

    def _type_on(self, last_fact_id: int) -> None:
        while self._typed_known < len(self._typed) and self._typed[self._typed_known][0] <= last_fact_id:
            typed: TypedSchool = self._typed[self._typed_known][1]
            if typed.urn:
                self._urns[typed.name_key].add(typed.urn)
            self._typed_known += 1

    def _build_book(self, last_fact_id: int = 0) -> SchoolBook:
        typed = self._typed_schools.values()
        register = read_register_view(self._connection, self._hub_id, last_fact_id, typed, self._of_schools)
        # the URNs typed with a name are shared, so that they need no new book
        return dataclasses.replace(build_school_book(self._of_schools, (), register), urns_of_name=self._urns)

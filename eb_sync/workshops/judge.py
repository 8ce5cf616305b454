"""Decisions for workshops: read what is known, hand it to the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation, TypedSchool
from eb_sync.store.documents import IssuedLine
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.event_rows import EventRows, newest_bookings, read_event_rows
from eb_sync.workshops.places import build_workshop_facts
from eb_sync.workshops.snapshot import Snapshot
from eb_sync.workshops.terms import read_policy
from policies.decisions import Decision
from policies.engine import assess_workshop
from policies.facts import WorkshopFacts
from policies.parameters import Policy

_EVENTS_AT_ONCE = 50  # bounds memory when the whole hub is judged


@dataclass(frozen=True, slots=True)
class Judged:
    """A workshop with what is known of it and what the rules say."""

    workshop: Workshop
    rows: EventRows
    facts: WorkshopFacts
    decisions: tuple[Decision, ...]
    """One for each place, bookings first."""

    def by_booking(self) -> dict[str, Decision]:
        """The decisions by booking reference."""
        return {decision.booking_id: decision for decision in self.decisions}

    def judge_again(self, snapshot: Snapshot, policy: Policy) -> dict[str, Decision]:
        """What another policy says about the same facts, by booking reference."""
        decisions = assess_workshop(self.facts, policy, snapshot.as_of)
        return {decision.booking_id: decision for decision in decisions}

    def newest(self) -> dict[str, BookingObservation]:
        """The newest observation of each booking, by reference."""
        return newest_bookings(self.rows)

    def typed_school(self, snapshot: Snapshot, booking_id: str) -> TypedSchool | None:
        """What was typed as the booking's school; None where nothing was, and for walk-ins."""
        observation = self.newest().get(booking_id)
        if observation is None or observation.typed_school_id is None:
            return None
        return snapshot.typed_schools.get(observation.typed_school_id)


def judge_workshops(connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]) -> Iterator[Judged]:
    """The decisions of each workshop, in the order given."""
    for start in range(0, len(workshops), _EVENTS_AT_ONCE):
        several = workshops[start : start + _EVENTS_AT_ONCE]
        rows = read_event_rows(connection, snapshot, [workshop.event_id for workshop in several])
        for workshop in several:
            event_rows = rows[workshop.event_id]
            facts = build_workshop_facts(snapshot, workshop, event_rows)
            decisions = assess_workshop(facts, snapshot.terms.policy_for(workshop), snapshot.as_of)
            yield Judged(workshop, event_rows, facts, decisions)


def stand_by_lines(
    connection: sa.Connection, snapshot: Snapshot, judged: Judged, issued: Mapping[str, IssuedLine]
) -> tuple[Decision, ...]:
    """The workshop's decisions as the plan has them: of a place with an open line by the policy text of that line."""
    frozen = by_frozen_policy(connection, snapshot, judged, issued)
    return tuple(frozen.get(decision.booking_id) or decision for decision in judged.decisions)


def by_frozen_policy(
    connection: sa.Connection, snapshot: Snapshot, judged: Judged, issued: Mapping[str, IssuedLine]
) -> dict[str, Decision | None]:
    """The decision about each place with an open line, by the policy text of that line."""
    frozen: dict[str, Decision | None] = {}
    decisions = {snapshot.terms.policy_for(judged.workshop).digest: judged.by_booking()}
    for booking_id, line in issued.items():
        if line.policy_digest not in decisions:
            policy = read_policy(connection, snapshot.hub_id, line.policy_digest)
            decisions[line.policy_digest] = judged.judge_again(snapshot, policy)
        frozen[booking_id] = decisions[line.policy_digest].get(booking_id)
    return frozen

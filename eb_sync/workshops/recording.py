"""Recording what a person said, and seeing what it changes: no fact is accepted without effect and without a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from eb_sync.model.facts import ExemptionClaimed, FactContent, event_of
from eb_sync.store.facts import read_subject, record_facts
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.said_back import say_back
from eb_sync.workshops.snapshot import At, Snapshot, read_snapshot
from policies.decisions import Decision
from policies.engine import assess_workshop
from policies.facts import AttendanceMark, Mark, Sighting, WorkshopFacts
from policies.places import expected_bookings

_AFTERWARDS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a command that records."""

    fact_ids: Sequence[int]
    idle: Mapping[str, str]
    """Bookings that were named and for which nothing changes, now or once the register is closed, with the reason."""
    changes_nothing: bool
    """Whether nothing at all changes by it."""
    sentences: Sequence[str] = ()
    """What was understood and what follows, for the person who said it: with names, so for stdout alone."""


def record(connection: sa.Connection, snapshot: Snapshot, said_by: str, contents: Sequence[FactContent]) -> Recorded:
    """Append facts in this write transaction, and compare what was decided, and would be, before and after."""
    about = [*_about(connection, snapshot.hub_id, contents)]
    chosen = [workshop for workshop in snapshot.workshops if _concerns(about, workshop)]
    before = _standings(connection, snapshot, chosen)
    fact_ids = record_facts(connection, snapshot.hub_id, snapshot.as_of, said_by, contents)
    if not fact_ids:
        return Recorded((), {}, changes_nothing=False)
    moment = At(snapshot.hub_id, snapshot.as_of, max(fact_ids))
    events = {workshop.event_id for workshop in chosen} | {event for event in map(_event_of, about) if event}
    after_snapshot = read_snapshot(connection, moment, snapshot.terms, events)
    after = _standings(
        connection, after_snapshot, [workshop for workshop in after_snapshot.workshops if _concerns(about, workshop)]
    )
    named = {booking_id for content in about for booking_id in _named(content)}
    moved = {key[1] for key, standing in after.items() if before.get(key) != standing}
    idle = {key[1]: reason for key, (reason, _) in after.items() if key[1] in named - moved}
    sentences = say_back(connection, after_snapshot, contents)
    return Recorded(tuple(fact_ids), idle, bool(about) and before == after, sentences)


def _about(connection: sa.Connection, hub_id: int, contents: Iterable[FactContent]) -> Iterator[FactContent]:
    """What these facts are about: of a withdrawal or a ruling the fact that it is of."""
    for content in contents:
        subject = read_subject(connection, hub_id, content)
        if _event_of(subject) is not None or isinstance(subject, ExemptionClaimed):
            yield subject


def _event_of(content: FactContent) -> str | None:
    workshop_id: str | None = getattr(content, "workshop_id", None)
    event_id: str | None = getattr(content, "event_id", None)
    return event_id if workshop_id is None else event_of(workshop_id)


def _concerns(about: Iterable[FactContent], workshop: Workshop) -> bool:
    for content in about:
        if isinstance(content, ExemptionClaimed) and content.from_on is not None and content.until_on is not None:
            if content.from_on <= workshop.local_on <= content.until_on:
                return True
        elif _event_of(content) == workshop.event_id:
            return True
    return False


def _named(content: FactContent) -> Iterator[str]:
    """The booking that the fact is to help or to mark: of a colleague who came, the one they came for."""
    for field in ("replaces", "booking_id"):
        reference: str | None = getattr(content, field, None)
        if reference is not None:
            yield reference


_Standing = tuple[str, object]


def _standings(
    connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]
) -> dict[tuple[str, str], _Standing]:
    """By workshop and booking: the reason now, and all that is and would be decided. A workshop's own under ""."""
    found: dict[tuple[str, str], _Standing] = {}
    for judged in judge_workshops(connection, snapshot, workshops):
        workshop = judged.workshop
        found[workshop.id, ""] = "", (workshop.dates, workshop.dates_known, workshop.state_at(snapshot.as_of))
        foreseen = {decision.booking_id: decision for decision in _foresee(snapshot, judged)}
        for decision in judged.decisions:
            later = foreseen.get(decision.booking_id)
            found[workshop.id, decision.booking_id] = decision.reason, (_told(decision), later and _told(later))
    return found


def _foresee(snapshot: Snapshot, judged: Judged) -> Sequence[Decision]:
    """What would be decided if the workshop were over, its bookings read, and whoever is not marked were absent."""
    facts: WorkshopFacts = judged.facts
    policy = snapshot.terms.policy_for(judged.workshop)
    after = facts.dates[-1].ends_at + _AFTERWARDS
    newest = snapshot.last_fact_id + 1
    absent = (AttendanceMark(newest, each, Mark.ABSENT, after) for each in expected_bookings(facts, policy))
    closed = replace(
        facts,
        marks=(*facts.marks, *absent),
        register_closed_at=facts.register_closed_at or after,
        sightings=(*facts.sightings, Sighting(newest, max(after, snapshot.as_of))),
        read_held=False,
        dates_known=True,
    )
    return assess_workshop(closed, policy, max(snapshot.as_of, after))


def _told(decision: Decision) -> object:
    return decision.outcome, decision.reason, decision.amount_pence, decision.notice, decision.evidence

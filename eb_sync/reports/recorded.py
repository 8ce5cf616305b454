"""What people recorded, found again: newest first, with who said it, when, and what withdrew it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.model.facts import (
    MESSAGE_FACTS,
    ExemptionClaimed,
    ExemptionRuled,
    Fact,
    FactContent,
    MovedTimes,
    Retracted,
    SettingsRecorded,
    TimesBroughtBack,
    event_of,
    facts_of,
)
from eb_sync.store.facts import read_facts
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.said_back import describe
from eb_sync.workshops.snapshot import Snapshot
from policies.facts import ExemptionState

_OF_THE_PROGRAM = (*MESSAGE_FACTS, SettingsRecorded, MovedTimes, TimesBroughtBack)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact that a person recorded."""

    id: int
    recorded_at: datetime
    """UTC."""
    said_by: str
    kind: str
    sentence: str
    """What it says, with names."""
    workshop_id: str | None
    booking_ids: tuple[str, ...]
    withdrawn_by: int | None
    """The fact that withdrew it; None: it stands."""


@dataclass(frozen=True, slots=True)
class RecordedExemption:
    """A claim, and where it stands."""

    id: int
    """Its fact's."""
    sentence: str
    state: ExemptionState
    claim: ExemptionClaimed


def read_recorded(
    connection: sa.Connection, snapshot: Snapshot, workshop: Workshop | None = None, booking_id: str | None = None
) -> list[RecordedFact]:
    """What people recorded (about a workshop, about a booking), newest first; what was withdrawn as well."""
    facts = read_facts(connection, snapshot.hub_id, snapshot.last_fact_id, withdrawn_too=True)
    withdrawn = {said.fact_id: fact.id for fact, said in facts_of(facts, Retracted)}
    by_id = {fact.id: fact for fact in facts}
    chosen = [fact for fact in facts if not isinstance(fact.content, _OF_THE_PROGRAM)]
    if workshop is not None:
        chosen = [fact for fact in chosen if _is_about(_inner(fact, by_id), workshop)]
    if booking_id is not None:
        chosen = [fact for fact in chosen if booking_id in bookings_of(_inner(fact, by_id))]
    sentences = describe(connection, snapshot, [fact.content for fact in chosen])
    found = [
        RecordedFact(
            id=fact.id,
            recorded_at=fact.recorded_at,
            said_by=fact.said_by,
            kind=type(fact.content).__name__,
            sentence=sentence,
            workshop_id=getattr(_inner(fact, by_id), "workshop_id", None),
            booking_ids=bookings_of(_inner(fact, by_id)),
            withdrawn_by=withdrawn.get(fact.id),
        )
        for fact, sentence in zip(chosen, sentences, strict=True)
    ]
    return found[::-1]


def read_exemptions(
    connection: sa.Connection, snapshot: Snapshot, *, only_open: bool = False
) -> list[RecordedExemption]:
    """Every exemption that stands, oldest first; `only_open`: the claims that nobody has ruled on."""
    claims = facts_of(snapshot.facts, ExemptionClaimed)
    ruled: Mapping[int, ExemptionState] = {
        said.exemption_id: said.state for _, said in facts_of(snapshot.facts, ExemptionRuled)
    }
    sentences = describe(connection, snapshot, [claim for _, claim in claims])
    found = [
        RecordedExemption(fact.id, sentence.rpartition(": ")[0], ruled.get(fact.id, claim.state), claim)
        for (fact, claim), sentence in zip(claims, sentences, strict=True)
    ]
    return [each for each in found if not only_open or each.state is ExemptionState.CLAIMED]


def bookings_of(content: FactContent) -> tuple[str, ...]:
    """The references that a fact names."""
    return tuple(_references(content))


def _references(content: FactContent) -> Iterator[str]:
    for field in ("booking_id", "reference", "substitute_id", "replaces"):
        named: str | None = getattr(content, field, None)
        if named is not None:
            yield named


def _inner(fact: Fact, by_id: Mapping[int, Fact]) -> FactContent:
    """Of a withdrawal or a ruling the fact that it is of."""
    content = fact.content
    if isinstance(content, Retracted | ExemptionRuled):
        number = content.fact_id if isinstance(content, Retracted) else content.exemption_id
        return _inner(by_id[number], by_id) if number in by_id else content
    return content


def _is_about(content: FactContent, workshop: Workshop) -> bool:
    """Whether it is about this workshop, or about the whole event behind it."""
    workshop_id: str | None = getattr(content, "workshop_id", None)
    event_id: str | None = getattr(content, "event_id", None)
    if workshop_id is not None:
        return workshop_id in (workshop.id, workshop.event_id)
    return event_id is not None and event_of(event_id) == workshop.event_id

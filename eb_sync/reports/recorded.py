"""What people recorded, found again: newest first, with who said it, when, and what withdrew it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.model.facts import (
    MESSAGE_FACTS,
    ExemptionClaimed,
    FactContent,
    MovedTimes,
    Retracted,
    SettingsRecorded,
    TimesBroughtBack,
    event_of,
    facts_of,
    newest_rulings,
)
from eb_sync.store.facts import read_facts, read_subject
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.said_back import describe, describe_claims
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
    events = None if workshop is None else [workshop.event_id]
    facts = read_facts(connection, snapshot.hub_id, snapshot.last_fact_id, events, withdrawn_too=True)
    withdrawn = {said.fact_id: fact.id for fact, said in facts_of(facts, Retracted)}
    said = [
        (fact, read_subject(connection, snapshot.hub_id, fact.content))
        for fact in facts
        if not isinstance(fact.content, _OF_THE_PROGRAM)
    ]
    chosen = [
        (fact, subject)
        for fact, subject in said
        if (workshop is None or _is_about(subject, workshop)) and booking_id in (None, *bookings_of(subject))
    ]
    sentences = describe(connection, snapshot, [fact.content for fact, _ in chosen])
    found = [
        RecordedFact(
            id=fact.id,
            recorded_at=fact.recorded_at,
            said_by=fact.said_by,
            kind=type(fact.content).__name__,
            sentence=sentence,
            workshop_id=getattr(subject, "workshop_id", None),
            booking_ids=bookings_of(subject),
            withdrawn_by=withdrawn.get(fact.id),
        )
        for (fact, subject), sentence in zip(chosen, sentences, strict=True)
    ]
    return found[::-1]


def read_exemptions(
    connection: sa.Connection, snapshot: Snapshot, *, only_open: bool = False
) -> list[RecordedExemption]:
    """Every exemption that stands, oldest first; `only_open`: the claims that nobody has ruled on."""
    claims, rulings = facts_of(snapshot.facts, ExemptionClaimed), newest_rulings(snapshot.facts)
    sentences = describe_claims(connection, snapshot, [claim for _, claim in claims])
    found = [
        RecordedExemption(fact.id, sentence, rulings[fact.id][1].state if fact.id in rulings else claim.state, claim)
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


def _is_about(content: FactContent, workshop: Workshop) -> bool:
    """Whether it is about this workshop, or about the whole event behind it."""
    workshop_id: str | None = getattr(content, "workshop_id", None)
    event_id: str | None = getattr(content, "event_id", None)
    if workshop_id is not None:
        return workshop_id in (workshop.id, workshop.event_id)
    return event_id is not None and event_of(event_id) == workshop.event_id

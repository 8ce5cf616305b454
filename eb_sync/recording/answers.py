"""What waits for a person, and their answers."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.facts import (
    DateDeclared,
    Fact,
    MessageBegun,
    MessageEnded,
    PersonErased,
    RegisterLoaded,
    Retracted,
    ReviewAnswered,
    SettingsRecorded,
    WalkInCame,
    facts_of,
)
from eb_sync.recording.dates import check_day_unused
from eb_sync.store.facts import read_fact, read_facts, read_retraction
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.charges import Charges, read_charges
from eb_sync.workshops.find import find_bookings, find_workshop
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, Outcome
from policies.facts import AnswerWord

_FINAL = (MessageBegun, MessageEnded, PersonErased, RegisterLoaded, Retracted, SettingsRecorded)
"""Facts that are nobody's word, or cannot be undone."""


@dataclass(frozen=True, slots=True)
class Question:
    """One place that waits for a person."""

    decision: Decision
    teacher: str
    school: str | None
    since_at: datetime
    workshop: Workshop


def find_questions(connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]) -> list[Question]:
    """All questions of these workshops, oldest first."""
    questions = [
        Question(
            decision=decision,
            teacher=charges.teachers.get(decision.booking_id, ("", ""))[0],
            school=charges.schools.get(decision.booking_id, (None, None))[0],
            since_at=decision.since_at or charges.workshop.ends_at,
            workshop=charges.workshop,
        )
        for charges in read_charges(connection, snapshot, workshops)
        for decision in charges.decisions
        if decision.outcome is Outcome.REVIEW
    ]
    return sorted(questions, key=lambda question: question.since_at)


def answer_questions(
    connection: sa.Connection, snapshot: Snapshot, workshop: str, bookings: Sequence[str], word: AnswerWord
) -> list[ReviewAnswered]:
    """The facts that answer questions at the workshop that is typed, or waive them.

    Raises:
        UsageError: as `build_answers`, or no workshop, or several, answer to what was typed.
    """
    charges = read_charges(connection, snapshot, [find_workshop(snapshot.workshops, workshop)])[0]
    return build_answers(charges, bookings, word)


def build_answers(charges: Charges, bookings: Sequence[str], word: AnswerWord) -> list[ReviewAnswered]:
    """The facts that answer the questions about these bookings, or waive them.

    Raises:
        UsageError: a booking is unknown, nothing is asked about it, or it is not asked what was answered.
    """
    decisions = {decision.booking_id: decision for decision in charges.decisions}
    found = find_bookings(list(decisions), charges.teachers, bookings)
    return [_answer(decisions[booking_id], word) for booking_id in found]


def _answer(decision: Decision, word: AnswerWord) -> ReviewAnswered:
    asked = decision.outcome is Outcome.REVIEW
    if word is not AnswerWord.WAIVE and word not in decision.answers:
        if not asked:
            raise UsageError(
                f"Nothing is asked about {decision.booking_id} at {decision.workshop_id} "
                f"({decision.outcome}, {decision.reason}); only `waive` may be said."
            )
        allowed = ", ".join(answer.value for answer in decision.answers)
        hint = " (or `ebsync exempt approve` and `refuse`)" if decision.reason == "exemption_claimed" else ""
        raise UsageError(
            f"{word} is no answer to {decision.reason} about {decision.booking_id}; answers are: {allowed}{hint}."
        )
    return ReviewAnswered(decision.workshop_id, decision.booking_id, decision.reason if asked else None, word)


def find_walk_in_fact(connection: sa.Connection, snapshot: Snapshot, text: str) -> int:
    """The id of the fact that is typed: its number, or the reference of a walk-in such as `W2`, withdrawn or not.

    Raises:
        UsageError: it is neither.
    """
    wanted = text.strip().removeprefix("#").upper()
    if wanted.isdecimal():
        return int(wanted)
    facts = read_facts(connection, snapshot.hub_id, snapshot.last_fact_id, None, withdrawn_too=True)
    found = {came.reference: fact.id for fact, came in facts_of(facts, WalkInCame)}
    if wanted in found:
        return found[wanted]
    near = ", ".join(difflib.get_close_matches(wanted, found, n=5, cutoff=0.5))
    hint = (
        f" Did you mean: {near}?" if near else " Type the number of a fact, or the reference of a walk-in such as W2."
    )
    raise UsageError(f"{text} is neither the number of a fact nor a walk-in.{hint}")


def build_retraction(connection: sa.Connection, snapshot: Snapshot, fact_id: int) -> tuple[list[Retracted], int | None]:
    """The fact that withdraws another; none where it was withdrawn already, with the id of what did.

    Raises:
        UsageError: no person recorded a fact with this id, or it cannot be withdrawn: a day, say, that was used.
    """
    hub_id = snapshot.hub_id
    fact: Fact | None = read_fact(connection, hub_id, fact_id)
    if fact is None:
        raise UsageError(f"No person recorded a fact {fact_id}. Every command that records one prints its number.")
    if isinstance(fact.content, _FINAL):
        raise UsageError(f"Fact {fact_id} is not something a person said that could be withdrawn.")
    earlier = read_retraction(connection, hub_id, fact_id)
    if isinstance(fact.content, DateDeclared) and earlier is None:
        check_day_unused(connection, snapshot, fact.content)
    return ([Retracted(fact_id)] if earlier is None else []), earlier

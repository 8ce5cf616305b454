"""What was recorded, said back in sentences: who, which school, when, what follows, and what is still open.

The sentences name teachers, so they are for the person who recorded it, on stdout or on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from eb_sync.model.facts import (
    AttendanceMarked,
    DateDeclared,
    ExemptionClaimed,
    ExemptionRuled,
    FactContent,
    NoticeReceived,
    PayerSet,
    PersonErased,
    RegisterClosed,
    RegisterLoaded,
    RegisterReopened,
    RemindersStopped,
    Retracted,
    ReviewAnswered,
    SchoolAdded,
    SchoolConfirmed,
    SubstituteCame,
    WalkInCame,
    WorkshopCalledOff,
    WorkshopMoved,
    WorkshopReinstated,
)
from eb_sync.model.reason_words import outcome_sentence
from eb_sync.store.facts import read_fact, read_subject
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.labels import read_teachers, shown_school
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Outcome
from policies.facts import ExemptionKind, Mark
from policies.places import expected_bookings
from policies.wording import LONDON, dated_text, day_text

_MARKS = {Mark.LEFT_EARLY: "left early", Mark.TURNED_AWAY: "turned away", Mark.UNMARKED: "not marked any more"}


def say_back(connection: sa.Connection, snapshot: Snapshot, contents: Sequence[FactContent]) -> tuple[str, ...]:
    """A sentence for each of these facts, just recorded, then one for what is open at each workshop.

    `snapshot` is of the moment after. Facts about schools and settings are left out.
    """
    scene = _set_scene(connection, snapshot, contents)
    said = [sentence for each in contents if (sentence := scene.say(each))]
    return (*said, *scene.say_open())


def describe(connection: sa.Connection, snapshot: Snapshot, contents: Sequence[FactContent]) -> list[str]:
    """For each of these facts, whenever it was recorded, a sentence of what it says; names included."""
    scene = _set_scene(connection, snapshot, contents)
    return [scene.describe(each) for each in contents]


def describe_claims(connection: sa.Connection, snapshot: Snapshot, claims: Sequence[ExemptionClaimed]) -> list[str]:
    """For each of these exemptions whose it is and why, without where it stands; names included."""
    scene = _set_scene(connection, snapshot, claims)
    return [_claim(scene, each) for each in claims]


def _set_scene(connection: sa.Connection, snapshot: Snapshot, contents: Sequence[FactContent]) -> _Scene:
    subjects = (read_subject(connection, snapshot.hub_id, each) for each in contents)
    of_workshops = {getattr(each, "workshop_id", None) for each in subjects}
    chosen = [workshop for workshop in snapshot.workshops if workshop.id in of_workshops]
    judged = {each.workshop.id: each for each in judge_workshops(connection, snapshot, chosen)}
    return _Scene(connection, snapshot, judged)


@dataclass(frozen=True, slots=True)
class _Scene:
    """The workshops that facts are about, as they stand now."""

    connection: sa.Connection
    snapshot: Snapshot
    judged: Mapping[str, Judged]

    def say(self, content: FactContent) -> str:
        """What one fact says and what follows for its place; empty for a fact about no workshop."""
        phrase = self.phrase(content)
        if isinstance(content, Retracted):
            withdrawn = self.phrase(read_subject(self.connection, self.snapshot.hub_id, content))
            return f"Withdrawn: {withdrawn}" if withdrawn else "Withdrawn."
        if isinstance(content, ExemptionRuled):
            claim = read_subject(self.connection, self.snapshot.hub_id, content)
            whose = _claim(self, claim) if isinstance(claim, ExemptionClaimed) else f"Exemption {content.exemption_id}"
            return f"{whose}: {content.state}."
        return " ".join(part for part in (phrase, self._follows(content)) if part)

    def describe(self, content: FactContent) -> str:
        """What one fact says, without what follows from it."""
        if isinstance(content, Retracted):
            fact = read_fact(self.connection, self.snapshot.hub_id, content.fact_id)
            return f"Withdrew fact {content.fact_id}: {'' if fact is None else self.describe(fact.content)}"
        if isinstance(content, ExemptionRuled):
            return self.say(content)
        return self.phrase(content)

    def phrase(self, content: FactContent) -> str:
        """What one fact says; empty for a fact about no workshop."""
        say: Callable[[_Scene, Any], str] | None = _PHRASES.get(type(content))
        return "" if say is None else say(self, content)

    def _follows(self, content: FactContent) -> str:
        """What is decided now about the place that the fact is to help or to mark."""
        reference: str | None = getattr(content, "replaces", None) or getattr(content, "booking_id", None)
        judged = self.judged.get(getattr(content, "workshop_id", None) or "")
        if reference is None or judged is None:
            return ""
        decision = next((each for each in judged.decisions if each.booking_id == reference), None)
        if decision is None or decision.outcome is Outcome.PENDING:
            return ""  # that it is undecided is said of the whole workshop
        return outcome_sentence(decision)

    def say_open(self) -> Iterator[str]:
        """What is still to be done at each workshop that has begun."""
        for judged in self.judged.values():
            workshop = judged.workshop
            state = workshop.state_at(self.snapshot.as_of)
            if state in (WorkshopState.RUNNING, WorkshopState.REGISTER_OPEN):
                left = len(expected_bookings(judged.facts, self.snapshot.terms.policy_for(workshop)))
                yield f"{_places(left)} still unmarked at {workshop.name}. Its register is open."
            asked = sum(decision.outcome is Outcome.REVIEW for decision in judged.decisions)
            if asked:
                yield f"{asked} question{'s' if asked > 1 else ''} about {workshop.name} still to be answered."

    def who(self, workshop_id: str, reference: str) -> str:
        """Teacher and school of a place, as the register has them; its reference where it has no name."""
        judged = self.judged.get(workshop_id)
        if judged is None:
            return reference
        name = read_teachers(self.connection, self.snapshot, judged.newest()).get(reference, ("", ""))[0] or reference
        school = shown_school(self.snapshot, judged, reference)
        return f"{name}, {school}" if school else name

    def school(self, key: str) -> str:
        """What a school key stands for: the known school's name, else what was typed."""
        kind, _, value = key.partition(":")
        book = self.snapshot.school_book
        if kind == "id":
            return book.schools[value].name if value in book.schools else value
        return next((each.name for each in self.snapshot.typed_schools.values() if each.name_key == value), value)

    def workshop(self, workshop_id: str) -> str:
        """A workshop's name and day."""
        found = next((each for each in self.snapshot.workshops if each.id == workshop_id), None)
        return workshop_id if found is None else f"{found.name} ({day_text(found.local_on)})"

    def times(self, content: DateDeclared | WorkshopMoved) -> str:
        """Start and end in the event's local time."""
        event_id = content.event_id if isinstance(content, DateDeclared) else content.workshop_id
        found: Workshop | None = next(
            (each for each in self.snapshot.workshops if event_id in (each.id, each.event_id)), None
        )
        zone = LONDON if found is None else found.zone
        return f"{dated_text(content.starts_at, zone)} to {content.ends_at.astimezone(zone):%H:%M}"


def _places(number: int) -> str:
    return {0: "No place is", 1: "1 place is"}.get(number, f"{number} places are")


def _mark(scene: _Scene, fact: AttendanceMarked) -> str:
    said = _MARKS.get(fact.mark, str(fact.mark))
    who = scene.who(fact.workshop_id, fact.booking_id)
    if fact.is_contested:
        return f"{who}: the file says {said}, and a later correction stays."
    return f"{who}: {said}."


def _walk_in(scene: _Scene, fact: WalkInCame) -> str:
    instead = f", in place of {scene.who(fact.workshop_id, fact.replaces)}" if fact.replaces else ""
    who = scene.who(fact.workshop_id, fact.reference)
    return f"{who}: came without a booking{instead}. The reference is {fact.reference}."


def _substitute(scene: _Scene, fact: SubstituteCame) -> str:
    who, whom = (scene.who(fact.workshop_id, each) for each in (fact.substitute_id, fact.replaces))
    return f"{who}: came in place of {whom}."


def _notice(scene: _Scene, fact: NoticeReceived) -> str:
    if fact.booking_id is not None:
        who = scene.who(fact.workshop_id, fact.booking_id)
    else:
        who = f"{scene.school(fact.school_key or '')}, every booking now and later"
    received = dated_text(fact.received_at)  # as it is typed: London's clock, wherever the workshop is
    return f"{who}: notice received on {received} ({fact.channel}), for {scene.workshop(fact.workshop_id)}."


def _exemption(scene: _Scene, fact: ExemptionClaimed) -> str:
    state = f"approved by {fact.approved_by}" if fact.approved_by else str(fact.state)
    return f"{_claim(scene, fact)}: {state}."


def _claim(scene: _Scene, fact: ExemptionClaimed) -> str:
    """Whose exemption it is and why."""
    if fact.kind is ExemptionKind.OFSTED and fact.from_on and fact.until_on:
        days = f"{day_text(fact.from_on)} to {day_text(fact.until_on)}"
        return f"{scene.school(fact.school_key or '')}, Ofsted inspection, {days}"
    workshop_id = fact.workshop_id or ""
    who = scene.who(workshop_id, fact.booking_id) if fact.booking_id else scene.school(fact.school_key or "")
    return f"{who}, extenuating circumstances ({fact.code}) at {scene.workshop(workshop_id)}"


def _answer(scene: _Scene, fact: ReviewAnswered) -> str:
    return f'{scene.who(fact.workshop_id, fact.booking_id)}: the answer is "{fact.word}".'


_PHRASES: Mapping[type[Any], Callable[[_Scene, Any], str]] = {
    AttendanceMarked: _mark,
    WalkInCame: _walk_in,
    SubstituteCame: _substitute,
    NoticeReceived: _notice,
    ExemptionClaimed: _exemption,
    ReviewAnswered: _answer,
    RegisterClosed: lambda scene, fact: f"The register of {scene.workshop(fact.workshop_id)} is closed.",
    RegisterReopened: lambda scene, fact: f"The register of {scene.workshop(fact.workshop_id)} is open again.",
    DateDeclared: lambda scene, fact: f"{scene.workshop(f'{fact.event_id}/{fact.day}')}: {scene.times(fact)}.",
    WorkshopMoved: lambda scene, fact: f"{scene.workshop(fact.workshop_id)}: it is on {scene.times(fact)}.",
    WorkshopCalledOff: lambda scene, fact: f"{scene.workshop(fact.workshop_id)} is called off: no charge.",
    WorkshopReinstated: lambda scene, fact: f"{scene.workshop(fact.workshop_id)} takes place after all.",
    SchoolAdded: lambda _, fact: f"{fact.name}, {fact.postcode}: added as school {fact.school_id}.",
    SchoolConfirmed: lambda scene, fact: (
        f"{fact.booking_id or scene.school(f'name:{fact.name_key}')}: is {scene.school(f'id:{fact.school_id}')}."
    ),
    PayerSet: lambda scene, fact: f"{scene.school(f'id:{fact.payer_id}')}: who pays for it was set.",
    RegisterLoaded: lambda _, fact: f"GIAS was loaded: {fact.layout}, {fact.file_name}.",
    PersonErased: lambda _, fact: f"Somebody's name was erased ({', '.join(fact.booking_ids) or 'no booking'}).",
    RemindersStopped: lambda _, __: "Reminders to somebody were stopped.",
}

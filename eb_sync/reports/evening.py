"""A workshop on its evening: who was expected, what is open, and what it would come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.billing.invoicing import PlanChoice, read_chosen_plan
from eb_sync.billing.plan import InvoicePlan
from eb_sync.errors import UsageError
from eb_sync.recording.answers import Question, find_questions
from eb_sync.recording.attendance import find_register
from eb_sync.reports.recorded import RecordedExemption, read_exemptions
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.snapshot import Snapshot
from policies.facts import ExemptionState, Mark
from policies.places import expected_bookings

_BEGUN = (WorkshopState.RUNNING, WorkshopState.REGISTER_OPEN, WorkshopState.REGISTER_CLOSED)


@dataclass(frozen=True, slots=True)
class EveningPlace:
    """Somebody on the register."""

    reference: str
    teacher: str
    """Empty where there is no name, or none any more."""
    school: str
    """Empty where it is not known."""
    mark: Mark | None
    is_unmarked: bool
    """Whether they were expected, and nobody has said yet whether they came."""

    @property
    def in_words(self) -> str:
        """Where they stand on the register."""
        if self.is_unmarked:
            return "not marked yet"
        return "came" if self.mark is None else self.mark.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Evening:
    """What a lead has to know of a workshop that has begun."""

    workshop: Workshop
    state: WorkshopState
    places: tuple[EveningPlace, ...]
    claims: tuple[RecordedExemption, ...]
    """Exemptions about this workshop that nobody has ruled on; of an inspection, those whose days it lies in."""
    questions: tuple[Question, ...]
    plan: InvoicePlan

    @property
    def unmarked(self) -> tuple[EveningPlace, ...]:
        """Whom nobody has marked yet."""
        return tuple(place for place in self.places if place.is_unmarked)


def choose_evening(snapshot: Snapshot) -> Workshop:
    """The workshop that ended last; of one day's, one whose register is open goes before one that is closed.

    Raises:
        UsageError: none has begun yet.
    """
    begun = [workshop for workshop in snapshot.workshops if workshop.state_at(snapshot.as_of) in _BEGUN]
    if not begun:
        raise UsageError("No workshop has begun yet.")
    newest = max(begun, key=lambda workshop: (workshop.ends_at, workshop.id))
    same_day = [workshop for workshop in begun if workshop.local_on == newest.local_on]

    def urgency(workshop: Workshop) -> tuple[bool, datetime, str]:
        is_open = workshop.state_at(snapshot.as_of) is not WorkshopState.REGISTER_CLOSED
        return is_open, workshop.ends_at, workshop.id

    return max(same_day, key=urgency)


def read_evening(connection: sa.Connection, snapshot: Snapshot, workshop: Workshop) -> Evening:
    """The workshop as of the snapshot's instant."""
    register = find_register(connection, snapshot, workshop.id)
    policy = snapshot.terms.policy_for(workshop)
    unmarked, marks = set(expected_bookings(register.judged.facts, policy)), register.marks()
    came = register.seen_without_mark() | {walk_in.reference for walk_in in register.judged.facts.walk_ins}
    shown = [each for each in register.references if each in unmarked or each in marks or each in came]
    return Evening(
        workshop=workshop,
        state=workshop.state_at(snapshot.as_of),
        places=tuple(
            EveningPlace(each, register.teacher(each), register.school(each), marks.get(each), each in unmarked)
            for each in shown
        ),
        claims=tuple(claim for claim in read_exemptions(connection, snapshot) if _waits_here(claim, workshop)),
        questions=tuple(find_questions(connection, snapshot, [workshop])),
        plan=read_chosen_plan(connection, snapshot, PlanChoice(workshop.id, None, ())),
    )


def _waits_here(claim: RecordedExemption, workshop: Workshop) -> bool:
    if claim.state is not ExemptionState.CLAIMED:
        return False
    if claim.claim.from_on is not None and claim.claim.until_on is not None:
        return claim.claim.from_on <= workshop.local_on <= claim.claim.until_on
    return claim.claim.workshop_id in (workshop.id, workshop.event_id)

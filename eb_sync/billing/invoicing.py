"""From what was asked to a plan: which workshops, which school, which bookings left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from eb_sync.billing.plan import InvoicePlan, PlaceState, Waiting
from eb_sync.billing.state import billable_workshops, read_gone, read_plan
from eb_sync.errors import UsageError
from eb_sync.model.facts import event_of
from eb_sync.model.reason_words import WORKSHOP_GONE
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.charges import read_charges
from eb_sync.workshops.find import find_bookings, find_school, find_workshop
from eb_sync.workshops.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """Which places a plan is about, as typed."""

    workshop: str | None
    """None: every workshop whose register is closed, or that has open lines."""
    school: str | None
    left_out: tuple[str, ...]


def read_chosen_plan(connection: sa.Connection, snapshot: Snapshot, choice: PlanChoice) -> InvoicePlan:
    """The plan for what was chosen.

    Raises:
        UsageError: a workshop, school or booking is unknown or ambiguous.
    """
    if choice.workshop is None:
        workshops = billable_workshops(connection, snapshot)
    else:
        workshops = [find_workshop(snapshot.workshops, choice.workshop)]
    school_id = None if choice.school is None else find_school(snapshot.school_book, choice.school)
    left_out = _left_out(connection, snapshot, workshops, choice.left_out)

    def is_wanted(place: PlaceState) -> bool:
        if place.booking_id in left_out:
            return False
        schools = {place.school.id if place.school is not None else None}
        if place.issued is not None:
            schools.add(place.issued.school_id)
        return school_id is None or school_id in schools

    plan = read_plan(connection, snapshot, workshops, is_wanted)
    chosen = {workshop.event_id for workshop in workshops}
    gone = [
        Waiting(line.workshop_id, line.booking_id, WORKSHOP_GONE, line.gross_pence)
        for line in read_gone(connection, snapshot)
        if (choice.workshop is None or event_of(line.workshop_id) in chosen)
        and line.booking_id not in left_out
        and school_id in (None, line.school_id)
    ]
    return replace(plan, held=(*plan.held, *gone))


def _left_out(
    connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop], texts: Sequence[str]
) -> frozenset[str]:
    if not texts:
        return frozenset()
    charges = read_charges(connection, snapshot, workshops)
    references = [decision.booking_id for one in charges for decision in one.decisions]
    if not references:
        raise UsageError("There is no booking that could be left out.")
    teachers = {reference: teacher for one in charges for reference, teacher in one.teachers.items()}
    return frozenset(find_bookings(list(dict.fromkeys(references)), teachers, texts))

"""Reading what a plan needs: decisions, issued lines and schools, for one workshop or for all that may be billed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from eb_sync.billing.payer import find_payer
from eb_sync.billing.plan import InvoicePlan, PlaceState, plan_invoices
from eb_sync.model.facts import event_of
from eb_sync.store.documents import IssuedLine, open_lines, read_lines, read_open_workshops
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.judge import Judged, by_frozen_policy, judge_workshops
from eb_sync.workshops.snapshot import Snapshot


def read_plan(
    connection: sa.Connection,
    snapshot: Snapshot,
    workshops: Sequence[Workshop],
    wanted: Callable[[PlaceState], bool] = lambda _place: True,
) -> InvoicePlan:
    """The plan for these workshops as of the snapshot's instant; documents issued later are not counted."""
    ids = [workshop.id for workshop in workshops]
    return _plan(connection, snapshot, ids, judge_workshops(connection, snapshot, workshops), wanted)


def plan_supposed(connection: sa.Connection, snapshot: Snapshot, judged: Judged) -> InvoicePlan:
    """The plan for one workshop if this were what is known of it."""
    return _plan(connection, snapshot, [judged.workshop.id], [judged], lambda _place: True)


def _plan(
    connection: sa.Connection,
    snapshot: Snapshot,
    workshop_ids: Sequence[str],
    judged: Iterable[Judged],
    wanted: Callable[[PlaceState], bool],
) -> InvoicePlan:
    issued = open_lines(read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, workshop_ids))
    places = [place for each in judged for place in _places(connection, snapshot, each, issued)]
    return plan_invoices(places, snapshot.school_book.schools, wanted)


def read_gone(connection: sa.Connection, snapshot: Snapshot) -> list[IssuedLine]:
    """Open lines of workshops that are not there any more, whose day was withdrawn; of the snapshot's events alone."""
    known, events = {workshop.id for workshop in snapshot.workshops}, {w.event_id for w in snapshot.workshops}
    gone = [
        workshop_id
        for workshop_id in read_open_workshops(connection, snapshot.hub_id, snapshot.issued_by_at) - known
        if event_of(workshop_id) in events
    ]
    lines = open_lines(read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, sorted(gone))) if gone else {}
    return [lines[key] for key in sorted(lines)]


def billable_workshops(connection: sa.Connection, snapshot: Snapshot) -> list[Workshop]:
    """Workshops that `invoices` without a WORKSHOP is about: closed registers, and whatever has open lines."""
    with_lines = read_open_workshops(connection, snapshot.hub_id, snapshot.issued_by_at)
    return [
        workshop
        for workshop in snapshot.workshops
        if workshop.state_at(snapshot.as_of) is WorkshopState.REGISTER_CLOSED or workshop.id in with_lines
    ]


def _places(
    connection: sa.Connection, snapshot: Snapshot, judged: Judged, issued: Mapping[tuple[str, str], IssuedLine]
) -> Iterator[PlaceState]:
    """The workshop's places in the order of its decisions, then issued lines whose booking is no place any more."""
    workshop_id, policy = judged.workshop.id, snapshot.terms.policy_for(judged.workshop)
    here = {booking_id: line for (about, booking_id), line in issued.items() if about == workshop_id}
    frozen = by_frozen_policy(connection, snapshot, judged, here)
    decisions = judged.by_booking()
    for booking_id in [*decisions, *(key for key in here if key not in decisions)]:
        decision, digest = decisions.get(booking_id), policy.digest
        if booking_id in here:
            # a policy changed since never touches an issued line: its own text decides about it
            decision, digest = frozen[booking_id], here[booking_id].policy_digest
        typed = judged.typed_school(snapshot, booking_id)
        school_id = snapshot.school_book.identify(booking_id, typed, judged.workshop.local_on)
        absent_id = snapshot.school_book.identify(booking_id, typed) if school_id is None else None
        observation = judged.newest().get(booking_id)
        yield PlaceState(
            workshop_id=workshop_id,
            booking_id=booking_id,
            decision=decision,
            policy_digest=digest,
            school=None if school_id is None else snapshot.school_book.school(school_id),
            payer=None if school_id is None else find_payer(snapshot, school_id),
            typed_school="" if typed is None else typed.name,
            typed_urn="" if typed is None else typed.urn,
            issued=here.get(booking_id),
            same_school_ids=snapshot.school_book.relatives(school_id, judged.workshop.local_on),
            absent_school=None if absent_id is None else snapshot.school_book.school(absent_id),
            name_id=None
            if observation is None
            else judged.rows.persons.name_id(observation.person_id, observation.name_id),
        )

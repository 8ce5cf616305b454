"""The decisions about workshops with the people and schools that they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.store.documents import IssuedLine, open_lines, read_lines
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import Judged, judge_workshops, stand_by_lines
from eb_sync.workshops.labels import initials, place_labels, read_teachers
from eb_sync.workshops.places import walk_in_identities
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision


@dataclass(frozen=True, slots=True)
class Charges:
    """One workshop's decisions, with who they are about."""

    workshop: Workshop
    decisions: tuple[Decision, ...]
    teachers: Mapping[str, tuple[str, str]]
    """Name and e-mail address by reference."""
    schools: Mapping[str, tuple[str | None, str | None]]
    """Name (confirmed, else as typed) and URN (confirmed only) by reference."""
    attendee_ids: Mapping[str, str]
    """Eventbrite's id by reference; walk-ins have none."""
    labels: Mapping[str, str]
    """What a paper calls each place, by reference: initials, or which place of which order. Never a name."""
    booked_at: Mapping[str, datetime]
    """By reference; walk-ins have none."""
    issued: Mapping[str, IssuedLine]
    """The open line of each place that is invoiced, by reference; its booking may be no place any more."""


def read_charges(connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]) -> list[Charges]:
    """The decisions of these workshops, in the order given; about invoiced places by the policy of their invoice."""
    ids = [workshop.id for workshop in workshops]
    lines: dict[str, dict[str, IssuedLine]] = defaultdict(dict)
    for line in open_lines(read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, ids)).values():
        lines[line.workshop_id][line.booking_id] = line
    return [
        _charges(connection, snapshot, judged, lines[judged.workshop.id])
        for judged in judge_workshops(connection, snapshot, workshops)
    ]


def _charges(
    connection: sa.Connection, snapshot: Snapshot, judged: Judged, issued: Mapping[str, IssuedLine]
) -> Charges:
    newest = judged.newest()
    teachers = read_teachers(connection, snapshot, newest)
    labels = place_labels(teachers, newest, judged.workshop.other_classes)
    return Charges(
        workshop=judged.workshop,
        decisions=stand_by_lines(connection, snapshot, judged, issued),
        teachers=teachers,
        schools=_schools(snapshot, judged),
        attendee_ids={booking_id: observation.attendee_id for booking_id, observation in newest.items()},
        labels={reference: initials(name) for reference, (name, _) in teachers.items()} | labels,
        booked_at={booking_id: observation.created_at for booking_id, observation in newest.items()},
        issued=issued,
    )


def _schools(snapshot: Snapshot, judged: Judged) -> dict[str, tuple[str | None, str | None]]:
    book = snapshot.school_book
    schools: dict[str, tuple[str | None, str | None]] = {}
    for booking_id in judged.newest():
        typed = judged.typed_school(snapshot, booking_id)
        school_id = book.identify(booking_id, typed, judged.workshop.local_on)
        if school_id is not None:
            confirmed = book.school(school_id)
            schools[booking_id] = (confirmed.name, confirmed.urn)
        else:
            schools[booking_id] = (typed.name or None if typed is not None else None, None)
    for reference, (school_id, typed_name) in walk_in_identities(snapshot).items():
        school = book.schools.get(school_id or "")
        schools[reference] = (typed_name, None) if school is None else (school.name, school.urn)
    return schools

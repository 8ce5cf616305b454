"""Who attended which workshops of a work group, for certificates: one person once, whatever they booked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.certificates import AttendedWorkshop, Certificate
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.labels import read_teachers
from eb_sync.workshops.snapshot import Snapshot
from policies.facts import Mark
from policies.place import Place
from policies.places import build_places


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """What the lead and the settings say about all certificates."""

    lead: str | None
    hub: str | None
    minutes: int | None
    """For each workshop; None: as long as it took."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """The certificates of a work group, by reference, and what stands in their way."""

    certificates: tuple[Certificate, ...]
    nameless: int
    """How many attended whose name is not known (any more), seats that were booked without one among them."""
    open_registers: tuple[str, ...]
    """Workshops whose register may still change, by start."""


@dataclass(slots=True)
class _Attendance:
    """One place that was taken."""

    reference: str
    workshop: Workshop
    name: str
    is_whole: bool
    """Neither marked as late nor as having left early."""
    keys: frozenset[object]
    """Under each of these it is the same person's as another place; none for a seat without a name of its own."""


@dataclass(slots=True)
class _Person:
    keys: set[object] = field(default_factory=set)
    attended: list[_Attendance] = field(default_factory=list)


def build_certificates(
    connection: sa.Connection, snapshot: Snapshot, workgroup_id: str, terms: CertificateSettings
) -> Certificates:
    """A certificate for everybody who attended at least one workshop of the work group that has begun.

    Who came is as the register has it: marked present, late or left early, or checked in where that can only mean this
    day; and as answered where both left it open. Same person: same name and e-mail, or same name and confirmed school.

    Raises:
        UsageError: nobody attended.
    """
    workshops = [workshop for workshop in snapshot.workshops if workshop.workgroup_id == workgroup_id]
    held = [each for each in workshops if _is_held(snapshot, each)]
    attended = [
        attendance
        for judged in judge_workshops(connection, snapshot, held)
        for attendance in _attendances(connection, snapshot, judged)
    ]
    if not attended:
        raise UsageError(f"Nobody is known to have attended a workshop of {workgroup_id}: no certificate was written.")
    title = workshops[0].title
    people = _group(attended)
    built = [_certificate(person.attended, title, terms) for person in people if _name(person.attended)]
    return Certificates(
        certificates=tuple(sorted(built, key=lambda certificate: certificate.reference)),
        nameless=len(people) - len(built),
        open_registers=tuple(workshop.id for workshop in held if workshop.closed_at is None),
    )


def _is_held(snapshot: Snapshot, workshop: Workshop) -> bool:
    return workshop.dates_known and not workshop.is_called_off and workshop.starts_at <= snapshot.as_of


def _attendances(connection: sa.Connection, snapshot: Snapshot, judged: Judged) -> Iterator[_Attendance]:
    teachers = read_teachers(connection, snapshot, judged.newest())
    for place in build_places(judged.facts, snapshot.terms.policy_for(judged.workshop)):
        if place.came and not place.is_no_seat:
            # a seat without a name of its own carries the name of whoever booked it
            name = "" if place.is_unnamed_seat else teachers.get(place.id, ("", ""))[0]
            is_late = place.is_arrival or (place.arrived_as is not None and not place.arrived_as.is_no_seat)
            is_whole = not is_late if place.mark is None else place.mark.mark is Mark.PRESENT
            yield _Attendance(place.id, judged.workshop, " ".join(name.split()), is_whole, _keys(place))


def _keys(place: Place) -> frozenset[object]:
    if place.is_unnamed_seat:
        return frozenset([place.id])
    known = place.name_id is not None and place.school_id is not None
    return frozenset([place.person_id, *([(place.name_id, place.school_id)] if known else [])])


def _group(attended: Iterable[_Attendance]) -> list[_Person]:
    """The places of each person, in the order given."""
    people: list[_Person] = []
    for attendance in attended:
        same = [person for person in people if person.keys & attendance.keys]
        merged = same[0] if same else _Person()
        for other in same[1:]:
            # the place shows that two persons so far are one
            merged.keys |= other.keys
            merged.attended += other.attended
            people.remove(other)
        if not same:
            people.append(merged)
        merged.keys |= attendance.keys
        merged.attended.append(attendance)
    return people


def _name(attended: Sequence[_Attendance]) -> str:
    return next((each.name for each in reversed(_by_start(attended)) if each.name), "")


def _by_start(attended: Iterable[_Attendance]) -> list[_Attendance]:
    return sorted(attended, key=lambda each: (each.workshop.starts_at, each.workshop.id, each.reference))


def _certificate(attended: Sequence[_Attendance], title: str, terms: CertificateSettings) -> Certificate:
    ordered = _by_start(attended)
    whole = {each.workshop.id for each in ordered if each.is_whole}
    workshops = {
        each.workshop.id: _attended_workshop(each.workshop, terms, is_whole=each.workshop.id in whole)
        for each in ordered
    }
    return Certificate(
        reference=ordered[0].reference,
        name=_name(attended),
        title=title,
        workshops=tuple(workshops.values()),
        lead=terms.lead,
        hub=terms.hub,
    )


def _attended_workshop(workshop: Workshop, terms: CertificateSettings, *, is_whole: bool) -> AttendedWorkshop:
    length = (workshop.ends_at - workshop.starts_at) // timedelta(minutes=1)
    minutes = length if terms.minutes is None else terms.minutes
    return AttendedWorkshop(
        workshop.title, workshop.starts_at, workshop.ends_at, minutes if is_whole else None, workshop.zone
    )

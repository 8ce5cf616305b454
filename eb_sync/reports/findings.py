"""Findings about work groups: schools short of two teachers, events that vanished, dates in dispute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation, TypedRole, reference_of
from eb_sync.store.people import read_names, read_typed_roles
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.event_rows import EventRows, read_event_rows
from eb_sync.workshops.snapshot import Snapshot
from policies.facts import Nomination, Presence, WorkgroupFacts, WorkshopNominations
from policies.two_teachers import assess_workgroup, find_unknown_roles
from policies.wording import day_text

LOOKING_BACK = timedelta(days=14)
"""How long after its last workshop a work group is still reported when none is named."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding with the school's name."""

    workgroup_id: str
    workshop_id: str | None
    school: str | None
    school_urn: str | None
    finding: str
    severity: str
    booking_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about one work group."""

    findings: tuple[Reported, ...]
    unknown_roles: Mapping[str, tuple[str, ...]]
    """Roles as typed that the policy does not know, each with its bookings."""
    teachers: Mapping[str, str] = field(default_factory=dict)
    """Names by the references in the findings and roles; for those who run the workshops."""
    places: Mapping[str, str] = field(default_factory=dict)
    """What people call each workshop and the work group, by id: name and day."""


def read_findings(connection: sa.Connection, snapshot: Snapshot, workgroup_id: str | None) -> list[Reported]:
    """Findings about one work group, or about all in scope that are current and not called off."""
    return [finding for report in read_reports(connection, snapshot, workgroup_id) for finding in report.findings]


def read_reports(connection: sa.Connection, snapshot: Snapshot, workgroup_id: str | None) -> Iterator[Report]:
    """What there is to say about one work group, or about all in scope that are current and not called off."""
    groups: dict[str, list[Workshop]] = defaultdict(list)
    for workshop in snapshot.workshops:
        groups[workshop.workgroup_id].append(workshop)
    roles = read_typed_roles(connection, snapshot.hub_id)
    for group_id, workshops in groups.items():
        wanted = group_id == workgroup_id if workgroup_id is not None else _is_current(snapshot, workshops)
        if wanted:
            rows = read_event_rows(connection, snapshot, [workshop.event_id for workshop in workshops])
            report = _report(snapshot, group_id, workshops, _Known(rows, roles))
            yield replace(report, teachers=_names(connection, snapshot, rows), places=_places(group_id, workshops))


def _names(connection: sa.Connection, snapshot: Snapshot, rows: Mapping[str, EventRows]) -> dict[str, str]:
    newest = [history[-1] for each in rows.values() for history in each.bookings.values()]
    names = read_names(connection, snapshot.hub_id, [observation.profile_id for observation in newest])
    return {reference_of(each.attendee_id): names.get(each.profile_id, ("", ""))[0] for each in newest}


def _places(group_id: str, workshops: Sequence[Workshop]) -> dict[str, str]:
    group = {group_id: f"{workshops[0].slug}, {len(workshops)} days"} if len(workshops) > 1 else {}
    named = {workshop.id: f"{workshop.name}, {day_text(workshop.local_on)}" for workshop in workshops}
    return {group_id: next(iter(named.values())), **named, **group}


@dataclass(frozen=True, slots=True)
class _Known:
    rows: dict[str, EventRows]
    roles: dict[int, TypedRole]


def _is_current(snapshot: Snapshot, workshops: Sequence[Workshop]) -> bool:
    going = [workshop for workshop in workshops if not workshop.is_called_off and snapshot.terms.covers(workshop)]
    return any(workshop.ends_at + LOOKING_BACK > snapshot.as_of for workshop in going)


def _report(snapshot: Snapshot, group_id: str, workshops: Sequence[Workshop], known: _Known) -> Report:
    going = [workshop for workshop in workshops if not workshop.is_called_off]
    reported = [about for workshop in workshops for about in _event_findings(snapshot, workshop, known)]
    if not going:
        return Report(tuple(reported), {})
    ahead = [workshop.local_on for workshop in going if workshop.ends_at > snapshot.as_of]
    on = min(ahead) if ahead else max(workshop.local_on for workshop in going)
    facts = WorkgroupFacts(
        id=group_id,
        on=on,
        workshops=tuple(
            WorkshopNominations(workshop.id, workshop.local_on, _nominations(snapshot, workshop, known, on))
            for workshop in going
        ),
    )
    policy = snapshot.terms.policy_for(going[0])
    for finding in assess_workgroup(facts, policy):
        school = None if finding.school_id is None else snapshot.school_book.school(finding.school_id)
        reported.append(
            Reported(
                finding.workgroup_id,
                finding.workshop_id,
                _typed_name(snapshot, known, finding.booking_ids) if school is None else school.name,
                None if school is None else school.urn,
                finding.kind,
                finding.severity,
                finding.booking_ids,
            )
        )
    return Report(tuple(reported), find_unknown_roles(facts, policy))


def _event_findings(snapshot: Snapshot, workshop: Workshop, known: _Known) -> list[Reported]:
    kinds = []
    active = any(history[-1].presence is Presence.ACTIVE for history in known.rows[workshop.event_id].bookings.values())
    if not workshop.is_bookable and active and not workshop.is_called_off and workshop.ends_at > snapshot.as_of:
        kinds.append("event_vanished")
    if workshop.disputed is not None:
        kinds.append("page_dates_changed" if workshop.page_changed else "date_changed_after_end")
    return [Reported(workshop.workgroup_id, workshop.id, None, None, kind, "error", ()) for kind in kinds]


def _nominations(snapshot: Snapshot, workshop: Workshop, known: _Known, on: date) -> tuple[Nomination, ...]:
    """Active bookings; a school counts under the number that it has on one day, whichever it had at each workshop."""
    rows = known.rows[workshop.event_id]
    newest = [history[-1] for history in rows.bookings.values()]
    return tuple(
        _nomination(snapshot, observation, known, on)
        for observation in sorted(newest, key=lambda o: (o.created_at, o.attendee_id))
        if observation.presence is Presence.ACTIVE
        and observation.ticket_class_id not in workshop.other_classes
        and not rows.persons.is_one_of(observation.person_id, snapshot.terms.recorded.guest_ids)
        and observation.created_at < workshop.starts_at
    )


def _nomination(snapshot: Snapshot, observation: BookingObservation, known: _Known, on: date) -> Nomination:
    typed = snapshot.typed_schools.get(observation.typed_school_id or 0)
    role = known.roles.get(observation.typed_role_id or 0)
    persons = known.rows[observation.event_id].persons
    reference = reference_of(observation.attendee_id)
    return Nomination(
        booking_id=reference,
        order_id=observation.order_id,
        created_at=observation.created_at,
        person_id=persons.person_id(observation.person_id),
        name_id=persons.name_id(observation.person_id, observation.name_id),
        school_id=snapshot.school_book.identify(reference, typed, on),
        role="" if role is None else role.role,
        leadership="" if role is None else role.leadership,
    )


def _typed_name(snapshot: Snapshot, known: _Known, booking_ids: Sequence[str]) -> str | None:
    for rows in known.rows.values():
        for attendee_id, history in rows.bookings.items():
            if reference_of(attendee_id) in booking_ids:
                typed = snapshot.typed_schools.get(history[-1].typed_school_id or 0)
                return None if typed is None else typed.name or None
    return None

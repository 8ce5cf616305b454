"""The register as a sheet, for page and spreadsheet."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from eb_sync.model.registers import Register, RegisterRow
from eb_sync.store.documents import open_lines, read_lines
from eb_sync.store.people import read_typed_roles
from eb_sync.workshops.judge import Judged, stand_by_lines
from eb_sync.workshops.labels import read_teachers, shown_school
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, NoticeGiven, Outcome
from policies.facts import Mark, Presence
from policies.notice import deadline_for
from policies.places import is_checked_in
from policies.wording import local_text


def build_register(connection: sa.Connection, snapshot: Snapshot, judged: Judged, lead: str | None = None) -> Register:
    """The register as known at the snapshot's instant: one row for each place, by school and then name."""
    workshop = judged.workshop
    teachers = read_teachers(connection, snapshot, judged.newest())
    roles = read_typed_roles(connection, snapshot.hub_id)
    issued = open_lines(read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, [workshop.id]))
    here = {booking_id: line for (_, booking_id), line in issued.items()}
    rows = [
        _row(snapshot, judged, decision, teachers) for decision in stand_by_lines(connection, snapshot, judged, here)
    ]
    with_roles = [_with_role(row, judged, {number: role.role for number, role in roles.items()}) for row in rows]
    terms = snapshot.terms.policy_for(workshop).version_on(workshop.local_on)
    return Register(
        workshop_id=workshop.id,
        code=workshop.slug if workshop.day is None else f"{workshop.slug}/{workshop.day}",
        title=workshop.title,
        starts_at=workshop.starts_at,
        ends_at=workshop.ends_at,
        deadline=None
        if terms is None
        else deadline_for(terms, workshop.starts_at, workshop.deliveries, workshop.zone).sentence,
        venue=workshop.venue,
        closed_at=workshop.closed_at,
        rows=tuple(
            sorted(with_roles, key=lambda row: (row.school.casefold(), row.teacher.casefold(), row.booking_ref))
        ),
        lead=lead,
        zone=workshop.zone,
    )


def _row(snapshot: Snapshot, judged: Judged, decision: Decision, teachers: dict[str, tuple[str, str]]) -> RegisterRow:
    reference = decision.booking_id
    return RegisterRow(
        booking_ref=reference,
        teacher=teachers.get(reference, ("", ""))[0],
        school=shown_school(snapshot, judged, reference),
        role="",
        booking_status=_status(judged, reference),
        attendance=_attendance(judged, reference),
        notice="" if decision.notice is None else _notice(decision.notice, judged.workshop.zone),
        charge_pence=decision.amount_pence if decision.outcome is Outcome.CHARGE else None,
    )


def _with_role(row: RegisterRow, judged: Judged, roles: dict[int, str]) -> RegisterRow:
    observation = judged.newest().get(row.booking_ref)
    role = "" if observation is None else roles.get(observation.typed_role_id or 0, "")
    fields = {name: getattr(row, name) for name in RegisterRow.__slots__}
    return RegisterRow(**{**fields, "role": role})


def _status(judged: Judged, reference: str) -> str:
    observation = judged.newest().get(reference)
    if observation is None:
        return "walk_in"
    history = judged.rows.bookings[observation.attendee_id]
    readable = [o.presence for o in history if o.presence is not Presence.UNREADABLE]
    return (readable or [Presence.ACTIVE])[-1].value


def _attendance(judged: Judged, reference: str) -> str:
    marks = [mark.mark for mark in judged.facts.marks if mark.booking_id == reference and not mark.is_contested]
    if marks and marks[-1] is not Mark.UNMARKED:
        return marks[-1].value
    booking = next((booking for booking in judged.facts.bookings if booking.id == reference), None)
    if booking is None:
        return Mark.PRESENT.value
    checked_in = is_checked_in(judged.facts, booking)
    is_stand_in = any(link.substitute_id == reference for link in judged.facts.links)
    return Mark.PRESENT.value if checked_in or is_stand_in else ""


def _notice(notice: NoticeGiven, zone: ZoneInfo) -> str:
    how = "cancelled by" if notice.channel == "eventbrite" else f"{notice.channel} on"
    return f"{how} {local_text(notice.latest_at, zone)}, {notice.verdict.replace('_', ' ')}"

"""Decisions for people: as a list, as JSON, and explained in words that a head teacher accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from eb_sync.export.wording import format_instant, format_times
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.labels import read_teachers
from eb_sync.workshops.places import Picture, walk_in_identities
from policies.decisions import Decision, NoticeGiven, Outcome, Reason


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


def read_charges(connection: sa.Connection, picture: Picture, workshops: Sequence[Workshop]) -> list[Charges]:
    """The decisions of these workshops, in the order given."""
    return [_charges(connection, picture, judged) for judged in judge_workshops(connection, picture, workshops)]


def _charges(connection: sa.Connection, picture: Picture, judged: Judged) -> Charges:
    newest = judged.newest()
    return Charges(
        workshop=judged.workshop,
        decisions=judged.decisions,
        teachers=read_teachers(connection, picture, newest),
        schools=_schools(picture, judged),
        attendee_ids={booking_id: observation.attendee_id for booking_id, observation in newest.items()},
    )


def _schools(picture: Picture, judged: Judged) -> dict[str, tuple[str | None, str | None]]:
    book = picture.school_book
    schools: dict[str, tuple[str | None, str | None]] = {}
    for booking_id in judged.newest():
        typed = judged.typed_school(picture, booking_id)
        school_id = book.identify(booking_id, typed, judged.workshop.local_on)
        if school_id is not None:
            confirmed = book.school(school_id)
            schools[booking_id] = (confirmed.name, confirmed.urn)
        else:
            schools[booking_id] = (typed.name or None if typed is not None else None, None)
    for reference, (school_id, typed_name) in walk_in_identities(picture).items():
        school = book.schools.get(school_id or "")
        schools[reference] = (typed_name, None) if school is None else (school.name, school.urn)
    return schools


def charges_json(charges: Charges, picture: Picture) -> dict[str, Any]:
    """As DESIGN section 6 has it."""
    workshop = charges.workshop
    return {
        "workshop": {
            "id": workshop.id,
            "title": workshop.title,
            "starts_at": workshop.starts_at,
            "ends_at": workshop.ends_at,
            "state": workshop.state_at(picture.as_of),
        },
        "as_of": picture.as_of,
        "decisions": [_decision_json(charges, decision) for decision in charges.decisions],
    }


def _decision_json(charges: Charges, decision: Decision) -> dict[str, Any]:
    booking_id = decision.booking_id
    name, email = charges.teachers.get(booking_id, ("", ""))
    school, urn = charges.schools.get(booking_id, (None, None))
    policy = decision.policy
    return {
        "booking_id": booking_id,
        "attendee_id": charges.attendee_ids.get(booking_id),
        "teacher": name or None,
        "email": email or None,
        "school": school,
        "school_urn": urn,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "amount_pence": decision.amount_pence,
        "clause": decision.clause,
        "deadline_at": decision.deadline_at,
        "policy": None if policy is None else {"id": policy.id, "version": policy.version},
        "notice": None if decision.notice is None else _notice_json(decision.notice),
        "evidence": list(decision.evidence),
    }


def _notice_json(notice: NoticeGiven) -> dict[str, Any]:
    return {
        "earliest_at": notice.earliest_at,
        "latest_at": notice.latest_at,
        "verdict": notice.verdict,
        "channel": notice.channel,
    }


_OUTCOMES = {
    Outcome.WORKSHOP_CANCELLED: "Nothing is charged: the hub called the workshop off.",
    Outcome.ATTENDED: "Nothing is charged: the teacher attended.",
    Outcome.REPLACED: "Nothing is charged: a colleague came instead.",
    Outcome.DUPLICATE: "Nothing is charged for this booking: the same teacher has another one here that counts.",
    Outcome.NOTICE_IN_TIME: "Nothing is charged: notice was given in time.",
    Outcome.EXEMPT: "Nothing is charged: an exemption was approved.",
    Outcome.WAIVED: "Nothing is charged: the hub waived the charge.",
    Outcome.NOT_CHARGED: "Nothing is charged: the charging policy asks nothing for it.",
    Outcome.PENDING: "It cannot be said yet.",
    Outcome.REVIEW: "A person has to answer a question first.",
    Outcome.CHARGE: "The place is charged.",
}


_NOT_CHARGED = {
    Reason.OUTSIDE_POLICY: "Nothing is charged: the place is outside the charging policy.",
    Reason.NEVER_BOOKED: "Nothing is charged: the place was never booked.",
    Reason.CHARGED_ONCE: "Nothing is charged for this place: the school is charged once.",
    Reason.REFILLED: "Nothing is charged: somebody else came in the place.",
}
"""Why a place is not charged that has no outcome of its own."""


def build_explanation(picture: Picture, charges: Charges, booking_id: str) -> list[str]:
    """Lines of text: what was decided about a place and why, each fact with its time."""
    decision = next(decision for decision in charges.decisions if decision.booking_id == booking_id)
    workshop = charges.workshop
    school, urn = charges.schools.get(booking_id, (None, None))
    teacher = charges.teachers.get(booking_id, ("", ""))[0]
    lines = [
        f"{workshop.title}",
        f"{format_times(workshop.starts_at, workshop.ends_at)}, workshop {workshop.id}",
        f"Booking {booking_id}: {teacher or 'name not held'}, {school or 'school not given'}"
        + (f" (URN {urn})" if urn else ""),
        "",
        _NOT_CHARGED.get(decision.reason, _OUTCOMES[decision.outcome]) + _amount(decision),
        f"Decided as of {format_instant(picture.as_of)}: {decision.outcome} ({decision.reason}).",
    ]
    if decision.evidence:
        lines += ["", "What is known:", *(f"- {sentence}" for sentence in decision.evidence)]
    if decision.deadline_at is not None:
        lines += ["", *_arithmetic(decision)]
    if decision.clause and decision.policy is not None:
        lines += ["", f"The rule ({decision.policy.id}, in force from {decision.policy.version}): {decision.clause}"]
    if decision.answers:
        lines += ["", f"What may be answered: {', '.join(decision.answers)}."]
    return lines


def _amount(decision: Decision) -> str:
    if decision.outcome is not Outcome.CHARGE:
        return ""
    return f" £{decision.amount_pence // 100}.{decision.amount_pence % 100:02d}."


def _arithmetic(decision: Decision) -> list[str]:
    deadline = decision.deadline_at
    if deadline is None:
        return []
    lines = [f"Notice was free of charge {decision.deadline_sentence}."]
    if decision.notice is not None:
        latest, earliest = decision.notice.latest_at, decision.notice.earliest_at
        if latest <= deadline:
            lines.append(f"It was given at least {_span(deadline - latest)} before that.")
        elif earliest >= deadline:
            lines.append(f"It was given at least {_span(earliest - deadline)} after that.")
        else:
            lines.append(
                f"It was given between {_span(deadline - earliest)} before and {_span(latest - deadline)} after that, "
                "so nobody can say whether it was in time."
            )
    return lines


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    words = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in parts if count]
    return " ".join(words) or "less than a minute"

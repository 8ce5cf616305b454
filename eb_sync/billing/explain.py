"""Why a place is charged or not, in words that a head teacher accepts: as lines of text, and as what a page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from eb_sync.billing.charges import Charges
from eb_sync.billing.issue import CREDIT_REASONS
from eb_sync.billing.state import read_plan
from eb_sync.export.wording import format_date, format_instant, format_pounds, format_times
from eb_sync.model.explanations import Explanation, MomentKind, SourcedFact, TimelineMoment
from eb_sync.store.documents import read_documents
from eb_sync.workshops.picture import Picture
from policies.decisions import Decision, NoticeGiven, Outcome, Reason, Verdict
from policies.evidence import source_of

_MINUTE = timedelta(minutes=1)
_ANSWERED = {
    Verdict.IN_TIME: "and a person at the hub decided that it was in time",
    Verdict.LATE: "and a person at the hub decided that it was late",
}
"""Where the proof left it open."""

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
    Reason.NO_PLACE: "Nothing is charged: the ticket is not for a seat.",
}
"""Why a place is not charged that has no outcome of its own."""


def explain_in_lines(connection: sa.Connection, picture: Picture, charges: Charges, booking_id: str) -> list[str]:
    """Lines of text for those who run the workshop: what was decided about a place and why, each fact with its time.

    Of a place that is invoiced: what was decided then, on which invoice, and what has been decided since.
    """
    issued = charges.issued.get(booking_id)
    decision = _decision(charges, booking_id) if issued is None else issued.decision
    workshop = charges.workshop
    school, urn = charges.schools.get(booking_id, (None, None))
    teacher = charges.teachers.get(booking_id, ("", ""))[0]
    lines = [
        f"{workshop.title}",
        f"{format_times(workshop.starts_at, workshop.ends_at, workshop.zone)}, workshop {workshop.id}",
        f"Booking {booking_id}: {teacher or 'name not held'}, {school or 'school not given'}"
        + (f" (URN {urn})" if urn else ""),
        "",
        _NOT_CHARGED.get(decision.reason, _OUTCOMES[decision.outcome]) + _amount(decision),
    ]
    if issued is None:
        as_of = format_instant(picture.as_of, workshop.zone)
        lines.append(f"Decided as of {as_of}: {decision.outcome} ({decision.reason}).")
    else:
        since = _since(connection, picture, charges, booking_id) or "The invoice stands."
        lines.append(f"Invoiced on {issued.number}: {decision.outcome} ({decision.reason}). {since}")
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
        latest, earliest, verdict = decision.notice.latest_at, decision.notice.earliest_at, decision.notice.verdict
        if latest <= deadline:
            ahead = deadline - latest
            lines.append(
                f"It was given at least {_span(ahead)} before that." if ahead >= _MINUTE else "It was given by then."
            )
        elif earliest >= deadline:
            late = earliest - deadline
            lines.append(f"It was given {f'at least {_span(late)} ' if late >= _MINUTE else ''}after that.")
        else:
            so = _ANSWERED.get(verdict, "so nobody can say whether it was in time")
            before, after = _span(deadline - earliest), _span(latest - deadline)
            lines.append(f"It was given between {before} before and {after} after that, {so}.")
    return lines


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    words = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in parts if count]
    return " ".join(words) or "less than a minute"


_CHARGED = {
    Reason.NO_SHOW: "because nobody came and the hub had not been told in time",
    Reason.LATE_NOTICE: "because it was given back after the deadline",
    Reason.TURNED_AWAY: "because the teacher came too late to be admitted",
    Reason.PART_ATTENDANCE: "because the teacher left early",
}
_ASKED_AGAIN = "A person at the hub has to answer a question about it again."
_HELD: Mapping[str, str] = {
    "school_unknown": "It is no longer known which school made the booking; somebody at the hub has to say so.",
    **dict.fromkeys(
        (Reason.DATES_UNKNOWN, Reason.NOT_OVER, Reason.REGISTER_OPEN, Reason.BOOKINGS_STALE),
        "It is being looked at again, and cannot be decided yet.",
    ),
}
"""Why an invoiced place is left as it is, by the reason in the plan."""
_OPEN = {
    Outcome.PENDING: "Nothing is charged so far: it cannot be decided yet.",
    Outcome.REVIEW: "Nothing is charged so far: a person at the hub has to answer a question first.",
}


def build_explanation(
    connection: sa.Connection,
    picture: Picture,
    charges: Charges,
    booking_id: str,
    supplier: tuple[str | None, str | None],
) -> Explanation:
    """All that a page says about one place; `supplier` is name and e-mail address, as far as they are set.

    Of a place that is invoiced it shows what was decided then, as the invoice has it, and what has been decided since.
    """
    school, urn = charges.schools.get(booking_id, (None, None))
    issued = charges.issued.get(booking_id)
    decision = _decision(charges, booking_id) if issued is None else issued.decision
    since = "" if issued is None else _since(connection, picture, charges, booking_id)
    if issued is not None:
        (document,) = read_documents(connection, picture.hub_id, [issued.number])
        school, urn = document.school_name, document.school_urn
    workshop, policy = charges.workshop, decision.policy
    return Explanation(
        booking_id=booking_id,
        place_label=charges.labels[booking_id],
        school=school,
        school_urn=urn,
        workshop_id=workshop.id,
        title=workshop.title,
        starts_at=workshop.starts_at,
        ends_at=workshop.ends_at,
        as_of=picture.as_of,
        sentence=f"{_sentence(decision)} {since}".strip(),
        is_charged=decision.outcome is Outcome.CHARGE,
        invoice_number=None if issued is None else issued.number,
        timeline=_timeline(charges, decision),
        facts=tuple(SourcedFact(sentence, source_of(sentence)) for sentence in decision.evidence),
        arithmetic=() if decision.deadline_at is None else tuple(_arithmetic(decision)),
        clause=decision.clause,
        policy=None
        if policy is None
        else f"From the policy {policy.id}, in force from {format_date(date.fromisoformat(policy.version))}.",
        supplier_name=supplier[0],
        supplier_email=supplier[1],
        zone=workshop.zone,
    )


def _decision(charges: Charges, booking_id: str) -> Decision:
    return next(decision for decision in charges.decisions if decision.booking_id == booking_id)


def _sentence(decision: Decision) -> str:
    if decision.outcome is Outcome.CHARGE:
        because = _CHARGED.get(decision.reason, "for the reasons below")
        return f"{format_pounds(decision.amount_pence)} is charged for this place, {because}."
    return _NOT_CHARGED.get(decision.reason) or _OPEN.get(decision.outcome) or _OUTCOMES[decision.outcome]


def _since(connection: sa.Connection, picture: Picture, charges: Charges, booking_id: str) -> str:
    """What the plan is about to do with an invoiced place; nothing if it is charged as it was."""
    plan = read_plan(connection, picture, [charges.workshop], lambda place: place.booking_id == booking_id)
    if plan.to_credit:
        return f"{CREDIT_REASONS[plan.to_credit[0].lines[0].reason]} A credit note will follow."
    if not plan.held:
        return ""
    return f"{_HELD.get(plan.held[0].reason, _ASKED_AGAIN)} Until then the invoice stands."


def _timeline(charges: Charges, decision: Decision) -> tuple[TimelineMoment, ...]:
    moments = [TimelineMoment(MomentKind.WORKSHOP, charges.workshop.starts_at)]
    if decision.booking_id in charges.booked_at:
        moments.append(TimelineMoment(MomentKind.BOOKED, charges.booked_at[decision.booking_id]))
    if decision.deadline_at is not None:
        moments.append(TimelineMoment(MomentKind.DEADLINE, decision.deadline_at))
    if decision.notice is not None:
        moments += _notice_moments(decision.notice)
    return tuple(sorted(moments, key=_by_time))


def _by_time(moment: TimelineMoment) -> tuple[datetime, int]:
    return moment.at, list(MomentKind).index(moment.kind)


def _notice_moments(notice: NoticeGiven) -> Iterator[TimelineMoment]:
    if notice.earliest_at == notice.latest_at:
        yield TimelineMoment(MomentKind.NOTICE, notice.latest_at)
        return
    yield TimelineMoment(MomentKind.NOTICE_EARLIEST, notice.earliest_at)
    yield TimelineMoment(MomentKind.NOTICE_LATEST, notice.latest_at)

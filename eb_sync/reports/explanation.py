"""Why a place is charged or not, in words that a head teacher accepts: as lines of text, and as what a page shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from eb_sync.billing.state import read_plan
from eb_sync.errors import UsageError
from eb_sync.export.formats import format_date, format_instant, format_pounds, format_times
from eb_sync.model.explanations import Explanation, MomentKind, SourcedFact, TimelineMoment
from eb_sync.model.reason_words import credit_sentence, held_sentence, outcome_sentence, school_sentence
from eb_sync.reports.recorded import read_recorded
from eb_sync.store.documents import read_document_lines, read_documents, read_lines
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.charges import Charges, read_charges
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, NoticeGiven, Outcome, Verdict
from policies.evidence import source_of
from policies.wording import dated_text, pounds

_MINUTE = timedelta(minutes=1)
_ANSWERED = {
    Verdict.IN_TIME: "and a person at the hub decided that it was in time",
    Verdict.LATE: "and a person at the hub decided that it was late",
}
"""Where the proof left it open."""


def explain_in_lines(connection: sa.Connection, snapshot: Snapshot, charges: Charges, booking_id: str) -> list[str]:
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
        outcome_sentence(decision) + _amount(decision),
    ]
    if issued is None:
        as_of = format_instant(snapshot.as_of, workshop.zone)
        lines.append(f"Decided as of {as_of}: {decision.outcome} ({decision.reason}).")
    else:
        since = _since(connection, snapshot, charges, booking_id) or "The invoice stands."
        lines.append(f"Invoiced on {issued.number}: {decision.outcome} ({decision.reason}). {since}")
    lines += _credited(connection, snapshot, workshop.id, booking_id)
    if decision.evidence:
        lines += ["", "What is known:", *(f"- {sentence}" for sentence in decision.evidence)]
    if decision.deadline_at is not None:
        lines += ["", *_arithmetic(decision)]
    if decision.clause and decision.policy is not None:
        lines += ["", f"The rule ({decision.policy.id}, in force from {decision.policy.version}): {decision.clause}"]
    if decision.answers:
        lines += ["", f"What may be answered: {', '.join(decision.answers)}."]
    lines += _recorded(connection, snapshot, workshop, booking_id)
    return lines


def _credited(connection: sa.Connection, snapshot: Snapshot, workshop_id: str, booking_id: str) -> list[str]:
    """A line for each invoice of a place that a credit note answers."""
    of_place = [
        line
        for line in read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, [workshop_id])
        if line.booking_id == booking_id
    ]
    return [
        f"It was billed on {line.original_number}, which {line.number} credited."
        for line in of_place
        if line.original_number is not None
    ]


def _recorded(connection: sa.Connection, snapshot: Snapshot, workshop: Workshop, booking_id: str) -> list[str]:
    """What people recorded about a place, oldest first, by the ids of the facts."""
    recorded = read_recorded(connection, snapshot, workshop, booking_id)
    said = [
        f"- fact {fact.id}, {dated_text(fact.recorded_at)}, {fact.said_by}: {fact.sentence}"
        + ("" if fact.withdrawn_by is None else f" Withdrawn by fact {fact.withdrawn_by}.")
        for fact in reversed(recorded)
    ]
    return ["", "What people recorded about it:", *said] if said else []


def explain_document(connection: sa.Connection, snapshot: Snapshot, number: str) -> list[str]:
    """Why each line of an invoice or credit note is there: what the document is, then each place in turn.

    Raises:
        UsageError: there is no such document.
    """
    documents = read_documents(connection, snapshot.hub_id, [number])
    if not documents:
        raise UsageError(f"There is no document {number}.")
    document = documents[0]
    lines = [f"{number}, {format_date(document.document_on)}, {document.school_name}: {pounds(document.gross_pence)}"]
    if document.original_number is not None:
        lines.append(f"It credits {document.original_number}: {document.reason}")
    for issued in read_document_lines(connection, snapshot.hub_id, number):
        lines += ["", f"Line {issued.line_number}: {issued.booking_id}, {pounds(issued.gross_pence)}"]
        lines.append(f"  Decided when it was issued: {outcome_sentence(issued.decision)}")
        chosen = [workshop for workshop in snapshot.workshops if workshop.id == issued.workshop_id]
        if not chosen:
            lines.append("Its workshop is not known any more.")
            continue
        charges = read_charges(connection, snapshot, chosen)[0]
        lines += [f"  {line}".rstrip() for line in explain_in_lines(connection, snapshot, charges, issued.booking_id)]
    return lines


def _amount(decision: Decision) -> str:
    if decision.outcome is not Outcome.CHARGE:
        return ""
    return f" {pounds(decision.amount_pence, thousands='')}."


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


def build_explanation(
    connection: sa.Connection,
    snapshot: Snapshot,
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
    since = "" if issued is None else _since(connection, snapshot, charges, booking_id)
    if issued is not None:
        (document,) = read_documents(connection, snapshot.hub_id, [issued.number])
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
        as_of=snapshot.as_of,
        sentence=f"{school_sentence(decision, format_pounds(decision.amount_pence))} {since}".strip(),
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


def _since(connection: sa.Connection, snapshot: Snapshot, charges: Charges, booking_id: str) -> str:
    """What the plan is about to do with an invoiced place; nothing if it is charged as it was."""
    plan = read_plan(connection, snapshot, [charges.workshop], lambda place: place.booking_id == booking_id)
    if plan.to_credit:
        return f"{credit_sentence([plan.to_credit[0].lines[0].reason])} A credit note will follow."
    if not plan.held:
        return ""
    return f"{held_sentence(plan.held[0].reason)} Until then the invoice stands."


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

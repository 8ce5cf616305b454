"""The evening's news for leads: open registers, new findings, questions by age, what is ready to invoice."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from eb_sync.billing.plan import InvoicePlan
from eb_sync.billing.state import plan_supposed, read_plan
from eb_sync.export.formats import local_date
from eb_sync.messages import wording
from eb_sync.messages.drafts import LEADS, Draft, History
from eb_sync.model.reason_words import question_text
from eb_sync.reports.findings import Reported, read_findings
from eb_sync.store.people import read_person_ids
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, Outcome
from policies.engine import assess_workshop
from policies.facts import AttendanceMark, Mark, Sighting
from policies.places import expected_bookings
from policies.wording import clock_text

EVERY = "*"
_SHOWN = 12
"""Questions of one workshop that are listed, those alike as one; the rest is counted."""
_NEVER_TOO_LATE = ("date_changed_after_end", "page_dates_changed")
"""Findings that wait for a lead's word, whatever lies ahead."""
_NEWEST = 2**62
"""An id after that of every fact."""


@dataclass
class _News:
    """What there is to say about one workshop, or one work group."""

    register: dict[str, object] | None = None
    review: dict[str, object] | None = None
    invoice: dict[str, object] | None = None
    findings: list[tuple[str, str]] = field(default_factory=list)
    """Key and sentence."""


@dataclass(frozen=True, slots=True)
class _Hub:
    snapshot: Snapshot
    name: str
    by_workshop: Mapping[str, _News]
    by_group: Mapping[str, _News]
    next_of: Mapping[str, Workshop]
    """The next workshop of each work group that has one ahead, in order."""


def draft_leads(
    connection: sa.Connection,
    snapshot: Snapshot,
    history: History,
    leads: Mapping[str, Sequence[str]],
    hub_name: str,
) -> list[Draft]:
    """One message for each lead who has something to be told, by address.

    `leads` are addresses by the slug or id of a work group, or `*`.
    """
    theirs: dict[str, set[str]] = defaultdict(set)
    for name, addresses in leads.items():
        for address in addresses:
            theirs[address.casefold()].add(name)
    wanted = {name for names in theirs.values() for name in names}
    covered = [w for w in snapshot.workshops if _is_in_use(snapshot, w) and _is_of(w, wanted)]
    if not covered:
        return []
    hub = _Hub(
        snapshot,
        hub_name,
        _read_workshops(connection, snapshot, covered),
        _read_groups(connection, snapshot, covered),
        _next_of(snapshot, covered),
    )
    drafts = []
    for address, names in sorted(theirs.items()):
        ids = read_person_ids(connection, snapshot.hub_id, [address])
        occasion = local_date(snapshot.as_of).isoformat()
        if history.was_begun(LEADS, occasion, ids):
            continue
        mine = [workshop for workshop in covered if _is_of(workshop, names)]
        draft = _draft(hub, mine, history.told(LEADS, ids), address)
        if draft is not None:
            drafts.append(draft)
    return drafts


def unknown_names(snapshot: Snapshot, leads: Mapping[str, Sequence[str]]) -> list[str]:
    """Names among the leads' that no workshop answers to."""
    return [name for name in leads if not any(_is_of(workshop, {name}) for workshop in snapshot.workshops)]


def _is_of(workshop: Workshop, names: set[str]) -> bool:
    return not names.isdisjoint((EVERY, workshop.slug, workshop.event_id, workshop.workgroup_id))


def _is_in_use(snapshot: Snapshot, workshop: Workshop) -> bool:
    """In scope, and not from before the hub began to bill: nobody will close the registers of years ago."""
    begins_on = snapshot.terms.recorded.billing_from_on
    return snapshot.terms.covers(workshop) and (begins_on is None or workshop.local_on >= begins_on)


def _next_of(snapshot: Snapshot, workshops: Sequence[Workshop]) -> dict[str, Workshop]:
    ahead: dict[str, Workshop] = {}
    for workshop in workshops:
        if workshop.starts_at > snapshot.as_of and not workshop.is_called_off:
            ahead.setdefault(workshop.workgroup_id, workshop)
    return ahead


def _draft(hub: _Hub, mine: Sequence[Workshop], told: frozenset[str], address: str) -> Draft | None:
    news = [hub.by_workshop[workshop.id] for workshop in mine if workshop.id in hub.by_workshop]
    groups, keys = _new_findings(hub, mine, told)
    content: dict[str, object] = {
        "registers": [each.register for each in news if each.register is not None],
        "findings": groups,
        "reviews": [each.review for each in news if each.review is not None],
        "invoices": [each.invoice for each in news if each.invoice is not None],
    }
    if not any(content.values()):
        return None
    content |= {"hub": hub.name, "subject": _subject(content)}
    occasion = local_date(hub.snapshot.as_of).isoformat()
    return Draft(LEADS, occasion, "leads", address, None, content, told=keys)


def _subject(content: Mapping[str, object]) -> str:
    parts = []
    for key, one in (("registers", "open register"), ("findings", "Work Group"), ("reviews", "workshop")):
        listed = content[key]
        number = len(listed) if isinstance(listed, list) else 0
        if number:
            after = {"registers": "", "findings": " with new findings", "reviews": " with questions"}[key]
            parts.append(wording.count(number, one) + after)
    return f"Waiting for you: {', '.join(parts) or 'invoices to issue'}"


def _new_findings(
    hub: _Hub, mine: Sequence[Workshop], told: frozenset[str]
) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    groups: list[dict[str, object]] = []
    keys: list[str] = []
    for group_id in dict.fromkeys(workshop.workgroup_id for workshop in mine):
        news, following = hub.by_group.get(group_id), hub.next_of.get(group_id)
        new = [(key, text) for key, text in news.findings if key not in told] if news is not None else []
        if following is None:
            new = [(key, text) for key, text in new if key.startswith(_NEVER_TOO_LATE)]
        if not new:
            continue
        about = following or next(workshop for workshop in reversed(mine) if workshop.workgroup_id == group_id)
        keys += [key for key, _ in new]
        groups.append(
            {
                "title": about.title,
                "next": "" if following is None else wording.long_day(following.starts_at, following.zone),
                "ref": about.slug,
                # what is said of each day of a page is said once
                "findings": list(dict.fromkeys(text for _, text in new)),
            }
        )
    return groups, tuple(keys)


def _read_groups(connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]) -> dict[str, _News]:
    """Findings that can still be mended: about work groups, and workshops, that lie ahead."""
    news: dict[str, _News] = defaultdict(_News)
    ahead = {workshop.id for workshop in workshops if workshop.starts_at > snapshot.as_of}
    for finding in read_findings(connection, snapshot, None):
        is_late = finding.workshop_id not in (None, *ahead) and finding.finding not in _NEVER_TOO_LATE
        if finding.severity == "advice" or is_late:
            continue
        text = wording.finding_text(finding.finding, finding.school, finding.booking_ids)
        news[finding.workgroup_id].findings.append((_key(finding), text))
    return news


def _key(finding: Reported) -> str:
    """Ids only: a school is told apart by its bookings."""
    return " ".join([finding.finding, finding.workshop_id or finding.workgroup_id, *finding.booking_ids])


def _read_workshops(connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]) -> dict[str, _News]:
    states = {workshop.id: workshop.state_at(snapshot.as_of) for workshop in workshops}
    over = (WorkshopState.REGISTER_OPEN, WorkshopState.REGISTER_CLOSED)
    news: dict[str, _News] = {}
    for judged in judge_workshops(connection, snapshot, [w for w in workshops if states[w.id] in over]):
        each = news[judged.workshop.id] = _News(review=_review(snapshot, judged))
        if states[judged.workshop.id] is WorkshopState.REGISTER_OPEN and judged.decisions:
            each.register = _register(connection, snapshot, judged)
    closed = [w for w in workshops if states[w.id] is WorkshopState.REGISTER_CLOSED]
    plan = read_plan(connection, snapshot, closed)
    for workshop in closed:
        news[workshop.id].invoice = _invoice(plan, workshop)
    return news


def _register(connection: sa.Connection, snapshot: Snapshot, judged: Judged) -> dict[str, object]:
    workshop = judged.workshop
    unmarked = expected_bookings(judged.facts, snapshot.terms.policy_for(workshop))
    how = "not checked in" if workshop.single_day else "not marked"
    return {
        "title": workshop.title,
        "day": wording.long_day(workshop.starts_at, workshop.zone),
        "ref": wording.workshop_ref(workshop),
        "state": f"{len(unmarked)} {how}" if unmarked else "Everybody is marked or checked in",
        "unmarked": len(unmarked),
        "since": f"{wording.long_day(workshop.ends_at, workshop.zone)}, {clock_text(workshop.ends_at, workshop.zone)}",
        "age": wording.age_text(workshop.ends_at, snapshot.as_of),
        "closing": _closing_text(connection, snapshot, _closed(snapshot, judged, unmarked), unmarked),
    }


def _closed(snapshot: Snapshot, judged: Judged, unmarked: Sequence[str]) -> Judged:
    """As if the register were closed now, the rest absent, and the bookings read as they are."""
    now, facts = snapshot.as_of, judged.facts
    marks = (AttendanceMark(_NEWEST, booking_id, Mark.ABSENT, now) for booking_id in unmarked)
    supposed = dataclasses.replace(
        facts,
        register_closed_at=now,
        marks=(*facts.marks, *marks),
        sightings=(*facts.sightings, Sighting(_NEWEST, now)),
    )
    decisions = assess_workshop(supposed, snapshot.terms.policy_for(judged.workshop), now)
    return dataclasses.replace(judged, facts=supposed, decisions=decisions)


def _closing_text(connection: sa.Connection, snapshot: Snapshot, closed: Judged, unmarked: Sequence[str]) -> str:
    """What the plan would do then: nothing about what is invoiced already, or cannot be addressed yet."""
    plan, decisions = plan_supposed(connection, snapshot, closed), closed.by_booking()
    new = sum(document.total_pence for document in plan.to_invoice)
    blocked = sum(decisions[place.booking_id].amount_pence for place in plan.blocked)
    credit = -sum(document.total_pence for document in plan.to_credit)
    questions = sum(decision.outcome is Outcome.REVIEW for decision in closed.decisions)
    how = "Closing it with all of them absent" if unmarked else "Closing it"
    text = f"{how} would propose {wording.money(new)}" if new else f"{how} would charge nobody"
    if blocked:
        text += f", besides {wording.money(blocked)} for a school that nobody has confirmed yet, or without an address"
    if credit:
        text += f", credit {wording.money(credit)}"
    if questions:
        text += f", and leave {wording.count(questions, 'question')} for you"
    return f"{text}."


def _review(snapshot: Snapshot, judged: Judged) -> dict[str, object] | None:
    workshop, now = judged.workshop, snapshot.as_of
    waiting = [decision for decision in judged.decisions if decision.outcome is Outcome.REVIEW]
    if not waiting:
        return None
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for decision in sorted(waiting, key=lambda decision: _since(decision, workshop)):
        school = _school(snapshot, judged, decision.booking_id)
        age = wording.days_text(_since(decision, workshop), now)
        alike[school, question_text(decision.reason), age].append(decision.booking_id)
    return {
        "title": workshop.title,
        "day": wording.long_day(workshop.starts_at, workshop.zone),
        "ref": wording.workshop_ref(workshop),
        "more": sum(len(bookings) for bookings in list(alike.values())[_SHOWN:]),
        "questions": [
            {"booking": ", ".join(bookings), "school": school, "text": text, "age": age}
            for (school, text, age), bookings in list(alike.items())[:_SHOWN]
        ],
    }


def _since(decision: Decision, workshop: Workshop) -> datetime:
    return decision.since_at or workshop.ends_at


def _school(snapshot: Snapshot, judged: Judged, booking_id: str) -> str:
    """The confirmed school alone: what was typed may be anything."""
    typed = judged.typed_school(snapshot, booking_id)
    school_id = snapshot.school_book.identify(booking_id, typed, judged.workshop.local_on)
    return "" if school_id is None else snapshot.school_book.school(school_id).name


def _invoice(plan: InvoicePlan, workshop: Workshop) -> dict[str, object] | None:
    invoices = [document for document in plan.to_invoice if document.workshop_id == workshop.id]
    credit_notes = [document for document in plan.to_credit if document.workshop_id == workshop.id]
    if not (invoices or credit_notes):
        return None
    parts = [wording.count(len(invoices), "invoice")] if invoices else []
    parts += [wording.count(len(credit_notes), "credit note")] if credit_notes else []
    pence = sum(document.total_pence for document in (*invoices, *credit_notes))
    return {
        "title": workshop.title,
        "day": wording.long_day(workshop.starts_at, workshop.zone),
        "ref": wording.workshop_ref(workshop),
        "text": f"{' and '.join(parts)}, {wording.money(pence)} in all.",
    }

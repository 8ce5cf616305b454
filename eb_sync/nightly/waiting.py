"""What waits for a person: questions by age, places that cannot be judged yet, open registers, invoices not issued."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from eb_sync.billing.invoicing import PlanChoice, read_chosen_plan
from eb_sync.billing.plan import InvoicePlan
from eb_sync.export.formats import format_pounds
from eb_sync.nightly.report import Step, format_age, shorten
from eb_sync.nightly.status import undescribed_line
from eb_sync.store.bookings import read_undescribed_statuses
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.judge import judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, Outcome

AGES = ((1, "since yesterday"), (7, "up to a week"), (28, "up to four weeks"))
"""Days up to which a question is of this age."""
_OLDER = "longer"


def report_reviews(connection: sa.Connection, snapshot: Snapshot) -> Step:
    """Questions by age, oldest first, and how many places of workshops that are over cannot be judged yet.

    Statuses that nobody has described come before them, because their places become questions.
    """
    asked: dict[str, list[datetime]] = defaultdict(list)
    pending = 0
    for judged in judge_workshops(connection, snapshot, snapshot.workshops):
        asked[judged.workshop.id] += [_since(judged.workshop, one) for one in judged.decisions if _is_asked(one)]
        if judged.workshop.ends_at <= snapshot.as_of:
            pending += sum(1 for one in judged.decisions if one.outcome is Outcome.PENDING)
    waiting = sorted((min(since), workshop_id, len(since)) for workshop_id, since in asked.items() if since)
    ages = count_ages((since for several in asked.values() for since in several), snapshot.as_of)
    total = sum(ages.values())
    by_age = ", ".join(f"{count} {age}" for age, count in ages.items() if count)
    undescribed = [undescribed_line(found) for found in read_undescribed_statuses(connection, snapshot.hub_id)]
    return Step(
        "reviews",
        0,
        f"{total} wait{f' ({by_age})' if total else ''}, {pending} places pending after their workshop",
        (
            *shorten(undescribed, "ebsync status"),
            *shorten([_review_line(snapshot, *one) for one in waiting], "ebsync review"),
        ),
        counts={"reviews": total, "pending": pending},
    )


def count_ages(instants: Iterable[datetime], now: datetime) -> Mapping[str, int]:
    """How many have waited for how long, by the names of `AGES`."""
    ages = dict.fromkeys([*(name for _, name in AGES), _OLDER], 0)
    for since in instants:
        days = (now - since).days
        ages[next((name for limit, name in AGES if days < limit), _OLDER)] += 1
    return ages


def report_registers(snapshot: Snapshot) -> Step:
    """Registers in scope that are open after their workshop, by the workshop's start; none from before billing."""
    waiting = [w for w in snapshot.workshops if w.state_at(snapshot.as_of) is WorkshopState.REGISTER_OPEN]
    details = [
        f"Register open: {_name(workshop)}, {format_age(workshop.ends_at, snapshot.as_of)}"
        for workshop in waiting
        if snapshot.terms.covers(workshop) and not _is_before_billing(snapshot, workshop)
    ]
    text = f"{len(details)} open after their workshop"
    return Step("registers", 0, text, shorten(details, "ebsync workshops"), counts={"open": len(details)})


def _is_before_billing(snapshot: Snapshot, workshop: Workshop) -> bool:
    """Nothing is ever charged for it: a hub that begins with ebsync need not close the registers of past years."""
    first = snapshot.terms.recorded.billing_from_on
    return first is not None and workshop.local_on < first


def report_plan(connection: sa.Connection, snapshot: Snapshot) -> Step:
    """What is due and not issued, and why other places are left as they are; nothing is issued."""
    plan = read_chosen_plan(connection, snapshot, PlanChoice(None, None, ()))
    counts = {
        "to_invoice": len(plan.to_invoice),
        "to_credit": len(plan.to_credit),
        "review": len(plan.review),
        "held": len(plan.held),
        "pending": len(plan.pending),
        "blocked": len(plan.blocked),
    }
    text = ", ".join(
        f"{count} {name.replace('to_', 'to ').replace('review', 'in review')}" for name, count in counts.items()
    )
    due_pence = sum(document.total_pence for document in plan.to_invoice)
    details = shorten(_due_lines(plan, snapshot), "ebsync invoices --dry-run")
    return Step("plan", 0, text, details, counts=counts | {"due_pence": due_pence})


def _since(workshop: Workshop, decision: Decision) -> datetime:
    return decision.since_at or workshop.ends_at


def _is_asked(decision: Decision) -> bool:
    return decision.outcome is Outcome.REVIEW


def _review_line(snapshot: Snapshot, since: datetime, workshop_id: str, count: int) -> str:
    age = format_age(since, snapshot.as_of)
    return f"Review: {_name(snapshot.workshop(workshop_id))}, {count} wait, the oldest {age}"


def _due_lines(plan: InvoicePlan, snapshot: Snapshot) -> list[str]:
    due: dict[str, list[int]] = defaultdict(list)
    for document in plan.to_invoice:
        due[document.workshop_id].append(document.total_pence)
    return [
        f"Due and not issued: {_name(snapshot.workshop(workshop_id))}, {len(totals)} for {format_pounds(sum(totals))}: "
        f"`ebsync invoices {workshop_id}`"
        for workshop_id, totals in due.items()
    ]


def _name(workshop: Workshop) -> str:
    return f"{workshop.slug}@{workshop.local_on} ({workshop.id})"

"""Blanking names whose time is over; what was decided and issued stays. Irreversible, so only if settings say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from eb_sync.billing.plan import InvoicePlan
from eb_sync.billing.state import read_plan
from eb_sync.model.bookings import reference_of
from eb_sync.model.facts import Fact, WalkInCame, facts_of
from eb_sync.people.erase import erase_person
from eb_sync.people.find import find_about
from eb_sync.store.bookings import read_event_observations
from eb_sync.store.documents import count_documents_until
from eb_sync.store.each import Each
from eb_sync.store.engine import all_or_nothing
from eb_sync.store.erasure import read_named_persons, read_newest_profiles_at, read_visits
from eb_sync.store.facts import read_messages
from eb_sync.store.held_rows import forget_held, read_held_until
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Reason

SAID_BY = "retention"
"""Who erased it, in the facts."""


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """How long what is kept; periods of people start with the end of the last workshop they booked or came to.

    For those who are at no workshop any more they start when the name was last recorded, or the last message begun.
    """

    apply: bool
    """False: it is only said what would go."""
    held_reads: timedelta
    """What was typed in rows of reads that the brake held, from the day of the read."""
    absent_names: timedelta
    """Names of those who never attended."""
    attended_names: timedelta
    """Names of those who attended once at least."""
    documents_years: int
    """Documents, from the end of the financial year; they are counted, never deleted."""
    year_ends: tuple[int, int]
    """Month and day on which the financial year ends."""


@dataclass(frozen=True, slots=True)
class Expired:
    """What is kept longer than the rules ask."""

    person_ids: tuple[int, ...]
    still_needed: int
    """Persons whose time is over, but with a place that waits for an answer or a document."""
    held_ids: tuple[int, ...]
    documents: int


@dataclass
class _Person:
    last_at: datetime | None = None
    """When the last workshop they booked or came to ends, also if that is only said and not settled yet."""
    places: set[tuple[str, str]] = field(default_factory=set)
    """Workshop and reference."""
    is_dated: bool = True

    def was_until(self, instant: datetime) -> None:
        """They were somewhere, or will be, until then."""
        self.last_at = instant if self.last_at is None else max(self.last_at, instant)


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of each event."""

    ends: Mapping[str, datetime]
    """By workshop."""
    of_event: Mapping[str, set[str]]

    def last_of(self, workshop_ids: Iterable[str]) -> datetime:
        return max(self.ends[workshop_id] for workshop_id in workshop_ids)


def find_expired(connection: sa.Connection, snapshot: Snapshot, rules: RetentionRules) -> Expired:
    """What of this hub is past its time at the snapshot's instant; nothing is written."""
    now = snapshot.as_of
    soonest = now - min(rules.absent_names, rules.attended_names)
    past = {
        person_id: (person, person.last_at)
        for person_id, person in _read_people(connection, snapshot).items()
        if person.is_dated and person.last_at is not None and person.last_at < soonest
    }
    workshop_ids = {workshop_id for person, _ in past.values() for workshop_id, _ in person.places}
    attended, waiting = _read_places(connection, snapshot, workshop_ids)
    expired = [
        person_id
        for person_id, (person, last_at) in past.items()
        if last_at < now - (rules.attended_names if person.places & attended else rules.absent_names)
    ]
    free = [person_id for person_id in expired if not past[person_id][0].places & waiting]
    return Expired(
        person_ids=tuple(sorted(free)),
        still_needed=len(expired) - len(free),
        held_ids=tuple(read_held_until(connection, snapshot.hub_id, now - rules.held_reads)),
        documents=count_documents_until(connection, snapshot.hub_id, last_kept_year_end(now, rules)),
    )


def apply_retention(connection: sa.Connection, hub_id: int, expired: Expired, now: datetime) -> Each:
    """Blank it, in the caller's transaction, as `ebsync person erase` does; gives the persons where that failed.

    All of them at once, or one by one where one of them cannot be blanked.
    """
    together, alone = Each(), Each()
    if expired.person_ids:
        with together.part(""), all_or_nothing(connection):
            _blank(connection, hub_id, set(expired.person_ids), now)
    for person_id in expired.person_ids if together.failed else ():
        with alone.part(f"Person {person_id}"), all_or_nothing(connection):
            _blank(connection, hub_id, {person_id}, now)
    forget_held(connection, hub_id, expired.held_ids)
    return alone


def _blank(connection: sa.Connection, hub_id: int, person_ids: set[int], now: datetime) -> None:
    erase_person(connection, hub_id, find_about(connection, hub_id, person_ids), now, SAID_BY)


def last_kept_year_end(now: datetime, rules: RetentionRules) -> date:
    """Documents up to this day need not be kept any longer: the newest year's end that lies long enough back."""
    month, day = rules.year_ends
    today = now.date()
    years = (date(today.year - rules.documents_years - back, month, day) for back in (0, 1))
    return next(end for end in years if end.replace(year=end.year + rules.documents_years) < today)


def _read_people(connection: sa.Connection, snapshot: Snapshot) -> dict[int, _Person]:
    """Everybody with a name, but the hub's guests: the rules tell guests by their addresses."""
    hub_id = snapshot.hub_id
    named = set(read_named_persons(connection, hub_id))
    named -= set(snapshot.terms.recorded.guest_ids)
    days = _read_days(connection, snapshot)
    people: dict[int, _Person] = {person_id: _Person() for person_id in sorted(named)}
    for person_id, event_id, attendee_id in read_visits(connection, hub_id, named):
        person, workshop_ids = people[person_id], days.of_event.get(event_id, set())
        person.places |= {(workshop_id, reference_of(attendee_id)) for workshop_id in workshop_ids}
        person.is_dated &= bool(workshop_ids)
        if workshop_ids:
            person.was_until(days.last_of(workshop_ids))
    for fact, came in facts_of(snapshot.facts, WalkInCame):
        if came.person_id in people:
            _walked_in(people[came.person_id], fact, came, days)
    nowhere = [person_id for person_id, person in people.items() if person.is_dated and person.last_at is None]
    for person_id, recorded_at in read_newest_profiles_at(connection, hub_id, nowhere).items():
        people[person_id].was_until(recorded_at)
    for message in read_messages(connection, hub_id):  # leads and finance: they typed nothing
        told = people.get(message.content.person_id)
        if told is not None and told.is_dated and not told.places:
            told.was_until(message.begun_at)
    return people


def _walked_in(person: _Person, fact: Fact, came: WalkInCame, days: _Days) -> None:
    """On a day that was declared and is withdrawn since, they came to the page's other days, or when it was noted."""
    if came.workshop_id in days.ends:
        person.places.add((came.workshop_id, came.reference))
        person.was_until(days.ends[came.workshop_id])
        return
    others = days.of_event.get(came.workshop_id.partition("/")[0])
    person.was_until(days.last_of(others) if others else fact.recorded_at)


def _read_days(connection: sa.Connection, snapshot: Snapshot) -> _Days:
    of_event: dict[str, set[str]] = defaultdict(set)
    for workshop in snapshot.workshops:
        of_event[workshop.event_id].add(workshop.id)
    declared = {workshop.event_id for workshop in snapshot.workshops if workshop.id != workshop.event_id}
    pages = read_event_observations(connection, snapshot.hub_id, snapshot.last_fact_id, declared)
    page_ends = {page.event_id: page.ends_at for page in pages}
    ends = {workshop.id: _last_end(workshop, page_ends.get(workshop.event_id)) for workshop in snapshot.workshops}
    return _Days(ends, of_event)


def _last_end(workshop: Workshop, page_ends_at: datetime | None) -> datetime:
    """The end in force; that of a date in dispute, or of a page not all of whose days are declared, if it is later."""
    disputed_at = None if workshop.disputed is None else workshop.disputed.ends_at
    return max(instant for instant in (workshop.ends_at, disputed_at, page_ends_at) if instant is not None)


def _read_places(
    connection: sa.Connection, snapshot: Snapshot, workshop_ids: set[str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Places at these workshops that were attended, and those that wait for an answer or a document."""
    workshops = [workshop for workshop in snapshot.workshops if workshop.id in workshop_ids]
    attended = {
        (judged.workshop.id, decision.booking_id)
        for judged in judge_workshops(connection, snapshot, workshops)
        for decision in judged.decisions
        if decision.reason == Reason.ATTENDED
    }
    return attended, _waiting(read_plan(connection, snapshot, workshops))


def _waiting(plan: InvoicePlan) -> set[tuple[str, str]]:
    documents = (*plan.to_invoice, *plan.to_credit)
    lines = {(document.workshop_id, line.booking_id) for document in documents for line in document.lines}
    waiting = {(place.workshop_id, place.booking_id) for place in (*plan.held, *plan.review, *plan.pending)}
    return lines | waiting | {(place.workshop_id, place.booking_id) for place in plan.blocked}

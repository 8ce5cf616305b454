"""Reminders to teachers, a week and two days ahead: until when cancelling is free, how to, and whom to send instead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from eb_sync.mail import wire_address
from eb_sync.messages import wording
from eb_sync.messages.drafts import REMINDER_DAYS, REMINDER_WEEK, Draft, History
from eb_sync.model.names import normalise_email
from eb_sync.store.bookings import read_newest_reads
from eb_sync.store.each import Each
from eb_sync.store.people import read_names
from eb_sync.store.sync_state import read_stamp
from eb_sync.store.watch import read_watched
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Outcome, Reason
from policies.facts import Booking, Channel, Presence
from policies.notice import place_deadline
from policies.notice_rules import Deadline
from policies.parameters import PolicyTerms
from policies.wording import LONDON, dated_text

_WEEK, _DAYS, _DAY = timedelta(days=7), timedelta(hours=48), timedelta(days=1)
_LOOK_AHEAD = timedelta(days=75)
"""No deadline of a sensible policy lies further ahead of its workshop."""
_FRESH = timedelta(hours=26)
"""Bookings read longer ago may have been cancelled since: nobody is reminded of them."""

_COLLEAGUES = {
    "free": "A colleague may come in your place: they sign the register and say for whom they came.",
    "same school": "A colleague from your school may come in your place: they sign the register and say for whom they "
    "came.",
    "linked only": "A colleague may come in your place, but only if they say at the door for whom they came.",
    "announced": "A colleague from your school may come in your place if you tell us before the start.",
}
"""By what the policy says of substitutes; where it wants none, nothing is said."""


_Reads = Mapping[tuple[str, str], datetime]
"""By kind of reminder and event: up to when its bookings are known as Eventbrite had them."""


@dataclass(frozen=True, slots=True)
class _Seat:
    booking: Booking
    terms: PolicyTerms
    deadline: Deadline
    profile_id: int
    order_places: int
    """Active bookings of the same order."""


@dataclass(frozen=True, slots=True)
class Reminders:
    """The reminders that are due."""

    drafts: tuple[Draft, ...]
    waiting: int
    """Reminders that are due, of bookings that were not read lately."""
    remarks: tuple[str, ...]
    """Why they wait, or cannot be sent."""
    skipped: int = 0
    """Reminders that are due, to addresses that no mail server takes."""


def draft_reminders(connection: sa.Connection, snapshot: Snapshot, history: History, hub_name: str) -> Reminders:
    """The reminders that are due now, by start: one for each person and workshop."""
    ahead = _ahead(snapshot)
    reads = _read_at(connection, snapshot, {workshop.event_id for workshop in ahead})
    drafts: list[tuple[Draft, Workshop, int]] = []
    each = Each()
    for judged in judge_workshops(connection, snapshot, ahead):
        for person_id, seats in _by_person(judged, snapshot).items():
            with each.part(f"{judged.workshop.id} {seats[0].booking.id}"):
                draft = (
                    None
                    if person_id in history.gone_ids
                    else _draft(snapshot, history, judged.workshop, (person_id, seats))
                )
                if draft is not None:
                    drafts.append((draft, judged.workshop, seats[0].profile_id))
    names = read_names(connection, snapshot.hub_id, [profile_id for _, _, profile_id in drafts])
    due: list[tuple[Draft, Workshop]] = []
    wrong: list[str] = []
    for draft, workshop, profile_id in drafts:
        if not _is_wanted(draft, names[profile_id], history):
            continue
        completed = _address(draft, names[profile_id], hub_name)
        if completed is None:
            wrong.append(
                f"The address of this booking is none that a mail server takes; nothing is sent: {draft.name}."
            )
        else:
            due.append((completed, workshop))
    parted = _part(snapshot, reads, due)
    wrong += each.sentences("no reminder was written")
    return replace(parted, remarks=(*parted.remarks, *wrong), skipped=len(wrong))


def _ahead(snapshot: Snapshot) -> list[Workshop]:
    now = snapshot.as_of
    return [
        workshop
        for workshop in snapshot.workshops
        if workshop.state_at(now) is WorkshopState.UPCOMING
        and workshop.starts_at <= now + _LOOK_AHEAD
        and workshop.is_bookable
        and snapshot.terms.covers(workshop)
    ]


def _read_at(connection: sa.Connection, snapshot: Snapshot, event_ids: set[str]) -> dict[tuple[str, str], datetime]:
    """By kind and event: up to when its bookings are known as Eventbrite had them.

    Two days ahead by its newest complete read alone. A week ahead sync does not read each page completely yet, but the
    list of what changed; it counts as well, unless a complete read of the page is owed.
    """
    hub_id = snapshot.hub_id
    listed_at, owed = read_stamp(connection, hub_id).changed_since_at, read_watched(connection, hub_id)
    found: dict[tuple[str, str], datetime] = {}
    for event_id, read in read_newest_reads(connection, hub_id, event_ids).items():
        is_listed = listed_at is not None and owed.get(event_id) is None
        found[REMINDER_DAYS, event_id] = read.started_at
        found[REMINDER_WEEK, event_id] = max(filter(None, (read.started_at, listed_at if is_listed else None)))
    return found


def _part(snapshot: Snapshot, reads: _Reads, due: Sequence[tuple[Draft, Workshop]]) -> Reminders:
    """What is sent, with when its bookings were read; and what waits, because nobody knows how they stand."""
    drafts: list[Draft] = []
    waiting: dict[tuple[str, str], list[Workshop]] = defaultdict(list)
    for draft, workshop in due:
        key = draft.kind, workshop.event_id
        read_at, is_held = reads.get(key), workshop.event_id in snapshot.held_events
        if read_at is None or is_held or read_at < snapshot.as_of - _FRESH:
            waiting[key].append(workshop)
        else:
            drafts.append(replace(draft, content={**draft.content, "read": dated_text(read_at)}))
    remarks = [_waiting_text(snapshot, reads.get(key), workshops) for key, workshops in waiting.items()]
    return Reminders(tuple(drafts), sum(map(len, waiting.values())), tuple(remarks))


def _waiting_text(snapshot: Snapshot, read_at: datetime | None, workshops: Sequence[Workshop]) -> str:
    wait = "1 reminder waits" if len(workshops) == 1 else f"{len(workshops)} reminders wait"
    since = "yet" if read_at is None else f"since {dated_text(read_at)}"
    text = f"{wait}: the bookings of {workshops[0].slug} were not read {since}"
    if workshops[0].event_id in snapshot.held_events:
        return f"{text}; the newest read looked wrong and is held (`ebsync status`)."
    return f"{text}. Run `ebsync sync`."


def due_kind(now: datetime, starts_at: datetime, deadline_at: datetime, booked_at: datetime) -> str | None:
    """Which reminder is due; None: none.

    The later one is due from the local day on that lies 48 hours ahead of the start, or 24 hours ahead of the deadline
    where that is earlier; the first one 5 days before that, unless the place was booked since.
    """
    last = min(starts_at - _DAYS, deadline_at - _DAY)
    first = last - (_WEEK - _DAYS)
    if now >= _day_of(last):
        return REMINDER_DAYS
    return REMINDER_WEEK if now >= _day_of(first) > booked_at else None


def _day_of(instant: datetime) -> datetime:
    """The beginning of its local day: whoever runs ebsync once an evening must not be an hour too late."""
    return datetime.combine(instant.astimezone(LONDON).date(), time(), LONDON).astimezone(UTC)


def _by_person(judged: Judged, snapshot: Snapshot) -> dict[int, list[_Seat]]:
    """Places that are booked and expected: whoever cancelled, was replaced, or said they would not come has none."""
    newest, decisions = judged.newest(), judged.by_booking()
    policy = snapshot.terms.policy_for(judged.workshop)
    orders = Counter(each.order_id for each in newest.values() if each.presence is Presence.ACTIVE)
    people: dict[int, list[_Seat]] = defaultdict(list)
    for booking in judged.facts.bookings:
        decision, observation = decisions.get(booking.id), newest[booking.id]
        terms = policy.version_on(booking.created_at.astimezone(judged.workshop.zone).date())
        if decision is None or terms is None or observation.presence is not Presence.ACTIVE:
            continue
        is_wanted = (decision.outcome, decision.reason) == (Outcome.PENDING, Reason.NOT_OVER)
        if is_wanted and decision.notice is None:
            deadline = place_deadline(judged.facts, terms, booking.created_at)
            seat = _Seat(booking, terms, deadline, observation.profile_id, orders[booking.order_id])
            people[booking.person_id].append(seat)
    return people


def _draft(
    snapshot: Snapshot, history: History, workshop: Workshop, person: tuple[int, Sequence[_Seat]]
) -> Draft | None:
    """Without name and address yet; None where none is due, or one was begun."""
    person_id, seats = person
    seat = min(seats, key=lambda seat: seat.deadline.at)
    kind = due_kind(snapshot.as_of, workshop.starts_at, seat.deadline.at, seat.booking.created_at)
    occasion = f"{workshop.id} {workshop.starts_at:%Y-%m-%dT%H:%MZ}"
    if kind is None or history.was_begun(kind, occasion, [person_id]):
        return None
    booking_ids = tuple(each.booking.id for each in seats)
    content = dict(_content(snapshot, workshop, seat))
    content |= {"places": len(seats), "bookings": ", ".join(booking_ids)}
    return Draft(kind, occasion, "reminder", "", person_id, content, workshop.id, booking_ids)


def _content(snapshot: Snapshot, workshop: Workshop, seat: _Seat) -> Iterator[tuple[str, object]]:
    terms, rule, deadline = seat.terms, seat.deadline.rule, seat.deadline
    is_free = snapshot.as_of <= deadline.at
    free = f"; free to cancel {deadline.sentence.partition(' (')[0]}" if is_free else ""
    yield "subject", f"{wording.long_day(workshop.starts_at, workshop.zone)}: {workshop.title}{free}"
    yield "title", workshop.title
    yield "times", wording.long_times(workshop.starts_at, workshop.ends_at, workshop.zone)
    yield "venue", workshop.venue or ""
    yield "is_free", is_free
    yield "deadline", deadline.sentence
    yield "gives_up", _gives_up(workshop, seat)
    yield "by_email", Channel.EMAIL in rule.channels
    yield "colleague", _COLLEAGUES.get(terms.substitutes.value, "")
    yield "clause", f"{terms.charge.clause} {rule.clause}"
    yield "exemptions", terms.exemptions.clause if terms.exemptions.value else ""


def _gives_up(workshop: Workshop, seat: _Seat) -> str:
    """What cancelling the order gives up besides this place on this day; empty: nothing."""
    days = "every day of it" if not workshop.single_day else ""
    places = f"all {seat.order_places} places in it" if seat.order_places > 1 else ""
    return " and ".join(filter(None, (places, days)))


def _is_wanted(draft: Draft, person: tuple[str, str], history: History) -> bool:
    """Whether an address is held at all, that did not ask for no reminders and had not this one."""
    _, email = person
    if not email.strip() or normalise_email(email) in history.stopped_keys:
        return False
    return not history.was_told_of(draft.kind, draft.occasion, draft.booking_ids, email)


def _address(draft: Draft, person: tuple[str, str], hub_name: str) -> Draft | None:
    """With name and address; None where mail cannot go to the address that is held."""
    name, email = person
    address = wire_address(email)
    if address is None:
        return None
    return replace(draft, address=address, content={**draft.content, "hub": hub_name, "name": " ".join(name.split())})

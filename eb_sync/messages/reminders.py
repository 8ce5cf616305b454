"""Reminders to teachers, a week and two days ahead: until when cancelling is free, how to, and whom to send instead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa

from eb_sync.mail import wire_address
from eb_sync.messages import words
from eb_sync.messages.drafts import REMINDER_DAYS, REMINDER_WEEK, Draft, History
from eb_sync.model.names import normalise_email
from eb_sync.store.people import read_names
from eb_sync.store.sync_state import read_runs
from eb_sync.workshops.calendar import Workshop, WorkshopState
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.places import Picture
from policies.decisions import Outcome, Reason
from policies.facts import Booking, Channel, Presence
from policies.notice import place_deadline
from policies.notice_rules import Deadline
from policies.parameters import Terms
from policies.wording import LONDON, dated_text

_WEEK, _DAYS, _DAY = timedelta(days=7), timedelta(hours=48), timedelta(days=1)
_LOOK_AHEAD = timedelta(days=75)
"""No deadline of a sensible policy lies further ahead of its workshop."""
_RUNS = 20

_COLLEAGUES = {
    "free": "A colleague may come in your place: they sign the register and say for whom they came.",
    "same school": "A colleague from your school may come in your place: they sign the register and say for whom they "
    "came.",
    "linked only": "A colleague may come in your place, but only if they say at the door for whom they came.",
    "announced": "A colleague from your school may come in your place if you tell us before the start.",
}
"""By what the policy says of substitutes; where it wants none, nothing is said."""


@dataclass(frozen=True, slots=True)
class _Seat:
    booking: Booking
    terms: Terms
    deadline: Deadline
    profile_id: int
    order_places: int
    """Active bookings of the same order."""


def draft_reminders(connection: sa.Connection, picture: Picture, history: History, hub_name: str) -> list[Draft]:
    """The reminders that are due now, by start: one for each person and workshop."""
    now = picture.as_of
    ahead = [
        workshop
        for workshop in picture.workshops
        if workshop.state_at(now) is WorkshopState.UPCOMING
        and workshop.starts_at <= now + _LOOK_AHEAD
        and workshop.is_bookable
        and picture.terms.covers(workshop)
    ]
    read_at = _read_at(connection, picture)
    drafts = []
    for judged in judge_workshops(connection, picture, ahead):
        for person_id, seats in _by_person(judged, picture).items():
            if person_id not in history.gone_ids:
                draft = _draft(picture, history, judged.workshop, (person_id, seats))
                if draft is not None:
                    drafts.append((draft, seats[0].profile_id))
    names = read_names(connection, picture.hub_id, [profile_id for _, profile_id in drafts])
    return [
        completed
        for draft, profile_id in drafts
        if (completed := _address(draft, names[profile_id], history, {"hub": hub_name, "read": read_at})) is not None
    ]


def _read_at(connection: sa.Connection, picture: Picture) -> str:
    runs = read_runs(connection, picture.hub_id, _RUNS)
    started = [run.started_at for run in runs if run.kind == "sync" and run.counts]
    return dated_text(max(started, default=picture.as_of))


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


def _by_person(judged: Judged, picture: Picture) -> dict[int, list[_Seat]]:
    """Places that are booked and expected: whoever cancelled, was replaced, or said they would not come has none."""
    newest, decisions = judged.newest(), judged.by_booking()
    policy = picture.terms.policy_for(judged.workshop)
    orders = Counter(each.order_id for each in newest.values() if each.presence is Presence.ACTIVE)
    people: dict[int, list[_Seat]] = defaultdict(list)
    for booking in judged.facts.bookings:
        decision, observation = decisions.get(booking.id), newest[booking.id]
        terms = policy.version_on(booking.created_at.astimezone(LONDON).date())
        if decision is None or terms is None or observation.presence is not Presence.ACTIVE:
            continue
        is_wanted = (decision.outcome, decision.reason) == (Outcome.PENDING, Reason.NOT_OVER)
        if is_wanted and decision.notice is None:
            deadline = place_deadline(terms, judged.facts.dates, booking.created_at, judged.facts.deliveries)
            seat = _Seat(booking, terms, deadline, observation.profile_id, orders[booking.order_id])
            people[booking.person_id].append(seat)
    return people


def _draft(picture: Picture, history: History, workshop: Workshop, person: tuple[int, Sequence[_Seat]]) -> Draft | None:
    """Without name and address yet; None where none is due, or one was begun."""
    person_id, seats = person
    seat = min(seats, key=lambda seat: seat.deadline.at)
    kind = due_kind(picture.as_of, workshop.starts_at, seat.deadline.at, seat.booking.created_at)
    occasion = f"{workshop.id} {workshop.starts_at:%Y-%m-%dT%H:%MZ}"
    if kind is None or history.was_begun(kind, occasion, [person_id]):
        return None
    booking_ids = tuple(each.booking.id for each in seats)
    content = dict(_content(picture, workshop, seat))
    content |= {"places": len(seats), "bookings": ", ".join(booking_ids)}
    return Draft(kind, occasion, "reminder", "", person_id, content, workshop.id, booking_ids)


def _content(picture: Picture, workshop: Workshop, seat: _Seat) -> Iterator[tuple[str, object]]:
    terms, rule, deadline = seat.terms, seat.deadline.rule, seat.deadline
    is_free = picture.as_of <= deadline.at
    free = f"; free to cancel {deadline.sentence.partition(' (')[0]}" if is_free else ""
    yield "subject", f"{words.long_day(workshop.starts_at)}: {workshop.title}{free}"
    yield "title", workshop.title
    yield "times", words.long_times(workshop.starts_at, workshop.ends_at)
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


def _address(draft: Draft, person: tuple[str, str], history: History, more: dict[str, object]) -> Draft | None:
    """With name and address; None where no address is held that mail can go to, or it asked for no reminders."""
    name, email = person
    address = wire_address(email)
    if address is None or normalise_email(email) in history.stopped_keys:
        return None
    content = {**draft.content, **more, "name": " ".join(name.split())}
    return Draft(
        draft.kind,
        draft.occasion,
        draft.template,
        address,
        draft.person_id,
        content,
        draft.workshop_id,
        draft.booking_ids,
    )

"""All places of a workshop, with what follows from the facts: attendance, notice, deadline, whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from policies.decisions import Reason
from policies.facts import (
    Answer,
    AnswerWord,
    AttendanceMark,
    BarcodeStatus,
    Booking,
    Mark,
    Observation,
    Presence,
    WalkIn,
    WorkshopFacts,
)
from policies.notice import (
    find_doubt,
    find_ending,
    judge_ending,
    judge_notice,
    most_favourable,
    place_deadline,
    split_by_channel,
)
from policies.parameters import Policy
from policies.persons import link_persons, unnamed_seats
from policies.place import CAME, Place, answer_attendance, answer_of


def build_places(facts: WorkshopFacts, policy: Policy) -> list[Place]:
    """All places of a workshop: bookings by creation, then walk-ins by recording; the same person's places linked.

    Bookings made at or after the start, and those for no seat, are among them as arrivals, because somebody may have
    come by them: a lunch ticket that was scanned shows that its holder was there.
    """
    said = _Said.of(facts)
    bookings = sorted(facts.bookings, key=lambda booking: (booking.created_at, booking.id))
    places = [_booked_place(facts, policy, booking, said) for booking in bookings]
    seats = _unnamed_seats([booking for booking in bookings if booking.is_place])
    named_orders = {booking.order_id for booking in bookings if booking.name_id is not None}
    for place, booking in zip(places, bookings, strict=True):
        has_neither = booking.name_id is None and booking.email_id is None
        is_named_order = booking.order_id in named_orders
        place.is_unnamed_seat = place.id in seats or (has_neither and is_named_order)
        place.is_nameless = has_neither and not is_named_order
    places += [
        _walk_in_place(walk_in, said.marks.get(walk_in.reference))
        for walk_in in sorted(facts.walk_ins, key=lambda w: w.id)
    ]
    link_persons(places)
    for place in places:
        _judge_notice(facts, place)
    return places


@dataclass(frozen=True, slots=True)
class _Said:
    """What people said, by reference."""

    marks: Mapping[str, AttendanceMark]
    contested: Mapping[str, AttendanceMark]
    answers: Mapping[str, Sequence[Answer]]
    stand_ins: frozenset[str]
    """Who is said to have come in a colleague's place."""

    @staticmethod
    def of(facts: WorkshopFacts) -> _Said:
        answers: dict[str, list[Answer]] = {}
        for answer in facts.answers:
            answers.setdefault(answer.booking_id, []).append(answer)
        stand_ins = frozenset(link.substitute_id for link in facts.links if link.substitute_id != link.replaces)
        marks = {mark.booking_id: mark for mark in facts.marks if not mark.is_contested}
        return _Said(marks, _contested(facts.marks, marks), answers, stand_ins)


def _contested(marks: Iterable[AttendanceMark], standing: Mapping[str, AttendanceMark]) -> dict[str, AttendanceMark]:
    """What was said against the marks that stand, since they were made: a newer mark settles it."""
    said = (mark for mark in marks if mark.is_contested and mark.booking_id in standing)
    return {
        mark.booking_id: mark
        for mark in said
        if mark.id > standing[mark.booking_id].id and mark.mark is not standing[mark.booking_id].mark
    }


def _booked_place(facts: WorkshopFacts, policy: Policy, booking: Booking, said: _Said) -> Place:
    starts_at = facts.dates[-1].starts_at
    mark, contested = said.marks.get(booking.id), said.contested.get(booking.id)
    is_arrival = booking.created_at >= starts_at or not booking.is_place
    newest = booking.observations[-1]
    checked_in = is_checked_in(facts, booking)
    is_stand_in = booking.id in said.stand_ins
    ending = find_ending(booking, facts.sightings)
    is_expected = ending is None or (ending.seen_cancelled and ending.latest_at > starts_at)
    place = Place(
        id=booking.id,
        created_at=booking.created_at,
        person_id=booking.person_id,
        name_id=booking.name_id,
        school_id=booking.school_id,
        school_keys=booking.school_keys,
        is_walk_in=False,
        mark=None if mark is None or mark.mark is Mark.UNMARKED else mark,
        checked_in=checked_in,
        came=checked_in or is_stand_in if mark is None or mark.mark is Mark.UNMARKED else mark.mark in CAME,
        contested=None if contested is None else contested.mark,
        is_stand_in=is_stand_in,
        is_arrival=is_arrival,
        is_no_seat=not booking.is_place,
        ending=ending,
        doubt=find_doubt(booking, facts.sightings),
        is_expected=is_expected and not is_arrival,
        terms=None if is_arrival else policy.version_on(booking.created_at.astimezone(facts.zone).date()),
        answers=said.answers.get(booking.id, ()),
        newest_observation_id=newest.id,
        newest_mark_id=max(each.id for each in (mark, contested) if each is not None) if mark is not None else 0,
        is_unreadable=newest.presence is Presence.UNREADABLE,
        is_ticket_known=booking.ticket_known,
        is_erased=booking.is_erased,
        alike_ids=booking.alike_ids,
    )
    if place.answers:
        answer_attendance(place)
        place.is_no_place = not place.is_ticket_known and is_said_no_place(place)
    return place


def is_said_no_place(place: Place) -> bool:
    """Whether somebody answered that a ticket which nobody has described is none for a seat."""
    words = frozenset({AnswerWord.NO_PLACE, AnswerWord.CHARGE})
    answer = answer_of(place, Reason.TICKET_UNKNOWN, place.newest_observation_id, words)
    return answer is AnswerWord.NO_PLACE


def _judge_notice(facts: WorkshopFacts, place: Place) -> None:
    """When notice was given for the place; what was recorded about one of a person's places is about all of them."""
    if place.terms is None:
        return
    place.deadline = place_deadline(facts, place.terms, place.created_at)
    deadline_at = place.deadline.at
    if facts.notices:
        about = {other.id for other in place.everyone}
        schools = frozenset().union(*(other.school_keys for other in place.everyone))
        found = [
            notice
            for notice in facts.notices
            if notice.booking_id in about or (notice.school_key is not None and notice.school_key in schools)
        ]
        rules = [place.terms.notice_for(delivery) for delivery in facts.deliveries]
        place.notices, place.uncounted = split_by_channel(rules, found)
    if place.ending is None and not place.notices:
        return
    starts_at = facts.dates[-1].starts_at
    judged = [judge_notice(notice, deadline_at, starts_at) for notice in place.notices]
    if place.ending is not None:
        judged.append(judge_ending(place.ending, deadline_at, starts_at))
    place.given = [given for given in judged if given is not None]
    place.notice = most_favourable(place.given)


def is_checked_in(facts: WorkshopFacts, booking: Booking) -> bool:
    """Whether the booking was checked in at this workshop: of a page for several days nobody can say which one."""
    if facts.single_day:
        return was_checked_in(booking.observations)
    only = facts.only_day_between
    return only is not None and was_checked_in(booking.observations, only)


def was_checked_in(observations: Iterable[Observation], between: tuple[int, int] | None = None) -> bool:
    """Whether the check-in stands: until the barcode is seen unused again; cancelling does not undo it.

    `between` are the ids of facts after and before which it must have been read; None: whenever.
    """
    checked_in = False
    for observation in observations:
        if observation.checked_in or observation.barcode_status is BarcodeStatus.USED:
            checked_in = checked_in or between is None or between[0] < observation.id < between[1]
        elif observation.barcode_status is BarcodeStatus.UNUSED:
            checked_in = False
    return checked_in


def _walk_in_place(walk_in: WalkIn, mark: AttendanceMark | None) -> Place:
    return Place(
        id=walk_in.reference,
        created_at=walk_in.recorded_at,
        person_id=walk_in.person_id,
        name_id=walk_in.name_id,
        school_id=walk_in.school_id,
        school_keys=walk_in.school_keys,
        is_walk_in=True,
        mark=None if mark is None or mark.mark is Mark.UNMARKED else mark,
        checked_in=False,
        came=mark is None or mark.mark is Mark.UNMARKED or mark.mark in CAME,
        is_erased=walk_in.is_erased,
        newest_observation_id=walk_in.id,
        newest_mark_id=0 if mark is None else mark.id,
    )


def _unnamed_seats(bookings: Sequence[Booking]) -> frozenset[str]:
    # a ticket that nobody has described makes nobody a seat: it may be a lunch
    return unnamed_seats((each.id, each.order_id, each.person_id) for each in bookings if each.ticket_known)


def expected_bookings(facts: WorkshopFacts, policy: Policy) -> tuple[str, ...]:
    """References of expected places of which nobody said whether the teacher came: what keeps a register from closing.

    Vanished rows are not expected, and neither are walk-ins, who are there by being recorded.
    """
    places = build_places(facts, policy)
    return tuple(
        place.id
        for place in places
        if place.is_expected
        and place.mark is None
        and (not place.came or place.is_answered)
        and not place.is_walk_in
        and not place.is_no_place
    )

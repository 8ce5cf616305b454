"""One place, with what follows from its facts alone: attendance, notice, deadline, who it is the same person as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from policies.decisions import NoticeGiven, Reason
from policies.facts import (
    Answer,
    AnswerWord,
    AttendanceMark,
    BarcodeStatus,
    Booking,
    Mark,
    Notice,
    Observation,
    Presence,
    WalkIn,
    WorkshopFacts,
)
from policies.notice import (
    Ending,
    find_ending,
    judge_ending,
    judge_notice,
    most_favourable,
    place_deadline,
    split_by_channel,
)
from policies.notice_rules import Deadline
from policies.parameters import Policy, Terms
from policies.wording import LONDON

CAME = frozenset({Mark.PRESENT, Mark.LATE, Mark.LEFT_EARLY})


@dataclass(slots=True)
class Place:
    """A booking or a walk-in at one workshop, as far as it can be judged by itself."""

    id: str
    created_at: datetime
    person_id: int
    name_id: int | None
    school_id: str | None
    school_keys: frozenset[str]
    is_walk_in: bool
    mark: AttendanceMark | None
    """The newest one; None if there is none, or it says unmarked."""
    checked_in: bool
    came: bool
    """Marked as having come, or checked in and not marked otherwise; answers may change it."""
    ending: Ending | None = None
    is_expected: bool = False
    terms: Terms | None = None
    """The policy version under which it was booked; None for walk-ins and where none was in force."""
    deadline: Deadline | None = None
    given: Sequence[NoticeGiven] = ()
    """Every notice for it, on Eventbrite and recorded by a person."""
    notice: NoticeGiven | None = None
    """The most favourable of them; an answer may replace it."""
    notices: Sequence[Notice] = ()
    """Recorded by a person and given in a way that counts."""
    uncounted: Sequence[Notice] = ()
    """Given in a way that the policy does not accept."""
    answers: Sequence[Answer] = ()
    newest_observation_id: int = 0
    newest_mark_id: int = 0
    is_unreadable: bool = False
    is_unnamed_seat: bool = False
    others: list[Place] = field(default_factory=list)
    """Other places of the same person at this workshop."""
    is_judged: bool = True
    """Of one person's places the one that is judged."""
    is_answered: bool = False
    """Somebody answered whether the teacher was there."""

    @property
    def deadline_at(self) -> datetime | None:
        """The last instant at which notice is free of charge; None for walk-ins and where no terms were in force."""
        return None if self.deadline is None else self.deadline.at

    @property
    def is_conflict(self) -> bool:
        """Checked in, but marked absent or turned away."""
        return self.checked_in and self.mark is not None and self.mark.mark not in CAME

    @property
    def attendance_lapses_after(self) -> int:
        """The newest fact that bears on whether the teacher was there; older answers about that have lapsed."""
        return max(self.newest_mark_id, self.newest_observation_id)

    @property
    def is_vanished(self) -> bool:
        """Went missing, never seen cancelled, and not so early that it counts as cancelled in time."""
        ending = self.ending
        if ending is None or ending.seen_cancelled:
            return False
        return self.deadline_at is None or ending.latest_at > self.deadline_at


def build_places(facts: WorkshopFacts, policy: Policy) -> list[Place]:
    """All places of a workshop: bookings by creation, then walk-ins by recording; the same person's places linked."""
    starts_at = facts.dates[-1].starts_at
    marks: dict[str, AttendanceMark] = {}
    for mark in facts.marks:
        marks[mark.booking_id] = mark
    answers: dict[str, list[Answer]] = {}
    for answer in facts.answers:
        answers.setdefault(answer.booking_id, []).append(answer)
    bookings = [booking for booking in facts.bookings if booking.is_place and booking.created_at < starts_at]
    places = [
        _booked_place(facts, policy, booking, marks.get(booking.id), answers.get(booking.id, ()))
        for booking in sorted(bookings, key=lambda booking: (booking.created_at, booking.id))
    ]
    seats = _unnamed_seats([booking for booking in facts.bookings if booking.is_place])
    for place in places:
        place.is_unnamed_seat = place.id in seats
    places += [
        _walk_in_place(walk_in, marks.get(walk_in.reference)) for walk_in in sorted(facts.walk_ins, key=lambda w: w.id)
    ]
    return places


def _booked_place(
    facts: WorkshopFacts, policy: Policy, booking: Booking, mark: AttendanceMark | None, answers: Sequence[Answer]
) -> Place:
    starts_at = facts.dates[-1].starts_at
    newest = booking.observations[-1]
    checked_in = facts.single_day and was_checked_in(booking.observations)
    ending = None if newest.presence is Presence.ACTIVE else find_ending(booking, facts.sightings)
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
        came=checked_in if mark is None or mark.mark is Mark.UNMARKED else mark.mark in CAME,
        ending=ending,
        is_expected=ending is None or (ending.seen_cancelled and ending.latest_at > starts_at),
        terms=policy.version_on(booking.created_at.astimezone(LONDON).date()),
        answers=answers,
        newest_observation_id=newest.id,
        newest_mark_id=0 if mark is None else mark.id,
        is_unreadable=newest.presence is Presence.UNREADABLE,
    )
    if answers:
        _answer_attendance(place)
    _judge_notice(facts, place)
    return place


def _answer_attendance(place: Place) -> None:
    """Somebody said whether the teacher was there, where register and check-in did not."""
    words = frozenset({AnswerWord.PRESENT, AnswerWord.ABSENT})
    lapses_after = place.attendance_lapses_after
    if place.is_conflict:
        word = answer_of(place, Reason.ATTENDANCE_CONFLICT, lapses_after, words)
    elif place.mark is None and not place.checked_in:
        word = answer_of(place, Reason.ATTENDANCE_UNMARKED, lapses_after, words)
    else:
        return
    place.is_answered = word is not None
    place.came = word is AnswerWord.PRESENT


def _judge_notice(facts: WorkshopFacts, place: Place) -> None:
    if place.terms is None:
        return
    place.deadline = place_deadline(place.terms, facts.dates, place.created_at, facts.deliveries)
    deadline_at = place.deadline.at
    if facts.notices:
        found = [
            notice
            for notice in facts.notices
            if notice.booking_id == place.id
            or (notice.school_key is not None and notice.school_key in place.school_keys)
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


def was_checked_in(observations: Iterable[Observation]) -> bool:
    """Whether the check-in stands: until the barcode is seen unused again; cancelling does not undo it."""
    checked_in = False
    for observation in observations:
        if observation.checked_in or observation.barcode_status is BarcodeStatus.USED:
            checked_in = True
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
    )


def _unnamed_seats(bookings: Sequence[Booking]) -> frozenset[str]:
    """Rows of one order, two or more, that carry the same name and e-mail: each is its own, unknown, person."""
    counts = Counter((booking.order_id, booking.person_id) for booking in bookings)
    if len(counts) == len(bookings):
        return frozenset()
    return frozenset(booking.id for booking in bookings if counts[booking.order_id, booking.person_id] > 1)


def link_persons(places: Sequence[Place]) -> None:
    """Find places of the same person and decide which of them is judged.

    Same person: same name and e-mail (`person_id`), or same name and same confirmed school. Judged is whichever was
    attended, else expected, else newest; ties: newest, then reference.
    """
    groups: dict[object, list[Place]] = {}
    for place in places:
        if place.is_unnamed_seat:
            continue
        keys: list[object] = [place.person_id]
        if place.name_id is not None and place.school_id is not None:
            keys.append((place.name_id, place.school_id))
        _join(groups, keys, place)
    for group in {id(group): group for group in groups.values() if len(group) > 1}.values():
        _choose_judged(group)


def _join(groups: dict[object, list[Place]], keys: Sequence[object], place: Place) -> None:
    found = [groups[key] for key in keys if key in groups]
    group = found[0] if found else []
    if found and found[-1] is not group:
        # the place shows that two persons so far are one
        absorbed = found[-1]
        group.extend(absorbed)
        for key in [key for key, members in groups.items() if members is absorbed]:
            groups[key] = group
    group.append(place)
    for key in keys:
        groups[key] = group


def _choose_judged(group: list[Place]) -> None:
    ordered = sorted(group, key=lambda place: place.id)
    ordered.sort(key=lambda place: place.created_at, reverse=True)
    ordered.sort(key=lambda place: 0 if place.came else 1 if place.is_expected else 2)
    for place in group:
        place.is_judged = place is ordered[0]
        place.others = [other for other in group if other is not place]


def answer_of(place: Place, question: str, lapses_after: int, words: frozenset[AnswerWord]) -> AnswerWord | None:
    """The newest answer to a question about a place, if no newer fact made it lapse."""
    for answer in reversed(place.answers):
        if answer.question == question and answer.word in words:
            return answer.word if answer.id > lapses_after else None
    return None


def expected_bookings(facts: WorkshopFacts, policy: Policy) -> tuple[str, ...]:
    """References of expected places that are neither marked nor checked in: what keeps a register from being closed.

    Vanished rows are not expected, and neither are walk-ins, who are there by being recorded.
    """
    places = build_places(facts, policy)
    return tuple(
        place.id
        for place in places
        if place.is_expected and place.mark is None and not place.checked_in and not place.is_walk_in
    )

"""Why a place is charged or not: the rows of DESIGN 5.2 in order, each with its condition and a person's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from policies.decisions import NoticeGiven, Reason, Verdict
from policies.exemptions import find_exemption
from policies.facts import AnnouncedDate, AnswerWord, Channel, ExemptionState, Mark, OtherBooking, WorkshopFacts
from policies.notice import Ending, dates_since, deadline_for
from policies.parameters import Policy, PolicyTerms
from policies.place import Place, answer_of

TRANSFER_BEFORE = timedelta(hours=24)
TRANSFER_SLACK = timedelta(minutes=10)

QUESTIONS: Mapping[Reason, frozenset[AnswerWord]] = {
    Reason.EXEMPTION_CLAIMED: frozenset(),
    Reason.ATTENDANCE_CONFLICT: frozenset({AnswerWord.PRESENT, AnswerWord.ABSENT}),
    Reason.DUPLICATE_CANCELLED: frozenset({AnswerWord.IN_TIME, AnswerWord.CHARGE}),
    Reason.DUPLICATE_SUSPECTED: frozenset({AnswerWord.SAME, AnswerWord.CHARGE}),
    Reason.BOOKING_VANISHED: frozenset(
        {AnswerWord.NEVER_BOOKED, AnswerWord.IN_TIME, AnswerWord.LATE, AnswerWord.CHARGE}
    ),
    Reason.STATUS_UNKNOWN: frozenset({AnswerWord.NEVER_BOOKED, AnswerWord.IN_TIME, AnswerWord.LATE, AnswerWord.CHARGE}),
    Reason.TICKET_UNKNOWN: frozenset({AnswerWord.NO_PLACE, AnswerWord.CHARGE}),
    Reason.NOTICE_UNPROVEN: frozenset({AnswerWord.IN_TIME, AnswerWord.LATE}),
    Reason.BOOKED_AFTER_DEADLINE: frozenset({AnswerWord.CHARGE}),
    Reason.TRANSFERRED: frozenset({AnswerWord.CHARGE}),
    Reason.PERSON_ERASED: frozenset({AnswerWord.CHARGE}),
    Reason.PERSON_UNKNOWN: frozenset({AnswerWord.CHARGE}),
    Reason.ATTENDANCE_UNMARKED: frozenset({AnswerWord.PRESENT, AnswerWord.ABSENT}),
    Reason.WORKSHOP_MOVED: frozenset({AnswerWord.CHARGE}),
    Reason.WALK_IN_UNMATCHED: frozenset({AnswerWord.CHARGE}),
}
"""What a person may answer to each question, beside `waive`."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is the same for all places of a workshop."""

    facts: WorkshopFacts
    policy: Policy
    as_of: datetime
    is_off: bool
    links: Mapping[str, str]
    """For each booking replaced, who came for it."""
    is_stale: bool
    """No complete read began after the end, or the newest one is held."""
    newest_extra_id: int
    """The newest fact that brought somebody who may have come in a colleague's place."""


def _workshop_cancelled(case: Case, _place: Place) -> Reason | None:
    return Reason.WORKSHOP_CANCELLED if case.is_off else None


def _attended(_case: Case, place: Place) -> Reason | None:
    # came is came, whatever was cancelled before; leaving early is weighed below, and only if the policy bills it
    return Reason.ATTENDED if place.came and not _left_early(place) else None


def replaced_row(case: Case, place: Place) -> Reason | None:
    """Row 3: a substitute linked to this booking came."""
    return Reason.REPLACED if place.id in case.links else None


def _duplicate(case: Case, place: Place) -> Reason | None:
    # one person is billed for one place at most: the judged one
    is_same = place.alike and answer_to(case, place, Reason.DUPLICATE_SUSPECTED) is AnswerWord.SAME
    return Reason.DUPLICATE if is_same or not place.is_judged else None


def _notice_in_time(case: Case, place: Place) -> Reason | None:
    # a person's word comes first, because it may turn what is unproven into notice in time
    apply_answer(case, place)
    return Reason.NOTICE_IN_TIME if place.notice is not None and place.notice.verdict is Verdict.IN_TIME else None


def _exempt(case: Case, place: Place) -> Reason | None:
    if not case.facts.exemptions:
        return None
    # only what a person approved spares a bill; a claim that waits is a question below
    exemption = find_exemption(case.facts, place, ExemptionState.APPROVED)
    return None if exemption is None else Reason(exemption.kind.value)


def _waived(_case: Case, place: Place) -> Reason | None:
    # a waiver for one of a person's places is a waiver for all of them here
    said = (answer.word for each in place.everyone for answer in each.answers)
    return Reason.WAIVED if AnswerWord.WAIVE in said else None


def _not_charged(case: Case, place: Place) -> Reason | None:
    facts = case.facts
    day = (facts.dates[-1].starts_at if facts.dates_known else facts.dates[-1].ends_at).astimezone(facts.zone).date()
    # the hub had not begun to charge, does not charge here, or no terms were shown: no bill can be founded on that
    before = facts.billing_from_on is not None and day < facts.billing_from_on
    if before or not facts.in_scope or (place.terms is None and not place.is_walk_in):
        return Reason.OUTSIDE_POLICY
    # somebody recorded as a walk-in and then marked absent was never there, and has no booking to answer for
    if place.is_walk_in or _is_never_booked(case, place):
        return Reason.NEVER_BOOKED
    # a person said that the ticket is for no seat, so nobody was missed in it
    return Reason.NO_PLACE if place.is_no_place else None


def _is_never_booked(case: Case, place: Place) -> bool:
    asked = [(Reason.BOOKING_VANISHED, place.is_vanished), (Reason.STATUS_UNKNOWN, place.doubt is not None)]
    return any(is_so and answer_to(case, place, reason) is AnswerWord.NEVER_BOOKED for reason, is_so in asked)


def _pending(case: Case, place: Place) -> Reason | None:
    facts = case.facts
    # none of these is a bill yet: until all is known, time may still speak for the teacher
    if not facts.dates_known:
        return Reason.DATES_UNKNOWN
    if case.as_of < facts.dates[-1].ends_at:
        return Reason.NOT_OVER
    # an open register may still get the mark that shows the teacher was there
    if facts.register_closed_at is None:
        return Reason.REGISTER_OPEN
    # without a complete read since the end a cancellation in time may be unread
    return Reason.BOOKINGS_STALE if case.is_stale or place.is_unreadable else None


def _question(case: Case, place: Place) -> Reason | None:
    for reason, is_asked in _ASKED:
        # the first doubt that nobody has settled stops the bill
        if is_asked(case, place) and answer_to(case, place, reason) is None:
            return reason
    return None


def _is_claimed(case: Case, place: Place) -> bool:
    return bool(case.facts.exemptions) and (find_exemption(case.facts, place, ExemptionState.CLAIMED) is not None)


def _is_conflict(_case: Case, place: Place) -> bool:
    return place.is_conflict


def _is_duplicate_cancelled(case: Case, place: Place) -> bool:
    return _notice_for_duplicate(case, place) is not None


def _notice_for_duplicate(case: Case, place: Place) -> NoticeGiven | None:
    """Notice for the same person's other place here, given after this one was booked and perhaps in time."""
    for other in place.others:
        supposed = [given for given in other.given if given.verdict is not Verdict.LATE]
        ending = other.ending or other.doubt
        is_before = ending is not None and ending.earliest_at < case.facts.dates[-1].starts_at
        if ending is not None and is_before and (other.is_vanished or other.doubt is not None):
            supposed.append(_as_notice(ending))
        for given in supposed:
            if given.latest_at > place.created_at:
                return given
    return None


def _is_suspected(_case: Case, place: Place) -> bool:
    return any(other.has_come for other in place.alike)


def _is_vanished(_case: Case, place: Place) -> bool:
    return place.is_vanished


def _is_doubtful(_case: Case, place: Place) -> bool:
    return place.doubt is not None


def _is_ticket_unknown(_case: Case, place: Place) -> bool:
    return not place.is_ticket_known


def _is_unproven(_case: Case, place: Place) -> bool:
    # perhaps in time: what cannot be proved late is not billed as late
    return place.notice is not None and place.notice.verdict is Verdict.UNPROVEN


def _is_booked_late(_case: Case, place: Place) -> bool:
    late = place.deadline_at is not None and place.created_at > place.deadline_at
    # nobody who booked after the deadline could have given notice in time, so a person decides
    return late and place.notice is not None


def _is_transferred(case: Case, place: Place) -> bool:
    notice, ending = place.notice, place.ending or place.doubt
    # only late notice can become a bill here; a teacher who moved to another date may have meant no absence
    if notice is None or notice.verdict is not Verdict.LATE or ending is None:
        return False
    since, until = ending.earliest_at - TRANSFER_BEFORE, ending.latest_at + TRANSFER_SLACK
    return any(
        _may_be_same_person(place, other) and since <= other.created_at <= until for other in case.facts.other_bookings
    )


def _may_be_same_person(place: Place, other: OtherBooking) -> bool:
    """The same person, or perhaps: of one name where one of the schools is not known, or with one address."""
    if place.person_id == other.person_id or other.person_id in place.alike_ids:
        return True
    has_name = place.name_id is not None and place.name_id == other.name_id
    return has_name and (None in (place.school_id, other.school_id) or place.school_id == other.school_id)


def _is_erased(_case: Case, place: Place) -> bool:
    return place.is_erased


def _is_nameless(_case: Case, place: Place) -> bool:
    return place.is_nameless


_ASKED: tuple[tuple[Reason, Callable[[Case, Place], bool]], ...] = (
    (Reason.EXEMPTION_CLAIMED, _is_claimed),
    (Reason.ATTENDANCE_CONFLICT, _is_conflict),
    (Reason.DUPLICATE_CANCELLED, _is_duplicate_cancelled),
    (Reason.DUPLICATE_SUSPECTED, _is_suspected),
    (Reason.BOOKING_VANISHED, _is_vanished),
    (Reason.STATUS_UNKNOWN, _is_doubtful),
    (Reason.TICKET_UNKNOWN, _is_ticket_unknown),
    (Reason.NOTICE_UNPROVEN, _is_unproven),
    (Reason.BOOKED_AFTER_DEADLINE, _is_booked_late),
    (Reason.TRANSFERRED, _is_transferred),
    (Reason.PERSON_ERASED, _is_erased),
    (Reason.PERSON_UNKNOWN, _is_nameless),
)


def _unmarked(_case: Case, place: Place) -> Reason | None:
    # no mark is no proof of absence, on a closed register too
    is_open = place.is_expected and place.mark is None and not place.is_answered
    return Reason.ATTENDANCE_UNMARKED if is_open else None


def _moved(case: Case, place: Place) -> Reason | None:
    # the teacher agreed to another day; whether the new one binds them a person says
    is_moved = place.terms is not None and _is_moved(case, place.terms, place.created_at)
    return Reason.WORKSHOP_MOVED if is_moved and answer_to(case, place, Reason.WORKSHOP_MOVED) is None else None


def _is_moved(case: Case, terms: PolicyTerms, booked_at: datetime) -> bool:
    booked_for, *since = dates_since(case.facts.dates, booked_at)
    zone, deliveries = case.facts.zone, case.facts.deliveries
    day = booked_for.starts_at.astimezone(zone).date()
    return _is_declared_late(case, terms, booked_for, booked_at) or any(
        announced.starts_at.astimezone(zone).date() != day
        or announced.announced_at > deadline_for(terms, announced.starts_at, deliveries, zone).at
        for announced in since
    )


def _is_declared_late(case: Case, terms: PolicyTerms, announced: AnnouncedDate, booked_at: datetime) -> bool:
    """Whether a day that a person declared was named, after the booking, when notice in time was possible no more."""
    if announced.declared_at is None:
        return False
    declared_at, gap = announced.declared_at, announced.withdrawn_between
    if gap is not None and gap[0] <= booked_at < gap[1]:
        declared_at = gap[1]
    deadline = deadline_for(terms, announced.starts_at, case.facts.deliveries, case.facts.zone)
    return booked_at < declared_at and declared_at > deadline.at


def _left_early(place: Place) -> bool:
    """Whether the place was left early under a policy that charges for that."""
    is_marked = place.mark is not None and place.mark.mark is Mark.LEFT_EARLY and not place.is_answered
    return is_marked and place.terms is not None and place.terms.attendance_percent(Mark.LEFT_EARLY) > 0


def _part_attendance(_case: Case, place: Place) -> Reason | None:
    return Reason.PART_ATTENDANCE if _left_early(place) else None


def _turned_away(_case: Case, place: Place) -> Reason | None:
    is_turned_away = place.mark is not None and place.mark.mark is Mark.TURNED_AWAY
    return Reason.TURNED_AWAY if is_turned_away else None


def _late_notice(_case: Case, place: Place) -> Reason | None:
    # proved late: the whole interval in which notice was given lies after the deadline
    return Reason.LATE_NOTICE if place.notice is not None and place.notice.verdict is Verdict.LATE else None


ROWS: tuple[Callable[[Case, Place], Reason | None], ...] = (
    _workshop_cancelled,
    _attended,
    replaced_row,
    _duplicate,
    _notice_in_time,
    _exempt,
    _waived,
    _not_charged,
    _pending,
    _question,
    _unmarked,
    _moved,
    _part_attendance,
    _turned_away,
    _late_notice,
)
"""Rows 1 to 13 of DESIGN 5.2 in their order; row 14, `no_show`, is left."""


def answer_to(case: Case, place: Place, question: Reason) -> AnswerWord | None:
    """A person's answer that still stands: none newer was recorded that bears on its question."""
    if not place.answers:
        return None
    return answer_of(place, question, _lapses_after(case, place, question), QUESTIONS[question])


def _lapses_after(case: Case, place: Place, question: Reason) -> int:
    newest_date = case.facts.dates[-1].id
    if question is Reason.WORKSHOP_MOVED:
        return newest_date
    if question is Reason.WALK_IN_UNMATCHED:
        return case.newest_extra_id
    if question is Reason.ATTENDANCE_CONFLICT:
        return place.attendance_lapses_after
    if question is Reason.DUPLICATE_SUSPECTED:
        # notices and dates say nothing of who somebody is
        about = [place, *(each for other in place.alike for each in other.everyone)]
        return max(each.attendance_lapses_after for each in about)
    given = (*place.notices, *place.uncounted)
    newest = max(place.newest_observation_id, newest_date, *(notice.id for notice in given))
    if question is Reason.DUPLICATE_CANCELLED:
        for other in place.others:
            newest = max(newest, other.newest_observation_id, *(notice.id for notice in other.notices))
    return newest


_VERDICTS = {AnswerWord.IN_TIME: Verdict.IN_TIME, AnswerWord.LATE: Verdict.LATE}


def apply_answer(case: Case, place: Place) -> None:
    """Let a person's word about when notice was given stand for what could not be proved, never for what was."""
    # an answer never takes away notice that is proved to be in time
    if not place.answers or (place.notice is not None and place.notice.verdict is Verdict.IN_TIME):
        return
    for question, notice in _supposed(case, place):
        verdict = _VERDICTS.get(answer_to(case, place, question) or AnswerWord.CHARGE)
        if notice is not None and verdict is not None:
            place.notice = replace(notice, verdict=verdict)
            return


def _supposed(case: Case, place: Place) -> Iterator[tuple[Reason, NoticeGiven | None]]:
    """What a person may be asked about when notice was given, each with the notice that it would be."""
    if place.is_vanished and place.ending is not None:
        yield Reason.BOOKING_VANISHED, _as_notice(place.ending)
    if place.doubt is not None:
        yield Reason.STATUS_UNKNOWN, _as_notice(place.ending or place.doubt)
    if place.notice is not None and place.notice.verdict is Verdict.UNPROVEN:
        yield Reason.NOTICE_UNPROVEN, place.notice
    yield Reason.DUPLICATE_CANCELLED, _notice_for_duplicate(case, place)


def _as_notice(ending: Ending) -> NoticeGiven:
    return NoticeGiven(ending.earliest_at, ending.latest_at, Verdict.UNPROVEN, Channel.EVENTBRITE)

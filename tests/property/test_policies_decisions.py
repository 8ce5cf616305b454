"""What holds for every history: the promises of DESIGN 1 and 5, over generated facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.decisions import Decision, Outcome, Reason
from policies.engine import assess_workshop
from policies.facts import (
    Answer,
    AnswerWord,
    AttendanceMark,
    Booking,
    ExemptionKind,
    ExemptionState,
    Mark,
    OtherBooking,
    Presence,
    SubstituteLink,
    WorkshopFacts,
)
from policies.parameters import load_policy, read_shipped
from tests.factories import AS_OF, ENDS_AT, STARTS_AT, Story, called_off

POLICY = load_policy(read_shipped("maths-hub"))
LAG = timedelta(minutes=5)
DAY = timedelta(hours=24)
REFS = ("B1", "B2", "B3", "B4", "B5")
SCHOOLS = (None, "Oak", "Elm")
QUESTIONS = (
    Reason.ATTENDANCE_CONFLICT,
    Reason.ATTENDANCE_UNMARKED,
    Reason.NOTICE_UNPROVEN,
    Reason.BOOKING_VANISHED,
    Reason.DUPLICATE_CANCELLED,
    Reason.BOOKED_AFTER_DEADLINE,
    Reason.TRANSFERRED,
    Reason.WORKSHOP_MOVED,
    Reason.WALK_IN_UNMATCHED,
)

# quarters of an hour, so that exact deadlines and ties happen; most of them around the last two days
hours = st.one_of(st.integers(-8 * 4, 60 * 4), st.integers(22 * 4, 26 * 4), st.integers(60 * 4, 900 * 4)).map(
    lambda quarters: STARTS_AT - timedelta(minutes=15 * quarters)
)
refs = st.sampled_from(REFS)

thorough = settings(derandomize=True, max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    story = Story(
        is_closed=draw(st.sampled_from([True, True, True, False])),
        is_read_after=draw(st.sampled_from([True, True, True, False])),
        settings={
            "single_day": draw(st.booleans()),
            "dates_known": draw(st.sampled_from([True, True, True, True, False])),
            "read_held": draw(st.sampled_from([False, False, False, True])),
            "in_scope": draw(st.sampled_from([True, True, True, False])),
        },
    )
    for ref in draw(st.lists(refs, unique=True, min_size=1)):
        _book(draw, story, ref)
    told = st.sampled_from(list(TELLERS))
    for name in sorted(draw(st.lists(told, max_size=10)), key=lambda name: name == "answer"):
        TELLERS[name](draw, story, draw(st.sampled_from(list(story.bookings))))
    if draw(st.integers(0, 15)) == 0:
        story.settings["hub_statement"] = called_off(story.next_id(), off=draw(st.booleans()))
    return story


def _book(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.book(
        ref,
        draw(hours),
        person_id=draw(st.integers(1, 4)),
        name_id=draw(st.sampled_from([None, 1, 2, 3])),
        school=draw(st.sampled_from(SCHOOLS)),
        order_id=draw(st.sampled_from(["one", "two", "three"])),
    )
    history = draw(st.lists(st.tuples(hours, st.sampled_from(["sight", "cancel", "vanish", "again"])), max_size=4))
    booked_at = story.bookings[ref]["created_at"]
    for at, event in sorted(history):
        if at < booked_at:
            continue
        if event == "sight":
            story.sight(at)
        elif event == "cancel":
            story.cancel(ref, at, stamped_at=draw(st.one_of(st.just(at), hours)), barcode=draw(st.booleans()))
        elif event == "vanish":
            story.vanish(ref, at)
        else:
            story.observe(ref, at, draw(st.sampled_from([Presence.ACTIVE, Presence.UNREADABLE])))


def _mark(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.mark(ref, draw(st.sampled_from([Mark.ABSENT, Mark.ABSENT, Mark.ABSENT, Mark.PRESENT, Mark.UNMARKED])))


def _mark_all(draw: st.DrawFn, story: Story, _ref: str) -> None:
    for ref in story.bookings:
        story.mark(ref, Mark.ABSENT)


def _check_in(_draw: st.DrawFn, story: Story, ref: str) -> None:
    story.check_in(ref)


def _notice(draw: st.DrawFn, story: Story, ref: str) -> None:
    school = draw(st.sampled_from(SCHOOLS))
    story.notice(None if school else ref, draw(hours), school=school)


def _walk_in(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.walk_in(f"W{len(story.walk_ins) + 1}", draw(st.sampled_from(SCHOOLS)), draw(st.sampled_from([None, ref])))


def _exemption(draw: st.DrawFn, story: Story, ref: str) -> None:
    kind, state = draw(st.sampled_from(ExemptionKind)), draw(st.sampled_from(ExemptionState))
    days = (date(2019, 11, 4), date(2019, 11, draw(st.integers(4, 6))))
    story.claim(kind, state, ref=ref, days=days)


def _answer(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.answer(ref, draw(st.sampled_from(QUESTIONS)), draw(st.sampled_from(AnswerWord)))


def _link(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.links.append(SubstituteLink(story.next_id(), draw(st.sampled_from(list(story.bookings))), ref))


def _move(draw: st.DrawFn, story: Story, _ref: str) -> None:
    story.move(STARTS_AT + timedelta(hours=draw(st.integers(-30, 30))), draw(hours))


def _other(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.others.append(OtherBooking(story.bookings[ref]["person_id"], None, None, "901", draw(hours)))


TELLERS = {
    "mark": _mark,
    "mark all": _mark_all,
    "check in": _check_in,
    "notice": _notice,
    "walk in": _walk_in,
    "exemption": _exemption,
    "answer": _answer,
    "link": _link,
    "move": _move,
    "other": _other,
}


def decide(facts: WorkshopFacts) -> Mapping[str, Decision]:
    decisions = assess_workshop(facts, POLICY, AS_OF)
    decided = {decision.booking_id: decision for decision in decisions}
    assert len(decided) == len(decisions)
    return decided


def starts_announced_since(facts: WorkshopFacts, booked_at: datetime) -> list[datetime]:
    known = [index for index, announced in enumerate(facts.dates) if announced.announced_at <= booked_at]
    return [announced.starts_at for announced in facts.dates[max(known, default=0) :]]


def deadline_of(facts: WorkshopFacts, booking: Booking) -> datetime:
    return max(starts_announced_since(facts, booking.created_at)) - DAY


def newest_mark(facts: WorkshopFacts, ref: str) -> AttendanceMark | None:
    marks = [mark for mark in facts.marks if mark.booking_id == ref]
    return marks[-1] if marks and marks[-1].mark is not Mark.UNMARKED else None


def answered(facts: WorkshopFacts, ref: str, question: Reason, *words: AnswerWord) -> bool:
    return any(a.booking_id == ref and a.question == question and a.word in words for a in facts.answers)


def proofs_of(facts: WorkshopFacts, booking: Booking) -> list[datetime]:
    """The moments at which a complete read, or its creation, proves the booking active."""
    proofs = [booking.created_at]
    for sighting in facts.sightings:
        before = [observation for observation in booking.observations if observation.id < sighting.id]
        if before and before[-1].presence is Presence.ACTIVE:
            proofs.append(sighting.started_at - LAG)
    return proofs


@thorough
@given(stories())
def test_there_is_one_decision_for_each_place_and_none_for_anything_else(story: Story) -> None:
    facts = story.facts()
    starts_at = facts.dates[-1].starts_at

    places = {booking.id for booking in facts.bookings if booking.created_at < starts_at}

    assert set(decide(facts)) == places | {walk_in.reference for walk_in in facts.walk_ins}


@thorough
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_in_which_bookings_are_given_does_not_matter(story: Story, random: Random) -> None:
    facts = story.facts()
    shuffled = list(facts.bookings)
    random.shuffle(shuffled)

    assert decide(replace(facts, bookings=tuple(shuffled))) == decide(facts)


@thorough
@given(stories())
def test_money_is_due_for_charges_and_for_nothing_else(story: Story) -> None:
    for decision in decide(story.facts()).values():
        assert (decision.amount_pence > 0) == (decision.outcome is Outcome.CHARGE)
        assert decision.amount_pence in (0, 5000)
        assert bool(decision.answers) == (decision.outcome is Outcome.REVIEW)


def assert_judgeable(facts: WorkshopFacts) -> None:
    ends_at = facts.dates[-1].ends_at
    assert facts.dates_known
    assert facts.in_scope
    assert facts.register_closed_at is not None
    assert not facts.read_held
    assert ends_at <= AS_OF
    assert any(sighting.started_at > ends_at for sighting in facts.sightings)


def assert_nobody_gave_notice_in_time(facts: WorkshopFacts, booking: Booking) -> None:
    deadline_at = deadline_of(facts, booking)
    for notice in facts.notices:
        if notice.booking_id == booking.id or notice.school_key in booking.school_keys:
            assert deadline_at < notice.received_at or notice.received_at >= facts.dates[-1].starts_at


def assert_proved_late(facts: WorkshopFacts, booking: Booking) -> None:
    deadline_at = deadline_of(facts, booking)
    is_recorded = any(n.booking_id == booking.id or n.school_key in booking.school_keys for n in facts.notices)
    said_late = answered(facts, booking.id, Reason.NOTICE_UNPROVEN, AnswerWord.LATE)
    said_late = said_late or answered(facts, booking.id, Reason.BOOKING_VANISHED, AnswerWord.LATE)
    proved = any(proof >= deadline_at for proof in proofs_of(facts, booking))
    assert proved or said_late or is_recorded


def assert_proved_absent(facts: WorkshopFacts, booking: Booking) -> None:
    """Marked absent, or a person said so, or the booking had ended by the start so that nobody was expected."""
    mark = newest_mark(facts, booking.id)
    said = answered(facts, booking.id, Reason.ATTENDANCE_UNMARKED, AnswerWord.ABSENT)
    has_ended = booking.observations[-1].presence in (Presence.CANCELLED, Presence.VANISHED)
    assert (mark is not None and mark.mark is Mark.ABSENT) or (mark is None and (said or has_ended))


@thorough
@given(stories())
def test_nobody_is_charged_unless_everything_that_a_charge_needs_is_proved(story: Story) -> None:
    facts = story.facts()
    bookings = {booking.id: booking for booking in facts.bookings}
    for ref, decision in decide(facts).items():
        if decision.outcome is not Outcome.CHARGE:
            continue
        booking = bookings[ref]
        assert_judgeable(facts)
        assert_nobody_gave_notice_in_time(facts, booking)
        assert_proved_absent(facts, booking)
        if decision.reason is Reason.LATE_NOTICE:
            assert_proved_late(facts, booking)
            assert decision.notice is not None
            said_late = any(answer.booking_id == ref and answer.word is AnswerWord.LATE for answer in facts.answers)
            assert said_late or decision.notice.earliest_at >= deadline_of(facts, booking)


@thorough
@given(stories(), refs, st.integers(0, 10**6))
def test_a_notice_in_time_never_leaves_or_makes_a_charge_for_its_place(story: Story, ref: str, seconds: int) -> None:
    facts = story.facts()
    booking = next((booking for booking in facts.bookings if booking.id == ref), None)
    if booking is None:
        return
    received_at = min(deadline_of(facts, booking), facts.dates[-1].starts_at - timedelta(seconds=1))
    story.notice(ref, received_at - timedelta(seconds=seconds))

    decision = decide(story.facts()).get(ref)

    assert decision is None or decision.outcome is not Outcome.CHARGE


@thorough
@given(stories(), refs)
def test_an_approved_exemption_never_leaves_or_makes_a_charge_for_its_place(story: Story, ref: str) -> None:
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.APPROVED, ref=ref)

    decision = decide(story.facts()).get(ref)

    assert decision is None or decision.outcome is not Outcome.CHARGE


@thorough
@given(stories(), refs)
def test_a_waiver_never_leaves_a_charge_for_its_place(story: Story, ref: str) -> None:
    story.answers.append(Answer(story.next_id(), ref, None, AnswerWord.WAIVE, ENDS_AT))

    decision = decide(story.facts()).get(ref)

    assert decision is None or decision.outcome is not Outcome.CHARGE


@thorough
@given(stories())
def test_a_workshop_that_the_hub_called_off_costs_nobody_anything(story: Story) -> None:
    story.settings["hub_statement"] = called_off(story.next_id())

    assert {decision.outcome for decision in decide(story.facts()).values()} <= {Outcome.WORKSHOP_CANCELLED}

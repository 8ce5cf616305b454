"""What holds for every history: the promises of DESIGN 1 and 5, over generated facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
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
from tests.factories import AS_OF, BOOKED_AT, ENDS_AT, STARTS_AT, Story, called_off

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


OBSTACLES: tuple[dict[str, bool], ...] = (
    {"is_closed": False},
    {"is_read_after": False},
    {"dates_known": False},
    {"read_held": True},
    {"in_scope": False},
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    # most workshops can be judged, or charges would be too rare to prove anything about
    obstacle = dict(draw(st.sampled_from([{}] * 12 + list(OBSTACLES))))
    story = Story(
        is_closed=obstacle.pop("is_closed", True),
        is_read_after=obstacle.pop("is_read_after", True),
        settings={"single_day": draw(st.booleans()), **obstacle},
    )
    for ref in draw(st.lists(refs, unique=True, min_size=1)):
        _book(draw, story, ref)
    if draw(st.integers(0, 3)):
        _mark_all(draw, story, "")
    for name in sorted(draw(st.lists(st.sampled_from(list(TELLERS)), max_size=6)), key=lambda name: name == "answer"):
        TELLERS[name](draw, story, draw(st.sampled_from(list(story.bookings))))
    if draw(st.integers(0, 15)) == 15:
        story.settings["hub_statement"] = called_off(story.next_id(), off=draw(st.booleans()))
    return story


def _book(draw: st.DrawFn, story: Story, ref: str) -> None:
    number = len(story.bookings) + 1
    fields: dict[str, Any] = {"school": draw(st.sampled_from(SCHOOLS))}
    if draw(st.integers(0, 2)) == 0:
        fields["person_id"] = draw(st.integers(1, 2))
        fields["order_id"] = draw(st.sampled_from(["one", f"order-{number}"]))
        fields["name_id"] = draw(st.sampled_from([None, 1, 2]))
    booked_at = draw(st.one_of(st.just(BOOKED_AT), hours))
    story.book(ref, booked_at, **fields)
    for at in sorted(draw(st.lists(hours, max_size=4))):
        if at >= booked_at:
            _observe(draw, story, ref, at)


def _observe(draw: st.DrawFn, story: Story, ref: str, at: datetime) -> None:
    event = draw(st.sampled_from(["sight", "sight", "late", "cancel", "vanish", "again"]))
    if event in {"sight", "late"}:
        story.sight(at)
    if event == "late":
        story.cancel(ref, at + timedelta(minutes=15))
    elif event == "cancel":
        story.cancel(ref, at, stamped_at=draw(st.one_of(st.just(at), hours)), barcode=draw(st.booleans()))
    elif event == "vanish":
        story.vanish(ref, at)
    elif event == "again":
        story.observe(ref, at, draw(st.sampled_from([Presence.ACTIVE, Presence.UNREADABLE])))


def _mark(draw: st.DrawFn, story: Story, ref: str) -> None:
    story.mark(ref, draw(st.sampled_from([Mark.ABSENT, Mark.ABSENT, Mark.ABSENT, Mark.PRESENT, Mark.UNMARKED])))


def _mark_all(_draw: st.DrawFn, story: Story, _ref: str) -> None:
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


@pytest.mark.parametrize("reason", [Reason.LATE_NOTICE, Reason.NO_SHOW, Reason.NOTICE_IN_TIME, Reason.NOTICE_UNPROVEN])
def test_the_generated_histories_reach_what_the_promises_are_about(reason: Reason) -> None:
    seeking = settings(thorough, max_examples=5000, phases=[Phase.generate])

    story = find(
        stories(), lambda story: reason in {d.reason for d in decide(story.facts()).values()}, settings=seeking
    )

    assert story.bookings

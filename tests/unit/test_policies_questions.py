"""Questions only a person can answer, what follows, and when an answer lapses (DESIGN 5.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from policies.decisions import Decision, Outcome, Reason
from policies.engine import assess_workshop
from policies.facts import (
    AnswerWord,
    BarcodeStatus,
    ExemptionKind,
    ExemptionState,
    Mark,
    OtherBooking,
    Presence,
)
from policies.no_show import QUESTIONS
from policies.parameters import load_policy, read_shipped
from tests.factories import AS_OF, BOOKED_AT, CLOSED_AT, STARTS_AT, Story, hours_before_start

POLICY = load_policy(read_shipped("maths-hub"))


def decide(story: Story, ref: str = "B1") -> Decision:
    return next(d for d in assess_workshop(story.facts(), POLICY, AS_OF) if d.booking_id == ref)


def _late(story: Story, ref: str = "B1") -> None:
    story.sight(hours_before_start(20))
    story.cancel(ref, hours_before_start(19))


def _unmarked(story: Story) -> None:
    """Nothing more is told."""


def _conflict(story: Story) -> None:
    story.check_in("B1")
    story.mark("B1", Mark.ABSENT)


def _unproven(story: Story) -> None:
    story.cancel("B1", hours_before_start(19))


def _vanished(story: Story) -> None:
    story.vanish("B1", hours_before_start(3))


def _duplicate(story: Story) -> None:
    story.book("B0", BOOKED_AT - timedelta(days=1), person_id=1)
    story.cancel("B0", hours_before_start(100))
    story.mark("B1", Mark.ABSENT)


def _booked_late(story: Story) -> None:
    story.bookings["B1"]["created_at"] = hours_before_start(10)
    story.cancel("B1", hours_before_start(5))


def _transferred(story: Story) -> None:
    _late(story)
    story.others.append(OtherBooking(1, None, None, "901", hours_before_start(19)))


def _moved(story: Story) -> None:
    story.move(STARTS_AT + timedelta(hours=24), hours_before_start(200))
    story.mark("B1", Mark.ABSENT)


def _walked_in(story: Story) -> None:
    story.walk_in("W1")
    story.mark("B1", Mark.ABSENT)


def _suspected(story: Story) -> None:
    story.book("B0", name_id=1, school="Elm")
    story.mark("B0", Mark.PRESENT)
    story.mark("B1", Mark.ABSENT)


def _status_unknown(story: Story) -> None:
    story.observe("B1", hours_before_start(30), Presence.ACTIVE, changed_at=BOOKED_AT, status_known=False)
    story.mark("B1", Mark.ABSENT)


def _ticket_unknown(story: Story) -> None:
    story.bookings["B1"]["ticket_known"] = False
    story.mark("B1", Mark.ABSENT)


def _erased(story: Story) -> None:
    story.bookings["B1"]["is_erased"] = True
    story.mark("B1", Mark.ABSENT)


def _nameless(story: Story) -> None:
    story.bookings["B1"].update(name_id=None, email_id=None)
    story.mark("B1", Mark.ABSENT)


TOLD: dict[Reason, Callable[[Story], None]] = {
    Reason.ATTENDANCE_UNMARKED: _unmarked,
    Reason.ATTENDANCE_CONFLICT: _conflict,
    Reason.NOTICE_UNPROVEN: _unproven,
    Reason.BOOKING_VANISHED: _vanished,
    Reason.DUPLICATE_CANCELLED: _duplicate,
    Reason.BOOKED_AFTER_DEADLINE: _booked_late,
    Reason.TRANSFERRED: _transferred,
    Reason.WORKSHOP_MOVED: _moved,
    Reason.WALK_IN_UNMATCHED: _walked_in,
    Reason.DUPLICATE_SUSPECTED: _suspected,
    Reason.STATUS_UNKNOWN: _status_unknown,
    Reason.TICKET_UNKNOWN: _ticket_unknown,
    Reason.PERSON_ERASED: _erased,
    Reason.PERSON_UNKNOWN: _nameless,
}


def ask(question: Reason) -> Story:
    story = Story()
    story.book("B1")
    TOLD[question](story)
    return story


@pytest.mark.parametrize("question", TOLD)
def test_a_question_says_what_may_be_answered_and_since_when_it_waits(question: Reason) -> None:
    decision = decide(ask(question))

    assert decision.reason is question
    assert decision.outcome is Outcome.REVIEW
    assert decision.amount_pence == 0
    assert set(decision.answers) == QUESTIONS[question] | {AnswerWord.WAIVE}
    assert decision.since_at == CLOSED_AT


FOLLOWS = [
    (Reason.ATTENDANCE_UNMARKED, AnswerWord.PRESENT, Reason.ATTENDED),
    (Reason.ATTENDANCE_UNMARKED, AnswerWord.ABSENT, Reason.NO_SHOW),
    (Reason.ATTENDANCE_CONFLICT, AnswerWord.PRESENT, Reason.ATTENDED),
    (Reason.ATTENDANCE_CONFLICT, AnswerWord.ABSENT, Reason.NO_SHOW),
    (Reason.NOTICE_UNPROVEN, AnswerWord.IN_TIME, Reason.NOTICE_IN_TIME),
    (Reason.NOTICE_UNPROVEN, AnswerWord.LATE, Reason.LATE_NOTICE),
    (Reason.BOOKING_VANISHED, AnswerWord.NEVER_BOOKED, Reason.NEVER_BOOKED),
    (Reason.BOOKING_VANISHED, AnswerWord.IN_TIME, Reason.NOTICE_IN_TIME),
    (Reason.BOOKING_VANISHED, AnswerWord.LATE, Reason.LATE_NOTICE),
    (Reason.BOOKING_VANISHED, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.DUPLICATE_CANCELLED, AnswerWord.IN_TIME, Reason.NOTICE_IN_TIME),
    (Reason.DUPLICATE_CANCELLED, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.BOOKED_AFTER_DEADLINE, AnswerWord.CHARGE, Reason.LATE_NOTICE),
    (Reason.TRANSFERRED, AnswerWord.CHARGE, Reason.LATE_NOTICE),
    (Reason.WORKSHOP_MOVED, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.WALK_IN_UNMATCHED, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.DUPLICATE_SUSPECTED, AnswerWord.SAME, Reason.DUPLICATE),
    (Reason.DUPLICATE_SUSPECTED, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.STATUS_UNKNOWN, AnswerWord.IN_TIME, Reason.NOTICE_IN_TIME),
    (Reason.STATUS_UNKNOWN, AnswerWord.LATE, Reason.LATE_NOTICE),
    (Reason.STATUS_UNKNOWN, AnswerWord.NEVER_BOOKED, Reason.NEVER_BOOKED),
    (Reason.STATUS_UNKNOWN, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.TICKET_UNKNOWN, AnswerWord.NO_PLACE, Reason.NO_PLACE),
    (Reason.TICKET_UNKNOWN, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.PERSON_ERASED, AnswerWord.CHARGE, Reason.NO_SHOW),
    (Reason.PERSON_UNKNOWN, AnswerWord.CHARGE, Reason.NO_SHOW),
]


@pytest.mark.parametrize(("question", "word", "reason"), FOLLOWS)
def test_an_answer_is_followed(question: Reason, word: AnswerWord, reason: Reason) -> None:
    story = ask(question)
    story.answer("B1", question, word)

    assert decide(story).reason is reason


def test_every_answer_there_is_to_give_is_proved_above() -> None:
    assert {(q, word) for q, words in QUESTIONS.items() for word in words} == {(q, word) for q, word, _ in FOLLOWS}


@pytest.mark.parametrize("question", [*TOLD, None])
def test_any_question_or_none_may_be_waived(question: Reason | None) -> None:
    story = ask(question or Reason.ATTENDANCE_UNMARKED)
    story.mark("B1", Mark.ABSENT)
    story.answer("B1", question, AnswerWord.WAIVE)

    assert decide(story).reason is Reason.WAIVED


def test_an_answer_to_another_question_answers_nothing() -> None:
    story = ask(Reason.TRANSFERRED)
    story.answer("B1", Reason.WORKSHOP_MOVED, AnswerWord.CHARGE)

    assert decide(story).reason is Reason.TRANSFERRED


def test_the_newest_answer_counts() -> None:
    story = ask(Reason.NOTICE_UNPROVEN)
    story.answer("B1", Reason.NOTICE_UNPROVEN, AnswerWord.LATE)
    story.answer("B1", Reason.NOTICE_UNPROVEN, AnswerWord.IN_TIME)

    assert decide(story).reason is Reason.NOTICE_IN_TIME


def _observed_again(story: Story) -> None:
    newest = story.observations["B1"][-1]
    story.observations["B1"].append(replace(newest, id=story.next_id(), received_at=hours_before_start(-2)))


def _announced_again(story: Story) -> None:
    story.dates.append(replace(story.dates[-1], id=story.next_id(), announced_at=hours_before_start(300)))


def _noticed(story: Story) -> None:
    story.notice("B1", hours_before_start(1))


def _marked_again(story: Story) -> None:
    story.mark("B1", Mark.ABSENT)


def _unmarked_again(story: Story) -> None:
    story.mark("B1", Mark.ABSENT)
    story.mark("B1", Mark.UNMARKED)


def _other_observed_again(story: Story) -> None:
    newest = story.observations["B0"][-1]
    story.observations["B0"].append(replace(newest, id=story.next_id()))


def _walked_in_again(story: Story) -> None:
    story.walk_in("W2")


@pytest.mark.parametrize(
    ("question", "word", "newer"),
    [
        (Reason.ATTENDANCE_UNMARKED, AnswerWord.ABSENT, _observed_again),
        (Reason.ATTENDANCE_UNMARKED, AnswerWord.ABSENT, _unmarked_again),
        (Reason.ATTENDANCE_CONFLICT, AnswerWord.ABSENT, _marked_again),
        (Reason.ATTENDANCE_CONFLICT, AnswerWord.PRESENT, _marked_again),
        (Reason.ATTENDANCE_CONFLICT, AnswerWord.ABSENT, _observed_again),
        (Reason.NOTICE_UNPROVEN, AnswerWord.LATE, _observed_again),
        (Reason.NOTICE_UNPROVEN, AnswerWord.LATE, _noticed),
        (Reason.NOTICE_UNPROVEN, AnswerWord.LATE, _announced_again),
        (Reason.BOOKING_VANISHED, AnswerWord.CHARGE, _observed_again),
        (Reason.BOOKING_VANISHED, AnswerWord.NEVER_BOOKED, _announced_again),
        (Reason.DUPLICATE_CANCELLED, AnswerWord.CHARGE, _other_observed_again),
        (Reason.BOOKED_AFTER_DEADLINE, AnswerWord.CHARGE, _noticed),
        (Reason.TRANSFERRED, AnswerWord.CHARGE, _noticed),
        (Reason.WORKSHOP_MOVED, AnswerWord.CHARGE, _announced_again),
        (Reason.WALK_IN_UNMATCHED, AnswerWord.CHARGE, _walked_in_again),
    ],
)
def test_an_answer_lapses_when_something_newer_bears_on_its_question(
    question: Reason, word: AnswerWord, newer: Callable[[Story], None]
) -> None:
    story = ask(question)
    story.answer("B1", question, word)
    assert decide(story).reason is not question

    newer(story)

    assert decide(story).reason is question


def test_a_walk_in_recorded_later_does_not_touch_an_answer_about_notice() -> None:
    story = ask(Reason.NOTICE_UNPROVEN)
    story.answer("B1", Reason.NOTICE_UNPROVEN, AnswerWord.LATE)
    story.walk_in("W1", school="Elm")

    assert decide(story).reason is Reason.LATE_NOTICE


def test_a_duplicate_cancelled_before_the_judged_place_was_booked_asks_nothing() -> None:
    story = ask(Reason.ATTENDANCE_UNMARKED)
    story.book("B0", BOOKED_AT - timedelta(days=2), person_id=1)
    story.cancel("B0", BOOKED_AT - timedelta(days=1))
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.NO_SHOW


def test_a_duplicate_cancelled_late_asks_nothing() -> None:
    story = ask(Reason.ATTENDANCE_UNMARKED)
    story.book("B0", BOOKED_AT - timedelta(days=2), person_id=1)
    _late(story, "B0")
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.NO_SHOW


def test_a_message_in_time_about_one_booking_of_a_teacher_is_about_the_other_as_well() -> None:
    story = ask(Reason.ATTENDANCE_UNMARKED)
    story.book("B0", BOOKED_AT - timedelta(days=1), person_id=1)
    story.mark("B1", Mark.ABSENT)
    story.notice("B0", hours_before_start(48))

    assert decide(story).reason is Reason.NOTICE_IN_TIME


def test_booked_at_the_very_deadline_is_not_booked_after_it() -> None:
    story = Story()
    story.book("B1", hours_before_start(24))
    _late(story)

    assert decide(story).reason is Reason.LATE_NOTICE


def test_booked_after_the_deadline_and_not_cancelled_is_a_no_show() -> None:
    story = Story()
    story.book("B1", hours_before_start(10))
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.NO_SHOW


def test_a_check_in_undone_at_the_door_is_none() -> None:
    story = ask(Reason.ATTENDANCE_UNMARKED)
    story.check_in("B1")
    story.observe("B1", STARTS_AT + timedelta(minutes=9), Presence.ACTIVE, barcode_status=BarcodeStatus.UNUSED)

    assert decide(story).reason is Reason.ATTENDANCE_UNMARKED


def test_cancelled_around_the_start_needs_a_mark() -> None:
    story = ask(Reason.ATTENDANCE_UNMARKED)
    story.sight(hours_before_start(1))
    story.cancel("B1", STARTS_AT + timedelta(minutes=1))

    assert decide(story).reason is Reason.ATTENDANCE_UNMARKED


def test_a_claim_is_asked_about_before_everything_else_and_only_once_it_is_decided_the_rest() -> None:
    story = ask(Reason.NOTICE_UNPROVEN)
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.CLAIMED, ref="B1")
    assert decide(story).reason is Reason.EXEMPTION_CLAIMED
    assert decide(story).answers == (AnswerWord.WAIVE,)

    story.exemptions[0] = replace(story.exemptions[0], state=ExemptionState.REFUSED)
    assert decide(story).reason is Reason.NOTICE_UNPROVEN


def test_an_answer_to_a_question_that_is_not_asked_changes_nothing() -> None:
    story = Story()
    for ref in ("marked", "scanned", "late"):
        story.book(ref)
    story.mark("marked", Mark.PRESENT)
    story.check_in("scanned")
    _late(story, "late")
    story.answer("marked", Reason.ATTENDANCE_UNMARKED, AnswerWord.ABSENT)
    story.answer("scanned", Reason.ATTENDANCE_UNMARKED, AnswerWord.ABSENT)
    story.answer("late", Reason.BOOKING_VANISHED, AnswerWord.IN_TIME)

    assert [decide(story, ref).reason for ref in ("marked", "scanned", "late")] == [
        Reason.ATTENDED,
        Reason.ATTENDED,
        Reason.LATE_NOTICE,
    ]


def test_a_check_in_is_known_by_the_flag_or_by_the_barcode() -> None:
    for fields in ({"checked_in": True}, {"barcode_status": BarcodeStatus.USED}):
        story = ask(Reason.ATTENDANCE_UNMARKED)
        story.observe("B1", STARTS_AT, Presence.ACTIVE, **fields)
        assert decide(story).reason is Reason.ATTENDED


def test_a_duplicate_cancelled_in_the_instant_of_the_new_booking_is_an_exchange_and_asks_nothing() -> None:
    story = ask(Reason.ATTENDANCE_UNMARKED)
    story.book("B0", BOOKED_AT - timedelta(days=2), person_id=1)
    story.cancel("B0", BOOKED_AT)
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.NO_SHOW

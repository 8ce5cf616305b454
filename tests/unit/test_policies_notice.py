"""When notice was given (DESIGN 5.1): the interval, the verdict, and which of several notices counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from policies.decisions import Decision, Reason, Verdict
from policies.engine import assess_workshop
from policies.facts import Answer, AnswerWord, BarcodeStatus, Channel, Mark, Presence
from policies.notice import deadline_for
from policies.parameters import load_policy, read_shipped
from tests.factories import AS_OF, BOOKED_AT, DEADLINE_AT, STARTS_AT, Story, hours_before_start, london

POLICY = load_policy(read_shipped("maths-hub"))
LAG = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def decide(story: Story, ref: str = "B1", as_of: datetime = AS_OF) -> Decision:
    decisions = assess_workshop(story.facts(), POLICY, as_of)
    return next(decision for decision in decisions if decision.booking_id == ref)


def interval(story: Story) -> tuple[datetime, datetime]:
    notice = decide(story).notice
    assert notice is not None
    return notice.earliest_at, notice.latest_at


@pytest.fixture
def story() -> Story:
    told = Story()
    told.book("B1")
    return told


def test_the_deadline_is_elapsed_time_and_not_time_on_the_wall() -> None:
    terms = POLICY.versions[0]

    assert deadline_for(terms, london("2019-03-31 09:00")).at == london("2019-03-30 08:00")
    assert deadline_for(terms, london("2019-10-27 09:00")).at == london("2019-10-26 10:00")


def test_without_a_complete_read_only_the_creation_proves_the_booking_active(story: Story) -> None:
    story.cancel("B1", hours_before_start(2))

    assert interval(story) == (BOOKED_AT, hours_before_start(2))
    assert decide(story).reason is Reason.NOTICE_UNPROVEN


def test_the_last_complete_read_that_returned_it_active_proves_up_to_five_minutes_before(story: Story) -> None:
    story.sight(hours_before_start(30))
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(19))
    story.sight(hours_before_start(19))

    assert interval(story) == (hours_before_start(20) - LAG, hours_before_start(19))
    assert decide(story).reason is Reason.LATE_NOTICE


def test_a_read_just_after_the_creation_proves_nothing_before_it(story: Story) -> None:
    story.sight(BOOKED_AT + timedelta(minutes=1))
    story.cancel("B1", hours_before_start(2))

    assert interval(story)[0] == BOOKED_AT


def test_earliest_exactly_at_the_deadline_is_late_and_a_second_before_is_unproven() -> None:
    verdicts = []
    for read_at in (DEADLINE_AT + LAG, DEADLINE_AT + LAG - SECOND):
        story = Story()
        story.book("B1")
        story.sight(read_at)
        story.cancel("B1", hours_before_start(20))
        notice = decide(story).notice
        assert notice is not None
        verdicts.append(notice.verdict)

    assert verdicts == [Verdict.LATE, Verdict.UNPROVEN]


def test_the_first_page_that_showed_it_cancelled_bounds_the_time_when_there_are_no_stamps(story: Story) -> None:
    story.observe("B1", hours_before_start(25), Presence.CANCELLED)
    story.observe("B1", hours_before_start(3), Presence.CANCELLED)

    assert interval(story)[1] == hours_before_start(25)
    assert decide(story).reason is Reason.NOTICE_IN_TIME


def test_a_stamp_of_any_observation_of_the_spell_bounds_the_time(story: Story) -> None:
    story.observe("B1", hours_before_start(5), Presence.CANCELLED, changed_at=BOOKED_AT)
    story.observe("B1", hours_before_start(3), Presence.CANCELLED, changed_at=hours_before_start(40))

    assert interval(story)[1] == hours_before_start(40)


def test_the_barcodes_stamp_counts_only_while_it_says_refunded() -> None:
    for status, latest_at in (
        (BarcodeStatus.REFUNDED, hours_before_start(40)),
        (BarcodeStatus.UNUSED, hours_before_start(5)),
    ):
        story = Story()
        story.book("B1")
        story.observe(
            "B1",
            hours_before_start(5),
            Presence.CANCELLED,
            changed_at=BOOKED_AT,
            barcode_status=status,
            barcode_changed_at=hours_before_start(40),
        )
        assert interval(story)[1] == latest_at


def test_a_stamp_that_an_active_observation_carried_says_nothing(story: Story) -> None:
    stamp = hours_before_start(100)
    story.observe("B1", hours_before_start(90), Presence.ACTIVE, changed_at=stamp)
    story.cancel("B1", hours_before_start(2), stamped_at=stamp, barcode=False)

    assert interval(story)[1] == hours_before_start(2)
    assert decide(story).reason is Reason.NOTICE_UNPROVEN


def test_a_new_stamp_older_than_earliest_wins_and_earliest_falls_back_to_the_sighting_before_it(story: Story) -> None:
    story.sight(hours_before_start(50))
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(10), stamped_at=hours_before_start(30))

    assert interval(story) == (hours_before_start(50) - LAG, hours_before_start(30))
    assert decide(story).reason is Reason.NOTICE_IN_TIME


def test_with_no_sighting_before_such_a_stamp_earliest_falls_back_to_the_creation(story: Story) -> None:
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(10), stamped_at=hours_before_start(30))

    assert interval(story) == (BOOKED_AT, hours_before_start(30))


def test_only_the_current_cancelled_spell_counts(story: Story) -> None:
    story.cancel("B1", hours_before_start(100))
    story.observe("B1", hours_before_start(90), Presence.ACTIVE, changed_at=hours_before_start(90))
    story.sight(hours_before_start(12))
    story.cancel("B1", hours_before_start(11))

    assert interval(story) == (hours_before_start(12) - LAG, hours_before_start(11))
    assert decide(story).reason is Reason.LATE_NOTICE


def test_a_booking_that_was_cancelled_and_taken_up_again_is_active(story: Story) -> None:
    story.cancel("B1", hours_before_start(100))
    story.observe("B1", hours_before_start(90), Presence.ACTIVE)
    story.mark("B1", Mark.ABSENT)

    assert decide(story).notice is None
    assert decide(story).reason is Reason.NO_SHOW


def test_reads_while_a_row_could_not_be_read_prove_nothing(story: Story) -> None:
    story.sight(hours_before_start(50))
    story.observe("B1", hours_before_start(25), Presence.UNREADABLE)
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(2))

    assert interval(story) == (hours_before_start(50) - LAG, hours_before_start(2))


def test_a_row_unreadable_since_it_was_cancelled_keeps_its_notice(story: Story) -> None:
    story.cancel("B1", hours_before_start(40))
    story.observe("B1", hours_before_start(20), Presence.UNREADABLE)

    assert decide(story).reason is Reason.NOTICE_IN_TIME


def test_a_row_first_missing_exactly_at_the_deadline_counts_as_cancelled_in_time(story: Story) -> None:
    story.vanish("B1", DEADLINE_AT)

    assert decide(story).reason is Reason.NOTICE_IN_TIME
    assert any("gone from Eventbrite" in sentence for sentence in decide(story).evidence)


def test_a_row_first_missing_a_second_after_the_deadline_asks(story: Story) -> None:
    story.vanish("B1", DEADLINE_AT + SECOND)

    assert decide(story).reason is Reason.BOOKING_VANISHED
    assert decide(story).notice is None


def test_a_row_that_went_missing_and_was_then_seen_cancelled_is_a_cancellation(story: Story) -> None:
    story.sight(hours_before_start(22))
    story.vanish("B1", hours_before_start(20))
    story.cancel("B1", hours_before_start(10))

    assert decide(story).reason is Reason.LATE_NOTICE


def test_a_row_first_missing_after_the_start_is_no_notice(story: Story) -> None:
    story.sight(STARTS_AT + timedelta(hours=1))
    story.vanish("B1", STARTS_AT + timedelta(hours=2))

    assert decide(story).reason is Reason.BOOKING_VANISHED


def test_notice_that_a_person_recorded_after_the_start_is_none(story: Story) -> None:
    story.notice("B1", STARTS_AT)
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.NO_SHOW


def test_notice_for_a_school_covers_its_bookings_made_before_and_after_and_no_others() -> None:
    story = Story()
    story.book("B1", school="Oak")
    story.notice(None, hours_before_start(48), Channel.LETTER, school="Oak")
    story.book("B2", hours_before_start(40), school="Oak")
    story.book("B3", school="Elm")
    for ref in ("B1", "B2", "B3"):
        story.mark(ref, Mark.ABSENT)

    assert [decide(story, ref).reason for ref in ("B1", "B2", "B3")] == [
        Reason.NOTICE_IN_TIME,
        Reason.NOTICE_IN_TIME,
        Reason.NO_SHOW,
    ]


def test_an_unproven_cancellation_counts_before_a_late_message(story: Story) -> None:
    story.cancel("B1", hours_before_start(2))
    story.notice("B1", hours_before_start(3))

    assert decide(story).reason is Reason.NOTICE_UNPROVEN


def test_a_workshop_moved_back_keeps_the_later_deadline_for_those_booked_before(story: Story) -> None:
    story.move(STARTS_AT - timedelta(days=2), hours_before_start(200))
    story.notice("B1", hours_before_start(49))
    story.book("B2", hours_before_start(150))
    story.notice("B2", hours_before_start(49))
    story.mark("B2", Mark.ABSENT)

    assert decide(story).reason is Reason.NOTICE_IN_TIME
    assert decide(story).deadline_at == DEADLINE_AT
    assert decide(story, "B2").reason is Reason.LATE_NOTICE
    assert decide(story, "B2").deadline_at == DEADLINE_AT - timedelta(days=2)


def test_a_start_announced_after_its_own_deadline_asks_even_on_the_same_day(story: Story) -> None:
    story.move(STARTS_AT - timedelta(hours=1), hours_before_start(20))
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.WORKSHOP_MOVED


def test_another_hour_of_the_same_day_announced_long_before_moves_nothing(story: Story) -> None:
    story.move(STARTS_AT + timedelta(hours=1), hours_before_start(200))
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.NO_SHOW


def test_a_workshop_moved_away_and_back_has_been_moved(story: Story) -> None:
    story.move(STARTS_AT + timedelta(days=7), hours_before_start(300))
    story.move(STARTS_AT, hours_before_start(200))
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.WORKSHOP_MOVED


def test_a_booking_cancelled_at_its_own_creation_is_proved_from_then(story: Story) -> None:
    story.book("B2", hours_before_start(30))
    story.cancel("B2", hours_before_start(29), stamped_at=hours_before_start(31))
    notice = decide(story, "B2").notice

    assert notice is not None
    assert notice.earliest_at == notice.latest_at == hours_before_start(30)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (AnswerWord.IN_TIME, Reason.NOTICE_IN_TIME),
        (AnswerWord.LATE, Reason.LATE_NOTICE),
        (AnswerWord.CHARGE, Reason.NO_SHOW),
        (AnswerWord.NEVER_BOOKED, Reason.NEVER_BOOKED),
    ],
)
def test_each_answer_about_a_vanished_booking_is_followed(story: Story, word: AnswerWord, reason: Reason) -> None:
    story.vanish("B1", hours_before_start(3))
    story.answers.append(Answer(story.next_id(), "B1", Reason.BOOKING_VANISHED, word, AS_OF))

    assert decide(story).reason is reason


def test_a_booking_first_read_when_it_was_already_cancelled_is_proved_active_only_at_its_creation(story: Story) -> None:
    story.observations["B1"].clear()
    story.cancel("B1", hours_before_start(30))

    assert interval(story) == (BOOKED_AT, hours_before_start(30))
    assert decide(story).reason is Reason.NOTICE_IN_TIME


def test_a_booking_of_which_nothing_was_ever_readable_waits(story: Story) -> None:
    story.observations["B1"].clear()
    story.observe("B1", hours_before_start(30), Presence.UNREADABLE)
    story.mark("B1", Mark.ABSENT)

    assert decide(story).reason is Reason.BOOKINGS_STALE


def test_a_row_missing_before_the_deadline_stays_in_time_though_it_comes_back_cancelled_later(story: Story) -> None:
    story.sight(hours_before_start(40))
    story.vanish("B1", hours_before_start(30))
    story.cancel("B1", hours_before_start(10))
    assert decide(story).reason is Reason.NOTICE_IN_TIME
    assert interval(story) == (hours_before_start(40) - LAG, hours_before_start(30))


def test_a_row_missing_only_after_the_deadline_is_judged_by_its_cancellation(story: Story) -> None:
    story.sight(hours_before_start(40))
    story.vanish("B1", hours_before_start(20))
    story.cancel("B1", hours_before_start(10))
    assert decide(story).reason is Reason.NOTICE_UNPROVEN

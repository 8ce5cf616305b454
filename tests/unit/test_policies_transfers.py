"""Cancelled late, and booked for another workshop at that time: is it a transfer? (DESIGN 5.2 row 10, 8.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.decisions import Decision, Reason
from policies.engine import assess_workshop
from policies.facts import Mark, OtherBooking
from policies.parameters import load_policy, read_shipped
from tests.factories import AS_OF, Story, hours_before_start

POLICY = load_policy(read_shipped("maths-hub"))


@pytest.fixture
def story() -> Story:
    told = Story()
    told.book("B1")
    return told


def decide(story: Story) -> Decision:
    return assess_workshop(story.facts(), POLICY, AS_OF)[0]


def cancel_late(story: Story) -> None:
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(19))


@pytest.mark.parametrize(
    ("minutes_after_latest", "reason"), [(10, Reason.TRANSFERRED), (11, Reason.LATE_NOTICE), (-61, Reason.TRANSFERRED)]
)
def test_a_booking_for_another_workshop_up_to_ten_minutes_after_the_cancellation_asks(
    story: Story, minutes_after_latest: int, reason: Reason
) -> None:
    cancel_late(story)
    made_at = hours_before_start(19) + timedelta(minutes=minutes_after_latest)
    story.others.append(OtherBooking(1, None, None, "901", made_at))

    assert decide(story).reason is reason


def test_a_transfer_from_24_hours_before_the_cancellation_asks_and_a_second_before_does_not() -> None:
    for seconds, reason in ((0, Reason.TRANSFERRED), (-1, Reason.LATE_NOTICE)):
        story = Story()
        story.book("B1")
        cancel_late(story)
        earliest_at = hours_before_start(20) - timedelta(minutes=5) - timedelta(hours=24)
        story.others.append(OtherBooking(1, None, None, "901", earliest_at + timedelta(seconds=seconds)))
        assert decide(story).reason is reason


@pytest.mark.parametrize(
    ("school", "other_name", "other_school", "reason"),
    [
        ("Oak", 1, "Oak", Reason.TRANSFERRED),
        ("Oak", 2, "Oak", Reason.LATE_NOTICE),
        ("Oak", 1, "Elm", Reason.LATE_NOTICE),
        (None, 1, None, Reason.TRANSFERRED),
        ("Oak", 1, None, Reason.TRANSFERRED),
    ],
)
def test_a_transfer_by_another_address_needs_the_name_and_no_school_that_contradicts_it(
    school: str | None, other_name: int, other_school: str | None, reason: Reason
) -> None:
    story = Story()
    story.book("B1", school=school)
    cancel_late(story)
    story.others.append(OtherBooking(77, other_name, other_school, "901", hours_before_start(19)))

    assert decide(story).reason is reason


def test_a_transfer_still_asks_when_a_late_message_came_before_the_cancellation(story: Story) -> None:
    cancel_late(story)
    story.others.append(OtherBooking(1, None, None, "901", hours_before_start(19)))
    story.notice("B1", hours_before_start(21))

    assert decide(story).reason is Reason.TRANSFERRED


def test_a_booking_elsewhere_proves_no_transfer_of_somebody_who_only_sent_a_late_message(story: Story) -> None:
    story.notice("B1", hours_before_start(19))
    story.mark("B1", Mark.ABSENT)
    story.others.append(OtherBooking(1, None, None, "901", hours_before_start(19)))

    assert decide(story).reason is Reason.LATE_NOTICE

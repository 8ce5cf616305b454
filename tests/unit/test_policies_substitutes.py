"""Colleagues of the same school who came instead, linked by nobody (DESIGN 5.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.decisions import Reason
from policies.engine import assess_workshop
from policies.facts import AnswerWord, Mark
from policies.parameters import Policy, load_policy, read_shipped
from tests.factories import AS_OF, BOOKED_AT, STARTS_AT, Story, hours_before_start, links

POLICY = load_policy(read_shipped("maths-hub"))
LINKED_ONLY = load_policy(read_shipped("maths-hub").replace('value = "same school"', 'value = "linked only"'))


def reasons(story: Story, policy: Policy = POLICY) -> dict[str, Reason]:
    return {d.booking_id: d.reason for d in assess_workshop(story.facts(), policy, AS_OF)}


def book_absent(story: Story, *refs: str) -> None:
    for number, ref in enumerate(refs):
        story.book(ref, BOOKED_AT + timedelta(minutes=number), school="Oak")
        story.mark(ref, Mark.ABSENT)


def book_cancelled_late(story: Story, ref: str, hours: float) -> None:
    """Active for certain until just before `hours` before the start, then seen cancelled."""
    story.book(ref, school="Oak")
    story.sight(hours_before_start(hours))
    story.cancel(ref, hours_before_start(hours - 0.5))


def book_attended(story: Story, ref: str, hours: float) -> None:
    story.book(ref, hours_before_start(hours), school="Oak")
    story.mark(ref, Mark.PRESENT)


def test_a_walk_in_helps_a_no_show_before_a_late_notice_before_an_unproven_one_before_an_unmarked_one() -> None:
    story = Story()
    story.book("unmarked", school="Oak")
    story.book("unproven", school="Oak")
    story.cancel("unproven", hours_before_start(2))
    book_cancelled_late(story, "late", 20)
    book_absent(story, "absent")
    order = ["absent", "late", "unproven", "unmarked"]

    helped = []
    for number in range(4):
        story.walk_in(f"W{number}", school="Oak")
        decided = reasons(story)
        helped.append([ref for ref in order if decided[ref] is Reason.REPLACED])

    assert helped == [order[:1], order[:2], order[:3], order]


def test_among_equals_the_first_to_book_is_helped() -> None:
    story = Story()
    book_absent(story, "B2", "B1")
    story.walk_in("W1", school="Oak")

    decided = reasons(story)

    assert (decided["B2"], decided["B1"]) == (Reason.REPLACED, Reason.NO_SHOW)


def test_a_booking_made_after_the_absentee_cancelled_helps_and_one_made_at_that_moment_does_not() -> None:
    for minutes, reason in ((0, Reason.LATE_NOTICE), (1, Reason.REPLACED)):
        story = Story()
        book_cancelled_late(story, "B1", 20)
        earliest_at = hours_before_start(20) - timedelta(minutes=5)
        story.book("B2", earliest_at + timedelta(minutes=minutes), school="Oak")
        story.mark("B2", Mark.PRESENT)
        assert reasons(story)["B1"] is reason


def test_a_booking_helps_nobody_who_stayed_away_without_cancelling() -> None:
    story = Story()
    book_absent(story, "B1")
    book_attended(story, "B2", 1)

    assert reasons(story)["B1"] is Reason.NO_SHOW


def test_bookings_and_walk_ins_are_spread_so_that_as_many_as_possible_are_helped() -> None:
    story = Story()
    book_absent(story, "absent")
    book_cancelled_late(story, "late-1", 22)
    book_cancelled_late(story, "late-2", 18)
    book_attended(story, "early extra", 20)
    book_attended(story, "later extra", 10)
    story.walk_in("W1", school="Oak")

    decided = reasons(story)

    assert {decided[ref] for ref in ("absent", "late-1", "late-2")} == {Reason.REPLACED}


def test_a_booking_that_can_help_only_one_does_not_lose_him_to_one_that_can_help_both() -> None:
    story = Story()
    book_cancelled_late(story, "late-1", 22)
    book_cancelled_late(story, "late-2", 18)
    book_attended(story, "later extra", 10)
    book_attended(story, "early extra", 20)

    decided = reasons(story)

    assert {decided[ref] for ref in ("late-1", "late-2")} == {Reason.REPLACED}


def test_a_linked_substitute_helps_nobody_else() -> None:
    story = Story()
    book_absent(story, "B1", "B2")
    story.walk_in("W1", school="Oak", replaces="B1")

    assert reasons(story) == {"B1": Reason.REPLACED, "B2": Reason.NO_SHOW, "W1": Reason.ATTENDED}


def test_who_came_for_a_teacher_that_came_all_the_same_helps_another() -> None:
    story = Story()
    book_cancelled_late(story, "B1", 20)
    book_attended(story, "B2", 10)
    story.walk_in("W1", school="Oak")
    story.links += links(("W1", "B2"), story=story)

    assert reasons(story)["B1"] is Reason.REPLACED


def test_somebody_with_another_place_here_helps_nobody() -> None:
    story = Story()
    book_cancelled_late(story, "B1", 20)
    story.book("B2", school="Oak", person_id=50)
    story.mark("B2", Mark.PRESENT)
    story.book("B3", hours_before_start(10), school="Oak", person_id=50)
    story.mark("B3", Mark.PRESENT)

    assert reasons(story)["B1"] is Reason.LATE_NOTICE


def test_a_walk_in_marked_absent_helps_nobody() -> None:
    story = Story()
    book_absent(story, "B1")
    story.walk_in("W1", school="Oak")
    story.mark("W1", Mark.ABSENT)

    assert reasons(story) == {"B1": Reason.NO_SHOW, "W1": Reason.NEVER_BOOKED}


def test_a_walk_in_whose_mark_was_taken_back_came_all_the_same() -> None:
    story = Story()
    story.walk_in("W1", school="Oak")
    story.mark("W1", Mark.ABSENT)
    story.mark("W1", Mark.UNMARKED)

    assert reasons(story) == {"W1": Reason.ATTENDED}


def test_without_a_confirmed_school_nobody_is_matched() -> None:
    story = Story()
    story.book("B1", school_keys=["name:oak"])
    story.mark("B1", Mark.ABSENT)
    story.walk_in("W1", school="Oak")

    assert reasons(story)["B1"] is Reason.NO_SHOW


def test_a_policy_may_allow_linked_substitutes_only() -> None:
    story = Story()
    book_absent(story, "B1", "B2")
    story.walk_in("W1", school="Oak")
    story.walk_in("W2")
    story.walk_in("W3", replaces="B2")

    decided = reasons(story, LINKED_ONLY)

    assert (decided["B1"], decided["B2"]) == (Reason.NO_SHOW, Reason.REPLACED)


def test_a_walk_in_of_unknown_school_asks_about_every_remaining_charge_and_about_nothing_else() -> None:
    story = Story()
    book_absent(story, "B1", "B2")
    story.book("B3", school="Elm")
    story.mark("B3", Mark.ABSENT)
    story.book("B4", school="Elm")
    story.walk_in("W1")
    story.walk_in("W2", school="Oak")
    story.answer("B2", Reason.WALK_IN_UNMATCHED, AnswerWord.CHARGE)

    decided = reasons(story)

    assert decided["B1"] is Reason.REPLACED
    assert decided["B2"] is Reason.NO_SHOW
    assert decided["B3"] is Reason.WALK_IN_UNMATCHED
    assert decided["B4"] is Reason.ATTENDANCE_UNMARKED


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_walk_in_of_unknown_school_who_was_absent_or_linked_asks_nothing(*, is_linked: bool) -> None:
    story = Story()
    book_absent(story, "B1", "B2")
    story.walk_in("W1", replaces="B1" if is_linked else None)
    if not is_linked:
        story.mark("W1", Mark.ABSENT)

    assert reasons(story)["B2"] is Reason.NO_SHOW


def test_cancelling_after_the_start_is_no_cancellation_that_a_later_booking_could_fill() -> None:
    story = Story()
    book_absent(story, "B1")
    story.sight(STARTS_AT + timedelta(hours=1))
    story.cancel("B1", STARTS_AT + timedelta(hours=2))
    book_attended(story, "B2", 1)

    assert reasons(story)["B1"] is Reason.NO_SHOW

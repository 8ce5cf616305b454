"""Who is one person, who perhaps is, and what was said of somebody reaching all that is theirs (DESIGN 5.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.decisions import Decision, Outcome, Reason
from policies.engine import assess_workshop
from policies.facts import (
    AnnouncedDate,
    AnswerWord,
    Channel,
    ExemptionKind,
    ExemptionState,
    Mark,
    Notice,
    Presence,
    SubstituteLink,
)
from policies.parameters import Policy, load_policy, read_shipped
from policies.places import build_places
from tests.factories import AS_OF, BOOKED_AT, DEADLINE_AT, ENDS_AT, STARTS_AT, Story, hours_before_start, london

FLYER = read_shipped("maths-hub")
POLICY = load_policy(FLYER)
PER_SCHOOL = load_policy(FLYER.replace('unit = "pence"\n', 'unit = "pence"\nper = "school"\n', 1))
LATER = BOOKED_AT + timedelta(hours=1)
AT_THE_DOOR = STARTS_AT + timedelta(minutes=5)


def decide(story: Story, policy: Policy = POLICY) -> dict[str, Decision]:
    return {decision.booking_id: decision for decision in assess_workshop(story.facts(), policy, AS_OF)}


def reasons(story: Story, policy: Policy = POLICY) -> dict[str, Reason]:
    return {booking_id: decision.reason for booking_id, decision in decide(story, policy).items()}


def two_absent(story: Story) -> None:
    """Two rows with one address whose names share a word; both absent."""
    story.book("B1", person_id=1, name_id=1, email_id=9, school="Oak", alike_ids=frozenset({2}))
    story.book("B2", LATER, person_id=2, name_id=2, email_id=9, school="Oak", alike_ids=frozenset({1}))
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.ABSENT)


def test_two_spellings_with_one_address_are_charged_once_and_then_asked_about() -> None:
    story = Story()
    two_absent(story)
    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.DUPLICATE_SUSPECTED}
    assert any("it may be the teacher of B1" in line for line in decide(story)["B2"].evidence)

    story.answer("B2", Reason.DUPLICATE_SUSPECTED, AnswerWord.CHARGE)
    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.NO_SHOW}


def test_who_is_said_to_be_the_same_speaks_for_whoever_may_be_both() -> None:
    story = Story()
    two_absent(story)
    story.walk_in("W1", school="Elm")
    story.bookings["B2"]["name_id"] = story.walk_ins[0].name_id
    assert set(reasons(story).values()) == {Reason.DUPLICATE_SUSPECTED, Reason.ATTENDED}

    story.answer("B2", Reason.DUPLICATE_SUSPECTED, AnswerWord.SAME)
    assert reasons(story)["B2"] is Reason.DUPLICATE
    assert reasons(story)["B1"] is Reason.DUPLICATE_SUSPECTED
    assert any("a person said that it is the teacher of B1 or W1" in line for line in decide(story)["B2"].evidence)


def test_a_walk_in_of_the_name_asks_again_after_somebody_said_charge() -> None:
    story = Story()
    two_absent(story)
    story.answer("B2", Reason.DUPLICATE_SUSPECTED, AnswerWord.CHARGE)
    story.walk_in("W1", school="Elm")
    story.bookings["B2"]["name_id"] = story.walk_ins[0].name_id
    assert reasons(story)["B2"] is Reason.DUPLICATE_SUSPECTED


@pytest.mark.parametrize("said", ["exemption", "waiver", "notice", "status"])
def test_what_speaks_for_one_spelling_asks_about_the_other(said: str) -> None:
    story = Story()
    two_absent(story)
    if said == "exemption":
        story.claim(ExemptionKind.EXTENUATING, ExemptionState.APPROVED, ref="B1")
    elif said == "waiver":
        story.answer("B1", None, AnswerWord.WAIVE)
    elif said == "notice":
        story.notice("B1", DEADLINE_AT)
    else:
        story.observe("B1", hours_before_start(99), Presence.ACTIVE, changed_at=BOOKED_AT, status_known=False)
    assert reasons(story)["B2"] is Reason.DUPLICATE_SUSPECTED


def test_a_cancellation_in_time_before_the_other_was_booked_says_nothing_for_it() -> None:
    story = Story()
    story.book("B1", person_id=1, email_id=9, school="Oak", alike_ids=frozenset({2}))
    story.cancel("B1", BOOKED_AT + timedelta(minutes=30))
    story.book("B2", LATER, person_id=2, email_id=9, school="Oak", alike_ids=frozenset({1}))
    story.mark("B2", Mark.ABSENT)
    assert reasons(story) == {"B1": Reason.NOTICE_IN_TIME, "B2": Reason.NO_SHOW}

    story.notice("B1", BOOKED_AT + timedelta(minutes=1), Channel.PHONE)
    assert reasons(story)["B2"] is Reason.DUPLICATE_SUSPECTED


def test_suspicion_carries_over_to_whoever_may_be_the_one_suspected() -> None:
    story = Story()
    story.book("B1", person_id=1, name_id=1, email_id=9, school="Oak", alike_ids=frozenset({2}))
    story.book("B2", LATER, person_id=2, name_id=2, email_id=9, school="Oak", alike_ids=frozenset({1, 3}))
    story.book("B3", LATER, person_id=3, name_id=3, email_id=9, school="Oak", alike_ids=frozenset({2}))
    story.answer("B3", None, AnswerWord.WAIVE)
    for ref in ("B1", "B2", "B3"):
        story.mark(ref, Mark.ABSENT)
    assert reasons(story) == {
        "B1": Reason.DUPLICATE_SUSPECTED,
        "B2": Reason.DUPLICATE_SUSPECTED,
        "B3": Reason.WAIVED,
    }


def test_a_row_without_a_name_that_came_may_be_anybody_of_its_school() -> None:
    story = Story()
    story.book("B1", name_id=None, school="Oak")
    story.book("B2", LATER, school="Oak")
    story.book("B3", LATER, school="Elm")
    story.mark("B1", Mark.PRESENT)
    story.mark("B2", Mark.ABSENT)
    story.mark("B3", Mark.ABSENT)
    assert reasons(story) == {"B1": Reason.ATTENDED, "B2": Reason.DUPLICATE_SUSPECTED, "B3": Reason.NO_SHOW}


def test_a_seat_without_a_name_in_an_order_that_has_one_is_a_seat() -> None:
    story = Story()
    story.book("B1", order_id="one", school="Oak")
    story.book("B2", order_id="one", name_id=None, email_id=None, school="Oak")
    story.mark("B1", Mark.PRESENT)
    story.mark("B2", Mark.ABSENT)
    assert reasons(story) == {"B1": Reason.ATTENDED, "B2": Reason.NO_SHOW}


def test_of_one_persons_places_left_early_counts_after_present_to_the_end() -> None:
    story = Story()
    for ref in ("B1", "B2"):
        story.book(ref, person_id=7)
    story.mark("B1", Mark.PRESENT)
    story.mark("B2", Mark.LEFT_EARLY)
    assert reasons(story) == {"B1": Reason.ATTENDED, "B2": Reason.ATTENDED}


def door(story: Story, ref: str, **fields: object) -> None:
    story.book(ref, AT_THE_DOOR, **fields)
    story.check_in(ref)


def test_a_door_booking_is_no_place_and_its_teacher_came_by_it() -> None:
    story = Story()
    story.book("B1", person_id=7, school="Oak")
    story.mark("B1", Mark.ABSENT)
    door(story, "B2", person_id=7, school="Oak")
    assert reasons(story) == {"B1": Reason.ATTENDED}
    assert any("came on the booking B2" in line for line in decide(story)["B1"].evidence)


def test_a_door_booking_nobody_came_by_changes_nothing() -> None:
    story = Story()
    story.book("B1", person_id=7, school="Oak")
    story.mark("B1", Mark.ABSENT)
    story.book("B2", AT_THE_DOOR, person_id=7, school="Oak")
    assert reasons(story) == {"B1": Reason.NO_SHOW}


def test_what_was_said_of_a_door_booking_asks_about_whoever_may_have_made_it() -> None:
    story = Story()
    story.book("B1", name_id=7, school="Oak")
    story.mark("B1", Mark.ABSENT)
    story.book("B2", AT_THE_DOOR, name_id=7)
    assert reasons(story) == {"B1": Reason.NO_SHOW}
    story.notice("B2", DEADLINE_AT)
    assert reasons(story) == {"B1": Reason.DUPLICATE_SUSPECTED}


def test_a_walk_in_who_stands_in_for_somebody_may_be_told_by_another_of_their_rows() -> None:
    story = Story()
    story.book("B1", school="Oak")
    story.mark("B1", Mark.ABSENT)
    story.book("B2", name_id=7)
    story.mark("B2", Mark.UNMARKED)
    story.walk_in("W1", school="Oak")
    story.bookings["B2"]["name_id"] = story.walk_ins[0].name_id
    story.links.append(SubstituteLink(story.next_id(), "B2", "B1"))
    assert reasons(story)["B1"] is Reason.REPLACED


def test_nobody_stands_in_for_themself_by_another_row() -> None:
    story = Story()
    for ref in ("B1", "B2"):
        story.book(ref, person_id=7, school="Oak")
        story.mark(ref, Mark.ABSENT)
    story.links.append(SubstituteLink(story.next_id(), "B2", "B1"))
    story.answer("B2", Reason.ATTENDANCE_CONFLICT, AnswerWord.ABSENT)
    assert Reason.REPLACED not in reasons(story).values()


def test_an_extra_of_two_schools_stands_in_once() -> None:
    story = Story()
    for ref, school in (("B1", "Oak"), ("B2", "Elm")):
        story.book(ref, school=school)
        story.mark(ref, Mark.ABSENT)
    story.walk_in("W1", school="Oak")
    story.walk_in("W2", school="Elm")
    first, second = story.walk_ins
    story.walk_ins[1] = type(second)(
        second.id, "W2", first.person_id, first.name_id, second.recorded_at, "Elm", second.school_keys
    )
    decided = reasons(story)
    assert sorted([decided["B1"], decided["B2"]]) == [Reason.NO_SHOW, Reason.REPLACED]


def test_a_waived_place_is_the_one_charge_of_a_school_that_pays_once() -> None:
    story = Story()
    for ref in ("B1", "B2"):
        story.book(ref, school="Oak")
        story.mark(ref, Mark.ABSENT)
    assert sorted(reasons(story, PER_SCHOOL).values()) == [Reason.CHARGED_ONCE, Reason.NO_SHOW]
    story.answer("B1", None, AnswerWord.WAIVE)
    assert reasons(story, PER_SCHOOL) == {"B1": Reason.WAIVED, "B2": Reason.CHARGED_ONCE}


def test_two_late_notices_cost_no_more_than_the_earlier() -> None:
    story = Story()
    story.book("B1")
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(10))
    before = decide(story)["B1"]
    story.notice("B1", hours_before_start(15))
    after = decide(story)["B1"]
    assert before.reason is after.reason is Reason.LATE_NOTICE
    assert after.amount_pence <= before.amount_pence


def test_a_declared_day_is_asked_about_where_it_was_declared_or_declared_again_too_late() -> None:
    too_late = DEADLINE_AT + timedelta(hours=1)
    for declared_at, gap, reason in (
        (BOOKED_AT - timedelta(days=9), None, Reason.NO_SHOW),
        (too_late, None, Reason.WORKSHOP_MOVED),
        (BOOKED_AT - timedelta(days=9), (BOOKED_AT - timedelta(days=1), too_late), Reason.WORKSHOP_MOVED),
        (BOOKED_AT - timedelta(days=9), (LATER, too_late), Reason.NO_SHOW),
    ):
        story = Story()
        story.dates = [AnnouncedDate(1, STARTS_AT, ENDS_AT, london("2019-09-01 09:00"), declared_at, gap)]
        story.book("B1")
        story.mark("B1", Mark.ABSENT)
        assert decide(story)["B1"].reason is reason, (declared_at, gap)


def test_the_newest_readable_row_decides_whether_a_status_is_understood() -> None:
    story = Story()
    story.book("B1")
    story.sight(hours_before_start(50))
    story.observe("B1", hours_before_start(40), Presence.ACTIVE, changed_at=hours_before_start(41), status_known=False)
    story.sight(hours_before_start(30))
    story.observe("B1", hours_before_start(10), Presence.UNREADABLE)
    story.observe("B1", hours_before_start(5), Presence.CANCELLED, changed_at=hours_before_start(5))
    # the reads of a status that nobody understands prove nothing: it may have been given back before the deadline
    assert decide(story)["B1"].reason is Reason.NOTICE_UNPROVEN


def test_a_status_nobody_has_described_that_is_said_to_be_late_is_told_as_such() -> None:
    story = Story()
    story.book("B1")
    story.observe("B1", hours_before_start(3), Presence.ACTIVE, changed_at=BOOKED_AT, status_known=False)
    story.answer("B1", Reason.STATUS_UNKNOWN, AnswerWord.LATE)
    story.mark("B1", Mark.ABSENT)
    decision = decide(story)["B1"]
    assert (decision.outcome, decision.reason) == (Outcome.CHARGE, Reason.LATE_NOTICE)
    assert any("a status on Eventbrite that nobody has described" in line for line in decision.evidence)


def test_a_row_that_a_slow_replica_returned_does_not_end_a_cancellation() -> None:
    story = Story()
    story.book("B1")
    story.cancel("B1", hours_before_start(99))
    story.observe("B1", hours_before_start(2), Presence.ACTIVE, changed_at=BOOKED_AT)
    story.sight(hours_before_start(1))
    assert decide(story)["B1"].reason is Reason.NOTICE_IN_TIME


def test_a_booking_shown_active_again_with_a_newer_stamp_is_active() -> None:
    story = Story()
    story.book("B1")
    story.cancel("B1", hours_before_start(99))
    story.observe("B1", hours_before_start(50), Presence.ACTIVE, changed_at=hours_before_start(60))
    story.mark("B1", Mark.ABSENT)
    assert decide(story)["B1"].reason is Reason.NO_SHOW


@pytest.mark.parametrize("how", ["unproven", "vanished", "status"])
def test_a_duplicate_that_may_have_been_given_back_in_time_is_asked_about(how: str) -> None:
    story = Story()
    for ref in ("B1", "B2"):
        story.book(ref, person_id=7, school="Oak")
    story.mark("B2", Mark.ABSENT)
    if how == "unproven":
        story.sight(hours_before_start(25))
        story.cancel("B1", hours_before_start(20))
    elif how == "vanished":
        story.vanish("B1", hours_before_start(20))
    else:
        story.observe("B1", hours_before_start(20), Presence.ACTIVE, changed_at=BOOKED_AT, status_known=False)
        story.mark("B1", Mark.ABSENT)
    assert Reason.DUPLICATE_CANCELLED in reasons(story).values() or Reason.STATUS_UNKNOWN in reasons(story).values()
    assert Outcome.CHARGE not in {decision.outcome for decision in decide(story).values()}


def test_a_colleague_booked_after_notice_for_the_teachers_other_row_stands_in() -> None:
    story = Story()
    for ref in ("B1", "B2"):
        story.book(ref, person_id=7, school="Oak")
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(19))
    story.mark("B2", Mark.ABSENT)
    assert any("other booking B1 was cancelled" in line for line in decide(story)["B2"].evidence)
    story.book("B3", hours_before_start(18), school="Oak")
    story.mark("B3", Mark.PRESENT)
    assert reasons(story)["B2"] is Reason.REPLACED


def test_what_was_in_time_is_not_made_late_by_a_persons_word_about_something_else() -> None:
    story = Story()
    story.book("B1")
    story.vanish("B1", hours_before_start(3))
    story.answer("B1", Reason.BOOKING_VANISHED, AnswerWord.LATE)
    assert decide(story)["B1"].reason is Reason.LATE_NOTICE
    story.notices.append(type_notice(story))
    assert decide(story)["B1"].reason is Reason.NOTICE_IN_TIME


def type_notice(story: Story) -> Notice:
    """Older than the answer: said of the school, which was found to be this booking's afterwards."""
    story.notice("B1", DEADLINE_AT)
    notice = story.notices.pop()
    return type(notice)(1, notice.received_at, notice.channel, notice.recorded_at, "B1")


def test_whoever_may_be_a_person_by_an_unjudged_row_may_be_them() -> None:
    story = Story()
    story.book("B1", person_id=1, name_id=1, email_id=9, school="Oak", alike_ids=frozenset({3}))
    story.book("B2", LATER, person_id=2, name_id=1, email_id=8, school="Oak")
    story.book("B3", person_id=3, name_id=3, email_id=9, school="Oak", alike_ids=frozenset({1}))
    story.mark("B2", Mark.ABSENT)
    story.mark("B1", Mark.ABSENT)
    story.mark("B3", Mark.PRESENT)
    assert reasons(story) == {"B1": Reason.DUPLICATE, "B2": Reason.DUPLICATE_SUSPECTED, "B3": Reason.ATTENDED}


def test_who_came_for_a_teacher_with_a_walk_in_row_of_their_own_is_free_for_others() -> None:
    story = Story()
    story.book("B1", school="Oak")
    story.book("B2", LATER, school="Oak")
    story.mark("B2", Mark.ABSENT)
    story.walk_in("W1", school="Oak")
    story.bookings["B1"].update(person_id=story.walk_ins[0].person_id)
    story.walk_in("W2", school="Oak")
    story.links.append(SubstituteLink(story.next_id(), "W2", "B1"))
    assert reasons(story)["B2"] is Reason.REPLACED


@pytest.mark.parametrize("unknown", ["status", "ticket"])
def test_a_row_that_nobody_understands_explains_nobodys_coming(unknown: str) -> None:
    story = Story()
    story.book("B1", school="Oak")
    story.book("B2", school="Oak", ticket_known=unknown != "ticket")
    story.mark("B1", Mark.ABSENT)
    if unknown == "status":
        story.observe("B2", hours_before_start(99), Presence.ACTIVE, changed_at=BOOKED_AT, status_known=False)
    story.walk_in("W1", school="Oak")
    story.bookings["B2"]["person_id"] = story.walk_ins[0].person_id
    assert reasons(story)["B1"] is Reason.REPLACED


@pytest.mark.parametrize("how", ["check-in", "file"])
@pytest.mark.parametrize(
    ("answer", "found"),
    [(None, Reason.ATTENDANCE_CONFLICT), (AnswerWord.PRESENT, Reason.ATTENDED), (AnswerWord.ABSENT, Reason.DUPLICATE)],
)
def test_of_a_teachers_rows_the_one_on_which_they_may_have_come_is_asked_about(
    how: str, answer: AnswerWord | None, found: Reason
) -> None:
    story = Story()
    story.book("B1", person_id=1)
    story.book("B2", LATER, person_id=1)
    if how == "check-in":
        story.check_in("B1")
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.ABSENT)
    if how == "file":
        story.mark("B1", Mark.PRESENT, is_contested=True)
    if answer is not None:
        story.answer("B1", "attendance_conflict", answer)
    other = Reason.NO_SHOW if answer is AnswerWord.ABSENT else Reason.DUPLICATE
    assert reasons(story) == {"B1": found, "B2": other}


def test_a_waiver_says_nothing_about_who_was_there() -> None:
    story = Story()
    story.book("B1")
    story.mark("B1", Mark.LEFT_EARLY)
    story.mark("B1", Mark.PRESENT, is_contested=True)
    assert build_places(story.facts(), POLICY)[0].came
    story.answer("B1", None, AnswerWord.WAIVE)
    assert build_places(story.facts(), POLICY)[0].came


def test_what_is_said_of_a_ticket_for_no_seat_is_said_of_its_holder() -> None:
    story = Story()
    story.book("B1", person_id=1)
    story.book("B2", LATER, person_id=1, ticket_known=False)
    story.mark("B1", Mark.ABSENT)
    story.answer("B2", "ticket_unknown", AnswerWord.NO_PLACE)
    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.NO_PLACE}
    story.answer("B2", None, AnswerWord.WAIVE)
    assert reasons(story)["B1"] is Reason.WAIVED


def test_a_row_without_a_name_may_be_anybody_who_came_and_uses_up_nobody_of_another_school() -> None:
    story = Story()
    story.book("B1", school="Oak", name_id=None)
    story.mark("B1", Mark.ABSENT)
    story.walk_in("W1", school="Elm")
    assert reasons(story)["B1"] is Reason.DUPLICATE_SUSPECTED
    story.book("B2", school="Elm")
    story.mark("B2", Mark.ABSENT)
    story.book("B3", school="Oak")
    story.mark("B3", Mark.ABSENT)
    story.links.append(SubstituteLink(story.next_id(), "B1", "B3"))
    assert reasons(story)["B2"] is Reason.REPLACED


def test_whoever_came_for_a_teacher_of_whose_school_a_notice_may_speak_is_free_for_others() -> None:
    story = Story()
    story.book("B1", school="Oak")
    story.book("B2", school=None)
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.ABSENT)
    story.walk_in("W1", replaces="B2")
    assert reasons(story)["B1"] is Reason.NO_SHOW
    story.notices.append(Notice(story.next_id(), BOOKED_AT, Channel.EMAIL, BOOKED_AT, school_key="id:Elm"))
    assert reasons(story)["B1"] is Reason.WALK_IN_UNMATCHED

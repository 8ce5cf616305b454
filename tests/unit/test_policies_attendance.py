"""Turned away, left early, substitutes of every kind, and places that somebody else took."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.decisions import Outcome, Reason
from policies.engine import assess_workshop
from policies.facts import AnswerWord, Mark, SubstituteLink
from policies.parameters import Policy, load_policy, read_shipped
from tests.factories import AS_OF, STARTS_AT, Story

SHIPPED = read_shipped("maths-hub")
FLYER = load_policy(SHIPPED)
LATE = STARTS_AT - timedelta(hours=2)


def attendance(turned_away: int, left_early: int) -> Policy:
    return load_policy(
        SHIPPED
        + f"""
[version.attendance]
value = {{ turned_away = {turned_away}, left_early = {left_early} }}
unit = "percent of the charge"
clause = "Whoever comes too late or leaves early pays."
source = "a test"
"""
    )


def substitutes(value: str, more: str = "") -> Policy:
    return load_policy(SHIPPED.replace('value = "same school"', f'value = "{value}"\n{more}'))


def reasons(story: Story, policy: Policy = FLYER) -> dict[str, Reason]:
    return {d.booking_id: d.reason for d in assess_workshop(story.facts(), policy, AS_OF)}


@pytest.mark.parametrize(
    ("mark", "policy", "outcome", "reason", "pence"),
    [
        (Mark.TURNED_AWAY, FLYER, Outcome.NOT_CHARGED, Reason.TURNED_AWAY, 0),
        (Mark.TURNED_AWAY, attendance(0, 50), Outcome.NOT_CHARGED, Reason.TURNED_AWAY, 0),
        (Mark.TURNED_AWAY, attendance(100, 0), Outcome.CHARGE, Reason.TURNED_AWAY, 5000),
        (Mark.LEFT_EARLY, FLYER, Outcome.ATTENDED, Reason.ATTENDED, 0),
        (Mark.LEFT_EARLY, attendance(100, 0), Outcome.ATTENDED, Reason.ATTENDED, 0),
        (Mark.LEFT_EARLY, attendance(0, 33), Outcome.CHARGE, Reason.PART_ATTENDANCE, 1650),
        (Mark.LATE, attendance(100, 100), Outcome.ATTENDED, Reason.ATTENDED, 0),
    ],
)
def test_coming_too_late_and_leaving_early_cost_what_the_policy_says(
    mark: Mark, policy: Policy, outcome: Outcome, reason: Reason, pence: int
) -> None:
    story = Story()
    story.book("B1")
    story.mark("B1", mark)
    (decision,) = assess_workshop(story.facts(), policy, AS_OF)
    assert (decision.outcome, decision.reason, decision.amount_pence) == (outcome, reason, pence)


def test_what_is_charged_for_coming_too_late_has_its_own_clause_and_sum() -> None:
    story = Story()
    story.book("B1")
    story.mark("B1", Mark.TURNED_AWAY)
    (decision,) = assess_workshop(story.facts(), attendance(50, 0), AS_OF)
    assert decision.clause == "Whoever comes too late or leaves early pays."
    assert decision.evidence[1:] == (
        "marked as having come too late to be admitted",
        "staying away costs £50, this 50 % of it",
    )


def test_notice_in_time_and_an_exemption_come_before_it() -> None:
    story = Story()
    story.book("B1")
    story.notice("B1", STARTS_AT - timedelta(days=3))
    story.mark("B1", Mark.TURNED_AWAY)
    assert reasons(story, attendance(100, 100)) == {"B1": Reason.NOTICE_IN_TIME}


def test_checked_in_and_turned_away_is_asked() -> None:
    story = Story()
    story.book("B1")
    story.check_in("B1")
    story.mark("B1", Mark.TURNED_AWAY)
    assert reasons(story, attendance(100, 0)) == {"B1": Reason.ATTENDANCE_CONFLICT}
    story.answer("B1", "attendance_conflict", AnswerWord.ABSENT)
    assert reasons(story, attendance(100, 0)) == {"B1": Reason.TURNED_AWAY}


def test_a_walk_in_turned_away_helps_nobody() -> None:
    story = Story()
    story.book("B1", school="S")
    story.mark("B1", Mark.ABSENT)
    story.walk_in("W1", "S")
    story.mark("W1", Mark.TURNED_AWAY)
    assert reasons(story)["B1"] is Reason.NO_SHOW


@pytest.mark.parametrize(
    ("value", "is_linked", "is_announced", "reason"),
    [
        ("free", False, False, Reason.REPLACED),
        ("same school", False, False, Reason.REPLACED),
        ("linked only", False, False, Reason.NO_SHOW),
        ("linked only", True, False, Reason.REPLACED),
        ("announced", False, False, Reason.NO_SHOW),
        ("announced", True, False, Reason.NO_SHOW),
        ("announced", True, True, Reason.REPLACED),
        ("announced", False, True, Reason.REPLACED),
        ("none", True, True, Reason.LATE_NOTICE),
        ("none", False, False, Reason.NO_SHOW),
    ],
)
def test_who_may_come_instead(value: str, is_linked: bool, is_announced: bool, reason: Reason) -> None:
    story = Story()
    story.book("B1", school="S")
    story.mark("B1", Mark.ABSENT)
    if is_announced:
        story.notice("B1", LATE)
    story.walk_in("W1", "S", replaces="B1" if is_linked else None)
    assert reasons(story, substitutes(value))["B1"] is reason


REFILL = substitutes("same school", "refilled_is_free = true")


def given_back(*late: str) -> Story:
    """Teachers of one school each who cancelled two hours before, one minute after another."""
    story = Story()
    for ref in late:
        story.book(ref, school=ref)
    story.sight(STARTS_AT - timedelta(hours=4))
    for number, ref in enumerate(late):
        story.cancel(ref, LATE + timedelta(minutes=number))
    return story


def newcomer(story: Story, ref: str, at_minutes: int, mark: Mark = Mark.PRESENT) -> None:
    story.book(ref, LATE + timedelta(minutes=at_minutes), school="elsewhere")
    story.mark(ref, mark)


def test_a_place_that_somebody_booked_afterwards_and_took_is_refilled() -> None:
    story = given_back("B1", "B2")
    newcomer(story, "B3", 30)
    decided = {d.booking_id: d for d in assess_workshop(story.facts(), REFILL, AS_OF)}
    assert (decided["B1"].outcome, decided["B1"].reason) == (Outcome.NOT_CHARGED, Reason.REFILLED)
    assert "B3 came in this place, booked after notice was given" in decided["B1"].evidence
    assert decided["B2"].reason is Reason.LATE_NOTICE


def test_under_other_policies_it_is_charged() -> None:
    story = given_back("B1")
    newcomer(story, "B3", 30)
    assert reasons(story)["B1"] is Reason.LATE_NOTICE


def test_whoever_did_not_come_or_booked_before_or_came_for_a_colleague_refills_nothing() -> None:
    story = given_back("B1")
    newcomer(story, "B3", 30, Mark.ABSENT)
    newcomer(story, "B4", -600)
    story.book("B5", school="S5")
    story.mark("B5", Mark.ABSENT)
    newcomer(story, "B6", 40)
    story.links.append(SubstituteLink(story.next_id(), "B6", "B5"))
    decided = reasons(story, REFILL)
    assert (decided["B1"], decided["B5"]) == (Reason.LATE_NOTICE, Reason.REPLACED)


def test_a_place_nobody_gave_back_cannot_be_refilled() -> None:
    story = Story()
    story.book("B1", school="S1")
    story.mark("B1", Mark.ABSENT)
    newcomer(story, "B2", 0)
    assert reasons(story, REFILL)["B1"] is Reason.NO_SHOW


@pytest.mark.parametrize(
    ("mark", "said", "reason"),
    [
        (Mark.ABSENT, Mark.PRESENT, Reason.ATTENDANCE_CONFLICT),
        (Mark.TURNED_AWAY, Mark.LEFT_EARLY, Reason.ATTENDANCE_CONFLICT),
        (Mark.LEFT_EARLY, Mark.PRESENT, Reason.ATTENDANCE_CONFLICT),
        (Mark.PRESENT, Mark.ABSENT, Reason.ATTENDED),
        (Mark.UNMARKED, Mark.ABSENT, Reason.ATTENDANCE_UNMARKED),
        (Mark.ABSENT, Mark.ABSENT, Reason.NO_SHOW),
    ],
)
def test_what_a_file_says_against_a_mark_is_asked_about_where_the_mark_may_cost(
    mark: Mark, said: Mark, reason: Reason
) -> None:
    story = Story()
    story.book("B1")
    story.mark("B1", mark)
    story.mark("B1", said, is_contested=True)
    (decision,) = assess_workshop(story.facts(), attendance(100, 50), AS_OF)
    assert decision.reason is reason
    if reason is Reason.ATTENDANCE_CONFLICT:
        assert any(sentence.startswith("a register that came back later says") for sentence in decision.evidence)


def test_a_person_who_says_that_a_teacher_stayed_is_believed_before_a_mark_that_they_left() -> None:
    story = Story()
    story.book("B1")
    story.mark("B1", Mark.LEFT_EARLY)
    story.mark("B1", Mark.PRESENT, is_contested=True)
    story.answer("B1", "attendance_conflict", AnswerWord.PRESENT)
    (decision,) = assess_workshop(story.facts(), attendance(100, 50), AS_OF)
    assert decision.reason is Reason.ATTENDED
    assert "a person decided that the teacher was there" in decision.evidence


def test_a_lunch_ticket_that_was_scanned_shows_that_its_holder_was_there() -> None:
    story = Story()
    story.book("B1", person_id=1, school="S")
    story.book("B2", person_id=1, school="S", is_place=False)
    story.book("B3", school="S")
    story.check_in("B2")
    story.mark("B3", Mark.ABSENT)
    decisions = {d.booking_id: d for d in assess_workshop(story.facts(), FLYER, AS_OF)}
    assert {ref: d.reason for ref, d in decisions.items()} == {"B1": Reason.ATTENDED, "B3": Reason.NO_SHOW}
    assert "came on the booking B2, whose ticket is for no seat" in decisions["B1"].evidence
    story.mark("B1", Mark.ABSENT)
    assert reasons(story)["B1"] is Reason.ATTENDANCE_CONFLICT
    story.mark("B2", Mark.PRESENT)
    assert reasons(story)["B1"] is Reason.ATTENDED


def test_somebody_with_no_seat_of_their_own_comes_for_nobody() -> None:
    story = Story()
    story.book("B1", school="S")
    story.book("B2", school="S", is_place=False)
    story.check_in("B2")
    story.mark("B1", Mark.ABSENT)
    assert reasons(story) == {"B1": Reason.NO_SHOW}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, Reason.ATTENDANCE_CONFLICT),
        (AnswerWord.PRESENT, Reason.ATTENDED),
        (AnswerWord.ABSENT, Reason.NO_SHOW),
    ],
)
def test_a_check_in_at_the_door_against_its_mark_is_asked_about_the_place_booked_before(
    answer: AnswerWord | None, reason: Reason
) -> None:
    story = Story()
    story.book("B1", person_id=1)
    story.book("B2", STARTS_AT + timedelta(minutes=5), person_id=1)
    story.check_in("B2")
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.ABSENT)
    if answer is not None:
        story.answer("B1", "attendance_conflict", answer)
    (decision,) = assess_workshop(story.facts(), FLYER, AS_OF)
    assert decision.reason is reason
    assert any("by the booking B2, which was made when" in sentence for sentence in decision.evidence)


def test_a_check_in_at_the_door_of_somebody_who_may_be_the_teacher_is_asked_about() -> None:
    story = Story()
    story.book("B1", person_id=1, name_id=1, alike_ids=frozenset({2}))
    story.book("B2", STARTS_AT + timedelta(minutes=5), person_id=2, name_id=2, alike_ids=frozenset({1}))
    story.check_in("B2")
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.ABSENT)
    assert reasons(story) == {"B1": Reason.DUPLICATE_SUSPECTED}


def test_on_a_page_for_several_days_a_check_in_counts_only_while_one_was_declared() -> None:
    story = Story()
    story.book("B1")
    story.check_in("B1")
    newest = story.observations["B1"][-1].id
    story.mark("B1", Mark.ABSENT)
    for between, reason in (
        (None, Reason.NO_SHOW),
        ((newest - 1, newest + 1), Reason.ATTENDANCE_CONFLICT),
        ((newest, newest + 1), Reason.NO_SHOW),
    ):
        story.settings.update(single_day=False, only_day_between=between)
        assert reasons(story) == {"B1": reason}, between


def test_what_costs_nothing_by_the_policy_is_no_charge() -> None:
    story = Story()
    story.book("B1")
    story.mark("B1", Mark.ABSENT)
    free = load_policy(SHIPPED.replace("value = 5000", "value = 0"))
    (decision,) = assess_workshop(story.facts(), free, AS_OF)
    assert (decision.outcome, decision.reason) == (Outcome.NOT_CHARGED, Reason.NO_SHOW)


def test_of_a_school_that_pays_once_somebody_who_came_counts_for_nothing() -> None:
    story = Story()
    story.book("B1", school="S")
    story.book("B2", school="S")
    story.mark("B1", Mark.PRESENT)
    story.mark("B2", Mark.ABSENT)
    once = load_policy(SHIPPED.replace('unit = "pence"\n', 'unit = "pence"\nper = "school"\n', 1))
    assert reasons(story, once) == {"B1": Reason.ATTENDED, "B2": Reason.NO_SHOW}

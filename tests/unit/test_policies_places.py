"""Places, persons, exemptions and call-offs (DESIGN 5.2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from policies.call_offs import is_called_off
from policies.decisions import Decision, Outcome, Reason
from policies.engine import assess_workshop
from policies.facts import (
    AnswerWord,
    CallOff,
    Channel,
    Exemption,
    ExemptionKind,
    ExemptionState,
    Mark,
    OtherBooking,
    Presence,
)
from policies.parameters import load_policy, read_shipped
from policies.places import expected_bookings
from tests.factories import AS_OF, BOOKED_AT, ENDS_AT, STARTS_AT, Story, called_off, hours_before_start, links

POLICY = load_policy(read_shipped("maths-hub"))


def decide_all(story: Story) -> dict[str, Decision]:
    return {decision.booking_id: decision for decision in assess_workshop(story.facts(), POLICY, AS_OF)}


def reasons(story: Story) -> dict[str, Reason]:
    return {ref: decision.reason for ref, decision in decide_all(story).items()}


def absent(story: Story, *refs: str) -> None:
    for ref in refs:
        story.mark(ref, Mark.ABSENT)


def test_guests_and_add_ons_are_no_places() -> None:
    story = Story()
    story.book("B1", is_place=False)
    story.book("B2", booked_at=STARTS_AT)

    assert decide_all(story) == {}


def test_places_come_by_booking_time_and_then_walk_ins_by_recording() -> None:
    story = Story()
    story.walk_in("W1")
    story.book("B3")
    story.book("B2")
    story.book("B1", BOOKED_AT + timedelta(days=1))

    assert list(decide_all(story)) == ["B2", "B3", "B1", "W1"]


def test_the_newest_mark_counts_and_unmarking_takes_it_back() -> None:
    story = Story()
    story.book("B1")
    story.book("B2")
    story.book("B3")
    absent(story, "B1", "B2", "B3")
    story.mark("B1", Mark.PRESENT)
    story.mark("B2", Mark.UNMARKED)
    story.check_in("B3", STARTS_AT)
    story.mark("B3", Mark.UNMARKED)

    assert reasons(story) == {
        "B1": Reason.ATTENDED,
        "B2": Reason.ATTENDANCE_UNMARKED,
        "B3": Reason.ATTENDED,
    }


def test_one_name_at_one_confirmed_school_is_one_person_under_two_addresses() -> None:
    story = Story()
    story.book("B1", name_id=9, school="Oak")
    story.book("B2", BOOKED_AT + timedelta(hours=1), name_id=9, school="Oak")
    absent(story, "B1", "B2")

    assert reasons(story) == {"B1": Reason.DUPLICATE, "B2": Reason.NO_SHOW}


def test_one_name_at_two_confirmed_schools_is_two_persons() -> None:
    story = Story()
    story.book("B1", name_id=9, school="Oak")
    story.book("B2", name_id=9, school="Elm")
    absent(story, "B1", "B2")

    assert set(reasons(story).values()) == {Reason.NO_SHOW}


@pytest.mark.parametrize("first", [None, "Oak"])
def test_one_name_that_no_school_tells_apart_is_charged_once_and_then_asked_about(first: str | None) -> None:
    story = Story()
    story.book("B1", name_id=9, school=first)
    story.book("B2", name_id=9)
    absent(story, "B1", "B2")

    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.DUPLICATE_SUSPECTED}


def test_nameless_bookings_of_one_school_may_be_one_person() -> None:
    story = Story()
    story.book("B1", name_id=None, school="Oak")
    story.book("B2", name_id=None, school="Oak")
    story.book("B3", name_id=None, school="Elm")
    absent(story, "B1", "B2", "B3")

    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.DUPLICATE_SUSPECTED, "B3": Reason.NO_SHOW}


def test_a_place_may_show_that_two_persons_so_far_are_one() -> None:
    story = Story()
    story.book("B1", BOOKED_AT, person_id=50, name_id=50)
    story.book("B2", BOOKED_AT + timedelta(hours=1), person_id=51, name_id=9, school="Oak")
    story.book("B3", BOOKED_AT + timedelta(hours=2), person_id=50, name_id=9, school="Oak")
    absent(story, "B1", "B2", "B3")

    assert reasons(story) == {"B1": Reason.DUPLICATE, "B2": Reason.DUPLICATE, "B3": Reason.NO_SHOW}


def test_of_one_persons_places_the_attended_one_is_judged_before_the_newer() -> None:
    story = Story()
    story.book("B1", person_id=50)
    story.book("B2", BOOKED_AT + timedelta(hours=1), person_id=50)
    story.mark("B1", Mark.PRESENT)
    absent(story, "B2")

    assert reasons(story) == {"B1": Reason.ATTENDED, "B2": Reason.DUPLICATE}
    assert "the same teacher's booking B1 counts instead" in decide_all(story)["B2"].evidence


def test_of_one_persons_places_the_expected_one_is_judged_before_the_newer_cancelled() -> None:
    story = Story()
    story.book("B1", person_id=50)
    story.book("B2", BOOKED_AT + timedelta(hours=1), person_id=50)
    story.cancel("B2", BOOKED_AT + timedelta(minutes=70))
    absent(story, "B1")

    assert reasons(story) == {"B1": Reason.DUPLICATE_CANCELLED, "B2": Reason.DUPLICATE}


def test_of_one_persons_cancelled_places_the_newest_is_judged_and_at_a_tie_the_first_reference() -> None:
    story = Story()
    for ref in ("B1", "B2", "B3"):
        story.book(ref, BOOKED_AT, person_id=50)
        story.cancel(ref, BOOKED_AT + timedelta(hours=1))
    story.book("B4", BOOKED_AT - timedelta(hours=1), person_id=50)
    story.cancel("B4", BOOKED_AT + timedelta(hours=1))

    decided = reasons(story)

    assert decided.pop("B1") is Reason.NOTICE_IN_TIME
    assert set(decided.values()) == {Reason.DUPLICATE}


def test_two_attended_places_of_one_person_are_both_attended() -> None:
    story = Story()
    story.book("B1", person_id=50)
    story.book("B2", person_id=50)
    story.mark("B1", Mark.PRESENT)
    story.mark("B2", Mark.PRESENT)

    assert set(reasons(story).values()) == {Reason.ATTENDED}


def test_unnamed_seats_are_nobodys_duplicates() -> None:
    story = Story()
    story.book("B1", person_id=50, order_id="seats")
    story.book("B2", person_id=50, order_id="seats")
    story.book("B3", person_id=50)
    story.mark("B3", Mark.PRESENT)
    absent(story, "B1", "B2")

    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.NO_SHOW, "B3": Reason.ATTENDED}


def test_a_linked_substitute_came_unless_the_register_says_otherwise_and_then_a_person_is_asked() -> None:
    story = Story()
    for ref in ("B1", "B2", "B3"):
        story.book(ref)
    absent(story, "B1", "B3")
    story.links += links(("B2", "B1"), ("B3", "B3"), story=story)
    assert reasons(story) == {"B1": Reason.REPLACED, "B2": Reason.ATTENDED, "B3": Reason.NO_SHOW}

    absent(story, "B2")
    assert reasons(story) == {"B1": Reason.REPLACED, "B2": Reason.ATTENDANCE_CONFLICT, "B3": Reason.NO_SHOW}

    story.answer("B2", Reason.ATTENDANCE_CONFLICT, AnswerWord.ABSENT)
    assert set(reasons(story).values()) == {Reason.NO_SHOW}


def test_a_substitute_covers_one_booking_the_newest_said() -> None:
    story = Story()
    for ref in ("B1", "B2", "B3"):
        story.book(ref)
    absent(story, "B1", "B2")
    story.mark("B3", Mark.PRESENT)
    story.links += links(("B3", "B1"), ("B3", "B2"), story=story)

    assert reasons(story) == {"B1": Reason.NO_SHOW, "B2": Reason.REPLACED, "B3": Reason.ATTENDED}
    assert "B3 came in this place" in decide_all(story)["B2"].evidence


def test_a_linked_substitute_stands_even_while_the_register_is_open() -> None:
    story = Story(is_closed=False)
    story.book("B1")
    story.walk_in("W1", replaces="B1")

    assert reasons(story) == {"B1": Reason.REPLACED, "W1": Reason.ATTENDED}


def test_a_walk_in_is_never_charged_and_has_no_clause() -> None:
    story = Story()
    story.walk_in("W1")
    decision = decide_all(story)["W1"]

    assert (decision.amount_pence, decision.clause, decision.policy, decision.deadline_at) == (0, None, None, None)
    assert decision.evidence == ("came without a booking",)


def test_an_exemption_covers_its_workshop_only() -> None:
    story = Story()
    story.book("B1")
    absent(story, "B1")
    story.exemptions.append(
        Exemption(
            story.next_id(),
            ExemptionKind.EXTENUATING,
            ExemptionState.APPROVED,
            ENDS_AT,
            booking_id="B1",
            workshop_id="901",
        )
    )

    assert reasons(story) == {"B1": Reason.NO_SHOW}


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ((date(2019, 11, 1), date(2019, 11, 5)), Reason.OFSTED),
        ((date(2019, 11, 5), date(2019, 11, 8)), Reason.OFSTED),
        ((date(2019, 11, 1), date(2019, 11, 4)), Reason.NO_SHOW),
        (None, Reason.NO_SHOW),
    ],
)
def test_ofsted_exempts_from_the_call_to_the_last_day(days: tuple[date, date] | None, reason: Reason) -> None:
    story = Story()
    story.book("B1", school="Oak")
    absent(story, "B1")
    story.claim(ExemptionKind.OFSTED, ExemptionState.APPROVED, school="Oak", days=days)

    assert reasons(story) == {"B1": reason}


def test_a_kind_that_the_policy_does_not_know_exempts_nobody() -> None:
    text = read_shipped("maths-hub").replace('["ofsted", "extenuating"]', '["ofsted"]')
    story = Story()
    story.book("B1")
    absent(story, "B1")
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.APPROVED, ref="B1")

    (decision,) = assess_workshop(story.facts(), load_policy(text), AS_OF)

    assert decision.reason is Reason.NO_SHOW


def test_an_exemption_outside_any_policy_changes_nothing() -> None:
    story = Story()
    story.book("B1", BOOKED_AT - timedelta(days=365))
    absent(story, "B1")
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.CLAIMED, ref="B1")

    assert reasons(story) == {"B1": Reason.OUTSIDE_POLICY}
    assert decide_all(story)["B1"].policy is None


def test_out_of_scope_is_outside_the_policy() -> None:
    story = Story(settings={"in_scope": False, "billing_from_on": None})
    story.book("B1")
    absent(story, "B1")

    assert reasons(story) == {"B1": Reason.OUTSIDE_POLICY}


def test_each_place_is_charged_by_the_version_in_force_when_it_was_booked() -> None:
    old = read_shipped("maths-hub")
    newer = old[old.index("[[version]]") :].replace("2019-01-01", "2019-10-15").replace("value = 5000", "value = 7500")
    story = Story()
    story.book("B1", BOOKED_AT)
    story.book("B2", BOOKED_AT + timedelta(days=20))
    absent(story, "B1", "B2")

    decided = {d.booking_id: d for d in assess_workshop(story.facts(), load_policy(old + newer), AS_OF)}

    assert [decided[ref].amount_pence for ref in ("B1", "B2")] == [5000, 7500]
    assert [p.version for d in decided.values() if (p := d.policy)] == ["2019-01-01", "2019-10-15"]


def test_a_held_read_and_a_row_that_cannot_be_read_wait() -> None:
    story = Story(settings={"read_held": True})
    story.book("B1")
    absent(story, "B1")
    assert reasons(story) == {"B1": Reason.BOOKINGS_STALE}

    story.settings.clear()
    story.observe("B1", ENDS_AT, Presence.UNREADABLE)
    assert reasons(story) == {"B1": Reason.BOOKINGS_STALE}


def test_a_read_that_began_exactly_at_the_end_is_not_after_it() -> None:
    story = Story(is_read_after=False)
    story.book("B1")
    absent(story, "B1")
    story.sight(ENDS_AT)

    assert reasons(story) == {"B1": Reason.BOOKINGS_STALE}


def test_at_the_very_end_the_workshop_is_over() -> None:
    story = Story(is_closed=False)
    story.book("B1")

    (at_the_end,) = assess_workshop(story.facts(), POLICY, ENDS_AT)
    (before,) = assess_workshop(story.facts(), POLICY, ENDS_AT - timedelta(seconds=1))

    assert (before.reason, at_the_end.reason) == (Reason.NOT_OVER, Reason.REGISTER_OPEN)


def test_notice_in_time_and_exemptions_show_before_the_workshop_is_over() -> None:
    story = Story(is_closed=False, is_read_after=False)
    story.book("B1")
    story.notice("B1", hours_before_start(30), Channel.OTHER)
    (decision,) = assess_workshop(story.facts(), POLICY, hours_before_start(20))

    assert decision.outcome is Outcome.NOTICE_IN_TIME
    assert any(sentence.startswith("notice was given on") for sentence in decision.evidence)


@pytest.mark.parametrize(
    ("hub", "eventbrite", "is_off"),
    [
        (None, None, False),
        (called_off(1), None, True),
        (called_off(1, off=False), None, False),
        (None, called_off(1), True),
        (None, called_off(1, last_going_ahead_at=STARTS_AT - timedelta(seconds=1)), True),
        # what Eventbrite shows may be five minutes old
        (None, called_off(1, last_going_ahead_at=STARTS_AT + timedelta(seconds=299)), True),
        (None, called_off(1, last_going_ahead_at=STARTS_AT + timedelta(minutes=5)), False),
        (None, called_off(1, off=False), False),
        (called_off(2, off=False), called_off(1), False),
        (called_off(1, off=False), called_off(2), True),
    ],
)
def test_whether_a_workshop_is_called_off(hub: CallOff | None, eventbrite: CallOff | None, *, is_off: bool) -> None:
    assert is_called_off(hub, eventbrite, STARTS_AT) is is_off


def test_expected_bookings_are_those_that_keep_a_register_open() -> None:
    story = Story(is_closed=False)
    for ref in ("B1", "B2", "B3", "B4", "B5", "B6"):
        story.book(ref)
    absent(story, "B1")
    story.check_in("B2")
    story.cancel("B3", hours_before_start(40))
    story.vanish("B4", hours_before_start(2))
    story.cancel("B5", STARTS_AT + timedelta(minutes=1))
    story.walk_in("W1")

    assert expected_bookings(story.facts(), POLICY) == ("B5", "B6")


def test_the_other_bookings_of_strangers_do_not_matter() -> None:
    story = Story()
    story.book("B1")
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(19))
    story.others.append(OtherBooking(99, 98, "Oak", "901", hours_before_start(19)))

    assert reasons(story) == {"B1": Reason.LATE_NOTICE}


def test_from_the_very_day_on_which_the_hub_began_to_charge_places_are_charged() -> None:
    story = Story(settings={"billing_from_on": date(2019, 11, 5)})
    story.book("B1")
    absent(story, "B1")

    assert reasons(story) == {"B1": Reason.NO_SHOW}


@pytest.mark.parametrize(
    ("seconds_after_announcement", "reason"), [(-1, Reason.WORKSHOP_MOVED), (0, Reason.NO_SHOW), (1, Reason.NO_SHOW)]
)
def test_whoever_booked_from_the_moment_of_the_announcement_booked_for_the_new_day(
    seconds_after_announcement: int, reason: Reason
) -> None:
    story = Story()
    story.move(STARTS_AT + timedelta(days=1), BOOKED_AT)
    story.book("B1", BOOKED_AT + timedelta(seconds=seconds_after_announcement))
    absent(story, "B1")

    assert reasons(story) == {"B1": reason}


@pytest.mark.parametrize(("seconds", "reason"), [(0, Reason.NO_SHOW), (1, Reason.WORKSHOP_MOVED)])
def test_a_start_announced_at_its_own_deadline_left_time_for_notice(seconds: int, reason: Reason) -> None:
    story = Story()
    story.book("B1")
    story.move(STARTS_AT + timedelta(hours=1), hours_before_start(23) + timedelta(seconds=seconds))
    absent(story, "B1")

    assert reasons(story) == {"B1": reason}

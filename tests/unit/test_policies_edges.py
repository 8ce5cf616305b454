"""What an instant or a single fact turns on: local dates near midnight, exact boundaries, what decisions carry."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.charges import FlatCharge, HourlyCharge, LengthCharge
from policies.decisions import Decision, Finding, Reason
from policies.engine import assess_workshop
from policies.exemption_rules import ExemptionRule
from policies.facts import (
    AnswerWord,
    Channel,
    Delivery,
    ExemptionKind,
    ExemptionState,
    Mark,
    Nomination,
    Presence,
    SubstituteLink,
    WorkgroupFacts,
    WorkshopNominations,
)
from policies.notice import deadline_for
from policies.parameters import Policy, load_policy, read_shipped
from policies.two_teachers import assess_workgroup
from tests.factories import AS_OF, BOOKED_AT, DEADLINE_AT, ENDS_AT, STARTS_AT, Story, called_off, london

SHIPPED = read_shipped("maths-hub")
FLYER = load_policy(SHIPPED)
TRUST = load_policy(read_shipped("trust").replace("2020-09-01", "2015-01-01"), is_bank_holiday)
GOVERNORS = load_policy(read_shipped("governors").replace("2020-09-01", "2015-01-01"), is_bank_holiday)
MIDNIGHT = london("2020-06-23 00:30")
"""Half past midnight in summer: in UTC it is still the day before."""


def decide(story: Story, policy: Policy = FLYER) -> dict[str, Decision]:
    as_of = max(story.dates[-1].ends_at + timedelta(days=3), AS_OF)
    return {decision.booking_id: decision for decision in assess_workshop(story.facts(), policy, as_of)}


def absent(starts_at: datetime = STARTS_AT, hours: float = 5, booked_at: datetime = BOOKED_AT) -> Story:
    story = Story(starts_at, starts_at + timedelta(hours=hours))
    story.book("B1", booked_at, school="Oak")
    story.mark("B1", Mark.ABSENT)
    return story


def test_billing_begins_with_the_local_day_of_the_workshop() -> None:
    story = absent(MIDNIGHT)
    story.settings["billing_from_on"] = date(2020, 6, 23)
    assert decide(story)["B1"].reason is Reason.NO_SHOW
    story.settings["billing_from_on"] = date(2020, 6, 24)
    assert decide(story)["B1"].reason is Reason.OUTSIDE_POLICY


@pytest.mark.parametrize(("known", "reason"), [(True, Reason.OUTSIDE_POLICY), (False, Reason.DATES_UNKNOWN)])
def test_where_the_days_are_unknown_the_last_of_them_counts_for_billing(*, known: bool, reason: Reason) -> None:
    story = absent(hours=29)
    story.settings |= {"billing_from_on": date(2019, 11, 6), "dates_known": known}
    assert decide(story)["B1"].reason is reason


def test_the_version_is_that_of_the_local_day_of_booking() -> None:
    later = SHIPPED[SHIPPED.index("[[version]]") :].replace("2019-01-01", "2020-06-23").replace("5000", "7500")
    policy = load_policy(f"{SHIPPED}\n{later}")
    for booked_at, pence in ((MIDNIGHT, 7500), (MIDNIGHT - timedelta(minutes=31), 5000)):
        story = absent(london("2020-07-07 10:00"), booked_at=booked_at)
        assert decide(story, policy)["B1"].amount_pence == pence


def test_an_inspection_covers_the_local_day_of_the_workshop() -> None:
    story = absent(MIDNIGHT)
    day = date(2020, 6, 23)
    story.claim(ExemptionKind.OFSTED, ExemptionState.APPROVED, school="Oak", days=(day, day))
    assert decide(story)["B1"].reason is Reason.OFSTED


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("2020-06-23 23:30", "2020-06-24 00:15", Reason.WORKSHOP_MOVED),
        ("2020-06-23 00:30", "2020-06-23 10:00", Reason.NO_SHOW),
    ],
)
def test_a_workshop_is_moved_if_its_local_day_is_another(before: str, after: str, reason: Reason) -> None:
    story = Story(london(before), london(before) + timedelta(hours=1))
    story.book("B1", london("2020-06-02 10:00"))
    story.mark("B1", Mark.ABSENT)
    story.move(london(after), announced_at=london("2020-06-10 10:00"), hours=1)
    assert decide(story)["B1"].reason is reason


def test_a_new_start_is_measured_by_the_way_in_which_the_workshop_is_held() -> None:
    """Announced the day before the online deadline, but long after that in person."""
    story = absent()
    story.settings["deliveries"] = (Delivery.ONLINE,)
    story.move(STARTS_AT + timedelta(hours=1), announced_at=STARTS_AT - timedelta(days=2), hours=4)
    assert decide(story, TRUST)["B1"].reason is Reason.NO_SHOW
    story.settings["deliveries"] = (Delivery.IN_PERSON,)
    assert decide(story, TRUST)["B1"].reason is Reason.WORKSHOP_MOVED


def test_a_limit_for_claims_is_counted_from_the_local_day() -> None:
    rule = ExemptionRule(kind=ExemptionKind.OFSTED, claim_within_days=1)
    assert rule.last_claim_at(MIDNIGHT) == london("2020-06-25 00:00") - timedelta(microseconds=1)
    by = ExemptionRule.model_validate({"kind": "ofsted", "claim_within_days": 1, "claim_by": "10:00:00"})
    assert by.last_claim_at(MIDNIGHT) == london("2020-06-24 10:00")


HOURLY = HourlyCharge(value=5000, unit="pence per hour", clause="c", source="s")


@pytest.mark.parametrize(("minutes", "pence"), [(60, 5000), (61, 5083), (90, 7500), (90.9, 7500)])
def test_an_hour_is_charged_by_whole_minutes_in_whole_pence(minutes: float, pence: int) -> None:
    found = HOURLY.full_pence(STARTS_AT, STARTS_AT + timedelta(minutes=minutes))
    assert (found, type(found)) == (pence, int)


def test_an_evening_begins_by_the_local_clock() -> None:
    charge = GOVERNORS.versions[0].charge
    assert isinstance(charge, LengthCharge)
    start = london("2020-06-23 17:00")
    assert charge.full_pence(start, start + timedelta(hours=2)) == 5000
    before = start - timedelta(minutes=1)
    assert charge.full_pence(before, before + timedelta(hours=2)) == 7500


def test_of_the_lengths_announced_since_the_booking_the_cheapest_is_due() -> None:
    policy = load_policy(SHIPPED.replace('unit = "pence"', 'unit = "pence per hour"'))
    story = absent()  # five hours
    story.move(STARTS_AT - timedelta(hours=6), announced_at=STARTS_AT - timedelta(days=14), hours=2)
    assert decide(story, policy)["B1"].amount_pence == 10000
    story.move(STARTS_AT - timedelta(hours=6), announced_at=STARTS_AT - timedelta(days=13), hours=8)
    assert decide(story, policy)["B1"].amount_pence == 10000
    newcomer = Story(STARTS_AT, ENDS_AT)
    newcomer.move(STARTS_AT, announced_at=london("2019-09-10 09:00"), hours=2)
    newcomer.move(STARTS_AT, announced_at=london("2019-09-20 09:00"), hours=6)
    newcomer.book("B1")
    newcomer.mark("B1", Mark.ABSENT)
    assert decide(newcomer, policy)["B1"].amount_pence == 30000


def test_a_share_of_an_amount_by_length_follows_the_length() -> None:
    text = read_shipped("governors").replace("left_early = 0", "left_early = 1").replace("2020-09-01", "2015-01-01")
    policy = load_policy(text.replace("turned_away = 0", "turned_away = 1"), is_bank_holiday)
    for mark, reason in ((Mark.LEFT_EARLY, Reason.PART_ATTENDANCE), (Mark.TURNED_AWAY, Reason.TURNED_AWAY)):
        for hours, pence in ((3, 75), (5, 110)):
            story = Story(STARTS_AT, STARTS_AT + timedelta(hours=hours))
            story.book("B1")
            story.mark("B1", mark)
            decision = decide(story, policy)["B1"]
            assert (decision.reason, decision.amount_pence) == (reason, pence)
            assert type(decision.amount_pence) is int


def test_the_whole_of_a_flat_amount_needs_no_arithmetic() -> None:
    story = absent()
    story.notice("B1", DEADLINE_AT + timedelta(minutes=1))
    assert not any("staying away costs" in line for line in decide(story)["B1"].evidence)
    assert isinstance(FLYER.versions[0].charge, FlatCharge)


def test_an_amount_that_depends_on_the_workshop_is_explained() -> None:
    evidence = decide(absent(), GOVERNORS)["B1"].evidence
    assert evidence[-1].startswith("staying away costs £75 up to 4 hours, £110 for longer workshops")


def test_a_decision_names_its_workshop_its_deadline_and_the_clause_of_the_rule_that_it_follows() -> None:
    story = absent()
    story.settings["deliveries"] = (Delivery.ONLINE,)
    decision = decide(story, TRUST)["B1"]
    assert decision.workshop_id == "900"
    assert decision.deadline_sentence == "until Mon 4 Nov 2019, 10:00 (at least 24 hours before the start)"
    assert decision.clause is not None
    assert "Virtual events" in decision.clause
    story.settings["deliveries"] = (Delivery.IN_PERSON,)
    assert "Face-to-face" in (decide(story, TRUST)["B1"].clause or "")


def test_only_what_waits_for_a_person_has_an_instant_since_when() -> None:
    story = absent()
    assert decide(story)["B1"].since_at is None
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.CLAIMED, ref="B1")
    assert decide(story)["B1"].since_at == story.facts().register_closed_at


def test_who_came_instead_is_named_though_nobody_linked_them() -> None:
    story = absent()
    story.walk_in("W1", school="Oak")
    assert "W1 came in this place" in decide(story)["B1"].evidence


def test_a_cancellation_at_the_very_start_is_before_the_start() -> None:
    """Expected is whose cancellation is not proved to lie before the start: `latest` after it."""
    story = Story()
    story.book("B1")
    story.sight(STARTS_AT - timedelta(hours=1))
    story.cancel("B1", STARTS_AT)
    assert decide(story)["B1"].reason is Reason.LATE_NOTICE
    story = Story()
    story.book("B1")
    story.sight(STARTS_AT - timedelta(hours=1))
    story.cancel("B1", STARTS_AT + timedelta(microseconds=1))
    assert decide(story)["B1"].reason is Reason.ATTENDANCE_UNMARKED


def test_the_channels_are_those_of_the_way_in_which_the_workshop_is_held() -> None:
    text = read_shipped("trust").replace("2020-09-01", "2015-01-01")
    first, second = text.split("[version.notice_online]")
    policy = load_policy(f"{first}[version.notice_online]{second.replace('email', 'phone', 1)}", is_bank_holiday)
    story = absent()
    story.notice("B1", STARTS_AT - timedelta(days=9), Channel.PHONE)
    story.settings["deliveries"] = (Delivery.ONLINE,)
    assert decide(story, policy)["B1"].reason is Reason.NOTICE_IN_TIME
    story.settings["deliveries"] = (Delivery.IN_PERSON,)
    assert decide(story, policy)["B1"].reason is Reason.NO_SHOW


@pytest.mark.parametrize(("after", "reason"), [(0, Reason.LATE_NOTICE), (1, Reason.REFILLED)])
def test_a_place_is_refilled_by_who_booked_after_it_was_given_back(after: int, reason: Reason) -> None:
    given_at = STARTS_AT - timedelta(hours=3)
    story = Story()
    story.book("B1", school="Oak")
    story.notice("B1", given_at)
    story.book("B2", given_at + timedelta(seconds=after), school="Elm")
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.PRESENT)
    assert decide(story, GOVERNORS)["B1"].reason is reason


def test_an_answer_about_a_duplicate_lapses_when_the_other_place_is_seen_otherwise() -> None:
    story = Story()
    story.book("B1", person_id=7)
    story.book("B2", BOOKED_AT + timedelta(minutes=1), person_id=7)
    story.mark("B1", Mark.ABSENT)
    story.mark("B2", Mark.ABSENT)
    story.cancel("B1", BOOKED_AT + timedelta(days=1))
    assert decide(story)["B2"].reason is Reason.DUPLICATE_CANCELLED
    story.answer("B2", Reason.DUPLICATE_CANCELLED, AnswerWord.CHARGE)
    assert decide(story)["B2"].reason is Reason.NO_SHOW
    story.observe("B1", BOOKED_AT + timedelta(days=2), Presence.CANCELLED, changed_at=BOOKED_AT + timedelta(days=2))
    assert decide(story)["B2"].reason is Reason.DUPLICATE_CANCELLED


def test_what_a_person_says_of_a_vanished_booking_is_notice_on_eventbrite() -> None:
    story = Story()
    story.book("B1")
    story.sight(STARTS_AT - timedelta(hours=2))
    story.vanish("B1", STARTS_AT - timedelta(hours=1))
    story.answer("B1", Reason.BOOKING_VANISHED, AnswerWord.IN_TIME)
    decision = decide(story)["B1"]
    assert decision.notice is not None
    assert decision.notice.channel is Channel.EVENTBRITE
    assert any("gone from Eventbrite" in line for line in decision.evidence)


def test_a_walk_in_who_was_then_marked_absent_says_so() -> None:
    story = Story()
    story.walk_in("W1", school="Oak")
    story.mark("W1", Mark.ABSENT)
    decision = decide(story)["W1"]
    assert decision.reason is Reason.NEVER_BOOKED
    assert "marked absent on the register" in decision.evidence


def test_two_seats_under_one_name_do_not_hide_that_another_teacher_booked_twice() -> None:
    story = Story()
    for ref in ("B1", "B2"):
        story.book(ref, person_id=50, name_id=50, order_id="seats")
    story.book("B3", person_id=7)
    story.book("B4", BOOKED_AT + timedelta(minutes=1), person_id=7)
    for ref in ("B1", "B2", "B3", "B4"):
        story.mark(ref, Mark.ABSENT)
    assert {ref: decision.reason for ref, decision in decide(story).items()} == {
        "B1": Reason.NO_SHOW,
        "B2": Reason.NO_SHOW,
        "B3": Reason.DUPLICATE,
        "B4": Reason.NO_SHOW,
    }


def test_three_bookings_that_only_together_are_one_person_leave_one_to_be_judged() -> None:
    """B1 and B2 share an address, B2 and B3 name and school; B1 was booked before the others were known to be hers."""
    story = Story()
    story.book("B1", person_id=1, name_id=1, school=None)
    story.book("B2", BOOKED_AT + timedelta(minutes=1), person_id=2, name_id=9, school="Oak")
    story.book("B3", BOOKED_AT + timedelta(minutes=2), person_id=1, name_id=9, school="Oak")
    story.book("B4", BOOKED_AT + timedelta(minutes=3), person_id=2, name_id=5, school="Elm")
    story.book("B5", BOOKED_AT + timedelta(minutes=4), person_id=6, name_id=6, school="Elm")
    for ref in ("B1", "B2", "B3", "B4", "B5"):
        story.mark(ref, Mark.ABSENT)
    found = {ref: decision.reason for ref, decision in decide(story).items()}
    assert found == {
        **dict.fromkeys(("B1", "B2", "B3"), Reason.DUPLICATE),
        "B4": Reason.NO_SHOW,
        "B5": Reason.NO_SHOW,
    }


def test_who_the_fewest_can_help_is_helped_first_so_that_most_are() -> None:
    """Both B3 and B4 can stand in for B1, only B4 for B2; B3 takes B1, or B2 would be left."""
    story = Story()
    story.book("B1", school="Oak")
    story.book("B2", BOOKED_AT + timedelta(minutes=1), school="Oak")
    for ref, hours in (("B1", 20), ("B2", 10)):
        story.notice(ref, STARTS_AT - timedelta(hours=hours))
        story.mark(ref, Mark.ABSENT)
    for ref, hours in (("B3", 15), ("B4", 5)):
        story.book(ref, STARTS_AT - timedelta(hours=hours), school="Oak")
        story.mark(ref, Mark.PRESENT)
    decisions = decide(story)
    assert decisions["B1"].reason is decisions["B2"].reason is Reason.REPLACED
    assert "B3 came in this place" in decisions["B1"].evidence
    assert "B4 came in this place" in decisions["B2"].evidence


def test_of_two_whom_one_can_help_the_one_nobody_else_can_is_chosen() -> None:
    story = Story()
    story.book("B1", school="Oak")
    story.book("B2", BOOKED_AT + timedelta(minutes=1), school="Oak")
    for ref, hours in (("B1", 10), ("B2", 20)):
        story.notice(ref, STARTS_AT - timedelta(hours=hours))
        story.mark(ref, Mark.ABSENT)
    for ref, hours in (("B3", 5), ("B4", 4)):
        story.book(ref, STARTS_AT - timedelta(hours=hours), school="Oak")
        story.mark(ref, Mark.PRESENT)
    story.book("B5", STARTS_AT - timedelta(hours=15), school="Oak")
    story.mark("B5", Mark.PRESENT)
    found = decide(story)
    assert "B5 came in this place" in found["B2"].evidence
    assert "B3 came in this place" in found["B1"].evidence


def test_an_unreadable_row_waits_though_it_is_not_gone() -> None:
    story = Story()
    story.book("B1")
    story.observe("B1", STARTS_AT - timedelta(days=1), Presence.UNREADABLE)
    assert decide(story)["B1"].reason is Reason.BOOKINGS_STALE


def nominate(number: int, **fields: object) -> Nomination:
    values: dict[str, object] = {
        "booking_id": f"B{number}",
        "order_id": f"order-{number}",
        "created_at": BOOKED_AT + timedelta(minutes=number),
        "person_id": number,
        "name_id": number,
        "school_id": "Oak",
        "role": "Teacher",
        "leadership": "",
        **fields,
    }
    return Nomination(**values)  # type: ignore[arg-type] # values by name


@pytest.mark.parametrize("counted", ["work group", "workshop"])
def test_every_finding_names_its_work_group_and_school_and_those_of_one_workshop_the_workshop(counted: str) -> None:
    numbers = f'minimum = 1, maximum = 1, cap = 1, counted = "{counted}"'
    text = SHIPPED.replace("minimum = 2, maximum = 2", numbers)
    day = date(2019, 11, 5)
    seats = [nominate(n, order_id="seats", person_id=50, name_id=50, school_id="Elm") for n in (7, 8)]
    nominations = (nominate(1), nominate(2), nominate(3, person_id=1, name_id=1), nominate(4, school_id=None), *seats)
    facts = WorkgroupFacts("500", day, (WorkshopNominations("900", day, nominations),))
    found = assess_workgroup(facts, load_policy(text))
    assert {finding.workgroup_id for finding in found} == {"500"}

    def about(kind: str) -> set[tuple[str | None, str | None]]:
        return {(finding.school_id, finding.workshop_id) for finding in found if finding.kind == kind}

    per = "900" if counted == "workshop" else None
    assert about("school_unknown") == {(None, None)}
    assert about("teacher_unnamed") == {("Elm", None)}
    assert about("no_leader") == {("Oak", per), ("Elm", per)}
    assert about("same_teacher_twice") == {("Oak", "900")}
    assert about("too_many_teachers") == {("Oak", None), ("Oak", "900"), ("Elm", None), ("Elm", "900")}


def test_seats_of_one_order_are_reported_for_the_school_of_the_first() -> None:
    day = date(2019, 11, 5)
    seats = (
        nominate(1, order_id="seats", person_id=50, school_id="Elm"),
        nominate(2, order_id="seats", person_id=50, school_id="Oak"),
    )
    found: tuple[Finding, ...] = assess_workgroup(
        WorkgroupFacts("500", day, (WorkshopNominations("900", day, seats),)), FLYER
    )
    assert [finding.school_id for finding in found if finding.kind == "teacher_unnamed"] == ["Elm"]


def test_a_workshop_called_off_says_so_and_nothing_else() -> None:
    story = absent()
    story.settings["hub_statement"] = called_off(99)
    assert decide(story)["B1"].evidence == ("the hub called the workshop off",)


def test_what_was_claimed_is_spoken_of_where_it_matters_alone() -> None:
    story = absent()
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.REFUSED, ref="B1")
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.CLAIMED, ref="B1", received_at=ENDS_AT)
    asked = SHIPPED.replace('"extenuating"]', '{ kind = "extenuating", evidence = "a note", claim_within_days = 1 }]')
    assert "the policy asks for this to be shown: a note" in decide(story, load_policy(asked))["B1"].evidence
    assert decide(story)["B1"].evidence == (
        "booked on Tue 1 Oct 09:00",
        "an exemption was claimed and nobody has decided about it yet",
        "marked absent on the register",
    )
    story.mark("B1", Mark.PRESENT)
    assert decide(story, load_policy(asked))["B1"].evidence == (
        "booked on Tue 1 Oct 09:00",
        "marked present on the register",
    )


@pytest.mark.parametrize(("proved", "seen"), [(0, 60), (-60, 0)])
def test_a_person_decided_only_what_was_not_proved(proved: int, seen: int) -> None:
    """Notice between the deadline and an hour later is late, up to the deadline in time: nobody was asked."""
    story = Story()
    story.book("B1")
    story.sight(DEADLINE_AT + timedelta(minutes=proved + 5))
    story.cancel("B1", DEADLINE_AT + timedelta(minutes=seen))
    decision = decide(story)["B1"]
    assert decision.reason in {Reason.LATE_NOTICE, Reason.NOTICE_IN_TIME}
    (told,) = (line for line in decision.evidence if line.startswith("cancelled on Eventbrite"))
    assert told.endswith(", the deadline was Mon 4 Nov 10:00")


def test_that_a_leader_is_only_advised_makes_nothing_else_advice() -> None:
    day = date(2019, 11, 5)
    policy = load_policy(SHIPPED.replace('maths_lead = "advice"\n', 'leader = "advice"\nmaths_lead = "none"\n'))
    facts = WorkgroupFacts("500", day, (WorkshopNominations("900", day, (nominate(1),)),))
    assert [(finding.kind, finding.severity) for finding in assess_workgroup(facts, policy)] == [
        ("one_teacher", "warning"),
        ("no_leader", "advice"),
    ]


def test_days_are_counted_back_from_the_local_day() -> None:
    week = load_policy(SHIPPED.replace('value = 24\nunit = "elapsed hours"', 'value = 7\nunit = "calendar days"'))
    found = deadline_for(week.versions[0], MIDNIGHT)
    assert found.at == london("2020-06-17 00:00") - timedelta(microseconds=1)
    assert found.text == "the end of Tue 16 Jun"


def test_of_two_who_came_for_one_teacher_the_one_said_last_is_named() -> None:
    story = Story()
    for ref in ("B3", "B2", "B1"):
        story.book(ref)
    story.mark("B1", Mark.ABSENT)
    for ref in ("B3", "B2"):
        story.mark(ref, Mark.PRESENT)
        story.links.append(SubstituteLink(story.next_id(), ref, "B1"))
    assert "B2 came in this place" in decide(story)["B1"].evidence


def test_a_walk_in_of_the_same_name_and_school_is_the_teacher_who_booked() -> None:
    story = Story()
    story.book("B1", person_id=7, name_id=1001, school="Oak")
    story.mark("B1", Mark.ABSENT)
    story.walk_in("W1", school="Oak")
    (walk_in,) = story.walk_ins
    story.bookings["B1"]["name_id"] = walk_in.name_id
    assert decide(story)["B1"].reason is Reason.DUPLICATE


def test_two_walk_ins_help_two_absentees_in_the_order_in_which_they_came() -> None:
    story = Story()
    for number, ref in enumerate(("B1", "B2")):
        story.book(ref, BOOKED_AT + timedelta(minutes=number), school="Oak")
        story.mark(ref, Mark.ABSENT)
    for ref in ("W2", "W1"):
        story.walk_in(ref, school="Oak")
    evidence = {ref: decision.evidence for ref, decision in decide(story).items()}
    assert "W1 came in this place" in evidence["B1"]
    assert "W2 came in this place" in evidence["B2"]


def test_every_teacher_who_booked_twice_is_found() -> None:
    story = Story()
    for number in range(4):
        story.book(f"B{number}", BOOKED_AT + timedelta(minutes=number), person_id=7 + number // 2)
        story.mark(f"B{number}", Mark.ABSENT)
    assert [decision.reason for decision in decide(story).values()] == [
        Reason.DUPLICATE,
        Reason.NO_SHOW,
        Reason.DUPLICATE,
        Reason.NO_SHOW,
    ]


def test_notice_at_the_very_end_of_a_tier_still_costs_what_the_tier_does() -> None:
    tiers = "tiers = [{ from = 24, until = 3, percent = 50 }, { from = 3, until = 0, percent = 100 }]"
    policy = load_policy(SHIPPED.replace('unit = "pence"', f'unit = "pence"\n{tiers}'))
    for late, pence in ((timedelta(), 2500), (timedelta(microseconds=1), 5000)):
        story = absent()
        story.notice("B1", STARTS_AT - timedelta(hours=3) + late)
        assert decide(story, policy)["B1"].amount_pence == pence


def test_a_booking_read_often_before_one_complete_read_is_proved_by_it() -> None:
    story = Story()
    story.book("B1")
    for minutes in range(3):
        story.observe("B1", BOOKED_AT + timedelta(minutes=minutes), Presence.ACTIVE, changed_at=BOOKED_AT)
    story.sight(DEADLINE_AT + timedelta(minutes=30))
    story.cancel("B1", STARTS_AT - timedelta(hours=1))
    assert decide(story)["B1"].reason is Reason.LATE_NOTICE


@pytest.mark.parametrize(("after", "reason"), [(0, Reason.NOTICE_IN_TIME), (1, Reason.BOOKING_VANISHED)])
def test_a_row_missing_at_the_very_deadline_was_cancelled_in_time(after: int, reason: Reason) -> None:
    story = Story()
    story.book("B1")
    story.sight(DEADLINE_AT - timedelta(hours=1))
    story.vanish("B1", DEADLINE_AT + timedelta(microseconds=after))
    assert decide(story)["B1"].reason is reason


def test_a_call_counts_from_its_own_time_once_it_is_confirmed_in_writing() -> None:
    rule = 'unit = "elapsed hours"\nconfirm_in_writing = ["phone"]'
    policy = load_policy(SHIPPED.replace('unit = "elapsed hours"', rule))
    story = absent()
    story.notice("B1", DEADLINE_AT - timedelta(hours=1), Channel.PHONE)
    assert decide(story, policy)["B1"].reason is Reason.NO_SHOW
    story.notice("B1", DEADLINE_AT + timedelta(hours=1), Channel.EMAIL)
    assert decide(story, policy)["B1"].reason is Reason.NOTICE_IN_TIME

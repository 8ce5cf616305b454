"""Amounts: by length, per hour, by how late notice was; what is refused when the document is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.decisions import Decision, Reason
from policies.engine import assess_workshop
from policies.facts import Mark
from policies.parameters import Policy, PolicyError, load_policy, read_shipped
from tests.factories import AS_OF, STARTS_AT, Story, london

SHIPPED = read_shipped("maths-hub")
CHARGE = 'value = 5000\nunit = "pence"'
NOTICE = 'value = 24\nunit = "elapsed hours"'


def policy(charge: str = CHARGE, notice: str = NOTICE) -> Policy:
    return load_policy(SHIPPED.replace(CHARGE, charge).replace(NOTICE, notice), is_bank_holiday)


def decide(terms: Policy, *, late: timedelta | None = None, hours: float = 5) -> Decision:
    """The decision about one teacher who stayed away, or gave notice so long before the start."""
    story = Story(ends_at=STARTS_AT + timedelta(hours=hours))
    story.book("B1")
    story.mark("B1", Mark.ABSENT)
    if late is not None:
        story.notice("B1", STARTS_AT - late)
    (decision,) = assess_workshop(story.facts(), terms, AS_OF)
    return decision


BY_LENGTH = """value = [{ up_to_hours = 2, pence = 4000 }, { up_to_hours = 4, pence = 5000 }, { pence = 10000 }]
unit = "pence by length\""""


@pytest.mark.parametrize(
    ("hours", "pence"), [(1, 4000), (2, 4000), (2.01, 5000), (4, 5000), (4 + 1 / 60, 10000), (8, 10000)]
)
def test_by_length_the_first_step_that_is_long_enough_counts(hours: float, pence: int) -> None:
    assert decide(policy(BY_LENGTH), hours=hours).amount_pence == pence


@pytest.mark.parametrize(("from_", "pence"), [("10:00:00", 3000), ("10:00:01", 10000)])
def test_an_evening_costs_its_own_amount_from_its_hour_on(from_: str, pence: int) -> None:
    terms = policy(f"{BY_LENGTH}\nevening_pence = 3000\nevening_from = {from_}")
    assert decide(terms).amount_pence == pence


@pytest.mark.parametrize(("hours", "pence"), [(1, 1999), (1.5, 2998), (2 + 59 / 60, 5963)])
def test_an_amount_per_hour_counts_minutes_and_rounds_down_to_a_penny(hours: float, pence: int) -> None:
    assert decide(policy('value = 1999\nunit = "pence per hour"'), hours=hours).amount_pence == pence


def test_late_notice_may_cost_less_than_staying_away_rounded_down() -> None:
    terms = policy('value = 4999\nunit = "pence"\nlate_notice_percent = 60')
    assert decide(terms).amount_pence == 4999
    late = decide(terms, late=timedelta(hours=2))
    assert (late.reason, late.amount_pence) == (Reason.LATE_NOTICE, 2999)
    assert late.evidence[-1] == "staying away costs £49.99, notice at that time 60 % of it"


TIERED = """value = 8000
unit = "pence"
tiers = [{ from = 14, until = 7, percent = 50 }, { from = 7, until = 1, percent = 75 }, \
{ from = 1, until = 0, percent = 100 }]"""
FORTNIGHT = 'value = 14\nunit = "calendar days"'
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "pence"),
    [
        ("2019-10-22 23:59:59", 0),
        ("2019-10-23 00:00:00", 4000),
        ("2019-10-29 23:59:59", 4000),
        ("2019-10-30 00:00:00", 6000),
        ("2019-11-04 23:59:59", 6000),
        ("2019-11-05 00:00:00", 8000),
        ("2019-11-05 09:59:59", 8000),
    ],
)
def test_tiers_end_where_their_days_end(given: str, pence: int) -> None:
    assert decide(policy(TIERED, FORTNIGHT), late=STARTS_AT - london(given)).amount_pence == pence


@pytest.mark.parametrize(
    ("notice", "given", "pence"),
    [
        ('value = 3\nunit = "working days"\ncounting = "clear"', "2019-10-31 00:00:00", 4000),
        ('value = 3\nunit = "working days"\ncounting = "clear"', "2019-11-03 23:59:59", 4000),
        ('value = 3\nunit = "working days"\ncounting = "clear"', "2019-11-04 00:00:00", 8000),
        ('value = 3\nunit = "working days"\ncounting = "clear"', "2019-11-05 09:59:59", 8000),
        ('value = 3\nunit = "calendar days"\nboundary = "more than"', "2019-11-02 00:00:00", 4000),
        ('value = 3\nunit = "calendar days"\nboundary = "more than"', "2019-11-03 23:59:59", 4000),
        ('value = 3\nunit = "calendar days"\nboundary = "more than"', "2019-11-04 00:00:00", 8000),
        ('value = 3\nunit = "calendar days"\nboundary = "more than"', "2019-11-05 09:59:59", 8000),
        ('value = 3\nunit = "elapsed hours"\nboundary = "more than"', "2019-11-05 09:00:00", 8000),
    ],
)
def test_the_last_tier_goes_up_to_the_start_however_days_are_counted(notice: str, given: str, pence: int) -> None:
    tiers = "tiers = [{ from = 3, until = 1, percent = 50 }, { from = 1, until = 0, percent = 100 }]"
    terms = policy(f'value = 8000\nunit = "pence"\n{tiers}', notice)
    assert decide(terms, late=STARTS_AT - london(given)).amount_pence == pence


def test_of_notice_between_two_tiers_only_the_cheaper_is_proved() -> None:
    story = Story()
    story.book("B1")
    seen = STARTS_AT - 8 * DAY
    story.sight(seen)
    story.cancel("B1", STARTS_AT - 2 * DAY)
    (decision,) = assess_workshop(story.facts(), policy(TIERED, FORTNIGHT), AS_OF)
    assert (decision.reason, decision.amount_pence) == (Reason.LATE_NOTICE, 4000)


@pytest.mark.parametrize(
    ("charge", "notice", "problem"),
    [
        (TIERED.replace("from = 7, until = 1", "from = 6, until = 1"), FORTNIGHT, "no gap: one tier ends at 7"),
        (TIERED.replace("from = 7, until = 1", "from = 8, until = 1"), FORTNIGHT, "no overlap: one tier ends at 7"),
        (TIERED.replace("until = 0", "until = 1"), FORTNIGHT, "from more to less"),
        (TIERED.replace("from = 1, until = 0", "from = 1, until = 1"), FORTNIGHT, "from more to less"),
        (TIERED.replace(", { from = 1, until = 0, percent = 100 }", ""), FORTNIGHT, "no gap: the last tier ends at 1"),
        (TIERED, 'value = 15\nunit = "calendar days"', "the first tier begins there"),
        (TIERED, 'value = 17:00:00\nunit = "clock time on the day before"', "tiers need notice in hours or days"),
        (f"{TIERED}\nlate_notice_percent = 50", FORTNIGHT, "either tiers or late_notice_percent"),
        (BY_LENGTH.replace(", { pence = 10000 }", ""), NOTICE, "no gap beyond 4 hours"),
        (BY_LENGTH.replace("up_to_hours = 4", "up_to_hours = 2"), NOTICE, "no overlap"),
        (BY_LENGTH.replace("up_to_hours = 4, ", ""), NOTICE, "no overlap"),
    ],
)
def test_gaps_and_overlaps_are_refused_with_their_line(charge: str, notice: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(charge, notice)
    assert problem in str(caught.value)
    assert "line 1" in str(caught.value)
    assert "version[1].charge" in str(caught.value)


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        (CHARGE, "£50"),
        ('value = 1999\nunit = "pence per hour"', "£19.99 an hour"),
        (
            BY_LENGTH + "\nevening_pence = 3000",
            "£40 up to 2 hours, £50 up to 4 hours, £100 for longer workshops, £30 in the evening, from 17:00 on",
        ),
    ],
)
def test_an_amount_is_said_in_words(charge: str, words: str) -> None:
    assert policy(charge).versions[0].charge.describe() == words


def test_a_school_that_pays_once_pays_for_the_dearest_place() -> None:
    terms = policy('value = 5000\nunit = "pence"\nlate_notice_percent = 50\nper = "school"')
    story = Story()
    for ref, school in (("B1", "S1"), ("B2", "S1"), ("B3", "S1"), ("B4", "S2"), ("B5", None), ("B6", None)):
        story.book(ref, school=school)
        story.mark(ref, Mark.ABSENT)
    story.notice("B1", STARTS_AT - timedelta(hours=1))
    decided = {d.booking_id: (d.reason, d.amount_pence) for d in assess_workshop(story.facts(), terms, AS_OF)}
    assert decided == {
        "B1": (Reason.CHARGED_ONCE, 0),
        "B2": (Reason.NO_SHOW, 5000),
        "B3": (Reason.CHARGED_ONCE, 0),
        "B4": (Reason.NO_SHOW, 5000),
        "B5": (Reason.NO_SHOW, 5000),
        "B6": (Reason.NO_SHOW, 5000),
    }

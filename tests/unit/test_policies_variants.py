"""Policies of real providers: each a document in `tests/variants`, its boundaries worked by hand on a calendar.

Each workshop is at 10:00 local time. The days were counted back by hand, with a calendar of England's bank holidays:
Good Friday 10 and Easter Monday 13 April 2020, 8 and 25 May 2020, Christmas, Boxing Day and New Year's Day. The clocks
went back on Sunday 27 October 2019 at 01:00 UTC and forward on Sunday 29 March 2020 at 01:00 UTC.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.decisions import Decision, Reason
from policies.engine import assess_workshop
from policies.facts import Channel, Delivery, Mark
from policies.notice import deadline_for
from policies.parameters import Policy, load_policy, read_shipped
from tests.factories import Story, london

FOLDER = Path("tests/variants")
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
SHARED = Path(__file__).parents[3] / "shared" / "data" / "policy-variants.csv"
SECOND, MOMENT = timedelta(seconds=1), timedelta(microseconds=1)

PARTLY = {
    "P04a": "the full cost of a third party is not known to a policy",
    "P07": "the amount is cut off in the source; one missed date that is charged for all is not expressed",
    "P08": "the full fee differs from course to course",
    "P10": "unfinished e-learning is no workshop",
    "P12": "£50 a day for courses of two days or more: amounts go by the length of a workshop, not the number of days",
    "P14": "refusing future places to those who have not paid is not ebsync's business",
    "P16": "paid events have fees of their own",
    "P19": "the cost of the course differs; a person is never billed",
    "P27": "the full fee differs from course to course; so does the fee inside six weeks",
}
"""What a row says that no document can: why not."""

CHRISTMAS, MONDAY = "2020-01-07", "2019-11-11"
EASTER, MAY = "2020-04-14", "2020-05-26"
SPRING, AUTUMN = "2020-03-29", "2019-10-27"
DAYS = (CHRISTMAS, EASTER, MAY, SPRING, AUTUMN, MONDAY)

# the last moment at which notice is free: an hour of a day (inclusive), or the end of a day
LAST: dict[str, tuple[str, ...]] = {
    "24 hours": (
        "2020-01-06 10:00",
        "2020-04-13 10:00",
        "2020-05-25 10:00",
        "2020-03-28 09:00",  # the night lost an hour: 24 hours before 10:00 BST it was 09:00 GMT
        "2019-10-26 11:00",  # and won one in autumn
        "2019-11-10 10:00",
    ),
    "48 hours": (
        "2020-01-05 10:00",
        "2020-04-12 10:00",
        "2020-05-24 10:00",
        "2020-03-27 09:00",
        "2019-10-25 11:00",
        "2019-11-09 10:00",
    ),
    "7 days": ("2019-12-31", "2020-04-07", "2020-05-19", "2020-03-22", "2019-10-20", "2019-11-04"),
    "14 days": ("2019-12-24", "2020-03-31", "2020-05-12", "2020-03-15", "2019-10-13", "2019-10-28"),
    "more than 14 days": ("2019-12-23", "2020-03-30", "2020-05-11", "2020-03-14", "2019-10-12", "2019-10-27"),
    "2 working days": ("2020-01-03", "2020-04-08", "2020-05-21", "2020-03-26", "2019-10-24", "2019-11-07"),
    "2 clear working days": ("2020-01-02", "2020-04-07", "2020-05-20", "2020-03-25", "2019-10-23", "2019-11-06"),
    "3 working days": ("2020-01-02", "2020-04-07", "2020-05-20", "2020-03-25", "2019-10-23", "2019-11-06"),
    "more than 3 working days": ("2019-12-31", "2020-04-06", "2020-05-19", "2020-03-24", "2019-10-22", "2019-11-05"),
    "5 working days": ("2019-12-30", "2020-04-03", "2020-05-18", "2020-03-23", "2019-10-21", "2019-11-04"),
    "more than 10 working days": ("2019-12-18", "2020-03-26", "2020-05-07", "2020-03-13", "2019-10-11", "2019-10-25"),
    "17:00 the day before": (
        "2020-01-06 17:00",
        "2020-04-13 17:00",
        "2020-05-25 17:00",
        "2020-03-28 17:00",
        "2019-10-26 17:00",
        "2019-11-10 17:00",
    ),
}

# the row, its document, the rule, what late notice and what staying away cost at a workshop of five hours
ROWS = {
    "P01": ("P01", "24 hours", 5000, 5000),
    "P02": ("P02", "7 days", 7500, 7500),
    "P04a": ("P04", "5 working days", 5000, 5000),
    "P04b": ("P04", "24 hours", 5000, 5000),
    "P07": ("P07", "more than 3 working days", 5000, 5000),
    "P08": ("P08", "14 days", 5000, 5000),
    "P10": ("P10", "2 working days", 5000, 5000),
    "P12": ("P12", "7 days", 10000, 10000),
    "P13": ("P13", "more than 14 days", 7500, 7500),
    "P14": ("P14", "7 days", 3000, 5000),
    "P17": ("P17", "more than 10 working days", 7000, 7000),
    "P18": ("P18", "3 working days", 11000, 11000),
    "P19": ("P19", "2 clear working days", 5000, 5000),
    "P22": ("P22", "48 hours", 25000, 25000),
    "P27": ("P27", "17:00 the day before", 10000, 10000),
}
ANY_TIME = {"P03": 10000, "P05a": 1000, "P16": 10000}
"""Rows whose policy takes any notice before the start: what staying away costs."""


def load(document: str) -> Policy:
    """A document of the folder, with the flyer's tables about teachers, of which no provider says anything."""
    flyer = read_shipped("maths-hub")
    text = FILES[document].read_text(encoding="utf-8") + "\n" + flyer[flyer.index("[version.teachers]") :]
    return load_policy(text, is_bank_holiday)


def end_of(day: str) -> datetime:
    """The last microsecond of a local day."""
    following = datetime.fromisoformat(day) + timedelta(days=1)
    return london(f"{following:%Y-%m-%d} 00:00") - MOMENT


def decide(row: str, policy: Policy, day: str, notice_at: datetime | None) -> Decision:
    """The decision about one teacher who did not come; notice, if any, by e-mail or, where only that counts, online."""
    story = Story(london(f"{day} 10:00"), london(f"{day} 15:00"))
    story.settings["deliveries"] = (Delivery.ONLINE if row == "P04b" else Delivery.IN_PERSON,)
    story.settings["register_closed_at"] = london(f"{day} 17:00")
    story.book("B1", booked_at=london("2019-09-01 10:00"))
    if notice_at is not None and Channel.EMAIL in policy.versions[0].notice.channels:
        story.notice("B1", notice_at)
    elif notice_at is not None:
        story.sight(notice_at + timedelta(minutes=5))
        story.cancel("B1", notice_at)
    story.mark("B1", Mark.ABSENT)
    story.sight(story.ends_at + timedelta(minutes=1))
    (decision,) = assess_workshop(story.facts(), policy, story.ends_at + timedelta(days=30))
    return decision


@pytest.mark.parametrize("number", range(len(DAYS)), ids=DAYS)
@pytest.mark.parametrize("row", ROWS)
def test_a_second_before_at_and_after_the_deadline(row: str, number: int) -> None:
    document, rule, late_pence, _ = ROWS[row]
    policy, day, text = load(document), DAYS[number], LAST[rule][number]
    last_at = london(text) if ":" in text else end_of(text)
    delivery = Delivery.ONLINE if row == "P04b" else Delivery.IN_PERSON
    assert deadline_for(policy.versions[0], london(f"{day} 10:00"), [delivery]).at == last_at
    for notice_at in (last_at - SECOND, last_at):
        decision = decide(row, policy, day, notice_at)
        assert (decision.reason, decision.amount_pence) == (Reason.NOTICE_IN_TIME, 0)
    decision = decide(row, policy, day, last_at + SECOND)
    assert (decision.reason, decision.amount_pence) == (Reason.LATE_NOTICE, late_pence)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("row", ANY_TIME)
def test_any_notice_before_the_start_is_free_and_afterwards_there_is_none(row: str, day: str) -> None:
    policy, starts_at = load(row), london(f"{day} 10:00")
    assert decide(row, policy, day, starts_at - SECOND).reason is Reason.NOTICE_IN_TIME
    decision = decide(row, policy, day, starts_at + SECOND)
    assert (decision.reason, decision.amount_pence) == (Reason.NO_SHOW, ANY_TIME[row])


@pytest.mark.parametrize("row", [*ROWS, *ANY_TIME])
def test_staying_away_costs_what_the_row_says(row: str) -> None:
    document, _, _, pence = ROWS.get(row, (row, "", 0, ANY_TIME.get(row, 0)))
    decision = decide(row, load(document), MONDAY, None)
    assert (decision.reason, decision.amount_pence) == (Reason.NO_SHOW, pence)


@pytest.mark.parametrize(
    ("document", "hours", "pence"),
    [
        ("P10", 3, 2500),
        ("P12", 4, 5000),
        ("P13", 3, 5000),
        ("P16", 2, 4000),
        ("P16", 4, 5000),
        ("P17", 3, 3500),
        ("P18", 3, 7500),
        ("P22", 2, 10000),
    ],
)
def test_shorter_workshops_cost_less(document: str, hours: int, pence: int) -> None:
    starts_at = london(f"{MONDAY} 10:00")
    story = Story(starts_at, starts_at + timedelta(hours=hours))
    story.settings["register_closed_at"] = london(f"{MONDAY} 17:00")
    story.book("B1")
    story.mark("B1", Mark.ABSENT)
    story.sight(story.ends_at + timedelta(minutes=1))
    (decision,) = assess_workshop(story.facts(), load(document), story.ends_at + timedelta(days=30))
    assert decision.amount_pence == pence


def test_the_worked_example_of_each_counting_convention() -> None:
    """A Tuesday course: the Thursday of the week before (P18). A Monday course: by Wednesday, not Friday (P19)."""
    assert deadline_for(load("P18").versions[0], london("2019-11-05 10:00"), [Delivery.IN_PERSON]).text == (
        "the end of Thu 31 Oct"
    )
    assert deadline_for(load("P19").versions[0], london("2019-11-11 10:00"), [Delivery.IN_PERSON]).text == (
        "the end of Wed 6 Nov"
    )


def test_on_the_last_day_before_the_workshop_tiers_reach_the_full_amount() -> None:
    policy = load("P14")
    for text, pence in (("2019-11-10 23:59", 3000), ("2019-11-11 00:00", 5000), ("2019-11-11 09:59", 5000)):
        assert decide("P14", policy, MONDAY, london(text)).amount_pence == pence


def test_every_row_has_a_document_or_a_reason_why_not() -> None:
    if not SHARED.exists():
        pytest.skip("the list of real policies (../shared/data/policy-variants.csv) is not here")
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = {row["id"] for row in csv.DictReader(file)}
    assert rows == {*ROWS, *ANY_TIME}
    assert set(PARTLY) <= rows
    assert {document for document, *_ in ROWS.values()} | set(ANY_TIME) == set(FILES)

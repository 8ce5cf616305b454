"""Deadlines of every kind of rule: worked by hand, and against a slow count of minutes (DESIGN 5.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.notice_rules import BANK_HOLIDAYS, NoticeRule, find_deadline
from tests.factories import LONDON, london

SECOND = timedelta(seconds=1)
RULES: TypeAdapter[NoticeRule] = TypeAdapter(NoticeRule)


def rule(value: int | time, unit: str, **more: Any) -> NoticeRule:  # noqa: ANN401 - whatever a document may hold
    body = {"value": value, "unit": unit, "clause": "c", "source": "s", **more}
    return RULES.validate_python(body, context={BANK_HOLIDAYS: is_bank_holiday})


def days_back(value: int, **more: object) -> NoticeRule:
    return rule(value, "working days", counting="back", **more)


def clear_days(value: int, **more: object) -> NoticeRule:
    return rule(value, "working days", counting="clear", **more)


HOURS_24, HOURS_48 = rule(24, "elapsed hours"), rule(48, "elapsed hours")
WEEK = rule(7, "calendar days")
FIVE_AT_NIGHT = rule(time(17), "clock time on the day before")


@pytest.mark.parametrize(
    ("which", "starts", "last"),
    [
        # elapsed hours: what the clocks do does not matter
        (HOURS_24, "2019-11-05 10:00", "2019-11-04 10:00:00"),
        (HOURS_48, "2020-03-30 10:00", "2020-03-28 09:00:00"),
        (HOURS_48, "2019-10-28 10:00", "2019-10-26 11:00:00"),
        (HOURS_24, "2020-03-29 10:00", "2020-03-28 09:00:00"),
        # calendar days: until the end of the same weekday of the week before
        (WEEK, "2019-11-05 10:00", "2019-10-29 23:59:59"),
        (WEEK, "2020-01-01 09:00", "2019-12-25 23:59:59"),
        (rule(14, "calendar days", boundary="more than"), "2019-11-05 10:00", "2019-10-21 23:59:59"),
        (rule(1, "calendar days"), "2020-03-30 10:00", "2020-03-29 23:59:59"),
        (rule(1, "calendar days"), "2019-10-28 10:00", "2019-10-27 23:59:59"),
        # counted back: three before a Tuesday is the Thursday
        (days_back(3), "2019-11-05 10:00", "2019-10-31 23:59:59"),
        (days_back(3, boundary="more than"), "2019-11-05 10:00", "2019-10-30 23:59:59"),
        (days_back(1), "2019-11-04 10:00", "2019-11-01 23:59:59"),
        (days_back(5), "2019-11-05 10:00", "2019-10-29 23:59:59"),
        (days_back(10, boundary="more than"), "2019-11-05 10:00", "2019-10-21 23:59:59"),
        # clear days: two before a Monday is the Wednesday
        (clear_days(2), "2019-11-04 10:00", "2019-10-30 23:59:59"),
        (clear_days(3), "2019-10-21 10:00", "2019-10-15 23:59:59"),
        (clear_days(3), "2019-10-25 10:00", "2019-10-21 23:59:59"),
        # Christmas 2019: Wed and Thu are bank holidays, and Wed 1 January
        (days_back(1), "2019-12-27 10:00", "2019-12-24 23:59:59"),
        (days_back(3), "2020-01-03 10:00", "2019-12-30 23:59:59"),
        (days_back(3, closed_on=(date(2019, 12, 30), date(2019, 12, 31))), "2020-01-03 10:00", "2019-12-24 23:59:59"),
        # Mon 30 and Tue 31 December are the two clear days: notice on the Sunday before them is in time
        (clear_days(2), "2020-01-02 10:00", "2019-12-29 23:59:59"),
        # Boxing Day 2020 was a Saturday: its day off was Monday 28 December
        (days_back(1), "2020-12-29 10:00", "2020-12-24 23:59:59"),
        # Easter 2020: Good Friday 10 April to Monday 13 April
        (days_back(1), "2020-04-14 10:00", "2020-04-09 23:59:59"),
        (clear_days(2), "2020-04-15 10:00", "2020-04-08 23:59:59"),
        # the May bank holiday of 2020 moved from Monday 4 to Friday 8
        (days_back(1), "2020-05-05 10:00", "2020-05-04 23:59:59"),
        (days_back(1), "2020-05-11 10:00", "2020-05-07 23:59:59"),
        # over both changes of the clocks
        (days_back(2), "2020-03-31 10:00", "2020-03-27 23:59:59"),
        (days_back(2), "2019-10-29 10:00", "2019-10-25 23:59:59"),
        # a clock time
        (FIVE_AT_NIGHT, "2019-11-05 10:00", "2019-11-04 17:00:00"),
        (FIVE_AT_NIGHT, "2019-11-04 10:00", "2019-11-03 17:00:00"),
        (FIVE_AT_NIGHT, "2020-03-30 10:00", "2020-03-29 17:00:00"),
        (rule(time(17), "clock time on the working day before"), "2019-11-04 10:00", "2019-11-01 17:00:00"),
        (rule(time(12), "clock time on the working day before"), "2020-04-14 10:00", "2020-04-09 12:00:00"),
        # anything before the start
        (rule(0, "any time before the start"), "2019-11-05 10:00", "2019-11-05 10:00:00"),
    ],
)
def test_a_second_before_and_at_the_deadline_are_in_time_and_a_second_after_is_not(
    which: NoticeRule, starts: str, last: str
) -> None:
    deadline = find_deadline(which, london(starts)).at
    worked = datetime.fromisoformat(last).replace(tzinfo=LONDON).astimezone(UTC)
    assert worked - SECOND < deadline
    assert worked <= deadline
    assert worked + SECOND > deadline


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        (HOURS_24, "until Mon 4 Nov 2019, 10:00 (at least 24 hours before the start)"),
        (rule(1, "elapsed hours"), "until Tue 5 Nov 2019, 09:00 (at least 1 hour before the start)"),
        (WEEK, "until the end of Tue 29 Oct 2019 (at least 7 days before the day of the workshop)"),
        (
            days_back(3, boundary="more than"),
            "until the end of Wed 30 Oct 2019 (more than 3 working days before the day of the workshop)",
        ),
        (
            clear_days(2),
            "until the end of Thu 31 Oct 2019 (at least 2 clear working days before the day of the workshop)",
        ),
        (FIVE_AT_NIGHT, "until Mon 4 Nov 2019, 17:00 (by 17:00 on the day before)"),
        (rule(0, "any time before the start"), "until Tue 5 Nov 2019, 10:00 (at any time before the start)"),
    ],
)
def test_a_deadline_is_said_with_its_rule(which: NoticeRule, sentence: str) -> None:
    assert find_deadline(which, london("2019-11-05 10:00")).sentence == sentence


def test_the_end_of_a_day_is_said_as_such() -> None:
    assert find_deadline(days_back(3), london("2019-11-05 10:00")).text == "the end of Thu 31 Oct"


def test_more_than_so_many_hours_is_not_exactly_so_many() -> None:
    at = find_deadline(rule(24, "elapsed hours", boundary="more than"), london("2019-11-05 10:00")).at
    assert london("2019-11-04 10:00") - SECOND < at < london("2019-11-04 10:00")


def test_without_the_bank_holidays_no_working_day_is_counted() -> None:
    unread = RULES.validate_python(
        {"value": 3, "unit": "working days", "counting": "back", "clause": "c", "source": "s"}
    )
    with pytest.raises(LookupError, match="without the bank holidays"):
        find_deadline(unread, london("2019-11-05 10:00"))


@pytest.mark.parametrize("value", [time(1), time(1, 59, 59), time(12, tzinfo=UTC)])
def test_a_clock_time_that_some_day_has_twice_or_never_is_refused(value: time) -> None:
    with pytest.raises(ValueError, match="every day has once"):
        rule(value, "clock time on the day before")


# --- the oracle: whether notice at a minute is in time, by counting minutes, and the last minute that is

MINUTE = timedelta(minutes=1)


def is_free(which: dict[str, Any], at: datetime, starts_at: datetime) -> bool:
    """Whether notice at that instant is free, counted from there to the start."""
    if at >= starts_at:
        return False
    unit, needed = which["unit"], int(which["value"])
    is_strict = bool(which["boundary"] == "more than")
    if unit == "elapsed hours":
        minutes = (starts_at - at) // MINUTE
        return minutes > needed * 60 if is_strict else minutes >= needed * 60
    given_on = at.astimezone(LONDON).date()
    if given_on == starts_at.astimezone(LONDON).date():
        return False
    days = days_between(at, starts_at)
    if unit == "calendar days":
        return bool(len(days) + 1 >= needed + is_strict)
    working = len([day for day in days if is_office_day(day, which)])
    if which["counting"] == "back":
        working += is_office_day(given_on, which)
    return bool(working >= needed + is_strict)


def days_between(at: datetime, starts_at: datetime) -> list[date]:
    """The whole local days after the day of notice and before the day of the workshop."""
    first, last = at.astimezone(LONDON).date(), starts_at.astimezone(LONDON).date()
    return [first + timedelta(days=n) for n in range(1, (last - first).days)]


def is_office_day(day: date, which: dict[str, Any]) -> bool:
    return day.isoweekday() < 6 and not is_bank_holiday(day) and day not in which.get("closed_on", ())


starts = st.builds(
    lambda day, hour, minute: datetime.combine(day, time(hour, minute), tzinfo=LONDON).astimezone(UTC),
    st.dates(date(2019, 9, 1), date(2022, 7, 31)),
    st.integers(8, 20),
    st.sampled_from([0, 1, 30, 59]),
)
boundaries = st.sampled_from(["at least", "more than"])
closures = st.lists(st.dates(date(2019, 9, 1), date(2022, 7, 31)), max_size=40).map(tuple)
bodies = st.one_of(
    st.fixed_dictionaries({"unit": st.just("elapsed hours"), "value": st.integers(1, 400), "boundary": boundaries}),
    st.fixed_dictionaries({"unit": st.just("calendar days"), "value": st.integers(1, 20), "boundary": boundaries}),
    st.fixed_dictionaries(
        {
            "unit": st.just("working days"),
            "value": st.integers(1, 12),
            "boundary": boundaries,
            "counting": st.sampled_from(["back", "clear"]),
            "closed_on": closures,
        }
    ),
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(bodies, starts)
def test_the_deadline_is_the_last_minute_that_a_slow_count_finds_free(
    body: dict[str, Any], starts_at: datetime
) -> None:
    at = find_deadline(rule(**body), starts_at).at
    last_free = at.replace(second=0, microsecond=0)
    assert is_free(body, last_free, starts_at)
    later = last_free + MINUTE
    while later < min(starts_at, last_free + timedelta(days=30)):
        assert not is_free(body, later, starts_at)
        # minute by minute for two hours around each end of a day, then in larger steps
        later += MINUTE if (later - last_free) < timedelta(hours=2) else timedelta(minutes=53)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(bodies, starts)
def test_whatever_was_given_before_the_deadline_is_free(body: dict[str, Any], starts_at: datetime) -> None:
    at = find_deadline(rule(**body), starts_at).at.replace(second=0, microsecond=0)
    assert all(is_free(body, at - 37 * MINUTE * n, starts_at) for n in range(400))

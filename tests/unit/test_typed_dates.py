"""Dates as British teachers type them: the day first, and what is not clear is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from eb_sync.cli.messages_out import LOG
from eb_sync.cli.parsing import parse_date, parse_instant, parse_past_date, parse_times
from eb_sync.errors import UsageError
from policies.wording import LONDON

NOW = datetime(2019, 11, 6, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LOG, "clock", lambda: NOW)


@pytest.mark.parametrize(
    "text",
    [
        "5/11/2019",
        "05/11/19",
        "5.11.19",
        "5 Nov 2019",
        "5 November",
        "5th of November 2019",
        "5/11",
        "Tue 5 Nov 2019",
        "tuesday, 5 november 2019",
        "2019-11-05",
        "20191105",
    ],
)
def test_a_day_is_understood(text: str) -> None:
    assert parse_date(text) == date(2019, 11, 5)


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("Tue 5 Nov 2019 9:30am", 9, 30),
        ("5/11/2019 9.30", 9, 30),
        ("5.11.19 9.30", 9, 30),
        ("yesterday 17:00", 17, 0),
        ("5 Nov at 5pm", 17, 0),
        ("5 Nov 12am", 0, 0),
        ("5 Nov noon", 12, 0),
        ("2019-11-05 9:30", 9, 30),
        ("2019-11-05T09:30:00Z", 9, 30),
    ],
)
def test_an_instant_is_understood(text: str, hour: int, minute: int) -> None:
    assert parse_instant(text) == datetime(2019, 11, 5, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5/13/2019", "day 5 of month 13"),
        ("30/2/2019", "does not exist"),
        ("Mon 5 Nov 2019", "is a Tuesday, not a Monday"),
        ("05-11-19", "which number is the year"),
        ("1 June", "without its year"),
        ("November 5 2019", "not a date"),
        ("9.30", "not a date"),
        ("Tuesday", "not a date"),
    ],
)
def test_a_day_that_is_not_clear_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5/11/2019", "read as Tue 5 Nov 2019, and the time of day is missing"),
        ("today", "Wed 6 Nov 2019"),
        ("5 Nov 2019 13pm", "not a time of day"),
        ("5 Nov 2019 25:00", "not a time of day"),
        ("27/10/2019 1:30", "happens twice"),
        ("5 Nov 2019 9", "not an instant"),
    ],
)
def test_an_instant_that_is_not_clear_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_instant(text)


def test_a_day_with_times_takes_the_same_words() -> None:
    expected = datetime(2019, 11, 5, 10, tzinfo=UTC), datetime(2019, 11, 5, 15, tzinfo=UTC)
    for text in ("2019-11-05 10:00/15:00", "5/11/2019 10:00/15:00", "Tue 5 Nov 10am to 3pm", "5.11.19 10.00-15.00"):
        assert parse_times(text, LONDON) == expected


@pytest.mark.parametrize("text", ["yesterday", "Today", " tomorrow "])
def test_a_day_named_by_todays_is_no_date_by_itself(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2019-11-05 17.30", "17:30"),
        ("2019-11-05 09.30", "09:30"),
        ("2019-11-05T17:30:00Z", "17:30"),
        ("2019-11-05 17:30", "17:30"),
        ("20191105T1730", "17:30"),
        ("2019-11-05T12:30:00-05:00", "17:30"),
    ],
)
def test_a_dot_is_never_read_as_a_fraction_of_a_minute(text: str, at: str) -> None:
    assert f"{parse_instant(text).astimezone(LONDON):%H:%M:%S.%f}" == f"{at}:00.000000"


@pytest.mark.parametrize(
    "text",
    [
        "2019-W45-2",
        "2019-11-05 10:00-15:00",
        "0001-01-01 00:00+05:00",
        "9999-12-31T23:00:00-05:00",
        "5/11/0019 10:00",
        "5 Nov 2019 midnight",
    ],
)
def test_what_could_be_another_instant_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_instant(text)


def test_an_afternoon_without_its_first_pm_is_asked_about() -> None:
    for text in ("5 Nov 2019 1.30-3.30pm", "5 Nov 2019 4:00-5:30pm"):
        with pytest.raises(UsageError, match="am or pm"):
            parse_times(text, LONDON)
    starts_at, ends_at = parse_times("5 Nov 2019 9:30-12pm", LONDON)
    assert (starts_at.hour, ends_at.hour) == (9, 12)
    parse_times("5 Nov 2019 10:00-3pm", LONDON)


def test_where_a_list_begins_is_never_still_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eb_sync.cli.parsing._today", lambda *_: date(2019, 11, 20))
    with pytest.raises(UsageError, match="Wed 1 Apr 2020, which is still to come"):
        parse_past_date("1/4")
    assert parse_past_date("1/11") == date(2019, 11, 1)

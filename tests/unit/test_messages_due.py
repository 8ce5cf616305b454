"""When a reminder is due, in local days, whatever the clocks do and however much notice a policy wants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from eb_sync.messages import wording
from eb_sync.messages.drafts import REMINDER_DAYS, REMINDER_WEEK
from eb_sync.messages.reminders import due_kind

LONG_AGO = datetime(2019, 9, 1, tzinfo=UTC)


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)


def due(now: str, starts: str, notice_hours: int = 24, booked_at: datetime = LONG_AGO) -> str | None:
    starts_at = at(starts)
    return due_kind(at(now), starts_at, starts_at - timedelta(hours=notice_hours), booked_at)


@pytest.mark.parametrize("starts", ["2019-11-05 08:00", "2019-11-05 10:00", "2019-11-05 20:00", "2019-11-05 23:59"])
def test_an_evening_run_reminds_two_days_before_whatever_the_hour_of_the_workshop(starts: str) -> None:
    assert due("2019-10-28 18:00", starts) is None
    assert due("2019-10-29 18:00", starts) == REMINDER_WEEK
    assert due("2019-11-02 18:00", starts) == REMINDER_WEEK
    assert due("2019-11-03 18:00", starts) == REMINDER_DAYS


def test_whoever_booked_within_the_week_is_reminded_once() -> None:
    assert due("2019-10-31 18:00", "2019-11-05 10:00", booked_at=at("2019-10-30 09:00")) is None
    assert due("2019-11-03 18:00", "2019-11-05 10:00", booked_at=at("2019-11-03 09:00")) == REMINDER_DAYS


def test_the_clock_change_moves_nothing() -> None:
    assert due("2019-10-27 00:30", "2019-10-29 10:00") == REMINDER_DAYS
    assert due("2019-10-26 23:30", "2019-10-29 10:00") == REMINDER_WEEK


def test_a_policy_that_wants_more_notice_is_reminded_of_before_its_deadline() -> None:
    week = 7 * 24
    assert due("2019-10-27 18:00", "2019-11-05 10:00", week) == REMINDER_WEEK
    assert due("2019-10-28 18:00", "2019-11-05 10:00", week) == REMINDER_DAYS
    assert due("2019-10-21 18:00", "2019-11-05 10:00", week) is None


def test_words_for_every_finding_and_question() -> None:
    assert (
        wording.finding_text("one_teacher", None, ("B1",)) == "A school not yet confirmed sends too few teachers (B1)"
    )
    assert wording.finding_text("school_unknown", None, ("B1",)).startswith(
        "No school given: the school is not confirmed"
    )
    assert wording.finding_text("event_vanished", None, ()).startswith("the page is gone")
    assert wording.finding_text("brand_new", "Elm", ()) == "Elm brand new"
    assert wording.age_text(at("2019-11-05 15:00"), at("2019-11-06 01:00")) == "yesterday"
    assert wording.days_text(at("2019-11-05 15:00"), at("2019-11-05 18:00")) == "since today"
    assert wording.long_times(at("2019-11-05 10:00"), at("2019-11-06 10:00"), ZoneInfo("Europe/London")) == (
        "Tuesday 5 November 2019, 10:00 to Wed 6 Nov 2019, 10:00"
    )
    assert wording.money(5050) == "£50.50"

"""The words that all messages share: days, ages, questions and findings as a lead would say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from eb_sync.export.formats import format_date, local_date
from eb_sync.workshops.calendar import Workshop
from policies.wording import clock_text, dated_text, short_pounds

_FINDINGS: Mapping[str, str] = {
    "one_teacher": "sends too few teachers",
    "no_leader": "sends nobody in a leadership role",
    "role_unknown": "gave roles that say nothing of leadership",
    "no_maths_lead": "sends no Maths Lead",
    "too_many_teachers": "has booked more places than it may",
    "same_teacher_twice": "has booked the same teacher twice",
    "teacher_unnamed": "has booked places without the teachers' names",
}

_ABOUT_EVENTS: Mapping[str, str] = {
    "school_unknown": "the school is not confirmed yet: `ebsync schools list` shows what was typed",
    "event_vanished": "the page is gone from Eventbrite, or a draft again, though people have booked",
    "page_dates_changed": "the dates of its page were changed on Eventbrite: say with "
    "`ebsync workshop move` on which date each of its days is, the old one or a new one",
    "date_changed_after_end": "its date was changed on Eventbrite after it had ended: say with "
    "`ebsync workshop move` which date counts",
}


def finding_text(kind: str, school: str | None, booking_ids: tuple[str, ...]) -> str:
    """A finding as a sentence without a name."""
    about = f" ({', '.join(booking_ids)})" if booking_ids else ""
    if kind in _ABOUT_EVENTS:
        return f"{school or 'No school given'}: {_ABOUT_EVENTS[kind]}{about}" if booking_ids else _ABOUT_EVENTS[kind]
    return f"{school or 'A school not yet confirmed'} {_FINDINGS.get(kind, kind.replace('_', ' '))}{about}"


def long_day(instant: datetime, zone: ZoneInfo) -> str:
    """`Tuesday 5 November`, in that time zone."""
    local = instant.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B}"


def long_times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """`Tuesday 5 November 2019, 10:00 to 15:00`, in that time zone; the end's day too where it differs."""
    starts, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    end = clock_text(ends_at, zone) if starts.date() == ends.date() else dated_text(ends_at, zone)
    return f"{starts:%A} {format_date(starts.date())}, {clock_text(starts_at, zone)} to {end}"


def days_text(since: datetime, now: datetime) -> str:
    """`5 days`, `1 day`, `since today`: local dates apart."""
    days = (local_date(now) - local_date(since)).days
    return "since today" if days < 1 else count(days, "day")


def count(number: int, one: str, several: str | None = None) -> str:
    """`1 day`, `3 days`."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def money(pence: int) -> str:
    """`£150`, and `£12.50` where there are pence."""
    return short_pounds(pence, minus="\N{MINUS SIGN}")


def age_text(since: datetime, now: datetime) -> str:
    """`today`, `yesterday`, `5 days`: for brackets."""
    days = (local_date(now) - local_date(since)).days
    return {0: "today", 1: "yesterday"}.get(days) or count(days, "day")


def workshop_ref(workshop: Workshop) -> str:
    """How a lead types it."""
    return f"{workshop.slug}@{workshop.local_on}"

"""Amounts and instants as papers and files print them; local means Europe/London."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from policies.wording import LONDON, clock_text, dated_text, pounds


def format_pounds(pence: int) -> str:
    """`£50.00`; with a minus sign where it is given back."""
    return pounds(pence, minus="\N{MINUS SIGN}")


def format_decimal(pence: int) -> str:
    """`-50.00`, for machines: dot, no thousands, no currency."""
    return pounds(pence, unit="", thousands="")


def format_date(day: date) -> str:
    """`5 November 2019`."""
    return f"{day.day} {day:%B %Y}"


def format_instant(instant: datetime, zone: ZoneInfo = LONDON) -> str:
    """`Mon 4 Nov 2019, 10:00`, local time; with the year, because papers are kept."""
    return dated_text(instant, zone)


def format_times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo = LONDON) -> str:
    """`Tue 5 Nov 2019, 10:00 to 15:00`, local time; the end's date too where it differs."""
    same_day = local_date(starts_at, zone) == local_date(ends_at, zone)
    end = clock_text(ends_at, zone) if same_day else format_instant(ends_at, zone)
    return f"{format_instant(starts_at, zone)} to {end}"


def local_date(instant: datetime, zone: ZoneInfo = LONDON) -> date:
    """The local date of an instant."""
    return instant.astimezone(zone).date()

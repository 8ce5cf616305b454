"""Amounts and instants as papers print them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")


def format_pounds(pence: int) -> str:
    """`£50.00`; with a minus sign where it is given back."""
    sign = "\N{MINUS SIGN}" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def format_decimal(pence: int) -> str:
    """`-50.00`, for machines: dot, no thousands, no currency."""
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def format_date(day: date) -> str:
    """`5 November 2019`."""
    return f"{day.day} {day:%B %Y}"


def format_instant(instant: datetime) -> str:
    """`Mon 4 Nov 2019, 10:00`, local time."""
    local = instant.astimezone(_LONDON)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def format_times(starts_at: datetime, ends_at: datetime) -> str:
    """`Tue 5 Nov 2019, 10:00 to 15:00`, local time; the end's date too where it differs."""
    end = ends_at.astimezone(_LONDON)
    same_day = starts_at.astimezone(_LONDON).date() == end.date()
    return (
        f"{format_instant(starts_at)} to {end:%H:%M}"
        if same_day
        else f"{format_instant(starts_at)} to {format_instant(ends_at)}"
    )


def local_date(instant: datetime) -> date:
    """The local date of an instant."""
    return instant.astimezone(_LONDON).date()

"""Instants in words: local time, always the same way, on every surface."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=4096)
def local_text(instant: datetime) -> str:
    """An instant to the minute, rounded down: "Mon 4 Nov 10:00"."""
    local = instant.astimezone(LONDON)
    # English whatever the machine's locale, and quicker than strftime: this is said of every place
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.hour:02d}:{local.minute:02d}"


def dated_text(instant: datetime) -> str:
    """An instant to the minute, rounded down, with its year: "Mon 4 Nov 2019, 10:00"."""
    day, clock = local_text(instant).rsplit(" ", 1)
    return f"{day} {instant.astimezone(LONDON).year}, {clock}"


@lru_cache(maxsize=4096)
def interval_text(earliest_at: datetime, latest_at: datetime) -> str:
    """When something happened: "on Mon 4 Nov 09:12", or "between Mon 4 Nov 09:12 and 09:41"."""
    earliest, latest = earliest_at.astimezone(LONDON), latest_at.astimezone(LONDON)
    if earliest == latest:
        return f"on {local_text(latest_at)}"
    end = f"{latest.hour:02d}:{latest.minute:02d}" if earliest.date() == latest.date() else local_text(latest_at)
    return f"between {local_text(earliest_at)} and {end}"

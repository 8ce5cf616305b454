"""Instants and amounts in words: local time, pounds and pence, always the same way, on every surface."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=4096)
def local_text(instant: datetime, zone: ZoneInfo = LONDON) -> str:
    """An instant to the minute, rounded down: "Mon 4 Nov 10:00", in an hour that comes twice "Sun 27 Oct 01:30 BST"."""
    local = instant.astimezone(zone)
    # English whatever the machine's locale, and quicker than strftime: this is said of every place
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {clock_text(instant, zone)}"


def dated_text(instant: datetime, zone: ZoneInfo = LONDON) -> str:
    """An instant to the minute, rounded down, with its year: "Mon 4 Nov 2019, 10:00"."""
    return f"{day_text(instant.astimezone(zone).date())}, {clock_text(instant, zone)}"


def day_text(day: date) -> str:
    """A day with its weekday, so that a mistake is seen: "Mon 4 Nov 2019"."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=4096)
def interval_text(earliest_at: datetime, latest_at: datetime, zone: ZoneInfo = LONDON) -> str:
    """When something happened: "on Mon 4 Nov 09:12", or "between Mon 4 Nov 09:12 and 09:41"."""
    if earliest_at == latest_at:
        return f"on {local_text(latest_at, zone)}"
    is_one_day = earliest_at.astimezone(zone).date() == latest_at.astimezone(zone).date()
    end = clock_text(latest_at, zone) if is_one_day else local_text(latest_at, zone)
    return f"between {local_text(earliest_at, zone)} and {end}"


def clock_text(instant: datetime, zone: ZoneInfo = LONDON) -> str:
    """The time of day: "10:00"; in the hour that the clocks repeat with the zone's name, "01:30 BST"."""
    local = instant.astimezone(zone)
    text = f"{local.hour:02d}:{local.minute:02d}"
    is_repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{text} {local.tzname()}" if is_repeated else text


def pounds(pence: int, *, unit: str = "£", thousands: str = ",", minus: str = "-") -> str:
    """An amount: "£1,050.00", and "-£50.00" where it is given back."""
    whole, rest = divmod(abs(pence), 100)
    grouped = f"{whole:,}".replace(",", thousands)
    return f"{minus if pence < 0 else ''}{unit}{grouped}.{rest:02d}"


def short_pounds(pence: int, *, thousands: str = ",", minus: str = "-") -> str:
    """An amount in a sentence, without pence where there are none: "£50", "£12.50"."""
    return pounds(pence, thousands=thousands, minus=minus).removesuffix(".00")

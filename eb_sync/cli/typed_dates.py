"""Days and times of day as British teachers type them: the day first, never the month.

No library in use does this: dateutil turns 5/13/2019 round into 13 May, and fills what is missing from today's date.
What is impossible or could mean two days is refused, with what was understood.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from eb_sync.errors import UsageError
from policies.wording import day_text

CLOCK = r"(?:\d{1,2}[:.]\d{2}(?:\s*[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?|noon|midday)"
"""A pattern for a time of day: 9:30, 9.30, 17:00, 9:30am, 5 pm, noon."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_RELATIVE = {"yesterday": -1, "today": 0, "tomorrow": 1}
_SHORTEST = 3
FIRST_YEAR, LAST_YEAR = 2000, 2099
"""What is typed lies within: any other year is a slip of the finger."""
_NEAR = timedelta(days=150)
"""A day without a year is the nearest one, where that is clear: within five months."""
_EXAMPLE = "Write for example 5/11/2019, 5 Nov 2019 or 2019-11-05."

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_NUMBERS = re.compile(r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})")
_NO_YEAR = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})")
_WORDS = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s*(?:of\s+)?(?P<name>[a-z]{3,9})\.?(?:,?\s+'?(?P<year>\d{4}|\d{2}))?"
)
_CLOCK_PARTS = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap])?")
_SPOKEN_CLOCKS = {"noon": time(12), "midday": time(12)}


def is_relative(text: str) -> bool:
    """Whether it names a day by today's: `yesterday`."""
    return " ".join(text.casefold().split()) in _RELATIVE


def read_day(text: str, today: date) -> date | None:
    """The day typed; None where the text does not look like one.

    Raises:
        UsageError: it looks like a day and cannot be one, could be two, or is not on the weekday that is named.
    """
    words = " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    if words in _RELATIVE:
        return today + timedelta(days=_RELATIVE[words])
    weekday, words = _take_weekday(words)
    patterns = (_ISO, _NUMBERS, _NO_YEAR, _WORDS)
    found = next((match for pattern in patterns if (match := pattern.fullmatch(words))), None)
    if found is None:
        return None
    day = _build(text, found.groupdict(), today)
    if day is not None and weekday is not None and day.weekday() != weekday:
        raise UsageError(
            f"{text} is not a date: {day_text(day)[4:]} is a {_WEEKDAYS[day.weekday()].title()}, not a "
            f"{_WEEKDAYS[weekday].title()}. Correct the one or the other."
        )
    return day


def _take_weekday(words: str) -> tuple[int | None, str]:
    """The number of the weekday that the text begins with, and the rest."""
    first, _, rest = words.partition(" ")
    word = first.rstrip(",.")
    if len(word) < _SHORTEST or not rest:
        return None, words
    number = next((n for n, name in enumerate(_WEEKDAYS) if name.startswith(word)), None)
    return (None, words) if number is None else (number, rest)


def _build(text: str, parts: dict[str, str | None], today: date) -> date | None:
    month = int(parts.get("month") or 0)
    if name := parts.get("name"):
        wanted = "september" if name == "sept" else name
        month = next((n for n, known in enumerate(_MONTHS, 1) if known.startswith(wanted)), 0)
        if month == 0:
            return None
    day, year = int(parts["day"] or 0), parts.get("year")
    if year is None:
        return _nearest(text, day, month, today)
    if len(year) == len("19"):
        if parts.get("mark") == "-":
            raise UsageError(f"{text} is not a date: it is not clear which number is the year. {_EXAMPLE}")
        year = f"20{year}"
    return _make(text, int(year), month, day)


def _make(text: str, year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UsageError(f"{text} is not a date that can be meant: its year was read as {year}. {_EXAMPLE}")
    try:
        return date(year, month, day)
    except ValueError:
        raise UsageError(
            f"{text} is not a date. The day comes before the month, so it was read as day {day} of month {month} in "
            f"{year}, which does not exist. {_EXAMPLE}"
        ) from None


def _nearest(text: str, day: int, month: int, today: date) -> date:
    """The day nearest to today, whichever year that is in; in a leap year 29 February exists."""
    years = (today.year - 1, today.year, today.year + 1)
    days = [made for year in years if (made := _made(year, month, day)) is not None]
    if not days:
        return _make(text, today.year, month, day)
    nearest = min(days, key=lambda each: abs(each - today))
    if abs(nearest - today) > _NEAR:
        raise UsageError(f"{text} is not a date without its year: it could be {nearest.year} or another. {_EXAMPLE}")
    return nearest


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_clock(text: str) -> time:
    """The time of day of a text that `CLOCK` matches.

    Raises:
        UsageError: there is no such time of day.
    """
    words = text.casefold().strip()
    if words in _SPOKEN_CLOCKS:
        return _SPOKEN_CLOCKS[words]
    parts = _CLOCK_PARTS.match(words)
    hour, minute = (int(parts["hour"]), int(parts["minute"] or 0)) if parts else (99, 0)
    if parts and parts["half"]:
        # 12am is midnight and 12pm is noon; 0am and 13pm are neither
        hour = 99 if not 1 <= hour <= 12 else hour % 12 + (12 if parts["half"] == "p" else 0)  # noqa: PLR2004 - a clock
    try:
        return time(hour, minute)
    except ValueError:
        raise UsageError(f"{text} is not a time of day. Write for example 9:30, 9.30am or 17:00.") from None


_DAY_AND_CLOCK = re.compile(rf"(?P<day>.+?)(?:\s*,\s*|\s+|t)(?:at\s+)?(?P<clock>{CLOCK})", re.IGNORECASE)


def read_local(text: str, today: date) -> datetime | None:
    """A naive local time: a day and a time of day; None where the text does not look like one.

    Raises:
        UsageError: the day or the time of day cannot be, or the time of day is missing.
    """
    if (day := read_day(text, today)) is not None:
        raise UsageError(
            f"{text} is not an instant: it was read as {day_text(day)}, and the time of day is missing. "
            f"Write for example {text.strip()} 09:30."
        )
    found = _DAY_AND_CLOCK.fullmatch(text.strip())
    if found is None or (day := read_day(found["day"], today)) is None:
        return None
    return datetime.combine(day, read_clock(found["clock"]))

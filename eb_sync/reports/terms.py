"""School terms by the calendar, and how their days are cut into periods."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from eb_sync.errors import UsageError

_TERMS = {"autumn": ((9, 1), (12, 31)), "spring": ((1, 1), (4, 15)), "summer": ((4, 16), (8, 31))}
"""First and last day.

Between them they cover the year, so that every workshop is in one. Most schools come back from Easter in the second
half of April, so a workshop then is one of the summer term.
"""
_EXAMPLES = "Write for example autumn-2019, spring-2020, summer-2020 or 2019-09-01..2019-12-31."
_WEEKS = timedelta(weeks=27)
_MONTHS = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class SchoolTerm:
    """Days on end, local."""

    name: str
    from_on: date
    until_on: date
    """Inclusive."""

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.from_on <= day <= self.until_on


def parse_term(text: str) -> SchoolTerm:
    """A term such as `autumn-2019`, or days such as `2019-09-01..2019-12-31`.

    Raises:
        UsageError: it is neither, or the days are impossible or end before they begin.
    """
    wanted = text.strip().lower()
    named = re.fullmatch(r"(autumn|spring|summer)-(\d{4})", wanted)
    between = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", wanted)
    try:
        if named is not None:
            first, last = (date(int(named[2]), *day) for day in _TERMS[named[1]])
            return SchoolTerm(f"{named[1].capitalize()} term {named[2]}", first, last)
        if between is not None:
            first, last = date.fromisoformat(between[1]), date.fromisoformat(between[2])
        else:
            raise UsageError(f"{text} is no term. {_EXAMPLES}")
    except ValueError:
        raise UsageError(f"{text} has an impossible date. {_EXAMPLES}") from None
    if last < first:
        raise UsageError(f"{text} ends before it begins. {_EXAMPLES}")
    return SchoolTerm(f"{_day(first)} to {_day(last)}", first, last)


def last_term(today: date) -> SchoolTerm:
    """The newest term that is over."""
    years = (today.year - 1, today.year)
    terms = [parse_term(f"{name}-{year}") for year in years for name in ("spring", "summer", "autumn")]
    return [term for term in terms if term.until_on < today][-1]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def cut_into_periods(term: SchoolTerm, days: Sequence[date]) -> tuple[str, tuple[tuple[date, str], ...]]:
    """How the term is cut, and the first day of each period with its label: weeks, in longer terms months or years.

    A term of up to half a year is shown as a whole, a longer one from the first of these days to the last.
    """
    if term.until_on - term.from_on < _WEEKS:
        monday = term.from_on - timedelta(days=term.from_on.weekday())
        count = (term.until_on - monday).days // 7 + 1
        weeks = (monday + timedelta(weeks=number) for number in range(count))
        return "week", tuple((week, f"{week.day} {week:%b}") for week in weeks)
    first, last = min(days), max(days)
    if last - first < _MONTHS:
        return "month", tuple((month, f"{month:%b %Y}") for month in _months(first, last))
    return "year", tuple((date(year, 1, 1), str(year)) for year in range(first.year, last.year + 1))


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)

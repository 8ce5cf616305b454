"""When cron runs `ebsync sync` in the story: the night after something happened, and hourly where it matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from eb_sync.sandbox.story.steps import Command, Step, london
from policies.wording import LONDON

_NIGHT = time(2, 0)
_HOUR = timedelta(hours=1)
_HOURLY = (
    ("2019-11-04 08:10", "2019-11-04 20:10"),
    ("2019-11-05 07:10", "2019-11-05 10:10"),
    # The machine is down from noon until five.
    ("2019-11-18 08:10", "2019-11-18 11:10"),
    ("2019-11-18 17:10", "2019-11-18 18:10"),
    ("2020-01-20 08:10", "2020-01-20 19:10"),
    ("2020-01-21 07:10", "2020-01-21 10:10"),
    ("2020-07-06 16:10", "2020-07-06 17:10"),
)
"""First and last run of a row of hourly ones, London time."""
_AFTER_WORKSHOPS = (
    "2019-09-24",
    "2019-11-05",
    "2019-11-19",
    "2020-01-21",
    "2020-01-28",
    "2020-02-25",
    "2020-02-28",
    "2020-03-03",
    "2020-03-10",
    "2020-03-24",
    "2020-05-12",
    "2020-06-23",
)


def sync_instants(steps: Iterable[Step]) -> Iterator[datetime]:
    """Every run, in order of time: hourly windows, and two in the morning after each eventful day."""
    days = {step.at.astimezone(LONDON).date() for step in steps if not isinstance(step.act, Command)}
    days |= {date.fromisoformat(text) for text in _AFTER_WORKSHOPS}
    nights = {london(f"{day + timedelta(days=1)} {_NIGHT:%H:%M}") for day in days}
    yield from sorted(nights.union(*(_hourly(london(first), london(last)) for first, last in _HOURLY)))


def sync_steps(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The runs as steps."""
    return tuple(Step(instant, Command(("sync",))) for instant in sync_instants(steps))


def _hourly(first: datetime, last: datetime) -> set[datetime]:
    return {first + number * _HOUR for number in range(int((last - first) / _HOUR) + 1)}

"""What people type, parsed: instants, dates, and who said it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from eb_sync.cli.messages_out import LOG
from eb_sync.cli.typed_dates import CLOCK, FIRST_YEAR, LAST_YEAR, is_relative, read_clock, read_day, read_local
from eb_sync.errors import UsageError
from policies.wording import LONDON, day_text

if TYPE_CHECKING:
    from eb_sync.bootstrap import Hub

_FC = TypeVar("_FC", bound=Callable[..., Any] | click.Command)
_Options = TypeVar("_Options")
_Result = TypeVar("_Result")

by_option = click.option("--by", metavar="NAME", help="Who says it; else EBSYNC_ACTOR, else the system's user.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def takes(options: Callable[..., _Options]) -> Callable[[Callable[[_Options], _Result]], Callable[..., _Result]]:
    """Give the command what was typed as one value of this dataclass, whose fields bear its parameters' names."""

    def decorate(command: Callable[[_Options], _Result]) -> Callable[..., _Result]:
        @functools.wraps(command)
        def run(**typed: Any) -> _Result:  # noqa: ANN401 - click's options; the dataclass types them
            return command(options(**typed))

        return run

    return decorate


def as_of_option(function: _FC) -> _FC:
    """`--as-of INSTANT`, given to the command as the text typed."""
    return click.option("--as-of", metavar="INSTANT", help="Judge by what was known then.")(function)


def choose_format(given: str | None, path: Path | None, formats: tuple[str, ...]) -> str:
    """The format asked for, else that of the file's ending, else the first.

    Raises:
        UsageError: the ending is another format's than the one asked for.
    """
    ending = "" if path is None else path.suffix.removeprefix(".").casefold()
    if given is not None and ending in formats and ending != given:
        raise UsageError(f"{path} ends like a {ending} file, and --format asks for {given}.")
    return given or (ending if ending in formats else formats[0])


def parse_instant(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """An instant, UTC: ISO with an offset, or local clock time such as `2019-11-04 09:30` or `4 Nov 2019 9:30am`.

    Raises:
        UsageError: not an instant, or a local time that a clock change makes ambiguous or skips.
    """
    instant = _read_iso(text.strip())
    if instant is not None and instant.tzinfo is not None:
        return instant.astimezone(UTC)
    if instant is None:
        instant = read_local(_with_dashes(text), _today(zone))
    if instant is None:
        raise UsageError(
            f"{text} is not an instant. Write 4 Nov 2019 9:30, 4/11/2019 09:30 (the day first) or 2019-11-04 09:30 for "
            "local time, or 2019-11-04T09:30:00Z."
        )
    return local_instant(instant, zone)


_ISO_DATE, _ISO_CLOCK, _ISO_OFFSET = r"\d{4}-?\d{2}-?\d{2}", r"\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?", r"\d{2}:?\d{2}"
_ISO_INSTANT = re.compile(
    # after a blank a minus is no offset: people write 09:30-10:30 for a time from and to
    rf"{_ISO_DATE}(?:T{_ISO_CLOCK}(?:Z|[+-]{_ISO_OFFSET})?|\s+{_ISO_CLOCK}\s*(?:Z|\+{_ISO_OFFSET})?)",
    re.IGNORECASE,
)


def _read_iso(text: str) -> datetime | None:
    """An instant as programs write it; None where `datetime` would read more into it, such as a fraction in 17.30."""
    if _ISO_INSTANT.fullmatch(text) is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise UsageError(f"{text} is not an instant that can be meant: its year was read as {instant.year}.")
    return instant


_ISO_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def _with_dashes(text: str) -> str:
    return _ISO_DAY.sub(r"\1-\2-\3", text.strip()) if _ISO_DAY.fullmatch(text.strip()) else text


def _today(zone: ZoneInfo = LONDON) -> date:
    """The day on which the command runs; a rehearsal's, once its hub is open."""
    return LOG.clock().astimezone(zone).date()


def local_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a naive local time.

    Raises:
        UsageError: a clock change makes it ambiguous or skips it.
    """
    earlier = local.replace(tzinfo=zone, fold=0)
    later = local.replace(tzinfo=zone, fold=1)
    if earlier.utcoffset() != later.utcoffset():
        happens = earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
        problem = "happens twice" if happens else "does not exist"
        raise UsageError(f"{local:%Y-%m-%d %H:%M} {problem}, because the clocks change. Give the offset as well.")
    return earlier.astimezone(UTC)


def parse_as_of(text: str | None) -> datetime | None:
    """`--as-of`; None where it was not given."""
    return None if text is None else parse_instant(text)


def parse_past_date(text: str) -> date:
    """A local date that is not still to come, as where a list begins.

    Raises:
        UsageError: it is none, or lies ahead, perhaps because its year was left out.
    """
    day = parse_date(text)
    if day > _today():
        raise UsageError(f"{text} was read as {day_text(day)}, which is still to come. Write the year as well.")
    return day


def parse_date(text: str) -> date:
    """A local date such as `20/1/2020`, `20 Jan 2020` or `2020-01-20`.

    Raises:
        UsageError: it is none.
    """
    # a list of documents since "yesterday" would be another one when the command is looked up and run again
    day = None if is_relative(text) else read_day(_with_dashes(text), _today())
    if day is None:
        raise UsageError(
            f"{text} is not a date. Write for example 20/1/2020 (the day first), 20 Jan 2020 or 2020-01-20."
        )
    return day


def parse_age(text: str) -> timedelta:
    """How long something may take or be old: `90m`, `26h`, `2d`.

    Raises:
        UsageError: it is none, nothing, or more than years.
    """
    match = re.fullmatch(r"\s*(\d{1,5})\s*([mhd])\s*", text)
    if match is None or int(match[1]) == 0:
        raise UsageError(f"{text} is not an age. Write for example 90m, 26h or 2d.")
    unit = {"m": "minutes", "h": "hours", "d": "days"}[match[2]]
    return timedelta(**{unit: int(match[1])})


_TIMES = re.compile(
    rf"(?P<day>.+?)(?:[\s,]+|t)(?P<start>{CLOCK})\s*(?:/|-|\N{{EN DASH}}|to|until)\s*(?P<end>{CLOCK})", re.IGNORECASE
)


def parse_times(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a day such as `2019-11-05 10:00/15:00` or `5 Nov 2019 10am to 3pm`, in the event's local time.

    Raises:
        UsageError: it is not of that form, impossible, or ends before it starts.
    """
    match = _TIMES.fullmatch(text.strip())
    day = None if match is None else read_day(match["day"], _today(zone))
    if match is None or day is None:
        raise UsageError(
            f"{text} is not a day with times. Write for example '2019-11-05 10:00/15:00' or '5/11/2019 10:00/15:00'."
        )
    start, end = read_clock(match["start"]), read_clock(match["end"])
    if _may_be_afternoon(match["start"], match["end"], start, end):
        raise UsageError(f"{text}: it is not clear whether it begins in the morning. Write am or pm with both times.")
    starts_at = local_instant(datetime.combine(day, start), zone)
    ends_at = local_instant(datetime.combine(day, end), zone)
    if ends_at <= starts_at:
        raise UsageError(f"{text} ends before it starts.")
    return starts_at, ends_at


_HALF = re.compile(r"[ap]\.?m\b|noon|midday", re.IGNORECASE)
_NOON = 12


def _may_be_afternoon(typed_start: str, typed_end: str, start: time, end: time) -> bool:
    """Whether `1.30-3.30pm` was typed, which most people would mean to begin after noon."""
    if _HALF.search(typed_start) or not _HALF.search(typed_end) or start.hour >= _NOON:
        return False
    return start.replace(hour=start.hour + _NOON) < end


def said_by(hub: Hub, by: str | None) -> str:
    """Who says it: `--by`, else `EBSYNC_ACTOR`, else the system's user."""
    return by.strip() if by and by.strip() else hub.actor

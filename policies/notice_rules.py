"""Until when notice is free of charge: the rules that real providers have, each an instant and a sentence.

A deadline is the last instant at which notice is free, inclusive. Rules in days end with a local day, rules in hours
count elapsed time, whatever the clocks do. Days and clock times are those of the event's own time zone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from policies.facts import Channel
from policies.keys import Clause, ClauseSource
from policies.wording import LONDON, dated_text, local_text

IsBankHoliday = Callable[[date], bool]
"""Whether a date is a bank holiday in England."""
BANK_HOLIDAYS = "is_bank_holiday"
"""The key of pydantic's validation context under which a document is given the bank holidays."""

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last instant at which notice is free of charge."""

    at: datetime
    """Inclusive, UTC."""
    text: str
    """The instant in words: "Mon 4 Nov 10:00", "the end of Thu 31 Oct"."""
    rule: NoticeRule
    """What it follows from."""
    starts_at: datetime
    """The start that it is measured from."""
    zone: ZoneInfo
    """The event's own, in which days and times of day are meant."""
    sentence: str
    """For a teacher: "until the end of Thu 31 Oct 2019 (at least 3 working days before the day of the workshop)"."""


class _Rule(BaseModel, ABC):
    model_config = ConfigDict(extra="forbid", frozen=True)

    clause: Clause
    source: ClauseSource
    channels: tuple[Channel, ...] = Field(
        default=tuple(Channel),
        description=(
            "how notice may be given, beside cancelling on Eventbrite, which always counts; left out: in any way"
        ),
        examples=['channels = ["email", "letter"]'],
    )
    confirm_in_writing: tuple[Channel, ...] = Field(
        default=(),
        description="of these, ways that count only if there is an e-mail or a letter as well",
        examples=['confirm_in_writing = ["phone"]'],
    )

    @property
    def takes_every_channel(self) -> bool:
        """Whether it does not matter how notice was given."""
        return not self.confirm_in_writing and len(set(self.channels)) == len(Channel)

    @abstractmethod
    def last_instant(self, starts_at: datetime, zone: ZoneInfo = LONDON) -> datetime:
        """The deadline of a workshop that starts then in that time zone, UTC."""

    ends_with_a_day: ClassVar[bool] = False

    @abstractmethod
    def describe(self) -> str:
        """The rule in words."""


class _Counted(_Rule):
    boundary: Literal["at least", "more than"] = Field(
        default="at least",
        description="`at least`: exactly so much is in time (left out: this); `more than`: exactly so much is late",
        examples=['boundary = "more than"'],
    )

    def but(self, value: int) -> Self:
        """The same rule for more or less notice; 0: up to the start."""
        return self.model_copy(update={"value": value})

    @abstractmethod
    def count(self, value: int) -> str:
        """So many of what the rule counts, in words."""


class ElapsedHours(_Counted):
    """So many hours must pass between notice and the start."""

    value: int = Field(
        ge=0,
        le=24 * 366,
        description="how many hours or days; a time of day for `clock time ...`; 0 for `any time before the start`",
        examples=["value = 24"],
    )
    unit: Literal["elapsed hours"] = Field(
        description=(
            "`elapsed hours` pass whatever the clocks do; `calendar days` and `working days` end with a day; "
            "`clock time on the day before`, `clock time on the working day before`; `any time before the "
            "start`"
        ),
        examples=['unit = "elapsed hours"'],
    )

    def last_instant(self, starts_at: datetime, zone: ZoneInfo = LONDON) -> datetime:
        """So many hours before the start."""
        del zone  # hours pass alike everywhere
        last = starts_at - timedelta(hours=self.value)
        return last if self.boundary == "at least" else last - _MOMENT

    def describe(self) -> str:
        """The rule in words."""
        return f"{self.boundary} {self.count(self.value)} before the start"

    def count(self, value: int) -> str:
        """In hours."""
        return _several(value, "hour")


class CalendarDays(_Counted):
    """So many days before the day of the workshop; that day is the last, until it ends."""

    ends_with_a_day = True
    value: int = Field(ge=1, le=366)
    unit: Literal["calendar days"]

    def last_instant(self, starts_at: datetime, zone: ZoneInfo = LONDON) -> datetime:
        """The end of the last day."""
        days = self.value if self.boundary == "at least" else self.value + 1
        return _end_of(_local_on(starts_at, zone) - days * _DAY, zone)

    def describe(self) -> str:
        """The rule in words."""
        return f"{self.boundary} {self.count(self.value)} before the day of the workshop"

    def count(self, value: int) -> str:
        """In days."""
        return _several(value, "day")


class _ByWorkingDays(_Rule):
    closed_on: tuple[date, ...] = Field(
        default=(),
        description="days on which the office is closed, beside weekends and England's bank holidays",
        examples=["closed_on = [2019-12-27]"],
    )
    _is_bank_holiday: IsBankHoliday | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's own type
        """Keep the bank holidays that the document was given."""
        self._is_bank_holiday = (context or {}).get(BANK_HOLIDAYS)

    def is_working(self, day: date) -> bool:
        """Whether the office works on a day.

        Raises:
            LookupError: the document was read without the bank holidays.
        """
        if day.weekday() >= _SATURDAY or day in self.closed_on:
            return False
        if self._is_bank_holiday is None:
            raise LookupError("the policy counts working days, but was read without the bank holidays")
        return not self._is_bank_holiday(day)

    def working_day_before(self, day: date, count: int) -> date:
        """The `count`th working day before a day."""
        while count > 0:
            day -= _DAY
            count -= self.is_working(day)
        return day


class WorkingDays(_ByWorkingDays, _Counted):
    """So many working days before the day of the workshop, in either of the two conventions."""

    ends_with_a_day = True
    value: int = Field(ge=1, le=260)
    unit: Literal["working days"]
    counting: Literal["back", "clear"] = Field(
        description=(
            "of working days: `back`: three before a Tuesday is the Thursday; `clear`: two days between, two "
            "before a Monday is the Wednesday"
        ),
        examples=['counting = "back"'],
    )

    def last_instant(self, starts_at: datetime, zone: ZoneInfo = LONDON) -> datetime:
        """The end of the last day: of the working day counted back to, or of the day before the clear days begin."""
        days = self.value + (self.boundary == "more than")
        counted = self.working_day_before(_local_on(starts_at, zone), days)
        return _end_of(counted if self.counting == "back" else counted - _DAY, zone)

    def describe(self) -> str:
        """The rule in words."""
        return f"{self.boundary} {self.count(self.value)} before the day of the workshop"

    def count(self, value: int) -> str:
        """In working days, clear or not."""
        return _several(value, "clear working day" if self.counting == "clear" else "working day")


class ClockTime(_ByWorkingDays):
    """A time of day on the day before."""

    value: time
    unit: Literal["clock time on the day before", "clock time on the working day before"]

    @field_validator("value")
    @classmethod
    def _is_on_every_day(cls, value: time) -> time:
        if value.tzinfo is not None or time(1) <= value < time(2):
            raise ValueError("must be a local time that every day has once: between 01:00 and 02:00 the clocks change")
        return value

    def last_instant(self, starts_at: datetime, zone: ZoneInfo = LONDON) -> datetime:
        """That time on that day."""
        day = _local_on(starts_at, zone)
        on = day - _DAY if self.unit == "clock time on the day before" else self.working_day_before(day, 1)
        return datetime.combine(on, self.value, tzinfo=zone).astimezone(UTC)

    def describe(self) -> str:
        """The rule in words."""
        return f"by {self.value:%H:%M} on {self.unit.removeprefix('clock time on ')}"


class AnyTime(_Rule):
    """Any notice before the start is enough; only staying away is charged."""

    value: Literal[0]
    unit: Literal["any time before the start"]

    def last_instant(self, starts_at: datetime, zone: ZoneInfo = LONDON) -> datetime:
        """The start."""
        del zone
        return starts_at

    def describe(self) -> str:
        """The rule in words."""
        return "at any time before the start"


NoticeRule = Annotated[ElapsedHours | CalendarDays | WorkingDays | ClockTime | AnyTime, Field(discriminator="unit")]
"""One rule about notice, told by its unit."""
CountedRule = ElapsedHours | CalendarDays | WorkingDays
COUNTED = (ElapsedHours, CalendarDays, WorkingDays)
"""Rules that ask for so many hours or days, and so can have tiers."""


@lru_cache(maxsize=4096)
def find_deadline(rule: NoticeRule, starts_at: datetime, zone: ZoneInfo = LONDON) -> Deadline:
    """The deadline of a workshop that starts then in that time zone."""
    at = rule.last_instant(starts_at, zone)
    text, dated = local_text(at, zone), dated_text(at, zone)
    if rule.ends_with_a_day:
        text, dated = (f"the end of {each.removesuffix('23:59').rstrip(', ')}" for each in (text, dated))
    return Deadline(at, text, rule, starts_at, zone, f"until {dated} ({rule.describe()})")


def _several(value: int, what: str) -> str:
    return f"{value} {what}" if value == 1 else f"{value} {what}s"


def _local_on(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last moment of a local day, UTC."""
    return datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC) - _MOMENT

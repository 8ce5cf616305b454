"""What a place costs that was booked and not taken up: the amounts that providers ask, in whole pence, rounded down."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from policies.facts import AnnouncedDate
from policies.keys import Clause, ClauseSource
from policies.notice_rules import COUNTED, Deadline, find_deadline
from policies.wording import LONDON, short_pounds

_HOUR = timedelta(hours=1)


_LENGTHS = "value = [{ up_to_hours = 4, pence = 2500 }, { pence = 5000 }]"
_TIERS = "tiers = [{ from = 14, until = 7, percent = 50 }, { from = 7, until = 0, percent = 100 }]"
"""Examples of lines of a document, for whoever writes one."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Part):
    """What late notice costs that was given in time for one deadline, but not for another one further ahead."""

    before: int = Field(
        alias="from", ge=1, description="notice of less than so much, in the unit of the notice rule", examples=[_TIERS]
    )
    until: int = Field(ge=0, description="but of at least so much", examples=[_TIERS])
    percent: int = Field(ge=0, le=100, description="costs so much of what staying away does", examples=[_TIERS])


class LengthStep(_Part):
    """What workshops up to a length cost."""

    up_to_hours: float | None = Field(
        default=None, gt=0, description="how long a workshop of this step may be", examples=[_LENGTHS]
    )
    pence: int = Field(ge=0, description="what workshops of this length cost", examples=[_LENGTHS])


class _Charge(_Part, ABC):
    clause: Clause
    source: ClauseSource
    late_notice_percent: int = Field(
        default=100,
        ge=0,
        le=100,
        description="what late notice costs, of what staying away does, rounded down to a penny; left out: 100",
        examples=["late_notice_percent = 60"],
    )
    tiers: tuple[Tier, ...] = Field(
        default=(),
        description="the same by how late it was; longest notice first, without gaps, from what is free down to 0",
        examples=[_TIERS],
    )
    per: Literal["participant", "school"] = Field(
        default="participant",
        description="`participant` (left out: this) or `school`: a school pays once for each workshop",
        examples=['per = "school"'],
    )

    @field_validator("tiers")
    @classmethod
    def _check_tiers(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        for tier in tiers:
            if tier.until >= tier.before:
                raise ValueError(f"a tier goes from more to less, not from {tier.before} until {tier.until}")
        for earlier, later in pairwise(tiers):
            if later.before != earlier.until:
                what = "overlap" if later.before > earlier.until else "gap"
                raise ValueError(f"no {what}: one tier ends at {earlier.until}, the next begins at {later.before}")
        if tiers and tiers[-1].until != 0:
            raise ValueError(f"no gap: the last tier ends at {tiers[-1].until} and not at 0")
        return tiers

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        if self.tiers and "late_notice_percent" in self.model_fields_set:
            raise ValueError("either tiers or late_notice_percent says what late notice costs")
        return self

    @property
    @abstractmethod
    def amounts(self) -> tuple[int, ...]:
        """Every amount in pence that staying away may cost."""

    @abstractmethod
    def full_pence(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo = LONDON) -> int:
        """What staying away from a workshop of these times, in that time zone, costs."""

    @abstractmethod
    def describe(self) -> str:
        """The amount in words."""


class FlatCharge(_Charge):
    """The same for every workshop."""

    value: int = Field(
        ge=0,
        description="pence for each place, or for each hour; by length: steps, the last without `up_to_hours`",
        examples=["value = 5000"],
    )
    unit: Literal["pence"] = Field(
        description=(
            "`pence`, `pence per hour` (parts of an hour in proportion, rounded down to a penny) or `pence by length`"
        ),
        examples=['unit = "pence"'],
    )

    @property
    def amounts(self) -> tuple[int, ...]:
        """The one amount."""
        return (self.value,)

    def full_pence(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo = LONDON) -> int:
        """The amount."""
        del starts_at, ends_at, zone
        return self.value

    def describe(self) -> str:
        """The amount in words."""
        return _amount(self.value)


class LengthCharge(_Charge):
    """By how long the workshop is, evenings apart."""

    value: tuple[LengthStep, ...] = Field(min_length=1)
    unit: Literal["pence by length"]
    evening_pence: int | None = Field(
        default=None,
        ge=0,
        description="by length: what a workshop costs that starts in the evening",
        examples=["evening_pence = 5000"],
    )
    evening_from: time = Field(
        default=time(17), description="when the evening begins; left out: 17:00", examples=["evening_from = 17:30:00"]
    )

    @property
    def amounts(self) -> tuple[int, ...]:
        """Those of the steps, and of an evening."""
        return (*(step.pence for step in self.value), self.evening_pence or 0)

    @field_validator("value")
    @classmethod
    def _check_steps(cls, steps: tuple[LengthStep, ...]) -> tuple[LengthStep, ...]:
        lengths = [step.up_to_hours for step in steps]
        if lengths[-1] is not None:
            raise ValueError(f"no gap beyond {lengths[-1]:g} hours: the last step has no up_to_hours")
        bounded = [length for length in lengths[:-1] if length is not None]
        if len(bounded) < len(lengths) - 1 or any(later <= earlier for earlier, later in pairwise(bounded)):
            raise ValueError("no overlap: up_to_hours must grow, and only the last step has none")
        return steps

    def full_pence(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo = LONDON) -> int:
        """The amount of the first step that is long enough."""
        if self.evening_pence is not None and starts_at.astimezone(zone).time() >= self.evening_from:
            return self.evening_pence
        hours = (ends_at - starts_at) / _HOUR
        return next(step.pence for step in self.value if step.up_to_hours is None or hours <= step.up_to_hours)

    def describe(self) -> str:
        """The amount in words."""
        said = []
        for step in self.value:
            length = "for longer workshops" if step.up_to_hours is None else f"up to {step.up_to_hours:g} hours"
            said.append(f"{_amount(step.pence)} {length}")
        if self.evening_pence is not None:
            said.append(f"{_amount(self.evening_pence)} in the evening, from {self.evening_from:%H:%M} on")
        return ", ".join(said)


class HourlyCharge(_Charge):
    """For each hour of the workshop, parts of an hour in proportion."""

    value: int = Field(ge=0)
    unit: Literal["pence per hour"]

    @property
    def amounts(self) -> tuple[int, ...]:
        """That of an hour."""
        return (self.value,)

    def full_pence(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo = LONDON) -> int:
        """The amount for its length, rounded down to a penny."""
        del zone
        return int(self.value * ((ends_at - starts_at) // timedelta(minutes=1)) // 60)

    def describe(self) -> str:
        """The amount in words."""
        return f"{_amount(self.value)} an hour"


Charge = Annotated[FlatCharge | LengthCharge | HourlyCharge, Field(discriminator="unit")]
"""What a place costs, told by its unit."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one place costs."""

    pence: int
    sentence: str | None
    """How it follows from the policy; None where that is the same for everybody."""


def find_price(charge: Charge, dates: Sequence[AnnouncedDate], deadline: Deadline, given_at: datetime | None) -> Price:
    """What a place costs.

    Args:
        charge: what the policy says.
        dates: announced since the booking; of their amounts the smallest is due.
        deadline: of the place.
        given_at: when notice was given, late; None: none was. Of an interval the earliest, because only that is proved.
    """
    full = _full_pence(charge, dates, deadline.zone)
    if given_at is None:
        return Price(full, None if isinstance(charge, FlatCharge) else f"staying away costs {charge.describe()}")
    percent = _late_percent(charge, deadline, given_at)
    pence = full * percent // 100
    if percent == 100 and isinstance(charge, FlatCharge):  # noqa: PLR2004 - the whole of it
        return Price(pence, None)
    return Price(pence, f"staying away costs {_amount(full)}, notice at that time {percent} % of it")


def find_part_price(charge: Charge, dates: Sequence[AnnouncedDate], deadline: Deadline, percent: int) -> Price:
    """What coming too late or leaving early costs: so much of what staying away does."""
    full = _full_pence(charge, dates, deadline.zone)
    return Price(full * percent // 100, f"staying away costs {_amount(full)}, this {percent} % of it")


def _full_pence(charge: Charge, dates: Sequence[AnnouncedDate], zone: ZoneInfo) -> int:
    return min(charge.full_pence(announced.starts_at, announced.ends_at, zone) for announced in dates)


def _late_percent(charge: Charge, deadline: Deadline, given_at: datetime) -> int:
    if not charge.tiers or not isinstance(deadline.rule, COUNTED):
        return charge.late_notice_percent
    *tiers, last = charge.tiers
    for tier in tiers:
        if given_at <= find_deadline(deadline.rule.but(tier.until), deadline.starts_at, deadline.zone).at:
            return tier.percent
    return last.percent  # it goes up to the start


def _amount(pence: int) -> str:
    # decisions keep these sentences and are computed again for good: they have no comma between thousands
    return short_pounds(pence, thousands="")

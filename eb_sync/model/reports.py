"""What a term came to: attendance, no-shows, charges. No teacher's name, and nothing that was only typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """Places by what became of them; one teacher's several bookings for a workshop are one place."""

    attended: int = 0
    in_time: int = 0
    """Given back in time."""
    late: int = 0
    """Given back too late, and nobody came."""
    no_show: int = 0
    """Nobody came, or too late to be admitted, and the hub had not been told."""
    excused: int = 0
    """A colleague came instead, or an exemption was approved."""
    open: int = 0
    """Not marked, or waiting for somebody's answer."""

    @property
    def places(self) -> int:
        """All of them."""
        return self.attended + self.in_time + self.late + self.no_show + self.excused + self.open

    @property
    def share_attended(self) -> float | None:
        """Of the places that were not given back in time, 0 to 1; None where there are none."""
        kept = self.places - self.in_time
        return self.attended / kept if kept else None

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class WorkshopAttendance:
    """One workshop that is over and was not called off."""

    workshop_id: str
    title: str
    on: date
    """Local."""
    is_closed: bool
    """Whether its register is closed."""
    tally: Tally
    issued_pence: int
    """Invoiced less credited."""


@dataclass(frozen=True, slots=True)
class SchoolAttendance:
    """One school at all these workshops."""

    school: str | None
    """None: all bookings whose school nobody confirmed, together."""
    urn: str | None
    tally: Tally
    issued_pence: int


@dataclass(frozen=True, slots=True)
class Period:
    """Some days on end."""

    from_on: date
    label: str
    no_show: int
    late: int


@dataclass(frozen=True, slots=True)
class IssuedPaper:
    """An invoice or credit note about one of these workshops, whenever it was issued."""

    number: str
    on: date
    kind: str
    school: str
    workshop_id: str
    places: int
    gross_pence: int
    """Negative on a credit note."""
    original_number: str | None


@dataclass(frozen=True, slots=True)
class ShortSchool:
    """A school that sends fewer teachers than it should."""

    workgroup: str
    """Its title."""
    school: str
    urn: str | None
    workshop_id: str | None
    """None where it is so for the work group as a whole."""


@dataclass(frozen=True, slots=True)
class TermReport:
    """All that is reported."""

    term: str
    """As people call it."""
    from_on: date
    until_on: date
    """Last day, inclusive."""
    as_of: datetime
    hub: str | None
    workshops: tuple[WorkshopAttendance, ...]
    """By start; at least one."""
    schools: tuple[SchoolAttendance, ...]
    """By name; what is not confirmed comes last."""
    period_kind: str
    """`week`, `month` or `year`."""
    periods: tuple[Period, ...]
    """In order and without gaps."""
    papers: tuple[IssuedPaper, ...]
    """In the order of issue."""
    short: tuple[ShortSchool, ...]
    """By work group and school."""
    called_off: int
    to_come: int
    dates_unknown: int
    """Workshops of the term that are left out."""

    @property
    def tally(self) -> Tally:
        """All workshops together."""
        return sum((workshop.tally for workshop in self.workshops), Tally())

"""The attendance register of one workshop, as it is printed, exported and read back in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One place on the register."""

    booking_ref: str
    """`B...` for a booking, `W...` for a walk-in."""
    teacher: str
    """Name as last read; empty once erased."""
    school: str
    role: str
    booking_status: str
    """`active`, `cancelled`, `vanished` or `walk_in`."""
    attendance: str
    """`present`, `late`, `left-early`, `turned-away`, `absent`, or empty for unmarked."""
    notice: str
    """A short sentence ("cancelled by Mon 4 Nov 2019 09:41, in time"), or empty."""
    charge_pence: int | None
    """None where nothing is charged (or not yet decided)."""


@dataclass(frozen=True, slots=True)
class Register:
    """The attendance list of one workshop, rows by school and then name."""

    workshop_id: str
    code: str
    """The slug of its page, with `/<day>` where that stands for several days."""
    title: str
    starts_at: datetime
    ends_at: datetime
    deadline: str | None
    """Until when cancelling is free under the policy in force today, with its rule; None if there is no policy."""
    venue: str | None
    closed_at: datetime | None
    """None while the register is open."""
    rows: tuple[RegisterRow, ...]
    lead: str | None = None
    """Who leads the workshop, as typed for this paper; None: left out."""


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One row of a register that somebody filled in and brought back."""

    row_number: int
    """Row in the file, the header being row 1."""
    workshop_id: str
    booking_ref: str
    attendance: str
    """As typed, lower case, trimmed; empty means unmarked and is left alone."""

"""The attendance register of one workshop, as it is printed, exported and read back in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from policies.wording import LONDON


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
    zone: ZoneInfo = LONDON
    """The event's own, in which its times are shown."""


@dataclass(frozen=True, slots=True)
class OtherCell:
    """What stands in a column that a register does not have."""

    column: str
    """Its letter, as a spreadsheet counts."""
    heading: str
    """Its name, lower case, with underscores; empty where it has none."""
    text: str


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One row of a register that somebody filled in and brought back."""

    row_number: int
    """Row in the file, the header being row 1."""
    workshop_id: str
    booking_ref: str
    attendance: str
    """As typed, lower case, trimmed; empty means unmarked and is left alone."""
    teacher: str = ""
    """As it stands in the file; empty also where there is no such column."""
    school: str = ""
    sheet: str = ""
    """The name of its sheet, where several hold rows; else empty."""
    others: tuple[OtherCell, ...] = ()
    """Cells that are not empty, of columns that a register does not have."""


@dataclass(frozen=True, slots=True)
class LooseRow:
    """A row without a header above it: what its cells are about cannot be told."""

    row_number: int
    cells: tuple[str, ...]
    is_above_header: bool
    """Else its sheet has no header."""
    sheet: str = ""
    """As in `RegisterEntry`."""


@dataclass(frozen=True, slots=True)
class ReturnedRegister:
    """A register that somebody filled in and brought back, all of it."""

    entries: tuple[RegisterEntry, ...]
    """In the order of the file, sheet after sheet."""
    loose: tuple[LooseRow, ...] = ()
    """Rows above the header, and rows of sheets that have none."""

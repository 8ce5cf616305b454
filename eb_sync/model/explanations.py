"""Why a place is charged or not: all that a page for the school's head teacher needs. No name of a teacher."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.wording import LONDON


class MomentKind(StrEnum):
    """What a point of the timeline is."""

    BOOKED = "booked"
    DEADLINE = "deadline"
    NOTICE_EARLIEST = "notice_earliest"
    """Proved not to have been given before."""
    NOTICE_LATEST = "notice_latest"
    """Proved to have been given by then."""
    NOTICE = "notice"
    """Known to the instant."""
    WORKSHOP = "workshop"
    """Its start."""


@dataclass(frozen=True, slots=True)
class TimelineMoment:
    """A point of the timeline."""

    kind: MomentKind
    at: datetime


@dataclass(frozen=True, slots=True)
class SourcedFact:
    """A sentence and where it comes from."""

    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was decided about one place and why."""

    booking_id: str
    place_label: str
    """The teacher's initials ("A.B."), or "place 2 of order 123" for an unnamed seat. Never a name."""
    school: str | None
    school_urn: str | None
    workshop_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    as_of: datetime
    sentence: str
    """What was decided."""
    is_charged: bool
    invoice_number: str | None
    """The invoice on which the place is charged and that was not credited; None if there is none."""
    timeline: tuple[TimelineMoment, ...]
    """Oldest first."""
    facts: tuple[SourcedFact, ...]
    """In the order in which they convince."""
    arithmetic: tuple[str, ...]
    """Sentences; empty where no deadline is known."""
    clause: str | None
    policy: str | None
    """Which text, and from when it was in force; None where no policy was."""
    supplier_name: str | None = None
    """As set; None where it is not set."""
    supplier_email: str | None = None
    """Where to write; None where it is not set."""
    zone: ZoneInfo = LONDON
    """The event's own, in which its times are shown."""

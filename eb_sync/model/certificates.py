"""Certificates of attendance, as they are printed. They hold names, and are never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from policies.wording import LONDON


@dataclass(frozen=True, slots=True)
class AttendedWorkshop:
    """A workshop that the teacher attended."""

    title: str
    starts_at: datetime
    ends_at: datetime
    minutes: int | None
    """For how long it counts; None where the teacher came late or left early, and nobody wrote down when."""
    zone: ZoneInfo = LONDON
    """The event's own, in which its times are shown."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """That one person attended workshops of one work group."""

    reference: str
    """Of the person's bookings (or walk-ins) the one by which a workshop was attended first; names the file."""
    name: str
    """As typed with the newest booking; never empty."""
    title: str
    """Of the work group."""
    workshops: tuple[AttendedWorkshop, ...]
    """By start; at least one."""
    lead: str | None
    """Who signs; None leaves the line empty."""
    hub: str | None
    """None where no supplier is set."""

    @property
    def minutes(self) -> int:
        """In all, of the workshops of which it is known."""
        return sum(workshop.minutes or 0 for workshop in self.workshops)

    @property
    def in_part(self) -> int:
        """How many workshops were attended in part."""
        return sum(workshop.minutes is None for workshop in self.workshops)

"""The only place that reads the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present instant, aware UTC."""


def system_clock() -> datetime:
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def standing_clock(now: datetime) -> Clock:
    """A rehearsal clock (`EBSYNC_NOW`): it stands still."""
    return lambda: now

"""Instants as programs write them, and which can be meant.

A booking or a workshop in another century is a mistake, and breaks the reckoning.
"""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST_AT = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AT = datetime(2100, 1, 1, tzinfo=UTC)
"""The end is open."""


def iso_text(instant: datetime) -> str:
    """An instant for programs: UTC, whole seconds, `2020-01-20T10:00:00Z`; in JSON, CSV, logs and messages alike."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_plausible(instant: datetime | None) -> bool:
    """Whether an instant can be meant; None says nothing and is none that cannot."""
    return instant is None or EARLIEST_AT <= instant < LATEST_AT

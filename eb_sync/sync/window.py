"""Which events a run reads completely (DESIGN 7.3c). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from eb_sync.model.bookings import ReadRecord
from eb_sync.workshops.calendar import Workshop
from policies.notice import deadline_for
from policies.parameters import Policy

BEFORE_DEADLINE = timedelta(hours=36)
AFTER_END = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ReadState:
    """What is known about the reads so far."""

    newest_reads: Mapping[str, ReadRecord]
    unsettled: frozenset[str]
    """Events with a held read or with rows in quarantine."""


def active_events(workshops: Iterable[Workshop], policy: Policy, state: ReadState, now: datetime) -> set[str]:
    """Events in their active window, or past it with places whose bookings are stale."""
    return {workshop.event_id for workshop in workshops if _is_active(workshop, policy, state, now)}


def _is_active(workshop: Workshop, policy: Policy, state: ReadState, now: datetime) -> bool:
    if now < _earliest_deadline(workshop, policy) - BEFORE_DEADLINE:
        return False
    if now <= workshop.ends_at + AFTER_END:
        return True
    read = state.newest_reads.get(workshop.event_id)
    return workshop.event_id in state.unsettled or read is None or read.started_at <= workshop.ends_at


def _earliest_deadline(workshop: Workshop, policy: Policy) -> datetime:
    terms = policy.version_on(workshop.local_on)
    starts = [announced.starts_at for announced in workshop.dates]
    return min(starts) if terms is None else min(deadline_for(terms, starts_at) for starts_at in starts)

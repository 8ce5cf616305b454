"""Which events a run reads completely (DESIGN 7.3c). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from eb_sync.model.bookings import ReadRecord
from eb_sync.workshops.calendar import Workshop
from policies.notice import deadline_for
from policies.parameters import Policy

PolicyFor = Callable[[Workshop], Policy]

BEFORE_DEADLINE = timedelta(hours=36)
AFTER_END = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ReadState:
    """What is known about the reads so far."""

    newest_reads: Mapping[str, ReadRecord]
    unsettled: frozenset[str]
    """Events with a held read or with rows in quarantine."""


def active_events(workshops: Iterable[Workshop], policy_for: PolicyFor, state: ReadState, now: datetime) -> set[str]:
    """Events in their active window, or past it with places whose bookings are stale."""
    return {workshop.event_id for workshop in workshops if _is_active(workshop, policy_for(workshop), state, now)}


def finished_events(workshops: Iterable[Workshop], now: datetime) -> set[str]:
    """Events all of whose workshops are past their active window."""
    ends: dict[str, datetime] = {}
    for workshop in workshops:
        ends[workshop.event_id] = max(_last_end(workshop), ends.get(workshop.event_id, workshop.ends_at))
    return {event_id for event_id, ends_at in ends.items() if now > ends_at + AFTER_END}


def _is_active(workshop: Workshop, policy: Policy, state: ReadState, now: datetime) -> bool:
    if now < _earliest_deadline(workshop, policy) - BEFORE_DEADLINE:
        return False
    if now <= _last_end(workshop) + AFTER_END:
        return True
    if not workshop.is_bookable:
        return False  # gone for long: the list of events and the weekly reconcile tell if it comes back
    read = state.newest_reads.get(workshop.event_id)
    return workshop.event_id in state.unsettled or read is None or read.started_at <= workshop.ends_at


def _last_end(workshop: Workshop) -> datetime:
    """The end in force, or of a date in dispute if that is later: a person may yet say that it counts."""
    return workshop.ends_at if workshop.disputed is None else max(workshop.ends_at, workshop.disputed.ends_at)


def _earliest_deadline(workshop: Workshop, policy: Policy) -> datetime:
    terms = policy.version_on(workshop.local_on)
    starts = [announced.starts_at for announced in workshop.dates]
    if terms is None:
        return min(starts)
    zone = workshop.zone
    return min(deadline_for(terms, at, [delivery], zone).at for at in starts for delivery in workshop.deliveries)

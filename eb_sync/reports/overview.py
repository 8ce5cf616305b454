"""The list of workshops with counts and state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.facts import Presence
from policies.notice import deadline_for
from policies.places import expected_bookings


def read_overview(connection: sa.Connection, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """One mapping for each workshop by start, with the keys of DESIGN section 6."""
    for judged in judge_workshops(connection, snapshot, snapshot.workshops):
        yield _workshop(snapshot, judged)


def _workshop(snapshot: Snapshot, judged: Judged) -> dict[str, Any]:
    workshop = judged.workshop
    policy = snapshot.terms.policy_for(workshop)
    terms = policy.version_on(workshop.local_on)
    counts = _presences(judged)
    starts_at, deliveries, zone = workshop.starts_at, workshop.deliveries, workshop.zone
    reads = judged.rows.reads
    return {
        "id": workshop.id,
        "slug": workshop.slug,
        "day": workshop.day,
        "title": workshop.title,
        "starts_at": workshop.starts_at,
        "ends_at": workshop.ends_at,
        "state": workshop.state_at(snapshot.as_of),
        "deadline_at": None if terms is None else deadline_for(terms, starts_at, deliveries, zone).at,
        "active": counts[Presence.ACTIVE],
        "cancelled": counts[Presence.CANCELLED],
        "vanished": counts[Presence.VANISHED],
        "walk_ins": len(judged.facts.walk_ins),
        "unmarked": len(expected_bookings(judged.facts, policy)),
        "closed_at": workshop.closed_at,
        "last_read_at": max((read.started_at for read in reads), default=None),
    }


def _presences(judged: Judged) -> Counter[Presence]:
    """Places by what was last read of them; unreadable rows count as what they were before."""
    counts: Counter[Presence] = Counter()
    for booking in judged.facts.bookings:
        if booking.is_place and booking.created_at < judged.workshop.starts_at:
            readable = [o.presence for o in booking.observations if o.presence is not Presence.UNREADABLE]
            counts[(readable or [Presence.ACTIVE])[-1]] += 1
    return counts

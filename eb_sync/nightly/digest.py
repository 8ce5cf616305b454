"""A line for each workshop that says whether its bookings move: a feed that is frozen looks like any other quiet one.

The hash is over what was last observed of each booking, so two nights with the same one saw the same bookings.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation
from eb_sync.model.instants import iso_text
from eb_sync.nightly.earlier_nights import read_memory
from eb_sync.nightly.report import Step
from eb_sync.store.bookings import read_observations
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.snapshot import Snapshot

DIGEST = "digest"
LOOKING_BACK = timedelta(days=14)
"""How long after its end a workshop is still watched: as long as sync reads it every night."""


@dataclass(frozen=True, slots=True)
class EventDigest:
    """What was last observed of an event's bookings."""

    presences: Mapping[str, int]
    """How many rows by presence."""
    newest_at: datetime | None
    """The newest change by Eventbrite's clock; None without a row that has one."""
    sha256: str

    @property
    def rows(self) -> int:
        """Bookings, whatever became of them."""
        return sum(self.presences.values())


def report_digest(connection: sa.Connection, snapshot: Snapshot) -> Step:
    """A line for each workshop in scope that is ahead or just over, and for how many nights nothing moved at all."""
    workshops = [workshop for workshop in snapshot.workshops if _is_watched(snapshot, workshop)]
    digests = read_digests(connection, snapshot, [workshop.event_id for workshop in workshops])
    before = read_memory(connection, snapshot.hub_id, DIGEST, successful=False)
    events = {} if before is None else before["events"]
    memory = {event_id: _remember(digest, events.get(event_id)) for event_id, digest in digests.items()}
    nights = min((seen["nights"] for seen in memory.values()), default=0)
    text = f"{len(workshops)} workshops, {sum(digest.rows for digest in digests.values())} rows"
    return Step(
        DIGEST,
        0,
        f"{text}, {_format_nights(nights, 'something changed')}" if digests else text,
        tuple(
            _line(workshop, digests[workshop.event_id], memory[workshop.event_id]["nights"]) for workshop in workshops
        ),
        counts={"workshops": len(workshops), "unchanged_nights": nights},
        memory={"events": memory},
    )


def read_digests(connection: sa.Connection, snapshot: Snapshot, event_ids: Sequence[str]) -> dict[str, EventDigest]:
    """The digest of each of these events, of one without bookings too."""
    newest: dict[str, dict[str, BookingObservation]] = {event_id: {} for event_id in event_ids}
    for observation in read_observations(connection, snapshot.hub_id, snapshot.last_fact_id, event_ids):
        newest[observation.event_id][observation.attendee_id] = observation
    return {event_id: build_digest(rows.values()) for event_id, rows in newest.items()}


def build_digest(rows: Iterable[BookingObservation]) -> EventDigest:
    """The digest of an event's newest observations, in whichever order they come."""
    known = sorted(rows, key=lambda row: row.attendee_id)
    changes = [row.changed_at for row in known if row.changed_at is not None]
    content = json.dumps([_content(row) for row in known]).encode()
    return EventDigest(
        Counter(row.presence.value for row in known), max(changes, default=None), hashlib.sha256(content).hexdigest()
    )


def _content(row: BookingObservation) -> tuple[Any, ...]:
    """What Eventbrite said of a booking: nothing of who it is but the ids."""
    instants = (row.created_at, row.changed_at, row.barcode_changed_at)
    flags = (row.cancelled, row.refunded, row.checked_in)
    said = (
        row.attendee_id,
        row.order_id,
        row.ticket_class_id,
        row.presence.value,
        row.status,
        row.barcode_status.value,
    )
    return (*said, *flags, row.profile_id, *(None if at is None else at.astimezone(UTC).isoformat() for at in instants))


def _is_watched(snapshot: Snapshot, workshop: Workshop) -> bool:
    return snapshot.terms.covers(workshop) and workshop.ends_at + LOOKING_BACK > snapshot.as_of


def _remember(digest: EventDigest, before: Mapping[str, Any] | None) -> dict[str, Any]:
    is_same = before is not None and before["sha256"] == digest.sha256
    return {"sha256": digest.sha256, "nights": before["nights"] + 1 if before is not None and is_same else 0}


def _line(workshop: Workshop, digest: EventDigest, nights: int) -> str:
    presences = ", ".join(f"{count} {presence}" for presence, count in sorted(digest.presences.items()))
    newest = "" if digest.newest_at is None else f", newest change {iso_text(digest.newest_at)}"
    where = f"{workshop.slug}@{workshop.local_on} ({workshop.id})"
    counted = f"{digest.rows} rows{f' ({presences})' if presences else ''}{newest}, {digest.sha256[:8]}"
    return f"Digest: {where}: {counted}, {_format_nights(nights, 'new or changed')}"


def _format_nights(nights: int, changed: str) -> str:
    return changed if nights == 0 else f"the same as {nights} night{'s' if nights > 1 else ''} ago"

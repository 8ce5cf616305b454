"""What a run would write: the difference between what was known and what was read. Pure; planning twice yields nothing.

Absence is not cancellation: a row missing from a complete read is marked vanished, never cancelled, and a read in which
most bookings would end at once is held for a person (DESIGN 7.6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eb_sync.model.bookings import EventObservation, KnownBooking
from eb_sync.model.names import normalise_name
from eb_sync.model.readings import (
    AttendeeReading,
    CompleteRead,
    EventReading,
    GoingAhead,
    Profile,
    QuarantinedRow,
)
from policies.facts import Presence

BRAKE_FROM = 5
"""Active bookings from which on the mass-change brake applies."""


@dataclass(frozen=True, slots=True)
class Change:
    """A booking whose state differs from what was known."""

    event_id: str
    attendee_id: str
    presence: Presence
    known: KnownBooking | None
    """None: a booking never seen before."""
    reading: AttendeeReading | None
    """None: the row was missing (`VANISHED`) or unreadable (`UNREADABLE`)."""
    read: CompleteRead | None
    """The complete read that showed it; None for a list of changed attendees."""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What one event's read would write."""

    event_id: str
    changes: tuple[Change, ...]
    read: CompleteRead | None
    """Recorded as a complete read; None if it was not one."""
    active: int
    """Active bookings before."""
    would_end: int
    """How many of them would be cancelled or vanish."""

    @property
    def looks_wrong(self) -> bool:
        """Whether the brake holds this read: more than half of 5 or more would end, and the event is going ahead."""
        going_ahead = self.read is None or self.read.event.going_ahead is GoingAhead.GOING_AHEAD
        return going_ahead and self.active >= BRAKE_FROM and self.would_end * 2 > self.active


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What the whole run would write, apart from its cursor."""

    new_events: tuple[EventReading, ...]
    """Events whose kept fields differ from what was known."""
    gone_events: tuple[EventObservation, ...]
    """Events known as bookable that Eventbrite no longer shows."""
    applied: tuple[EventPlan, ...]
    held: tuple[EventPlan, ...]
    quarantined: tuple[QuarantinedRow, ...] = field(default=())


def plan_event(known: Mapping[str, KnownBooking], read: CompleteRead) -> EventPlan:
    """Compare a complete read with what was known of the event's bookings."""
    unreadable = {row.id for row in read.attendees.quarantined}
    readings = {reading.attendee_id: reading for reading in read.attendees.attendees}
    changes = _changed(known, readings.values(), read)
    for attendee_id, booking in known.items():
        if attendee_id in readings:
            continue
        presence = Presence.UNREADABLE if attendee_id in unreadable else Presence.VANISHED
        says = is_complete(read) or presence is Presence.UNREADABLE
        if says and booking.observation.presence is not presence:
            changes.append(Change(read.event.id, attendee_id, presence, booking, None, read))
    return _event_plan(read.event.id, known, changes, read if is_complete(read) else None)


def plan_changed(event_id: str, known: Mapping[str, KnownBooking], readings: Iterable[AttendeeReading]) -> EventPlan:
    """Compare rows from the list of changed attendees; what is not in that list says nothing."""
    return _event_plan(event_id, known, _changed(known, readings, None), None)


def rows_by_event(rows: Iterable[AttendeeReading]) -> dict[str, list[AttendeeReading]]:
    """Rows of several events, by event, in the order given."""
    by_event: dict[str, list[AttendeeReading]] = defaultdict(list)
    for row in rows:
        by_event[row.event_id].append(row)
    return by_event


def is_complete(read: CompleteRead) -> bool:
    """Whether a missing row means missing: not while a row came that cannot even be named."""
    return all(not row.id.startswith("?") for row in read.attendees.quarantined)


def _event_plan(
    event_id: str, known: Mapping[str, KnownBooking], changes: Sequence[Change], read: CompleteRead | None
) -> EventPlan:
    active = {key for key, booking in known.items() if booking.observation.presence is Presence.ACTIVE}
    ends = (Presence.CANCELLED, Presence.VANISHED)
    would_end = sum(1 for change in changes if change.attendee_id in active and change.presence in ends)
    return EventPlan(event_id, tuple(changes), read, len(active), would_end)


def _changed(
    known: Mapping[str, KnownBooking], readings: Iterable[AttendeeReading], read: CompleteRead | None
) -> list[Change]:
    changes = []
    for reading in readings:
        booking = known.get(reading.attendee_id)
        if booking is None or not _same(booking, reading):
            change = Change(reading.event_id, reading.attendee_id, reading.presence, booking, reading, read)
            changes.append(change)
    return changes


def _same(known: KnownBooking, reading: AttendeeReading) -> bool:
    """Whether all kept fields (DESIGN 8.1) are as they were."""
    observation = known.observation
    return (
        observation.presence is reading.presence
        and observation.changed_at == reading.changed_at
        and observation.status == reading.status
        and (observation.cancelled, observation.refunded, observation.checked_in)
        == (reading.cancelled, reading.refunded, reading.checked_in)
        and (observation.barcode_status, observation.barcode_changed_at)
        == (reading.barcode_status, reading.barcode_changed_at)
        and (observation.ticket_class_id, observation.order_id) == (reading.ticket_class_id, reading.order_id)
        and same_profile(known.profile, reading.profile)
    )


def same_profile(known: Profile, read: Profile) -> bool:
    """Whether what was typed is as it was; a school's spelling is kept once for each normalised name."""
    return normalise_name(known.school) == normalise_name(read.school) and (
        (known.name, known.email, known.urn, known.postcode, known.role, known.leadership)
        == (read.name, read.email, read.urn, read.postcode, read.role, read.leadership)
    )


def same_event(known: EventObservation, reading: EventReading) -> bool:
    """Whether an event's kept fields are as they were; `status` lags and `changed` moves alone, so neither counts."""
    return (
        known.is_bookable == is_bookable(reading)
        and (known.series_id, known.title, known.slug) == (reading.series_id, reading.title, reading.slug)
        and (known.starts_at, known.ends_at, known.time_zone) == (reading.starts_at, reading.ends_at, reading.time_zone)
        and known.going_ahead is reading.going_ahead
        and (known.organizer_id, known.venue, known.is_online)
        == (reading.organizer_id, reading.venue, reading.is_online)
        and known.other_classes == other_classes(reading)
    )


def is_bookable(reading: EventReading) -> bool:
    """Whether the event is published: a draft is not."""
    return reading.status != "draft"


def other_classes(reading: EventReading) -> frozenset[str]:
    """Ticket classes that are no seats."""
    return frozenset(ticket.id for ticket in reading.ticket_classes if ticket.category != "admission")

"""Rows as the store keeps them; a test replaces in them what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from eb_sync.model.bookings import BookingObservation, EventObservation, ReadRecord
from eb_sync.model.facts import AttendanceMarked
from eb_sync.model.readings import GoingAhead, Profile
from eb_sync.store.bookings import record_event_observations, record_observations, record_reads
from eb_sync.store.facts import record_facts
from eb_sync.store.people import assign_persons, assign_typed_roles, assign_typed_schools, record_profiles
from eb_sync.store.series import FACT, ensure_hub, take_numbers
from policies.facts import BarcodeStatus, Mark, Presence

HUB = 1
NOW = datetime(2019, 11, 4, 10, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
EVENT = EventObservation(
    id=0,
    event_id="101",
    recorded_at=NOW,
    received_at=NOW,
    is_bookable=True,
    series_id=None,
    title="Fractions",
    slug="fractions",
    starts_at=datetime(2019, 11, 5, 10, tzinfo=UTC),
    ends_at=datetime(2019, 11, 5, 15, tzinfo=UTC),
    time_zone="Europe/London",
    created_at=NOW,
    changed_at=NOW,
    going_ahead=GoingAhead.GOING_AHEAD,
    organizer_id=None,
    venue=None,
    is_online=False,
    other_classes=frozenset(),
    seat_classes=None,
)
BOOKING = BookingObservation(
    id=0,
    event_id="101",
    attendee_id="1",
    recorded_at=NOW,
    received_at=NOW,
    presence=Presence.ACTIVE,
    status="Attending",
    cancelled=False,
    refunded=False,
    checked_in=False,
    created_at=NOW,
    changed_at=NOW,
    barcode_status=BarcodeStatus.UNUSED,
    barcode_changed_at=None,
    order_id="9",
    ticket_class_id=None,
    person_id=1,
    name_id=1,
    profile_id=1,
    typed_school_id=None,
    typed_role_id=None,
)
READ = ReadRecord(
    id=0,
    event_id="101",
    recorded_at=NOW,
    started_at=NOW,
    row_count=1,
    object_count=None,
    quantity_sold=None,
    is_going_ahead=True,
)
ANN = Profile("Ann Archer", "ann@ash.example.org", school="Ash Lane Primary", urn="800001", role="Maths Lead")


def mark(connection: sa.Connection, workshop_id: str = "101", booking_id: str = "B1", at: datetime = NOW) -> int:
    """Record one mark on a register; gives its fact's id."""
    content = AttendanceMarked(workshop_id, booking_id, Mark.ABSENT)
    return record_facts(connection, HUB, at, "lead", [content])[0]


def keep_events(connection: sa.Connection, *events: EventObservation) -> list[EventObservation]:
    """Record these, each with the next fact id."""
    kept = [replace(event, id=_next_id(connection)) for event in events]
    record_event_observations(connection, HUB, kept)
    return kept


def keep_bookings(connection: sa.Connection, *bookings: BookingObservation) -> list[BookingObservation]:
    """Record these, each with the next fact id."""
    kept = [replace(booking, id=_next_id(connection)) for booking in bookings]
    record_observations(connection, HUB, kept)
    return kept


def keep_reads(connection: sa.Connection, *reads: ReadRecord) -> list[ReadRecord]:
    """Record these, each with the next fact id."""
    kept = [replace(read, id=_next_id(connection)) for read in reads]
    record_reads(connection, HUB, kept)
    return kept


def keep_profile(connection: sa.Connection, profile: Profile, attendee_id: str = "1") -> BookingObservation:
    """Record who booked, and the booking as first seen."""
    ensure_hub(connection, HUB)
    ((person_id, name_id),) = assign_persons(connection, HUB, [profile])
    (profile_id,) = record_profiles(connection, HUB, NOW, [(f"B{attendee_id}", person_id, profile)])
    (school_id,) = assign_typed_schools(connection, HUB, [profile])
    (role_id,) = assign_typed_roles(connection, HUB, [profile])
    seen = replace(BOOKING, attendee_id=attendee_id, person_id=person_id, name_id=name_id, profile_id=profile_id)
    return keep_bookings(connection, replace(seen, typed_school_id=school_id, typed_role_id=role_id))[0]


def _next_id(connection: sa.Connection) -> int:
    ensure_hub(connection, HUB)
    return take_numbers(connection, HUB, FACT)[0]

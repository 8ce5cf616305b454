"""Rows as read and as recorded, for tests of what compares them: one event, one booking of a teacher without a name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from eb_sync.model.bookings import BookingObservation, EventObservation
from eb_sync.model.readings import AttendeeReading, EventReading, GoingAhead, Profile
from eb_sync.sync.plan import is_bookable, other_classes, seat_classes
from policies.facts import BarcodeStatus, Presence

NOW_AT = datetime(2019, 10, 1, tzinfo=UTC)
EARLIER_AT = datetime(2019, 9, 30, tzinfo=UTC)
EVENT = EventReading(
    id="900",
    series_id=None,
    is_series_parent=False,
    title="Fractions",
    slug="fractions",
    starts_at=datetime(2019, 11, 5, 10, tzinfo=UTC),
    ends_at=datetime(2019, 11, 5, 15, tzinfo=UTC),
    time_zone="Europe/London",
    created_at=EARLIER_AT,
    changed_at=EARLIER_AT,
    status="live",
    going_ahead=GoingAhead.GOING_AHEAD,
    organizer_id=None,
    venue=None,
    is_online=False,
    ticket_classes=(),
    received_at=NOW_AT,
)
ROW = AttendeeReading(
    event_id="900",
    attendee_id="1",
    order_id="1",
    ticket_class_id=None,
    presence=Presence.ACTIVE,
    status="Attending",
    cancelled=False,
    refunded=False,
    checked_in=False,
    created_at=EARLIER_AT,
    changed_at=EARLIER_AT,
    barcode_status=BarcodeStatus.UNUSED,
    barcode_changed_at=EARLIER_AT,
    received_at=NOW_AT,
    profile=Profile("", ""),
)


def observe(reading: AttendeeReading, number: int = 1) -> BookingObservation:
    """What is recorded of a row."""
    names = BookingObservation.__slots__
    kept = {name: getattr(reading, name) for name in AttendeeReading.__slots__ if name in names}
    people: dict[str, Any] = {
        "person_id": 1,
        "name_id": 1,
        "profile_id": 1,
        "typed_school_id": None,
        "typed_role_id": None,
    }
    return BookingObservation(**kept, **people, id=number, recorded_at=reading.received_at)


def observe_event(reading: EventReading, number: int = 1) -> EventObservation:
    """What is recorded of an event."""
    names = EventObservation.__slots__
    kept = {name: getattr(reading, name) for name in EventReading.__slots__ if name in names and name != "id"}
    return EventObservation(
        **kept,
        id=number,
        event_id=reading.id,
        recorded_at=reading.received_at,
        is_bookable=is_bookable(reading),
        other_classes=other_classes(reading),
        seat_classes=seat_classes(reading),
    )

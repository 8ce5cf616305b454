"""What rows of the list of changes, and held reads, do to what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from eb_sync.model.bookings import BookingObservation, KnownBooking
from eb_sync.model.readings import AttendeeList, CompleteRead, EventReading, GoingAhead, Profile, QuarantinedRow
from eb_sync.sync.plan import plan_changed, plan_corroborated
from policies.facts import BarcodeStatus, Presence

NOW_AT = datetime(2019, 10, 1, tzinfo=UTC)
EARLIER_AT = datetime(2019, 9, 30, tzinfo=UTC)
EVENT = EventReading(
    id="900",
    series_id=None,
    is_series_parent=False,
    title="Fractions",
    slug="fractions",
    starts_at=NOW_AT,
    ends_at=NOW_AT,
    time_zone="Europe/London",
    created_at=NOW_AT,
    changed_at=NOW_AT,
    status="live",
    going_ahead=GoingAhead.GOING_AHEAD,
    organizer_id=None,
    venue=None,
    is_online=False,
    ticket_classes=(),
    received_at=NOW_AT,
)
ACTIVE = BookingObservation(
    id=1,
    event_id="900",
    attendee_id="1",
    recorded_at=EARLIER_AT,
    received_at=EARLIER_AT,
    presence=Presence.ACTIVE,
    status="Attending",
    cancelled=False,
    refunded=False,
    checked_in=False,
    created_at=EARLIER_AT,
    changed_at=EARLIER_AT,
    barcode_status=BarcodeStatus.UNUSED,
    barcode_changed_at=EARLIER_AT,
    order_id="1",
    ticket_class_id=None,
    person_id=1,
    name_id=1,
    profile_id=1,
    typed_school_id=None,
    typed_role_id=None,
)


def known(**presences: Presence) -> dict[str, KnownBooking]:
    """Bookings by id (`b1` is 1) in these states."""
    return {
        name[1:]: KnownBooking(replace(ACTIVE, attendee_id=name[1:], presence=presence), Profile("", ""))
        for name, presence in presences.items()
    }


def unreadable(attendee_id: str) -> QuarantinedRow:
    return QuarantinedRow("attendee", "900", attendee_id, "created: missing", NOW_AT)


def test_an_unreadable_row_of_a_known_booking_is_noted_once_and_of_an_unknown_one_not_at_all() -> None:
    plan = plan_changed(
        "900",
        known(b1=Presence.ACTIVE, b2=Presence.UNREADABLE),
        (),
        [unreadable("1"), unreadable("2"), unreadable("3")],
    )
    assert [(c.attendee_id, c.presence, c.unseen_at) for c in plan.changes] == [("1", Presence.UNREADABLE, NOW_AT)]
    assert (plan.read, plan.is_complete, plan.would_end) == (None, False, 0)


def test_of_a_held_read_only_what_a_later_one_bears_out_counts_with_its_own_time() -> None:
    held = CompleteRead(EVENT, AttendeeList((), (), EARLIER_AT, 0), EARLIER_AT)
    plan = plan_corroborated(known(b1=Presence.ACTIVE, b2=Presence.ACTIVE), held, {"1"})
    assert [(c.attendee_id, c.presence, c.unseen_at) for c in plan.changes] == [("1", Presence.VANISHED, EARLIER_AT)]
    assert not plan.is_complete


def test_an_unreadable_booking_that_was_active_still_counts_for_the_brake() -> None:
    assert plan_changed("900", known(b1=Presence.UNREADABLE, b2=Presence.VANISHED), ()).active == 1

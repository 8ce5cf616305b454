"""What sync observed, in and out: the same on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.model.bookings import UndescribedStatus
from eb_sync.model.readings import GoingAhead, Profile
from eb_sync.store.bookings import (
    read_event_ids,
    read_event_observations,
    read_known_bookings,
    read_last_going_ahead,
    read_namesakes,
    read_newest_reads,
    read_observations,
    read_reads,
    read_statuses,
    read_undescribed_statuses,
    record_event_observations,
    record_observations,
    record_reads,
)
from eb_sync.store.engine import reading, writing
from eb_sync.store.series import ensure_hub
from eb_sync.store.watch import read_watched
from policies.facts import BarcodeStatus, Presence
from tests.contract.store_rows import (
    ANN,
    BOOKING,
    EVENT,
    HUB,
    LATER,
    NOW,
    READ,
    keep_bookings,
    keep_events,
    keep_profile,
    keep_reads,
)

ALL = 2**62
MANY = [str(number) for number in range(1300)]


def test_an_event_comes_back_as_it_was_observed(engine: sa.Engine) -> None:
    full = replace(
        EVENT,
        is_bookable=False,
        series_id="100",
        title="Fractions: ½, ⅓ \N{GRINNING FACE}",
        going_ahead=GoingAhead.POSTPONED,
        organizer_id="7",
        venue="Élm Hall",
        is_online=True,
        other_classes=frozenset({"9", "10"}),
        seat_classes=frozenset({"8", "11"}),
    )
    with writing(engine) as connection:
        kept = keep_events(connection, EVENT, full)
    with reading(engine) as connection:
        assert read_event_observations(connection, HUB, ALL) == kept
        assert read_event_observations(connection, HUB, ALL, ["101", "none"]) == kept
        assert read_event_observations(connection, HUB, kept[0].id, ["101"]) == kept[:1]
        assert read_event_observations(connection, HUB, ALL, []) == []
        assert read_watched(connection, HUB) == {"101": None}


def test_seat_classes_that_nobody_recorded_are_not_the_same_as_none(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        keep_events(connection, replace(EVENT, seat_classes=None), replace(EVENT, seat_classes=frozenset()))
    with reading(engine) as connection:
        kept = [event.seat_classes for event in read_event_observations(connection, HUB, ALL)]
        is_null = sa.text("SELECT seat_classes IS NULL FROM event_observations ORDER BY id")
        assert [bool(each) for each in connection.scalars(is_null)] == [True, False]
    assert kept == [None, frozenset()]


def test_an_event_is_found_by_id_slug_or_series_with_its_whole_series(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        keep_events(
            connection,
            replace(EVENT, event_id="1", series_id="S", slug="ratio"),
            replace(EVENT, event_id="2", series_id="S", slug="later"),
            replace(EVENT, event_id="3", slug="ratio"),
            replace(EVENT, event_id="4", slug="other"),
        )
    with reading(engine) as connection:
        found = {name: read_event_ids(connection, HUB, name) for name in ("1", "S", "ratio", "Ratio", "4", "none")}
    assert found == {"1": ["1", "2"], "S": ["1", "2"], "ratio": ["1", "2", "3"], "Ratio": [], "4": ["4"], "none": []}


def test_a_booking_comes_back_as_it_was_observed(engine: sa.Engine) -> None:
    full = replace(
        BOOKING,
        attendee_id="123-1",
        presence=Presence.VANISHED,
        status="Deleted",
        cancelled=True,
        refunded=True,
        checked_in=True,
        changed_at=None,
        barcode_status=BarcodeStatus.REFUNDED,
        barcode_changed_at=LATER,
        ticket_class_id="5",
        person_id=2**53 + 1,
        name_id=None,
        typed_school_id=2**31,
        typed_role_id=2**31,
    )
    with writing(engine) as connection:
        kept = keep_bookings(connection, BOOKING, full)
    with reading(engine) as connection:
        assert sorted(read_observations(connection, HUB, ALL, ["101"]), key=lambda row: row.id) == kept
        assert list(read_observations(connection, HUB, kept[0].id, ["101"])) == kept[:1]
        assert list(read_observations(connection, HUB, ALL, [])) == []


def test_bookings_come_by_event_and_attendee_oldest_first_even_where_ids_look_alike(engine: sa.Engine) -> None:
    ids = ("123-1", "1234", "123-2", "123", "1231")
    rows = [replace(BOOKING, event_id=event_id, attendee_id=each) for event_id in ("12", "101") for each in ids]
    with writing(engine) as connection:
        keep_bookings(connection, *rows, *reversed(rows))
    with reading(engine) as connection:
        found = [
            (row.event_id, row.attendee_id, row.id) for row in read_observations(connection, HUB, ALL, ["12", "101"])
        ]
    assert len(found) == 20
    assert found == sorted(found)


def test_nothing_observed_is_nothing_written(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        record_event_observations(connection, HUB, [])
        record_observations(connection, HUB, [])
        record_reads(connection, HUB, [])
    with reading(engine) as connection:
        assert read_event_observations(connection, HUB, ALL) == []
        assert read_reads(connection, HUB, ALL, ["101"]) == {}
        assert read_newest_reads(connection, HUB, []) == {}
        assert read_known_bookings(connection, HUB, []) == {}
        assert read_namesakes(connection, HUB, ALL, []) == []
        assert read_last_going_ahead(connection, HUB, ALL) == {}


def test_reads_come_back_oldest_first_and_the_newest_is_found(engine: sa.Engine) -> None:
    full = replace(READ, started_at=LATER, row_count=0, object_count=12, quantity_sold=11, is_going_ahead=False)
    with writing(engine) as connection:
        first, newest, other = keep_reads(connection, READ, full, replace(READ, event_id="102"))
    with reading(engine) as connection:
        assert read_reads(connection, HUB, ALL, ["101", "103"]) == {"101": [first, newest]}
        assert read_reads(connection, HUB, first.id, ["101", "102"]) == {"101": [first]}
        assert read_newest_reads(connection, HUB, ["101", "102", "103"]) == {"101": newest, "102": other}


def test_the_newest_state_of_a_booking_comes_with_what_was_typed(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first = keep_profile(connection, ANN)
        (newest,) = keep_bookings(connection, replace(first, presence=Presence.VANISHED, changed_at=None))
        bare = keep_profile(connection, Profile("", ""), "2")
        (erased,) = keep_bookings(connection, replace(BOOKING, attendee_id="3", profile_id=77))
    with reading(engine) as connection:
        known = read_known_bookings(connection, HUB, ["101"])["101"]
    assert {attendee_id: booking.observation for attendee_id, booking in known.items()} == {
        "1": newest,
        "2": bare,
        "3": erased,
    }
    assert [known[each].profile for each in ("1", "2", "3")] == [ANN, Profile("", ""), Profile("", "")]
    assert {booking.newest_changed_at for booking in known.values()} == {NOW}


def test_namesakes_are_found_once_each_in_their_newest_state(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        old, other, _ = keep_bookings(
            connection, BOOKING, replace(BOOKING, event_id="102"), replace(BOOKING, attendee_id="2", person_id=2)
        )
        (new,) = keep_bookings(connection, replace(BOOKING, presence=Presence.CANCELLED))
    with reading(engine) as connection:
        assert read_namesakes(connection, HUB, ALL, [1, 1]) == [other, new]
        assert read_namesakes(connection, HUB, other.id, [1]) == [old, other]


def test_the_last_read_that_showed_an_event_going_ahead_is_known_where_it_was_ever_off(engine: sa.Engine) -> None:
    cancelled = replace(EVENT, going_ahead=GoingAhead.CANCELLED)
    with writing(engine) as connection:
        keep_events(connection, EVENT, cancelled, replace(EVENT, event_id="102"))
        keep_reads(connection, READ)
        (late,) = keep_reads(connection, replace(READ, started_at=LATER))
        keep_reads(connection, replace(READ, started_at=LATER + timedelta(hours=1), is_going_ahead=False))
        keep_reads(connection, replace(READ, event_id="102"))
    with reading(engine) as connection:
        assert read_last_going_ahead(connection, HUB, ALL) == {"101": LATER}
        assert read_last_going_ahead(connection, HUB, late.id - 1, ["101", "102"]) == {"101": NOW}
        assert read_last_going_ahead(connection, HUB, ALL, ["102"]) == {}
        assert read_last_going_ahead(connection, HUB, ALL, []) == {}


def test_statuses_ever_observed_are_told_from_those_that_are_new(engine: sa.Engine) -> None:
    old = replace(BOOKING, status="Transferred")
    with writing(engine) as connection:
        keep_bookings(connection, old, BOOKING)
    with reading(engine) as connection:
        asked = ["Transferred", "transferred", "Unpaid", *MANY]
        assert read_statuses(connection, HUB, asked) == {"Transferred"}
        assert read_statuses(connection, HUB + 1, asked) == frozenset()
        assert read_statuses(connection, HUB, []) == frozenset()


def test_statuses_that_nobody_has_described_are_counted_over_bookings_as_they_are_now(engine: sa.Engine) -> None:
    moved = replace(BOOKING, status="Transferred")
    with writing(engine) as connection:
        keep_bookings(
            connection,
            *(replace(moved, attendee_id=each) for each in ("1", "2", "3", "4")),
            replace(moved, event_id="102", presence=Presence.CANCELLED),
            replace(moved, attendee_id="2", status="CHECKED IN"),
            replace(moved, attendee_id="3", presence=Presence.VANISHED),
            replace(moved, attendee_id="4", presence=Presence.UNREADABLE),
            replace(moved, attendee_id="5", status=""),
            replace(moved, attendee_id="6", status="Not Attending", presence=Presence.CANCELLED),
        )
    with reading(engine) as connection:
        assert read_undescribed_statuses(connection, HUB) == [
            UndescribedStatus("", 1, 1),
            UndescribedStatus("Transferred", 2, 1),
        ]
        assert read_undescribed_statuses(connection, HUB + 1) == []


def test_more_events_than_fit_in_one_query(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        events = [replace(EVENT, id=number, event_id=each) for number, each in enumerate(MANY, 1)]
        ensure_hub(connection, HUB)
        record_event_observations(connection, HUB, events)
        bookings = [replace(BOOKING, id=row.id + 2000, event_id=row.event_id, person_id=row.id) for row in events]
        record_observations(connection, HUB, bookings)
        reads = [replace(READ, id=row.id + 4000, event_id=row.event_id) for row in events]
        record_reads(connection, HUB, reads)
    with reading(engine) as connection:
        assert read_event_observations(connection, HUB, ALL, MANY) == events
        assert sorted(read_observations(connection, HUB, ALL, MANY), key=lambda row: row.id) == bookings
        assert len(read_namesakes(connection, HUB, ALL, range(1, 1301))) == 1300
        assert [len(each) for each in read_reads(connection, HUB, ALL, MANY).values()] == [1] * 1300
        assert len(read_newest_reads(connection, HUB, MANY)) == 1300
        assert len(read_known_bookings(connection, HUB, MANY)) == 1300
        assert read_last_going_ahead(connection, HUB, ALL, MANY) == {}


def test_an_id_is_used_once(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        (kept,) = keep_bookings(connection, BOOKING)
    with pytest.raises(DatabaseError), writing(engine) as connection:
        record_observations(connection, HUB, [kept])

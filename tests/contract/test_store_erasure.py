"""Names searched and blanked, in the people tables and in what is held: the same on every database."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import sqlalchemy as sa
from pydantic import TypeAdapter

from eb_sync.model.readings import AttendeeList, CompleteRead, Profile
from eb_sync.store.engine import reading, writing
from eb_sync.store.erasure import (
    Version,
    blank_persons,
    read_newest_profiles_at,
    read_person_keys,
    read_suppressed,
    read_suppressed_holders,
    read_versions,
    record_suppressions,
)
from eb_sync.store.held_rows import blank_held_rows, forget_held, read_held_rows, read_held_until
from eb_sync.store.people import assign_typed_schools
from eb_sync.store.series import ensure_hub
from eb_sync.store.sync_state import HeldRead, record_held_read
from tests.contract.store_rows import ANN, HUB, LATER, NOW, keep_bookings, keep_profile
from tests.readings import EARLIER_AT, EVENT, ROW

BOB = Profile("Bob Baker", "bob@elm.example.org", school="Elm Nursery", postcode="ZZ2 2ZZ")
_SEEN: TypeAdapter[CompleteRead | AttendeeList] = TypeAdapter(CompleteRead | AttendeeList)


def _hold(connection: sa.Connection, profiles: dict[str, Profile], *, complete: bool) -> int:
    ensure_hub(connection, HUB)
    rows = tuple(replace(ROW, attendee_id=key, profile=profile) for key, profile in profiles.items())
    attendees = AttendeeList(rows, (), NOW, None)
    content = _SEEN.dump_python(CompleteRead(EVENT, attendees, NOW) if complete else attendees, mode="json")
    return record_held_read(connection, HUB, NOW, HeldRead(0, EVENT.id, NOW, 6, 4, content))


def test_a_booking_knows_whose_it_ever_was_and_a_person_what_they_are_called_until_erased(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first = keep_profile(connection, ANN)
        second = keep_profile(connection, BOB)
        (third,) = keep_bookings(connection, replace(first, attendee_id="2"))
        assert read_versions(connection, HUB, ["2", "1", "7"]) == [
            Version(row.id, row.attendee_id, row.person_id, row.name_id) for row in (first, second, third)
        ]
        assert read_person_keys(connection, HUB, [2, 1, 7]) == {
            1: ("ann archer", "ann@ash.example.org"),
            2: ("bob baker", "bob@elm.example.org"),
        }
        assert read_newest_profiles_at(connection, HUB, [1, 2, 7]) == {1: NOW, 2: NOW}
        assert blank_persons(connection, HUB, [1]) == 1
        assert read_person_keys(connection, HUB, [1]) == {1: ("", "")}


def test_a_suppression_keeps_whose_booking_it_was_and_the_first_counts(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        record_suppressions(connection, HUB, 5, {"1": (3, 2), "2": (4, None)})
        record_suppressions(connection, HUB, 6, {"1": (9, 9)})
        connection.execute(sa.text("INSERT INTO suppressions (hub_id, attendee_id, fact_id) VALUES (1, '8', 1)"))
    with reading(engine) as connection:
        assert read_suppressed(connection, HUB) == {"1", "2", "8"}
        assert read_suppressed_holders(connection, HUB, ["1", "2", "7", "8"]) == {"1": (3, 2), "2": (4, None)}


def test_a_school_is_the_same_by_the_host_of_an_address_that_was_erased(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        ids = assign_typed_schools(connection, HUB, [ANN, ANN.without_name(), ANN.without_name().without_name()])
        shared = replace(ANN, email="ann@gmail.com")
        ids += assign_typed_schools(connection, HUB, [shared, shared.without_name()])
    assert ids == [1, 1, 1, 2, 2]


def test_names_in_held_reads_are_blanked_with_what_was_typed_where_it_is_anothers_booking(engine: sa.Engine) -> None:
    nameless = replace(ANN, name="")
    with writing(engine) as connection:
        held = [
            _hold(connection, {"1": nameless, "2": BOB}, complete=True),
            _hold(connection, {"1": ANN, "3": ANN}, complete=False),
        ]
        rows = read_held_rows(connection, HUB)
        assert [(row.held_id, row.attendee_id, row.profile) for row in rows] == [
            (held[0], "1", nameless),
            (held[0], "2", BOB),
            (held[1], "1", ANN),
            (held[1], "3", ANN),
        ]
        assert (rows[0].event_id, rows[0].booked_at, rows[0].read_at) == (EVENT.id, EARLIER_AT, NOW)
        assert blank_held_rows(connection, HUB, {"1"}, [rows[2], rows[3]]) == 3
        assert blank_held_rows(connection, HUB, {"1"}, [rows[2], rows[3]]) == 0
        assert [(row.held_id, row.attendee_id) for row in read_held_rows(connection, HUB)] == [(held[0], "2")]
        contents = connection.scalars(sa.text("SELECT content FROM held_reads ORDER BY id")).all()
        assert "ash.example.org" in str(contents)
        assert "ann@" not in str(contents)
        assert read_held_until(connection, HUB, NOW) == []
        assert read_held_until(connection, HUB, LATER) == held
        forget_held(connection, HUB, [held[0]])
        assert read_held_until(connection, HUB, LATER) == [held[1]]
        assert read_held_rows(connection, HUB) == []


def test_what_is_left_of_a_person_is_what_was_answered() -> None:
    kept = dataclasses.asdict(ANN.without_name())
    assert kept == {**dataclasses.asdict(ANN), "name": "", "email": "", "email_host": "ash.example.org"}

"""Instants, texts and numbers survive every database."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eb_sync.errors import DatabaseError
from eb_sync.model.facts import WorkshopCalledOff
from eb_sync.model.readings import Profile
from eb_sync.model.texts import LONGEST_ANSWER
from eb_sync.store.bookings import read_event_observations, read_known_bookings
from eb_sync.store.engine import reading, writing
from eb_sync.store.facts import read_facts, record_facts
from eb_sync.store.last_fact import read_last_fact_id, read_newest_recording
from eb_sync.store.people import read_names, read_person_ids
from eb_sync.store.series import FACT, ensure_hub, take_numbers
from eb_sync.store.tables import PERSONS, SERIES, TYPED_SCHOOLS
from tests.contract.store_rows import ANN, BOOKING, EVENT, HUB, NOW, keep_bookings, keep_events, keep_profile, mark
from tests.databases import opened, with_server_settings

ALL = 2**62
LONDON, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland")
TEXTS = (
    "李雷 \N{GRINNING FACE}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} שלום e\N{COMBINING ACUTE ACCENT}",
    "long " * 60,
    "O'Neil; DROP TABLE facts; -- %s %(name)s :name ? \\ \\\\ \" ` $1",
    "\t leading, trailing, \r\n lines \x01\x7f\u2028\ufeff ",
    "",
)


@pytest.mark.parametrize("letters", [range(0x20000, 0x2A6D0), range(0x430, 0x450), range(0x61, 0x7B)])
def test_texts_that_cannot_be_packed_fit_into_every_index(engine: sa.Engine, letters: range) -> None:
    draw = random.Random(7)  # noqa: S311 - letters
    one, other, third, fourth = ("".join(chr(draw.choice(letters)) for _ in range(2000)) for _ in range(4))
    # roles are looked up as they were typed, and cut where they come in
    role, leadership = one[:LONGEST_ANSWER], other[:LONGEST_ANSWER]
    with writing(engine) as connection:
        for name in (one, f"{one} and more"):
            keep_profile(
                connection, Profile(name, f"{other}@{third}", name, "800001", fourth, role, leadership), name[-9:]
            )
    with reading(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(PERSONS)) == 2
        assert connection.scalar(sa.select(sa.func.count()).select_from(TYPED_SCHOOLS)) == 2
        assert len(read_person_ids(connection, HUB, [f"{other}@{third}"])) == 2


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2019, 10, 27, 1, 30, tzinfo=LONDON),
        datetime(2019, 10, 27, 1, 30, fold=1, tzinfo=LONDON),
        datetime(2020, 3, 29, 2, 30, tzinfo=LONDON),
        datetime(2019, 11, 5, 23, 59, 59, 999999, tzinfo=AUCKLAND),
        datetime(2020, 2, 29, 12, tzinfo=timezone(timedelta(hours=-5, minutes=-45))),
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_as_the_same_in_utc(engine: sa.Engine, instant: datetime) -> None:
    with writing(engine) as connection:
        keep_events(connection, replace(EVENT, starts_at=instant))
    with reading(engine) as connection:
        (event,) = read_event_observations(connection, HUB, ALL)
    assert event.starts_at == instant.astimezone(UTC)
    assert event.starts_at.tzinfo is UTC


def test_a_naive_instant_never_reaches_a_database(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.StatementError, match="naive"), writing(engine) as connection:
        keep_events(connection, replace(EVENT, starts_at=NOW.replace(tzinfo=None)))


def test_instants_are_compared_in_utc_whatever_zone_they_are_given_in(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first = mark(connection, at=datetime(2019, 10, 27, 1, 30, tzinfo=LONDON))
        second = mark(connection, at=datetime(2019, 10, 27, 1, 30, fold=1, tzinfo=LONDON))
    with reading(engine) as connection:
        assert read_last_fact_id(connection, HUB, datetime(2019, 10, 27, 13, 45, tzinfo=AUCKLAND)) == first
        assert read_last_fact_id(connection, HUB, datetime(2019, 10, 27, 14, 30, tzinfo=AUCKLAND)) == second


def test_the_zone_of_the_server_does_not_matter(database_url: str) -> None:
    url = with_server_settings(database_url, "-c timezone=Pacific/Auckland -c datestyle=ISO,DMY")
    with opened(url) as engine, writing(engine) as connection:
        mark(connection)
        assert read_newest_recording(connection, HUB) == NOW
        assert read_last_fact_id(connection, HUB, NOW - timedelta(microseconds=1)) == 0


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_to_the_last_character(engine: sa.Engine, text: str) -> None:
    typed = Profile(text, text, school=text, urn="", postcode=text, role=text, leadership=text)
    with writing(engine) as connection:
        keep_events(connection, replace(EVENT, title=text, slug=text, venue=text, other_classes=frozenset({text})))
        keep_profile(connection, typed)
        record_facts(connection, HUB, NOW, text, [WorkshopCalledOff("101", text)])
    with reading(engine) as connection:
        (event,) = read_event_observations(connection, HUB, ALL)
        assert (event.title, event.slug, event.venue, event.other_classes) == (text, text, text, frozenset({text}))
        assert read_known_bookings(connection, HUB, ["101"])["101"]["1"].profile == typed
        assert read_names(connection, HUB, [1]) == {1: (text, text)}
        (fact,) = read_facts(connection, HUB, ALL)
        assert (fact.said_by, fact.content) == (text, WorkshopCalledOff("101", text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300))
def test_any_text_that_a_page_can_show_comes_back(engine: sa.Engine, text: str) -> None:
    with writing(engine) as connection:
        (kept,) = keep_events(connection, replace(EVENT, title=text))
        (fact_id,) = record_facts(connection, HUB, NOW, "lead", [WorkshopCalledOff("101", text)])
        assert read_event_observations(connection, HUB, ALL)[-1] == kept
        assert read_facts(connection, HUB, ALL)[-1].content == WorkshopCalledOff("101", text)
        assert read_facts(connection, HUB, ALL)[-1].id == fact_id


def test_a_zero_character_in_a_text_is_refused_where_the_database_cannot_keep_it(engine: sa.Engine) -> None:
    """Nothing with one comes this far: see `_drop_nul` in `eb_sync/eventbrite/payloads.py`."""
    if engine.dialect.name == "postgresql":
        with pytest.raises(DatabaseError, match="NUL"), writing(engine) as connection:
            keep_profile(connection, replace(ANN, name="Ann\0Archer"))
    with writing(engine) as connection:
        record_facts(connection, HUB, NOW, "lead", [WorkshopCalledOff("101", "snow\0ice")])
        assert read_facts(connection, HUB, ALL)[0].content == WorkshopCalledOff("101", "snow\0ice")


def test_numbers_beyond_32_bits_come_back(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        connection.execute(SERIES.insert(), {"hub_id": HUB, "name": FACT, "next_value": 2**53})
        (booking,) = keep_bookings(connection, replace(BOOKING, person_id=2**53 + 1, profile_id=2**62))
        assert booking.id == 2**53
        assert mark(connection) == 2**53 + 1
        assert list(take_numbers(connection, HUB, FACT, 2)) == [2**53 + 2, 2**53 + 3]
    with reading(engine) as connection:
        assert read_known_bookings(connection, HUB, ["101"])["101"]["1"].observation == booking
        assert read_last_fact_id(connection, HUB, NOW) == 2**53 + 3
        assert read_person_ids(connection, HUB, ["nobody@ash.example.org"]) == ()

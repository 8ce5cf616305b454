"""One teacher under two spellings is one person, from Eventbrite to the rules, and owes nothing for the second row."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from eb_sync.sandbox.requested import Ticket
from eb_sync.store.engine import reading, writing
from eb_sync.store.series import newest_fact_id
from eb_sync.store.tables import PERSONS
from eb_sync.workshops.judge import judge_workshops
from eb_sync.workshops.snapshot import At, read_snapshot
from eb_sync.workshops.terms import read_recorded_terms
from policies.facts import Booking, WorkshopFacts
from tests.databases import opened
from tests.hub import ASH, BEGINNING, ELM, Hub

pytestmark = pytest.mark.every_database

ADDRESS = "ann@ash.example.org"
SPELLINGS = (
    ("Ann O'Brien", "Ann O\u2032Brien"),
    ("Anne\u2011Marie O\u2018Brien", "ANNE MARIE OBRIEN"),
    ("Smith, Ann", "Mrs Ann Smith"),
    ("Prof. Dr. Ann Smith", "Ann Smith, MA"),
    ("\u0141ucja Nowak-Lee", "LUCJA NOWAK\u2013LEE"),
)


def book(hub: Hub, event: str, name: str, email: str = ADDRESS, answers: dict[str, str] = ASH) -> str:
    attendee_id = hub.world.book(event, (Ticket(name, email, answers),))[0]
    hub.bookings[f"B{attendee_id}"] = attendee_id
    return f"B{attendee_id}"


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def other(hub: Hub) -> str:
    return hub.event("Ratio", "2019-11-12 10:00", "2019-11-12 15:00", slug="ratio")


@contextmanager
def stored() -> Iterator[sa.Engine]:
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine:
        yield engine


def told(event: str) -> WorkshopFacts:
    """What the rules are told about a workshop."""
    with stored() as engine, reading(engine) as connection:
        last_fact_id = newest_fact_id(connection, 1)
        terms = read_recorded_terms(connection, 1, last_fact_id)
        assert terms is not None
        snapshot = read_snapshot(connection, At(1, BEGINNING, last_fact_id), terms, [event])
        (judged,) = judge_workshops(connection, snapshot, snapshot.workshops)
    return judged.facts


def told_of(event: str) -> dict[str, Booking]:
    return {booking.id: booking for booking in told(event).bookings}


def close(hub: Hub, *came: str) -> None:
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "mark", "fractions", *came, "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_two_spellings_with_one_address_are_one_person_who_came(hub: Hub, event: str, first: str, second: str) -> None:
    came, again = book(hub, event, first), book(hub, event, second)
    colleague = book(hub, event, "Bob Baker")
    close(hub, came)
    reasons = {reference: reason for reference, (_, reason) in hub.decisions("fractions").items()}
    assert reasons == {came: "attended", again: "duplicate", colleague: "no_show"}


def test_an_address_has_an_id_and_names_with_a_word_in_common_are_told_as_alike(hub: Hub, event: str) -> None:
    names = ("Ann Smith", "Mrs Ann M. Smith", "Annie", "Bob Baker", "")
    ann, initial, annie, bob, nameless = (book(hub, event, name) for name in names)
    elsewhere = book(hub, event, "Smith, Ann", "ann@elm.example.org", ELM)
    hub.sync()
    bookings = told_of(event)
    ids = {reference: booking.person_id for reference, booking in bookings.items()}
    assert len(set(ids.values())) == 6
    assert {bookings[each].email_id for each in (ann, initial, annie, bob, nameless)} == {bookings[ann].email_id}
    assert bookings[elsewhere].email_id not in {None, bookings[ann].email_id}
    assert bookings[elsewhere].name_id == bookings[ann].name_id != bookings[initial].name_id
    assert bookings[nameless].name_id is None
    assert bookings[ann].alike_ids == {ids[initial], ids[annie], ids[nameless]}
    assert bookings[bob].alike_ids == {ids[nameless]}
    assert bookings[elsewhere].alike_ids == frozenset()


def test_a_walk_in_of_the_same_name_under_another_school_has_the_names_id(hub: Hub, event: str) -> None:
    ann = book(hub, event, "Ann O\u2018Brien")
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.do("attendance", "walk-in", "fractions", "--name", "O'Brien, Mrs Ann", "--school", "Elm Nursery")
    facts = told(event)
    assert [walk_in.name_id for walk_in in facts.walk_ins] == [told_of(event)[ann].name_id]
    assert facts.walk_ins[0].person_id != told_of(event)[ann].person_id


def test_bookings_elsewhere_are_found_by_name_and_by_address(hub: Hub, event: str, other: str) -> None:
    ann = book(hub, event, "Ann Smith")
    bob = book(hub, event, "Bob Baker", "bob@ash.example.org")
    for name, email in (("Mrs Ann Smith", ADDRESS), ("", ADDRESS), ("Smith, Ann", "ann@elm.example.org"), ("Cy", "")):
        book(hub, other, name, email)
    book(hub, other, "Bob Baker", "bob@ash.example.org")
    hub.sync()
    assert told(event).other_bookings == ()
    hub.world.cancel(hub.bookings[ann])
    hub.at("2019-11-05 08:00")
    hub.sync()
    facts = told(event)
    here = {booking.id: booking for booking in facts.bookings}[ann]
    known = {booking.person_id: booking.name_id for booking in told(other).bookings}
    found = {(elsewhere.person_id, elsewhere.name_id) for elsewhere in facts.other_bookings}
    assert len(facts.other_bookings) == 3
    assert found <= known.items()
    assert (here.person_id, here.name_id) in found
    assert {elsewhere.person_id for elsewhere in facts.other_bookings} & here.alike_ids
    assert told_of(event)[bob].person_id not in {person_id for person_id, _ in found}


def test_an_erasure_after_the_workshop_takes_no_duplicate_away(hub: Hub, event: str) -> None:
    came, again, annie = (book(hub, event, name) for name in ("Ann O'Brien", "Ann O\u2032Brien", "Annie"))
    colleague = book(hub, event, "Bob Baker", "bob@ash.example.org")
    close(hub, came)
    before, decisions = told_of(event), hub.decisions("fractions")
    hub.do("person", "erase", ADDRESS, "--yes")
    anew = book(hub, event, "Ann O'Brien")
    hub.sync()
    after = told_of(event)
    assert {reference: after[reference].is_erased for reference in (came, again, annie, colleague, anew)} == {
        # the workshop was over: who had come was known
        **dict.fromkeys((came, again, annie, colleague, anew), False)
    }
    for reference in (came, again, annie, colleague):
        one, now = before[reference], after[reference]
        assert (one.person_id, one.name_id, one.email_id) == (now.person_id, now.name_id, now.email_id)
        assert one.alike_ids == now.alike_ids
    assert hub.decisions("fractions")[again] == decisions[again]
    assert after[anew].person_id not in {after[each].person_id for each in (came, again, annie)}


def test_a_booking_that_passed_on_is_not_erased_with_who_had_it_first(hub: Hub, event: str) -> None:
    first = book(hub, event, "Ann Smith")
    hub.sync()
    hub.world.edit(hub.bookings[first], name="Bob Baker", email="bob@ash.example.org")
    hub.at("2019-09-03 09:00")
    hub.sync()
    hub.do("person", "erase", ADDRESS, "--yes")
    assert not told_of(event)[first].is_erased


@pytest.fixture
def two_rows(hub: Hub, event: str) -> tuple[str, str]:
    """One person twice in the people tables, as a hub has them that an older program kept."""
    first, second = book(hub, event, "Ann O'Brien"), book(hub, event, "Bob Baker", "bob@ash.example.org")
    hub.sync()
    ids = [told_of(event)[reference].person_id for reference in (first, second)]
    with stored() as engine, writing(engine) as connection:
        row = connection.execute(sa.select(PERSONS).where(PERSONS.c.id == ids[0])).one()
        same = {"name_id": row.name_id, "email_id": row.email_id, "name_key": row.name_key, "email_key": row.email_key}
        connection.execute(PERSONS.update().where(PERSONS.c.id == ids[1]).values(same))
    return first, second


def test_two_rows_of_one_person_are_one_wherever_they_are_read(hub: Hub, event: str, two_rows: tuple[str, str]) -> None:
    first, second = two_rows
    bookings = told_of(event)
    assert bookings[first].person_id == bookings[second].person_id
    assert bookings[first].name_id == bookings[second].name_id
    close(hub, first)
    assert hub.decisions("fractions")[second][1] == "duplicate"
    exported = hub.do("person", "export", second, "--json").json()
    assert {row["booking_id"] for row in exported["bookings"]} == {first, second}
    hub.do("person", "erase", second, "--yes")
    assert "Nothing is held" in hub.refused("person", "export", first)
    assert not any(booking.is_erased for booking in told(event).bookings)
    assert hub.decisions("fractions")[second][1] == "duplicate"


def test_a_guest_in_two_rows_is_a_guest_in_both(
    hub: Hub, event: str, two_rows: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_rows
    monkeypatch.setenv("EBSYNC_GUESTS", ADDRESS)
    hub.sync()
    assert not told_of(event)[first].is_place
    assert not told_of(event)[second].is_place

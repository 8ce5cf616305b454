"""What was ever listed as an add-on is never a place, and a class that no list described is not taken for a seat."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from eb_sync.bootstrap import build_hub
from eb_sync.sandbox.requested import NewTicketClass, Ticket
from eb_sync.store.bookings import read_event_observations
from eb_sync.workshops.event_rows import read_event_rows
from eb_sync.workshops.places import build_workshop_facts
from tests.hub import ASH, Hub

pytestmark = pytest.mark.every_database

CLASSES = (NewTicketClass(), NewTicketClass("Lunch", "add_on"))


@dataclass
class Page:
    """A workshop with a lunch, both booked by Ann; not read yet."""

    hub: Hub
    event: str
    place: str
    lunch: str

    def classes(self) -> dict[str, tuple[bool, bool]]:
        """Of each booking whether it is a place, and whether its ticket class is known, as the rules are told."""
        with closing(build_hub(None)) as opened, opened.snapshot() as (connection, snapshot):
            rows = read_event_rows(connection, snapshot, [self.event])[self.event]
            facts = build_workshop_facts(snapshot, snapshot.workshop(self.event), rows)
        return {booking.id: (booking.is_place, booking.ticket_known) for booking in facts.bookings}

    def observed(self) -> int:
        """How many observations of the event there are."""
        with closing(build_hub(None)) as opened, opened.snapshot() as (connection, snapshot):
            return len(read_event_observations(connection, snapshot.hub_id, snapshot.last_fact_id, [self.event]))

    def close(self) -> None:
        """The day is over, and nobody came."""
        self.hub.at("2019-11-05 16:00")
        self.hub.sync()
        self.hub.do("attendance", "close", self.event, "--nobody-came")


@pytest.fixture
def page(hub: Hub) -> Page:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions", ticket_classes=CLASSES)
    ann = ("Ann Archer", "ann@ash.example.org", ASH)
    place, lunch = hub.world.book(event, (Ticket(*ann), Ticket(*ann, ticket_class="Lunch")))
    return Page(hub, event, f"B{place}", f"B{lunch}")


def test_a_lunch_stays_a_lunch_when_the_list_leaves_it_out(page: Page) -> None:
    hub = page.hub
    hub.sync()
    hub.at("2019-10-01 09:00")
    hub.world.unlist_ticket_class(page.event, "Lunch")
    hub.world.rename(page.event, "Fractions again")
    page.close()
    assert page.classes() == {page.place: (True, True), page.lunch: (False, True)}
    assert list(hub.decisions(page.event)) == [page.place]


def test_a_lunch_stays_a_lunch_when_it_is_listed_as_admission_later(page: Page) -> None:
    page.hub.sync()
    page.hub.world.recategorise_ticket_class(page.event, "Lunch", "admission")
    page.close()
    assert page.classes() == {page.place: (True, True), page.lunch: (False, True)}


def test_what_turns_out_to_be_a_lunch_is_none_of_the_places_any_longer(page: Page) -> None:
    page.hub.world.recategorise_ticket_class(page.event, "Lunch", "admission")
    page.hub.sync()
    assert page.classes() == {page.place: (True, True), page.lunch: (True, True)}
    page.hub.world.recategorise_ticket_class(page.event, "Lunch", "add_on")
    page.close()
    assert page.classes() == {page.place: (True, True), page.lunch: (False, True)}


def test_a_class_that_no_list_ever_described_is_unknown_until_one_does(page: Page) -> None:
    described = page.hub.world.event(page.event)
    page.hub.world.unlist_ticket_class(page.event, "Lunch")
    page.hub.sync()
    assert page.classes() == {page.place: (True, True), page.lunch: (True, False)}
    page.hub.at("2019-10-01 09:00")
    page.hub.world.put_event(described)
    page.hub.do("sync", "--full")
    assert page.classes() == {page.place: (True, True), page.lunch: (False, True)}


def test_a_list_without_any_ticket_class_says_nothing_of_any_booking(page: Page) -> None:
    page.hub.world.unlist_ticket_class(page.event, "Lunch")
    page.hub.world.unlist_ticket_class(page.event, "Work Group place")
    page.hub.sync()
    assert page.classes() == {page.place: (True, False), page.lunch: (True, False)}


def test_lists_that_come_with_a_class_and_without_it_add_no_observation_for_ever(page: Page) -> None:
    hub = page.hub
    hub.sync()
    with_lunch = hub.world.event(page.event)
    for _ in range(3):
        hub.world.unlist_ticket_class(page.event, "Lunch")
        hub.sync()
        hub.world.put_event(with_lunch)
        hub.sync()
    assert page.observed() == 1
    for category in ("admission", "add_on", "admission", "donation"):
        hub.world.recategorise_ticket_class(page.event, "Lunch", category)
        hub.sync()
    # described as a seat once, and as none once: that is all there is to know
    assert page.observed() == 2


def test_what_was_recorded_before_seats_were_counts_as_described_until_a_list_is_read(page: Page) -> None:
    hub = page.hub
    hub.world.unlist_ticket_class(page.event, "Lunch")
    hub.sync()
    with closing(build_hub(None)) as opened, opened.engine.begin() as connection:
        connection.execute(sa.text("UPDATE event_observations SET seat_classes = NULL"))
    assert page.classes() == {page.place: (True, True), page.lunch: (True, True)}
    hub.sync()
    hub.sync()
    # read once more so that the seats are recorded; what no list describes is asked about from then on
    assert page.observed() == 2
    assert page.classes() == {page.place: (True, True), page.lunch: (True, False)}

"""An event that Eventbrite shows, and yet does not know when asked for its bookings, is unreadable and not gone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from eb_sync.sandbox.faults import Fault, FaultKind
from tests.hub import Hub

pytestmark = pytest.mark.every_database

ALWAYS = 10_000


@dataclass
class Pages:
    """Two workshops on one day, each with a booking, read a day before."""

    hub: Hub
    event: str
    booking: str
    other: str
    other_booking: str

    def refuse(self, path: str, query: str = "") -> None:
        """From now on Eventbrite answers 404 there."""
        self.hub.world.faults.order(Fault(FaultKind.NOT_FOUND, path, times=ALWAYS, query=query))

    def refuse_attendees(self, query: str = "") -> None:
        """From now on Eventbrite does not know the first event's bookings."""
        self.refuse(f"/events/{self.event}/attendees/", query)

    def hide_from_lists(self) -> None:
        """From now on lists come without what belongs to each event: all that they tell is its id."""
        self.hub.world.faults.order(Fault(FaultKind.EXPANSION_FAILED, "/organizations/", times=ALWAYS))

    def close(self) -> None:
        """Nobody came to either workshop."""
        for event in (self.event, self.other):
            self.hub.do("attendance", "close", event, "--nobody-came")

    def reasons(self) -> list[str]:
        """Why the first booking is judged as it is, and the other."""
        return [
            self.hub.decisions(event)[booking][1]
            for event, booking in ((self.event, self.booking), (self.other, self.other_booking))
        ]

    def findings(self) -> set[str]:
        return {f["finding"] for f in self.hub.do("check", "--json").json()["findings"]}


@pytest.fixture
def pages(hub: Hub) -> Pages:
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
    event, other = (
        hub.event(title, "2019-11-05 10:00", "2019-11-05 15:00", slug=title.lower()) for title in ("Fractions", "Ratio")
    )
    booking, other_booking = hub.book(event, "Teacher Ann"), hub.book(other, "Teacher Bob")
    hub.at("2019-11-04 11:00")
    hub.sync()
    return Pages(hub, event, booking, other, other_booking)


@pytest.mark.parametrize("query", ["", "status=not_attending"])
def test_an_event_that_is_listed_is_owed_named_and_stale_while_its_attendees_are_404(pages: Pages, query: str) -> None:
    hub = pages.hub
    pages.refuse_attendees(query)
    result = hub.run("sync", "--json")
    assert result.code == 3
    assert f"Event {pages.event} could not be read" in result.err
    assert "1 events are still to be read completely" in result.err
    assert "event_vanished" not in pages.findings()
    hub.at("2019-11-05 16:00")
    assert hub.run("sync").code == 3
    pages.close()
    assert pages.reasons() == ["bookings_stale", "no_show"]
    hub.world.faults.clear()
    hub.sync()
    assert pages.reasons() == ["no_show", "no_show"]


def test_a_single_event_that_is_unreadable_does_not_pass_for_eventbrite_being_down(hub: Hub) -> None:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00")
    hub.book(event, "Teacher Ann")
    hub.world.faults.order(Fault(FaultKind.NOT_FOUND, "/attendees/", times=ALWAYS))
    first = hub.run("sync", "--json")
    assert (first.code, first.json()["events"], first.json()["attendees"]) == (3, 1, 0)
    assert len(hub.do("workshops", "--json").json()["workshops"]) == 1
    hub.world.faults.clear()
    # owed, so that it is read though it is far ahead
    assert hub.sync().json()["attendees"] == 1


def test_an_event_that_a_bare_list_names_is_not_gone_though_it_is_404_itself(pages: Pages) -> None:
    hub = pages.hub
    pages.hide_from_lists()
    pages.refuse(f"/events/{pages.event}/$")
    hub.at("2019-11-04 12:00")
    result = hub.run("sync", "--json")
    assert (result.code, f"Event {pages.event} could not be read" in result.err) == (3, True)
    assert "event_vanished" not in pages.findings()
    hub.world.faults.clear()
    hub.sync()


def test_an_event_that_is_over_is_unreadable_while_only_its_attendees_are_404(pages: Pages) -> None:
    hub = pages.hub
    hub.at("2019-11-06 12:00")
    pages.refuse_attendees()
    # no longer among current and future events: it is read by itself, and shown
    result = hub.run("sync", "--json")
    assert (result.code, f"Event {pages.event} could not be read" in result.err) == (3, True)
    pages.close()
    assert pages.reasons() == ["bookings_stale", "no_show"]


def test_an_event_that_is_neither_listed_nor_known_is_gone_and_nothing_is_owed(pages: Pages) -> None:
    hub = pages.hub
    pages.refuse_attendees()
    assert hub.run("sync").code == 3
    hub.world.faults.clear()
    hub.world.remove_event(pages.event)
    hub.at("2019-11-04 12:00")
    assert hub.run("sync").code == 0
    assert "event_vanished" in pages.findings()
    hub.at("2019-11-05 16:00")
    hub.sync()
    pages.close()
    assert pages.reasons() == ["bookings_stale", "no_show"]


def test_a_draft_whose_attendees_are_404_is_gone_like_any_draft(pages: Pages) -> None:
    hub = pages.hub
    hub.world.unpublish(pages.event)
    pages.refuse_attendees()
    hub.at("2019-11-04 12:00")
    assert hub.run("sync").code == 0
    assert "event_vanished" in pages.findings()
    hub.world.publish(pages.event)
    assert hub.run("sync").code == 3
    hub.world.faults.clear()
    hub.sync()
    assert "event_vanished" not in pages.findings()


def test_what_changed_since_is_asked_for_again_while_that_list_is_404(pages: Pages) -> None:
    hub = pages.hub
    far = hub.event("Proof", "2020-03-10 10:00", "2020-03-10 15:00", slug="proof")
    ann = hub.book(far, "Teacher Ann")
    hub.sync()
    hub.at("2019-11-05 10:30")
    hub.world.cancel(hub.bookings[ann])
    hub.world.check_in(hub.bookings[pages.booking])
    pages.refuse("/organizations/7001/attendees/")
    for clock in ("2019-11-05 11:00", "2019-11-05 12:00"):
        hub.at(clock)
        result = hub.run("sync", "--json")
        assert (result.code, "What changed elsewhere could not be read" in result.err) == (3, True)
    # events in their window are read all the same
    assert pages.reasons()[0] == "attended"
    assert hub.decisions("proof")[ann][1] == "not_over"
    hub.world.faults.clear()
    hub.sync()
    notice = hub.do("charges", "proof", "--json").json()["decisions"][0]["notice"]
    assert (notice["latest_at"], notice["verdict"]) == ("2019-11-05T10:30:00Z", "in_time")


def test_an_organisation_whose_events_are_404_is_still_a_setting_to_mend(pages: Pages) -> None:
    pages.refuse("/organizations/7001/")
    assert "EBSYNC_ORGANIZATION_ID" in pages.hub.refused("sync", code=78)

"""What sync makes of what happens on Eventbrite: over HTTP from the sandbox, into a real database (DESIGN 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.requested import NewEvent, NewSeries, NewTicketClass, Ticket
from tests.hub import ASH, Hub

pytestmark = pytest.mark.every_database


@dataclass
class Page:
    """A workshop of six bookings, read once."""

    hub: Hub
    event: str
    bookings: list[str]

    def reasons(self) -> list[str]:
        decisions = self.hub.decisions(self.event)
        return [decisions[booking][1] for booking in self.bookings]


@pytest.fixture
def page(hub: Hub) -> Page:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    bookings = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.sync()
    return Page(hub, event, bookings)


def test_reading_the_same_picture_twice_adds_nothing(page: Page) -> None:
    again = page.hub.sync().json()
    assert (again["observations"], again["vanished"]) == (0, 0)
    full = page.hub.do("sync", "--full", "--json").json()
    assert (full["events"], full["attendees"], full["observations"]) == (1, 6, 0)


def test_a_quiet_run_asks_little(page: Page) -> None:
    page.hub.at("2019-09-10 02:00")
    assert page.hub.sync().json()["requests"] == 3


def test_a_change_outside_the_window_comes_by_the_list_of_changes(page: Page) -> None:
    hub = page.hub
    hub.at("2019-09-09 12:00")
    hub.sync()
    hub.at("2019-09-10 12:00")
    hub.world.cancel(hub.bookings[page.bookings[0]])
    hub.world.edit(hub.bookings[page.bookings[1]], name="Zoe Other")
    hub.at("2019-09-10 13:00")
    read = hub.sync().json()
    assert (read["attendees"], read["observations"]) == (2, 2)
    decisions = hub.do("charges", "fractions", "--json").json()["decisions"]
    assert decisions[0]["reason"] == "notice_in_time"
    assert decisions[0]["notice"]["latest_at"] == "2019-09-10T11:00:00Z"
    assert decisions[1]["teacher"] == "Zoe Other"


def test_a_check_in_that_moves_nothing_is_found_in_the_window(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-05 10:10")
    hub.world.check_in(hub.bookings[page.bookings[0]])
    hub.at("2019-11-05 11:00")
    assert hub.sync().json()["observations"] == 1
    assert page.reasons()[0] == "attended"
    hub.world.undo_check_in(hub.bookings[page.bookings[0]])
    hub.at("2019-11-05 12:00")
    hub.sync()
    assert page.reasons()[0] == "not_over"


def test_a_row_that_disappears_is_vanished_and_never_cancelled(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-04 11:00")
    hub.sync()
    hub.world.delete(hub.bookings[page.bookings[0]], entirely=True)
    hub.world.delete(hub.bookings[page.bookings[1]])
    hub.at("2019-11-04 12:00")
    assert hub.sync().json()["vanished"] == 2
    assert hub.do("workshops", "--json").json()["workshops"][0]["vanished"] == 2
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert page.reasons()[:3] == ["booking_vanished", "booking_vanished", "no_show"]
    hub.do("review", "decide", "fractions", page.bookings[0], "charge")
    hub.do("review", "decide", "fractions", page.bookings[1], "never-booked")
    assert page.reasons()[:2] == ["no_show", "never_booked"]


def test_most_bookings_ending_at_once_is_held_until_a_person_allows_it(page: Page) -> None:
    hub = page.hub
    other = hub.event("Other", "2019-11-05 10:00", "2019-11-05 15:00", slug="other")
    ann = hub.book(other, "Gus Other")
    hub.at("2019-11-04 11:00")
    hub.sync()
    for booking in page.bookings[:4]:
        hub.world.cancel(hub.bookings[booking])
    hub.world.cancel(hub.bookings[ann])
    hub.at("2019-11-04 12:00")
    held = hub.run("sync", "--json")
    assert held.code == 65
    assert held.json()["held"] == [{"event_id": page.event, "active": 6, "would_end": 4}]
    assert "--allow-mass-change" in held.err
    assert hub.decisions("other")[ann][1] == "not_over"
    assert hub.do("charges", "other", "--json").json()["decisions"][0]["notice"]["verdict"] == "late"
    assert hub.do("status", "--json").json()["held"][0]["event_id"] == page.event
    hub.at("2019-11-05 16:00")
    assert hub.run("sync").code == 65
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert page.reasons() == ["bookings_stale"] * 6
    assert "fractions" in hub.refused("sync", "--allow-mass-change", "fractoins")
    hub.do("sync", "--allow-mass-change", "fractions")
    notice = hub.do("charges", "fractions", "--json").json()["decisions"][0]["notice"]
    # applied with its own time, not that of the run that allowed it
    assert notice["latest_at"] == "2019-11-04T11:00:00Z"
    assert page.reasons() == ["late_notice"] * 4 + ["no_show"] * 2
    assert hub.sync().json()["held"] == []


def test_a_read_that_looks_right_again_supersedes_the_held_one(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-04 11:00")
    for booking in page.bookings[:4]:
        hub.world.cancel(hub.bookings[booking])
    assert hub.run("sync").code == 65
    for booking in page.bookings[:4]:
        hub.world.revive(hub.bookings[booking])
    hub.at("2019-11-04 12:00")
    hub.sync()
    assert hub.do("status", "--json").json()["held"] == []
    assert set(page.reasons()) == {"not_over"}


def test_a_mass_change_in_the_list_of_changes_is_held_too(page: Page) -> None:
    hub = page.hub
    hub.at("2019-09-20 12:00")
    for booking in page.bookings:
        hub.world.cancel(hub.bookings[booking])
    hub.at("2019-09-20 13:00")
    assert hub.run("sync").code == 65


def test_a_called_off_event_may_lose_all_its_bookings(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-04 11:00")
    hub.world.call_off(page.event)
    for booking in page.bookings:
        hub.world.cancel(hub.bookings[booking])
    hub.at("2019-11-04 12:00")
    assert hub.sync().json()["held"] == []
    assert set(page.reasons()) == {"workshop_cancelled"}
    assert hub.do("workshops", "--json").json()["workshops"][0]["state"] == "cancelled"
    hub.do("workshop", "reinstate", "fractions")
    assert "workshop_cancelled" not in page.reasons()


def test_an_event_called_off_after_it_took_place_is_not_cancelled(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-05 11:00")
    hub.sync()
    hub.at("2019-11-06 11:00")
    hub.world.call_off(page.event)
    hub.at("2019-11-06 12:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert set(page.reasons()) == {"no_show"}


def test_an_unreadable_row_is_quarantined_once_and_heals(page: Page) -> None:
    hub = page.hub
    hub.at("2019-09-09 12:00")
    hub.sync()
    hub.at("2019-11-05 15:30")
    hub.world.faults.order(Fault(FaultKind.MALFORMED_ROW, f"/events/{page.event}/attendees/", times=2))
    bad = hub.run("sync", "--json")
    assert bad.code == 3
    assert len(bad.json()["quarantined"]) == 1
    assert "Teacher" not in bad.out + bad.err
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert sorted(page.reasons()) == ["bookings_stale", *["no_show"] * 5]
    hub.world.faults.order(Fault(FaultKind.MALFORMED_ROW, f"/events/{page.event}/attendees/", times=2))
    assert hub.do("sync", "--json").json()["quarantined"] == []
    assert len(hub.do("status", "--json").json()["quarantined"]) == 1
    hub.sync()
    assert hub.do("status", "--json").json()["quarantined"] == []
    assert set(page.reasons()) == {"no_show"}


def test_an_event_that_is_gone_keeps_its_facts_and_charges_nobody(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-04 11:00")
    hub.world.remove_event(page.event)
    hub.sync()
    findings = hub.do("check", "--json").json()["findings"]
    assert [f["finding"] for f in findings if f["severity"] == "error"] == ["event_vanished"]
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert set(page.reasons()) == {"bookings_stale"}


def test_an_event_back_in_draft_is_not_judged_until_it_is_published_again(page: Page) -> None:
    hub = page.hub
    hub.world.unpublish(page.event)
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert set(page.reasons()) == {"bookings_stale"}
    hub.world.publish(page.event)
    hub.sync()
    assert set(page.reasons()) == {"no_show"}


def test_a_new_date_before_the_workshop_asks_about_those_who_had_booked(page: Page) -> None:
    hub = page.hub
    hub.at("2019-10-20 12:00")
    hub.world.move(page.event, "2019-11-12 10:00", "2019-11-12 15:00")
    hub.at("2019-10-20 13:00")
    hub.sync()
    late = hub.book(page.event, "Late Booker")
    hub.at("2019-11-12 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert set(page.reasons()) == {"workshop_moved"}
    assert hub.decisions("fractions")[late] == ("charge", "no_show")
    hub.do("review", "decide", "fractions", page.bookings[0], "charge")
    assert page.reasons()[0] == "no_show"


def test_a_new_date_read_after_the_end_waits_for_a_person(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-06 12:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert set(page.reasons()) == {"no_show"}
    hub.world.move(page.event, "2020-02-04 10:00", "2020-02-04 15:00")
    hub.sync()
    assert set(page.reasons()) == {"dates_unknown"}
    findings = hub.do("check", "fractions", "--json").json()["findings"]
    assert "date_changed_after_end" in {f["finding"] for f in findings}
    hub.do("workshop", "move", "fractions", "2019-11-05 10:00/15:00")
    assert set(page.reasons()) == {"no_show"}


def test_add_ons_guests_and_draft_pages_are_no_places(hub: Hub) -> None:
    lunch = (NewTicketClass(), NewTicketClass("Lunch", "add_on"))
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions", ticket_classes=lunch)
    hub.event("Draft", "2019-12-05 10:00", "2019-12-05 15:00", draft=True)
    tickets = (
        Ticket("Ann Archer", "ann@ash.example.org", ASH),
        Ticket("Ann Archer", "ann@ash.example.org", ASH, ticket_class="Lunch"),
    )
    ann = f"B{hub.world.book(event, tickets)[0]}"
    hub.world.book(event, (Ticket("Hub Host", "host@hub.example.org"),))
    hub.patch.setenv("EBSYNC_GUESTS", "Host@hub.example.org, other@hub.example.org")
    assert hub.sync().json()["events"] == 2
    assert list(hub.decisions("fractions")) == [ann]
    assert len(hub.do("workshops", "--json").json()["workshops"]) == 1


def test_the_children_of_a_series_are_workshops_and_the_parent_is_none(hub: Hub) -> None:
    pattern = NewEvent("Twilights", "2019-11-05 16:00", "2019-11-05 17:00", slug="twilights")
    dates = (("2019-11-05 16:00", "2019-11-05 17:00"), ("2019-12-03 16:00", "2019-12-03 17:00"))
    parent, children = hub.world.add_series(NewSeries(pattern, dates))
    ann = hub.book(children[0], "Ann Archer")
    hub.sync()
    listed = hub.do("workshops", "--json").json()["workshops"]
    assert [(w["id"], w["day"]) for w in listed] == [(children[0], 1), (children[1], 2)]
    assert list(hub.decisions("twilights/1")) == [ann]
    assert "could mean several" in hub.refused("charges", parent)
    assert hub.do("charges", "twilights@2019-12-03", "--json").json()["decisions"] == []
    assert "series" in hub.refused("workgroup", "dates", children[0], "2019-12-10 10:00/15:00")
    findings = hub.do("check", parent, "--json").json()["findings"]
    assert {f["workgroup_id"] for f in findings} == {parent}


def test_unnamed_seats_are_nobodys_duplicates_and_have_no_initials(hub: Hub) -> None:
    event = hub.event(
        "Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions", survey_respondent="ticket_buyer"
    )
    ticket = Ticket("Ann Archer", "ann@ash.example.org", ASH)
    seats = [f"B{number}" for number in hub.world.book(event, (ticket, ticket))]
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert hub.decisions("fractions") == dict.fromkeys(seats, ("charge", "no_show"))
    findings = {f["finding"] for f in hub.do("check", "--json").json()["findings"]}
    assert "teacher_unnamed" in findings
    assert "same_teacher_twice" not in findings
    hub.do("invoices", "--yes", "-o", "out")
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(hub.folder / "out" / "INV-000001.pdf").pages)
    assert "place 2 of order" in text
    assert "Archer" not in text


def test_settings_that_change_are_facts_for_looking_back(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert set(page.reasons()) == {"no_show"}
    hub.at("2019-11-06 09:00")
    hub.patch.setenv("EBSYNC_SCOPE__SLUGS", "elsewhere")
    assert set(page.reasons()) == {"outside_policy"}
    then = hub.do("charges", "fractions", "--as-of", "2019-11-05 16:30", "--json").json()
    assert {d["reason"] for d in then["decisions"]} == {"no_show"}
    hub.sync()
    hub.patch.delenv("EBSYNC_SCOPE__SLUGS")
    now = hub.do("charges", "fractions", "--as-of", "2019-11-06 09:00", "--json").json()
    assert {d["reason"] for d in now["decisions"]} == {"no_show"}
    hub.at("2019-11-07 09:00")
    looking_back = hub.do("charges", "fractions", "--as-of", "2019-11-06 09:00", "--json").json()
    assert {d["reason"] for d in looking_back["decisions"]} == {"outside_policy"}


def test_eventbrite_down_is_75_and_nothing_is_written(page: Page) -> None:
    hub = page.hub
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
    hub.world.faults.order(Fault(FaultKind.BAD_GATEWAY, "", times=100))
    assert "try again" in hub.refused("sync", code=75)
    hub.world.faults.clear()
    assert hub.sync().json()["observations"] == 0


def test_answers_are_found_under_other_labels_and_in_the_profile(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_QUESTIONS__SCHOOL", "Which school?;Other")
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", questions=("WHICH SCHOOL", "School URN"))
    hub.book(event, "Ann Archer", {"WHICH SCHOOL": "Ash Lane Primary", "School URN": " 800001 "})
    hub.sync()
    waiting = hub.do("schools", "list", "--json").json()["waiting"]
    assert [(w["typed_name"], w["typed_urn"]) for w in waiting] == [("Ash Lane Primary", "800001")]


def test_a_workshop_called_off_before_its_start_is_free_though_eventbrite_showed_it_late(page: Page) -> None:
    hub = page.hub
    hub.at("2019-11-05 09:58")
    hub.world.visible_after = timedelta(minutes=5)
    hub.world.call_off(page.event)
    hub.at("2019-11-05 10:01")
    hub.sync()
    hub.at("2019-11-05 15:30")
    hub.sync()
    assert set(page.reasons()) == {"workshop_cancelled"}

"""A status that nobody has described proves nothing: told once, counted while it lasts, and given to the rules."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from eb_sync.bootstrap import build_hub
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.workshops.event_rows import read_event_rows
from eb_sync.workshops.places import build_workshop_facts
from tests.hub import Hub

pytestmark = pytest.mark.every_database

ALWAYS = 10_000


@dataclass
class Page:
    """A workshop of six bookings, the last of them cancelled, read once a day before it begins."""

    hub: Hub
    event: str
    bookings: list[str]

    def rename_status(self, *bookings: str, word: str | None = "Transferred") -> None:
        """From now on Eventbrite gives these bookings another status; None: their own again."""
        for booking in bookings:
            self.hub.world.reword_status(self.hub.bookings[booking], word)

    def known(self) -> dict[str, tuple[str, bool]]:
        """Of each booking whether it is active, and whether its status is known, as the rules are told."""
        with closing(build_hub(None)) as opened, opened.snapshot() as (connection, snapshot):
            rows = read_event_rows(connection, snapshot, [self.event])[self.event]
            facts = build_workshop_facts(snapshot, snapshot.workshop(self.event), rows)
        newest = {booking.id: booking.observations[-1] for booking in facts.bookings}
        return {key: (observation.presence.value, observation.status_known) for key, observation in newest.items()}

    def counted(self) -> Any:  # noqa: ANN401 - JSON
        return self.hub.do("status", "--json").json()["undescribed_statuses"]


@pytest.fixture
def page(hub: Hub) -> Page:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    bookings = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.world.cancel(hub.bookings[bookings[5]])
    hub.at("2019-11-04 11:00")
    hub.sync()
    return Page(hub, event, bookings)


def test_a_word_that_nobody_has_described_is_told_once_and_only_once(page: Page) -> None:
    page.rename_status(page.bookings[0])
    first = page.hub.run("sync", "--json")
    assert (first.code, first.json()["observations"]) == (3, 1)
    assert '"Transferred"' in first.err
    assert "status_unknown" in first.err
    second = page.hub.do("sync", "--full")
    assert "Transferred" not in second.err
    # nor where another booking gets it later, or the word comes back
    page.hub.at("2019-11-04 11:20")
    page.rename_status(page.bookings[0], word=None)
    page.hub.sync()
    page.hub.at("2019-11-04 11:40")
    page.rename_status(*page.bookings[:2])
    assert page.hub.sync().json()["observations"] == 2
    page.rename_status(page.bookings[2], word="Refund Requested")
    page.rename_status(page.bookings[3], word="Unpaid")
    other = page.hub.run("sync", "--json")
    assert other.code == 3
    assert [word in other.err for word in ("Transferred", "Refund Requested", "Unpaid")] == [False, True, True]


def test_the_rules_are_told_that_the_status_is_not_known(page: Page) -> None:
    ann, bob, *_, fay = page.bookings
    page.rename_status(ann, bob, fay)
    page.hub.run("sync")
    assert page.known() == {
        **dict.fromkeys(page.bookings, ("active", True)),
        ann: ("active", False),
        bob: ("active", False),
        # the flag says that it is cancelled, whatever the word means
        fay: ("cancelled", False),
    }


def test_a_missing_status_is_not_known_either_and_is_no_news_to_end_a_run_with(page: Page) -> None:
    strip = Fault(FaultKind.MISSING_KEYS, "/attendees/", times=ALWAYS, keys=("status",))
    page.hub.world.faults.order(strip)
    assert page.hub.sync().json()["observations"] == 6
    assert {known for _, known in page.known().values()} == {False}
    assert page.counted() == [{"status": "", "bookings": 6, "active": 5}]
    assert "A missing status" in page.hub.do("status").out


def test_status_and_nightly_name_each_word_as_long_as_a_booking_carries_it(page: Page) -> None:
    ann, bob, *_, fay = page.bookings
    page.rename_status(ann, fay)
    page.rename_status(bob, word="Refund Requested")
    page.hub.run("sync")
    assert page.counted() == [
        {"status": "Refund Requested", "bookings": 1, "active": 1},
        {"status": "Transferred", "bookings": 2, "active": 1},
    ]
    said = page.hub.do("status").out
    assert 'The status "Transferred", which nobody has described: 2 bookings, 1 of them active.' in said
    night = page.hub.do("nightly", "--json")
    details = {step["step"]: step["details"] for step in night.json()["steps"]}["reviews"]
    assert [line.count("status_unknown") for line in details] == [1, 1]
    assert "Refund Requested" in details[0]
    # gone, vanished or described again: nothing carries it any longer
    page.rename_status(bob, fay, word=None)
    page.hub.world.delete(page.hub.bookings[ann], entirely=True)
    page.hub.at("2019-11-04 12:00")
    page.hub.sync()
    assert page.counted() == []
    assert "status_unknown" not in page.hub.do("status").out + page.hub.do("nightly").err


def test_a_long_word_is_cut_for_people_and_kept_for_programs(page: Page) -> None:
    word = "Transferred\nto " + "x" * 300
    page.rename_status(page.bookings[0], word=word)
    told = page.hub.run("sync")
    assert told.code == 3
    shown = f'"Transferred to {"x" * 25}..."'
    assert shown in told.err
    assert shown in page.hub.do("status").out
    assert page.counted() == [{"status": " ".join(word.split()), "bookings": 1, "active": 1}]


def test_a_word_in_a_read_that_is_held_is_told_when_that_read_is_allowed(page: Page) -> None:
    for booking in page.bookings[:4]:
        page.hub.world.cancel(page.hub.bookings[booking])
    page.rename_status(*page.bookings)
    held = page.hub.run("sync")
    assert (held.code, "Transferred" in held.err) == (65, False)
    allowed = page.hub.run("sync", "--allow-mass-change", page.event)
    assert (allowed.code, "Transferred" in allowed.err) == (3, True)
    assert page.hub.run("sync").code == 0

"""A hub, its world, and the truth about both, moved together: each verb does something and notes that it happened."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eb_sync.eventbrite import client as eventbrite_client
from eb_sync.sandbox.requested import NewEvent, NewSeries, NewTicketClass, Ticket
from eb_sync.sandbox.rows import TicketClass
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from eb_sync.store.engine import open_database
from tests.databases import SQLITE, ready_database
from tests.forked import Forked, Kill
from tests.hub import ASH, ELM, SETTINGS, Hub, Result
from tests.property.hub_truth import LONDON, Said, Spell, TrueBooking, TrueDate, TrueWorkshop, Truth

OAK = {"School name": "Oak School", "Your role in school": "Teacher"}
SCHOOLS: tuple[dict[str, str], ...] = (ASH, ELM, OAK, {})
PEOPLE = ("Ann Archer", "Bob Baker", "Cat Carter", "Dan Draper", "Eve Fisher", "Fay Gardner")
SPELLINGS = ("Ann Archer", "Archer, Ann", "Mrs Ann Archer", "ANN ARCHER", "Annie Archer", "Bob Baker", "baker, bob")
CLASSES = (NewTicketClass(), NewTicketClass("Lunch", "add_on"))
APPLIED = frozenset({0, 3, 65})
"""Exit codes of a sync that wrote something."""
REFUSALS = frozenset({0, 2, 3})
FIRST_DAYS = (datetime(2019, 10, 22, 8, tzinfo=LONDON), datetime(2020, 3, 24, 8, tzinfo=LONDON))
"""A few days before the clocks change."""


class _NoWaiting:
    """Stands for `time` where the client waits before it asks again."""

    @staticmethod
    def sleep(_seconds: float) -> None:
        """Go on at once."""


@dataclass
class Play:
    """The whole stack, in process but for what is to be killed."""

    hub: Hub
    forked: Forked
    truth: Truth
    history: list[str] = field(default_factory=list)
    """What was done, to be read when something fails."""
    files: int = 0
    later_days: list[tuple[str, str]] = field(default_factory=list)
    declared: int = 0
    kept_classes: dict[str, tuple[TicketClass, ...]] = field(default_factory=dict)
    """Ticket classes of events as they were in the beginning."""

    @property
    def world(self) -> World:
        """The sandbox's."""
        return self.hub.world

    def note(self, text: str) -> None:
        """Keep a line of history."""
        self.history.append(f"{self.truth.now_at.isoformat()} {text}")

    def set_clock(self, instant: datetime) -> None:
        """Set the clock of world and hub; it never goes back."""
        self.world.set_clock(max(instant, self.world.now_at).astimezone(UTC))
        self.world.set_used_calls(0)
        self.truth.now_at = self.world.now_at
        self.hub.patch.setenv("EBSYNC_NOW", self.world.now_at.isoformat())

    def pass_time(self, by: timedelta) -> None:
        """Let time pass."""
        self.set_clock(self.world.now_at + by)

    # --- Eventbrite

    def open_events(self) -> None:
        """A single event, a series of two, and one page for two days; schools; a first sync."""
        day = self.world.now_at.astimezone(LONDON).date()

        def at(days: int, clock: str) -> str:
            return f"{day + timedelta(days=days)} {clock}"

        single = NewEvent("Single", at(4, "10:00"), at(4, "15:00"), slug="single", ticket_classes=CLASSES)
        series = NewSeries(
            NewEvent("Series", at(5, "10:00"), at(5, "12:00"), slug="series"),
            ((at(5, "10:00"), at(5, "12:00")), (at(9, "09:30"), at(9, "15:30"))),
        )
        page = NewEvent("Page", at(3, "10:00"), at(7, "15:00"), slug="page")
        page_id = self.world.add_event(page)
        self._open_later(at)
        for event_id in (self.world.add_event(single), *self.world.add_series(series)[1]):
            event = self.world.event(event_id)
            dates = [TrueDate(event.created_at - self.truth.skew, event.starts_at, event.ends_at)]
            self.truth.workshops[event_id] = TrueWorkshop(event_id, event_id, dates)
        where = ("--address", "1 Road", "--postcode", "ZZ1 1ZZ")
        self.run("schools", "add", "--urn", "800001", "--name", "Ash Lane Primary", *where)
        self.run("schools", "add", "--name", "Elm Nursery", *where)
        self.sync(full=True)
        days = [f"{at(number, '10:00')}/15:00" for number in (3, 7)]
        self.run("workgroup", "dates", page_id, *days)
        created_at = self.world.event(page_id).created_at - self.truth.skew
        for number, count in enumerate((3, 7), 1):
            starts_at, ends_at = (self._local(f"{at(count, clock)}") for clock in ("10:00", "15:00"))
            dates = [TrueDate(created_at, starts_at, ends_at)]
            day_id = f"{page_id}/{number}"
            self.truth.workshops[day_id] = TrueWorkshop(day_id, page_id, dates, is_single=False)

    def _open_later(self, at: Callable[[int, str], str]) -> None:
        """A page whose days nobody has declared yet."""
        later_id = self.world.add_event(NewEvent("Later", at(4, "10:00"), at(8, "15:00"), slug="later"))
        event = self.world.event(later_id)
        dates = [TrueDate(event.created_at - self.truth.skew, event.starts_at, event.ends_at)]
        self.truth.workshops[later_id] = TrueWorkshop(later_id, later_id, dates, is_single=False, is_undeclared=True)
        self.later_days = [(at(number, "10:00"), at(number, "15:00")) for number in (4, 8)]

    def declare(self) -> None:
        """Say which days the page stands for, if nobody has."""
        page = next((workshop for workshop in self.truth.workshops.values() if workshop.is_undeclared), None)
        if page is None:
            return
        days = [f"{starts}/{ends.split()[1]}" for starts, ends in self.later_days]
        result = self.run("workgroup", "dates", page.id, *days)
        if result.code != 0:
            return
        del self.truth.workshops[page.id]
        for fact_id, (starts, ends) in zip(map(int, result.facts), self.later_days, strict=True):
            self.declared += 1  # numbers are never given twice
            number = self.declared
            self.truth.said.append(Said(fact_id, self.truth.now_at, "declare", page.id, word=str(number)))
            dates = [TrueDate(page.dates[0].announced_at, self._local(starts), self._local(ends))]
            day = TrueWorkshop(f"{page.id}/{number}", page.id, dates, is_single=False, declared_at=self.truth.now_at)
            self.truth.workshops[day.id] = day

    @staticmethod
    def _local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)

    def book(
        self, event_id: str, name: str, email: str, school: dict[str, str], seats: int = 1, ticket: str | None = None
    ) -> None:
        """Place one order."""
        tickets = [Ticket(name, email, school, ticket_class=ticket)] * seats
        order_id = self.world.ids.allot("order")
        for attendee_id in self.world.book(event_id, tickets, order_id=order_id):
            booking = TrueBooking(
                attendee_id, event_id, order_id, self.world.now_at, (name, email), school.get("School name")
            )
            booking.is_add_on = ticket is not None
            self.truth.bookings[booking.reference] = booking
            self.note(f"{booking.reference} booked on {event_id} by {name}, {email}, {ticket or 'a place'}")

    def end(self, booking: TrueBooking, how: str) -> None:
        """Cancel, delete, or delete entirely."""
        self.note(f"{booking.reference} {how}")
        if how == "cancel":
            self.world.cancel(booking.attendee_id)
        else:
            self.world.delete(booking.attendee_id, entirely=how == "delete entirely")
            booking.is_gone, booking.is_deleted = how == "delete entirely", True
        if booking.ended is None:
            booking.spells.append(Spell(self.world.now_at, None, cancelled=how == "cancel"))

    def revive(self, booking: TrueBooking) -> None:
        """Take a cancellation or deletion back."""
        self.note(f"{booking.reference} revived")
        self.world.revive(booking.attendee_id)
        booking.is_deleted = False
        booking.spells[-1].until = self.world.now_at
        booking.check_ins.append((self.world.now_at, False))

    def edit(self, booking: TrueBooking, name: str | None, email: str | None, school: str | None) -> None:
        """Change what is given."""
        self.note(f"{booking.reference} edited: {name}, {email}, {school}")
        answers = None if school is None else {"School name": school}
        self.world.edit(booking.attendee_id, name=name, email=email, answers=answers)
        booking.past_emails.add(booking.person[1])
        booking.person = (name or booking.person[0], email or booking.person[1])
        booking.school = booking.school if school is None else None

    def check_in(self, booking: TrueBooking, *, method: str, moves: bool) -> None:
        """Check in, or undo it."""
        row = self.world.attendee(booking.attendee_id)
        if row.checked_in:
            self.world.undo_check_in(booking.attendee_id)
        else:
            self.world.check_in(booking.attendee_id, method=method, moves_changed=moves)
        booking.check_ins.append((self.world.now_at, not row.checked_in))
        self.note(f"{booking.reference} {'undone' if row.checked_in else 'checked in'}")

    def reword(self, booking: TrueBooking) -> None:
        """Eventbrite gives a booking a status that nobody has described, or its own again."""
        booking.is_reworded = not booking.is_reworded
        self.note(f"{booking.reference} {'reworded' if booking.is_reworded else 'in its own word again'}")
        self.world.reword_status(booking.attendee_id, "Transferred" if booking.is_reworded else None)

    def relist(self, event_id: str, how: str) -> None:
        """The list of ticket classes leaves one out, names it otherwise, or is as it was."""
        self.note(f"{event_id} classes: {how}")
        event = self.world.event(event_id)
        self.kept_classes.setdefault(event_id, event.ticket_classes)
        if how == "as it was":
            self.world.put_event(replace(event, ticket_classes=self.kept_classes[event_id]))
        elif how in ("admission", "donation"):
            self.world.recategorise_ticket_class(event_id, "Lunch", how)
        else:
            self.world.unlist_ticket_class(event_id, how)

    def erase(self, email: str) -> bool:
        """Somebody wants their data erased."""
        if self.run("person", "erase", email, "--yes").code != 0:
            return False
        self.truth.erasures += 1
        for booking in self.truth.bookings.values():
            if booking.person[1] == email and not booking.erased:
                booking.erased, booking.erased_at = self.truth.erasures, self.world.now_at
            booking.is_unsure = booking.is_unsure or email in booking.past_emails
        return True

    def move(self, event_id: str, by: timedelta) -> None:
        """Move an event on Eventbrite."""
        event = self.world.event(event_id)
        starts_at, ends_at = event.starts_at + by, event.ends_at + by
        local = [instant.astimezone(LONDON).strftime("%Y-%m-%d %H:%M") for instant in (starts_at, ends_at)]
        self.note(f"{event_id} moved to {local}")
        self.world.move(event_id, *local)
        event = self.world.event(event_id)
        if event_id in self.truth.workshops:
            date = TrueDate(self.world.now_at, event.starts_at, event.ends_at)
            self.truth.workshops[event_id].dates.append(date)

    def say_off(self, event_id: str, how: str) -> None:
        """Call off, postpone or reinstate on Eventbrite."""
        self.note(f"{event_id} {how}")
        verbs = {"call off": self.world.call_off, "postpone": self.world.postpone}
        verbs.get(how, self.world.reinstate_event)(event_id)
        for workshop in self.truth.workshops.values():
            if workshop.event_id == event_id:
                workshop.off.append((self.world.now_at, how in verbs))

    # --- commands

    def run(self, *arguments: str) -> Result:
        """Run a command; it may refuse, but not break."""
        result = self.hub.run(*arguments)
        said = " | ".join(result.err.splitlines()[1:])[:200]
        self.note(f"$ {' '.join(arguments)} -> {result.code} {said}")
        assert result.code not in {70, 73, 74, 78}, result
        if result.code not in {0, 3, 65}:
            assert not result.out, result
        return result

    def sync(self, *, full: bool = False, allowed: tuple[str, ...] = ()) -> Result:
        """Read from Eventbrite."""
        words = [word for event_id in allowed for word in ("--allow-mass-change", event_id)]
        result = self.run("sync", "--json", *(["--full"] if full else []), *words)
        self.noted_sync(result.code)
        if full and result.code == 0 and not self.world.visible_after and not self.has_faults:
            self.truth.reads.append(self.truth.now_at)
        return result

    has_faults: bool = False

    def noted_sync(self, code: int | None) -> None:
        """A sync ended with this code."""
        if code in APPLIED:
            self.truth.syncs.append(self.truth.now_at)

    def run_killed(self, kill: Kill, *arguments: str) -> None:
        """Run a command in a process of its own, killed; what it did is for the next command to find."""
        ran = self.forked.run(*arguments, kill=kill, **_environment())
        self.note(f"killed: {' '.join(arguments)} at {ran.instants}, {ran.phase.name}, code {ran.code}")
        assert ran.code not in {70, 73, 74, 78}, ran

    def say(self, kind: str, arguments: tuple[str, ...], **fields: Any) -> list[int]:  # noqa: ANN401 - of Said
        """Run a command that records one fact for each of `whos`; notes what was said if it was not refused."""
        whos: list[str | None] = fields.pop("whos", [None])
        result = self.run(*arguments)
        assert result.code in REFUSALS, result
        if result.code != 0:
            return []
        facts = [int(number) for number in result.facts]
        assert len(facts) == len(whos), result
        for fact_id, who in zip(facts, whos, strict=True):
            self.truth.said.append(Said(fact_id, self.truth.now_at, kind, who=who, **fields))
        return facts

    def said(self, fact_id: int, kind: str, workshop_id: str, who: str, word: str) -> None:
        """Note what was said by another command."""
        self.truth.said.append(Said(fact_id, self.truth.now_at, kind, workshop_id, who, word))

    def heard(self, result: Result, kind: str, **fields: Any) -> None:  # noqa: ANN401 - of Said
        """Note each fact that a command recorded, if any."""
        assert result.code in REFUSALS, result
        for number in result.facts if result.code == 0 else []:
            self.truth.said.append(Said(int(number), self.truth.now_at, kind, None, **fields))

    def say_of_workshop(self, workshop: TrueWorkshop, what: str, by: timedelta) -> None:
        """The hub cancels, reinstates or moves a workshop."""
        if what != "move":
            more = ("--reason", "Snow") if what == "cancel" else ()
            self.say(what, ("workshop", what, workshop.id, *more), workshop_id=workshop.id)
            return
        starts_at, ends_at = (at + by for at in (workshop.dates[-1].starts_at, workshop.dates[-1].ends_at))
        local = [instant.astimezone(LONDON) for instant in (starts_at, ends_at)]
        words = f"{local[0]:%Y-%m-%d %H:%M}/{local[1]:%H:%M}"
        facts = self.say("move", ("workshop", "move", workshop.id, words), workshop_id=workshop.id)
        if facts:
            date = TrueDate(self.truth.now_at, starts_at, ends_at, by_hub=True, fact_id=facts[0])
            workshop.dates.append(date)

    def close(self, workshop_id: str, rest: str) -> None:
        """Close a register: whoever is not marked yet is said to be `rest`, or absent where nobody came."""
        first = self.run("attendance", "close", workshop_id, "--json")
        if first.code == 3:
            self._closed(workshop_id, self.run("attendance", "close", workshop_id, f"--rest-{rest}", "--json"))
        elif "--nobody-came" in first.err:
            self._closed(workshop_id, self.run("attendance", "close", workshop_id, "--nobody-came", "--json"))
        else:
            self._closed(workshop_id, first)

    def _closed(self, workshop_id: str, result: Result) -> None:
        if result.code != 0:
            return
        document = result.json()
        *marks, closing = map(int, document["fact_ids"])
        for fact_id, place in zip(marks, document["marked"], strict=True):
            who, mark = place["booking_id"], place["attendance"]
            self.truth.said.append(Said(fact_id, self.truth.now_at, "mark", workshop_id, who, mark))
        self.truth.said.append(Said(closing, self.truth.now_at, "close", workshop_id))

    def charges(self, *arguments: str) -> dict[str, Any]:
        """What is to be charged."""
        shown = self.run("charges", "--json", *arguments)
        assert shown.code == 0, shown
        document: dict[str, Any] = json.loads(shown.out)
        return document


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("EBSYNC_")}


@contextlib.contextmanager
def playing(kind: str, folder: Path, forked: Forked, *, first_day: datetime, skew: timedelta) -> Iterator[Play]:
    """A hub on an empty database of this kind, with its events."""
    world = World(first_day.astimezone(UTC))
    world.skew = skew
    world.create_organization("Sample Hub", organization_id="7001")
    with (
        ready_database(kind, folder) as url,
        SandboxServer(world) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("EBSYNC_EVENTBRITE_URL", server.url)
        patch.setenv("EBSYNC_DATABASE_URL", url)
        patch.chdir(folder)
        patch.setattr(eventbrite_client, "time", _NoWaiting)
        if kind == SQLITE:
            (folder / "hub.sqlite").write_bytes(_migrated(folder))
        play = Play(Hub(world, server, patch, folder), forked, Truth(world.now_at, skew=abs(skew)))
        play.set_clock(world.now_at)
        play.open_events()
        yield play


_KEPT: list[bytes] = []


def _migrated(folder: Path) -> bytes:
    """A SQLite database with the present schema and no rows, made once."""
    if not _KEPT:
        empty = folder / "empty.sqlite"
        open_database(f"sqlite:///{empty}").dispose()
        _KEPT.append(empty.read_bytes())
    return _KEPT[0]

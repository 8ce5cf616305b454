"""What is odd in a hub's life: days declared late, door bookings, namesakes, unheard-of statuses, erasures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.property.hub_play import PEOPLE, SCHOOLS, SPELLINGS, Play
from tests.property.hub_truth import TrueBooking, TrueDate, TrueWorkshop

RETRACTED = (
    *("mark", "walk_in", "link", "notice", "exemption", "ruling", "close", "reopen", "answer", "cancel"),
    *("reinstate", "move", "confirm", "declare"),
)
CLASS_LISTS = ("Lunch", "Work Group place", "as it was", "as it was", "admission", "donation")


class Oddities:
    """Verbs of the machine."""

    play: Play
    snapshots: dict[datetime, Any]

    def do_oddity(self, what: str, a: int, b: int, c: int) -> None:
        """One of them."""
        if what == "declare":
            self.play.declare()
        elif what == "door":
            self.book_at_the_door(a, b, c)
        elif what == "again":
            self.book_again(a, b)
        elif what == "lunch":
            name = PEOPLE[b % len(PEOPLE)]
            event_id = next(each for each, workshop in self.play.truth.workshops.items() if workshop.is_single)
            self.play.book(event_id, name, email_of(name, 0), SCHOOLS[c % len(SCHOOLS)], ticket="Lunch")
        elif what == "classes":
            event_id = next(each for each, workshop in self.play.truth.workshops.items() if workshop.is_single)
            self.play.relist(event_id, CLASS_LISTS[b % len(CLASS_LISTS)])
        elif what == "reword":
            self.reword(a)
        else:
            self.erase(a)

    def book_at_the_door(self, pick: int, person: int, school: int) -> None:
        """Somebody books when a workshop has begun, and often has come."""
        ahead = [w for w in self.play.truth.workshops.values() if w.dates[-1].starts_at > self.play.truth.now_at]
        if not ahead or any(workshop.is_undeclared for workshop in ahead):
            return
        where = ahead[pick % len(ahead)]
        self.leave(where.dates[-1].starts_at + timedelta(minutes=10))
        name = PEOPLE[person % len(PEOPLE)]
        known = set(self.play.truth.bookings)
        self.play.book(where.event_id, name, email_of(name, person), SCHOOLS[school % len(SCHOOLS)])
        self.play.sync()
        (reference,) = set(self.play.truth.bookings) - known
        if person % 2:
            words = ("attendance", "mark", where.id, reference, "present")
            self.play.say("mark", words, workshop_id=where.id, whos=[reference], word="present")

    def book_again(self, pick: int, spelling: int) -> None:
        """Somebody who has a booking books once more, the name written in some way."""
        bookings = [booking for booking in self.play.truth.bookings.values() if not booking.is_gone]
        if bookings:
            booking = bookings[pick % len(bookings)]
            name = SPELLINGS[spelling % len(SPELLINGS)] if spelling % 3 == 0 else booking.person[0]
            self.play.book(booking.event_id, name, booking.person[1], SCHOOLS[spelling % len(SCHOOLS)])

    def reword(self, pick: int) -> None:
        """A booking that has not ended gets another word."""
        found = [b for b in self.play.truth.bookings.values() if b.ended is None and not b.is_gone]
        if found:
            self.play.reword(found[pick % len(found)])
            self.play.sync()

    def erase(self, pick: int) -> None:
        """Looking back shows no names any more, so that what was shown before is forgotten."""
        bookings: list[TrueBooking] = [*self.play.truth.bookings.values()]
        if bookings and self.play.erase(bookings[pick % len(bookings)].person[1]):
            self.snapshots.clear()

    def retract(self, pick: int) -> None:
        """Something said lately is withdrawn, whatever it was."""
        truth = self.play.truth
        said = [each for each in truth.said if each.kind in RETRACTED]
        if not said:
            return
        fact = said[-1 - pick % min(len(said), 8)]
        if self.play.run("retract", str(fact.fact_id)).code != 0:
            return
        truth.retracted.add(fact.fact_id)
        if fact.kind == "declare":
            truth.workshops.pop(f"{fact.workshop_id}/{fact.word}", None)
            self._forget_days(str(fact.workshop_id))

    def _forget_days(self, page_id: str) -> None:
        """Where none of its days is declared any more the page stands for itself again."""
        workshops = self.play.truth.workshops
        if not any(workshop.event_id == page_id for workshop in workshops.values()):
            event = self.play.world.event(page_id)
            dates = [TrueDate(event.created_at - self.play.truth.skew, event.starts_at, event.ends_at)]
            page = TrueWorkshop(page_id, page_id, dates, is_single=False, is_undeclared=True)
            workshops[page_id] = page

    def leave(self, instant: datetime) -> None:
        """Go on to this instant."""
        raise NotImplementedError


def email_of(name: str, person: int) -> str:
    """Their usual address, or for some numbers another one."""
    return f"{name.split(maxsplit=1)[0].casefold()}{1 if person % 5 == 4 else 0}@school.example.org"

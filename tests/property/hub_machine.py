"""The rules by which a hub's life is played at random: what people, Eventbrite and fate do, and what must hold."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from eb_sync.sandbox.faults import Fault, FaultKind
from tests.databases import SQLITE
from tests.forked import Forked, Kill
from tests.property.hub_checks import Accounts, check_charges, check_picture
from tests.property.hub_oddities import Oddities, email_of
from tests.property.hub_play import FIRST_DAYS, PEOPLE, SCHOOLS, Play, playing
from tests.property.hub_truth import TrueBooking, TrueWorkshop

LOOK_EVERY = 12
"""Steps between two looks at everything."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
picks = st.integers(0, 999)
jumps = st.sampled_from([MINUTE, 7 * MINUTE, HOUR, 6 * HOUR, DAY - MINUTE, DAY, 3 * DAY, 16 * DAY])
moments = st.sampled_from(
    [-30 * HOUR, -DAY - 6 * MINUTE, -DAY, -DAY + MINUTE, -DAY + 6 * MINUTE, -2 * HOUR, -MINUTE, 5 * MINUTE, 3 * HOUR]
)
FAULTS = (
    Fault(FaultKind.RATE_LIMITED, reset_seconds=3000),
    Fault(FaultKind.INTERNAL_ERROR, times=2),
    Fault(FaultKind.INTERNAL_ERROR, "/attendees/", times=9),
    Fault(FaultKind.EXPANSION_FAILED, times=2),
    Fault(FaultKind.BAD_GATEWAY, times=3, skip=1),
    Fault(FaultKind.BAD_CONTINUATION_TOKEN),
    Fault(FaultKind.INVALID_AUTH, skip=2),
    Fault(FaultKind.NOT_AUTHORIZED, skip=3),
    Fault(FaultKind.TRUNCATED, skip=2),
    Fault(FaultKind.DROPPED, times=2),
    Fault(FaultKind.DROPPED_MIDWAY, "/attendees/"),
    Fault(FaultKind.SLOW, seconds=0.01),
    Fault(FaultKind.REPEATED_TOKEN, "/attendees/"),
    Fault(FaultKind.SKIPPED_ROWS, "/attendees/"),
    Fault(FaultKind.REPEATED_ROWS, "/attendees/"),
    Fault(FaultKind.WRONG_COUNT, "/attendees/", by=-1),
    Fault(FaultKind.EMPTY_LIST, "/attendees/"),
    Fault(FaultKind.EMPTY_LIST, "/attendees/", times=9, query="status="),
    Fault(FaultKind.EMPTY_LIST, "/events/"),
    Fault(FaultKind.MALFORMED_ROW, "/attendees/", times=3),
    Fault(FaultKind.UNKNOWN_ATTENDEE_STATUS, "/attendees/", times=2),
    Fault(FaultKind.UNKNOWN_BARCODE_STATUS, "/attendees/", times=2),
    Fault(FaultKind.UNKNOWN_EVENT_STATUS, "/events/"),
    Fault(FaultKind.UNKNOWN_MESSAGE_CODE, "/events/"),
    Fault(FaultKind.MISSING_KEYS, times=4),
    Fault(FaultKind.NULL_ANSWERS, "/attendees/", times=4),
)


EVENTBRITE = (
    *("book", "book", "end", "end", "end", "revive", "edit", "check in", "check in", "move", "say off"),
    *("end many", "end many", "break", "allow"),
)
ENDINGS = ("cancel", "cancel", "cancel", "delete", "delete entirely")
LEADS = (
    *("mark", "mark", "walk in", "substitute", "notice", "exempt", "rule", "reopen", "say", "decide", "decide"),
    *("decide", "retract", "confirm"),
)
ODDITIES = ("declare", "door", "door", "again", "again", "again", "lunch", "classes", "reword", "erase")
HUB_WORDS = ("cancel", "reinstate", "reinstate", "move")
MARKS = ("present", "late", "left-early", "absent", "absent", "unmarked")


class HubMachine(Oddities, RuleBasedStateMachine):
    """Rules are what people, Eventbrite and fate do."""

    kind: ClassVar[str] = SQLITE
    forked: ClassVar[Forked]
    counted: ClassVar[Counter[str]] = Counter()
    last_history: ClassVar[list[str]] = []
    """What was done in the example that ended last; where one fails, in the shortest that does."""
    skews: ClassVar[tuple[int, ...]] = (0, 0, -90, 90)

    def __init__(self) -> None:
        """Nothing is opened yet."""
        RuleBasedStateMachine.__init__(self)
        self.stack = ExitStack()
        self.steps = 0
        self.snapshots: dict[datetime, Any] = {}

    @initialize(first_day=st.sampled_from(FIRST_DAYS), skew=picks)
    def begin(self, first_day: datetime, skew: int) -> None:
        """A hub with its events."""
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        by = timedelta(seconds=self.skews[skew % len(self.skews)])
        opened = playing(self.kind, folder, self.forked, first_day=first_day, skew=by)
        self.play: Play = self.stack.enter_context(opened)
        self.accounts = Accounts(self.play)
        for event in range(4):
            self.book_many(event, 6 - event, event)
        self.play.sync(full=True)
        self.counted["examples"] += 1

    def teardown(self) -> None:
        """Close everything."""
        self.last_history[:] = self.play.history if hasattr(self, "play") else []
        self.stack.close()

    # --- whom a rule is about

    def _event(self, pick: int) -> str:
        events = sorted({workshop.event_id for workshop in self.play.truth.workshops.values()})
        return events[pick % len(events)]

    def _workshop(self, pick: int) -> TrueWorkshop:
        workshops = [*self.play.truth.workshops.values()]
        return workshops[pick % len(workshops)]

    def _here(self, workshop: TrueWorkshop) -> list[TrueBooking]:
        return [b for b in self.play.truth.bookings.values() if b.event_id == workshop.event_id]

    def _booking(self, pick: int, *, ended: bool = False, gone: bool = False) -> TrueBooking | None:
        found = [
            booking
            for booking in self.play.truth.bookings.values()
            if (gone or not booking.is_gone) and (ended or booking.ended is None)
        ]
        return found[pick % len(found)] if found else None

    # --- the rules: few, so that hypothesis, which leaves some out of each history, leaves few out

    @rule(what=st.sampled_from(EVENTBRITE), a=picks, b=picks, c=picks)
    def on_eventbrite(self, what: str, a: int, b: int, c: int) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "book": lambda: self.book(a, b, c, 2 if c % 5 == 0 else 1),
            "end": lambda: self.end(a, ENDINGS[b % len(ENDINGS)]),
            "revive": lambda: self.revive(a),
            "edit": lambda: self.edit(a, ("name", "email", "school")[b % 3], c),
            "check in": lambda: self.check_in(a, ("scan", "search")[b % 2], moves=c % 2 == 0),
            "move": lambda: self.move(a, (HOUR, -HOUR, DAY, -DAY, 7 * DAY)[b % 5]),
            "say off": lambda: self.say_off(a, ("call off", "postpone", "reinstate", "reinstate")[b % 4]),
            "end many": lambda: self.end_many(a, "cancel" if b % 3 else "delete entirely"),
            "break": lambda: self.break_event(a),
            "allow": lambda: self.allow(a),
        }
        deeds[what]()

    @rule(what=st.sampled_from(LEADS), a=picks, b=picks, c=picks)
    def by_leads(self, what: str, a: int, b: int, c: int) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "mark": lambda: self.mark(a, b, MARKS[c % len(MARKS)]),
            "walk in": lambda: self.walk_in(a, b, ("Ash Lane Primary", "Elm Nursery", "Unheard Of")[c % 3]),
            "substitute": lambda: self.substitute(a, b, c),
            "notice": lambda: self.notice(a, b, (MINUTE, HOUR, DAY - MINUTE, DAY, 2 * DAY)[c % 5]),
            "exempt": lambda: self.exempt(a, b, approved=c % 2 == 0),
            "rule": lambda: self.rule_on(a, ("approve", "refuse", "revoke")[b % 3]),
            "reopen": lambda: self.reopen(a),
            "say": lambda: self.say_of_workshop(a, HUB_WORDS[b % 4], HOUR * (c % 30)),
            "decide": lambda: self.decide(a, b),
            "retract": lambda: self.retract(a),
            "confirm": lambda: self.confirm_school(a),
        }
        deeds[what]()

    @rule(what=st.sampled_from(ODDITIES), a=picks, b=picks, c=picks)
    def by_oddity(self, what: str, a: int, b: int, c: int) -> None:
        self.do_oddity(what, a, b, c)
        self.counted[f"of {what}"] += 1

    @rule(workshop=picks, rest=st.sampled_from(["absent", "absent", "present"]), full=st.booleans())
    def hold_meeting(self, workshop: int, rest: str, full: bool) -> None:
        self.meet(workshop, rest, full=full)

    @rule(what=st.sampled_from(["issue", "credit", "export"]), a=picks, b=st.booleans())
    def by_finance(self, what: str, a: int, b: bool) -> None:
        deeds = {"issue": self.issue, "credit": lambda: self.credit(a, reissue=b), "export": self.export}
        deeds[what]()

    @rule(by=jumps, full=st.booleans())
    def pass_time(self, by: timedelta, full: bool) -> None:
        self.leave(self.play.world.now_at + by)
        self.play.sync(full=full)

    @rule(workshop=picks, moment=moments, is_read=st.booleans())
    def go_to(self, workshop: int, moment: timedelta, is_read: bool) -> None:
        """To a moment around a start, where it lies ahead."""
        self.leave(self._workshop(workshop).dates[-1].starts_at + moment)
        if is_read:
            self.play.sync()

    @rule(which=st.sampled_from(FAULTS), delay=st.sampled_from([0, 60, 300]), small=st.booleans(), full=st.booleans())
    def fail(self, which: Fault, delay: int, small: bool, full: bool) -> None:
        self.configure(delay, 2 if small else 50, 1 if full else None)
        self.order_fault(which)
        self.play.sync(full=full)

    @rule(at=st.integers(1, 120), what=st.sampled_from(["sync", "full", "invoices", "export"]))
    def be_killed(self, at: int, what: str) -> None:
        self.kill(at, what)

    # --- Eventbrite

    def book(self, event: int, person: int, school: int, seats: int) -> None:
        name = PEOPLE[person % len(PEOPLE)]
        self.play.book(self._event(event), name, email_of(name, person), SCHOOLS[school % len(SCHOOLS)], seats)

    def book_many(self, event: int, count: int, school: int) -> None:
        for number in range(count):
            name = PEOPLE[number]
            self.play.book(self._event(event), name, email_of(name, 0), SCHOOLS[(school + number) % len(SCHOOLS)])

    def end(self, pick: int, how: str) -> None:
        booking = self._booking(pick, ended=how != "cancel")
        if booking is not None:
            self.play.end(booking, how)

    def revive(self, pick: int) -> None:
        booking = self._booking(pick, ended=True)
        if booking is not None and booking.ended is not None:
            self.play.revive(booking)

    def edit(self, pick: int, what: str, value: int) -> None:
        booking = self._booking(pick)
        if booking is None or booking.erased:
            return
        name = PEOPLE[value % len(PEOPLE)] if what == "name" else None
        email = f"edited{value % 3}@school.example.org" if what == "email" else None
        self.play.edit(booking, name, email, "Oak School" if what == "school" else None)

    def check_in(self, pick: int, method: str, *, moves: bool) -> None:
        booking = self._booking(pick)
        if booking is not None:
            self.play.check_in(booking, method=method, moves=moves)

    def move(self, event: int, by: timedelta) -> None:
        self.play.move(self._event(event), by)

    def say_off(self, event: int, how: str) -> None:
        self.play.say_off(self._event(event), how)

    def end_many(self, pick: int, how: str) -> None:
        """Three of four of an event's bookings end, so that a person has to say whether that is right."""
        event_id = self._event(pick)
        active = [b for b in self.play.truth.bookings.values() if b.event_id == event_id and b.ended is None]
        for booking in active[: -(-3 * len(active) // 4)]:
            self.play.end(booking, how)
        self.play.sync()

    def allow(self, pick: int) -> None:
        self.play.sync(allowed=(self._event(pick),))

    # --- fate

    def break_event(self, pick: int) -> None:
        """One event cannot be read by itself until all faults end; its changes are listed."""
        self.order_fault(Fault(FaultKind.INTERNAL_ERROR, f"/events/{self._event(pick)}/", times=1000))

    def order_fault(self, which: Fault) -> None:
        self.play.note(f"fault ordered: {which.kind}")
        self.play.world.faults.order(which)
        self.play.has_faults = True

    def configure(self, delay: int, page_size: int, seed: int | None) -> None:
        world = self.play.world
        world.page_size, world.shuffle_seed = page_size, seed
        if delay:  # shown at once again only when all has arrived
            world.visible_after = timedelta(seconds=delay)

    def leave(self, instant: datetime) -> None:
        now_at = self.play.world.now_at
        if instant <= now_at:
            return
        if len(self.snapshots) < 4 or now_at.minute % 3 == 0:
            self.snapshots[now_at] = self.play.charges()
        self.play.set_clock(instant)

    def kill(self, at: int, what: str) -> None:
        self.play.files += 1
        folder = self.play.hub.folder
        commands = {
            "sync": ("sync",),
            "full": ("sync", "--full"),
            "invoices": ("invoices", "--yes", "-o", str(folder / "pages")),
            "export": ("export", "charges", "-o", str(folder / f"{self.play.files}.csv")),
        }
        self.play.run_killed(Kill(at=at), *commands[what])
        self.counted["kills"] += 1
        if what in ("sync", "full"):
            self.play.sync(full=what == "full")

    # --- leads

    def mark(self, workshop: int, pick: int, mark: str) -> None:
        where = self._workshop(workshop)
        here = self._here(where)
        if here:
            who = here[pick % len(here)].reference
            words = ("attendance", "mark", where.id, who, mark)
            self.play.say("mark", words, workshop_id=where.id, whos=[who], word=mark)

    def walk_in(self, workshop: int, pick: int, school: str) -> None:
        where, here = self._workshop(workshop), self._here(self._workshop(workshop))
        replaced = here[pick % len(here)].reference if here and pick % 2 else None
        more = () if replaced is None else ("--replaces", replaced)
        name = PEOPLE[pick % len(PEOPLE)] if pick % 4 == 0 else f"Walk In{pick}"
        words = ("attendance", "walk-in", where.id, "--name", name, "--school", school, *more)
        self.play.say("walk_in", words, workshop_id=where.id, word=name)

    def substitute(self, workshop: int, one: int, other: int) -> None:
        where, here = self._workshop(workshop), self._here(self._workshop(workshop))
        if len(here) > 1:
            who, whom = here[one % len(here)].reference, here[other % len(here)].reference
            words = ("attendance", "substitute", where.id, who, "--replaces", whom)
            self.play.say("link", words, workshop_id=where.id, word=f"{who}>{whom}")

    def notice(self, workshop: int, pick: int, before: timedelta) -> None:
        where, here = self._workshop(workshop), self._here(self._workshop(workshop))
        received_at = min(self.play.truth.now_at, where.dates[-1].starts_at - before)
        school = "Elm Nursery" if pick % 4 == 0 or not here else None
        who = school or here[pick % len(here)].reference
        about = ("--school", school) if school else (who,)
        given = ("--received-at", received_at.isoformat(), "--channel", "email")
        words = ("notice", "add", where.id, *about, *given)
        self.play.say("notice", words, workshop_id=where.id, whos=[who], received_at=received_at)

    def exempt(self, workshop: int, pick: int, *, approved: bool) -> None:
        where, here = self._workshop(workshop), self._here(self._workshop(workshop))
        more = ("--approved-by", "Jo") if approved else ()
        state = "approved" if approved else "claimed"
        if pick % 3 == 0 or not here:
            day = self.play.truth.now_at.date().isoformat()
            until = (self.play.truth.now_at + 3 * DAY).date().isoformat()
            words = ("exempt", "add", "--kind", "ofsted", "--school", "800001", "--from", day, "--to", until, *more)
            said: dict[str, Any] = {"workshop_id": None, "whos": ["Ash Lane Primary"], "days": (day, until)}
        else:
            who = here[pick % len(here)].reference
            kind = ("--kind", "extenuating", "--workshop", where.id, "--booking", who, "--code", "illness")
            words, said = ("exempt", "add", *kind, *more), {"workshop_id": where.id, "whos": [who]}
        self.play.say("exemption", words, word=state, **said)

    def rule_on(self, pick: int, word: str) -> None:
        claims = [said for said in self.play.truth.said if said.kind == "exemption"]
        if claims:
            claim = claims[pick % len(claims)]
            result = self.play.run("exempt", word, str(claim.fact_id))
            state = {"approve": "approved", "refuse": "refused", "revoke": "revoked"}[word]
            self.play.heard(result, "ruling", word=state, about=claim.fact_id)

    def meet(self, workshop: int, rest: str, *, full: bool) -> None:
        """The meeting is over, bookings are read, the register is closed."""
        where = self._workshop(workshop)
        self.leave(where.dates[-1].ends_at + HOUR)
        self.play.sync(full=full)
        self.play.close(where.id, rest)

    def reopen(self, workshop: int) -> None:
        where = self._workshop(workshop).id
        self.play.say("reopen", ("attendance", "reopen", where), workshop_id=where)

    def say_of_workshop(self, workshop: int, what: str, by: timedelta) -> None:
        where = self._workshop(workshop)
        if not (where.is_undeclared and what == "move"):
            self.play.say_of_workshop(where, what, by)

    def decide(self, pick: int, answer: int) -> None:
        reviews = json.loads(self.play.run("review", "--json").out)["reviews"]
        if reviews:
            asked = reviews[pick % len(reviews)]
            word = asked["answers"][answer % len(asked["answers"])]
            words = ("review", "decide", asked["workshop_id"], asked["booking_id"], word)
            self.play.say("answer", words, workshop_id=asked["workshop_id"], whos=[asked["booking_id"]], word=word)

    def confirm_school(self, pick: int) -> None:
        booking = self._booking(pick, ended=True)
        if pick % 5 == 0:
            self.play.run("schools", "confirm", "800001", "--typed", "Oak School")
        elif booking is not None:
            words = ("schools", "confirm", "800001", "--booking", booking.reference)
            self.play.say("confirm", words, workshop_id=None, whos=[booking.reference])

    # --- finance

    def issue(self) -> None:
        self.accounts.issue()
        self.counted["issues"] += 1

    def credit(self, pick: int, *, reissue: bool) -> None:
        self.accounts.credit(pick, reissue=reissue)

    def export(self) -> None:
        assert self.play.run("export", "charges").code == 0

    # --- what must hold

    def look(self) -> None:
        """Five minutes after the faults ended, everything is as it should be."""
        play = self.play
        play.world.faults.clear()
        play.has_faults = False
        self.leave(play.world.now_at + 5 * MINUTE)
        check_picture(play)
        self.counted["charges"] += check_charges(play, whole=True)
        self.accounts.issue()
        for instant in [*self.snapshots][-2:]:
            looked_back = play.charges("--as-of", instant.isoformat())
            assert looked_back == self.snapshots[instant], f"as of {instant}"
        self.accounts.check_verified()
        self.counted["looks"] += 1

    @invariant()
    def hold(self) -> None:
        self.steps += 1
        self.counted["steps"] += 1
        if self.steps % LOOK_EVERY == 0:
            self.look()

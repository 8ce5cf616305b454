"""A hub in which people record things at random, and what each of these commands changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from eb_sync.bootstrap import build_hub
from eb_sync.sandbox.requested import Ticket
from eb_sync.workshops.judge import Judged, judge_workshops
from policies.decisions import Decision
from policies.engine import assess_workshop
from policies.facts import AttendanceMark, Mark, Sighting, WorkshopFacts
from policies.parameters import Policy
from policies.places import expected_bookings
from tests.hub import ASH, ELM, Hub, Result

LONDON = ZoneInfo("Europe/London")
MOMENTS = (
    *("2019-10-20 09:00", "2019-11-03 18:00", "2019-11-04 09:00", "2019-11-04 12:00", "2019-11-05 08:00"),
    *("2019-11-05 11:00", "2019-11-05 16:00", "2019-11-06 09:00", "2019-11-20 09:00", "2020-01-21 16:00"),
)
SCHOOLS = ("Ash Lane Primary", "800001", "Elm Nursery", "Unheard Of")
Standing = Mapping[tuple[str, str], object]
Command = tuple[str, ...]


def look(_hub: Hub) -> Standing:
    """By workshop and booking: what is decided now, and would be if all others were absent, present or unmarked."""
    found: dict[tuple[str, str], object] = {}
    with closing(build_hub(None)) as hub, hub.snapshot() as (connection, snapshot):
        for judged in judge_workshops(connection, snapshot, snapshot.workshops):
            workshop, policy = judged.workshop, snapshot.terms.policy_for(judged.workshop)
            found[workshop.id, ""] = (workshop.dates, workshop.dates_known, workshop.state_at(snapshot.as_of))
            told = [judged.decisions, *_futures(judged, policy, snapshot.as_of, snapshot.last_fact_id)]
            for decisions in told:
                for decision in decisions:
                    key = (workshop.id, decision.booking_id)
                    found[key] = (*_tuple(found.get(key)), _told(decision))
    return found


def _tuple(standing: object) -> tuple[object, ...]:
    return standing if isinstance(standing, tuple) else ()


def _told(decision: Decision) -> object:
    return decision.outcome, decision.reason, decision.amount_pence, decision.notice, decision.evidence


def _futures(judged: Judged, policy: Policy, as_of: datetime, last_fact_id: int) -> Iterator[tuple[Decision, ...]]:
    facts: WorkshopFacts = judged.facts
    over_at = max(as_of, facts.dates[-1].ends_at + timedelta(hours=1))
    closed = replace(
        facts,
        register_closed_at=facts.register_closed_at or over_at,
        sightings=(*facts.sightings, Sighting(last_fact_id + 1, over_at)),
        read_held=False,
        dates_known=True,
    )
    for mark in (Mark.ABSENT, Mark.PRESENT, Mark.UNMARKED):
        more = tuple(AttendanceMark(last_fact_id + 1, ref, mark, over_at) for ref in expected_bookings(facts, policy))
        yield assess_workshop(replace(closed, marks=(*facts.marks, *more)), policy, over_at)


class RecordingPlay:
    """Two pages: one day, and one that stands for two days, which somebody declares sooner or later."""

    def __init__(self, hub: Hub, rng: Random) -> None:
        self.hub = hub
        self.rng = rng
        self.history: list[str] = []
        self.facts: list[str] = []
        self.claims: list[str] = []
        self.counted = 0
        self.silent = 0
        self.moment = 0
        hub.add_schools()
        self.single = hub.event("Single", "2019-11-05 10:00", "2019-11-05 15:00", slug="single")
        self.page = hub.event("Page", "2019-11-05 10:00", "2020-01-21 15:00", slug="page")
        self.refs: dict[str, list[str]] = {self.single: [], self.page: []}
        self.days = [self.page]
        for event in (self.single, self.page):
            for name, answers in (("Ann Archer", ASH), ("Ann Archer", ASH), ("Bob Baker", ELM), ("Cat Carter", {})):
                self.refs[event].append(hub.book(event, name, answers))
            seats = (Ticket("Dan Draper", "dan@ash.example.org", ASH),) * 2
            self.refs[event] += [f"B{number}" for number in hub.world.book(event, seats)]
        hub.at("2019-10-01 09:00")
        hub.sync()

    @property
    def now_at(self) -> datetime:
        return self.hub.world.now_at

    def step(self) -> str:
        """One thing happens; gives what is wrong with what was said of it, empty if nothing."""
        if self.rng.randrange(5) == 0:
            self._go_on()
            return ""
        names = sorted(COMMANDS)
        command = COMMANDS[names[self.rng.randrange(len(names))]](self)
        return "" if command is None else self.try_command(command)

    def try_command(self, command: Command) -> str:
        """Whether what a command recorded changes something, or it says that it does not."""
        before = look(self.hub)
        result = self.hub.run(*command)
        self.history.append(
            f"{self.now_at:%d %b %H:%M} $ {' '.join(command)} -> {result.code} {result.err.strip()[:160]}"
        )
        assert result.code in {0, 2, 3}, result
        if result.code != 0 or not result.facts:
            return ""
        self._keep(command, result)
        self.counted += 1
        after = look(self.hub)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        says_nothing = "changes nothing" in result.err
        self.silent += says_nothing
        if not changed and not says_nothing:
            return "accepted without effect and without a word"
        said = set(re.findall(r"[BW][0-9-]+(?= \()", result.err)) if says_nothing else set()
        lied = {key for key in changed if key[1] in said and _differ_now(before, after, key)}
        if says_nothing and ("any place" in result.err) and any(_differ_now(before, after, key) for key in changed):
            return f"says that it changes nothing, and changes {sorted(changed)}"
        told = [f"{key}: {before.get(key)} -> {after.get(key)}" for key in sorted(lied)]
        return "\n".join(("says that it changes nothing, and it does", *told)) if lied else ""

    def _keep(self, command: Command, result: Result) -> None:
        self.facts += result.facts
        if command[:2] == ("exempt", "add"):
            self.claims += result.facts
        if command[:2] == ("workgroup", "dates"):
            self.days = [f"{self.page}/{number}" for number in (1, 2)]
        if command[:2] == ("attendance", "walk-in"):
            listed = self.hub.do("workshops", "--json").json()["workshops"]
            assert listed

    def _go_on(self) -> None:
        rng = self.rng
        if rng.randrange(2) and self.moment < len(MOMENTS):
            self.hub.at(MOMENTS[self.moment])
            self.moment += 1
        elif rng.randrange(2):
            active = [number for number in self.hub.bookings.values() if not self.hub.world.attendee(number).cancelled]
            if len(active) > 3:
                self.hub.world.cancel(rng.choice(active))
        else:
            number = rng.choice(sorted(self.hub.bookings.values()))
            row = self.hub.world.attendee(number)
            if not row.checked_in and not row.cancelled:
                self.hub.world.check_in(number)
        self.hub.run("sync")
        self.history.append(f"{self.now_at:%d %b %H:%M} went on")

    # --- what may be recorded

    def _place(self) -> tuple[str, str]:
        where = self.rng.choice((self.single, *self.days))
        return where, self.rng.choice(self.refs[where.partition("/")[0]])

    def notice(self) -> Command:
        where, ref = self._place()
        before = timedelta(hours=self.rng.choice((0, 1, 20, 30, 200)))
        received_at = (self.now_at - before).astimezone(LONDON).strftime("%Y-%m-%d %H:%M")
        about = ("--school", self.rng.choice(SCHOOLS)) if self.rng.randrange(3) == 0 else (ref,)
        channel = self.rng.choice(("email", "phone", "letter", "other"))
        return ("notice", "add", where, *about, "--received-at", received_at, "--channel", channel)

    def exempt(self) -> Command:
        where, ref = self._place()
        more = ("--approved-by", "Jo") if self.rng.randrange(2) else ()
        if self.rng.randrange(2):
            days = self.rng.choice((("2019-11-04", "2019-11-06"), ("2019-12-01", "2019-12-02")))
            school = self.rng.choice(SCHOOLS)
            return ("exempt", "add", "--kind", "ofsted", "--school", school, "--from", days[0], "--to", days[1], *more)
        about = ("--school", self.rng.choice(SCHOOLS)) if self.rng.randrange(3) == 0 else ("--booking", ref)
        return ("exempt", "add", "--kind", "extenuating", "--workshop", where, *about, "--code", "illness", *more)

    def rule(self) -> Command | None:
        if not self.claims:
            return None
        return ("exempt", self.rng.choice(("approve", "refuse", "revoke")), self.rng.choice(self.claims))

    def mark(self) -> Command:
        where, ref = self._place()
        marks = ("present", "late", "left-early", "turned-away", "absent", "absent", "unmarked")
        return ("attendance", "mark", where, ref, self.rng.choice(marks))

    def walk_in(self) -> Command:
        where, ref = self._place()
        name = self.rng.choice(("Ann Archer", "Zoe Young", "Bob Baker"))
        more = ("--replaces", ref) if self.rng.randrange(2) else ()
        accept = ("--accept",) if self.rng.randrange(2) else ()
        school = self.rng.choice(SCHOOLS)
        return ("attendance", "walk-in", where, "--name", name, "--school", school, *more, *accept)

    def substitute(self) -> Command:
        where, ref = self._place()
        other = self.rng.choice(self.refs[where.partition("/")[0]])
        return ("attendance", "substitute", where, other, "--replaces", ref, "--accept")

    def close(self) -> Command:
        where, _ = self._place()
        if self.rng.randrange(3) == 0:
            return ("attendance", "reopen", where)
        return ("attendance", "close", where, self.rng.choice(("--rest-absent", "--rest-absent", "--rest-present")))

    def decide(self) -> Command | None:
        if self.rng.randrange(3) == 0:
            where, ref = self._place()
            return ("review", "decide", where, ref, self.rng.choice(("waive", "charge", "late", "same")))
        reviews = self.hub.do("review", "--json").json()["reviews"]
        if not reviews:
            return None
        asked = self.rng.choice(reviews)
        return ("review", "decide", asked["workshop_id"], asked["booking_id"], self.rng.choice(asked["answers"]))

    def retract(self) -> Command | None:
        return ("retract", self.rng.choice(self.facts)) if self.facts else None

    def say_of_workshop(self) -> Command:
        where, _ = self._place()
        what = self.rng.choice(("cancel", "reinstate", "move"))
        if what == "cancel":
            return ("workshop", "cancel", where, "--reason", "Snow")
        return ("workshop", what, where, *(("2019-11-06 10:00/15:00",) if what == "move" else ()))

    def declare(self) -> Command | None:
        if len(self.days) > 1:
            return None
        return ("workgroup", "dates", self.page, "2019-11-05 10:00/15:00", "2020-01-21 10:00/15:00")


def _differ_now(before: Standing, after: Standing, key: tuple[str, str]) -> bool:
    """Whether what is decided now, or would be if everybody else were absent, is another."""
    return _tuple(before.get(key))[:2] != _tuple(after.get(key))[:2]


COMMANDS: Mapping[str, Callable[[RecordingPlay], Command | None]] = {
    name: getattr(RecordingPlay, name)
    for name in (
        *("notice", "exempt", "rule", "mark", "walk_in", "substitute", "close", "decide", "retract"),
        *("say_of_workshop", "declare"),
    )
}

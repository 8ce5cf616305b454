"""Histories at random: bookings, what was read of them, and everything that people may record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from policies.decisions import Outcome, Reason
from policies.facts import (
    AnswerWord,
    BarcodeStatus,
    Channel,
    Delivery,
    ExemptionKind,
    ExemptionState,
    Mark,
    Presence,
)
from policies.no_show import QUESTIONS
from tests.factories import AS_OF, BOOKED_AT, CLOSED_AT, ENDS_AT, STARTS_AT
from tests.property.histories import AFTERWARDS, FLYER_ID, Deed, Face, History, School
from tests.property.test_policies_of_providers import DOCUMENTS

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
SCHOOLS = (School("Oak", "oak"), School("Elm", "elm"), School(None, "oak"), School())
SPANS = ((1, 240), (86, 106), (186, 200), (240, 3600), (-40, 0))
"""In quarters of an hour before the start: the last two days and a half, around 24 and 48 hours, long before, after."""
INTRICATE = ("P10", "P17", "P18", "most_complex")
"""Policies under which one place bears on another in more ways."""
OBSTACLES: tuple[dict[str, Any], ...] = (
    {"is_closed": False},
    {"is_read_after": False},
    {"dates_known": False},
    {"read_held": True},
    {"in_scope": False},
)


@dataclass(frozen=True, slots=True)
class Human:
    """One real person: the faces and schools that their bookings may show, and how often which."""

    names: Sequence[str]
    emails: Sequence[str]
    schools: Sequence[School]

    def face(self, rng: Random) -> Face:
        """How one booking shows them."""
        return Face(rng.choice(self.names), rng.choice(self.emails))


_OAK, _ELM = SCHOOLS[:2]
WILD = (
    Human(
        ("ann smith", "ann smith", "ann smith", "annie smith", ""),
        ("ann@x", "ann@x", "ann@x", "office@x", ""),
        (_OAK, _OAK, *SCHOOLS),
    ),
    Human(("bob baker", "bob baker", "rob baker", ""), ("bob@x", "bob@x", "office@x", ""), (_OAK, _OAK, *SCHOOLS)),
    Human(("ann smith", "cat smith"), ("cat@x", ""), (_ELM, *SCHOOLS)),
)
"""Anybody may look like anybody."""


BUSY = tuple(
    Human((f"{name} oakley",), (f"{name}@x",), (_OAK, _OAK, _OAK, SCHOOLS[2]))
    for name in ("ann", "bob", "cat", "dan", "eve")
)
"""Colleagues of one school, who may come for each other."""


def cast_of_humans(rng: Random) -> tuple[Human, ...]:
    """People who vary either how they write their name, or the address under which they book for their school."""
    spelt = Human(("ann smith", "ann smith", "annie smith", "ann m smith", ""), ("ann@x",), SCHOOLS)
    addressed = Human(("ann smith",), ("ann@x", "ann@x", "ann@home", ""), (_OAK,))
    namesake = Human(("ann smith",), ("other@x", "other@home"), (_ELM,))
    bobs = (
        Human(("bob baker", "robert baker", ""), ("bob@x",), (_OAK, SCHOOLS[2])),
        Human(("bob baker",), ("bob@x", ""), (_OAK,)),
    )
    return (rng.choice((spelt, addressed)), rng.choice(bobs), namesake)


def some_instant(rng: Random) -> datetime:
    """In quarters of an hour, so that exact deadlines and ties happen."""
    first, last = rng.choice(SPANS)
    return STARTS_AT - QUARTER * rng.randint(first, last)


class Maker:
    """Makes one history."""

    def __init__(self, rng: Random, humans: Sequence[Human] = WILD, refused: frozenset[Reason] = frozenset()) -> None:
        self.rng = rng
        self.humans = humans
        self.refused = refused
        """Questions to which nobody answers `charge`."""
        self.by_human: dict[str, int] = {}
        """Whose each booking is."""
        self.deeds: list[Deed] = []
        self.walk_ins = 0

    def make(self) -> History:
        """A history with answers to some of its questions."""
        rng = self.rng
        recorded = sorted(RECORDED)
        if self.humans is WILD and rng.randrange(3) == 0:
            self.humans, recorded = BUSY, ["mark", "walk_in", "walk_in", "walk_in", "notice", "notice", "link", "claim"]
        settings: dict[str, Any] = {"single_day": rng.random() < 0.6}
        if rng.randrange(12) == 0:
            settings |= rng.choice(OBSTACLES)
        if rng.randrange(6) == 0:
            settings["deliveries"] = rng.choice([(Delivery.ONLINE,), (Delivery.IN_PERSON, Delivery.ONLINE)])
        for number in range(1, rng.randint(1, 6) + 1):
            self._book(f"B{number}")
        refs = [deed.ref for deed in self.deeds if deed.kind == "book"]
        if rng.randrange(5):
            self.deeds += [Deed("mark", ENDS_AT, ref, {"mark": Mark.ABSENT}) for ref in refs]
        for _ in range(rng.randint(0, 6)):
            kind = rng.choice(recorded)
            self.deeds.append(RECORDED[kind](self, rng.choice(refs)))
        document = rng.choice((FLYER_ID, rng.choice(INTRICATE), rng.choice(DOCUMENTS)))
        history = History(document, settings, tuple(sorted(self.deeds, key=lambda deed: deed.at)))
        return self._answered(history)

    def _answered(self, history: History) -> History:
        for _ in range(self.rng.choice((0, 1, 2, 3))):
            asked = [d for d in history.decide().values() if d.outcome is Outcome.REVIEW]
            for decision in asked:
                words = [word for word in decision.answers if self._may_say(decision.reason, word)]
                if words and self.rng.random() < 0.7:
                    about = {"question": decision.reason.value, "word": self.rng.choice(words)}
                    history = history.and_then(Deed("answer", AS_OF, decision.booking_id, about))
        return history

    def _may_say(self, question: Reason, word: AnswerWord) -> bool:
        if word is AnswerWord.WAIVE:
            return self.rng.randrange(6) == 0
        return not (word is AnswerWord.CHARGE and question in self.refused)

    # --- what is read

    def _book(self, ref: str) -> None:
        rng = self.rng
        human = rng.randrange(len(self.humans))
        who = self.humans[human]
        at = STARTS_AT + QUARTER * rng.randint(0, 4) if rng.randrange(9) == 0 else None
        at = at or (BOOKED_AT if rng.randrange(2) else min(some_instant(rng), STARTS_AT - QUARTER))
        order = self._order(ref, human)
        face = who.face(rng)
        if order != f"order-{ref}" and rng.randrange(2) and self.humans is WILD:
            face = next(d.words["face"] for d in self.deeds if d.kind == "book" and d.words["order"] == order)
        words: dict[str, Any] = {"face": face, "school": rng.choice(who.schools), "order": order, "first": {}}
        if rng.randrange(20) == 0:
            words["is_place"] = False
        if rng.randrange(10) == 0:
            words["ticket_known"] = False
        if rng.randrange(6) == 0:
            seen_at = max(at, some_instant(rng))
            words["first"] = {**self._seen(seen_at), "received_at": seen_at}
        self.by_human[ref] = human
        self.deeds.append(Deed("book", at, ref, words))
        self.deeds += self._reads(ref, words["first"].get("received_at", at))

    def _order(self, ref: str, human: int) -> str:
        """Mostly one of its own; of people who are told apart never two bookings of one person in an order."""
        before = [d for d in self.deeds if d.kind == "book"]
        if before and self.rng.randrange(5) == 0:
            order: str = self.rng.choice(before).words["order"]
            if self.humans is WILD or all(self.by_human[d.ref] != human for d in before if d.words["order"] == order):
                return order
        return f"order-{ref}"

    def _reads(self, ref: str, since: datetime) -> Iterator[Deed]:
        rng = self.rng
        for at in (some_instant(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 4)))):
            if at < since:
                continue
            what = rng.choice(("sight", "sight", "late", "seen", "seen", "seen"))
            if what != "seen":
                yield Deed("sight", at)
            if what != "sight":
                seen_at = at if what == "seen" else at + QUARTER
                yield Deed("observe", seen_at, ref, self._seen(seen_at))
        if rng.randrange(8) == 0:
            seen = {"checked_in": True, "barcode": BarcodeStatus.USED, "stamp": BOOKED_AT}
            yield Deed("observe", max(since, STARTS_AT + QUARTER), ref, seen)

    def _seen(self, at: datetime) -> dict[str, Any]:
        rng = self.rng
        presence = rng.choice((Presence.CANCELLED, Presence.CANCELLED, Presence.VANISHED, *Presence))
        barcode = rng.choice((BarcodeStatus.REFUNDED, *BarcodeStatus))
        stamp = rng.choice((at, at, None, min(at, some_instant(rng))))
        return {
            "presence": presence,
            "barcode": barcode if presence is not Presence.ACTIVE else BarcodeStatus.UNUSED,
            "stamp": stamp,
            "status_known": rng.randrange(6) > 0,
        }

    # --- what people record

    def _when(self) -> datetime:
        return self.rng.choice((AFTERWARDS, AFTERWARDS, CLOSED_AT, some_instant(self.rng)))

    def mark(self, ref: str) -> Deed:
        marks = (Mark.ABSENT, Mark.ABSENT, Mark.PRESENT, *Mark)
        who = self.rng.choice([ref, ref, ref, *(d.ref for d in self.deeds if d.kind == "walk_in")])
        return Deed("mark", ENDS_AT + HOUR, who, {"mark": self.rng.choice(marks)})

    def walk_in(self, ref: str) -> Deed:
        rng = self.rng
        self.walk_ins += 1
        names = [name for human in self.humans for name in human.names if name]
        name = rng.choice([*names, f"walk in {self.walk_ins}", f"walk in {self.walk_ins}"])
        words = {"name": name, "school": rng.choice(SCHOOLS), "replaces": rng.choice((None, None, ref))}
        return Deed("walk_in", rng.choice((STARTS_AT, AFTERWARDS)), f"W{self.walk_ins}", words)

    def link(self, ref: str) -> Deed:
        came = [d.ref for d in self.deeds if d.kind in ("book", "walk_in")]
        return Deed("link", AFTERWARDS, ref, {"substitute": self.rng.choice(came)})

    def notice(self, ref: str) -> Deed:
        rng = self.rng
        key = rng.choice(("", "", "id:Oak", "name:oak", "id:Elm"))
        received_at = some_instant(rng)
        words = {"received_at": received_at, "channel": rng.choice(tuple(Channel)), "school_key": key or None}
        return Deed("notice", max(received_at, self._when()), "" if key else ref, words)

    def claim(self, ref: str) -> Deed:
        rng = self.rng
        words: dict[str, Any] = {"kind": rng.choice(tuple(ExemptionKind)), "state": rng.choice(tuple(ExemptionState))}
        words["received_at"] = rng.choice((None, STARTS_AT, AS_OF))
        key = rng.choice(("id:Oak", "name:oak", "id:Elm"))
        if words["kind"] is ExemptionKind.OFSTED:
            first = date(2019, 11, rng.randint(3, 6))
            words |= {"school_key": key, "from_on": first, "until_on": first + DAY}
            return Deed("claim", self._when(), "", words)
        words |= {"workshop_id": "900", "code": rng.choice(("illness", "weather", "other"))}
        if rng.randrange(3) == 0:
            return Deed("claim", self._when(), "", {**words, "school_key": key})
        return Deed("claim", self._when(), ref, words)

    def answer(self, ref: str) -> Deed:
        question = self.rng.choice([reason for reason, words in QUESTIONS.items() if words])
        allowed = sorted(w for w in QUESTIONS[question] if self._may_say(question, w)) or [AnswerWord.WAIVE]
        return Deed("answer", self._when(), ref, {"question": question.value, "word": self.rng.choice(allowed)})

    def waive(self, ref: str) -> Deed:
        return Deed("answer", self._when(), ref, {"question": None, "word": AnswerWord.WAIVE})

    def move(self, _ref: str) -> Deed:
        starts_at = STARTS_AT + HOUR * self.rng.randint(-30, 30)
        announced_at = min(some_instant(self.rng), ENDS_AT)
        return Deed("move", announced_at, "", {"starts_at": starts_at, "hours": self.rng.choice((2, 4, 5))})

    def declare(self, _ref: str) -> Deed:
        at = some_instant(self.rng)
        withdrawn_at = self.rng.choice((None, None, at + HOUR * self.rng.randint(1, 40)))
        gap = None if withdrawn_at is None else (withdrawn_at, withdrawn_at + HOUR * self.rng.randint(1, 40))
        return Deed("declare", at, "", {"withdrawn_between": gap})

    def elsewhere(self, ref: str) -> Deed:
        human = self.humans[self.by_human[ref]]
        words = {"face": human.face(self.rng), "school": self.rng.choice(human.schools)}
        number = sum(deed.kind == "elsewhere" for deed in self.deeds)
        ended = [deed.at for deed in self.deeds if deed.kind == "observe" and deed.ref == ref]
        at = self.rng.choice([some_instant(self.rng), *ended])
        return Deed("elsewhere", at, f"X{number}", words)

    def say_off(self, _ref: str) -> Deed:
        rng = self.rng
        if rng.randrange(4):
            return Deed("sight", some_instant(rng))
        if rng.randrange(2):
            return Deed("hub_says", self._when(), "", {"off": rng.randrange(2) == 0})
        seen_at = rng.choice((None, some_instant(rng)))
        return Deed("eventbrite_says", self._when(), "", {"off": rng.randrange(2) == 0, "seen_at": seen_at})

    def erase(self, ref: str) -> Deed:
        return Deed("erase", AS_OF, ref)


RECORDED: dict[str, Callable[[Maker, str], Deed]] = {
    name: getattr(Maker, name)
    for name in (
        *("mark", "walk_in", "link", "notice", "claim", "answer", "waive", "move", "declare", "elsewhere"),
        *("say_off", "erase"),
    )
}


def leave_out_what_it_does_not_need(history: History, still_fails: Callable[[History], bool]) -> History:
    """The shortest history that can be had by leaving deeds out one after another."""
    index = len(history.deeds) - 1
    while index >= 0:
        shorter = _without(history, index)
        if shorter is not None and still_fails(shorter):
            history = shorter
            index = min(index, len(history.deeds))
        index -= 1
    return history


def _without(history: History, index: int) -> History | None:
    """Without one deed; with a booking or walk-in goes all that is about it."""
    deed = history.deeds[index]
    if deed.kind not in ("book", "walk_in"):
        return history.without(index)
    about = {deed.ref}
    left = [
        each
        for each in history.deeds
        if each.ref not in about and not about & {each.words.get("substitute"), each.words.get("replaces")}
    ]
    return replace(history, deeds=tuple(left)) if any(each.kind == "book" for each in left) else None

"""What is promised of every history, each as a change to it and what must hold afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from policies.decisions import Decision, Outcome, Reason
from policies.facts import AnswerWord, Channel, ExemptionKind, ExemptionState, Mark, Presence
from tests.factories import AS_OF
from tests.property.histories import FLYER_ID, Deed, History, School, billed, circles, cost, persons, policy_of
from tests.property.history_makers import Maker, cast_of_humans, leave_out_what_it_does_not_need, some_instant

Change = Callable[[History], History | None]
"""The history with something more or less; None where there is nothing to change."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A history, and what is tried on it."""

    history: History
    named: str
    broken: Callable[[History], str]
    """What does not hold, in words; empty where all does."""

    def complaint(self) -> str:
        """The shortest history in which it does not hold; empty if it holds."""
        if not self.broken(self.history):
            return ""
        shortest = leave_out_what_it_does_not_need(self.history, lambda history: bool(self.broken(history)))
        return f"{self.named}\n{self.broken(shortest)}\n{shortest.written()}"


# --- recording something in a teacher's favour never costs that teacher more


def try_favour(rng: Random) -> Attempt:
    """One fact in the favour of a teacher is added to a history."""
    history = Maker(rng).make()
    ref = _somebody(rng, history)
    name = rng.choice(sorted(FAVOURS))
    change = FAVOURS[name](rng, ref)

    def broken(history: History) -> str:
        changed = change(history) if ref in history.refs else None
        if changed is None:
            return ""
        facts, before, after = history.facts(), history.decide(), changed.decide()
        own = persons(facts).get(ref, frozenset())
        frees = name in FREEING and history.document == FLYER_ID
        is_dearer = cost(after, own) > (0 if frees else cost(before, own))
        if charges_once(history):  # the school's one charge may pass on to a colleague
            is_dearer = is_dearer and cost(after, after) > cost(before, before)
        return _told(own, before, after) if is_dearer else ""

    return Attempt(history, f"{name} for {ref}: {_what(change, history)}", broken)


def _somebody(rng: Random, history: History) -> str:
    """A booking; often of a person who has several, and pays for one of them or has been replaced."""
    facts, decisions = history.facts(), history.decide()
    own = persons(facts)
    several = [ref for ref in history.refs if len(own.get(ref, ())) > 1]
    paying = [ref for ref in history.refs if ref in decisions and decisions[ref].amount_pence]
    replaced = [ref for ref in history.refs if ref in decisions and decisions[ref].outcome is Outcome.REPLACED]
    return rng.choice(rng.choice([each for each in (history.refs, several, paying, replaced) if each]))


def _what(change: Change, history: History) -> str:
    changed = change(history)
    return "nothing" if changed is None else ", ".join(map(str, set_of(changed) - set_of(history))) or "taken away"


def set_of(history: History) -> set[str]:
    """Its deeds, as text."""
    return {f"{deed.kind} {deed.ref} {dict(deed.words)}" for deed in history.deeds}


def _told(refs: Iterator[str] | frozenset[str], before: Mapping[str, Decision], after: Mapping[str, Decision]) -> str:
    said = []
    for ref in sorted(refs):
        if ref in before and ref in after:
            one, other = before[ref], after[ref]
            said.append(f"{ref}: {one.reason} {one.amount_pence} -> {other.reason} {other.amount_pence}")
    return "; ".join(said)


def _append(deed: Deed) -> Change:
    return lambda history: history.and_then(deed)


def _notice(rng: Random, ref: str) -> Change:
    words = {"received_at": some_instant(rng), "channel": rng.choice(tuple(Channel)), "school_key": None}
    return _append(Deed("notice", AS_OF, ref, words))


def _school_notice(rng: Random, ref: str) -> Change:
    words = {"received_at": some_instant(rng), "channel": rng.choice(tuple(Channel))}

    def change(history: History) -> History | None:
        (at,) = history.find("book", ref)
        keys = sorted(history.deeds[at].words["school"].keys)
        return history.and_then(Deed("notice", AS_OF, "", {**words, "school_key": keys[0]})) if keys else None

    return change


def _exemption(rng: Random, ref: str) -> Change:
    words = {"kind": ExemptionKind.EXTENUATING, "state": ExemptionState.APPROVED, "workshop_id": "900"}
    return _append(Deed("claim", AS_OF, ref, {**words, "code": rng.choice(("illness", "weather", "other"))}))


def _inspection(_rng: Random, ref: str) -> Change:
    days = {"from_on": date(2019, 11, 1), "until_on": date(2019, 11, 9)}

    def change(history: History) -> History | None:
        (at,) = history.find("book", ref)
        keys = sorted(history.deeds[at].words["school"].keys)
        words = {"kind": ExemptionKind.OFSTED, "state": ExemptionState.APPROVED, **days}
        return history.and_then(Deed("claim", AS_OF, "", {**words, "school_key": keys[0]})) if keys else None

    return change


def _approval(_rng: Random, ref: str) -> Change:
    """Of the claims that wait, those for the booking are approved."""

    def change(history: History) -> History | None:
        for at in history.find("claim", ref):
            if history.deeds[at].words["state"] is ExemptionState.CLAIMED:
                return history.but(at, state=ExemptionState.APPROVED)
        return None

    return change


def _link(rng: Random, ref: str) -> Change:
    substitute = rng.choice([f"B{number}" for number in range(1, 7) if f"B{number}" != ref] + ["W1"])

    def change(history: History) -> History | None:
        if substitute not in (*history.refs, *(history.deeds[at].ref for at in history.find("walk_in"))):
            return None
        return history.and_then(Deed("link", AS_OF, ref, {"substitute": substitute}))

    return change


def _walk_in(rng: Random, ref: str) -> Change:
    name = rng.choice(("ann smith", "bob baker", "cat smith", "zoe young"))
    school = rng.choice((School("Oak", "oak"), School("Elm", "elm"), School(None, "oak")))
    return _append(Deed("walk_in", AS_OF, "W9", {"name": name, "school": school, "replaces": ref}))


def _waiver(_rng: Random, ref: str) -> Change:
    return _append(Deed("answer", AS_OF, ref, {"question": None, "word": AnswerWord.WAIVE}))


def _present(rng: Random, ref: str) -> Change:
    return _append(Deed("mark", AS_OF, ref, {"mark": rng.choice((Mark.PRESENT, Mark.PRESENT, Mark.LATE))}))


def _contested(rng: Random, ref: str) -> Change:
    return _append(Deed("mark", AS_OF, ref, {"mark": rng.choice((Mark.PRESENT, Mark.LATE)), "is_contested": True}))


def _retraction(_rng: Random, ref: str) -> Change:
    def change(history: History) -> History | None:
        absent = [at for at in history.find("mark", ref) if history.deeds[at].words["mark"] is Mark.ABSENT]
        return history.without(absent[-1]) if absent else None

    return change


FAVOURS: Mapping[str, Callable[[Random, str], Change]] = {
    "a notice": _notice,
    "a notice of the school": _school_notice,
    "an exemption": _exemption,
    "an inspection": _inspection,
    "an approval": _approval,
    "a substitute": _link,
    "a walk-in": _walk_in,
    "a waiver": _waiver,
    "a mark that they came": _present,
    "a file that says that they came": _contested,
    "an absence withdrawn": _retraction,
}


FREEING = frozenset({"an exemption", "a walk-in", "a waiver", "a mark that they came"})
"""After which the flyer asks nothing of that teacher, for whichever of their bookings."""


# --- where something is not known nobody is charged who would not be if it were


def try_absence(rng: Random) -> Attempt:
    """One optional datum is taken from a history."""
    history = Maker(rng).make()
    ref = _somebody(rng, history)
    name = rng.choice(sorted(ABSENCES))

    def broken(history: History) -> str:
        if ref not in history.refs or _is_answered(history) or _are_told_apart(history, name, ref):
            return ""
        changed = ABSENCES[name](history, ref)
        if changed is None:
            return ""
        after = changed.decide()
        if name in ASKED and cost(after, [ref]):
            return _told(frozenset({ref}), history.decide(), after)
        return newly_charged(history, changed)

    return Attempt(history, f"without {name} of {ref}", broken)


_ABOUT_ABSENCE = frozenset(
    {
        *("status_unknown", "ticket_unknown", "person_erased", "person_unknown"),
        *("duplicate_suspected", "walk_in_unmatched"),
    }
)


def _is_answered(history: History) -> bool:
    """Whether somebody has answered already what would be asked, as nobody can whom nobody asked."""
    return any(history.deeds[at].words["question"] in _ABOUT_ABSENCE for at in history.find("answer"))


def newly_charged(history: History, changed: History) -> str:
    """Who is billed more than before, in words.

    A charge may pass from one booking of a person, or of whoever perhaps is the same, to another; under policies that
    ask a school once, from anybody to anybody.
    """
    was, now = history.facts(), changed.facts()
    before, after = history.decide(), changed.decide()
    groups = [frozenset(before)] if charges_once(history) else circles(was)
    dearer = [refs for refs in groups if billed(now, after, refs) > cost(before, refs)]
    return "; ".join(_told(refs, before, after) for refs in dearer)


def _are_told_apart(history: History, name: str, ref: str) -> bool:
    """Whether something else tells people apart, so that what is missing is not needed for that.

    Two confirmed schools do; two names, where there is no address; and nobody looks for a nameless person elsewhere.
    """
    if name in ASKED:
        return False
    facts = history.facts()
    (circle,) = (refs for refs in circles(facts) if ref in refs)
    here = [booking for booking in facts.bookings if booking.id in circle]
    schools = {booking.school_id for booking in here} - {None}
    names = {booking.name_id for booking in here} - {None}
    is_elsewhere = name == "the name" and bool(history.find("elsewhere"))
    return len(schools) > 1 or (name == "the address" and len(names) > 1) or is_elsewhere


def charges_once(history: History) -> bool:
    """Whether the policy asks a school once."""
    return policy_of(history.document).versions[0].charge.per == "school"


def _without_class(history: History, ref: str) -> History | None:
    """What is no place by its class may be one for all that is known then."""
    (at,) = history.find("book", ref)
    return history.but(at, ticket_known=False, is_place=True)


def _without_status(history: History, ref: str) -> History | None:
    return _with_status(history, ref)


def _without_status_seen_active(history: History, ref: str) -> History | None:
    """Nothing but the word said that it was cancelled."""
    return _with_status(history, ref, presence=Presence.ACTIVE)


def _with_status(history: History, ref: str, **presence: Presence) -> History | None:
    seen = history.find("observe", ref)
    readable = (Presence.ACTIVE, Presence.CANCELLED)
    if seen:
        deed = history.deeds[seen[-1]]
        # a stamp older than one read before is that of an old picture, of which nothing needs to be known
        (booked,) = history.find("book", ref)
        first = history.deeds[booked].words["first"]
        stamps = [first.get("stamp") or history.deeds[booked].at]
        stamps += [history.deeds[at].words["stamp"] or history.deeds[at].at for at in seen]
        is_read = deed.words.get("presence", Presence.ACTIVE) in readable and stamps[-1] >= max(stamps)
        return history.but(seen[-1], status_known=False, **presence) if is_read else None
    (at,) = history.find("book", ref)
    first = history.deeds[at].words["first"]
    is_read = first.get("presence", Presence.ACTIVE) in readable
    return history.but(at, first={**first, "status_known": False, **presence}) if is_read else None


def _without_name(history: History, ref: str) -> History | None:
    """A seat with neither name nor address in an order that has a name is one that a buyer left unnamed."""
    (at,) = history.find("book", ref)
    words = history.deeds[at].words
    orders = [history.deeds[each].words["order"] for each in history.find("book")]
    if not words["face"].email and orders.count(words["order"]) > 1:
        return None
    return _with_less(history, ref, "name")


def _without_address(history: History, ref: str) -> History | None:
    (at,) = history.find("book", ref)
    words = history.deeds[at].words
    orders = [history.deeds[each].words["order"] for each in history.find("book")]
    if not words["face"].name and orders.count(words["order"]) > 1:
        return None
    return _with_less(history, ref, "email")


def _with_less(history: History, ref: str, field: str) -> History | None:
    """Nothing is taken from an unnamed seat: the other seat of its order would become somebody's; nor once erased."""
    (at,) = history.find("book", ref)
    words = history.deeds[at].words
    orders = [(history.deeds[each].words["order"], history.deeds[each].words["face"]) for each in history.find("book")]
    if orders.count((words["order"], words["face"])) > 1 or history.find("erase"):
        return None
    return history.but(at, face=replace(words["face"], **{field: ""}))


def _without_school(history: History, ref: str) -> History | None:
    """Where a school is asked once, nobody can say whether it was this one's charge that was waived."""
    (at,) = history.find("book", ref)
    return None if charges_once(history) else history.but(at, school=School())


def _erased(history: History, ref: str) -> History | None:
    return history.and_then(Deed("erase", AS_OF, ref))


ABSENCES: Mapping[str, Callable[[History, str], History | None]] = {
    "the ticket class": _without_class,
    "the status": _without_status,
    "the status, no flag": _without_status_seen_active,
    "the name": _without_name,
    "the address": _without_address,
    "the school": _without_school,
    "the person, erased": _erased,
}


ASKED = frozenset({"the ticket class", "the status", "the status, no flag", "the person, erased"})
"""Without which the booking itself is a question, and never charged outright."""


# --- nobody is charged twice for a workshop


def try_once(rng: Random) -> Attempt:
    """People book several times, under several spellings or addresses."""
    humans = cast_of_humans(rng)
    # to say that two are not the same is a person's right, and then they are charged as two
    maker = Maker(rng, humans, refused=frozenset({Reason.DUPLICATE_SUSPECTED}))
    history = maker.make()

    def broken(history: History) -> str:
        charged = [ref for ref, d in history.decide().items() if d.outcome is Outcome.CHARGE]
        counts = Counter(maker.by_human[ref] for ref in charged)
        twice = [ref for ref in charged if counts[maker.by_human[ref]] > 1]
        return f"charged twice: {twice}" if twice else ""

    return Attempt(history, "one person", broken)


TRIES: Mapping[str, Callable[[Random], Attempt]] = {
    "favour": try_favour,
    "absence": try_absence,
    "once": try_once,
}


def reasons_reached(attempts: Sequence[Attempt]) -> Counter[str]:
    """How often which decision stood in these histories."""
    return Counter(d.reason.value for attempt in attempts for d in attempt.history.decide().values())

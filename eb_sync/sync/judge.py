"""What is believed of what a run saw of an event: all of it, what a later read bears out, or nothing yet. Pure.

What looks wrong waits in the order in which it was seen, and whatever is seen of that event meanwhile waits behind it:
so nothing overtakes what was seen before, and a mass change cannot pass in pieces (DESIGN 7.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from eb_sync.model.bookings import KnownBooking
from eb_sync.model.readings import AttendeeList, CompleteRead
from eb_sync.sync.plan import EventPlan, keep_borne_out, names_every_row, plan_changed, plan_event

Reading = AttendeeList | CompleteRead
"""Rows of one event: from the list of changed attendees, or all of them."""


class ReadJudgement(Enum):
    """What is believed of an event's rows."""

    ALL = "all"
    """All of it, each as of its own time."""
    BORNE_OUT = "borne out"
    """The complete read, and of what was seen before what it bears out."""
    NOTHING = "nothing"
    """It waits for a complete read that looks right, or for a person who allows it."""


@dataclass(frozen=True, slots=True)
class EventReadings:
    """What was seen of one event and is not applied yet, oldest first."""

    event_id: str
    waiting: tuple[Reading, ...]
    """What earlier runs held."""
    changed: AttendeeList | None
    """Its rows in this run's list of changed attendees."""
    read: CompleteRead | None
    """This run's complete read, which came after that list."""
    goes_ahead: bool
    """Whether the event is not called off, as known now."""
    allowed: bool
    """Whether a person allowed it a mass change."""

    @property
    def now(self) -> tuple[Reading, ...]:
        """What this run saw."""
        return tuple(each for each in (self.changed, self.read) if each is not None)

    def plan(self, known: Mapping[str, KnownBooking], seen: Reading) -> EventPlan:
        """Compare one of them with what is known."""
        if isinstance(seen, CompleteRead):
            return plan_event(known, seen)
        return plan_changed(self.event_id, known, seen, goes_ahead=self.goes_ahead)


def looks_wrong(known: Mapping[str, KnownBooking], event: EventReadings) -> bool:
    """Whether anything that this run saw of the event does, against what was known before it."""
    return any(event.plan(known, seen).looks_wrong for seen in event.now)


def judge(known: Mapping[str, KnownBooking], event: EventReadings) -> ReadJudgement:
    """What is believed, judged against what was known before anything of it was seen."""
    if event.allowed:
        return ReadJudgement.ALL
    wrong_changes = event.changed is not None and event.plan(known, event.changed).looks_wrong
    is_suspect = bool(event.waiting) or wrong_changes
    if event.read is None:
        return ReadJudgement.NOTHING if is_suspect else ReadJudgement.ALL
    releases = names_every_row(event.read.attendees) or not is_suspect
    if not releases or event.plan(known, event.read).looks_wrong:
        return ReadJudgement.NOTHING
    return ReadJudgement.BORNE_OUT if is_suspect else ReadJudgement.ALL


@dataclass(frozen=True, slots=True)
class Believed:
    """One of an event's readings, as far as it is believed."""

    event: EventReadings
    seen: Reading
    verdict: ReadJudgement

    def plan(self, known: Mapping[str, KnownBooking]) -> EventPlan:
        """What it writes, after what was seen before it is written."""
        plan = self.event.plan(known, self.seen)
        if self.verdict is ReadJudgement.ALL or self.event.read is None or self.seen is self.event.read:
            return plan
        return keep_borne_out(plan, self.event.read)


def believed(event: EventReadings, verdict: ReadJudgement) -> list[Believed]:
    """All of the event's readings, oldest first, each as far as it is believed."""
    return [Believed(event, seen, verdict) for seen in (*event.waiting, *event.now)]

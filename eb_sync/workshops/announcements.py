"""Which dates of a workshop were announced, and when, by the page and by leads. Pure.

What was announced counts for whoever booked before it was taken back: a move, a call-off or a day that somebody
withdrew later was so while it stood, and teachers went by it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from eb_sync.model.bookings import EventObservation
from eb_sync.model.facts import (
    DateDeclared,
    Fact,
    Withdrawn,
    WorkshopCalledOff,
    WorkshopMoved,
    WorkshopReinstated,
    facts_of,
)
from eb_sync.model.readings import GoingAhead
from policies.facts import AnnouncedDate

_Dates = tuple[tuple[AnnouncedDate, ...], AnnouncedDate | None]
_Build = Callable[[Sequence[EventObservation], Sequence[Fact]], _Dates]


@dataclass(frozen=True, slots=True)
class Said:
    """What people recorded about when a workshop takes place, and whether."""

    facts: Sequence[Fact]
    """Oldest first."""
    withdrawn: Sequence[Withdrawn] = ()
    """In the order of withdrawal."""

    def until(self, fact_id: int) -> Said:
        """What stood just before a fact was recorded, none of it withdrawn by then."""
        stood = [each.fact for each in self.withdrawn if each.by.id >= fact_id]
        return Said([fact for fact in sorted([*self.facts, *stood], key=lambda fact: fact.id) if fact.id < fact_id])

    @property
    def is_off(self) -> bool:
        """Whether the hub's newest word is that the workshop is called off."""
        words = [
            each.content for each in self.facts if isinstance(each.content, WorkshopCalledOff | WorkshopReinstated)
        ]
        return bool(words) and isinstance(words[-1], WorkshopCalledOff)


def announced_dates(history: Sequence[EventObservation], said: Said) -> _Dates:
    """The dates of an event that stands for one workshop, and one in dispute if there is one."""
    return _with_withdrawn(_of_page, history, said)


def declared_dates(history: Sequence[EventObservation], said: Said, fact: Fact, declared: DateDeclared) -> _Dates:
    """The dates of one declared day, and the page's new date if it changed and nobody has said yet what that means."""
    return _with_withdrawn(lambda known, facts: _of_day(known, facts, fact, declared), history, said)


def _with_withdrawn(build: _Build, history: Sequence[EventObservation], said: Said) -> _Dates:
    """As built of what stands, with the dates of moves that were withdrawn, and then the date in force once more."""
    dates, disputed = build(history, said.facts)
    found = {announced.id: announced for announced in dates}
    for gone in said.withdrawn:
        if not isinstance(gone.fact.content, WorkshopMoved):
            continue
        (before, _), (after, _) = (_build_until(build, history, said, gone.by.id + more) for more in (0, 1))
        found = {announced.id: announced for announced in before} | found
        if _times(before[-1]) != _times(after[-1]):
            found[gone.by.id] = _again(after[-1], gone.by.id, gone.by.recorded_at)
    return tuple(found[fact_id] for fact_id in sorted(found)), disputed


def _build_until(build: _Build, history: Sequence[EventObservation], said: Said, fact_id: int) -> _Dates:
    known = [observation for observation in history if observation.id < fact_id]
    return build(known or history[:1], said.until(fact_id).facts)


def _times(announced: AnnouncedDate) -> tuple[datetime, datetime]:
    return announced.starts_at, announced.ends_at


def _again(announced: AnnouncedDate, fact_id: int, announced_at: datetime) -> AnnouncedDate:
    return dataclasses.replace(
        announced, id=fact_id, announced_at=announced_at, declared_at=None, withdrawn_between=None
    )


def with_withdrawn_days(
    dates: tuple[AnnouncedDate, ...], withdrawn: Sequence[Withdrawn], zone: ZoneInfo
) -> tuple[AnnouncedDate, ...]:
    """The dates of a page that stands for one workshop, after days declared behind it were all withdrawn.

    Where none of those was on the page's own date, whoever knew of them had no other to go by.
    """
    days = [(each, each.fact.content) for each in withdrawn if isinstance(each.fact.content, DateDeclared)]
    in_force = dates[-1]
    on = in_force.starts_at.astimezone(zone).date()
    if not days or any(declared.starts_at.astimezone(zone).date() == on for _, declared in days):
        return dates
    found = {announced.id: announced for announced in dates}
    for gone, declared in days:
        found[gone.fact.id] = AnnouncedDate(gone.fact.id, declared.starts_at, declared.ends_at, gone.fact.recorded_at)
    last = max(days, key=lambda day: day[0].by.id)[0].by
    before = [announced for announced in dates if announced.id < last.id]
    found[last.id] = _again((before or dates)[-1], last.id, last.recorded_at)
    return tuple(found[fact_id] for fact_id in sorted(found))


def with_replaced_days(
    dates: tuple[AnnouncedDate, ...], withdrawn: Sequence[Withdrawn], standing: Sequence[DateDeclared], zone: ZoneInfo
) -> tuple[AnnouncedDate, ...]:
    """The dates of a declared day, after days withdrawn before it was declared, which it may have replaced.

    A date that stands was replaced by none.
    """
    kept = {declared.starts_at.astimezone(zone).date() for declared in standing}
    first = dates[0]
    replaced = [
        AnnouncedDate(each.fact.id, each.fact.content.starts_at, each.fact.content.ends_at, first.announced_at)
        for each in withdrawn
        if isinstance(each.fact.content, DateDeclared)
        and each.by.id < first.id
        and each.fact.content.starts_at.astimezone(zone).date() not in kept
    ]
    if not replaced or first.declared_at is None:
        return dates
    return (*replaced, dataclasses.replace(first, announced_at=first.declared_at), *dates[1:])


def _of_page(history: Sequence[EventObservation], facts: Sequence[Fact]) -> _Dates:
    first = history[0]
    dates = [AnnouncedDate(first.id, first.starts_at, first.ends_at, first.created_at)]
    disputed: AnnouncedDate | None = None
    shown = (first.starts_at, first.ends_at)
    steps: list[EventObservation | AnnouncedDate] = [*history[1:], *_moves(facts)]
    for step in sorted(steps, key=lambda step: step.id):
        if isinstance(step, AnnouncedDate):
            dates.extend(_settled(dates[-1], disputed, step))
            disputed = None
            continue
        if (step.starts_at, step.ends_at) == shown:
            continue
        shown = (step.starts_at, step.ends_at)
        announced_at = min(step.received_at, step.changed_at)
        disputed = _apply_change(dates, AnnouncedDate(step.id, step.starts_at, step.ends_at, announced_at), step)
    return tuple(dates), disputed


def _of_day(history: Sequence[EventObservation], facts: Sequence[Fact], fact: Fact, declared: DateDeclared) -> _Dates:
    first = AnnouncedDate(
        fact.id,
        declared.starts_at,
        declared.ends_at,
        history[0].created_at,
        declared_at=declared.declared_at or fact.recorded_at,
        withdrawn_between=None if declared.withdrawn_at is None else (declared.withdrawn_at, fact.recorded_at),
    )
    dates = [first]
    disputed: AnnouncedDate | None = None
    shown = (history[0].starts_at, history[0].ends_at)
    steps: list[EventObservation | AnnouncedDate] = [*history[1:], *_moves(facts)]
    for step in sorted(steps, key=lambda step: step.id):
        if isinstance(step, AnnouncedDate):
            # while the page showed another date, nobody could know this one: naming it announces it
            dates.extend(_settled(dates[-1], disputed, step) or ([step] if disputed is not None else []))
            disputed = None
            continue
        has_changed, shown = (step.starts_at, step.ends_at) != shown, (step.starts_at, step.ends_at)
        if has_changed and step.id > fact.id and step.received_at <= dates[-1].ends_at:
            announced_at = min(step.received_at, step.changed_at)
            disputed = AnnouncedDate(step.id, step.starts_at, step.ends_at, announced_at)
    return tuple(dates), disputed


def with_reinstatements(
    dates: tuple[AnnouncedDate, ...], history: Sequence[EventObservation], said: Said
) -> tuple[AnnouncedDate, ...]:
    """The dates, each announced once more when a workshop that had been called off was to take place after all.

    Whether that was said, or what had been said was withdrawn, teachers had been told that it was off.
    """
    ever = [*said.facts, *(gone.fact for gone in said.withdrawn)]
    again = [(fact.id, fact.recorded_at) for fact, _ in facts_of(ever, WorkshopReinstated)]
    again += [
        (gone.by.id, gone.by.recorded_at)
        for gone in said.withdrawn
        if said.until(gone.by.id).is_off and not said.until(gone.by.id + 1).is_off
    ]
    for before, after in pairwise(history):
        if before.going_ahead is not GoingAhead.GOING_AHEAD and after.going_ahead is GoingAhead.GOING_AHEAD:
            again.append((after.id, min(after.received_at, after.changed_at)))
    found = list(dates)
    for fact_id, announced_at in sorted(again):
        in_force = [announced for announced in found if announced.id < fact_id]
        if in_force:
            found.insert(found.index(in_force[-1]) + 1, _again(in_force[-1], fact_id, announced_at))
    return tuple(found)


def _apply_change(
    dates: list[AnnouncedDate], change: AnnouncedDate, observation: EventObservation
) -> AnnouncedDate | None:
    """Append a date read on Eventbrite, or give it back as disputed if it came after the workshop's end."""
    current = dates[-1]
    if (change.starts_at, change.ends_at) == (current.starts_at, current.ends_at):
        return None
    if observation.received_at <= current.ends_at:
        dates.append(change)
        return None
    return None if change.starts_at == current.starts_at else change


def _settled(current: AnnouncedDate, disputed: AnnouncedDate | None, named: AnnouncedDate) -> list[AnnouncedDate]:
    """What a lead's `workshop move` adds: nothing if it names the date in force, else the date named.

    A disputed date that is named keeps the instant at which Eventbrite announced it.
    """
    if named.starts_at == current.starts_at and named.ends_at == current.ends_at:
        return []
    if disputed is not None and named.starts_at == disputed.starts_at:
        return [dataclasses.replace(named, announced_at=disputed.announced_at)]
    return [named]


def _moves(facts: Sequence[Fact]) -> list[AnnouncedDate]:
    return [
        AnnouncedDate(fact.id, moved.starts_at, moved.ends_at, fact.recorded_at)
        for fact, moved in facts_of(facts, WorkshopMoved)
    ]

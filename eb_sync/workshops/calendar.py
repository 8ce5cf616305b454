"""Which workshops there are, and when: from events as observed and what leads recorded. Pure.

A single event is a work group with one workshop; a series is a work group of its children; a page with declared days
is a work group of those days.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from eb_sync.model.bookings import EventObservation
from eb_sync.model.facts import (
    DateDeclared,
    Fact,
    RegisterClosed,
    RegisterReopened,
    Withdrawn,
    WorkshopCalledOff,
    WorkshopMoved,
    WorkshopReinstated,
    facts_of,
    split_withdrawn,
)
from eb_sync.model.readings import GoingAhead
from eb_sync.workshops.announcements import (
    Said,
    announced_dates,
    declared_dates,
    with_reinstatements,
    with_replaced_days,
    with_withdrawn_days,
)
from policies.call_offs import is_called_off
from policies.facts import AnnouncedDate, CallOff, Delivery


class WorkshopState(StrEnum):
    """Where a workshop stands at an instant."""

    DATES_UNKNOWN = "dates_unknown"
    UPCOMING = "upcoming"
    RUNNING = "running"
    REGISTER_OPEN = "register_open"
    REGISTER_CLOSED = "register_closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Workshop:
    """One dated meeting, as known at the time for which the calendar was built."""

    id: str
    """The event's id, with `/<day>` where one page stands for several days."""
    event_id: str
    workgroup_id: str
    day: int | None
    """Number within its work group; None for a single event."""
    slug: str
    title: str
    time_zone: str
    venue: str | None
    organizer_id: str | None
    dates: tuple[AnnouncedDate, ...]
    """As announced, the last in force; never empty."""
    deliveries: tuple[Delivery, ...]
    """How it was ever announced to be held."""
    dates_known: bool
    disputed: AnnouncedDate | None
    """A date that Eventbrite shows and that is not applied until a lead names the one that counts.

    It was read after the workshop's end, or the page's days are declared, and which of them moved only a person knows.
    """
    single_day: bool
    """True where a check-in can only mean this workshop."""
    is_bookable: bool
    """False: the event is gone from Eventbrite, or back in draft."""
    other_classes: frozenset[str]
    """Ticket classes once listed as no seats, whatever later lists say of them."""
    known_classes: frozenset[str] | None
    """Every ticket class that a list ever described; None: some lists were read before that was recorded."""
    hub_statement: CallOff | None
    eventbrite_statement: CallOff | None
    closed_at: datetime | None
    page_changed: bool = False
    """Whether a date is in dispute because the page of declared days changed."""
    only_day_between: tuple[int, int] | None = None
    """Of the page's days the first declared: between its fact and that of the next one it was the only one."""

    @property
    def name(self) -> str:
        """What people call it and type: its slug, with `/<day>` where it is one of several."""
        return self.slug if self.day is None else f"{self.slug}/{self.day}"

    @property
    def starts_at(self) -> datetime:
        """The start in force."""
        return self.dates[-1].starts_at

    @property
    def ends_at(self) -> datetime:
        """The end in force."""
        return self.dates[-1].ends_at

    @property
    def local_on(self) -> date:
        """The local date of the start."""
        return self.starts_at.astimezone(self.zone).date()

    @property
    def zone(self) -> ZoneInfo:
        """The event's time zone, in which its page shows times."""
        return ZoneInfo(self.time_zone)

    @property
    def is_called_off(self) -> bool:
        """Whether the hub called it off, by the rule of DESIGN 5.2 row 1."""
        return is_called_off(self.hub_statement, self.eventbrite_statement, self.starts_at)

    def state_at(self, instant: datetime) -> WorkshopState:
        """Where it stands at this instant."""
        if self.is_called_off:
            return WorkshopState.CANCELLED
        if not self.dates_known:
            return WorkshopState.DATES_UNKNOWN
        if instant < self.starts_at:
            return WorkshopState.UPCOMING
        if self.closed_at is not None:
            return WorkshopState.REGISTER_CLOSED
        return WorkshopState.RUNNING if instant < self.ends_at else WorkshopState.REGISTER_OPEN


def build_calendar(
    observations: Iterable[EventObservation], facts: Sequence[Fact], last_going_ahead: Mapping[str, datetime]
) -> tuple[Workshop, ...]:
    """All workshops, by start in force and then id.

    Among `facts` may be such as were withdrawn, with what withdrew them: what was announced meanwhile is kept.
    `last_going_ahead` gives, for events that Eventbrite shows as off, the start of our last read that showed otherwise.
    """
    histories: dict[str, list[EventObservation]] = defaultdict(list)
    for observation in observations:
        histories[observation.event_id].append(observation)
    standing, withdrawn = split_withdrawn(facts)
    about = _by_workshop(standing, withdrawn)
    declared: dict[str, list[tuple[Fact, DateDeclared]]] = defaultdict(list)
    for fact, date_declared in facts_of(standing, DateDeclared):
        declared[date_declared.event_id].append((fact, date_declared))
    numbers = _child_numbers(histories.values())
    workshops = [
        workshop
        for event_id, history in histories.items()
        for workshop in _event_workshops(
            _Event(history, declared[event_id], numbers.get(event_id), last_going_ahead.get(event_id)), about
        )
    ]
    return tuple(sorted(workshops, key=lambda workshop: (workshop.starts_at, workshop.id)))


@dataclass(frozen=True, slots=True)
class _Event:
    history: list[EventObservation]
    declared: list[tuple[Fact, DateDeclared]]
    child_number: int | None
    last_going_ahead_at: datetime | None


def _by_workshop(facts: Sequence[Fact], withdrawn: Sequence[Withdrawn]) -> dict[str, Said]:
    """What was said about each workshop or page; declared days that were withdrawn are the page's."""
    kinds = (WorkshopMoved, WorkshopCalledOff, WorkshopReinstated, RegisterClosed, RegisterReopened)
    about: dict[str, tuple[list[Fact], list[Withdrawn]]] = defaultdict(lambda: ([], []))
    for fact in facts:
        if isinstance(fact.content, kinds):
            about[fact.content.workshop_id][0].append(fact)
    for gone in withdrawn:
        content = gone.fact.content
        if isinstance(content, DateDeclared):
            about[content.event_id][1].append(gone)
        elif isinstance(content, kinds):
            about[content.workshop_id][1].append(gone)
    return {workshop_id: Said(*said) for workshop_id, said in about.items()}


def _child_numbers(histories: Iterable[list[EventObservation]]) -> dict[str, int]:
    # numbered in the order in which they were first read, so that a number never changes hands
    children: dict[str, list[EventObservation]] = defaultdict(list)
    for history in histories:
        if history[-1].series_id is not None:
            children[history[-1].series_id].append(history[0])
    return {
        first.event_id: number
        for firsts in children.values()
        for number, first in enumerate(sorted(firsts, key=lambda o: (o.recorded_at, o.starts_at, o.event_id)), 1)
    }


def _event_workshops(event: _Event, about: Mapping[str, Said]) -> list[Workshop]:
    newest = event.history[-1]
    zone = ZoneInfo(newest.time_zone)
    on_page = about.get(newest.event_id, Said(()))
    if not event.declared:
        dates, disputed = announced_dates(event.history, on_page)
        dates = with_reinstatements(with_withdrawn_days(dates, on_page.withdrawn, zone), event.history, on_page)
        spans_days = _local_on(dates[-1].starts_at, zone) != _local_on(dates[-1].ends_at, zone)
        known = disputed is None and (newest.series_id is not None or not spans_days)
        return [_workshop(event, newest.event_id, event.child_number, _Dates(dates, disputed, known), on_page.facts)]
    workshops = []
    standing = [declared for _, declared in event.declared]
    for fact, declared in event.declared:
        workshop_id = f"{newest.event_id}/{declared.day}"
        said = about.get(workshop_id, Said(()))
        dates, disputed = declared_dates(event.history, said, fact, declared)
        said = _with_call_offs(said, on_page)
        dates = with_reinstatements(dates, event.history, said)
        dates = with_replaced_days(dates, on_page.withdrawn, standing, zone)
        workshops.append(
            _workshop(event, workshop_id, declared.day, _Dates(dates, disputed, disputed is None), said.facts)
        )
    if len(workshops) > 1:
        between = event.declared[0][0].id, event.declared[1][0].id
        workshops[0] = dataclasses.replace(workshops[0], only_day_between=between)
    return workshops


def _with_call_offs(of_day: Said, on_page: Said) -> Said:
    """A call-off of the page, recorded before it had days, is of each of them; and so is its withdrawal."""
    kinds = (WorkshopCalledOff, WorkshopReinstated)
    facts = [fact for fact in on_page.facts if isinstance(fact.content, kinds)]
    withdrawn = [gone for gone in on_page.withdrawn if isinstance(gone.fact.content, kinds)]
    return Said(
        sorted([*facts, *of_day.facts], key=lambda fact: fact.id),
        sorted([*withdrawn, *of_day.withdrawn], key=lambda gone: gone.by.id),
    )


@dataclass(frozen=True, slots=True)
class _Dates:
    dates: tuple[AnnouncedDate, ...]
    disputed: AnnouncedDate | None
    known: bool
    """Whether it is clear on which day the workshop is."""


def _workshop(event: _Event, workshop_id: str, day: int | None, dates: _Dates, facts: Sequence[Fact]) -> Workshop:
    newest = event.history[-1]
    return Workshop(
        id=workshop_id,
        event_id=newest.event_id,
        workgroup_id=newest.series_id or newest.event_id,
        day=day,
        slug=newest.slug,
        title=newest.title,
        time_zone=newest.time_zone,
        venue=newest.venue,
        organizer_id=newest.organizer_id,
        dates=dates.dates,
        deliveries=tuple(sorted({_delivery(observation) for observation in event.history})),
        dates_known=dates.known,
        disputed=dates.disputed,
        page_changed=dates.disputed is not None and bool(event.declared),
        single_day=len(event.declared) <= 1,
        is_bookable=newest.is_bookable,
        other_classes=frozenset().union(*(observation.other_classes for observation in event.history)),
        known_classes=_known_classes(event.history),
        hub_statement=_hub_statement(facts),
        eventbrite_statement=_eventbrite_statement(event),
        closed_at=_closed_at(facts),
    )


def _known_classes(history: Sequence[EventObservation]) -> frozenset[str] | None:
    """Every class that was ever described; None where no list was recorded that would have described a seat."""
    lists = [observation.seat_classes for observation in history if observation.seat_classes is not None]
    if not lists:
        return None
    return frozenset().union(*lists, *(observation.other_classes for observation in history))


def _delivery(observation: EventObservation) -> Delivery:
    return Delivery.ONLINE if observation.is_online else Delivery.IN_PERSON


def _hub_statement(facts: Sequence[Fact]) -> CallOff | None:
    for fact in reversed(facts):
        if isinstance(fact.content, WorkshopCalledOff | WorkshopReinstated):
            return CallOff(fact.id, isinstance(fact.content, WorkshopCalledOff), fact.recorded_at)
    return None


def _eventbrite_statement(event: _Event) -> CallOff:
    """What Eventbrite says since when: the oldest observation of the newest run of the same statement."""
    newest = event.history[-1]
    is_off = newest.going_ahead is not GoingAhead.GOING_AHEAD
    since = newest
    for observation in reversed(event.history):
        if (observation.going_ahead is not GoingAhead.GOING_AHEAD) != is_off:
            break
        since = observation
    return CallOff(since.id, is_off, since.recorded_at, event.last_going_ahead_at)


def _closed_at(facts: Sequence[Fact]) -> datetime | None:
    for fact in reversed(facts):
        if isinstance(fact.content, RegisterClosed):
            return fact.recorded_at
        if isinstance(fact.content, RegisterReopened):
            return None
    return None


def _local_on(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()

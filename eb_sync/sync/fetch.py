"""Reading from Eventbrite what one run needs: the lists, then events completely, as many as the hour's calls allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from eb_sync.errors import SettingsError, TryAgainError, UnavailableError
from eb_sync.model.clocks import check_confirmed
from eb_sync.model.readings import (
    AttendeeList,
    CompleteRead,
    EventGone,
    EventList,
    EventReading,
    EventUnavailable,
    GoingAhead,
    ListKind,
    QuarantinedRow,
)
from eb_sync.store.bookings import read_known_bookings
from eb_sync.store.engine import reading
from eb_sync.store.hubs import check_organization
from eb_sync.store.sync_state import HubStamp
from eb_sync.sync.calls import ReadingPlan, WantedRead, plan_reading
from eb_sync.sync.known import KnownState
from eb_sync.sync.plan import is_bookable, plan_changed, split_by_event
from eb_sync.sync.request import SyncRequest
from eb_sync.sync.source import BookingSource

OVERLAP = timedelta(minutes=10)
"""How far the list of changed attendees reaches back behind the cursor: Eventbrite is late by up to five minutes."""

_NOW, _OWED, _REST = range(3)
"""Ranks of reads: what this run is for; what an earlier one left; what else a full run reads."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a run tells what it is doing."""

    progress: Callable[[int, int], None] = lambda _done, _total: None
    """Told after each event read: how many are done, of how many."""
    say: Callable[[str], None] = lambda _sentence: None
    """Told what the run needs before it reads on."""


@dataclass
class Fetched:
    """What came over the wire in one run."""

    listing: EventList
    changed: AttendeeList | None
    reads: list[CompleteRead] = field(default_factory=list)
    gone: list[EventGone] = field(default_factory=list)
    unreadable: list[QuarantinedRow] = field(default_factory=list)
    unavailable: list[EventUnavailable] = field(default_factory=list)
    wanted: frozenset[str] = frozenset()
    """Events to be read completely, those left to the next run among them."""
    stopped: TryAgainError | None = None
    """What ended the reading of events half-way."""
    no_changes: UnavailableError | None = None
    """Why the list of changed attendees could not be read, while others could; the next run asks for the same again."""

    @property
    def left(self) -> frozenset[str]:
        """Events whose complete read is owed after this run; one that cannot be parsed is remembered as such."""
        done = {read.event.id for read in self.reads} | {gone.event_id for gone in self.gone}
        return self.wanted - done - {row.event_id for row in self.unreadable if row.event_id is not None}

    @property
    def has_results(self) -> bool:
        """Whether any event was read completely, is gone, cannot be parsed or is known to have trouble of its own.

        What a list could not show is none.
        """
        by_list = {row.id for row in self.listing.quarantined}
        unreadable = any(row.id not in by_list for row in self.unreadable)
        return bool(self.reads or self.gone or unreadable or any(each.is_its_own for each in self.unavailable))

    def take(self, result: CompleteRead | EventGone | EventUnavailable | QuarantinedRow) -> None:
        """Keep one result."""
        match result:
            case CompleteRead():
                self.reads.append(result)
            case EventGone() if self._is_shown(result):
                error = UnavailableError(
                    "Eventbrite shows it, and yet does not know it when asked for its bookings (404)."
                )
                self.unavailable.append(EventUnavailable(result.event_id, error, is_its_own=True))
            case EventGone():
                self.gone.append(result)
            case EventUnavailable():
                self.unavailable.append(result)
            case QuarantinedRow():
                self.unreadable.append(result)

    def _is_shown(self, gone: EventGone) -> bool:
        """Whether the same run was shown the event as published, so that it cannot be gone."""
        if gone.event is not None:
            return is_bookable(gone.event)
        return gone.event_id in self.listing.unexpanded_ids


def choose_organization(source: BookingSource, configured: str | None, stamp: HubStamp) -> str:
    """The organisation to read: the one configured, the one stamped, or the only one that the token sees.

    Raises:
        SettingsError: another one is stamped, the token does not see it, or it sees several and none is configured.
    """
    wanted = configured or stamp.organization_id
    if stamp.organization_id is not None and wanted != stamp.organization_id:
        raise SettingsError(
            f"This database holds the bookings of organisation {stamp.organization_id}, but EBSYNC_ORGANIZATION_ID "
            f"is {wanted}: use another database for another organisation."
        )
    if stamp.organization_id is not None:
        return stamp.organization_id
    seen = {organization.id: organization.name for organization in source.fetch_organizations()}
    listed = ", ".join(f"{key} ({name})" for key, name in seen.items()) or "none at all"
    if wanted is None and len(seen) == 1:
        return next(iter(seen))
    if wanted is None or wanted not in seen:
        problem = "is not set" if wanted is None else f"is {wanted}"
        raise SettingsError(f"EBSYNC_ORGANIZATION_ID {problem}; the organisations that the token sees are: {listed}.")
    return wanted


def fetch_run(
    engine: sa.Engine, source: BookingSource, request: SyncRequest, known: KnownState, telling: Progress
) -> tuple[str, Fetched]:
    """The organisation and everything that this run reads of it.

    Raises:
        TokenRefusedError, EventbriteContractError: from the source, from its lists or where no event could be read.
        TryAgainError: Eventbrite is unavailable, before any event was read.
        SettingsError: as `choose_organization`, or another hub holds this organisation's bookings.
        ClockWrongError: the machine's clock is far from Eventbrite's.
    """
    organization_id = choose_organization(source, request.organization_id, known.stamp)
    if known.stamp.organization_id is None:
        with reading(engine) as connection:
            check_organization(connection, request.hub_id, request.host, organization_id)
    listing = source.fetch_events(organization_id, ListKind.ALL if known.is_full else ListKind.CURRENT_FUTURE)
    if request.machine_clock is not None:
        # by a clock that is far off nothing is worth reading
        check_confirmed(request.machine_clock(), source.served_at)
    fetched = Fetched(listing, None, unreadable=[*listing.quarantined])
    if not known.is_full and known.stamp.changed_since_at is not None:
        _fetch_changes(source, organization_id, known.stamp.changed_since_at - OVERLAP, fetched)
    now = _due_now(known, listing) | request.allow_mass_change
    if fetched.changed is not None:
        now |= _suspicious(engine, request.hub_id, fetched.changed, _going_ahead(known, listing))
    rest = set(known.owed) | (_everything(known, listing) if known.is_full else frozenset())
    fetched.wanted = frozenset((now | rest) - {row.id for row in listing.quarantined})
    ranks = {**dict.fromkeys(rest, _REST), **dict.fromkeys(known.owed, _OWED), **dict.fromkeys(now, _NOW)}
    plan = plan_reading(_wanted(fetched, ranks, known), source.calls_left)
    _tell_calls(plan, telling, is_full=known.is_full)
    _fetch_reads(source, plan, fetched, telling)
    return organization_id, fetched


def _fetch_changes(source: BookingSource, organization_id: str, since_at: datetime, fetched: Fetched) -> None:
    """The list of changed attendees; without it events are read all the same, and what waits in it waits."""
    try:
        fetched.changed = source.fetch_changed_attendees(organization_id, since_at)
    except SettingsError:
        # not the settings: the organisation's events were listed just now
        fetched.no_changes = UnavailableError(
            "Eventbrite knows the organisation, but not the list of its bookings (404)."
        )


def _due_now(known: KnownState, listing: EventList) -> set[str]:
    """Events in the window, new ones and those that are back, and those missing from the list."""
    gone = {event_id for event_id, event in known.events.items() if not event.is_bookable}
    new = {event.id for event in listing.events if is_bookable(event)}.difference(known.events.keys() - gone)
    missing = {
        event_id
        for event_id, event in known.events.items()
        if event.is_bookable and event.ends_at > listing.started_at and event_id not in listing.listed_ids
    }
    # what the list could not show is read by itself where it may be new or over soon
    unshown = {event_id for event_id in listing.unexpanded_ids if event_id not in known.events}
    return set(known.window) | new | missing | unshown


def _everything(known: KnownState, listing: EventList) -> frozenset[str]:
    """All events that are listed or were ever bookable."""
    listed = {event.id for event in listing.events if event.id in known.events or is_bookable(event)}
    bookable = {event_id for event_id, event in known.events.items() if event.is_bookable}
    return frozenset(listed | listing.unexpanded_ids | bookable)


def _suspicious(
    engine: sa.Engine, hub_id: int, changed: AttendeeList, going_ahead: Mapping[str, bool]
) -> frozenset[str]:
    """Events of changed attendees to read completely: those not known yet, and those whose brake would act.

    An unreadable row is noted against a complete read, which also tells whether it is still there.
    """
    by_event = split_by_event(changed)
    if not by_event:
        return frozenset()
    with reading(engine) as connection:
        bookings = read_known_bookings(connection, hub_id, by_event)

    def is_suspicious(event_id: str, rows: AttendeeList) -> bool:
        if rows.quarantined or (event_id not in going_ahead and event_id not in bookings):
            return True
        goes_ahead = going_ahead.get(event_id, True)
        return plan_changed(event_id, bookings.get(event_id, {}), rows, goes_ahead=goes_ahead).looks_wrong

    return frozenset(event_id for event_id, rows in by_event.items() if is_suspicious(event_id, rows))


def _going_ahead(known: KnownState, listing: EventList) -> dict[str, bool]:
    """Of the events known already whether they are not called off, by the newest that is known."""
    states = {event_id: event.going_ahead for event_id, event in known.events.items()}
    states.update({event.id: event.going_ahead for event in listing.events if event.id in states})
    return {event_id: state is GoingAhead.GOING_AHEAD for event_id, state in states.items()}


def _wanted(fetched: Fetched, ranks: Mapping[str, int], known: KnownState) -> list[WantedRead]:
    listed: Mapping[str, EventReading] = {event.id: event for event in fetched.listing.events}
    bookings = {event_id: read.row_count for event_id, read in known.reads.items()}
    return [
        WantedRead(listed.get(event_id, event_id), ranks[event_id], bookings.get(event_id), known.owed.get(event_id))
        for event_id in fetched.wanted
    ]


def _tell_calls(plan: ReadingPlan, telling: Progress, *, is_full: bool) -> None:
    """What the run needs, before it reads on: always for a full one, for others only if it does not fit."""
    if plan.calls_left is None or not (is_full or plan.left):
        return
    kind = "full sync" if is_full else "sync"
    telling.say(f"This {kind} needs about {plan.calls_needed:,} of {plan.calls_left:,} remaining calls.")
    if plan.left:
        telling.say(f"{len(plan.left)} of {len(plan.left) + len(plan.reads)} events are left to the next runs.")


def _fetch_reads(source: BookingSource, plan: ReadingPlan, fetched: Fetched, telling: Progress) -> None:
    try:
        for done, result in enumerate(source.fetch_complete_reads([each.event for each in plan.reads]), 1):
            fetched.take(result)
            telling.progress(done, len(plan.reads))
    except TryAgainError as error:
        fetched.stopped = error
    if fetched.has_results:
        return
    # nothing at all could be read: that is no single event's trouble
    if fetched.stopped is not None:
        raise fetched.stopped
    if fetched.unavailable:
        raise fetched.unavailable[0].error

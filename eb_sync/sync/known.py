"""What a run knows before it reads anything: the events that may matter, and which of them to read completely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from eb_sync.errors import SettingsError
from eb_sync.model.bookings import EventObservation, ReadRecord
from eb_sync.model.facts import JUDGED_FACTS
from eb_sync.store.bookings import read_event_observations, read_newest_reads
from eb_sync.store.facts import read_facts
from eb_sync.store.series import newest_fact_id
from eb_sync.store.sync_state import HubStamp, read_held, read_open_quarantine, read_stamp
from eb_sync.store.watch import read_watched
from eb_sync.sync.request import SyncRequest
from eb_sync.sync.window import ReadState, active_events, finished_events
from eb_sync.workshops.calendar import build_calendar
from eb_sync.workshops.terms import read_terms

RECONCILED_EVERY = timedelta(days=7)
"""How often a night reads every event completely (DESIGN 7.3)."""


@dataclass(frozen=True, slots=True)
class KnownState:
    """What was known before the run."""

    stamp: HubStamp
    last_fact_id: int
    """The newest fact then."""
    is_full: bool
    """Whether every event is to be read completely."""
    events: Mapping[str, EventObservation]
    """The newest observation of each event that sync watches; of every event if all are to be read."""
    reads: Mapping[str, ReadRecord]
    """The newest complete read of those that have one."""
    window: frozenset[str]
    """Events in their active window."""
    owed: Mapping[str, datetime]
    """Events whose complete read an earlier run left to the next, with the instant since when."""
    finished: frozenset[str]
    """Events that need not be watched any longer."""


def read_known(connection: sa.Connection, request: SyncRequest, now: datetime) -> KnownState:
    """What the database knows.

    Raises:
        SettingsError: the database belongs to another Eventbrite.
    """
    hub_id = request.hub_id
    stamp = read_stamp(connection, hub_id)
    check_host(stamp, request.host)
    is_full = request.full or stamp.changed_since_at is None or (request.reconcile and _is_due(stamp, now))
    last_fact_id = newest_fact_id(connection, hub_id)
    watched = read_watched(connection, hub_id)
    held = {held.event_id for held in read_held(connection, hub_id)}
    unsettled = held | {row.event_id for row in read_open_quarantine(connection, hub_id) if row.event_id is not None}
    about = set(watched) | unsettled
    observations = read_event_observations(connection, hub_id, last_fact_id, None if is_full else about)
    events = {observation.event_id: observation for observation in observations}
    reads = read_newest_reads(connection, hub_id, events)
    facts = read_facts(connection, hub_id, last_fact_id, events, kinds=JUDGED_FACTS, withdrawn_too=True)
    workshops = build_calendar(observations, facts, {})
    terms = read_terms(connection, hub_id, request.rule_settings, None)
    state = ReadState(reads, frozenset(unsettled))
    window = active_events(workshops, terms.policy_for, state, now)
    # whatever waits is looked at again at once, however far ahead its workshop is
    window |= {event_id for event_id in held if event_id in events and events[event_id].is_bookable}
    owed = {event_id: wanted_at for event_id, wanted_at in watched.items() if wanted_at is not None}
    finished = finished_events(workshops, now) & set(watched) - window - set(owed) - unsettled
    return KnownState(
        stamp=stamp,
        last_fact_id=last_fact_id,
        is_full=is_full,
        events=events,
        reads=reads,
        window=frozenset(window),
        owed=owed,
        finished=frozenset(finished),
    )


def check_host(stamp: HubStamp, host: str) -> None:
    """Refuse another Eventbrite than that of the database's bookings.

    Raises:
        SettingsError: it is another.
    """
    if stamp.host not in (None, host):
        raise SettingsError(
            f"This database holds the bookings of {stamp.host}, but EBSYNC_EVENTBRITE_URL is at {host}: "
            "use another database for another Eventbrite."
        )


def _is_due(stamp: HubStamp, now: datetime) -> bool:
    return stamp.reconciled_at is None or now - stamp.reconciled_at >= RECONCILED_EVERY

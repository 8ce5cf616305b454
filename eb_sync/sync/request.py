"""What a run of sync is asked to do, and what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from eb_sync.errors import EventbriteContractError, HeldError, PartialError, TryAgainError, UnavailableError
from eb_sync.model.bookings import show_status
from eb_sync.model.readings import EventUnavailable, QuarantinedRow
from eb_sync.model.texts import LONGEST, LONGEST_ANSWER
from eb_sync.store.sync_state import HeldRead
from eb_sync.workshops.terms import RuleSettings


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What a run was asked to do."""

    hub_id: int
    host: str
    """The host that the bookings come from; the first run stamps the hub with it."""
    organization_id: str | None
    """As the settings say; None: the one that the token sees."""
    rule_settings: RuleSettings
    full: bool = False
    reconcile: bool = False
    """Read every event completely if a week has passed since that was last done."""
    allow_mass_change: frozenset[str] = frozenset()
    """Events of which all that is held is to be applied, and what this run sees of them."""
    machine_clock: Callable[[], datetime] | None = None
    """What Eventbrite's clock is held against; None: a rehearsal, which has a time of its own."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did."""

    events: int
    attendees: int
    """Distinct rows read."""
    observations: int
    vanished: int
    requests: int
    seconds: float
    quarantined: tuple[QuarantinedRow, ...]
    """Newly."""
    held: tuple[HeldRead, ...]
    """Of each event that waits for a person: what looked wrong."""
    needless: tuple[str, ...] = ()
    """Events allowed a mass change of which nothing was held."""
    unavailable: tuple[EventUnavailable, ...] = ()
    """Events that could not be read now, while others could."""
    left: tuple[str, ...] = ()
    """Events whose complete read is left to the next runs, those that could not be read among them."""
    stopped: TryAgainError | None = None
    """Why the run ended before it had read what it could."""
    no_changes: UnavailableError | None = None
    """Why the list of changed bookings could not be read, while others could."""
    unknown_values: Mapping[str, int] | None = None
    """Enum values that ebsync does not know, with how often they came."""
    confirmed_at: datetime | None = None
    """What Eventbrite's clock said, which confirmed ours; None: it did not say, or it is a rehearsal."""
    new_statuses: tuple[str, ...] = ()
    """Statuses that nobody has described, read for the first time; later runs say nothing of them."""
    cut: tuple[str, ...] = ()
    """Events and bookings, by id, of which a text was too long to be kept whole."""

    @property
    def exit_code(self) -> int:
        """The first that applies: an event's answer not understood, a read held, stopped half-way, something left."""
        if any(isinstance(each.error, EventbriteContractError) for each in self.unavailable):
            return EventbriteContractError.exit_code
        if self.held:
            return HeldError.exit_code
        if self.stopped is not None:
            return TryAgainError.exit_code
        is_partial = self.quarantined or self.left or self.new_statuses or self.no_changes is not None
        return PartialError.exit_code if is_partial else 0

    @property
    def messages(self) -> tuple[str, ...]:
        """What a person should know: ids, counts and commands; no names."""
        told = [f"Quarantined: {row.kind} {row.id}: {row.reason}" for row in self.quarantined]
        told += [
            f'Bookings came with the status "{show_status(status)}", which nobody has described: their places become '
            "questions (status_unknown), and `ebsync status` counts them. This is said once."
            for status in self.new_statuses
        ]
        told += [
            f"Held: in event {held.event_id}, {held.would_end} of {held.active} active bookings would end at once. "
            f"If that is right: ebsync sync --allow-mass-change {held.event_id}"
            for held in self.held
        ]
        told += [
            f"Nothing was held of event {event_id}: there was no mass change to allow." for event_id in self.needless
        ]
        told += [
            f"Of {each} a text of more than {LONGEST:,} characters, or a role of more than {LONGEST_ANSWER}, was cut."
            for each in self.cut
        ]
        told += [f"Event {each.event_id} could not be read: {each.error}" for each in self.unavailable]
        if self.no_changes is not None:
            told.append(f"What changed elsewhere could not be read: {self.no_changes} The next run asks for it again.")
        if self.stopped is not None:
            told.append(f"Stopped half-way, what had been read was kept: {self.stopped}")
        if self.left:
            told.append(f"{len(self.left)} events are still to be read completely; the next runs do that.")
        return tuple(told)

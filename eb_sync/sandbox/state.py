"""The rows of one world and its clocks: the true one, and Eventbrite's own, which may be wrong and may be late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from eb_sync.sandbox.ids import Allotter
from eb_sync.sandbox.replica import Replica
from eb_sync.sandbox.rows import Account, Attendee, Event, Order, Organization
from eb_sync.sandbox.tables import Tables

Row = TypeVar("Row")

TOKEN = "SANDBOXTOKEN"  # noqa: S105  # opens nothing but the sandbox
"""The private token of the sandbox's own user."""
_NO_TIME = timedelta(0)


class State(Tables):
    """What is so, whatever answers show. `now_at` is the true time, which moves only when told."""

    def __init__(self, now_at: datetime, *, seed: int = 0) -> None:
        """An empty world at `now_at`, with one user whose token is `TOKEN`."""
        super().__init__()
        self.ids = Allotter(seed)
        self.now_at = _whole_seconds(now_at)
        self.skew = _NO_TIME
        """By how much Eventbrite's own clock is ahead of `now_at`; behind, if negative."""
        self.accounts: dict[str, Account] = {}
        self.organizations: dict[str, Organization] = {}
        self.organizer_ids: dict[str, str] = {}
        self._visible_after = _NO_TIME
        self._replica: Replica | None = None
        self.accounts[TOKEN] = Account(self.ids.allot("user"), "Sandbox User", "office@sandbox.example.org", ())

    @property
    def stamp_at(self) -> datetime:
        """What Eventbrite's own clock says: the time of its stamps and by which it calls an event past."""
        return _whole_seconds(self.now_at + self.skew)

    @property
    def visible_after(self) -> timedelta:
        """How long after a change of an event, order or attendee answers begin to show it; by the true clock."""
        return self._visible_after

    @visible_after.setter
    def visible_after(self, delay: timedelta) -> None:
        """Holds for changes from now on; those under way keep their delay, except that none makes all visible."""
        if delay < _NO_TIME:
            raise ValueError("A change cannot be visible before it happens.")
        with self.lock:
            self._visible_after = delay
            if not delay:
                self._replica = None
            elif self._replica is None:
                self._replica = Replica(self)

    @property
    def shown(self) -> Tables:
        """The rows that answers show now."""
        with self.lock:
            return self if self._replica is None else self._replica.catch_up(self.now_at)

    def set_clock(self, instant: datetime) -> None:
        """Set the world's clock, also backwards; the rows stay."""
        with self.lock:  # an answer is made of one instant
            self.now_at = _whole_seconds(instant)

    def advance(self, by: timedelta) -> None:
        """Move the world's clock."""
        self.set_clock(self.now_at + by)

    def event(self, event_id: str) -> Event:
        """The event or series parent with this id; LookupError if there is none."""
        return _found(self.events, event_id, "event")

    def attendee(self, attendee_id: str) -> Attendee:
        """The attendee with this id, deleted ones too; LookupError if there is none."""
        return _found(self.attendees, attendee_id, "attendee")

    def put_event(self, event: Event) -> None:
        """Add or replace an event."""
        self._change(Tables.put_event, event)

    def drop_event(self, event_id: str) -> None:
        """Forget an event as if it had never been; its orders and attendees can no longer be reached."""
        self._change(Tables.drop_event, event_id)

    def put_order(self, order: Order) -> None:
        """Add or replace an order."""
        self._change(Tables.put_order, order)

    def put_attendee(self, attendee: Attendee) -> None:
        """Add or replace an attendee."""
        self._change(Tables.put_attendee, attendee)

    def drop_attendee(self, attendee_id: str) -> None:
        """Forget an attendee: it is in no list and cannot be fetched by its id."""
        self._change(Tables.drop_attendee, attendee_id)

    def _change(self, change: Callable[[Tables, Row], None], row: Row) -> None:
        """Make a change here at once, and in what answers show when its time has come."""
        with self.lock:
            change(self, row)
            if self._replica is not None:
                self._replica.await_change(self.now_at + self._visible_after, lambda tables: change(tables, row))


def _whole_seconds(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("The sandbox's clock takes aware instants only.")
    return instant.replace(microsecond=0)


def _found(rows: Mapping[str, Row], row_id: str, kind: str) -> Row:
    row = rows.get(row_id)
    if row is None:
        raise LookupError(f"The sandbox has no {kind} {row_id}.")
    return row

"""The rows of one world, its clock, and what changed when, for whoever keeps rendered copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import RLock
from typing import TypeVar

from eb_sync.sandbox.ids import Allotter, sort_key
from eb_sync.sandbox.rows import Account, Attendee, Event, Order, Organization

Row = TypeVar("Row")

TOKEN = "SANDBOXTOKEN"  # noqa: S105  # opens nothing but the sandbox
"""The private token of the sandbox's own user."""


class State:
    """Rows by id, under one lock. `now_at` is the only time the sandbox knows; it moves only when told."""

    def __init__(self, now_at: datetime, *, seed: int = 0) -> None:
        """An empty world at `now_at`, with one user whose token is `TOKEN`."""
        self.lock = RLock()
        self.ids = Allotter(seed)
        self.now_at = _whole_seconds(now_at)
        self.accounts: dict[str, Account] = {}
        self.organizations: dict[str, Organization] = {}
        self.organizer_ids: dict[str, str] = {}
        self.events: dict[str, Event] = {}
        self.orders: dict[str, Order] = {}
        self.attendees: dict[str, Attendee] = {}
        self.version = 0
        """Grows with every change of any row."""
        self.event_versions: Counter[str] = Counter()
        """Grows with every change of one event or of its attendees."""
        self._attendee_ids: dict[str, list[str]] = {}
        self._order_attendee_ids: dict[str, list[str]] = {}
        self.accounts[TOKEN] = Account(self.ids.allot("user"), "Sandbox User", "office@sandbox.example.org", ())

    def set_clock(self, instant: datetime) -> None:
        """Set the world's clock, also backwards; the rows stay."""
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

    def attendees_of(self, event_id: str) -> list[Attendee]:
        """All attendees of an event, deleted ones too, by id."""
        with self.lock:
            return [self.attendees[row_id] for row_id in self._attendee_ids.get(event_id, ())]

    def attendees_of_order(self, order_id: str) -> list[Attendee]:
        """All attendees of an order, deleted ones too, by id."""
        with self.lock:
            return [self.attendees[row_id] for row_id in self._order_attendee_ids.get(order_id, ())]

    def children_of(self, series_id: str) -> list[Event]:
        """The children of a series, by start."""
        with self.lock:
            children = [event for event in self.events.values() if event.series_id == series_id]
        return sorted(children, key=lambda event: (event.starts_at, sort_key(event.id)))

    def put_event(self, event: Event) -> None:
        """Add or replace an event."""
        with self.lock:
            self.events[event.id] = event
            self._touch(event.id)

    def drop_event(self, event_id: str) -> None:
        """Forget an event as if it had never been; its orders and attendees can no longer be reached."""
        with self.lock:
            del self.events[event_id]
            self._touch(event_id)

    def put_order(self, order: Order) -> None:
        """Add or replace an order."""
        with self.lock:
            self.orders[order.id] = order
            self._touch(order.event_id)

    def put_attendee(self, attendee: Attendee) -> None:
        """Add or replace an attendee."""
        with self.lock:
            if attendee.id not in self.attendees:
                for index, key in (
                    (self._attendee_ids, attendee.event_id),
                    (self._order_attendee_ids, attendee.order_id),
                ):
                    index[key] = sorted([*index.get(key, ()), attendee.id], key=sort_key)
            self.attendees[attendee.id] = attendee
            self._touch(attendee.event_id)

    def drop_attendee(self, attendee_id: str) -> None:
        """Forget an attendee: it is in no list and cannot be fetched by its id."""
        with self.lock:
            attendee = self.attendees.pop(attendee_id)
            self._attendee_ids[attendee.event_id].remove(attendee_id)
            self._order_attendee_ids[attendee.order_id].remove(attendee_id)
            self._touch(attendee.event_id)

    def _touch(self, event_id: str) -> None:
        self.version += 1
        self.event_versions[event_id] += 1


def _whole_seconds(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("The sandbox's clock takes aware instants only.")
    return instant.replace(microsecond=0)


def _found(rows: Mapping[str, Row], row_id: str, kind: str) -> Row:
    row = rows.get(row_id)
    if row is None:
        raise LookupError(f"The sandbox has no {kind} {row_id}.")
    return row

"""Events, orders and attendees by id, and how often each event's things changed, for whoever keeps rendered copies."""

from __future__ import annotations

from collections import Counter
from threading import RLock

from eb_sync.sandbox.ids import sort_key
from eb_sync.sandbox.rows import Attendee, Event, Order


class Tables:
    """Rows by id, under one lock."""

    def __init__(self) -> None:
        """No rows."""
        self.lock = RLock()
        self.events: dict[str, Event] = {}
        self.orders: dict[str, Order] = {}
        self.attendees: dict[str, Attendee] = {}
        self.version = 0
        """Grows with every change of any row."""
        self.event_versions: Counter[str] = Counter()
        """Grows with every change of one event or of its attendees."""
        self._attendee_ids: dict[str, list[str]] = {}
        self._order_attendee_ids: dict[str, list[str]] = {}

    def copy_tables(self) -> Tables:
        """The same rows in tables of their own, with the same versions."""
        copied = Tables()
        with self.lock:
            copied.events, copied.orders, copied.attendees = dict(self.events), dict(self.orders), dict(self.attendees)
            copied.version, copied.event_versions = self.version, Counter(self.event_versions)
            copied._attendee_ids = {key: list(ids) for key, ids in self._attendee_ids.items()}
            copied._order_attendee_ids = {key: list(ids) for key, ids in self._order_attendee_ids.items()}
        return copied

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

"""The sandbox's world: rows, verbs and clock, with what a server needs beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from eb_sync.sandbox.bookings import BookingVerbs
from eb_sync.sandbox.event_payloads import EventView, build_event
from eb_sync.sandbox.faults import Faults
from eb_sync.sandbox.payloads import build_attendee, build_order
from eb_sync.sandbox.queries import nested, top_level
from eb_sync.sandbox.rates import RateWindows
from eb_sync.sandbox.rows import Account, Attendee, Event, Order
from eb_sync.sandbox.state import TOKEN

Made = TypeVar("Made")

_MOST_KEPT = 100_000
"""Rendered pieces to keep; beyond it all are made anew."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request under `/v3`, without its token."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    """Sorted."""
    status: int


class World(BookingVerbs):
    """A whole Eventbrite in memory.

    `page_size` is the usual size of pages; `shuffle_seed` reorders lists that have no promised order;
    `dates_from_clock` says whether the `Date` header tells the world's time or the machine's;
    `enforces_rate_limit` refuses the 2,001st call within an hour of the world's clock; `visible_after` and `skew` are
    those of the state. Rows are rendered as answers show them, which with a delay is not as they are.
    """

    def __init__(self, now_at: datetime, *, seed: int = 0) -> None:
        """An empty world at `now_at`; `seed` shifts the ids that are allotted."""
        super().__init__(now_at, seed=seed)
        self.page_size = 50
        self.shuffle_seed: int | None = None
        self.dates_from_clock = True
        self.enforces_rate_limit = False
        self.requests: list[LoggedRequest] = []
        self.faults = Faults()
        self.rates = RateWindows()
        self._kept: dict[Hashable, tuple[object, Any]] = {}

    def clear_requests(self) -> None:
        """Forget the requests logged so far."""
        self.requests.clear()

    def add_account(self, token: str, organization_ids: tuple[str, ...] = (), *, user: bool = True) -> None:
        """Let another token in; without a user it is a public token, which reads no account's own things."""
        user_id = self.ids.allot("user") if user else None
        self.accounts[token] = Account(user_id, "Other User", "other@sandbox.example.org", organization_ids)

    def set_used_calls(self, used: int, *, token: str = TOKEN) -> None:
        """Say how many of the current hour's calls a token has used."""
        self.rates.set_used(token, used, self.now_at)

    def prerender(self) -> None:
        """Render every attendee now, so that a benchmark does not pay for it."""
        for row in tuple(self.shown.attendees.values()):
            self.render_attendee(row, "events", frozenset())

    def view(self, event: Event, *, is_owner: bool = True) -> EventView:
        """An event as it shows at the time of Eventbrite's clock."""
        rows = self.shown
        children = rows.children_of(event.id) if event.is_series_parent else []
        return EventView(event, children, rows.attendees_of(event.id), self.stamp_at, is_owner)

    def render_event(self, view: EventView, expand: frozenset[str]) -> bytes:
        """An event as JSON."""
        event = view.event
        stamp = (event, self.shown.event_versions[event.id], view.now_at, view.children)
        key = ("event", event.id, expand, view.is_owner)
        return self.keep(key, stamp, lambda: json.dumps(build_event(view, expand)).encode())

    def render_attendee(self, row: Attendee, route: str, expand: frozenset[str]) -> bytes:
        """An attendee as JSON, read by way of `events` or `orders`."""
        rows = self.shown
        expanded = top_level(expand) & {"event", "order"}
        stamp = (row, rows.events[row.event_id], (rows.version, self.stamp_at) if expanded else None)
        return self.keep(
            ("attendee", row.id, route, expand), stamp, lambda: self._build_attendee_json(row, route, expand)
        )

    def render_order(self, order: Order, expand: frozenset[str]) -> bytes:
        """An order as JSON; expanded attendees are a plain list."""
        payload = build_order(order)
        if "attendees" in top_level(expand):
            rows = self.shown
            payload["attendees"] = [
                build_attendee(row, rows.events[row.event_id], route="events")
                for row in rows.attendees_of_order(order.id)
            ]
        if "event" in top_level(expand):
            payload["event"] = self._build_event_of(order.event_id, nested(expand, "event"))
        return json.dumps(payload).encode()

    def keep(self, key: Hashable, stamp: object, make: Callable[[], Made]) -> Made:
        """What was made for `key` before, as long as `stamp` is the same; else made anew."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            made: Made = kept[1]
            return made
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        made = make()
        self._kept[key] = (stamp, made)
        return made

    def _build_attendee_json(self, row: Attendee, route: str, expand: frozenset[str]) -> bytes:
        payload = build_attendee(row, self.shown.events[row.event_id], route=route)
        if "event" in top_level(expand):
            payload["event"] = self._build_event_of(row.event_id, nested(expand, "event"))
        if "order" in top_level(expand):
            payload["order"] = build_order(self.shown.orders[row.order_id])
        return json.dumps(payload).encode()

    def _build_event_of(self, event_id: str, expand: frozenset[str]) -> dict[str, Any]:
        return build_event(self.view(self.shown.events[event_id]), expand)

"""Which rows a list contains: Eventbrite's filters as pure functions. Time bounds are inclusive on the early side."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from eb_sync.sandbox.event_payloads import EventView, compute_status
from eb_sync.sandbox.ids import sort_key
from eb_sync.sandbox.rows import Attendee, AttendeeStatus, Order

EVENT_STATUSES = ("draft", "live", "started", "ended", "completed", "canceled")
USUAL_STATUSES = ("live", "started")
"""What comes without a `status`: only a part; which part is not documented."""
SERIES_FILTERS = ("children", "parents", "nonseries", "allevents", "allseries")
EVENT_ORDERS = ("start_asc", "start_desc", "created_asc", "created_desc", "name_asc", "name_desc")
ATTENDEE_STATUSES = {
    "attending": {AttendeeStatus.ATTENDING, AttendeeStatus.CHECKED_IN},
    "not_attending": {AttendeeStatus.NOT_ATTENDING, AttendeeStatus.DELETED},
    "unpaid": set[AttendeeStatus](),
    "": {AttendeeStatus.ATTENDING, AttendeeStatus.CHECKED_IN, AttendeeStatus.NOT_ATTENDING},
}
"""By the words of `status`; without it the deleted ones are left out."""
ORDER_STATUSES = ("active", "inactive", "both", "all_not_deleted")


class HasId(Protocol):
    """Anything with an id to order by."""

    @property
    def id(self) -> str:
        """The id."""


AnyRow = TypeVar("AnyRow", bound=HasId)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What an event list was asked for; empty `statuses` means the usual part, `all` everything."""

    statuses: tuple[str, ...]
    time: str
    """`all`, `past` or `current_future`, judged by the end."""
    series: tuple[str, ...]
    """Wins over `shows_parent`; empty: not given."""
    shows_parent: bool
    organizer_ids: tuple[str, ...]
    event_ids: tuple[str, ...]


def arrange(rows: Iterable[AnyRow], shuffle_seed: int | None) -> list[AnyRow]:
    """Order by id or, with a seed, in an order that means nothing and is the same each time."""
    if shuffle_seed is None:
        return sorted(rows, key=lambda row: sort_key(row.id))
    return sorted(rows, key=lambda row: hashlib.sha256(f"{shuffle_seed}:{row.id}".encode()).digest())


def select_attendees(
    rows: Iterable[Attendee], status: str, changed_since: datetime | None, ids: Collection[str] = ()
) -> list[Attendee]:
    """Rows of a status changed on or after an instant; empty `ids` means any id."""
    statuses = ATTENDEE_STATUSES[status]
    return [
        row
        for row in rows
        if row.status in statuses
        and (changed_since is None or row.changed_at >= changed_since)
        and (not ids or row.id in ids)
    ]


def select_orders(
    orders: Iterable[tuple[Order, Sequence[Attendee]]], status: str, changed_since: datetime | None
) -> list[Order]:
    """Orders by the state of their attendees: `inactive` has none attending, deleted ones are under `both` only."""
    return [
        order
        for order, attendees in orders
        if _order_matches(status, {row.status for row in attendees})
        and (changed_since is None or order.changed_at >= changed_since)
    ]


def select_events(views: Iterable[EventView], wanted: EventFilter) -> list[EventView]:
    """Events that a filter lets through, in no particular order."""
    statuses = wanted.statuses or USUAL_STATUSES
    return [
        view
        for view in views
        if ("all" in statuses or compute_status(view) in statuses)
        and _time_matches(view, wanted.time)
        and _series_matches(view, wanted)
        and (not wanted.organizer_ids or view.event.organizer_id in wanted.organizer_ids)
        and (not wanted.event_ids or view.event.id in wanted.event_ids)
    ]


def sort_events(views: list[EventView], order_by: str) -> list[EventView]:
    """In one of the documented orders; equal keys keep the order they have."""
    keys: dict[str, Callable[[EventView], str]] = {
        "start": lambda view: view.starts_at.isoformat(),
        "created": lambda view: view.event.created_at.isoformat(),
        "name": lambda view: view.event.title,
    }
    field, _, direction = order_by.partition("_")
    return sorted(views, key=keys[field], reverse=direction == "desc")


def _order_matches(status: str, states: set[AttendeeStatus]) -> bool:
    active = bool(states & ATTENDEE_STATUSES["attending"])
    deleted = states <= {AttendeeStatus.DELETED}
    return {
        "active": active,
        "inactive": not active and not deleted,
        "all_not_deleted": not deleted,
        "both": True,
    }[status]


def _time_matches(view: EventView, word: str) -> bool:
    over = view.ends_at < view.now_at
    return word == "all" or over == (word == "past")


def _series_matches(view: EventView, wanted: EventFilter) -> bool:
    event = view.event
    kind = "parents" if event.is_series_parent else "children" if event.series_id else "nonseries"
    if not wanted.series:
        return kind != ("children" if wanted.shows_parent else "parents")
    groups = {"allevents": {"parents", "children", "nonseries"}, "allseries": {"parents", "children"}}
    return any(kind in groups.get(word, {word}) for word in wanted.series)

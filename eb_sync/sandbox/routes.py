"""The paths of API v3 that the sandbox answers, each with the function that answers it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from eb_sync.sandbox.event_payloads import EventView, build_ticket_class
from eb_sync.sandbox.pages import Paging, render_page
from eb_sync.sandbox.payloads import (
    CANNED_LABELS,
    build_buyer_settings,
    build_canned_question,
    build_organization,
    build_question,
    build_user,
)
from eb_sync.sandbox.queries import (
    Query,
    parse_changed_since,
    parse_choice,
    parse_expand,
    parse_flag,
    parse_words,
)
from eb_sync.sandbox.refusals import forbidden, missing
from eb_sync.sandbox.rows import Account, Attendee, Event, Order
from eb_sync.sandbox.selections import (
    ATTENDEE_STATUSES,
    EVENT_ORDERS,
    EVENT_STATUSES,
    ORDER_STATUSES,
    SERIES_FILTERS,
    EventFilter,
    arrange,
    select_attendees,
    select_events,
    select_orders,
    sort_events,
)
from eb_sync.sandbox.tables import Tables
from eb_sync.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One request: on which world, with which parameters, by whom."""

    world: World
    query: Query
    account: Account
    shift: int = 0
    """As in `Paging`."""

    @property
    def rows(self) -> Tables:
        """The rows that answers show."""
        return self.world.shown

    @property
    def paging(self) -> Paging:
        """Which page of a list was asked for."""
        return Paging(self.query, self.world.page_size, self.shift)


def answer_user(call: Call) -> bytes:
    """`/users/me/`; a public token has no user."""
    if call.account.user_id is None:
        raise forbidden()
    return json.dumps(build_user(call.account)).encode()


def answer_organizations(call: Call) -> bytes:
    """`/users/me/organizations/`: opaque tokens, and one even on the last page."""
    if call.account.user_id is None:
        raise forbidden()
    rows = [call.world.organizations[each] for each in call.account.organization_ids]
    header = {
        "object_count": len(rows),
        "page_number": 1,
        "page_size": 50,
        "page_count": 1,
        "has_more_items": False,
        "continuation": base64.b64encode(f"offset-{len(rows)}".encode()).decode(),
    }
    return json.dumps({"organizations": [build_organization(row) for row in rows], "pagination": header}).encode()


def answer_organization_events(call: Call, organization_id: str) -> bytes:
    """`/organizations/{id}/events/`."""
    _check_organization(call, organization_id)
    events = [event for event in call.rows.events.values() if event.organization_id == organization_id]
    return _answer_events(call, events, _parse_event_filter(call.query), organization_id)


def answer_series_events(call: Call, series_id: str) -> bytes:
    """`/series/{id}/events/`: the children, drafts too for their owner."""
    event = _find_series(call, series_id)
    wanted = EventFilter(("all",), _parse_time(call.query), ("children",), False, (), ())
    return _answer_events(call, call.rows.children_of(event.id), wanted, series_id)


def answer_event(call: Call, event_id: str) -> bytes:
    """`/events/{id}/`: anybody's if published, with less for those who do not own it."""
    event = _find_event(call, event_id)
    return call.world.render_event(call.world.view(event, is_owner=_owns(call, event)), parse_expand(call.query))


def answer_series(call: Call, series_id: str) -> bytes:
    """`/series/{id}/`: the parent as an event."""
    return answer_event(call, _find_series(call, series_id).id)


def answer_event_attendees(call: Call, event_id: str) -> bytes:
    """`/events/{id}/attendees/`."""
    event = _own_event(call, event_id)
    status = parse_choice(call.query, "status", ATTENDEE_STATUSES, "")
    return _answer_attendees(call, lambda: call.rows.attendees_of(event.id), status, event.id)


def answer_organization_attendees(call: Call, organization_id: str) -> bytes:
    """`/organizations/{id}/attendees/`."""
    _check_organization(call, organization_id)
    status = parse_choice(call.query, "status", ("attending", "not_attending", ""), "")
    return _answer_attendees(
        call,
        lambda: [
            row
            for event in call.rows.events.values()
            if event.organization_id == organization_id
            for row in call.rows.attendees_of(event.id)
        ],
        status,
        organization_id,
    )


def answer_attendee(call: Call, event_id: str, attendee_id: str) -> bytes:
    """`/events/{id}/attendees/{id}/`."""
    event = _own_event(call, event_id)
    row = call.rows.attendees.get(attendee_id)
    if row is None or row.event_id != event.id:
        raise missing("attendee_id")
    return call.world.render_attendee(row, "events", parse_expand(call.query))


def answer_order(call: Call, order_id: str) -> bytes:
    """`/orders/{id}/`."""
    return call.world.render_order(_own_order(call, order_id), parse_expand(call.query))


def answer_order_attendees(call: Call, order_id: str) -> bytes:
    """`/orders/{id}/attendees/`: not documented; unlike the event's list it shows the addresses of QR codes."""
    order = _own_order(call, order_id)
    rows = select_attendees(call.rows.attendees_of_order(order.id), "", None)
    return render_page(
        "attendees",
        arrange(rows, call.world.shuffle_seed),
        lambda row: call.world.render_attendee(row, "orders", parse_expand(call.query)),
        call.paging,
    )


def answer_organization_orders(call: Call, organization_id: str) -> bytes:
    """`/organizations/{id}/orders/`."""
    _check_organization(call, organization_id)
    events = call.rows.events
    return _answer_orders(
        call,
        (
            order
            for order in call.rows.orders.values()
            if order.event_id in events and events[order.event_id].organization_id == organization_id
        ),
    )


def answer_event_orders(call: Call, event_id: str) -> bytes:
    """`/events/{id}/orders/`."""
    event = _own_event(call, event_id)
    return _answer_orders(call, (order for order in call.rows.orders.values() if order.event_id == event.id))


def answer_ticket_classes(call: Call, event_id: str) -> bytes:
    """`/events/{id}/ticket_classes/`."""
    view = call.world.view(_find_event(call, event_id))
    rows = [
        json.dumps(build_ticket_class(view, each, position)).encode()
        for position, each in enumerate(view.event.ticket_classes, start=1)
    ]
    return render_page("ticket_classes", rows, bytes, call.paging)


def answer_questions(call: Call, event_id: str) -> bytes:
    """`/events/{id}/questions/`: the custom questions."""
    event = _find_event(call, event_id)
    rows = [
        json.dumps(build_question(event, each, position)).encode()
        for position, each in enumerate(event.questions, start=1)
    ]
    return render_page("questions", rows, bytes, call.paging)


def answer_canned_questions(call: Call, event_id: str) -> bytes:
    """`/events/{id}/canned_questions/`: those of Eventbrite's own that the form asks; with `include_all` every one."""
    event = _find_event(call, event_id)
    ids = tuple(CANNED_LABELS) if parse_flag(call.query, "include_all") else event.canned_questions
    rows = [
        json.dumps(build_canned_question(event, each, position)).encode() for position, each in enumerate(ids, start=1)
    ]
    return render_page("questions", rows, bytes, call.paging)


def answer_buyer_settings(call: Call, event_id: str) -> bytes:
    """`/events/{id}/ticket_buyer_settings/`."""
    return json.dumps(build_buyer_settings(_own_event(call, event_id))).encode()


ROUTES: dict[str, Callable[..., bytes]] = {
    "/users/me/": answer_user,
    "/users/me/organizations/": answer_organizations,
    "/organizations/<organization_id>/events/": answer_organization_events,
    "/organizations/<organization_id>/attendees/": answer_organization_attendees,
    "/organizations/<organization_id>/orders/": answer_organization_orders,
    "/series/<series_id>/": answer_series,
    "/series/<series_id>/events/": answer_series_events,
    "/events/<event_id>/": answer_event,
    "/events/<event_id>/attendees/": answer_event_attendees,
    "/events/<event_id>/attendees/<attendee_id>/": answer_attendee,
    "/events/<event_id>/orders/": answer_event_orders,
    "/events/<event_id>/ticket_classes/": answer_ticket_classes,
    "/events/<event_id>/questions/": answer_questions,
    "/events/<event_id>/canned_questions/": answer_canned_questions,
    "/events/<event_id>/ticket_buyer_settings/": answer_buyer_settings,
    "/orders/<order_id>/": answer_order,
    "/orders/<order_id>/attendees/": answer_order_attendees,
}
"""By the path below `/v3`."""


def _answer_attendees(call: Call, rows: Callable[[], list[Attendee]], status: str, scope: str) -> bytes:
    """A page of attendees; the selection is kept until the world changes."""
    world, expand = call.world, parse_expand(call.query)
    changed_since = parse_changed_since(call.query)
    ids = frozenset(parse_words(call.query, "attendee_ids"))
    key: Hashable = ("attendees", scope, status, changed_since, ids, world.shuffle_seed)
    stamp = call.rows.event_versions[scope] if scope in call.rows.events else call.rows.version
    selected = world.keep(
        key, stamp, lambda: arrange(select_attendees(rows(), status, changed_since, ids), world.shuffle_seed)
    )
    return render_page("attendees", selected, lambda row: world.render_attendee(row, "events", expand), call.paging)


def _answer_orders(call: Call, orders: Iterable[Order]) -> bytes:
    world, expand = call.world, parse_expand(call.query)
    status = parse_choice(call.query, "status", ORDER_STATUSES, "active")
    with_attendees = ((order, call.rows.attendees_of_order(order.id)) for order in orders)
    rows = arrange(select_orders(with_attendees, status, parse_changed_since(call.query)), world.shuffle_seed)
    return render_page("orders", rows, lambda row: world.render_order(row, expand), call.paging)


def _answer_events(call: Call, events: Iterable[Event], wanted: EventFilter, scope: str) -> bytes:
    world, expand = call.world, parse_expand(call.query)
    order_by = parse_choice(call.query, "order_by", (*EVENT_ORDERS, ""), "")

    def select() -> list[EventView]:
        arranged = arrange(events, world.shuffle_seed)
        views = select_events((world.view(event) for event in arranged), wanted)
        return sort_events(views, order_by) if order_by else views

    key = ("events", scope, wanted, order_by, world.shuffle_seed)
    views = world.keep(key, (call.rows.version, world.stamp_at), select)
    return render_page("events", views, lambda view: world.render_event(view, expand), call.paging)


def _parse_event_filter(query: Query) -> EventFilter:
    return EventFilter(
        statuses=parse_words(query, "status", (*EVENT_STATUSES, "all")),
        time=_parse_time(query),
        series=parse_words(query, "series_filter", SERIES_FILTERS),
        shows_parent=parse_flag(query, "show_series_parent"),
        organizer_ids=parse_words(query, "organizer_filter"),
        event_ids=parse_words(query, "event_ids"),
    )


def _parse_time(query: Query) -> str:
    return parse_choice(query, "time_filter", ("all", "past", "current_future"), "all")


def _check_organization(call: Call, organization_id: str) -> None:
    """Somebody else's organisation does not exist."""
    if organization_id not in call.account.organization_ids:
        raise missing("organization_id")


def _owns(call: Call, event: Event) -> bool:
    return event.organization_id in call.account.organization_ids


def _find_event(call: Call, event_id: str) -> Event:
    event = call.rows.events.get(event_id)
    if event is None or (event.published_at is None and not _owns(call, event)):
        raise missing("event_id")
    return event


def _own_event(call: Call, event_id: str) -> Event:
    event = _find_event(call, event_id)
    if not _owns(call, event):
        raise forbidden()
    return event


def _find_series(call: Call, series_id: str) -> Event:
    event = call.rows.events.get(series_id)
    if event is None or not event.is_series_parent:
        raise missing("series_id")
    return event


def _own_order(call: Call, order_id: str) -> Order:
    order = call.rows.orders.get(order_id)
    if order is None or order.event_id not in call.rows.events:
        raise missing("order_id")
    if not _owns(call, call.rows.events[order.event_id]):
        raise forbidden()
    return order

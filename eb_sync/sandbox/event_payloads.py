"""Events, series parents, ticket classes and sales status as API v3 shows them at a given instant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from eb_sync.model.instants import iso_text
from eb_sync.sandbox.payloads import HOST, Payload, build_local, build_venue
from eb_sync.sandbox.rows import Attendee, Event, SalesNotice, TicketClass

STATUS_LAG = timedelta(minutes=50)
"""`status` follows the clock this late."""
COMPLETED_AFTER = timedelta(hours=10)
"""From the end to `completed`; the lag comes on top."""


@dataclass(frozen=True, slots=True)
class EventView:
    """An event with what its rendering depends on besides its own row."""

    event: Event
    children: Sequence[Event]
    """A series parent's children, by start; else empty."""
    attendees: Sequence[Attendee]
    now_at: datetime
    is_owner: bool = True

    @property
    def starts_at(self) -> datetime:
        """The start; a parent's is its first child's."""
        return min((child.starts_at for child in self.children), default=self.event.starts_at)

    @property
    def ends_at(self) -> datetime:
        """The end; a parent's is its last child's."""
        return max((child.ends_at for child in self.children), default=self.event.ends_at)


def compute_status(view: EventView) -> str:
    """The word of `status`, which lags behind the clock and knows nothing of sales notices."""
    event, seen_at = view.event, view.now_at - STATUS_LAG
    if event.is_canceled:
        return "canceled"
    if event.published_at is None:
        return "draft"
    if seen_at >= view.ends_at + COMPLETED_AFTER:
        return "completed"
    if seen_at >= view.ends_at:
        return "ended"
    return "started" if seen_at >= view.starts_at else "live"


def build_event(view: EventView, expand: frozenset[str]) -> Payload:
    """An event object; `expand` names the expansions, unknown ones are ignored as Eventbrite does."""
    event = view.event
    payload = {
        "name": {"text": event.title, "html": event.title},
        "description": {"text": event.summary, "html": event.summary},
        **_build_addresses(event),
        "start": build_local(view.starts_at, event.timezone),
        "end": build_local(view.ends_at, event.timezone),
        "organization_id": event.organization_id,
        "created": iso_text(event.created_at),
        "changed": iso_text(event.changed_at),
        "status": compute_status(view),
        **_build_flags(event),
        "capacity": event.capacity if view.is_owner else None,
        "capacity_is_custom": False if view.is_owner else None,
        "summary": event.summary,
        "organizer_id": event.organizer_id,
        "venue_id": event.venue.id if event.venue else None,
        "id": event.id,
        "resource_uri": f"{HOST}/{'series' if event.is_series_parent else 'events'}/{event.id}/",
        "logo": None,
    }
    if view.is_owner:
        payload |= {"invite_only": False, "show_remaining": False}
    if event.published_at:
        payload["published"] = iso_text(event.published_at)
    if event.series_id:
        payload["series_id"] = event.series_id
    return payload | _build_expansions(view, expand)


def build_ticket_class(view: EventView, ticket_class: TicketClass, position: int) -> Payload:
    """A ticket class with the number sold: cancelled tickets are on sale again."""
    event = view.event
    sold = _count_sold(view)[ticket_class.id]
    closed = view.now_at >= view.ends_at
    return {
        "resource_uri": f"{HOST}/events/{event.id}/ticket_classes/{ticket_class.id}/",
        "id": ticket_class.id,
        "event_id": event.id,
        "name": ticket_class.name,
        "display_name": ticket_class.name,
        "description": None,
        "category": ticket_class.category,
        "sorting": position,
        "donation": ticket_class.category == "donation",
        "free": True,
        "cost": None,
        "minimum_quantity": 1,
        "maximum_quantity": None,
        "maximum_quantity_per_order": 10,
        "capacity": ticket_class.capacity,
        "quantity_total": ticket_class.capacity,
        "quantity_sold": sold,
        "on_sale_status": _word_sale(closed=closed, full=sold >= ticket_class.capacity),
        "sales_start": iso_text(event.created_at),
        "sales_end": iso_text(view.ends_at),
        "sales_end_relative": None,
        "hidden": False,
        "hidden_currently": False,
        "include_fee": False,
        "split_fee": False,
        "delivery_methods": ["electronic"],
        "sales_channels": ["online", "atd"],
        "has_pdf_ticket": True,
        "order_confirmation_message": None,
        "image_id": None,
        "ticket_parent_id": None,
    }


def _build_expansions(view: EventView, expand: frozenset[str]) -> Payload:
    event, payload = view.event, Payload()
    if "venue" in expand:
        payload["venue"] = build_venue(event.venue) if event.venue else None
    if "organizer" in expand:
        payload["organizer"] = _build_organizer(event)
    if "event_sales_status" in expand:
        payload["event_sales_status"] = _build_sales_status(view)
    if "ticket_classes" in expand:
        classes = enumerate(event.ticket_classes, start=1)
        payload["ticket_classes"] = [build_ticket_class(view, each, position) for position, each in classes]
    return payload


def _build_sales_status(view: EventView) -> Payload:
    sales_status, message, code = _sales_words(view)
    return {
        "sales_status": sales_status,
        "start_sales_date": None,
        "message": message,
        "message_type": "canonical" if code else "default",
        "message_code": code,
        "currency": "GBP",
    }


def _sales_words(view: EventView) -> tuple[str, str | None, str | None]:
    event = view.event
    if event.sales_notice is not None:
        word = "Cancelled" if event.sales_notice is SalesNotice.CANCELLED else "Postponed"
        return "sales_ended", word, event.sales_notice.value
    if event.published_at is None:
        return "unavailable", "Unavailable", "tickets_unavailable"
    if view.now_at >= view.ends_at:
        return "sales_ended", "Sales Ended", "tickets_with_sales_ended"
    sold = _count_sold(view)
    if sum(sold[each.id] for each in event.ticket_classes if each.category == "admission") >= event.capacity:
        return "sold_out", "Sold Out", "tickets_sold_out"
    return "on_sale", None, None


def _word_sale(*, closed: bool, full: bool) -> str:
    if closed:
        return "UNAVAILABLE"
    return "SOLD_OUT" if full else "AVAILABLE"


def _count_sold(view: EventView) -> Counter[str]:
    return Counter(row.ticket_class_id for row in view.attendees if not row.cancelled)


def _build_organizer(event: Event) -> Payload:
    return {
        "_type": "organizer",
        "id": event.organizer_id,
        "name": "Larkmoor Maths Hub",
        "resource_uri": f"{HOST}/organizers/{event.organizer_id}/",
        "url": f"https://www.eventbrite.co.uk/o/larkmoor-maths-hub-{event.organizer_id}",
    }


def _build_addresses(event: Event) -> Payload:
    words = re.sub(r"[^a-z0-9]+", "-", event.title.lower()).strip("-")
    payload: Payload = {"url": f"https://www.eventbrite.co.uk/e/{words}-tickets-{event.id}"}
    if event.slug:
        payload["vanity_url"] = f"https://{event.slug}.eventbrite.co.uk"
    return payload


def _build_flags(event: Event) -> Payload:
    return {
        "currency": "GBP",
        "listed": True,
        "shareable": True,
        "online_event": event.venue is None,
        "tx_time_limit": 1200,
        "hide_start_date": False,
        "hide_end_date": False,
        "locale": "en_GB",
        "is_locked": False,
        "privacy_setting": "unlocked",
        "is_series": event.is_series_parent or event.series_id is not None,
        "is_series_parent": event.is_series_parent,
        "inventory_type": "limited",
        "is_reserved_seating": False,
        "show_pick_a_seat": False,
        "show_seatmap_thumbnail": False,
        "show_colors_in_seatmap_thumbnail": False,
        "source": "coyote",
        "is_free": True,
        "version": None,
        "facebook_event_id": None,
        "logo_id": None,
        "category_id": None,
        "subcategory_id": None,
        "format_id": None,
        "is_externally_ticketed": False,
    }

"""Answers such as Eventbrite gives, invented, and a client that reads them without waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from eb_sync.eventbrite import EventbriteClient

URL = "https://eventbrite.test/v3"
TOKEN = "INVENTEDTOKEN42"
NOW = datetime(2020, 1, 20, 10, 0, tzinfo=UTC)
Json = dict[str, Any]


@dataclass
class Patience:
    """Notes how long it was asked to sleep, and returns at once."""

    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def make_client(patience: Patience | None = None, *, trust_date_header: bool = False) -> EventbriteClient:
    return EventbriteClient(
        address=URL,
        token=SecretStr(TOKEN),
        clock=lambda: NOW,
        sleep=(patience or Patience()).sleep,
        trust_date_header=trust_date_header,
    )


def attendee(attendee_id: str = "71", **changes: object) -> Json:
    row: Json = {
        "id": attendee_id,
        "event_id": "11",
        "order_id": "51",
        "created": "2019-10-01T09:00:00Z",
        "changed": "2019-10-01T09:00:02Z",
        "ticket_class_id": "91",
        "status": "Attending",
        "checked_in": False,
        "cancelled": False,
        "refunded": False,
        "profile": {"name": "Wren Hartley", "email": "wren@oakfell.example.org"},
        "answers": [],
        "barcodes": [{"status": "unused", "changed": "2019-10-01T09:00:02Z"}],
    }
    return row | changes


def event(event_id: str = "11", **changes: object) -> Json:
    row: Json = {
        "id": event_id,
        "name": {"text": "Fractions", "html": "Fractions"},
        "url": f"https://www.eventbrite.co.uk/e/fractions-tickets-{event_id}",
        "start": {"timezone": "Europe/London", "local": "2020-01-21T10:00:00", "utc": "2020-01-21T10:00:00Z"},
        "end": {"timezone": "Europe/London", "local": "2020-01-21T15:00:00", "utc": "2020-01-21T15:00:00Z"},
        "created": "2019-09-01T09:00:00Z",
        "changed": "2019-09-02T09:00:00Z",
        "status": "live",
        "organizer_id": "31",
        "online_event": False,
        "is_series_parent": False,
        "ticket_classes": [{"id": "91", "category": "admission", "quantity_sold": 3}],
        "event_sales_status": {"sales_status": "on_sale", "message_code": None},
        "venue": {"name": "Larkmoor School", "address": {"city": "Larkmoor", "postal_code": "ZZ1 1ZZ"}},
    }
    return row | changes


def page(key: str, rows: list[Any], **pagination: object) -> Json:
    head = {"object_count": len(rows), "page_number": 1, "page_size": 50, "page_count": 1, "has_more_items": False}
    return {"pagination": head | pagination, key: rows}


def refusal(status: int, code: str) -> Json:
    return {"status_code": status, "error": code, "error_description": "Invented."}

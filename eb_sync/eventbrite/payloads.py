"""Eventbrite's payloads, as far as we use them: validated row by row, tolerant of what Eventbrite leaves out.

Field names are Eventbrite's. Unknown fields are ignored; a missing key and a null mean the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_instant(value: object) -> object:
    # the quick way for the form that nearly every timestamp has; pydantic reads the others
    if isinstance(value, str) and len(value) == 20 and value.endswith("Z"):  # noqa: PLR2004 - 2018-05-12T02:00:00Z
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def _with_zone(value: datetime) -> datetime:
    # organisations' `created` lacks its Z, but every instant of the API is UTC
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _or_empty_list(value: object) -> object:
    return [] if value is None else value


def _or_empty_text(value: object) -> object:
    return "" if value is None else value


def _or_false(value: object) -> object:
    return False if value is None else value


Id = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
OptionalId = Annotated[str | None, BeforeValidator(_as_text)]
Instant = Annotated[datetime, BeforeValidator(_as_instant)]
Text = Annotated[str, BeforeValidator(_or_empty_text)]
Flag = Annotated[bool, BeforeValidator(_or_false)]


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class PaginationPayload(_Payload):
    """The head of every list."""

    object_count: int | None = None
    page_number: int | None = None
    page_count: int | None = None
    has_more_items: bool | None = None
    """None in answers from before 2017."""
    continuation: str | None = None


class AnswerPayload(_Payload):
    """One answer; an unanswered question comes without `answer`."""

    question: Text = ""
    answer: Text = ""


class BarcodePayload(_Payload):
    """A ticket's barcode; `changed` moves at check-in, at undoing it and at cancelling."""

    status: Text = ""
    changed: Instant | None = None


class ProfilePayload(_Payload):
    """Who booked."""

    name: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    email: Text = ""
    company: Text = ""
    job_title: Text = ""


class AttendeePayload(_Payload):
    """One attendee row (reference 3.2)."""

    id: Id
    event_id: Id
    order_id: Id
    created: Instant
    changed: Instant
    ticket_class_id: OptionalId = None
    status: Text = ""
    checked_in: Flag = False
    cancelled: Flag = False
    refunded: Flag = False
    profile: ProfilePayload = ProfilePayload()
    answers: Annotated[tuple[AnswerPayload, ...], BeforeValidator(_or_empty_list)] = ()
    barcodes: Annotated[tuple[BarcodePayload, ...], BeforeValidator(_or_empty_list)] = ()


class MultipartText(_Payload):
    """A text with its HTML; either may be null."""

    text: Text = ""


class LocalTime(_Payload):
    """An instant in a zone; `utc` is authoritative."""

    timezone: str
    utc: Instant


class SalesStatusPayload(_Payload):
    """The expansion that alone tells that an event was called off on the web page."""

    message_code: str | None = None


class TicketClassPayload(_Payload):
    """A kind of ticket."""

    id: Id
    category: Text = ""
    donation: Flag = False
    quantity_sold: int | None = None


class AddressPayload(_Payload):
    """A venue's address, as far as a register needs it."""

    city: Text = ""
    postal_code: Text = ""


class VenuePayload(_Payload):
    """Where an event takes place."""

    name: Text = ""
    address: AddressPayload | None = None


class EventPayload(_Payload):
    """One event object (reference 3.6)."""

    id: Id
    name: MultipartText = MultipartText()
    url: Text = ""
    vanity_url: Text = ""
    start: LocalTime
    end: LocalTime
    created: Instant
    changed: Instant
    status: Text = ""
    organizer_id: OptionalId = None
    series_id: OptionalId = None
    is_series_parent: Flag = False
    online_event: Flag = False
    venue: VenuePayload | None = None
    ticket_classes: Annotated[tuple[TicketClassPayload, ...], BeforeValidator(_or_empty_list)] = ()
    event_sales_status: SalesStatusPayload | None = None


class OrganizationPayload(_Payload):
    """An organisation, the owner of events."""

    id: Id
    name: Text = ""


class UserPayload(_Payload):
    """Whose token it is; the name is not read."""

    id: Id


class BuyerSettingsPayload(_Payload):
    """What the booking page asks of whom."""

    survey_respondent: Text = ""
    allow_attendee_update: Flag = False
    refund_request_enabled: Flag = False


class OrderPayload(_Payload):
    """An order; its state is its attendees'."""

    id: Id
    event_id: Id
    created: Instant
    changed: Instant
    status: Text = ""


class ErrorPayload(_Payload):
    """An error body; branch on `error`, never on the text."""

    error: Text = ""


def zoned(instant: datetime) -> datetime:
    """A payload's instant, aware and in UTC."""
    return _with_zone(instant)


def problems_of(errors: list[Any]) -> str:
    """What was wrong with a row: fields and kinds of error, no values, because they may be personal."""
    return "; ".join(f"{'.'.join(str(part) for part in error['loc'])}: {error['type']}" for error in errors)

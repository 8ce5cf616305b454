"""Eventbrite's payloads, as far as we use them: validated row by row, tolerant of what Eventbrite leaves out.

Field names are Eventbrite's. Unknown fields are ignored; a missing key and a null mean the same (the API documents
that a field without a value may be left out), so optional fields are None in both cases. Ids may come as numbers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)

_SHOWN_PROBLEMS = 5


def _parse_instant(value: object) -> datetime:
    """Whole seconds in UTC with a `Z`, nearly always; without a zone (as organisations' `created`) UTC is meant."""
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004 - pydantic turns only a ValueError into a problem of the field
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is UTC:
        return instant
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar") from None


@cache
def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone") from None
    return name


def _or_empty_object(value: object) -> object:
    return {} if value is None else value


def _or_empty_list(value: object) -> object:
    return [] if value is None else value


Id = Annotated[str, Field(min_length=1)]
Instant = Annotated[datetime, PlainValidator(_parse_instant)]
Zone = Annotated[str, AfterValidator(_check_zone)]
OrEmptyObject = BeforeValidator(_or_empty_object)
OrEmptyList = BeforeValidator(_or_empty_list)


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_nul(cls, values: object) -> object:
        """No text keeps a NUL character: PostgreSQL takes none, and one booking must not keep out all others."""
        if isinstance(values, dict) and any(isinstance(value, str) and "\0" in value for value in values.values()):
            return {key: value.replace("\0", "") if isinstance(value, str) else value for key, value in values.items()}
        return values


class PaginationPayload(_Payload):
    """The head of every list."""

    object_count: int | None = None
    page_count: int | None = None
    has_more_items: bool | None = None
    """None in answers from before 2017."""
    continuation: str | None = None


class AnswerPayload(_Payload):
    """One answer; an unanswered question comes without `answer`. Most are of no concern to us, so anything goes."""

    question: Any = None
    answer: Any = None


class BarcodePayload(_Payload):
    """A ticket's barcode; `changed` moves at check-in, at undoing it and at cancelling."""

    status: str | None = None
    changed: Instant | None = None


class ProfilePayload(_Payload):
    """Who booked; keys are missing where the form did not ask."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    company: str | None = None
    job_title: str | None = None


class AttendeePayload(_Payload):
    """One attendee row; flags missing: false; `status` missing: the flags alone tell."""

    id: Id
    event_id: Id
    order_id: Id
    created: Instant
    changed: Instant
    ticket_class_id: str | None = None
    status: str | None = None
    checked_in: bool | None = None
    cancelled: bool | None = None
    refunded: bool | None = None
    profile: Annotated[ProfilePayload, OrEmptyObject] = ProfilePayload()
    answers: Annotated[tuple[AnswerPayload, ...], OrEmptyList] = ()
    barcodes: Annotated[tuple[BarcodePayload, ...], OrEmptyList] = ()


class MultipartText(_Payload):
    """A text with its HTML; either may be null."""

    text: str | None = None


class LocalTime(_Payload):
    """An instant in a zone; `utc` is authoritative."""

    timezone: Zone
    utc: Instant


class SalesStatusPayload(_Payload):
    """The expansion that alone tells that an event was called off on the web page."""

    message_code: str | None = None


class TicketClassPayload(_Payload):
    """A kind of ticket; `category` is missing in old answers."""

    id: Id
    category: str | None = None
    donation: bool | None = None
    quantity_sold: int | None = None


class AddressPayload(_Payload):
    """A venue's address, as far as a register needs it."""

    city: str | None = None
    postal_code: str | None = None


class VenuePayload(_Payload):
    """Where an event takes place."""

    name: str | None = None
    address: Annotated[AddressPayload, OrEmptyObject] = AddressPayload()


class EventPayload(_Payload):
    """One event object; `series_id` only in children of a series, `venue` null when online."""

    id: Id
    name: Annotated[MultipartText, OrEmptyObject] = MultipartText()
    url: str | None = None
    vanity_url: str | None = None
    start: LocalTime
    end: LocalTime
    created: Instant
    changed: Instant
    status: str | None = None
    organizer_id: str | None = None
    series_id: str | None = None
    is_series_parent: bool | None = None
    online_event: bool | None = None
    venue: VenuePayload | None = None
    ticket_classes: Annotated[tuple[TicketClassPayload, ...], OrEmptyList] = ()
    event_sales_status: Annotated[SalesStatusPayload, OrEmptyObject] = SalesStatusPayload()


class OrganizationPayload(_Payload):
    """An organisation, the owner of events; not an organizer, which is a public profile."""

    id: Id
    name: str | None = None


class UserPayload(_Payload):
    """Whose token it is; the name is not read."""

    id: Id


class BuyerSettingsPayload(_Payload):
    """What the booking page asks of whom."""

    survey_respondent: str | None = None
    allow_attendee_update: bool | None = None


class QuestionTextPayload(_Payload):
    """The wording of a question."""

    text: str | None = None


class QuestionPayload(_Payload):
    """A question of the booking form; the id of one of Eventbrite's own is a word, such as `company`."""

    id: Id
    question: Annotated[QuestionTextPayload, OrEmptyObject] = QuestionTextPayload()


def describe_problems(error: ValidationError) -> str:
    """What was wrong with a row: fields and kinds of error, no values, because they may be personal."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    described = [
        f"{'.'.join(str(part) for part in problem['loc']) or 'row'}: {problem['type']}"
        for problem in problems[:_SHOWN_PROBLEMS]
    ]
    more = len(problems) - len(described)
    return "; ".join(described) + (f"; and {more} more" if more else "")

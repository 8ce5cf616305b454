"""Eventbrite's payloads, as far as we use them: validated row by row, tolerant of what Eventbrite leaves out.

Field names are Eventbrite's. Unknown fields are ignored; a missing key and a null mean the same (the API documents
that a field without a value may be left out), so optional fields are None in both cases. Ids may come as numbers.
Texts are cleaned here, so that one booking never keeps out all others.
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
)

from eb_sync.model.instants import is_plausible
from eb_sync.model.texts import LONGEST, storable

_SHOWN_PROBLEMS = 5
_LONGEST_ID = 100
_MOST = 1_000_000
"""Of anything that Eventbrite counts: more is a mistake, and more than a database's column holds."""


def _parse_instant(value: object) -> datetime:
    """Whole seconds in UTC with a `Z`, nearly always; without a zone (as organisations' `created`) UTC is meant."""
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004 - pydantic turns only a ValueError into a problem of the field
    instant = datetime.fromisoformat(value)
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the calendar") from None


def _check_plausible(instant: datetime) -> datetime:
    if not is_plausible(instant):
        raise ValueError("not between 2000 and 2100")
    return instant


def _clean(value: object) -> object:
    return storable(value) if isinstance(value, str) else value


def is_id(value: str) -> bool:
    """Whether it names something as it stands: what would have to be cleaned could come to name something else."""
    return len(value) <= _LONGEST_ID and value.isprintable() and storable(value) == value


def _check_id(value: str) -> str:
    if not is_id(value):
        raise ValueError("not an id")
    return value


def _check_token(value: str) -> str:
    if len(value) > LONGEST or not (value.isascii() and value.isprintable()):
        raise ValueError("not a continuation token")
    return value


def _believe(value: object) -> object:
    """A number that cannot be one counts as none."""
    return None if isinstance(value, int) and not 0 <= value <= _MOST else value


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


Text = Annotated[str, BeforeValidator(_clean)]
OptionalId = Annotated[str, AfterValidator(_check_id)]
"""Empty: none."""
Id = Annotated[OptionalId, Field(min_length=1)]
Token = Annotated[str, AfterValidator(_check_token)]
Estimate = Annotated[int | None, BeforeValidator(_believe)]
"""A count by Eventbrite, which may be wrong; None: it does not say, or says what cannot be."""
Instant = Annotated[datetime, PlainValidator(_parse_instant), AfterValidator(_check_plausible)]
Zone = Annotated[str, AfterValidator(_check_zone)]
OrEmptyObject = BeforeValidator(_or_empty_object)
OrEmptyList = BeforeValidator(_or_empty_list)


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class PaginationPayload(_Payload):
    """The head of every list."""

    object_count: Estimate = None
    page_count: Estimate = None
    has_more_items: bool | None = None
    """None in answers from before 2017."""
    continuation: Token | None = None


class AnswerPayload(_Payload):
    """One answer; an unanswered question comes without `answer`. Most are of no concern to us, so anything goes."""

    question: Any = None
    answer: Any = None


class BarcodePayload(_Payload):
    """A ticket's barcode; `changed` moves at check-in, at undoing it and at cancelling."""

    status: Text | None = None
    changed: Instant | None = None


class ProfilePayload(_Payload):
    """Who booked; keys are missing where the form did not ask."""

    name: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    email: Text | None = None
    company: Text | None = None
    job_title: Text | None = None


class AttendeePayload(_Payload):
    """One attendee row; flags missing: false; `status` missing: the flags alone tell."""

    id: Id
    event_id: Id
    order_id: Id
    created: Instant
    changed: Instant
    ticket_class_id: OptionalId | None = None
    status: Text | None = None
    checked_in: bool | None = None
    cancelled: bool | None = None
    refunded: bool | None = None
    profile: Annotated[ProfilePayload, OrEmptyObject] = ProfilePayload()
    answers: Annotated[tuple[AnswerPayload, ...], OrEmptyList] = ()
    barcodes: Annotated[tuple[BarcodePayload, ...], OrEmptyList] = ()


class MultipartText(_Payload):
    """A text with its HTML; either may be null."""

    text: Text | None = None


class LocalTime(_Payload):
    """An instant in a zone; `utc` is authoritative."""

    timezone: Zone
    utc: Instant


class SalesStatusPayload(_Payload):
    """The expansion that alone tells that an event was called off on the web page."""

    message_code: Text | None = None


class TicketClassPayload(_Payload):
    """A kind of ticket; `category` is missing in old answers."""

    id: Id
    category: Text | None = None
    donation: bool | None = None
    quantity_sold: Estimate = None


class AddressPayload(_Payload):
    """A venue's address, as far as a register needs it."""

    city: Text | None = None
    postal_code: Text | None = None


class VenuePayload(_Payload):
    """Where an event takes place."""

    name: Text | None = None
    address: Annotated[AddressPayload, OrEmptyObject] = AddressPayload()


class EventPayload(_Payload):
    """One event object; `series_id` only in children of a series, `venue` null when online."""

    id: Id
    name: Annotated[MultipartText, OrEmptyObject] = MultipartText()
    url: Text | None = None
    vanity_url: Text | None = None
    start: LocalTime
    end: LocalTime
    created: Instant
    changed: Instant
    status: Text | None = None
    organizer_id: OptionalId | None = None
    series_id: OptionalId | None = None
    is_series_parent: bool | None = None
    online_event: bool | None = None
    venue: VenuePayload | None = None
    ticket_classes: Annotated[tuple[TicketClassPayload, ...], OrEmptyList] = ()
    event_sales_status: Annotated[SalesStatusPayload, OrEmptyObject] = SalesStatusPayload()


class OrganizationPayload(_Payload):
    """An organisation, the owner of events; not an organizer, which is a public profile."""

    id: Id
    name: Text | None = None


class UserPayload(_Payload):
    """Whose token it is; the name is not read."""

    id: Id


class BuyerSettingsPayload(_Payload):
    """What the booking page asks of whom."""

    survey_respondent: Text | None = None
    allow_attendee_update: bool | None = None


class QuestionTextPayload(_Payload):
    """The wording of a question."""

    text: Text | None = None


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

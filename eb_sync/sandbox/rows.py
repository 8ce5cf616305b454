"""What the sandbox keeps: organisations, events, orders and attendees as Eventbrite would have them.

Instants are aware UTC, whole seconds. Rows are never changed in place: a verb puts a new row in the old one's stead, so
that an unchanged row can be recognised by its identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AttendeeStatus(StrEnum):
    """The words of the attendee's `status` field."""

    ATTENDING = "Attending"
    CHECKED_IN = "Checked In"
    NOT_ATTENDING = "Not Attending"
    DELETED = "Deleted"


class SalesNotice(StrEnum):
    """What the web editor can say of an event as a whole; it shows in `event_sales_status` only."""

    CANCELLED = "event_cancelled"
    POSTPONED = "event_postponed"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a token stands for."""

    user_id: str | None
    """None: a public token, which is valid but belongs to no user."""
    name: str
    email: str
    organization_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Organization:
    """The owner of events; not the public organizer profile."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Venue:
    """Where people meet."""

    id: str
    name: str
    address_1: str
    city: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Question:
    """A custom question; its id belongs to one event and is new on a copy."""

    id: str
    label: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class TicketClass:
    """A kind of ticket; all are free of charge here."""

    id: str
    name: str
    category: str
    """`admission`, `add_on` or `donation`."""
    capacity: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event, a child of a series, or a series parent."""

    id: str
    organization_id: str
    organizer_id: str
    title: str
    summary: str
    slug: str | None
    """Host label of the vanity address; None without one."""
    timezone: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None
    """None: a draft."""
    capacity: int
    venue: Venue | None
    """None: online."""
    ticket_classes: tuple[TicketClass, ...]
    questions: tuple[Question, ...]
    canned_questions: tuple[str, ...]
    """Ids of Eventbrite's own questions that the form asks."""
    survey_respondent: str
    """`attendee` or `ticket_buyer`: whose data the form asks for."""
    series_id: str | None = None
    """The parent's id, on children only."""
    is_series_parent: bool = False
    sales_notice: SalesNotice | None = None
    is_canceled: bool = False
    """Status `canceled`, which Eventbrite grants only to an event without bookings."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What the booking form says of a person; None where it was not asked."""

    name: str
    email: str | None
    company: str | None = None
    job_title: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One checkout."""

    id: str
    event_id: str
    created_at: datetime
    """Start of the checkout, some seconds before its attendees' creation."""
    changed_at: datetime
    buyer: Profile


@dataclass(frozen=True, slots=True)
class Barcode:
    """The ticket's code; `changed_at` moves on check-in, on undoing it and on cancelling."""

    text: str
    status: str
    """`unused`, `used` or `refunded`."""
    created_at: datetime
    changed_at: datetime
    checkin_method: str | None = None
    """`scan` or `search`; stays after the check-in was undone."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """One ticket's holder, as far as the form tells."""

    id: str
    order_id: str
    event_id: str
    ticket_class_id: str
    ticket_class_name: str
    created_at: datetime
    changed_at: datetime
    status: AttendeeStatus
    checked_in: bool
    cancelled: bool
    profile: Profile
    answers: tuple[tuple[str, str], ...]
    """(question id, text) of the answered questions."""
    barcode: Barcode
    is_guest: bool = False
    """Put on the guest list by the organiser."""
    status_word: str | None = None
    """What answers say in place of the status; None: the status."""

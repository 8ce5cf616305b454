"""Bookings and events as observed: facts that sync appends, each a state that differed from the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from eb_sync.model.readings import GoingAhead, Profile
from policies.facts import BarcodeStatus, Presence

DESCRIBED_STATUSES = frozenset({"attending", "not attending", "checked in", "deleted"})
"""Words of an attendee's status whose meaning is documented or was recorded, in small letters."""
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class EventObservation:
    """An event as first read so. `changed_at` is Eventbrite's stamp at that time; alone it makes no new one."""

    id: int
    event_id: str
    recorded_at: datetime
    received_at: datetime
    is_bookable: bool
    """False: answered 404, back in draft, or gone from the organisation's list."""
    series_id: str | None
    title: str
    slug: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    created_at: datetime
    changed_at: datetime
    going_ahead: GoingAhead
    organizer_id: str | None
    venue: str | None
    is_online: bool
    other_classes: frozenset[str]
    """Ticket classes that were listed as no seats (add-ons, donations)."""
    seat_classes: frozenset[str] | None
    """Ticket classes that were listed as seats; None: observed before this was recorded."""


@dataclass(frozen=True, slots=True)
class BookingObservation:
    """A booking as first read so."""

    id: int
    event_id: str
    attendee_id: str
    recorded_at: datetime
    received_at: datetime
    presence: Presence
    status: str
    cancelled: bool
    refunded: bool
    checked_in: bool
    created_at: datetime
    changed_at: datetime | None
    barcode_status: BarcodeStatus
    barcode_changed_at: datetime | None
    order_id: str
    ticket_class_id: str | None
    person_id: int
    name_id: int | None
    profile_id: int
    typed_school_id: int | None
    typed_role_id: int | None


@dataclass(frozen=True, slots=True)
class KnownBooking:
    """A booking's newest observation with its profile: what a new reading is compared with."""

    observation: BookingObservation
    profile: Profile
    newest_changed_at: datetime | None = None
    """The newest of Eventbrite's stamps in all of the booking's observations; None if none is known."""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A complete read of an event, as recorded; its id is greater than those of the observations it brought."""

    id: int
    event_id: str
    recorded_at: datetime
    started_at: datetime
    row_count: int
    object_count: int | None
    quantity_sold: int | None
    """Over all ticket classes; None if Eventbrite did not say."""
    is_going_ahead: bool


@dataclass(frozen=True, slots=True)
class UndescribedStatus:
    """A status that nobody has described, and how many bookings carry it now."""

    status: str
    """Eventbrite's word as it came; empty: it gave none."""
    bookings: int
    active: int
    """Those of them that are not cancelled."""


@dataclass(frozen=True, slots=True)
class TypedSchool:
    """A school as typed: one id for each normalised name, URN, postcode and e-mail host."""

    id: int
    name_key: str
    urn: str
    """Six digits, or empty."""
    name: str
    """As first typed."""
    postcode: str = ""
    """Without spaces, in capitals; empty where none was typed."""
    email_host: str = ""
    """Of the address with which the place was booked; empty for hosts that belong to nobody in particular."""


@dataclass(frozen=True, slots=True)
class TypedRole:
    """A role and an answer about leadership, as typed."""

    id: int
    role: str
    leadership: str


def reference_of(attendee_id: str) -> str:
    """The reference under which a booking is known outside: `B` and Eventbrite's attendee id."""
    return f"B{attendee_id}"


def is_described_status(status: str) -> bool:
    """Whether it is known what an attendee's status means; of an empty one it is not, nor of `Unpaid`."""
    return status.casefold() in DESCRIBED_STATUSES


def show_status(status: str) -> str:
    """A status for people: on one line, and cut where it is long."""
    line = " ".join(status.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}..."

"""What one reading of Eventbrite yields, in our words: payloads end here, facts begin.

Instants are aware UTC. Ids are text, as Eventbrite gives them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from eb_sync.errors import EbsyncError
from eb_sync.model.names import host_of
from policies.facts import BarcodeStatus, Presence


@dataclass(frozen=True, slots=True)
class Profile:
    """Who booked, as typed. Personal: goes to the people tables and nowhere else. Empty text: not given."""

    name: str
    email: str
    school: str = ""
    urn: str = ""
    postcode: str = ""
    role: str = ""
    leadership: str = ""
    email_host: str = ""
    """Of an address that was erased, because a school may be known by it; empty while there is an address."""

    def without_name(self) -> Profile:
        """What is kept of it once the person is erased: the answers, which are a school's."""
        return replace(self, name="", email="", email_host=self.email_host or host_of(self.email))


@dataclass(frozen=True, slots=True)
class AttendeeReading:
    """One attendee row. `presence` is never `VANISHED` by absence here: that is for whoever compares reads."""

    event_id: str
    attendee_id: str
    order_id: str
    ticket_class_id: str | None
    presence: Presence
    """ACTIVE, CANCELLED (not attending, cancelled or refunded) or VANISHED (status `Deleted`)."""
    status: str
    """Eventbrite's own word, kept as it came."""
    cancelled: bool
    refunded: bool
    checked_in: bool
    created_at: datetime
    changed_at: datetime
    barcode_status: BarcodeStatus
    barcode_changed_at: datetime | None
    received_at: datetime
    """When the page arrived, by our clock."""
    profile: Profile | None
    """None in reads that were held: what was typed is not kept any longer, and the booking keeps what it has."""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that failed validation: kept out, with its reason, while the run goes on."""

    kind: str
    """`attendee` or `event`."""
    event_id: str | None
    id: str
    """The row's own id, or `?` and its position where even that is unreadable."""
    reason: str
    """Which fields were wrong and how; no values, because they may be personal."""
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TicketClass:
    """A kind of ticket; only `admission` is a seat."""

    id: str
    category: str
    """`admission`, `add_on` or `donation`; `admission` where Eventbrite did not say."""
    quantity_sold: int | None


class GoingAhead(StrEnum):
    """Whether Eventbrite says that the event takes place."""

    GOING_AHEAD = "going_ahead"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class EventReading:
    """One event object, read with its sales status, ticket classes and venue."""

    id: str
    series_id: str | None
    """The parent, for a child of a series."""
    is_series_parent: bool
    title: str
    slug: str
    """As DESIGN section 6 derives it from `vanity_url` or `url`."""
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    """IANA name."""
    created_at: datetime
    changed_at: datetime
    status: str
    """Eventbrite's word; it lags behind the clock. `draft` is not bookable."""
    going_ahead: GoingAhead
    organizer_id: str | None
    venue: str | None
    """Name and town on one line; None when online or unknown."""
    is_online: bool
    ticket_classes: tuple[TicketClass, ...]
    received_at: datetime
    began_at: datetime | None = None
    """When its page was asked for: the earlier of our clock and Eventbrite's. None in reads held by older versions."""


class ListKind(StrEnum):
    """Which events to list."""

    CURRENT_FUTURE = "current_future"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class EventList:
    """A complete list of the organisation's events (children of series, never their parents)."""

    events: tuple[EventReading, ...]
    quarantined: tuple[QuarantinedRow, ...]
    started_at: datetime
    unexpanded_ids: frozenset[str] = frozenset()
    """Events that are listed, but whose sales status the list could not say: each has to be read by itself."""

    @property
    def listed_ids(self) -> frozenset[str]:
        """All events that are in the list."""
        return frozenset(event.id for event in self.events) | self.unexpanded_ids


@dataclass(frozen=True, slots=True)
class AttendeeList:
    """Rows of one or two lists merged: where they disagree the later `changed` wins; equal: cancelled."""

    attendees: tuple[AttendeeReading, ...]
    quarantined: tuple[QuarantinedRow, ...]
    started_at: datetime
    """The earlier of our clock and the first response's `Date`, when the first request was sent."""
    object_count: int | None
    """What Eventbrite said the unfiltered list holds; a check for order of magnitude only."""


@dataclass(frozen=True, slots=True)
class CompleteRead:
    """An event object and all its attendees: proof of who was there (DESIGN 7.3)."""

    event: EventReading
    attendees: AttendeeList
    started_at: datetime
    """When the first of its requests was sent; earlier of our clock and Eventbrite's."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation that the token sees."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class BuyerSettings:
    """What an event's booking form asks of whom."""

    event_id: str
    asks_each_attendee: bool | None
    """False: every attendee of an order carries the buyer's name and answers. None: Eventbrite did not say."""
    attendees_may_edit: bool | None
    """Whether names and answers may change after booking without a new row. None: Eventbrite did not say."""


@dataclass(frozen=True, slots=True)
class AskedQuestions:
    """Which of the answers that the hub needs an event's booking form asks for."""

    event_id: str
    labels: tuple[str, ...]
    """The organiser's own questions as worded now, each once."""
    fields: frozenset[str]
    """`school`, `urn`, `postcode`, `role`, `leadership`: those that are asked for."""


@dataclass(frozen=True, slots=True)
class EventUnavailable:
    """An event that could not be read now, while others can: it will be tried again."""

    event_id: str
    error: EbsyncError
    is_its_own: bool = False
    """Whether it is this event's own trouble for certain, so that it says nothing of whether others can be read."""


@dataclass(frozen=True, slots=True)
class EventGone:
    """An event that Eventbrite does not know when asked for it, or for its attendees (404)."""

    event_id: str
    received_at: datetime
    event: EventReading | None = None
    """The event object, where only the attendees are not known."""

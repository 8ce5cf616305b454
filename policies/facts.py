"""What a rule may know about one workshop: frozen facts, already limited to those recorded by `as_of`.

Whoever assembles them leaves out facts recorded after `as_of` and human facts withdrawn by then. Every fact carries the
id of its row; ids grow in the order of recording over all kinds of facts, so "newer" means "greater id".
All instants are aware UTC; local dates and clock times are those of the event's own time zone. No names, e-mails or
answers: only ids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.wording import LONDON


class Delivery(StrEnum):
    """How a workshop is held."""

    IN_PERSON = "in_person"
    ONLINE = "online"


class Presence(StrEnum):
    """What one read said about one booking."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    VANISHED = "vanished"
    """Missing from a complete read, or returned with status `Deleted`."""
    UNREADABLE = "unreadable"
    """The row came but was quarantined: what it said is not known."""


class BarcodeStatus(StrEnum):
    """A ticket's barcode as Eventbrite shows it."""

    UNUSED = "unused"
    USED = "used"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"
    """No barcode, or a status we do not know."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A booking's state when it was first read so; unchanged reads add none (see `Sighting`)."""

    id: int
    received_at: datetime
    """When the page arrived, by our clock; for a row that was missing, when that read began."""
    presence: Presence
    changed_at: datetime | None = None
    """Eventbrite's `changed` of the attendee; None for a missing or unreadable row."""
    barcode_status: BarcodeStatus = BarcodeStatus.UNKNOWN
    barcode_changed_at: datetime | None = None
    checked_in: bool = False
    status_known: bool = True
    """False: Eventbrite's status was missing, or a word that nobody has described; it then proves nothing."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A complete read of the event's attendees; its id is greater than those of the observations it brought."""

    id: int
    started_at: datetime
    """The earlier of our clock and the response's `Date`."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A teacher's booking on the event behind the workshop."""

    id: str
    """The reference: `B` and Eventbrite's attendee id."""
    order_id: str
    created_at: datetime
    person_id: int
    """Same normalised name and e-mail, same id."""
    name_id: int | None
    """Same normalised name, same id; None without a name."""
    observations: tuple[Observation, ...]
    """Oldest first, at least one."""
    school_id: str | None = None
    """The confirmed school (URN or `P1`); None while nobody confirmed it."""
    school_keys: frozenset[str] = frozenset()
    """All keys under which facts about its school may be recorded, the typed name included."""
    is_place: bool = True
    """False for add-on and donation ticket classes and for the hub's own guests; its holder may still come by it."""
    ticket_known: bool = True
    """False: no list of ticket classes has ever described the booking's class."""
    is_erased: bool = False
    """The name behind the booking was erased."""
    email_id: int | None = None
    """Same normalised e-mail address, same id; None without an address."""
    alike_ids: frozenset[int] = frozenset()
    """Other persons with the same address whose names may be the same: a word in common, or no name at all."""


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Somebody without a booking who came; recorded by a person."""

    id: int
    reference: str
    """`W1`, `W2`, ..."""
    person_id: int
    name_id: int | None
    recorded_at: datetime
    school_id: str | None = None
    school_keys: frozenset[str] = frozenset()
    replaces: str | None = None
    """The booking whose teacher the walk-in came for; None if nobody said."""
    accepted: bool = False
    """The hub accepted the walk-in though their school is another than the teacher's."""
    is_erased: bool = False


class Mark(StrEnum):
    """What the register says about one place."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left-early"
    TURNED_AWAY = "turned-away"
    """Came so late that they were not admitted."""
    ABSENT = "absent"
    UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True)
class AttendanceMark:
    """One mark on the register; of several for a place the newest that is not contested counts."""

    id: int
    booking_id: str
    """A booking's or a walk-in's reference."""
    mark: Mark
    recorded_at: datetime
    is_contested: bool = False
    """Said against the newest mark by whoever may not have known of it: no mark, but never to be passed over."""


@dataclass(frozen=True, slots=True)
class SubstituteLink:
    """A colleague with a booking of their own (`substitute_id`) came for `replaces`."""

    id: int
    substitute_id: str
    replaces: str
    accepted: bool = False
    """The hub accepted the colleague though their school is another than the teacher's."""


class Channel(StrEnum):
    """How notice reached us."""

    EVENTBRITE = "eventbrite"
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Notice:
    """A person recorded that notice was given: for one booking, or for a school's bookings now and later."""

    id: int
    received_at: datetime
    channel: Channel
    recorded_at: datetime
    booking_id: str | None = None
    school_key: str | None = None


class ExemptionKind(StrEnum):
    """Grounds on which the policy does not charge."""

    OFSTED = "ofsted"
    EXTENUATING = "extenuating"


class ExemptionState(StrEnum):
    """Where a claim stands; only `APPROVED` exempts, only `CLAIMED` asks."""

    CLAIMED = "claimed"
    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Exemption:
    """A claim with its newest state. Ofsted: school and dates; extenuating: workshop and booking or school."""

    id: int
    kind: ExemptionKind
    state: ExemptionState
    recorded_at: datetime
    """When the newest state was recorded."""
    school_key: str | None = None
    booking_id: str | None = None
    workshop_id: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    """Last day, inclusive, local."""
    code: str | None = None
    """Extenuating: which circumstances."""
    received_at: datetime | None = None
    """When the claim reached the hub; None: nobody said."""


class AnswerWord(StrEnum):
    """What a person may answer to a question of DESIGN 5.2."""

    IN_TIME = "in-time"
    LATE = "late"
    PRESENT = "present"
    ABSENT = "absent"
    NEVER_BOOKED = "never-booked"
    SAME = "same"
    """The same teacher, under another name or address."""
    NO_PLACE = "no-place"
    """The ticket is none for a seat."""
    CHARGE = "charge"
    WAIVE = "waive"


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer about one place."""

    id: int
    booking_id: str
    question: str | None
    """The reason that was asked when it was answered; None for a waiver given without a question."""
    word: AnswerWord
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AnnouncedDate:
    """A start and end as announced to those who book; the first counts as announced when the event was created."""

    id: int
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    declared_at: datetime | None = None
    """When a person declared this day of a page; None for dates that the page itself shows."""
    withdrawn_between: tuple[datetime, datetime] | None = None
    """From when until when the day was withdrawn, before it was declared again; None: never."""


@dataclass(frozen=True, slots=True)
class CallOff:
    """The newest statement of one source about whether the workshop takes place."""

    id: int
    called_off: bool
    """False: reinstated by the hub, or shown as going ahead by Eventbrite."""
    recorded_at: datetime
    last_going_ahead_at: datetime | None = None
    """Eventbrite only: start of our last read that showed it as going ahead; None if none did."""


@dataclass(frozen=True, slots=True)
class OtherBooking:
    """A booking on another event by somebody who has the name of somebody here; for the transfer question."""

    person_id: int
    name_id: int | None
    school_id: str | None
    workshop_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WorkshopFacts:
    """All that the rules may know about one workshop."""

    id: str
    dates: tuple[AnnouncedDate, ...]
    """In order of announcement; the last is the date in force. Never empty."""
    dates_known: bool
    """False: the page spans several days and nobody declared them, or its date changed after its end."""
    single_day: bool
    """True if the event stands for this one workshop, so that a check-in means this day."""
    in_scope: bool
    billing_from_on: date | None
    """Earlier workshops are never charged; None: not set."""
    deliveries: tuple[Delivery, ...] = (Delivery.IN_PERSON,)
    """How it was ever announced to be held; of their deadlines the one most favourable to the teacher counts."""
    only_day_between: tuple[int, int] | None = None
    """Of a page for several days: between which facts this was the only day declared; None: never."""
    hub_statement: CallOff | None = None
    eventbrite_statement: CallOff | None = None
    register_closed_at: datetime | None = None
    """None while the register is open."""
    sightings: tuple[Sighting, ...] = ()
    """Complete reads of the event, oldest first."""
    zone: ZoneInfo = LONDON
    """The event's own time zone: what its local dates and times are."""
    read_held: bool = False
    """The newest read of the event is held by the mass-change brake, or the event is gone from Eventbrite."""
    bookings: tuple[Booking, ...] = ()
    walk_ins: tuple[WalkIn, ...] = ()
    marks: tuple[AttendanceMark, ...] = ()
    """Oldest first."""
    links: tuple[SubstituteLink, ...] = ()
    notices: tuple[Notice, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    answers: tuple[Answer, ...] = ()
    """Oldest first."""
    other_bookings: tuple[OtherBooking, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Nomination:
    """An active booking, as the two-teacher rule sees it."""

    booking_id: str
    order_id: str
    created_at: datetime
    person_id: int
    name_id: int | None
    school_id: str | None
    """The confirmed school; unknown schools are never grouped."""
    role: str
    """As typed; empty: not given."""
    leadership: str
    """The answer about leadership as typed; empty: not given."""


@dataclass(frozen=True, slots=True)
class WorkshopNominations:
    """The active bookings for one workshop of a work group."""

    workshop_id: str
    on: date
    """Local date of its start."""
    nominations: tuple[Nomination, ...]


@dataclass(frozen=True, slots=True)
class WorkgroupFacts:
    """What the two-teacher rule may know of a work group."""

    id: str
    on: date
    """The date whose parameters count for findings about the whole group: the next workshop's, else the last's."""
    workshops: tuple[WorkshopNominations, ...]

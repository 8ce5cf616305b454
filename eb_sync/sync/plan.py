"""What a run would write: the difference between what was known and what was read. Pure; planning twice yields nothing.

Absence is not cancellation: a row missing from a complete read is marked vanished, never cancelled, and a read in which
most bookings would end at once is held for a person (DESIGN 7.6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from eb_sync.model.bookings import EventObservation, KnownBooking, is_described_status
from eb_sync.model.names import normalise_name
from eb_sync.model.readings import (
    AttendeeList,
    AttendeeReading,
    CompleteRead,
    EventReading,
    GoingAhead,
    Profile,
    QuarantinedRow,
)
from eb_sync.model.texts import LONGEST_ANSWER, is_cut
from policies.facts import Presence

BRAKE_FROM = 5
"""Active bookings from which on the mass-change brake applies."""
ENDS = (Presence.CANCELLED, Presence.VANISHED)
"""How a booking ends."""


@dataclass(frozen=True, slots=True)
class Change:
    """A booking whose state differs from what was known."""

    event_id: str
    attendee_id: str
    presence: Presence
    known: KnownBooking | None
    """None: a booking never seen before."""
    reading: AttendeeReading | None
    """None: the row was missing (`VANISHED`) or unreadable (`UNREADABLE`)."""
    unseen_at: datetime | None = None
    """Where there is no reading: when the read began that lacked the row, or its unreadable row arrived."""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """What one event's rows would write."""

    event_id: str
    changes: tuple[Change, ...]
    read: CompleteRead | None
    """The complete read to record, which proves who was there; None for rows that prove nothing about the others."""
    goes_ahead: bool
    """Whether the event is not called off."""
    active: int
    """Active bookings before."""
    would_end: int
    """How many of them would be cancelled or vanish."""

    @property
    def looks_wrong(self) -> bool:
        """Whether the brake acts: more than half of 5 or more would end, and the event is not called off."""
        return self.goes_ahead and self.active >= BRAKE_FROM and self.would_end * 2 > self.active


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What one step of a run would write."""

    new_events: tuple[EventReading, ...] = ()
    """Events whose kept fields differ from what was known."""
    gone_events: tuple[EventObservation, ...] = ()
    """Events known as bookable that Eventbrite no longer shows."""
    applied: tuple[EventPlan, ...] = ()


def plan_event(known: Mapping[str, KnownBooking], read: CompleteRead) -> EventPlan:
    """Compare a complete read with what was known of the event's bookings.

    A row that was unreadable in one of the two lists is unreadable, whatever the other had.
    """
    unreadable = {row.id for row in read.attendees.quarantined}
    readings = {row.attendee_id: row for row in read.attendees.attendees if row.attendee_id not in unreadable}
    complete = names_every_row(read.attendees)
    changes = _changed(known, readings.values())
    for attendee_id, booking in known.items():
        if attendee_id in readings:
            continue
        presence = Presence.UNREADABLE if attendee_id in unreadable else Presence.VANISHED
        says = complete or presence is Presence.UNREADABLE
        if says and booking.observation.presence is not presence:
            unseen_at = read.attendees.started_at
            changes.append(Change(read.event.id, attendee_id, presence, booking, None, unseen_at))
    goes_ahead = read.event.going_ahead is GoingAhead.GOING_AHEAD
    return _event_plan(read.event.id, known, changes, read if complete else None, goes_ahead=goes_ahead)


def plan_changed(
    event_id: str, known: Mapping[str, KnownBooking], changed: AttendeeList, *, goes_ahead: bool
) -> EventPlan:
    """Compare an event's rows from the list of changed attendees; what is not in that list says nothing."""
    unreadable = {row.id: row for row in changed.quarantined}
    changes = _changed(known, (row for row in changed.attendees if row.attendee_id not in unreadable))
    for attendee_id, row in unreadable.items():
        booking = known.get(attendee_id)
        if booking is not None and booking.observation.presence is not Presence.UNREADABLE:
            changes.append(Change(event_id, attendee_id, Presence.UNREADABLE, booking, None, row.received_at))
    return _event_plan(event_id, known, changes, None, goes_ahead=goes_ahead)


def keep_borne_out(plan: EventPlan, read: CompleteRead) -> EventPlan:
    """What is believed of rows that looked wrong once a later complete read, which names every row, looks right.

    That is the bookings they showed; cancellations, which Eventbrite stated, of bookings that the read does not show as
    active again; and what they lacked if the read lacks it too, or cannot tell. They prove nothing of other bookings.
    """
    unreadable = {row.id for row in read.attendees.quarantined}
    shown = {row.attendee_id: row.presence for row in read.attendees.attendees if row.attendee_id not in unreadable}

    def is_believed(change: Change) -> bool:
        later = shown.get(change.attendee_id, Presence.VANISHED)
        match change.presence:
            case Presence.CANCELLED:
                return later is not Presence.ACTIVE
            case Presence.VANISHED:
                return later is Presence.VANISHED
            case _:
                return change.reading is not None

    return replace(plan, changes=tuple(filter(is_believed, plan.changes)), read=None)


def names_every_row(attendees: AttendeeList) -> bool:
    """Whether each row can at least be named: only then a booking that is not among them is missing."""
    return all(not row.id.startswith("?") for row in attendees.quarantined)


def split_by_event(changed: AttendeeList) -> dict[str, AttendeeList]:
    """The list of changed attendees by event, in the order given; a row that does not say which is left out."""
    rows: dict[str, list[AttendeeReading]] = defaultdict(list)
    unreadable: dict[str, list[QuarantinedRow]] = defaultdict(list)
    for reading in changed.attendees:
        rows[reading.event_id].append(reading)
    for row in changed.quarantined:
        if row.event_id is not None:
            unreadable[row.event_id].append(row)
    return {
        event_id: AttendeeList(tuple(rows[event_id]), tuple(unreadable[event_id]), changed.started_at, None)
        for event_id in {**rows, **unreadable}
    }


def _event_plan(
    event_id: str,
    known: Mapping[str, KnownBooking],
    changes: Sequence[Change],
    read: CompleteRead | None,
    *,
    goes_ahead: bool,
) -> EventPlan:
    active = {key for key, booking in known.items() if _was_active(booking)}
    would_end = sum(1 for change in changes if change.attendee_id in active and change.presence in ENDS)
    return EventPlan(event_id, tuple(changes), read, goes_ahead, len(active), would_end)


def _was_active(known: KnownBooking) -> bool:
    """Whether it was active when it could last be read: an unreadable row keeps what it said before."""
    observation = known.observation
    was = observation.presence is Presence.UNREADABLE and not (observation.cancelled or observation.refunded)
    return was or observation.presence is Presence.ACTIVE


def new_profile(known: KnownBooking | None, reading: AttendeeReading) -> Profile | None:
    """What was typed, if it is to be recorded; None if the booking keeps what it has.

    A page older than one read before says nothing of who booked: it may show whoever had the booking until then.
    """
    if known is None:
        return Profile("", "") if reading.profile is None else reading.profile
    if is_stale(known, reading) or reading.profile is None or same_profile(known.profile, reading.profile):
        return None
    return reading.profile


def is_stale(known: KnownBooking, reading: AttendeeReading) -> bool:
    """Whether the booking was read before as it was later than this reading shows it."""
    return known.newest_changed_at is not None and reading.changed_at < known.newest_changed_at


def _changed(known: Mapping[str, KnownBooking], readings: Iterable[AttendeeReading]) -> list[Change]:
    changes = []
    for reading in readings:
        booking = known.get(reading.attendee_id)
        if booking is None or not _same(booking, reading):
            changes.append(Change(reading.event_id, reading.attendee_id, reading.presence, booking, reading))
    return changes


def _same(known: KnownBooking, reading: AttendeeReading) -> bool:
    """Whether all kept fields (DESIGN 8.1) are as they were."""
    observation = known.observation
    return (
        observation.presence is reading.presence
        and observation.changed_at == reading.changed_at
        and observation.status == reading.status
        and (observation.cancelled, observation.refunded, observation.checked_in)
        == (reading.cancelled, reading.refunded, reading.checked_in)
        and (observation.barcode_status, observation.barcode_changed_at)
        == (reading.barcode_status, reading.barcode_changed_at)
        and (observation.ticket_class_id, observation.order_id) == (reading.ticket_class_id, reading.order_id)
        and new_profile(known, reading) is None
    )


def same_profile(known: Profile, read: Profile) -> bool:
    """Whether what was typed is as it was; a school's spelling is kept once for each normalised name."""
    return normalise_name(known.school) == normalise_name(read.school) and (
        (known.name, known.email, known.urn, known.postcode, known.role, known.leadership)
        == (read.name, read.email, read.urn, read.postcode, read.role, read.leadership)
    )


def same_event(history: Sequence[EventObservation], reading: EventReading) -> bool:
    """Whether an event's kept fields are as last observed; `status` lags and `changed` moves alone, so neither counts.

    `history` has at least one observation, oldest first. Ticket classes are new only where the event's whole history
    never described them so: a list that leaves classes out says nothing.
    """
    known = history[-1]
    return (
        known.is_bookable == is_bookable(reading)
        and (known.series_id, known.title, known.slug) == (reading.series_id, reading.title, reading.slug)
        and (known.starts_at, known.ends_at, known.time_zone) == (reading.starts_at, reading.ends_at, reading.time_zone)
        and known.going_ahead is reading.going_ahead
        and (known.organizer_id, known.venue, known.is_online)
        == (reading.organizer_id, reading.venue, reading.is_online)
        and other_classes(reading) <= frozenset().union(*(each.other_classes for each in history))
        and seat_classes(reading) <= frozenset().union(*(each.seat_classes or () for each in history))
    )


def undescribed_statuses(plan: SyncPlan) -> frozenset[str]:
    """The words, none of them empty, that nobody has described and that bookings are read with."""
    readings = [change.reading for event in plan.applied for change in event.changes if change.reading is not None]
    return frozenset(row.status for row in readings if row.status and not is_described_status(row.status))


def find_cut(plan: SyncPlan) -> tuple[str, ...]:
    """Of what is new or changed the events and attendees, by id, a text of which was too long to be kept whole."""
    events = [event.id for event in plan.new_events if is_cut(event.title) or is_cut(event.venue or "")]
    readings = [change.reading for event in plan.applied for change in event.changes if change.reading is not None]
    return (*events, *(row.attendee_id for row in readings if _has_cut(row)))


def _has_cut(row: AttendeeReading) -> bool:
    profile = row.profile
    if profile is None:
        return is_cut(row.status)
    is_answer_cut = is_cut(profile.role, LONGEST_ANSWER) or is_cut(profile.leadership, LONGEST_ANSWER)
    return is_answer_cut or any(map(is_cut, (row.status, *astuple(profile))))


def is_bookable(reading: EventReading) -> bool:
    """Whether the event is published: a draft is not."""
    return reading.status != "draft"


def other_classes(reading: EventReading) -> frozenset[str]:
    """Ticket classes that are listed as no seats."""
    return frozenset(ticket.id for ticket in reading.ticket_classes if ticket.category != "admission")


def seat_classes(reading: EventReading) -> frozenset[str]:
    """Ticket classes that are listed as seats."""
    return frozenset(ticket.id for ticket in reading.ticket_classes if ticket.category == "admission")

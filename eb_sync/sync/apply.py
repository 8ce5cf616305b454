"""Writing a plan: people first, then observations, then the reads that prove them; all in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from eb_sync.model.bookings import BookingObservation, EventObservation, KnownBooking, ReadRecord, reference_of
from eb_sync.model.instants import is_plausible
from eb_sync.model.readings import AttendeeList, CompleteRead, EventReading, GoingAhead, Profile, QuarantinedRow
from eb_sync.store.bookings import record_event_observations, record_observations, record_reads
from eb_sync.store.erasure import read_suppressed_holders
from eb_sync.store.people import assign_persons, assign_typed_roles, assign_typed_schools, record_profiles
from eb_sync.store.series import FACT, ensure_hub, take_numbers
from eb_sync.store.sync_state import HeldRead, record_held_read
from eb_sync.sync.plan import Change, EventPlan, SyncPlan, is_bookable, new_profile, other_classes, seat_classes
from policies.facts import BarcodeStatus, Presence

_SEEN: TypeAdapter[CompleteRead | AttendeeList] = TypeAdapter(CompleteRead | AttendeeList)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a plan wrote."""

    observations: int
    vanished: int


def apply_plan(connection: sa.Connection, hub_id: int, now: datetime, plan: SyncPlan) -> Applied:
    """Write everything; `now` is when it is recorded."""
    ensure_hub(connection, hub_id)
    _apply_events(connection, hub_id, now, plan)
    changes = [change for event in plan.applied for change in event.changes]
    _apply_changes(connection, hub_id, now, changes)
    _apply_reads(connection, hub_id, now, plan.applied)
    return Applied(
        observations=len(changes),
        vanished=sum(1 for change in changes if change.presence is Presence.VANISHED),
    )


def hold(
    connection: sa.Connection, hub_id: int, now: datetime, plan: EventPlan, seen: CompleteRead | AttendeeList
) -> None:
    """Keep an event's rows aside with their own times, and with what they would have written."""
    held = HeldRead(
        0, plan.event_id, seen.started_at, plan.active, plan.would_end, _SEEN.dump_python(seen, mode="json")
    )
    record_held_read(connection, hub_id, now, held)


def restore_held(held: HeldRead) -> list[CompleteRead | AttendeeList]:
    """What was held, as it was, with its own times; nothing if its rows were not kept.

    Nor what an older program held although its instants cannot be meant: rows are unreadable, of an event that is
    itself so nothing is left.
    """
    if held.content is None:
        return []
    seen = _SEEN.validate_python(held.content)
    if not isinstance(seen, CompleteRead):
        return [_readable(seen)]
    event = seen.event
    if not all(map(is_plausible, (event.starts_at, event.ends_at, event.created_at, event.changed_at))):
        return []
    return [replace(seen, attendees=_readable(seen.attendees))]


def _readable(rows: AttendeeList) -> AttendeeList:
    wrong = [
        row
        for row in rows.attendees
        if not all(map(is_plausible, (row.created_at, row.changed_at, row.barcode_changed_at)))
    ]
    if not wrong:
        return rows
    quarantined = (
        QuarantinedRow("attendee", row.event_id, row.attendee_id, "an instant outside 2000 to 2100", row.received_at)
        for row in wrong
    )
    attendees = tuple(row for row in rows.attendees if row not in wrong)
    return replace(rows, attendees=attendees, quarantined=(*rows.quarantined, *quarantined))


def _apply_events(connection: sa.Connection, hub_id: int, now: datetime, plan: SyncPlan) -> None:
    count = len(plan.new_events) + len(plan.gone_events)
    if count == 0:
        return
    ids = iter(take_numbers(connection, hub_id, FACT, count))
    rows = [_event_row(next(ids), reading, now) for reading in plan.new_events]
    rows += [_gone_row(next(ids), known, now) for known in plan.gone_events]
    record_event_observations(connection, hub_id, rows)


def _event_row(number: int, reading: EventReading, now: datetime) -> EventObservation:
    return EventObservation(
        id=number,
        event_id=reading.id,
        recorded_at=now,
        received_at=reading.received_at,
        is_bookable=is_bookable(reading),
        series_id=reading.series_id,
        title=reading.title,
        slug=reading.slug,
        starts_at=reading.starts_at,
        ends_at=reading.ends_at,
        time_zone=reading.time_zone,
        created_at=reading.created_at,
        changed_at=reading.changed_at,
        going_ahead=reading.going_ahead,
        organizer_id=reading.organizer_id,
        venue=reading.venue,
        is_online=reading.is_online,
        other_classes=other_classes(reading),
        seat_classes=seat_classes(reading),
    )


def _gone_row(number: int, known: EventObservation, now: datetime) -> EventObservation:
    fields: dict[str, Any] = {name: getattr(known, name) for name in EventObservation.__slots__}
    return EventObservation(**{**fields, "id": number, "recorded_at": now, "received_at": now, "is_bookable": False})


def _apply_changes(connection: sa.Connection, hub_id: int, now: datetime, changes: Sequence[Change]) -> None:
    if not changes:
        return
    people = _assign_people(connection, hub_id, now, changes)
    ids = take_numbers(connection, hub_id, FACT, len(changes))
    rows = [
        _observation(number, change, people.get((change.event_id, change.attendee_id)), now)
        for number, change in zip(ids, changes, strict=True)
    ]
    record_observations(connection, hub_id, rows)


@dataclass(frozen=True, slots=True)
class _Person:
    person_id: int
    name_id: int | None
    profile_id: int
    typed_school_id: int | None
    typed_role_id: int | None


def _assign_people(
    connection: sa.Connection, hub_id: int, now: datetime, changes: Sequence[Change]
) -> Mapping[tuple[str, str], _Person]:
    """Ids for what was typed, for bookings that are new or whose profile was edited."""
    edited = [
        (change, profile)
        for change in changes
        if change.reading is not None and (profile := new_profile(change.known, change.reading)) is not None
    ]
    profiles = [profile for _, profile in edited]
    persons = _persons(connection, hub_id, edited)
    entries = [
        (reference_of(change.attendee_id), person_id, profile)
        for (change, profile), (person_id, _) in zip(edited, persons, strict=True)
    ]
    profile_ids = record_profiles(connection, hub_id, now, entries)
    schools = assign_typed_schools(connection, hub_id, profiles)
    roles = assign_typed_roles(connection, hub_id, profiles)
    return {
        (change.event_id, change.attendee_id): _Person(*person, profile_id, school_id, role_id)
        for (change, _), person, profile_id, school_id, role_id in zip(
            edited, persons, profile_ids, schools, roles, strict=True
        )
    }


def _persons(
    connection: sa.Connection, hub_id: int, edited: Sequence[tuple[Change, Profile]]
) -> list[tuple[int, int | None]]:
    """Whose these bookings are; one whose name was erased stays that person's, so that decisions stay as they were."""
    attendee_ids = {change.attendee_id for change, _ in edited}
    holders = read_suppressed_holders(connection, hub_id, attendee_ids)
    for change, profile in edited:
        if change.attendee_id not in holders and change.known is not None and _is_nameless(change.known, profile):
            known = change.known.observation
            holders[change.attendee_id] = (known.person_id, known.name_id)
    others = [profile for change, profile in edited if change.attendee_id not in holders]
    assigned = iter(assign_persons(connection, hub_id, others))
    return [holders[change.attendee_id] if change.attendee_id in holders else next(assigned) for change, _ in edited]


def _is_nameless(known: KnownBooking, profile: Profile) -> bool:
    """Whether it has no name, nor had: erased by a version of ebsync that did not keep whose booking it stays."""
    return not (known.profile.name or known.profile.email or profile.name or profile.email)


def _observation(number: int, change: Change, person: _Person | None, now: datetime) -> BookingObservation:
    if person is None:
        if change.known is None:
            raise LookupError("a booking never seen before has no person")
        known = change.known.observation
        person = _Person(known.person_id, known.name_id, known.profile_id, known.typed_school_id, known.typed_role_id)
    if change.reading is None:
        return _unseen(number, change, now)
    reading = change.reading
    return BookingObservation(
        id=number,
        event_id=reading.event_id,
        attendee_id=reading.attendee_id,
        recorded_at=now,
        received_at=reading.received_at,
        presence=reading.presence,
        status=reading.status,
        cancelled=reading.cancelled,
        refunded=reading.refunded,
        checked_in=reading.checked_in,
        created_at=reading.created_at,
        changed_at=reading.changed_at,
        barcode_status=reading.barcode_status,
        barcode_changed_at=reading.barcode_changed_at,
        order_id=reading.order_id,
        ticket_class_id=reading.ticket_class_id,
        person_id=person.person_id,
        name_id=person.name_id,
        profile_id=person.profile_id,
        typed_school_id=person.typed_school_id,
        typed_role_id=person.typed_role_id,
    )


def _unseen(number: int, change: Change, now: datetime) -> BookingObservation:
    """A row that was missing or unreadable: all it says is that; when it was missing, it was since the read began."""
    if change.known is None or change.unseen_at is None:
        raise LookupError("only a known booking can be missing from a complete read")
    known: dict[str, Any] = {name: getattr(change.known.observation, name) for name in BookingObservation.__slots__}
    return BookingObservation(
        **{
            **known,
            "id": number,
            "recorded_at": now,
            "received_at": change.unseen_at,
            "presence": change.presence,
            "changed_at": None,
            "barcode_status": BarcodeStatus.UNKNOWN,
            "barcode_changed_at": None,
            "checked_in": False,
        }
    )


def _apply_reads(connection: sa.Connection, hub_id: int, now: datetime, applied: Sequence[EventPlan]) -> None:
    reads = [plan.read for plan in applied if plan.read is not None]
    if not reads:
        return
    ids = take_numbers(connection, hub_id, FACT, len(reads))
    rows = [_read_row(number, read, now) for number, read in zip(ids, reads, strict=True)]
    record_reads(connection, hub_id, rows)


def _read_row(number: int, read: CompleteRead, now: datetime) -> ReadRecord:
    sold = [ticket.quantity_sold for ticket in read.event.ticket_classes if ticket.quantity_sold is not None]
    return ReadRecord(
        id=number,
        event_id=read.event.id,
        recorded_at=now,
        started_at=read.started_at,
        row_count=len(read.attendees.attendees),
        object_count=read.attendees.object_count,
        quantity_sold=sum(sold) if sold else None,
        is_going_ahead=is_bookable(read.event) and read.event.going_ahead is GoingAhead.GOING_AHEAD,
    )

"""What sync observed: events, bookings and complete reads, in and out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.model.bookings import (
    DESCRIBED_STATUSES,
    BookingObservation,
    EventObservation,
    KnownBooking,
    ReadRecord,
    UndescribedStatus,
)
from eb_sync.model.instants import EARLIEST_AT, LATEST_AT, is_plausible
from eb_sync.model.readings import GoingAhead, Profile
from eb_sync.store.chunks import chunked
from eb_sync.store.tables import EVENT_OBSERVATIONS, OBSERVATIONS, PROFILES, READS, TYPED_ROLES, TYPED_SCHOOLS
from eb_sync.store.watch import watch_events
from policies.facts import BarcodeStatus, Presence

_FIELDS = [field.name for field in dataclasses.fields(BookingObservation)]
_PRESENCE, _BARCODE_STATUS = _FIELDS.index("presence"), _FIELDS.index("barcode_status")
_CREATED, _CHANGED, _BARCODE_CHANGED, _RECEIVED = map(
    _FIELDS.index, ("created_at", "changed_at", "barcode_changed_at", "received_at")
)
_PLAUSIBLE = [
    EVENT_OBSERVATIONS.c[name].between(EARLIEST_AT, LATEST_AT)
    for name in ("starts_at", "ends_at", "created_at", "changed_at")
]
_OBSERVED = tuple(OBSERVATIONS.c[name] for name in _FIELDS)
"""An observation's columns in the order of its fields."""


def record_event_observations(connection: sa.Connection, hub_id: int, rows: Sequence[EventObservation]) -> None:
    """Append events as observed; sync watches them from now on."""
    if rows:
        watch_events(connection, hub_id, (row.event_id for row in rows))
        connection.execute(
            EVENT_OBSERVATIONS.insert(),
            [{"hub_id": hub_id, **_columns(row), **_classes(row)} for row in rows],
        )


def record_observations(connection: sa.Connection, hub_id: int, rows: Sequence[BookingObservation]) -> None:
    """Append bookings as observed."""
    if rows:
        connection.execute(OBSERVATIONS.insert(), [{"hub_id": hub_id, **_columns(row)} for row in rows])


def record_reads(connection: sa.Connection, hub_id: int, rows: Sequence[ReadRecord]) -> None:
    """Append complete reads."""
    if rows:
        connection.execute(READS.insert(), [{"hub_id": hub_id, **_columns(row)} for row in rows])


def read_event_observations(
    connection: sa.Connection, hub_id: int, last_fact_id: int, event_ids: Iterable[str] | None = None
) -> list[EventObservation]:
    """All observations of these events (None: of all) up to a fact id, oldest first.

    Without those that an older program took although their instants cannot be meant: as if they had been quarantined.
    """
    table = EVENT_OBSERVATIONS
    query = (
        sa.select(table).where(table.c.hub_id == hub_id, table.c.id <= last_fact_id, *_PLAUSIBLE).order_by(table.c.id)
    )
    if event_ids is None:
        return [_event(row) for row in connection.execute(query)]
    found = [
        _event(row)
        for chunk in chunked(sorted(set(event_ids)))
        for row in connection.execute(query.where(table.c.event_id.in_(chunk)))
    ]
    return sorted(found, key=lambda observation: observation.id)


def read_event_ids(connection: sa.Connection, hub_id: int, name: str) -> list[str]:
    """Events that ever had this id, slug or series, with all of their series, whose days are numbered together."""
    table = EVENT_OBSERVATIONS

    def find(column: sa.Column[str], values: Iterable[str]) -> set[tuple[str, str | None]]:
        where = (table.c.hub_id == hub_id) & column.in_(list(values))
        query = sa.select(table.c.event_id, table.c.series_id).where(where).distinct()
        return {(row.event_id, row.series_id) for row in connection.execute(query)}

    found = find(table.c.event_id, [name]) | find(table.c.slug, [name]) | find(table.c.series_id, [name])
    found |= find(table.c.series_id, {series_id for _, series_id in found if series_id is not None})
    return sorted({event_id for event_id, _ in found})


def read_observations(
    connection: sa.Connection, hub_id: int, last_fact_id: int, event_ids: Iterable[str]
) -> Iterator[BookingObservation]:
    """All observations of the bookings of these events up to a fact id, by event and booking, oldest first."""
    table = OBSERVATIONS
    for chunk in chunked(sorted(set(event_ids))):
        query = (
            sa.select(*_OBSERVED)
            .where(table.c.hub_id == hub_id, table.c.event_id.in_(chunk), table.c.id <= last_fact_id)
            .order_by(table.c.event_id, table.c.attendee_id, table.c.id)
        )
        yield from (_observation(row) for row in connection.execute(query))


def read_events_of(connection: sa.Connection, hub_id: int, attendee_ids: Iterable[str]) -> dict[str, str]:
    """The event of each of these bookings, of those that are known; slow, for what hardly ever happens."""
    table, found = OBSERVATIONS, {}
    for chunk in chunked(sorted(set(attendee_ids))):
        query = sa.select(table.c.attendee_id, table.c.event_id).where(table.c.hub_id == hub_id)
        rows = connection.execute(query.where(table.c.attendee_id.in_(chunk)).distinct())
        found.update({row.attendee_id: row.event_id for row in rows})
    return found


def read_statuses(connection: sa.Connection, hub_id: int, statuses: Iterable[str]) -> frozenset[str]:
    """Those of these statuses under which any booking was ever observed; slow, for words that hardly ever come."""
    table, found = OBSERVATIONS, set[str]()
    for chunk in chunked(sorted(set(statuses))):
        query = sa.select(table.c.status).where(table.c.hub_id == hub_id, table.c.status.in_(chunk)).distinct()
        found.update(connection.scalars(query))
    return frozenset(found)


def read_undescribed_statuses(connection: sa.Connection, hub_id: int) -> list[UndescribedStatus]:
    """What bookings carry now that nobody has described, by word; those that vanished or are unreadable carry none."""
    table, newer = OBSERVATIONS, OBSERVATIONS.alias()
    is_newest = ~sa.exists().where(
        newer.c.hub_id == table.c.hub_id,
        newer.c.event_id == table.c.event_id,
        newer.c.attendee_id == table.c.attendee_id,
        newer.c.id > table.c.id,
    )
    counted = sa.select(table.c.status, sa.func.count(), sa.func.sum(_is(table.c.presence, Presence.ACTIVE)))
    query = counted.where(
        table.c.hub_id == hub_id,
        sa.func.lower(table.c.status).not_in(sorted(DESCRIBED_STATUSES)),
        table.c.presence.in_([Presence.ACTIVE, Presence.CANCELLED]),
        is_newest,
    )
    rows = connection.execute(query.group_by(table.c.status))
    return sorted((UndescribedStatus(*row) for row in rows), key=lambda each: each.status)


def _is(column: sa.Column[str], value: str) -> sa.ColumnElement[int]:
    return sa.case((column == value, 1), else_=0)


def read_namesakes(
    connection: sa.Connection, hub_id: int, last_fact_id: int, person_ids: Iterable[int]
) -> list[BookingObservation]:
    """The newest observation up to a fact id of every booking that was made by one of these persons."""
    table = OBSERVATIONS
    found: dict[tuple[str, str], BookingObservation] = {}
    for chunk in chunked(sorted(set(person_ids))):
        query = (
            sa.select(*_OBSERVED)
            .where(table.c.hub_id == hub_id, table.c.person_id.in_(chunk), table.c.id <= last_fact_id)
            .order_by(table.c.id)
        )
        for row in connection.execute(query):
            observation = _observation(row)
            known = found.get((observation.event_id, observation.attendee_id))
            if known is None or known.id < observation.id:
                found[observation.event_id, observation.attendee_id] = observation
    return sorted(found.values(), key=lambda observation: observation.id)


def read_reads(
    connection: sa.Connection, hub_id: int, last_fact_id: int, event_ids: Iterable[str]
) -> dict[str, list[ReadRecord]]:
    """Complete reads of these events up to a fact id, oldest first; events without one are left out."""
    reads: dict[str, list[ReadRecord]] = {}
    for chunk in chunked(sorted(set(event_ids))):
        query = (
            sa.select(READS)
            .where(READS.c.hub_id == hub_id, READS.c.event_id.in_(chunk), READS.c.id <= last_fact_id)
            .order_by(READS.c.id)
        )
        for row in connection.execute(query):
            reads.setdefault(row.event_id, []).append(_read(row))
    return reads


def read_last_going_ahead(
    connection: sa.Connection, hub_id: int, last_fact_id: int, event_ids: Iterable[str] | None = None
) -> dict[str, datetime]:
    """For events ever shown as off: the start of our last read, up to a fact id, that showed them going ahead."""
    off = sa.select(EVENT_OBSERVATIONS.c.event_id).where(
        EVENT_OBSERVATIONS.c.hub_id == hub_id, EVENT_OBSERVATIONS.c.going_ahead != GoingAhead.GOING_AHEAD
    )
    if event_ids is not None:
        off = off.where(EVENT_OBSERVATIONS.c.event_id.in_(list(event_ids)))
    query = (
        sa.select(READS.c.event_id, READS.c.started_at)
        .where(READS.c.hub_id == hub_id, READS.c.id <= last_fact_id, READS.c.is_going_ahead, READS.c.event_id.in_(off))
        .order_by(READS.c.started_at)
    )
    return {row.event_id: row.started_at for row in connection.execute(query)}


def read_newest_reads(connection: sa.Connection, hub_id: int, event_ids: Iterable[str]) -> dict[str, ReadRecord]:
    """The newest complete read of each of these events that has one."""
    found: dict[str, ReadRecord] = {}
    for chunk in chunked(sorted(set(event_ids))):
        of_these = (READS.c.hub_id == hub_id) & READS.c.event_id.in_(chunk)
        newest = sa.select(sa.func.max(READS.c.id)).where(of_these).group_by(READS.c.event_id)
        query = sa.select(READS).where(READS.c.hub_id == hub_id, READS.c.id.in_(newest))
        found.update({row.event_id: _read(row) for row in connection.execute(query)})
    return found


def read_known_bookings(
    connection: sa.Connection, hub_id: int, event_ids: Iterable[str]
) -> dict[str, dict[str, KnownBooking]]:
    """The newest observation of each booking of these events with what was typed, by event and attendee id."""
    table = OBSERVATIONS
    known: dict[str, dict[str, KnownBooking]] = {}
    for chunk in chunked(sorted(set(event_ids))):
        newest = (
            sa.select(sa.func.max(table.c.id))
            .where(table.c.hub_id == hub_id, table.c.event_id.in_(chunk))
            .group_by(table.c.event_id, table.c.attendee_id)
        )
        chosen = _with_profile().where(table.c.hub_id == hub_id, table.c.id.in_(newest)).order_by(table.c.id)
        # in order, because rows that go missing together take their ids in this order
        for row in connection.execute(chosen):
            booking = KnownBooking(_observation(row), _profile(row), row.newest_changed_at)
            known.setdefault(row.event_id, {})[row.attendee_id] = booking
    return known


def _with_profile() -> sa.Select[Any]:
    table = OBSERVATIONS

    version = table.alias()
    newest_changed_at = sa.select(sa.func.max(version.c.changed_at)).where(
        version.c.changed_at < LATEST_AT,
        version.c.hub_id == table.c.hub_id,
        version.c.event_id == table.c.event_id,
        version.c.attendee_id == table.c.attendee_id,
    )

    def joined(other: sa.Table, key: sa.Column[int]) -> sa.ColumnElement[bool]:
        return sa.and_(other.c.hub_id == table.c.hub_id, other.c.id == key)

    return sa.select(
        *_OBSERVED,
        PROFILES.c.name.label("profile_name"),
        PROFILES.c.email.label("profile_email"),
        PROFILES.c.postcode.label("profile_postcode"),
        TYPED_SCHOOLS.c.name.label("school_name"),
        TYPED_SCHOOLS.c.urn.label("school_urn"),
        TYPED_ROLES.c.role.label("role"),
        TYPED_ROLES.c.leadership.label("leadership"),
        newest_changed_at.scalar_subquery().label("newest_changed_at"),
    ).select_from(
        table.outerjoin(PROFILES, joined(PROFILES, table.c.profile_id))
        .outerjoin(TYPED_SCHOOLS, joined(TYPED_SCHOOLS, table.c.typed_school_id))
        .outerjoin(TYPED_ROLES, joined(TYPED_ROLES, table.c.typed_role_id))
    )


def _profile(row: sa.Row[Any]) -> Profile:
    return Profile(
        name=row.profile_name or "",
        email=row.profile_email or "",
        postcode=row.profile_postcode or "",
        school=row.school_name or "",
        urn=row.school_urn or "",
        role=row.role or "",
        leadership=row.leadership or "",
    )


def _columns(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any of our flat dataclasses
    return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}


def _classes(row: EventObservation) -> dict[str, list[str] | None]:
    seats = None if row.seat_classes is None else sorted(row.seat_classes)
    return {"other_classes": sorted(row.other_classes), "seat_classes": seats}


def _event(row: sa.Row[Any]) -> EventObservation:
    values = {field.name: getattr(row, field.name) for field in dataclasses.fields(EventObservation)}
    values["going_ahead"] = GoingAhead(row.going_ahead)
    values["other_classes"] = frozenset(row.other_classes)
    values["seat_classes"] = None if row.seat_classes is None else frozenset(row.seat_classes)
    return EventObservation(**values)


def _observation(row: sa.Row[Any]) -> BookingObservation:
    """From a row that begins with the columns of an observation: by position, for there are millions of them.

    What an older program took although its instants cannot be meant is a row that could not be read.
    """
    values = list(row[: len(_OBSERVED)])
    if not (
        is_plausible(values[_CREATED]) and is_plausible(values[_CHANGED]) and is_plausible(values[_BARCODE_CHANGED])
    ):
        _make_unreadable(values)
    values[_PRESENCE] = Presence(values[_PRESENCE])
    values[_BARCODE_STATUS] = BarcodeStatus(values[_BARCODE_STATUS])
    return BookingObservation(*values)


def _make_unreadable(values: list[Any]) -> None:
    values[_PRESENCE], values[_BARCODE_STATUS] = Presence.UNREADABLE, BarcodeStatus.UNKNOWN
    values[_CHANGED] = values[_BARCODE_CHANGED] = None
    if not is_plausible(values[_CREATED]):
        values[_CREATED] = values[_RECEIVED]  # it was there then


def _read(row: sa.Row[Any]) -> ReadRecord:
    return ReadRecord(**{field.name: getattr(row, field.name) for field in dataclasses.fields(ReadRecord)})

"""Events that sync may still have to read: a short list beside all that ever took place, so that quiet runs stay quick.

An event is on it from its first observation until it is long over and was read completely since; whatever is recorded
about it puts it back. A complete read that could not be made when it was wanted stays owed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from eb_sync.store.chunks import chunked
from eb_sync.store.tables import WATCHED_EVENTS


def watch_events(connection: sa.Connection, hub_id: int, event_ids: Iterable[str]) -> None:
    """Put these events on the list; those on it already stay as they are."""
    wanted = sorted(set(event_ids))
    watched: set[str] = set()
    for chunk in chunked(wanted):
        watched.update(connection.scalars(_watched(hub_id).where(WATCHED_EVENTS.c.event_id.in_(chunk))))
    rows = [{"hub_id": hub_id, "event_id": event_id} for event_id in wanted if event_id not in watched]
    if rows:
        connection.execute(WATCHED_EVENTS.insert(), rows)


def owe_reads(connection: sa.Connection, hub_id: int, now: datetime, event_ids: Iterable[str]) -> None:
    """A complete read of these events is owed, from now on or already."""
    wanted = sorted(set(event_ids))
    watch_events(connection, hub_id, wanted)
    _update(connection, hub_id, wanted, WATCHED_EVENTS.c.wanted_at.is_(None), now)


def settle_reads(connection: sa.Connection, hub_id: int, event_ids: Iterable[str]) -> None:
    """These events were read completely, or are gone: nothing is owed any more."""
    _update(connection, hub_id, sorted(set(event_ids)), WATCHED_EVENTS.c.wanted_at.is_not(None), None)


def unwatch_events(connection: sa.Connection, hub_id: int, event_ids: Iterable[str]) -> None:
    """Take these events off the list."""
    for chunk in chunked(sorted(set(event_ids))):
        connection.execute(
            WATCHED_EVENTS.delete().where(WATCHED_EVENTS.c.hub_id == hub_id, WATCHED_EVENTS.c.event_id.in_(chunk))
        )


def read_watched(connection: sa.Connection, hub_id: int) -> dict[str, datetime | None]:
    """The events on the list, each with the instant since when a complete read is owed; None: none is."""
    query = sa.select(WATCHED_EVENTS).where(WATCHED_EVENTS.c.hub_id == hub_id)
    return {row.event_id: row.wanted_at for row in connection.execute(query)}


def _update(
    connection: sa.Connection, hub_id: int, event_ids: list[str], which: sa.ColumnElement[bool], at: datetime | None
) -> None:
    for chunk in chunked(event_ids):
        connection.execute(
            WATCHED_EVENTS.update()
            .where(WATCHED_EVENTS.c.hub_id == hub_id, WATCHED_EVENTS.c.event_id.in_(chunk), which)
            .values(wanted_at=at)
        )


def _watched(hub_id: int) -> sa.Select[tuple[str]]:
    return sa.select(WATCHED_EVENTS.c.event_id).where(WATCHED_EVENTS.c.hub_id == hub_id)

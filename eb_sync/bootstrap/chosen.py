"""Which events a WORKSHOP as typed may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eb_sync.store.bookings import read_event_ids

if TYPE_CHECKING:
    import sqlalchemy as sa


def events_about(connection: sa.Connection, hub_id: int, about: str | None) -> list[str] | None:
    """Events that a WORKSHOP may mean; None for all, as where none answers to it: the message then names near ones."""
    if about is None:
        return None
    named = about.strip()
    return read_event_ids(connection, hub_id, named) or read_event_ids(connection, hub_id, _head(named)) or None


def _head(named: str) -> str:
    """`slug` of `slug@2020-01-21`, `slug/2` and `slug`."""
    return named.rpartition("@")[0] or named.rpartition("/")[0]

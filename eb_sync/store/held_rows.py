"""Names in the rows of reads that the brake held: found, blanked, and let go after a time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.model.readings import Profile
from eb_sync.store.tables import HELD_READS


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row with a name or an e-mail address that waits with its read."""

    held_id: int
    read_at: datetime
    event_id: str
    attendee_id: str
    status: str
    booked_at: datetime
    profile: Profile


def read_held_rows(connection: sa.Connection, hub_id: int) -> list[HeldRow]:
    """All of them, by read, oldest first."""
    return [
        HeldRow(
            held.id,
            held.started_at,
            row["event_id"],
            row["attendee_id"],
            row["status"],
            datetime.fromisoformat(row["created_at"]),
            Profile(**row["profile"]),
        )
        for held, content in _read_held(connection, hub_id)
        for row in _rows(content)
        if _is_named(row)
    ]


def blank_held_rows(
    connection: sa.Connection, hub_id: int, suppressed: Collection[str], others: Iterable[HeldRow]
) -> int:
    """Blank names and addresses of suppressed attendees, and all that was typed in other rows; gives how many rows.

    The other rows show as somebody's what is another's booking: it keeps the name that it has.
    """
    to_forget = {(row.held_id, row.attendee_id) for row in others if row.attendee_id not in suppressed}
    blanked = 0
    for held, content in _read_held(connection, hub_id):
        rows = [
            row
            for row in _rows(content)
            if _is_named(row) and (row["attendee_id"] in suppressed or (held.id, row["attendee_id"]) in to_forget)
        ]
        for row in rows:
            kept = row["attendee_id"] in suppressed
            row["profile"] = dataclasses.asdict(Profile(**row["profile"]).without_name()) if kept else None
        if rows:
            _write(connection, hub_id, held.id, content)
        blanked += len(rows)
    return blanked


def read_held_until(connection: sa.Connection, hub_id: int, instant: datetime) -> list[int]:
    """Held reads older than this that still say who booked."""
    return [
        held.id
        for held, content in _read_held(connection, hub_id)
        if held.started_at < instant and any(row["profile"] is not None for row in _rows(content))
    ]


def forget_held(connection: sa.Connection, hub_id: int, held_ids: Collection[int]) -> None:
    """Drop all that was typed from these held reads; which booking was there, and how, stays: it proves notices."""
    for held, content in _read_held(connection, hub_id):
        if held.id in held_ids:
            for row in _rows(content):
                row["profile"] = None
            _write(connection, hub_id, held.id, content)


def _read_held(connection: sa.Connection, hub_id: int) -> list[tuple[sa.Row[Any], dict[str, Any]]]:
    table = HELD_READS
    query = sa.select(table.c.id, table.c.started_at, table.c.content).where(table.c.hub_id == hub_id)
    found: list[sa.Row[Any]] = list(connection.execute(query.order_by(table.c.id)))
    # a copy, so that the row is seen to differ
    return [(row, json.loads(json.dumps(row.content))) for row in found if row.content is not None]


def _rows(content: dict[str, Any]) -> Sequence[dict[str, Any]]:
    attendees = content["attendees"]
    rows: Sequence[dict[str, Any]] = attendees["attendees"] if isinstance(attendees, dict) else attendees
    return rows


def _is_named(row: dict[str, Any]) -> bool:
    return row["profile"] is not None and bool(row["profile"]["name"] or row["profile"]["email"])


def _write(connection: sa.Connection, hub_id: int, held_id: int, content: dict[str, Any]) -> None:
    which = (HELD_READS.c.hub_id == hub_id) & (HELD_READS.c.id == held_id)
    connection.execute(HELD_READS.update().where(which).values(content=content))

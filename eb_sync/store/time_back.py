"""Times that lie ahead, because a clock was wrong, brought back to the present; what they were is kept."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from eb_sync.model.facts import MovedTimes
from eb_sync.store.last_fact import FACT_TABLES
from eb_sync.store.tables import DOCUMENTS, HUBS

_TIMES = ("recorded_at", "received_at", "started_at")
"""Columns of facts that our own clock filled in."""


def find_documents_ahead(connection: sa.Connection, hub_id: int, now: datetime) -> list[str]:
    """Numbers of documents that are dated after `now`."""
    query = sa.select(DOCUMENTS.c.number).where(DOCUMENTS.c.hub_id == hub_id, DOCUMENTS.c.issued_at > now)
    return list(connection.scalars(query.order_by(DOCUMENTS.c.issued_at, DOCUMENTS.c.number)))


def bring_times_back(connection: sa.Connection, hub_id: int, now: datetime) -> list[MovedTimes]:
    """Set every time of a fact that lies after `now` to `now`; no row is added, dropped or put in another order.

    Returns:
        What they were: each run of ids of a table that had one time in a column.
    """
    moved: list[MovedTimes] = []
    for table in FACT_TABLES:
        for name in _TIMES:
            if name in table.c:
                moved += _bring_back(connection, table, table.c[name], hub_id, now)
    cursors = (HUBS.c.changed_since_at, HUBS.c.reconciled_at)
    for cursor in cursors:
        ahead = HUBS.update().where(HUBS.c.id == hub_id, cursor > now)
        connection.execute(ahead.values({cursor.name: None if cursor is cursors[0] else now}))
    return moved


def _bring_back(
    connection: sa.Connection, table: sa.Table, column: sa.Column[datetime], hub_id: int, now: datetime
) -> list[MovedTimes]:
    ahead = (table.c.hub_id == hub_id) & (column > now)
    rows = connection.execute(sa.select(table.c.id, column).where(ahead).order_by(table.c.id)).all()
    connection.execute(table.update().where(ahead).values({column.name: now}))
    groups = ((was, [row[0] for row in group]) for was, group in groupby(rows, key=lambda row: row[1]))
    return [MovedTimes(table.name, column.name, ids[0], ids[-1], len(ids), was) for was, ids in groups]

"""What was known when: ids and recording times of facts grow together, so an instant is a last fact id.

Every kind of fact takes its id from one series inside the transaction that records it, never back-dated. So the facts
recorded by an instant are those up to one id, and facts recorded at that same instant but after it are told apart.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from eb_sync.store.series import newest_fact_id
from eb_sync.store.tables import DOCUMENTS, EVENT_OBSERVATIONS, FACTS, HELD_READS, OBSERVATIONS, QUARANTINE, READS

FACT_TABLES = (FACTS, OBSERVATIONS, EVENT_OBSERVATIONS, READS, HELD_READS, QUARANTINE)
"""All that takes its ids from the series of facts."""


def read_newest_recording(connection: sa.Connection, hub_id: int) -> datetime | None:
    """When the newest fact of any kind was recorded or document issued; None in an empty database."""
    newest = [
        sa.select(table.c.recorded_at).where(table.c.hub_id == hub_id).order_by(table.c.id.desc()).limit(1)
        for table in FACT_TABLES
    ]
    newest.append(sa.select(sa.func.max(DOCUMENTS.c.issued_at)).where(DOCUMENTS.c.hub_id == hub_id))
    # one statement: every command asks this
    row = connection.execute(sa.select(*(query.scalar_subquery().label(f"at_{n}") for n, query in enumerate(newest))))
    return max((instant for instant in row.one() if instant is not None), default=None)


def read_last_fact_id(connection: sa.Connection, hub_id: int, as_of: datetime) -> int:
    """The id of the last fact recorded by an instant; 0 if there is none."""
    newest_at = read_newest_recording(connection, hub_id)
    if newest_at is None or newest_at <= as_of:
        return newest_fact_id(connection, hub_id)
    return max(_last_by(connection, table, hub_id, as_of) for table in FACT_TABLES)


def _last_by(connection: sa.Connection, table: sa.Table, hub_id: int, as_of: datetime) -> int:
    """The greatest id recorded by then, by halving: a table's rows need no index by time."""
    newest: int | None = connection.scalar(sa.select(sa.func.max(table.c.id)).where(table.c.hub_id == hub_id))
    known, beyond = 0, (newest or 0) + 1
    while beyond - known > 1:
        middle = (known + beyond) // 2
        query = sa.select(table.c.id, table.c.recorded_at).where(table.c.hub_id == hub_id, table.c.id > known)
        row = connection.execute(query.where(table.c.id <= middle).order_by(table.c.id.desc()).limit(1)).first()
        if row is None:
            known = middle  # no row in this half
        elif row.recorded_at <= as_of:
            known = middle
        else:
            beyond = row.id
    found: int | None = connection.scalar(
        sa.select(sa.func.max(table.c.id)).where(table.c.hub_id == hub_id, table.c.id <= known)
    )
    return found or 0

"""Charge lists handed to finance: which documents each holds, and how it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.store.chunks import chunked
from eb_sync.store.series import BATCH, take_numbers
from eb_sync.store.tables import BATCH_DOCUMENTS, BATCHES, DOCUMENTS, REVERSED_DOCUMENTS


@dataclass(frozen=True, slots=True)
class Batch:
    """A charge list handed to finance."""

    id: int
    created_at: datetime
    created_by: str
    rows: int
    total_pence: int
    sha256: str
    """Of its files, one after the other."""
    format: str | None = None
    """The column map's name; None for the charge list of ebsync itself."""
    column_map: Mapping[str, Any] | None = None
    """The column map as it was, so that the same bytes come again whatever became of its file."""
    reversed_at: datetime | None = None
    """From then on its documents were in no batch, until another took them."""
    reversed_by: str | None = None


def read_unbatched(connection: sa.Connection, hub_id: int) -> list[str]:
    """Numbers of documents that are in no batch, in the order of issue."""
    batched = sa.select(BATCH_DOCUMENTS.c.number).where(BATCH_DOCUMENTS.c.hub_id == hub_id)
    query = sa.select(DOCUMENTS.c.number).where(DOCUMENTS.c.hub_id == hub_id, DOCUMENTS.c.number.not_in(batched))
    return list(connection.scalars(query.order_by(DOCUMENTS.c.issued_at, DOCUMENTS.c.kind, DOCUMENTS.c.number)))


def take_batch_number(connection: sa.Connection, hub_id: int) -> int:
    """The next batch's number."""
    return take_numbers(connection, hub_id, BATCH)[0]


def record_batch(connection: sa.Connection, hub_id: int, batch: Batch, numbers: Sequence[str]) -> None:
    """Insert a batch and put these documents in it; one that is in a batch already is refused by the database."""
    row = {name: getattr(batch, name) for name in Batch.__slots__}
    connection.execute(BATCHES.insert(), {**row, "hub_id": hub_id})
    connection.execute(
        BATCH_DOCUMENTS.insert(), [{"hub_id": hub_id, "number": number, "batch_id": batch.id} for number in numbers]
    )


def reverse_batch(
    connection: sa.Connection, hub_id: int, batch_id: int, numbers: Sequence[str], now: datetime, by: str
) -> None:
    """Let a batch's documents be in none again; what it held stays known."""
    rows = [{"hub_id": hub_id, "number": number, "batch_id": batch_id} for number in numbers]
    connection.execute(REVERSED_DOCUMENTS.insert(), rows)
    held = (BATCH_DOCUMENTS.c.hub_id == hub_id) & (BATCH_DOCUMENTS.c.batch_id == batch_id)
    connection.execute(BATCH_DOCUMENTS.delete().where(held))
    batch = (BATCHES.c.hub_id == hub_id) & (BATCHES.c.id == batch_id)
    connection.execute(BATCHES.update().where(batch).values(reversed_at=now, reversed_by=by))


def read_reversed_before(connection: sa.Connection, hub_id: int, numbers: Iterable[str]) -> dict[str, int]:
    """Of these documents those that an earlier, reversed batch held, with the newest such batch."""
    found: dict[str, int] = {}
    table = REVERSED_DOCUMENTS
    for chunk in chunked(sorted(set(numbers))):
        query = sa.select(table).where(table.c.hub_id == hub_id, table.c.number.in_(chunk)).order_by(table.c.batch_id)
        found.update({row.number: row.batch_id for row in connection.execute(query)})
    return found


def read_newest_batch(connection: sa.Connection, hub_id: int) -> int | None:
    """The number of the newest batch; None if there is none."""
    newest: int | None = connection.scalar(sa.select(sa.func.max(BATCHES.c.id)).where(BATCHES.c.hub_id == hub_id))
    return newest


def read_batches(connection: sa.Connection, hub_id: int) -> list[Batch]:
    """All batches, oldest first."""
    query = sa.select(BATCHES).where(BATCHES.c.hub_id == hub_id).order_by(BATCHES.c.id)
    return [_batch(row) for row in connection.execute(query)]


def read_batch(connection: sa.Connection, hub_id: int, batch_id: int) -> tuple[Batch, list[str]] | None:
    """A batch and the numbers in it (or, once reversed, that were) in the order of issue; None if there is none."""
    row = connection.execute(sa.select(BATCHES).where(BATCHES.c.hub_id == hub_id, BATCHES.c.id == batch_id)).first()
    if row is None:
        return None
    table = BATCH_DOCUMENTS if row.reversed_at is None else REVERSED_DOCUMENTS
    query = (
        sa.select(DOCUMENTS.c.number)
        .join(table, (table.c.hub_id == DOCUMENTS.c.hub_id) & (table.c.number == DOCUMENTS.c.number))
        .where(DOCUMENTS.c.hub_id == hub_id, table.c.batch_id == batch_id)
        .order_by(DOCUMENTS.c.issued_at, DOCUMENTS.c.kind, DOCUMENTS.c.number)
    )
    return _batch(row), list(connection.scalars(query))


def read_batched(connection: sa.Connection, hub_id: int) -> list[tuple[int, str]]:
    """Every batch's id with each number that is or, before it was reversed, was in it; by batch."""
    tables = (BATCH_DOCUMENTS, REVERSED_DOCUMENTS)
    queries = [sa.select(table.c.batch_id, table.c.number).where(table.c.hub_id == hub_id) for table in tables]
    return sorted((row.batch_id, row.number) for query in queries for row in connection.execute(query))


def _batch(row: sa.Row[Any]) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__slots__})

"""For `verify`: numbers without gaps and times that never go back, found by the database itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.store.last_fact import FACT_TABLES
from eb_sync.store.series import BATCH, FACT, PERSON, PROFILE, RUN, TYPED
from eb_sync.store.tables import (
    BATCHES,
    DOCUMENTS,
    FACTS,
    PERSONS,
    PROFILES,
    RUNS,
    SERIES,
    TYPED_ROLES,
    TYPED_SCHOOLS,
)

NUMBERED: dict[str, tuple[sa.Table, ...]] = {
    FACT: FACT_TABLES,
    PERSON: (PERSONS,),
    PROFILE: (PROFILES,),
    TYPED: (TYPED_SCHOOLS, TYPED_ROLES),
    RUN: (RUNS,),
    BATCH: (BATCHES,),
}
"""For each series of ids the tables that share it."""


@dataclass(frozen=True, slots=True)
class Break:
    """A row whose id does not follow the one before it."""

    table: str
    id: int
    before: int
    """The next smaller id, or the same one again; 0 before the first."""


@dataclass(frozen=True, slots=True)
class Setback:
    """A row recorded before one with a smaller id was."""

    table: str
    id: int
    recorded_at: datetime
    before: int
    before_at: datetime


def read_series(connection: sa.Connection, hub_id: int) -> dict[str, int]:
    """The last number taken of each series that was ever used."""
    query = sa.select(SERIES.c.name, SERIES.c.next_value).where(SERIES.c.hub_id == hub_id)
    return {row.name: row.next_value - 1 for row in connection.execute(query)}


def count_rows(connection: sa.Connection, hub_id: int, tables: Sequence[sa.Table]) -> int:
    """How many rows these tables hold together."""
    return sum(
        connection.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.hub_id == hub_id)) or 0
        for table in tables
    )


def read_last_id(connection: sa.Connection, hub_id: int, tables: Sequence[sa.Table]) -> int:
    """The greatest id in these tables; 0 if they are empty."""
    last = (connection.scalar(sa.select(sa.func.max(t.c.id)).where(t.c.hub_id == hub_id)) for t in tables)
    return max((number for number in last if number is not None), default=0)


def read_breaks(connection: sa.Connection, hub_id: int, tables: Sequence[sa.Table]) -> Iterator[Break]:
    """Where ids over all these tables do not run 1, 2, 3, ..., each once; by id."""
    rows = _united(hub_id, tables, recorded=False)
    before = sa.func.coalesce(sa.func.lag(rows.c.id).over(order_by=(rows.c.id, rows.c.name)), 0).label("before")
    steps = sa.select(rows, before).subquery()
    query = sa.select(steps).where(steps.c.id != steps.c.before + 1).order_by(steps.c.id, steps.c.name)
    return (Break(row.name, row.id, row.before) for row in connection.execute(query))


def read_setbacks(connection: sa.Connection, hub_id: int) -> Iterator[Setback]:
    """Facts that were recorded earlier than the fact before them, over all kinds of facts; by id."""
    rows = _united(hub_id, FACT_TABLES, recorded=True)
    order = (rows.c.id, rows.c.name)
    before = sa.func.lag(rows.c.id).over(order_by=order).label("before")
    before_at = sa.func.lag(rows.c.recorded_at).over(order_by=order).label("before_at")
    steps = sa.select(rows, before, before_at).subquery()
    query = sa.select(steps).where(steps.c.recorded_at < steps.c.before_at).order_by(steps.c.id)
    for row in connection.execute(query):
        yield Setback(row.name, row.id, row.recorded_at, row.before, row.before_at)


def _united(hub_id: int, tables: Sequence[sa.Table], *, recorded: bool) -> sa.Subquery:
    parts: list[sa.Select[Any]] = []
    for table in tables:
        columns: list[sa.ColumnElement[Any]] = [sa.literal_column(f"'{table.name}'", sa.Text).label("name"), table.c.id]
        if recorded:
            columns.append(table.c.recorded_at)
        parts.append(sa.select(*columns).where(table.c.hub_id == hub_id))
    return sa.union_all(*parts).subquery()


def read_walk_in_references(connection: sa.Connection, hub_id: int) -> list[tuple[int, str]]:
    """Fact id and reference of every walk-in ever recorded, withdrawn ones too; by fact id."""
    reference = FACTS.c.body["reference"].as_string()
    query = sa.select(FACTS.c.id, reference).where(FACTS.c.hub_id == hub_id, FACTS.c.kind == "WalkInCame")
    return [(fact_id, text) for fact_id, text in connection.execute(query.order_by(FACTS.c.id))]


@dataclass(frozen=True, slots=True)
class IssuedNumber:
    """When a document was issued and what was known then."""

    number: str
    kind: str
    issued_at: datetime
    last_fact_id: int


def read_issued_numbers(connection: sa.Connection, hub_id: int) -> list[IssuedNumber]:
    """All documents, by kind, and in each by length of the number and number."""
    table = DOCUMENTS
    query = sa.select(table.c.number, table.c.kind, table.c.issued_at, table.c.last_fact_id)
    found = [
        IssuedNumber(row.number, row.kind, row.issued_at, row.last_fact_id)
        for row in connection.execute(query.where(table.c.hub_id == hub_id))
    ]
    return sorted(found, key=lambda issued: (issued.kind, len(issued.number), issued.number))


def read_recording(connection: sa.Connection, hub_id: int, fact_id: int) -> datetime | None:
    """When a fact of any kind was recorded; None if there is none with this id."""
    for table in FACT_TABLES:
        where = (table.c.hub_id == hub_id) & (table.c.id == fact_id)
        found: datetime | None = connection.scalar(sa.select(table.c.recorded_at).where(where))
        if found is not None:
            return found
    return None

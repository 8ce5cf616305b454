"""Human facts in and out."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from eb_sync.model import facts as model
from eb_sync.model.facts import Fact, FactContent, Retracted
from eb_sync.store.series import FACT, ensure_hub, take_numbers
from eb_sync.store.tables import EVENT_OBSERVATIONS, FACTS, OBSERVATIONS, READS


def record_facts(
    connection: sa.Connection, hub_id: int, now: datetime, said_by: str, contents: Sequence[FactContent]
) -> list[int]:
    """Append facts; returns their ids in the same order."""
    if not contents:
        return []
    ensure_hub(connection, hub_id)
    ids = list(take_numbers(connection, hub_id, FACT, len(contents)))
    rows = [
        {
            "hub_id": hub_id,
            "id": fact_id,
            "kind": type(content).__name__,
            "recorded_at": now,
            "said_by": said_by,
            "event_id": _event_id(content),
            "body": _adapter(type(content).__name__).dump_python(content, mode="json"),
        }
        for fact_id, content in zip(ids, contents, strict=True)
    ]
    connection.execute(FACTS.insert(), rows)
    return ids


def read_facts(
    connection: sa.Connection,
    hub_id: int,
    as_of: datetime,
    event_ids: Iterable[str] | None = None,
    *,
    withdrawn_too: bool = False,
) -> list[Fact]:
    """Facts recorded by `as_of` and not withdrawn by then, oldest first.

    `event_ids` limits those about a workshop to these events; facts about the hub as a whole are always given.
    """
    query = sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.recorded_at <= as_of).order_by(FACTS.c.id)
    if event_ids is not None:
        query = query.where(FACTS.c.event_id.is_(None) | FACTS.c.event_id.in_(list(event_ids)))
    facts = [_fact(row) for row in connection.execute(query)]
    if withdrawn_too:
        return facts
    withdrawn = {fact.content.fact_id for fact in facts if isinstance(fact.content, Retracted)}
    return [fact for fact in facts if fact.id not in withdrawn and not isinstance(fact.content, Retracted)]


def read_fact(connection: sa.Connection, hub_id: int, fact_id: int) -> Fact | None:
    """One human fact, withdrawn or not; None if there is none with this id."""
    row = connection.execute(sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.id == fact_id)).first()
    return None if row is None else _fact(row)


def read_retraction(connection: sa.Connection, hub_id: int, fact_id: int) -> int | None:
    """The fact that withdrew this one; None if it stands."""
    query = sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.kind == Retracted.__name__)
    return next((row.id for row in connection.execute(query) if row.body["fact_id"] == fact_id), None)


def read_newest_recording(connection: sa.Connection, hub_id: int) -> datetime | None:
    """When the newest fact of any kind was recorded; None in an empty database."""
    newest = [
        connection.scalar(
            sa.select(table.c.recorded_at).where(table.c.hub_id == hub_id).order_by(table.c.id.desc()).limit(1)
        )
        for table in (FACTS, OBSERVATIONS, EVENT_OBSERVATIONS, READS)
    ]
    return max((instant for instant in newest if instant is not None), default=None)


@functools.cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(getattr(model, kind))


def _event_id(content: FactContent) -> str | None:
    if isinstance(content, model.DateDeclared):
        return content.event_id
    workshop_id: str | None = getattr(content, "workshop_id", None)
    return None if workshop_id is None else model.event_of(workshop_id)


def _fact(row: sa.Row[Any]) -> Fact:
    return Fact(
        id=row.id,
        recorded_at=row.recorded_at,
        said_by=row.said_by,
        content=_adapter(row.kind).validate_python(row.body, strict=False),
    )

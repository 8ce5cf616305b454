"""Human facts in and out."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from eb_sync.model import facts as model
from eb_sync.model.facts import (
    MESSAGE_FACTS,
    ExemptionRuled,
    Fact,
    FactContent,
    MessageBegun,
    MessageEnded,
    Retracted,
    split_withdrawn,
)
from eb_sync.store.chunks import chunked
from eb_sync.store.series import FACT, ensure_hub, take_numbers
from eb_sync.store.tables import FACTS
from eb_sync.store.watch import watch_events


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was begun."""

    id: int
    begun_at: datetime
    content: MessageBegun
    outcome: str | None
    """As in `MessageEnded`; None: nobody knows, or it is being sent."""


_MESSAGES = frozenset(kind.__name__ for kind in MESSAGE_FACTS)


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
    about = {row["event_id"] for row in rows if row["kind"] not in _MESSAGES} | {
        _withdrawn_from(connection, hub_id, content.fact_id) for content in contents if isinstance(content, Retracted)
    }
    # a date that moves may bring an event back into its active window
    watch_events(connection, hub_id, (event_id for event_id in about if event_id is not None))
    return ids


def _withdrawn_from(connection: sa.Connection, hub_id: int, fact_id: int) -> str | None:
    where = (FACTS.c.hub_id == hub_id) & (FACTS.c.id == fact_id)
    event_id: str | None = connection.scalar(sa.select(FACTS.c.event_id).where(where))
    return event_id


def read_facts(
    connection: sa.Connection,
    hub_id: int,
    last_fact_id: int,
    event_ids: Iterable[str] | None = None,
    *,
    kinds: Iterable[type] = (),
    withdrawn_too: bool = False,
) -> list[Fact]:
    """Facts up to an id that were not withdrawn by another of them, oldest first.

    `event_ids` limits those about a workshop to these events; facts about the hub as a whole are always given. `kinds`
    limits them to these kinds of content, which must be ones that cannot be withdrawn, or have `Retracted` among them.
    """
    query = sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.id <= last_fact_id).order_by(FACTS.c.id)
    if kinds:
        query = query.where(FACTS.c.kind.in_([kind.__name__ for kind in kinds]))
    queries = [query] if event_ids is None else [query.where(FACTS.c.event_id.is_(None))]
    queries += [query.where(FACTS.c.event_id.in_(chunk)) for chunk in chunked(sorted(set(event_ids or ())))]
    facts = sorted((_fact(row) for each in queries for row in connection.execute(each)), key=lambda fact: fact.id)
    if withdrawn_too:
        return facts
    return split_withdrawn(facts)[0]


def read_event_facts(connection: sa.Connection, hub_id: int, last_fact_id: int, event_ids: Iterable[str]) -> list[Fact]:
    """Facts about these events up to an id, withdrawn ones too, oldest first; none about the hub as a whole."""
    query = sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.id <= last_fact_id)
    queries = (query.where(FACTS.c.event_id.in_(chunk)) for chunk in chunked(sorted(set(event_ids))))
    return sorted((_fact(row) for each in queries for row in connection.execute(each)), key=lambda fact: fact.id)


def read_named_schools(connection: sa.Connection, hub_id: int) -> list[tuple[int, str]]:
    """Keys of schools under which people ever recorded something, withdrawn or not, each with its fact's id, by id."""
    kinds = (model.WalkInCame, model.NoticeReceived, model.ExemptionClaimed)
    key = FACTS.c.body["school_key"].as_string()
    query = sa.select(FACTS.c.id, key.label("key")).where(
        FACTS.c.hub_id == hub_id, FACTS.c.kind.in_([kind.__name__ for kind in kinds]), key.is_not(None)
    )
    return [(row.id, row.key) for row in connection.execute(query.order_by(FACTS.c.id))]


def read_messages(connection: sa.Connection, hub_id: int, *, since: int = 0) -> list[Message]:
    """Messages begun after a fact's id, oldest first, each with what became of it."""
    begun: list[tuple[Fact, MessageBegun]] = []
    outcomes: dict[int, str] = {}
    kinds = (MessageBegun.__name__, MessageEnded.__name__)
    query = sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.id > since, FACTS.c.kind.in_(kinds))
    for fact in map(_fact, connection.execute(query.order_by(FACTS.c.id))):
        if isinstance(fact.content, MessageBegun):
            begun.append((fact, fact.content))
        elif isinstance(fact.content, MessageEnded):
            outcomes[fact.content.message_id] = fact.content.outcome
    return [Message(fact.id, fact.recorded_at, content, outcomes.get(fact.id)) for fact, content in begun]


def read_unreadable_facts(connection: sa.Connection, hub_id: int) -> Iterator[tuple[int, str]]:
    """Facts that cannot be read, or are filed under another event than their own: id, and what is wrong."""
    body = sa.cast(FACTS.c.body, sa.Text)  # as text: what is no JSON is found here, and not by whoever reads a row
    query = sa.select(FACTS.c.id, FACTS.c.kind, FACTS.c.event_id, body.label("text")).where(FACTS.c.hub_id == hub_id)
    for row in connection.execute(query.order_by(FACTS.c.id), execution_options={"yield_per": 1000}):
        try:
            content = _adapter(row.kind).validate_json(row.text)
        except (AttributeError, ValueError):
            yield row.id, "cannot be read"
            continue
        if _event_id(content) != row.event_id:
            yield row.id, "is filed under another event than it is about"


def read_events_with_facts(connection: sa.Connection, hub_id: int, *, since: int) -> set[str]:
    """Events that human facts with a greater id than this one are about."""
    query = sa.select(FACTS.c.event_id).where(
        FACTS.c.hub_id == hub_id, FACTS.c.id > since, FACTS.c.event_id.is_not(None)
    )
    return set(connection.scalars(query.distinct()))


def read_fact(connection: sa.Connection, hub_id: int, fact_id: int) -> Fact | None:
    """One human fact, withdrawn or not; None if there is none with this id."""
    row = connection.execute(sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.id == fact_id)).first()
    return None if row is None else _fact(row)


def read_subject(connection: sa.Connection, hub_id: int, content: FactContent) -> FactContent:
    """What a fact is about: of a withdrawal or a ruling the fact that it is of, of any other itself."""
    if not isinstance(content, Retracted | ExemptionRuled):
        return content
    number = content.fact_id if isinstance(content, Retracted) else content.exemption_id
    fact = read_fact(connection, hub_id, number)
    return content if fact is None else read_subject(connection, hub_id, fact.content)


def read_retraction(connection: sa.Connection, hub_id: int, fact_id: int) -> int | None:
    """The fact that withdrew this one; None if it stands."""
    query = sa.select(FACTS).where(FACTS.c.hub_id == hub_id, FACTS.c.kind == Retracted.__name__)
    return next((row.id for row in connection.execute(query) if row.body["fact_id"] == fact_id), None)


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

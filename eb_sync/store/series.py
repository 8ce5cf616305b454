"""Number series without gaps: a locked row each. A number taken in a transaction that fails was never taken."""

from __future__ import annotations

import sqlalchemy as sa

from eb_sync.store.tables import HUBS, SERIES

FACT = "fact"
PERSON = "person"
PROFILE = "profile"
TYPED = "typed"
WALK_IN = "walk_in"
PAYER = "payer"
INVOICE = "invoice"
CREDIT_NOTE = "credit_note"
BATCH = "batch"
RUN = "run"


def take_numbers(connection: sa.Connection, hub_id: int, name: str, count: int = 1) -> range:
    """Take the next `count` numbers of a series, from 1, inside the caller's write transaction."""
    where = (SERIES.c.hub_id == hub_id) & (SERIES.c.name == name)
    first = connection.scalar(sa.select(SERIES.c.next_value).where(where).with_for_update())
    if first is None:
        first = 1
        connection.execute(SERIES.insert(), {"hub_id": hub_id, "name": name, "next_value": first + count})
    else:
        connection.execute(SERIES.update().where(where).values(next_value=first + count))
    return range(first, first + count)


def newest_fact_id(connection: sa.Connection, hub_id: int) -> int:
    """The id of the newest fact; 0 before the first."""
    where = (SERIES.c.hub_id == hub_id) & (SERIES.c.name == FACT)
    next_id: int | None = connection.scalar(sa.select(SERIES.c.next_value).where(where))
    return 0 if next_id is None else next_id - 1


def ensure_hub(connection: sa.Connection, hub_id: int) -> None:
    """Make the hub's row if this is its first write."""
    if connection.scalar(sa.select(HUBS.c.id).where(HUBS.c.id == hub_id)) is None:
        connection.execute(HUBS.insert(), {"id": hub_id})

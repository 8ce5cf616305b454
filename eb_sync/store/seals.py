"""A digest of every row, written in the transaction that wrote it, so that a row changed by anything else is named.

Whatever passes through `writing` is seen: rows inserted, updated or deleted. Not sealed are `hubs`, number series and
the list of watched events: the first two have checks of their own, the last only says what to read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from eb_sync.store.canonical import CANONICAL
from eb_sync.store.chunks import chunked
from eb_sync.store.tables import HUBS, METADATA, SERIES, WATCHED_EVENTS

SEALS = sa.Table(
    "seals",  # without a reference to hubs: a row's seal goes after the row
    METADATA,
    sa.Column("hub_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("row_key", sa.Text, primary_key=True),  # what follows the hub in the row's primary key, as JSON
    sa.Column("digest", sa.BigInteger, nullable=False),
)
SEALED = tuple(table for table in METADATA.sorted_tables if table not in {HUBS, SERIES, WATCHED_EVENTS, SEALS})
_NAMES = frozenset(table.name for table in SEALED)
_TOUCHED = "ebsync_touched"
_AT_ONCE = 100
_NAMES_OF_ROWS = json.JSONEncoder(ensure_ascii=False, default=repr)
_UNREADABLE = (sa.exc.DBAPIError, ValueError, TypeError, ArithmeticError, LookupError)
"""How rows fail to be read whose bytes are not what was written."""

_Key = tuple[Any, ...]
"""A row's primary key, the hub first."""


@dataclass(frozen=True, slots=True)
class BrokenSeal:
    """A row that is not what was written."""

    table: str
    row: str
    what: str


def watch_writes(engine: sa.Engine) -> None:
    """From now on note which rows a transaction of this engine writes, if it is inside `sealing_writes`."""
    sa.event.listen(engine, "before_execute", _note)


@contextlib.contextmanager
def sealing_writes(connection: sa.Connection) -> Iterator[None]:
    """Seal the rows that are written inside, at its end, and drop the seals of those that are gone."""
    info = connection.info  # kept, for a connection that breaks cannot be asked any more
    touched: dict[str, set[_Key]] = defaultdict(set)
    info[_TOUCHED] = touched
    try:
        yield
        for name, keys in touched.items():
            for chunk in chunked(sorted(keys)):  # numbers given one after the other stand together
                _seal(connection, METADATA.tables[name], chunk)
    finally:
        info.pop(_TOUCHED, None)


def seal_all(connection: sa.Connection) -> None:
    """Seal every row as it is: after a migration, which may have changed them all."""
    connection.execute(SEALS.delete())
    for table in SEALED:
        keys = [tuple(row) for row in connection.execute(sa.select(*table.primary_key))]
        for chunk in chunked(keys):
            _insert(connection, table, _read(connection, table, chunk))


def find_broken(connection: sa.Connection, hub_id: int) -> tuple[int, list[BrokenSeal]]:
    """How many rows of a hub were looked at, and those that are not what was written, by table and key."""
    looked_at = 0
    broken: list[BrokenSeal] = []
    for table in SEALED:
        seals = _read_seals(connection, hub_id, table)
        looked_at += len(seals)
        broken += _compare(connection, hub_id, table, seals)
    return looked_at, broken


def _note(
    connection: sa.Connection, statement: object, many: Sequence[Any], one: Mapping[str, Any], _options: object
) -> None:
    touched = connection.info.get(_TOUCHED)
    if touched is None or not isinstance(statement, sa.Insert | sa.Update | sa.Delete):
        return
    table = statement.table
    if not isinstance(table, sa.Table) or table.name not in _NAMES:
        return
    rows = many or [one]
    if isinstance(statement, sa.Insert):
        touched[table.name].update(tuple(row[column.name] for column in table.primary_key) for row in rows)
        return
    which = sa.select(*table.primary_key).where(*statement._where_criteria)  # noqa: SLF001 - no public way to all of it
    for row in rows:
        touched[table.name].update(tuple(key) for key in connection.execute(which, row))


def _seal(connection: sa.Connection, table: sa.Table, keys: Sequence[_Key]) -> None:
    sealed = _insert(connection, table, _read(connection, table, keys))
    gone: dict[int, list[str]] = defaultdict(list)
    for hub_id, *rest in keys:
        if (hub_id, name := _name(rest)) not in sealed:
            gone[hub_id].append(name)
    for hub_id, names in gone.items():
        connection.execute(
            SEALS.delete().where(SEALS.c.hub_id == hub_id, SEALS.c.table_name == table.name, SEALS.c.row_key.in_(names))
        )


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[sa.RowMapping]) -> set[tuple[int, str]]:
    """Seal these rows, in place of what seals they had; gives hub and key of each."""
    seals = [
        {"hub_id": row["hub_id"], "table_name": table.name, "row_key": _key_of(table, row), "digest": _digest(row)}
        for row in rows
    ]
    if seals:
        connection.execute(_UPSERTS[connection.dialect.name], seals)
    return {(seal["hub_id"], seal["row_key"]) for seal in seals}


def _upsert(insert: sqlite.Insert | postgresql.Insert) -> sa.Insert:
    return insert.on_conflict_do_update(index_elements=[*SEALS.primary_key], set_={"digest": insert.excluded.digest})


_UPSERTS = {"sqlite": _upsert(sqlite.insert(SEALS)), "postgresql": _upsert(postgresql.insert(SEALS))}


def _read(connection: sa.Connection, table: sa.Table, keys: Sequence[_Key]) -> Iterator[sa.RowMapping]:
    """Rows by their keys."""
    columns = _columns(table)
    hub, *rest = table.primary_key
    if len(rest) == 1:
        by_hub: dict[int, list[Any]] = defaultdict(list)
        for hub_id, key in keys:
            by_hub[hub_id].append(key)
        for hub_id, of_hub in by_hub.items():
            yield from connection.execute(sa.select(*columns).where(hub == hub_id, _among(rest[0], of_hub))).mappings()
        return
    for start in range(0, len(keys), _AT_ONCE):
        which = sa.tuple_(hub, *rest).in_(keys[start : start + _AT_ONCE])
        yield from connection.execute(sa.select(*columns).where(which)).mappings()


def _among(column: sa.Column[Any], keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Numbers without a gap are asked for by both ends: to name each takes longer than to read them."""
    first, last = min(keys), max(keys)
    if isinstance(first, int) and last - first == len(keys) - 1:
        return column.between(first, last)
    return column.in_(keys)


def _read_seals(connection: sa.Connection, hub_id: int, table: sa.Table) -> dict[str, int]:
    query = sa.select(SEALS.c.row_key, SEALS.c.digest)
    rows = connection.execute(query.where(SEALS.c.hub_id == hub_id, SEALS.c.table_name == table.name))
    return {row.row_key: row.digest for row in rows}


def _compare(connection: sa.Connection, hub_id: int, table: sa.Table, seals: dict[str, int]) -> Iterator[BrokenSeal]:
    for name, digest in _digests(connection, hub_id, table).items():
        sealed = seals.pop(name, None)
        if sealed is None:
            yield BrokenSeal(table.name, _say(name), "was not written by ebsync")
        elif sealed != digest:
            yield BrokenSeal(table.name, _say(name), "is not what was written")
    for name in seals:
        yield BrokenSeal(table.name, _say(name), "is missing or cannot be read")


def _digests(connection: sa.Connection, hub_id: int, table: sa.Table) -> dict[str, int]:
    """By key; without rows that cannot be read."""
    # a sign before the column keeps SQLite from an index, which may say something else than the row
    is_file = connection.dialect.name == "sqlite"
    hub = sa.literal_column(f"+{table.name}.hub_id") if is_file else table.c.hub_id
    query = sa.select(*_columns(table)).where(hub == hub_id)
    try:
        rows = connection.execute(query, execution_options={"yield_per": 500}).mappings()
        return {_key_of(table, row): _digest(row) for row in rows}
    except _UNREADABLE:
        if not is_file:
            raise
        return _digests_one_by_one(connection, hub_id, table)


def _digests_one_by_one(connection: sa.Connection, hub_id: int, table: sa.Table) -> dict[str, int]:
    found: dict[str, int] = {}
    row_id: sa.ColumnElement[int] = sa.literal_column(f"{table.name}.rowid")
    # some column that is in no index, so that rows are listed as the table itself has them
    listed = sa.select(row_id, sa.func.length([*table.columns][-1])).select_from(table)
    try:
        numbers = connection.scalars(listed).all()
    except sa.exc.DBAPIError:  # not even its columns are there: each of its rows is missing
        return found
    for number in numbers:
        with contextlib.suppress(*_UNREADABLE):
            row = connection.execute(sa.select(*_columns(table)).where(row_id == number)).mappings().one()
            if row["hub_id"] == hub_id:
                found[_key_of(table, row)] = _digest(row)
    return found


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    """All but what is kept as bytes, which has digests of its own."""
    return [column for column in table.columns if not isinstance(column.type, sa.LargeBinary)]


def _key_of(table: sa.Table, row: sa.RowMapping) -> str:
    return _name([row[column.name] for column in table.primary_key][1:])


def _name(key: Sequence[Any]) -> str:
    if len(key) == 1 and type(key[0]) is int:
        return f"[{key[0]}]"  # as below, for nearly all rows there are
    return _NAMES_OF_ROWS.encode(key)


def _say(name: str) -> str:
    """A key for a message: `17`, or `INV-000001/2`."""
    return "/".join(str(part) for part in json.loads(name))


def _digest(row: sa.RowMapping) -> int:
    content = CANONICAL.encode(dict(row)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big", signed=True)

"""A whole hub from one database into another, in one transaction, compared afterwards row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from eb_sync.errors import DatabaseError, UsageError
from eb_sync.model.database_address import UNENCODED, find_unencoded, say_trouble
from eb_sync.store.canonical import CANONICAL
from eb_sync.store.engine import database_path, open_database, writing
from eb_sync.store.tables import METADATA

_ROWS_AT_ONCE = 500  # some 20 MB where they are pages


@dataclass(frozen=True, slots=True)
class TableDigest:
    """What a table holds; equal wherever it holds the same."""

    table: str
    rows: int
    sha256: str
    """Over all rows in the order of their key, each as canonical JSON."""


def copy_hub(source: sa.Connection, target: sa.Engine) -> list[TableDigest]:
    """Copy every row into an empty database; all of them or none.

    Args:
        source: one consistent picture of the hub; nothing is written there.
        target: migrated, without a row.

    Returns:
        What both now hold, by table in the order of the copy.

    Raises:
        UsageError: the target is not empty.
        DatabaseError: the copy is not what was copied, or a database cannot be used; the target is as before.
    """
    with writing(target, sealing=False) as connection:  # seals are copied: they are not to vouch for damage
        check_empty(connection)
        read = [_copy_table(source, connection, table) for table in METADATA.sorted_tables]
        written = [digest_table(connection, table) for table in METADATA.sorted_tables]
        differing = [one.table for one, other in zip(read, written, strict=True) if one != other]
        if differing:
            raise DatabaseError(f"The copy is not what was copied ({', '.join(differing)}): nothing was kept of it.")
    return written


def check_empty(connection: sa.Connection) -> None:
    """Refuse a database that holds anything.

    Raises:
        UsageError: it does; says how to go on.
    """
    for table in METADATA.sorted_tables:
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise UsageError(
                "That database holds a hub already, and nothing is ever written over one; nothing was changed. Name a "
                "new, empty database, or first move the one that is there away."
            )


def open_empty(url: str) -> sa.Engine:
    """Open a database to copy into, creating what is missing.

    Raises:
        UsageError: the address is none, or the database is not empty.
        DatabaseError: it cannot be opened.
    """
    _check_foreign(url)
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            check_empty(connection)
    except UsageError:
        engine.dispose()
        raise
    return engine


def _check_foreign(url: str) -> None:
    """Refuse a database in which somebody else's tables are."""
    if find_unencoded(url):
        raise UsageError(f"That is no database address that ebsync understands. {UNENCODED}")
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError, ValueError):
        raise UsageError(
            "That is no database address that ebsync understands. Write for example sqlite:////srv/ebsync.sqlite or "
            "postgresql+psycopg://user@host/ebsync (PostgreSQL needs the extra `postgres`)."
        ) from None
    path = database_path(engine)
    if path is not None and not path.exists():
        return
    try:
        names = set(sa.inspect(engine).get_table_names())
    except sa.exc.DBAPIError as error:
        raise DatabaseError(f"That database could not be opened: {say_trouble(error.orig)}.") from None
    if names and "hubs" not in names:
        raise UsageError("That database holds tables that are not ebsync's; nothing was changed. Name an empty one.")


def digest_table(connection: sa.Connection, table: sa.Table) -> TableDigest:
    """What a table holds, whichever database it is in."""
    digest = _Digest(table)
    for rows in _chunks(connection, table):
        digest.add(rows)
    return digest.result()


def _copy_table(source: sa.Connection, target: sa.Connection, table: sa.Table) -> TableDigest:
    digest = _Digest(table)
    for rows in _chunks(source, table):
        digest.add(rows)
        target.execute(table.insert(), rows)
    return digest.result()


def _chunks(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    """All rows in the order of their key, by code points whatever the database's language."""
    query = sa.select(table).order_by(*_key(connection, table))
    result = connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}).mappings()
    return ([dict(row) for row in rows] for rows in result.partitions())


def _key(connection: sa.Connection, table: sa.Table) -> list[sa.ColumnElement[Any]]:
    is_ordered = connection.dialect.name == "sqlite"
    return [
        column if is_ordered or not isinstance(column.type, sa.Text) else column.collate("C")
        for column in table.primary_key
    ]


class _Digest:
    """Grows row by row."""

    def __init__(self, table: sa.Table) -> None:
        """Of no row yet."""
        self._name, self._rows, self._hash = table.name, 0, hashlib.sha256()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that follow, as the next elements of one JSON array; how many come at once makes no difference."""
        elements = CANONICAL.encode(rows)[1:-1]
        self._hash.update(f",{elements}".encode() if self._rows else elements.encode())
        self._rows += len(rows)

    def result(self) -> TableDigest:
        """Of all rows so far."""
        return TableDigest(self._name, self._rows, self._hash.hexdigest())

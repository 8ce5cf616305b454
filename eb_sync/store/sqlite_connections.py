"""SQLite's own: how its connections are made, what they are told, and that their file is still in its place."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from eb_sync.errors import DatabaseError

WRITES = "ebsync_writes"
"""The execution option of a connection whose transaction will write."""
_FILE = "ebsync_file"


def connect_to_read(_dialect: object, _record: object, arguments: list[Any], given: dict[str, Any]) -> Any:  # noqa: ANN401 - a DB-API connection
    """A connection for reading alone, where this user may not write the file or its folder; None: as usual.

    SQLite would have to write files beside it even to read; where none of them holds anything, it need not look.
    """
    path = Path(str(arguments[0]))
    if str(arguments[0]).startswith("file:") or not path.is_file() or _may_write(path):
        return None
    log = path.with_name(f"{path.name}-wal")
    is_settled = not log.exists() or log.stat().st_size == 0
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_settled else ''}"
    return sqlite3.connect(address, **{**given, "uri": True})


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK | os.X_OK)


def _identify(path: str) -> tuple[int, int] | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def check_in_place(connection: sa.Connection) -> None:
    """What is written to a file that was moved away or replaced would be lost without a word."""
    opened: tuple[str, tuple[int, int]] | None = connection.info.get(_FILE)
    if opened is not None and _identify(opened[0]) != opened[1]:
        raise DatabaseError(
            "The database was moved away or replaced while ebsync was working: what this command recorded is not in "
            "the database that is there now. Put the old file back, or run the command again."
        )


def prepare_sqlite(connection: Any, record: Any, busy_seconds: float) -> None:  # noqa: ANN401 - a DB-API connection, a pool's record
    """Tell a new connection how to work: a log of its own, foreign keys, and how long to wait for other writers."""
    # ebsync says itself when a transaction begins, see begin_sqlite
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={busy_seconds * 1000:.0f}")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _keep_log(connection, busy_seconds)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    identity = _identify(path) if path else None
    if identity is not None:
        record.info[_FILE] = (path, identity)


def _keep_log(connection: Any, busy_seconds: float) -> None:  # noqa: ANN401 - a DB-API connection
    """Have a new file keep a log of its own; of several that open it at once one does."""
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random  # noqa: PLC0415 - new files only

    # SQLite does not wait by itself for this lock, whatever `busy_timeout` says
    waiting = Retrying(
        retry=retry_if_exception(lambda error: getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY),
        stop=stop_after_delay(busy_seconds),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    )
    waiting(connection.execute, "PRAGMA journal_mode=WAL")


def begin_sqlite(connection: sa.Connection) -> None:
    """Begin a transaction, for writing where the connection is marked with `WRITES`."""
    # a write transaction takes its lock at once: upgrading a read lock later could fail half-way
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

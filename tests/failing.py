"""The n-th call of a kind fails, once, as SQLite tests itself; all before and after it are real.

Calls to the database are those to Python's `sqlite3`, below SQLAlchemy, so that pragmas, `VACUUM INTO` and the reading
of backups are among them. A file that is written to keeps half of what was to be written when it fails.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sqlite3.dbapi2
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

DATABASE_KINDS = ("execute", "execute, rolled back", "fetch", "commit")
"""`rolled back`: as SQLite may do by itself where a disk fails or is full."""
FILE_KINDS = ("fsync", "move", "open", "write")
KINDS = (*DATABASE_KINDS, *FILE_KINDS)

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class Calls:
    """How many calls were made of each kind, and which is to fail."""

    kind: str = ""
    at: int = 0
    """The number of the call that fails, from 1; 0: none does."""
    made: Counter[str] = field(default_factory=Counter)
    has_failed: bool = False

    def comes_to(self, kind: str) -> bool:
        """Count a call; whether it is the one to fail."""
        self.made[kind] += 1
        fails = not self.has_failed and kind == self.kind and self.made[kind] == self.at
        self.has_failed |= fails
        return fails

    def pass_file(self, kind: str) -> None:
        """Count a call about a file, or fail in its place."""
        if self.comes_to(kind):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def failing(kind: str = "", at: int = 0) -> Iterator[Calls]:
    """Have the `at`-th call of this kind fail, of those made until the end of the block."""
    calls = Calls(kind, at)
    with pytest.MonkeyPatch.context() as patch:
        _fail_files(calls, patch)
        connect = _connecting(calls, sqlite3.connect)
        for module in (sqlite3, sqlite3.dbapi2):
            patch.setattr(module, "connect", connect)
        yield calls


def _fail_files(calls: Calls, patch: pytest.MonkeyPatch) -> None:
    for name, kind in (("fsync", "fsync"), ("replace", "move"), ("rename", "move")):
        patch.setattr(os, name, _counted(calls, kind, getattr(os, name)))
    really_open, really_fdopen = os.open, os.fdopen

    def open_file(path: Any, flags: int, *rest: Any, **more: Any) -> int:  # noqa: ANN401 - as os.open has them
        if flags & _WRITES:
            calls.pass_file("open")
        return really_open(path, flags, *rest, **more)

    patch.setattr(os, "open", open_file)
    patch.setattr(os, "fdopen", lambda *given, **more: _File(calls, really_fdopen(*given, **more)))


def _counted(calls: Calls, kind: str, really: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **more: Any) -> Any:  # noqa: ANN401 - any call of os
        calls.pass_file(kind)
        return really(*given, **more)

    return call


class _File:
    """An open file that may take half of what is written, and no more."""

    def __init__(self, calls: Calls, file: Any) -> None:  # noqa: ANN401 - any kind of file
        self._calls, self._file = calls, file

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(*error)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a file has
        return getattr(self._file, name)

    def write(self, content: Any) -> int:  # noqa: ANN401 - text or bytes
        try:
            self._calls.pass_file("write")
        except OSError:
            self._file.write(content[: len(content) // 2])
            raise
        written: int = self._file.write(content)
        return written


def _connecting(calls: Calls, really: Callable[..., Any]) -> Callable[..., Any]:
    class Cursor(sqlite3.Cursor):
        def execute(self, *given: Any) -> Self:
            _pass_statement(calls, self.connection)
            return super().execute(*given)

        def executemany(self, *given: Any) -> Self:
            _pass_statement(calls, self.connection)
            return super().executemany(*given)

        def fetchone(self) -> Any:  # noqa: ANN401 - a row
            _pass_database(calls, "fetch")
            return super().fetchone()

        def fetchmany(self, *given: Any) -> list[Any]:
            _pass_database(calls, "fetch")
            return super().fetchmany(*given)

        def fetchall(self) -> list[Any]:
            _pass_database(calls, "fetch")
            return super().fetchall()

    class Connection(sqlite3.Connection):
        def cursor(self, *_given: Any) -> Any:  # noqa: ANN401 - a cursor of ours
            return super().cursor(Cursor)

        def execute(self, *given: Any) -> sqlite3.Cursor:
            cursor: sqlite3.Cursor = self.cursor().execute(*given)
            return cursor

        def commit(self) -> None:
            _pass_database(calls, "commit")
            super().commit()

    return lambda *given, **more: really(*given, **more, factory=Connection)


def _pass_statement(calls: Calls, connection: sqlite3.Connection) -> None:
    _pass_database(calls, "execute")
    if calls.comes_to("execute, rolled back"):
        with suppress(sqlite3.OperationalError):
            connection.rollback()
        raise _trouble()


def _pass_database(calls: Calls, kind: str) -> None:
    if calls.comes_to(kind):
        raise _trouble()


def _trouble() -> sqlite3.OperationalError:
    return sqlite3.OperationalError("disk I/O error")

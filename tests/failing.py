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
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

DATABASE_KINDS = ("execute", "execute, rolled back", "fetch", "commit")
"""`rolled back`: as SQLite may do by itself where a disk fails or is full."""
FILE_KINDS = ("fsync", "move", "open", "write")
IO_ERROR = "disk I/O error"
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
    def connect(*given: Any, **more: Any) -> _Connection:  # noqa: ANN401 - as sqlite3.connect has them
        connection: _Connection = really(*given, **more, factory=_Connection)
        connection.calls = calls
        return connection

    return connect


class _Connection(sqlite3.Connection):
    calls: Calls

    def cursor(self, *_: object) -> Any:  # noqa: ANN401 - a cursor of ours
        return super().cursor(_Cursor)

    def execute(self, *given: Any) -> sqlite3.Cursor:  # noqa: ANN401 - a statement, and what goes into it
        cursor: sqlite3.Cursor = self.cursor().execute(*given)
        return cursor

    def commit(self) -> None:
        self.pass_call("commit")
        super().commit()

    def pass_call(self, kind: str) -> None:
        """Count a call, or fail in its place."""
        if self.calls.comes_to(kind):
            raise sqlite3.OperationalError(IO_ERROR)

    def pass_statement(self) -> None:
        """Count a statement, or fail in its place, one way or the other."""
        self.pass_call("execute")
        if self.calls.comes_to("execute, rolled back"):
            self.rollback()
            raise sqlite3.OperationalError(IO_ERROR)


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, *given: Any) -> Self:  # noqa: ANN401 - as above
        self.connection.pass_statement()
        return super().execute(*given)

    def executemany(self, *given: Any) -> Self:  # noqa: ANN401 - as above
        self.connection.pass_statement()
        return super().executemany(*given)

    def fetchone(self) -> Any:  # noqa: ANN401 - a row
        self.connection.pass_call("fetch")
        return super().fetchone()

    def fetchmany(self, *given: Any) -> list[Any]:  # noqa: ANN401 - how many
        self.connection.pass_call("fetch")
        return super().fetchmany(*given)

    def fetchall(self) -> list[Any]:
        self.connection.pass_call("fetch")
        return super().fetchall()

"""One sync, and one night of a hub, at a time: locks that die with their process and never block a lead's command."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from eb_sync.errors import CannotWriteError, TryAgainError
from eb_sync.model.advice import MAKE_ROOM, advise_on
from eb_sync.store.engine import database_path, explained, lock_path
from eb_sync.store.hubs import FIRST

WAIT_SECONDS = 60.0
_STEP_SECONDS = 0.25

_Ask = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Lock:
    key: int
    """Of PostgreSQL's advisory lock, beside the hub's number."""
    suffix: str
    """Of the file beside an SQLite database's lock file."""


_SYNC = _Lock(823467002, "")
_NIGHT = _Lock(823468000, ".night")


@contextlib.contextmanager
def run_lock(
    engine: sa.Engine,
    hub_id: int = FIRST,
    *,
    wait_seconds: float = WAIT_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the run lock of this hub, waiting up to `wait_seconds` for another run to end.

    Raises:
        TryAgainError: another run held it all the time.
        DatabaseError: the database cannot be reached.
        CannotWriteError: the lock's file cannot be made.
    """
    with _attempts(engine, hub_id, _SYNC) as (attempt, _):
        waited = 0.0
        while not attempt():
            if waited >= wait_seconds:
                raise TryAgainError("Another run of ebsync is still working on this hub. Try again later.")
            sleep(_STEP_SECONDS)
            waited += _STEP_SECONDS
        yield


@contextlib.contextmanager
def night_lock(engine: sa.Engine, hub_id: int) -> Iterator[Callable[[], bool]]:
    """Hold the lock of a hub's nights; a night takes too long to wait for another.

    Gives what tells whether it is still held: it is lost with the server's connection, or with the lock's file.

    Raises:
        TryAgainError: another night is at work.
        DatabaseError: the database cannot be reached.
        CannotWriteError: the lock's file cannot be made.
    """
    with _attempts(engine, hub_id, _NIGHT) as (attempt, is_held):
        if not attempt():
            raise TryAgainError(
                "Another `ebsync nightly` is still at work on this hub, so this one did nothing. If two timers "
                "start it, switch one of them off."
            )
        yield is_held


@contextlib.contextmanager
def _attempts(engine: sa.Engine, hub_id: int, lock: _Lock) -> Iterator[tuple[_Ask, _Ask]]:
    """What tries to take the lock, and what tells whether it is still held once it was taken."""
    path = database_path(engine)
    if engine.dialect.name == "postgresql":
        with _transaction(engine) as connection:
            yield lambda: _try_advisory(connection, lock.key, hub_id), lambda: _is_alive(connection)
    elif path is None:
        yield lambda: True, lambda: True
    else:
        beside = lock_path(path, hub_id).with_suffix(f"{lock.suffix}.lock")
        descriptor = _open_lock(beside)
        try:
            yield lambda: _try_flock(descriptor), lambda: _is_same(descriptor, beside)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """An open transaction that does nothing but hold its lock, so that a pooler leaves its connection alone."""
    with explained(engine):
        connected = engine.connect()
    with connected as connection:
        try:
            with explained(engine):
                connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield connection
        finally:
            # the connection goes back to its pool alive; one that broke has lost the lock already
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.rollback()


def _is_alive(connection: sa.Connection) -> bool:
    try:
        return bool(connection.scalar(sa.text("SELECT 1")))
    except (sa.exc.DBAPIError, sa.exc.PendingRollbackError):
        return False


def _try_advisory(connection: sa.Connection, key: int, hub_id: int) -> bool:
    with explained():
        return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key, hub_id))))


def _open_lock(path: Path) -> int:
    """The lock's file, made if it is not there; whoever can read it can lock it, so that its owner does not matter."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with contextlib.suppress(FileNotFoundError):
            return os.open(path, flags)
        descriptor = os.open(path, flags | os.O_CREAT, 0o644)
    except OSError as error:
        advice = advise_on(error)
        others = "" if advice == MAKE_ROOM else " If another user made it, remove it while no ebsync is at work."
        raise CannotWriteError(
            f"The lock file {path} cannot be opened: {error.strerror}.{others}", advice=advice
        ) from None
    with contextlib.suppress(OSError):  # whatever the umask of whoever comes first
        os.fchmod(descriptor, 0o644)
    return descriptor


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same(descriptor: int, path: Path) -> bool:
    """Whether the file that is locked is still the one that others would lock."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False

"""One sync, and one night of a hub, at a time: locks that die with their process and never block a lead's command."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.errors import CannotWriteError, TryAgainError
from eb_sync.store.engine import database_path, explained, lock_path
from eb_sync.store.hubs import FIRST

WAIT_SECONDS = 60.0
_STEP_SECONDS = 0.25


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
    with _attempts(engine, hub_id, _SYNC) as attempt:
        waited = 0.0
        while not attempt():
            if waited >= wait_seconds:
                raise TryAgainError("Another run of ebsync is still working on this hub. Try again later.")
            sleep(_STEP_SECONDS)
            waited += _STEP_SECONDS
        yield


@contextlib.contextmanager
def night_lock(engine: sa.Engine, hub_id: int) -> Iterator[None]:
    """Hold the lock of a hub's nights; a night takes too long to wait for another.

    Raises:
        TryAgainError: another night is at work.
        DatabaseError: the database cannot be reached.
        CannotWriteError: the lock's file cannot be made.
    """
    with _attempts(engine, hub_id, _NIGHT) as attempt:
        if not attempt():
            raise TryAgainError(
                "Another `ebsync nightly` is still at work on this hub, so this one did nothing. If two timers "
                "start it, switch one of them off."
            )
        yield


@contextlib.contextmanager
def _attempts(engine: sa.Engine, hub_id: int, lock: _Lock) -> Iterator[Callable[[], bool]]:
    path = database_path(engine)
    if engine.dialect.name == "postgresql":
        with explained():
            connected = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with connected as connection:
            try:
                yield lambda: _try_advisory(connection, lock.key, hub_id)
            finally:
                # the connection goes back to its pool alive; one that broke has lost the lock already
                with contextlib.suppress(sa.exc.DBAPIError):
                    connection.scalar(sa.select(sa.func.pg_advisory_unlock(lock.key, hub_id)))
    elif path is None:
        yield lambda: True
    else:
        try:
            file = lock_path(path, hub_id).with_suffix(f"{lock.suffix}.lock").open("a")
        except OSError as error:
            raise CannotWriteError(f"The lock file beside the database cannot be written: {error.strerror}.") from None
        with file:
            yield lambda: _try_flock(file.fileno())


def _try_advisory(connection: sa.Connection, key: int, hub_id: int) -> bool:
    with explained():
        return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key, hub_id))))


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

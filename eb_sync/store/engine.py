"""Opening a database, its transactions, and bringing its schema up to date."""

from __future__ import annotations

import contextlib
import glob
import os
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.model.advice import MAKE_ROOM, MAY_WRITE
from eb_sync.model.database_address import UNENCODED, find_unencoded, say_trouble
from eb_sync.store.seals import seal_all, sealing_writes, watch_writes
from eb_sync.store.sqlite_connections import WRITES, begin_sqlite, check_in_place, connect_to_read, prepare_sqlite

if TYPE_CHECKING:
    from alembic.config import Config

SCHEMA = "0006"
"""The newest migration; `tests/unit/test_store_engine.py` checks that it is."""

BUSY_SECONDS = 60.0
"""How long a command waits for another that is writing."""
CONNECT_SECONDS = 10
"""How long a database server is waited for that does not answer."""
IDLE_SECONDS = 300
"""How long PostgreSQL lets a writer do nothing: then it was cut off, and holds up all others."""
_TURNS = 823467001
"""Of PostgreSQL's advisory lock by which writers take turns."""
_UPGRADING = threading.Lock()
_WRITTEN: weakref.WeakSet[sa.Engine] = weakref.WeakSet()
"""Where something was recorded since the database was opened."""
_KEPT: ContextVar[dict[str, sa.Engine] | None] = ContextVar("engines kept", default=None)
_PROGRAM_LIMIT = "54"
"""PostgreSQL's class of errors for what is larger than it can hold, such as a row of an index."""


def open_database(url: str) -> sa.Engine:
    """Open the database, creating or migrating it where needed.

    Raises:
        DatabaseError: it cannot be opened, or a newer ebsync wrote it.
    """
    kept = _KEPT.get()
    engine = kept.get(url) if kept is not None else None
    if engine is None:
        engine = _build_engine(url)
    if engine.dialect.name == "sqlite":
        _check_not_lost(engine)
        _create_private(engine)
    try:
        with explained():
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    if kept is not None:
        kept[url] = engine
    return engine


@contextlib.contextmanager
def keeping_engines() -> Iterator[None]:
    """Within this, a database opened again has the engine it had before, with the statements it has compiled.

    For many commands in one process. Each still checks the database and closes its connections as if it were alone.
    """
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def _build_engine(url: str) -> sa.Engine:
    if find_unencoded(url):
        raise DatabaseError(f"EBSYNC_DATABASE_URL is not a database address that ebsync understands. {UNENCODED}")
    try:
        engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"), connect_args=_connect_args(url))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError, ValueError):
        # the URL may carry a password, so the message must not
        raise DatabaseError(
            "EBSYNC_DATABASE_URL is not a database address that ebsync understands, "
            "for example sqlite:///ebsync.sqlite (PostgreSQL needs the extra: pip install 'ebsync[postgres]')."
        ) from None
    watch_writes(engine)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda made, record: prepare_sqlite(made, record, BUSY_SECONDS))
        sa.event.listen(engine, "begin", begin_sqlite)
        sa.event.listen(engine, "do_connect", connect_to_read)
    return engine


def open_to_read(url: str) -> sa.Engine:
    """Open the database; an SQLite file that is not there is not made: it reads as a database without a row.

    Raises:
        DatabaseError: as `open_database`.
    """
    try:
        engine = sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError, ValueError):
        return open_database(url)  # which says what is wrong
    path = database_path(engine)
    # a folder that is not there may be a disk that is not mounted: opening says so
    is_missing = path is not None and path.absolute().parent.is_dir() and not path.exists()
    if is_missing:
        _check_not_lost(engine)
    engine.dispose()
    return open_database("sqlite://" if is_missing else url)


def _connect_args(url: str) -> dict[str, int | None]:
    """What the address does not say itself; nothing of it needs a connection of one's own behind a pooler."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "postgresql":
        return {}
    wanted: dict[str, int | None] = {
        "connect_timeout": CONNECT_SECONDS,
        # a server, or a way to it, that is gone without a word is noticed within a minute
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    if parsed.get_driver_name() == "psycopg":
        wanted["prepare_threshold"] = None  # prepared statements live in a connection: a pooler gives another
    return {name: value for name, value in wanted.items() if name not in parsed.query}


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One consistent picture of the database; nothing is written.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with explained(engine), engine.connect() as connection:
        check_in_place(connection)
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901 - same connection
        with connection.begin():
            yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine, hub_id: int | None = None, *, sealing: bool = True) -> Iterator[sa.Connection]:
    """One transaction that writes: all of it happens or none; writers of a hub take turns.

    `hub_id` None: it is about more than one hub, and waits for the writers of all (on SQLite each does).

    What was written is sealed before it is kept, but where whole tables are copied with their seals.

    Raises:
        DatabaseError: the database cannot be written.
    """
    with explained(engine), engine.connect().execution_options(**{WRITES: True}) as connection:
        with _committed(connection):
            if engine.dialect.name == "postgresql":
                _take_turn(connection, hub_id)
            check_in_place(connection)
            with sealing_writes(connection) if sealing else contextlib.nullcontext():
                yield connection
        _WRITTEN.add(engine)
        check_in_place(connection)


@contextlib.contextmanager
def _committed(connection: sa.Connection) -> Iterator[None]:
    """A transaction; a COMMIT that a server takes and does not answer may have happened."""
    with connection.begin() as transaction:
        yield
        try:
            transaction.commit()
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise DatabaseError(
                "The connection to the database broke off just when this was to be recorded, so nobody knows whether "
                "it was. Look at what is recorded now before you run the command again."
            ) from None


class RowRefusedError(Exception):
    """The database takes one of the rows not; it says nothing against the others."""


@contextlib.contextmanager
def _savepoint(connection: sa.Connection) -> Iterator[None]:
    savepoint = connection.begin_nested()
    try:
        yield
        savepoint.commit()
    except BaseException:
        with contextlib.suppress(
            sa.exc.OperationalError
        ):  # a full disk rolled everything back, and the savepoint with it
            savepoint.rollback()
        raise


@contextlib.contextmanager
def all_or_nothing(connection: sa.Connection) -> Iterator[None]:
    """A part of a transaction: if a row of it is refused, nothing of it is written and the transaction goes on.

    Raises:
        RowRefusedError: with the kind of refusal alone, because its words may show the row.
    """
    try:
        with _savepoint(connection):
            yield
    except (sa.exc.DataError, sa.exc.IntegrityError, UnicodeError, OverflowError) as error:
        raise RowRefusedError(type(error).__name__) from None
    except sa.exc.OperationalError as error:
        if (getattr(error.orig, "sqlstate", None) or "")[:2] != _PROGRAM_LIMIT:
            raise
        raise RowRefusedError("too large") from None


def _take_turn(connection: sa.Connection, hub_id: int | None) -> None:
    """Wait for other writers, but not for ever, nor let others wait for ever for us, should we be cut off."""
    limits = {"lock_timeout": f"{BUSY_SECONDS:.0f}s", "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s"}
    for name, limit in limits.items():  # in this transaction alone, and only where nothing else is configured
        current = sa.func.current_setting(name)
        connection.execute(sa.select(sa.func.set_config(name, limit, True)).where(current == "0"))
    if hub_id is None:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURNS)))
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_TURNS)))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURNS, hub_id)))


def check_writable(engine: sa.Engine) -> None:
    """Write something and take it back.

    Raises:
        DatabaseError: the database cannot be written.
    """
    with explained(), engine.connect().execution_options(**{WRITES: True}) as connection:
        with connection.begin() as transaction:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))
            transaction.rollback()
        check_in_place(connection)


@contextlib.contextmanager
def explained(engine: sa.Engine | None = None) -> Iterator[None]:
    """Say in our own words what the database refuses; of an engine, whether anything was recorded before.

    Raises:
        DatabaseError: it refused.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        said = say_trouble(error.orig)
        # what an earlier transaction of the same command recorded is there, and must not be done a second time
        more = " more" if engine in _WRITTEN else ""
        raise DatabaseError(
            f"The database could not be used: {said}. Nothing{more} was recorded.", advice=_advise(said)
        ) from None


_ADVICE = {
    "disk i/o error": "See that the disk is there and not full (`df`), and `ebsync doctor`.",
    "full": MAKE_ROOM,
    "no space left": MAKE_ROOM,
    "readonly": MAY_WRITE,
    "read-only": "See that this user may write, and that the server is not a standby.",
    "unable to open": "See that the folder is there and that this user may read and write it: `ebsync doctor`.",
    "locked": "Another command is writing: try again when it has ended.",
    "lock timeout": "Another command is writing: try again when it has ended.",
    "malformed": "The file is damaged: `ebsync restore` puts the newest whole backup into a new one.",
}
"""What to do, by a word of the database's own."""


def _advise(said: str) -> str:
    return next((advice for word, advice in _ADVICE.items() if word in said.lower()), "")


def _check_not_lost(engine: sa.Engine) -> None:
    """A database that was in use and is gone is not to be begun anew: its numbers would be given a second time."""
    path = database_path(engine)
    if path is None or path.exists():
        return
    first = lock_path(path, 1)
    locks = [*([first] if first.exists() else []), *sorted(path.parent.glob(f"{glob.escape(path.name)}.*.lock"))]
    if locks:
        raise DatabaseError(
            f"The database {path} is not there, though ebsync has used it before. Is its disk mounted, was it moved? "
            f"To restore a backup or to begin anew, first remove {' and '.join(map(str, locks))}."
        )


def _create_private(engine: sa.Engine) -> None:
    """A new database file is its owner's alone to read: it will hold names."""
    path = database_path(engine)
    if path is not None and not path.exists():
        with contextlib.suppress(OSError):  # whatever is wrong, opening it will say
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))


def database_path(engine: sa.Engine) -> Path | None:
    """The file of an SQLite database; None for one in memory or on a server."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or name in (None, "", ":memory:") or str(name).startswith("file:"):
        return None
    return Path(str(name))


def lock_path(path: Path, hub_id: int) -> Path:
    """The file beside an SQLite database by which a hub's runs of sync take turns."""
    return path.with_name(f"{path.name}.lock" if hub_id == 1 else f"{path.name}.{hub_id}.lock")


def read_schema(connection: sa.Connection) -> str | None:
    """The migration the database is at; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def _migrate(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        if read_schema(connection) == SCHEMA:
            return
    with writing(engine) as connection:
        from alembic import command  # noqa: PLC0415 - only needed when the schema is not current
        from alembic.util import CommandError  # noqa: PLC0415

        config = alembic_config(connection)
        try:
            with _UPGRADING:  # Alembic keeps what it is doing in the module
                command.upgrade(config, "head")
                seal_all(connection)
        except CommandError:
            raise DatabaseError(
                "The database was written by a newer ebsync than this one: install that version, "
                "or point EBSYNC_DATABASE_URL at another database."
            ) from None


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's configuration for the migrations inside the package, on this connection."""
    from alembic.config import Config  # noqa: PLC0415 - see _migrate

    config = Config()
    config.set_main_option("script_location", "eb_sync.store:migrations")
    config.attributes["connection"] = connection
    return config

"""A hub as one SQLite file, taken while it is in use; and such a file opened again, without ever changing it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from eb_sync.errors import CannotWriteError, DatabaseError
from eb_sync.model.advice import MAKE_ROOM, advise_on
from eb_sync.model.partial_files import create_partial, partial_of, sweep_partials
from eb_sync.model.scratch import scratch_folder
from eb_sync.store.checksums import checksum_file, match_checksum, write_checksum
from eb_sync.store.copy import copy_hub
from eb_sync.store.engine import SCHEMA, database_path, explained, open_database, reading
from eb_sync.store.last_fact import FACT_TABLES
from eb_sync.store.tables import DOCUMENTS

_FULL = "database or disk is full"
"""SQLite's own words, of the file that is written."""
_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written and read again."""

    size: int
    """In bytes."""
    facts: int
    documents: int


def back_up(engine: sa.Engine, path: Path) -> Backup:
    """Write the database as it is at one instant into one SQLite file, whole or not at all; writers go on meanwhile.

    Its checksum comes to lie beside it first, so that no backup is ever without.

    Raises:
        CannotWriteError: the file exists already, or it cannot be written.
        DatabaseError: the database cannot be read, or the file is not sound.
    """
    with _whole_file(path) as partial:
        if database_path(engine) is None:
            _copy_into(engine, partial)
        else:
            _vacuum_into(engine, partial)
        _check_sound(partial, partial.name)
        facts, documents = _count(partial, FACT_TABLES), _count(partial, (DOCUMENTS,))
        size = partial.stat().st_size
    return Backup(size, facts, documents)


def check_backup(path: Path) -> bool:
    """Read a backup through, every byte, page and reference of it; False: there is no checksum beside it.

    Raises:
        DatabaseError: it cannot be read, is damaged, or is none of ours.
    """
    try:
        matched = match_checksum(path)
        _check_ours(path, str(path))
    except OSError as error:
        raise DatabaseError(f"The backup {path} cannot be read: {error.strerror}.") from None
    return matched


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """A name to write to, readable by its owner alone; it becomes the file once all went well."""
    _check_absent(path)
    partial = partial_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_partials(path)
        os.close(create_partial(partial))
        try:
            yield partial
            _settle(partial)
            _check_absent(path)
            _move(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWriteError(f"{path} cannot be written: {error.strerror}.", advice=advise_on(error)) from None


def _move(partial: Path, path: Path) -> None:
    """Give the file its name, its checksum first; if that fails half-way, neither is there."""
    with contextlib.ExitStack() as undo:
        undo.callback(checksum_file(path).unlink, missing_ok=True)
        write_checksum(partial, path)
        partial.replace(path)
        undo.callback(path.unlink, missing_ok=True)
        _settle(path.parent)
        undo.pop_all()


def _check_absent(path: Path) -> None:
    if path.exists():
        raise CannotWriteError(f"{path} exists already; nothing was written. Give another name.")


def _settle(path: Path) -> None:
    """Make sure that a file's or folder's content is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _vacuum_into(engine: sa.Engine, partial: Path) -> None:
    with explained(engine), engine.connect() as connection:
        cursor = connection.connection.cursor()  # outside any transaction, as VACUUM has to be
        try:
            cursor.execute("VACUUM INTO ?", (str(partial.resolve()),))
        except sqlite3.OperationalError as error:
            raise _no_room(partial.parent, str(error)) from None
        except sqlite3.DatabaseError as error:
            raise DatabaseError(f"The database could not be read: {error}.") from None


def _copy_into(engine: sa.Engine, partial: Path) -> None:
    target = open_database(f"sqlite:///{partial.resolve()}")
    try:
        with reading(engine) as source:
            _copy_with_room(source, target, partial.parent)
        with contextlib.closing(target.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    finally:
        target.dispose()


def _copy_with_room(source: sa.Connection, target: sa.Engine, folder: Path) -> None:
    try:
        copy_hub(source, target)
    except DatabaseError as error:
        if _FULL not in str(error):
            raise
        raise _no_room(folder, _FULL) from None


def _no_room(folder: Path, said: str) -> CannotWriteError:
    return CannotWriteError(f"The backup could not be written in {folder}: {said}.", advice=MAKE_ROOM)


def _check_sound(path: Path, name: str) -> None:
    """Raises DatabaseError unless SQLite finds every page and every reference of the file in order."""
    with _looking_into(path, name) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if said != "ok" or broken is not None:
        raise DatabaseError(f"{name} is damaged: SQLite finds that its pages do not fit; nothing was written.")


def _count(path: Path, tables: Sequence[sa.Table]) -> int:
    with _looking_into(path, path.name) as connection:
        counts = [str(sa.select(sa.func.count()).select_from(table)) for table in tables]
        return sum(int(connection.execute(query).fetchone()[0]) for query in counts)


@contextlib.contextmanager
def _looking_into(path: Path, name: str) -> Iterator[sqlite3.Connection]:
    """A backup as SQLite reads it; whatever it cannot read there is said of the file, not taken for a bug."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"{name} is damaged or no backup of ebsync ({error}); nothing was written.") from None


@contextlib.contextmanager
def opened_backup(path: Path) -> Iterator[sa.Engine]:
    """A backup of this or an older ebsync, opened as a copy that is brought to the present schema; never the file.

    Raises:
        DatabaseError: the file is damaged, not what its checksum says, none of ours, a newer one's, or in use.
        CannotWriteError: there is no room for a copy.
    """
    if path.with_name(f"{path.name}-wal").exists():
        raise DatabaseError(f"{path} is a database in use, not a backup: `ebsync backup` makes one of it.")
    with scratch_folder() as folder:
        copy = folder / "backup.sqlite"
        try:
            shutil.copyfile(path, copy)
            match_checksum(path, copy)
        except OSError as error:
            raise CannotWriteError(f"{path} cannot be copied into {folder}: {error.strerror}.") from None
        _check_ours(copy, str(path))
        engine = open_database(f"sqlite:///{copy}")
        try:
            yield engine
        finally:
            engine.dispose()


def _check_ours(copy: Path, name: str) -> None:
    with copy.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise DatabaseError(f"{name} is no backup of ebsync: it is no SQLite file. Nothing was written.")
    _check_sound(copy, name)
    with _looking_into(copy, name) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "hubs", "facts", "documents"} <= names:
            raise DatabaseError(f"{name} is no backup of ebsync: its tables are others. Nothing was written.")
        version = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0]
    if version is None or str(version) > SCHEMA:
        raise DatabaseError(f"{name} was written by a newer ebsync than this one: restore it with that version.")

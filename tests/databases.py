"""Databases for tests: a SQLite file, or a PostgreSQL database of its own, empty or with the present schema.

PostgreSQL is looked for at `EBSYNC_TEST_POSTGRES_URL` (a server, where databases may be created). Where there is none,
tests that need it are skipped and say so; with `EBSYNC_TEST_POSTGRES=required`, as in CI, they fail. Names of databases
carry the process, so that runs beside each other never meet.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.store.engine import open_database
from tests.cleaning import make_like_new, read_shape

# read on import: no test sees any EBSYNC_ variable of whoever runs it
_SERVER = sa.make_url(os.environ.get("EBSYNC_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/"))
_IS_REQUIRED = os.environ.get("EBSYNC_TEST_POSTGRES") == "required"
_PREFIX = f"ebsync_test_{os.getpid()}"
_TEMPLATE = f"{_PREFIX}_template"
_NUMBERS = itertools.count(1)
_SPARE: list[str] = []
"""Databases like new, for the next tests."""
# texts in the order of a language, as on a server in England: where the order matters, ebsync has to see to it
_EMPTY = "template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-GB'"

FILE = "hub.sqlite"
SQLITE = "sqlite"
POSTGRESQL = "postgresql"
DATABASES = (SQLITE, POSTGRESQL)


@contextlib.contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database without a single table; gone afterwards, whoever is still connected to it."""
    if kind == SQLITE:
        yield f"sqlite:///{folder / FILE}"
    else:
        need_postgres()
        with _created(_EMPTY) as url:
            yield url


@contextlib.contextmanager
def ready_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database with the present schema and no rows, copied from one that was migrated once.

    On PostgreSQL it may have served an earlier test and been made like new.
    """
    if kind == SQLITE:
        with empty_database(kind, folder) as url:
            shutil.copy(_migrate_template_file(), folder / FILE)  # with its mode: its owner's alone
            yield url
    else:
        need_postgres()
        name = _SPARE.pop() if _SPARE else _create(_migrate_template())
        try:
            yield _url(name)
        finally:
            _give_back(name)


@contextlib.contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """The database as the program opens it; its connections are closed afterwards, whatever happened."""
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()


def with_server_settings(url: str, settings: str) -> str:
    """The same database, by connections with these settings of PostgreSQL; SQLite has none."""
    parts = sa.make_url(url)
    if parts.get_backend_name() == POSTGRESQL:
        parts = parts.update_query_dict({"options": settings})
    return parts.render_as_string(hide_password=False)


def need_postgres() -> None:
    """Skip the test that runs where there is no PostgreSQL; fail it where there has to be one."""
    missing = say_missing()
    if missing is not None:
        (pytest.fail if _IS_REQUIRED else pytest.skip)(missing)


@functools.cache
def say_missing() -> str | None:
    """Where there is no PostgreSQL, and what to do about it; None if there is one."""
    try:
        _administer("SELECT 1")
    except sa.exc.OperationalError:
        return f"no PostgreSQL at {_SERVER.host}:{_SERVER.port}: set EBSYNC_TEST_POSTGRES_URL to a server for tests"
    return None


@functools.cache
def _migrate_template() -> str:
    _create_as(_TEMPLATE, _EMPTY)
    with opened(_url(_TEMPLATE)):
        pass
    return _TEMPLATE


@functools.cache
def _template_shape() -> str:
    return read_shape(_url(_migrate_template()))


def _give_back(name: str) -> None:
    try:
        is_like_new = make_like_new(_url(name), _template_shape())
    except sa.exc.DBAPIError:
        is_like_new = False
    if is_like_new:
        _SPARE.append(name)
    else:
        _drop(name)


@functools.cache
def _migrate_template_file() -> Path:
    file = Path(tempfile.mkdtemp(prefix=_PREFIX)) / FILE
    with opened(f"sqlite:///{file}"):
        pass
    return file


def drop_templates() -> None:
    """At the end of a run: leave nothing behind, on disk and on the server."""
    if _migrate_template_file.cache_info().currsize:
        shutil.rmtree(_migrate_template_file().parent)
        _migrate_template_file.cache_clear()
    if _migrate_template.cache_info().currsize:
        for name in (*_SPARE, _TEMPLATE):
            _drop(name)
        _SPARE.clear()
        _migrate_template.cache_clear()


@contextlib.contextmanager
def _created(template: str) -> Iterator[str]:
    name = _create(template)
    try:
        yield _url(name)
    finally:
        _drop(name)


def _create(template: str) -> str:
    name = f"{_PREFIX}_{next(_NUMBERS)}"
    _create_as(name, template)
    return name


def _create_as(name: str, template: str) -> None:
    _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    # what is committed would be lost with the server alone, and no test ends that
    _administer(f"ALTER DATABASE {name} SET synchronous_commit = off")


def _drop(name: str) -> None:
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _url(name: str) -> str:
    return _SERVER.set(database=name).render_as_string(hide_password=False)


def _administer(statement: str) -> None:
    engine = sa.create_engine(
        _SERVER.set(database="postgres"), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5}
    )
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
    finally:
        engine.dispose()

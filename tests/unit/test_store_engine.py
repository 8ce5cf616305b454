"""Opening, migrating and locking a database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from eb_sync.errors import CannotWriteError, DatabaseError
from eb_sync.store.engine import (
    SCHEMA,
    alembic_config,
    keeping_engines,
    lock_path,
    open_database,
    read_schema,
    reading,
    writing,
)
from eb_sync.store.run_lock import run_lock
from eb_sync.store.tables import METADATA
from tests.databases import opened


def test_an_empty_database_is_brought_to_the_newest_schema(bare_url: str) -> None:
    with opened(bare_url) as engine, reading(engine) as connection:
        assert read_schema(connection) == SCHEMA
        assert ScriptDirectory.from_config(alembic_config(connection)).get_current_head() == SCHEMA


def test_opening_twice_changes_nothing(bare_url: str) -> None:
    open_database(bare_url).dispose()
    with opened(bare_url) as engine, reading(engine) as connection:
        assert read_schema(connection) == SCHEMA


def test_tables_and_migrations_say_the_same(bare_url: str) -> None:
    with opened(bare_url) as engine, reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    with opened(url) as engine, writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer ebsync"):
        open_database(url)


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.sqlite", "nonsense", "oracle://x", "bogus://user:secret@x/y"]
)
def test_a_database_that_cannot_be_opened_is_said_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        open_database(url)
    assert "secret" not in str(raised.value)


def test_a_lock_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'hub.sqlite'}")
    with pytest.raises(CannotWriteError), run_lock(engine):
        pytest.fail("locked without a lock")


def test_a_database_in_memory_needs_no_lock() -> None:
    with run_lock(sa.create_engine("sqlite://")), run_lock(sa.create_engine("sqlite://")):
        pass


def test_a_new_database_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    open_database(f"sqlite:///{path}").dispose()
    assert path.stat().st_mode & 0o077 == 0


def test_engines_are_shared_only_while_they_are_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    with keeping_engines():
        first = open_database(url)
        first.dispose()
        assert open_database(url) is first
        first.dispose()
    other = open_database(url)
    assert other is not first
    other.dispose()


def test_a_kept_engine_still_refuses_a_database_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite"
    with keeping_engines():
        open_database(f"sqlite:///{path}").dispose()
        path.unlink()
        lock_path(path, 1).touch()
        with pytest.raises(DatabaseError, match="is not there"):
            open_database(f"sqlite:///{path}")

"""Opening, migrating and locking a database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from eb_sync.errors import CannotWriteError, DatabaseError, TryAgainError
from eb_sync.store.engine import SCHEMA, alembic_config, open_database, read_schema, reading, writing
from eb_sync.store.run_lock import run_lock
from eb_sync.store.series import take_numbers
from eb_sync.store.tables import HUBS, METADATA


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'hub.sqlite'}"


def test_an_empty_database_is_brought_to_the_newest_schema(url: str) -> None:
    with reading(open_database(url)) as connection:
        assert read_schema(connection) == SCHEMA
        assert ScriptDirectory.from_config(alembic_config(connection)).get_current_head() == SCHEMA


def test_opening_twice_changes_nothing(url: str) -> None:
    open_database(url).dispose()
    with reading(open_database(url)) as connection:
        assert read_schema(connection) == SCHEMA


def test_tables_and_migrations_say_the_same(url: str) -> None:
    with reading(open_database(url)) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    with writing(open_database(url)) as connection:
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


def _write_and_fail(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        connection.execute(HUBS.insert(), {"id": 1})
        take_numbers(connection, 1, "invoice")
        raise InterruptedError


def test_a_transaction_that_fails_writes_nothing_and_takes_no_number(url: str) -> None:
    engine = open_database(url)
    with pytest.raises(InterruptedError):
        _write_and_fail(engine)
    with writing(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(HUBS)) == 0
        connection.execute(HUBS.insert(), {"id": 1})
        assert list(take_numbers(connection, 1, "invoice", 2)) == [1, 2]
        assert list(take_numbers(connection, 1, "invoice")) == [3]


def test_the_run_lock_lets_one_in_and_the_other_wait(url: str) -> None:
    engine, other = open_database(url), open_database(url)
    waits: list[float] = []
    with run_lock(engine), pytest.raises(TryAgainError), run_lock(other, wait_seconds=1.0, sleep=waits.append):
        pytest.fail("two runs at once")
    assert sum(waits) == pytest.approx(1.0)
    with run_lock(other, wait_seconds=0.0):
        pass


def test_a_lock_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'hub.sqlite'}")
    with pytest.raises(CannotWriteError), run_lock(engine):
        pytest.fail("locked without a lock")


def test_a_database_in_memory_needs_no_lock() -> None:
    with run_lock(sa.create_engine("sqlite://")), run_lock(sa.create_engine("sqlite://")):
        pass

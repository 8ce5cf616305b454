"""Who waits for whom, and who sees what: the same on every database."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from eb_sync.errors import DatabaseError, TryAgainError
from eb_sync.store.engine import check_writable, reading, writing
from eb_sync.store.facts import read_facts
from eb_sync.store.run_lock import night_lock, run_lock
from eb_sync.store.series import INVOICE, ensure_hub, newest_fact_id, take_numbers
from tests.contract.store_rows import HUB, mark
from tests.databases import POSTGRESQL, opened, with_server_settings

ALL = 2**62
HOLDER = """
import sys
from eb_sync.store.engine import open_database
from eb_sync.store.run_lock import run_lock
with run_lock(open_database(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def impatient(database_url: str, engine: sa.Engine) -> Iterator[sa.Engine]:
    """The same database, opened by somebody who gives up at once where a lock is held."""
    with opened(with_server_settings(database_url, "-c lock_timeout=1")) as other:
        if other.dialect.name == "sqlite":
            sa.event.listen(other, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=0"))
        yield other


@contextlib.contextmanager
def _process_with_the_lock(url: str) -> Iterator[subprocess.Popen[str]]:
    command = (sys.executable, "-c", HOLDER, url)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_writers_take_turns(engine: sa.Engine, impatient: sa.Engine) -> None:
    with writing(engine) as connection:
        mark(connection)
        with pytest.raises(DatabaseError, match="lock"), writing(impatient):
            pytest.fail("two writers at once")
    with writing(impatient) as connection:
        assert mark(connection) == 2


def test_readers_wait_for_no_writer_and_no_writer_for_readers(engine: sa.Engine, impatient: sa.Engine) -> None:
    with writing(engine) as connection:
        mark(connection)
        with reading(impatient) as other:
            assert newest_fact_id(other, HUB) == 0
    with reading(engine) as connection, writing(impatient) as other:
        assert newest_fact_id(connection, HUB) == 1
        mark(other)


def test_a_reader_sees_one_picture_while_a_writer_commits(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        mark(connection)
    with reading(engine) as connection:
        before = read_facts(connection, HUB, ALL)
        with writing(engine) as other:
            mark(other, booking_id="B2")
        assert read_facts(connection, HUB, ALL) == before
        assert newest_fact_id(connection, HUB) == 1
    with reading(engine) as connection:
        assert len(read_facts(connection, HUB, ALL)) == 2


def _take(engine: sa.Engine, turn: int) -> int | None:
    with contextlib.suppress(InterruptedError), writing(engine) as connection:
        number = take_numbers(connection, HUB, INVOICE)[0]
        mark(connection, booking_id=f"B{number}")
        if turn % 5 == 0:
            raise InterruptedError
        return number
    return None


def test_many_writers_at_once_leave_no_gap_and_take_no_number_twice(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)

    with ThreadPoolExecutor(4) as threads:
        taken = [number for number in threads.map(functools.partial(_take, engine), range(40)) if number is not None]
    assert sorted(taken) == list(range(1, 33))
    with reading(engine) as connection:
        assert [fact.id for fact in read_facts(connection, HUB, ALL)] == list(range(1, 33))


def _open_and_mark(url: str) -> int:
    with opened(url) as engine, writing(engine) as connection:
        return mark(connection)


def test_opening_an_empty_database_at_once_migrates_it_once(bare_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        numbers = list(threads.map(_open_and_mark, [with_server_settings(bare_url, "-c lock_timeout=30s")] * 3))
    assert sorted(numbers) == [1, 2, 3]


def test_a_new_file_that_somebody_else_is_beginning_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # to whom asks that a new file keep a log of its own, SQLite answers "locked" at once, without waiting
    path = tmp_path / "new.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=lambda _seconds: other.execute("COMMIT")))
        assert _open_and_mark(f"sqlite:///{path}") == 1


def test_of_two_runs_at_once_one_waits_and_gives_up(engine: sa.Engine, impatient: sa.Engine) -> None:
    waits: list[float] = []
    with run_lock(engine), pytest.raises(TryAgainError), run_lock(impatient, wait_seconds=1.0, sleep=waits.append):
        pytest.fail("two runs at once")
    assert sum(waits) == pytest.approx(1.0)
    with run_lock(impatient, wait_seconds=0.0):
        pass


def test_nights_of_one_hub_exclude_each_other_and_nobody_else(engine: sa.Engine, impatient: sa.Engine) -> None:
    with night_lock(engine, HUB):
        with pytest.raises(TryAgainError, match="Another `ebsync nightly`"), night_lock(impatient, HUB):
            pytest.fail("two nights at once")
        with night_lock(impatient, HUB + 1), run_lock(engine, wait_seconds=0.0), writing(impatient) as connection:
            mark(connection)
    with night_lock(impatient, HUB):
        pass


def test_a_run_blocks_no_command(engine: sa.Engine, impatient: sa.Engine) -> None:
    with run_lock(engine), writing(impatient) as connection:
        mark(connection)


def _fail_in_a_run(engine: sa.Engine) -> None:
    with run_lock(engine):
        raise InterruptedError


def test_a_run_that_fails_leaves_the_lock_to_the_next(engine: sa.Engine, impatient: sa.Engine) -> None:
    with pytest.raises(InterruptedError):
        _fail_in_a_run(engine)
    with run_lock(impatient, wait_seconds=0.0):
        pass


def test_a_run_that_is_killed_leaves_the_lock_to_the_next(engine: sa.Engine, database_url: str) -> None:
    with _process_with_the_lock(database_url) as process:
        with pytest.raises(TryAgainError), run_lock(engine, wait_seconds=0.0):
            pytest.fail("two runs at once")
        process.kill()
        process.wait()
        with run_lock(engine, wait_seconds=10.0):
            pass


@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
def test_a_run_whose_connection_breaks_has_lost_the_lock_and_still_ends(
    engine: sa.Engine, impatient: sa.Engine
) -> None:
    with run_lock(engine):
        with writing(impatient) as connection:
            connection.execute(sa.text(END_OTHERS))
        with run_lock(impatient, wait_seconds=10.0):
            pass
    with run_lock(engine, wait_seconds=0.0):
        pass


def test_a_database_that_cannot_be_written_is_found_out_without_writing(database_url: str, engine: sa.Engine) -> None:
    check_writable(engine)
    with opened(with_server_settings(database_url, "-c default_transaction_read_only=on")) as other:
        if other.dialect.name == "sqlite":
            sa.event.listen(other, "checkout", lambda connection, *_: connection.execute("PRAGMA query_only=ON"))
        with pytest.raises(DatabaseError, match="could not be used"):
            check_writable(other)

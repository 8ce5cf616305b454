"""Nobody waits for ever: not behind a lost connection, nor another hub's writers, nor behind a pooler."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.errors import CannotWriteError, DatabaseError, TryAgainError
from eb_sync.store import engine as store_engine
from eb_sync.store.engine import database_path, lock_path, open_database, reading, writing
from eb_sync.store.hubs import register_hub
from eb_sync.store.run_lock import night_lock, run_lock
from eb_sync.store.series import ensure_hub
from tests.contract.store_rows import HUB, mark
from tests.databases import POSTGRESQL, SQLITE, empty_database, opened

END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
ON_POSTGRESQL = pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
ON_SQLITE = pytest.mark.parametrize("database_url", [SQLITE], indirect=True)


@pytest.fixture
def other(database_url: str, engine: sa.Engine) -> Iterator[sa.Engine]:
    """The same database, opened by somebody else."""
    with opened(database_url) as second:
        yield second


def test_a_writer_does_not_wait_without_limit(
    engine: sa.Engine, other: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", 1.0)
    if other.dialect.name == SQLITE:
        sa.event.listen(other, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=1"))
    with writing(engine, HUB), pytest.raises(DatabaseError, match="lock"), writing(other, HUB):
        pytest.fail("two writers at once")


def _write_and_be_cut_off(engine: sa.Engine, other: sa.Engine) -> None:
    with writing(engine, HUB) as lost:
        ensure_hub(lost, HUB)
        with writing(other, HUB) as connection:  # has to wait until the first is ended
            mark(connection)
        lost.execute(sa.text("SELECT 1"))


@ON_POSTGRESQL
def test_who_is_cut_off_while_writing_is_ended_by_the_server(
    engine: sa.Engine, other: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "IDLE_SECONDS", 1)
    with pytest.raises(DatabaseError):
        _write_and_be_cut_off(engine, other)
    with writing(engine, HUB) as connection:
        mark(connection)


@ON_POSTGRESQL
def test_hubs_do_not_wait_for_each_others_writers_and_what_is_about_all_of_them_does(
    engine: sa.Engine, other: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", 1.0)
    with writing(engine, HUB) as connection:
        mark(connection)
        with writing(other, HUB + 1) as beside:
            ensure_hub(beside, HUB + 1)
        with pytest.raises(DatabaseError, match="lock timeout"), writing(other):
            pytest.fail("written about all hubs meanwhile")
    with writing(engine), pytest.raises(DatabaseError, match="lock timeout"), writing(other, HUB):
        pytest.fail("written meanwhile")


@ON_POSTGRESQL
def test_a_night_knows_that_its_lock_is_lost_with_its_connection(engine: sa.Engine, other: sa.Engine) -> None:
    with night_lock(engine, HUB) as is_held:
        assert is_held()
        with writing(other) as connection:
            connection.execute(sa.text(END_OTHERS))
        assert not is_held()
        with night_lock(other, HUB) as is_theirs:
            assert is_theirs()
            assert not is_held()


@ON_SQLITE
def test_a_night_knows_that_its_lock_is_lost_with_its_file(engine: sa.Engine) -> None:
    path = database_path(engine)
    assert path is not None
    with night_lock(engine, HUB) as is_held:
        assert is_held()
        lock_path(path, HUB).with_suffix(".night.lock").unlink()
        assert not is_held()


@ON_SQLITE
def test_a_lock_that_another_user_made_is_taken_all_the_same(engine: sa.Engine) -> None:
    path = database_path(engine)
    assert path is not None
    before = os.umask(0o077)
    try:
        with run_lock(engine):
            pass
    finally:
        os.umask(before)
    lock = lock_path(path, 1).with_suffix(".lock")
    assert lock.stat().st_mode & 0o444 == 0o444
    lock.chmod(0o444)  # whoever may read it, but not write
    with run_lock(engine, wait_seconds=0.0), pytest.raises(TryAgainError), run_lock(engine, wait_seconds=0.0):
        pytest.fail("two runs at once")


@ON_SQLITE
def test_a_lock_that_cannot_be_opened_is_told_with_its_path(engine: sa.Engine) -> None:
    path = database_path(engine)
    assert path is not None
    lock = lock_path(path, HUB).with_suffix(".night.lock")
    lock.symlink_to(path)
    with pytest.raises(CannotWriteError, match=str(lock)), night_lock(engine, HUB):
        pytest.fail("a link was followed")


@contextlib.contextmanager
def pooled(url: str) -> Iterator[str]:
    """The database behind PgBouncer, which gives each transaction any of two connections."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("no pgbouncer here (Debian: apt-get install pgbouncer), so nothing is tried behind it")
    given = sa.make_url(url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root it becomes another user
        (folder / "users").write_text(f'"{given.username}" "{given.password or ""}"\n')
        password = f" password={given.password}" if given.password else ""
        server = f"host={given.host} port={given.port or 5432} user={given.username}{password}"
        (folder / "settings").write_text(
            f"[databases]\n{given.database} = {server}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n"
            f"auth_file = {folder / 'users'}\npool_mode = transaction\ndefault_pool_size = 4\nunix_socket_dir =\n"
        )
        user = ["--user", "nobody"] if os.geteuid() == 0 else []
        command = [program, "--quiet", *user, str(folder / "settings")]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port, process)
                yield given.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
            finally:
                process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(2000):
        if process.poll() is not None:
            pytest.fail("pgbouncer ended")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
    pytest.fail("pgbouncer does not answer")


def test_behind_a_pooler_in_transaction_mode_all_goes_on_as_ever(tmp_path: Path) -> None:
    with empty_database(POSTGRESQL, tmp_path) as url, pooled(url) as through:
        for _ in range(3):
            engine, other = open_database(through), open_database(through)
            with night_lock(engine, HUB) as is_held, run_lock(engine):
                for _ in range(12):
                    with writing(other, HUB) as connection:
                        register_hub(connection, None)
                        mark(connection)
                    with reading(engine) as connection:
                        assert connection.scalar(sa.text("SELECT count(*) FROM facts"))
                assert is_held()
                with pytest.raises(TryAgainError), night_lock(other, HUB):
                    pytest.fail("two nights at once")
            engine.dispose()
            other.dispose()

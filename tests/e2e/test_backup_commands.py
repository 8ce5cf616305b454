"""`ebsync backup`, `restore` and `db copy`: the same hub elsewhere, or nothing at all."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.store.engine import SCHEMA, open_database, writing
from eb_sync.store.tables import METADATA, RUNS
from tests.databases import DATABASES, POSTGRESQL, SQLITE, ready_database
from tests.e2e.audited import Told, tell_hub
from tests.forked import Forked, Kill
from tests.hub import Hub, Result


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    return tell_hub(folder, f"sqlite:///{folder / 'hub.sqlite'}")


@pytest.fixture(scope="module")
def backup(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the told hub."""
    path = tmp_path_factory.mktemp("backup") / "backup.sqlite"
    assert told.run(url_of(told), "backup", str(path)).code == 0
    return path


def url_of(told: Told) -> str:
    return f"sqlite:///{told.folder / 'hub.sqlite'}"


def digests(result: Result) -> dict[str, tuple[int, str]]:
    assert result.code == 0, result
    return {one["table"]: (one["rows"], one["sha256"]) for one in result.json()["tables"]}


def rows_in(url: str) -> int:
    """How many rows a database holds in all of its tables."""
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            counts = [sa.select(sa.func.count()).select_from(table) for table in METADATA.sorted_tables]
            return sum(connection.scalar(query) or 0 for query in counts)
    finally:
        engine.dispose()


def refused(result: Result, code: int) -> str:
    assert (result.code, result.out) == (code, ""), result
    assert "bug" not in result.err
    return result.err


@pytest.mark.parametrize("kind", DATABASES)
def test_a_restored_backup_says_all_that_the_hub_said(told: Told, backup: Path, tmp_path: Path, kind: str) -> None:
    with ready_database(kind, tmp_path) as url:
        restored = told.run(url, "restore", str(backup))
        assert restored.code == 0, restored
        assert "CN-000006 and INV-000007" in restored.err
        assert told.run(url, "verify").out.splitlines()[-1] == "All of it holds."
        for command in (
            ("charges", "--json"),
            ("invoices", "--dry-run", "--json"),
            ("workshops", "--json"),
            ("export", "charges", "--batch", "1"),
        ):
            assert told.run(url, *command).out == told.run(url_of(told), *command).out
        for name, address in (("here", url_of(told)), ("there", url)):
            assert told.run(address, "export", "invoices", "-o", str(tmp_path / name)).code == 0
    pages = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert len(pages) == 13
    assert all((tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes() for name in pages)


def test_a_hub_goes_on_where_its_backup_was_restored(hub: Hub, tmp_path: Path) -> None:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Ann Archer")
    hub.sync()
    hub.do("backup", "backup.sqlite")
    hub.patch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///{tmp_path / 'new.sqlite'}")
    hub.do("restore", "backup.sqlite")
    hub.book(event, "Bob Baker")
    assert hub.sync().json()["observations"] == 1
    assert hub.do("verify").out.splitlines()[-1] == "All of it holds."


@pytest.mark.parametrize("kind", DATABASES)
def test_a_backup_is_one_sound_file_that_says_what_is_in_it(told: Told, tmp_path: Path, kind: str) -> None:
    with ready_database(kind, tmp_path) as url:
        tell_hub(tmp_path, url)
        said = told.run(url, "backup", str(tmp_path / "new" / "backup.sqlite"), "--json").json()
    path = tmp_path / "new" / "backup.sqlite"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["backup.sqlite", "backup.sqlite.sha256"]
    assert (said["file"], said["bytes"], said["documents"]) == (str(path), path.stat().st_size, 13)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert (
            connection.execute("SELECT next_value - 1 FROM series WHERE name = 'fact'").fetchone()[0] == said["facts"]
        )
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", DATABASES)
def test_a_backup_neither_waits_for_a_writer_nor_sees_half_of_its_work(
    told: Told, backup: Path, tmp_path: Path, kind: str
) -> None:
    with ready_database(kind, tmp_path) as url:
        told.run(url, "restore", str(backup))
        engine = open_database(url)
        with writing(engine) as connection:
            connection.execute(RUNS.delete())
            taken = told.run(url, "backup", str(tmp_path / "during.sqlite"))
        engine.dispose()
        assert taken.code == 0, taken
    empty = f"sqlite:///{tmp_path / 'new.sqlite'}"
    assert digests(told.run(empty, "restore", "--json", str(tmp_path / "during.sqlite")))["runs"][0] > 0
    assert told.run(empty, "verify").code == 0


def test_an_existing_file_is_never_overwritten(told: Told, backup: Path, tmp_path: Path) -> None:
    content = backup.read_bytes()
    assert "exists already" in refused(told.run(url_of(told), "backup", str(backup)), 73)
    assert backup.read_bytes() == content
    (tmp_path / "file").write_text("no folder")
    refused(told.run(url_of(told), "backup", str(tmp_path / "file" / "backup.sqlite")), 73)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("kind", DATABASES)
def test_nothing_is_ever_restored_or_copied_over_a_hub(told: Told, backup: Path, tmp_path: Path, kind: str) -> None:
    with ready_database(kind, tmp_path) as url:
        told.run(url, "restore", str(backup))
        before = rows_in(url)
        assert "holds a hub already" in refused(told.run(url, "restore", str(backup)), 2)
        assert "holds a hub already" in refused(told.run(url_of(told), "db", "copy", "--to", url), 2)
        assert rows_in(url) == before


def _spoil_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[9 * 4096 : 10 * 4096] = b"\xff" * 4096
    path.write_bytes(content)


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _run_sql(path: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


SPOILT = {
    "a damaged page": (_spoil_page, "damaged"),
    "half a file": (_halve, "damaged"),
    "no database": (lambda path: path.write_text("hello" * 1000), "no SQLite file"),
    "an empty file": (lambda path: path.write_bytes(b""), "no SQLite file"),
    "a newer one": (lambda path: _run_sql(path, "UPDATE alembic_version SET version_num = '9999'"), "newer ebsync"),
    "another's": (lambda path: _run_sql(path, "DROP TABLE alembic_version"), "its tables are others"),
    "no version": (lambda path: _run_sql(path, "DELETE FROM alembic_version"), "newer ebsync"),
    "a line without document": (lambda path: _run_sql(path, "DELETE FROM documents"), "damaged"),
    "in use": (lambda path: path.with_name(f"{path.name}-wal").write_bytes(b""), "in use"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_no_sound_backup_is_refused_and_nothing_is_written(
    told: Told, backup: Path, tmp_path: Path, what: str
) -> None:
    spoil, message = SPOILT[what]
    path = Path(shutil.copy(backup, tmp_path / "spoilt.sqlite"))
    spoil(path)
    content = path.read_bytes()
    assert message in refused(told.run(f"sqlite:///{tmp_path / 'new.sqlite'}", "restore", str(path)), 74)
    assert not (tmp_path / "new.sqlite").exists()
    assert path.read_bytes() == content


def test_a_backup_of_an_older_ebsync_is_migrated_in_a_copy(told: Told, tmp_path: Path) -> None:
    source = sqlite3.connect(Path(__file__).parents[1] / "contract" / "schemas" / "0001.sqlite3")
    old = tmp_path / "old.sqlite"
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(old)) as copy:
        source.backup(copy)
    content = old.read_bytes()
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    later = Told(told.folder, told.environment | {"EBSYNC_NOW": "2020-01-01T00:00:00Z"})
    assert later.run(url, "restore", str(old)).code == 0
    assert later.run(url, "verify").out.splitlines()[-1] == "All of it holds."
    assert old.read_bytes() == content
    with contextlib.closing(sqlite3.connect(tmp_path / "new.sqlite")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone()[0] == SCHEMA


def test_a_backup_that_does_not_go_with_a_rehearsal_is_refused(told: Told, backup: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    earlier = Told(told.folder, told.environment | {"EBSYNC_NOW": "2019-10-01T00:00:00Z"})
    assert "earlier than the newest fact" in refused(earlier.run(url, "restore", str(backup)), 78)
    real = Path(shutil.copy(backup, tmp_path / "real.sqlite"))
    _run_sql(real, "UPDATE hubs SET host = 'www.eventbriteapi.com'")
    assert "a real hub's" in refused(told.run(url, "restore", str(real)), 78)
    assert not (tmp_path / "new.sqlite").exists()


def test_a_hub_moves_to_postgresql_and_back_with_every_row(told: Told, tmp_path: Path) -> None:
    with ready_database(POSTGRESQL, tmp_path) as url:
        there = told.run(url_of(told), "db", "copy", "--to", url, "--json")
        back = told.run(url, "db", "copy", "--to", f"sqlite:///{tmp_path / 'back.sqlite'}", "--json")
        assert told.run(url, "verify").code == 0
    again = told.run(f"sqlite:///{tmp_path / 'back.sqlite'}", "backup", str(tmp_path / "backup.sqlite"))
    assert again.code == 0
    assert digests(there) == digests(back)
    assert sum(rows for rows, _ in digests(there).values()) == rows_in(url_of(told))
    shown = told.run(url_of(told), "db", "copy", "--to", f"sqlite:///{tmp_path / 'shown.sqlite'}")
    assert [line.split()[0] for line in shown.out.splitlines()][1:] == list(digests(there))


@pytest.mark.parametrize("kind", DATABASES)
def test_a_copy_that_differs_is_taken_back(told: Told, backup: Path, tmp_path: Path, kind: str) -> None:
    with ready_database(kind, tmp_path) as url:
        open_database(url).dispose()
        _change_what_is_inserted(url, kind)
        for result in (
            told.run(url, "restore", str(backup)),
            told.run(url_of(told), "db", "copy", "--to", url),
        ):
            assert "not what was copied (profiles)" in refused(result, 74)
            assert rows_in(url) == 0


def _change_what_is_inserted(url: str, kind: str) -> None:
    engine = sa.create_engine(url)
    change = "UPDATE profiles SET postcode = 'ZZ9' WHERE id = NEW.id;"
    with engine.begin() as connection:
        if kind == SQLITE:
            connection.exec_driver_sql(f"CREATE TRIGGER spoil AFTER INSERT ON profiles BEGIN {change} END")
        else:
            body = "BEGIN NEW.postcode := 'ZZ9'; RETURN NEW; END"
            connection.exec_driver_sql(f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
            connection.exec_driver_sql(
                "CREATE TRIGGER spoil BEFORE INSERT ON profiles FOR EACH ROW EXECUTE FUNCTION spoil()"
            )
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        ("nonsense", 2, "no database address"),
        ("oracle://hub:hush@example.org/x", 2, "no database address"),
        ("postgresql+psycopg://hub:hush@127.0.0.1:1/x?connect_timeout=2", 74, "could not be opened"),
        ("sqlite:////nowhere/at/all.sqlite", 74, "database"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_without_its_password(
    told: Told, url: str, code: int, message: str
) -> None:
    said = refused(told.run(url_of(told), "db", "copy", "--to", url), code)
    assert message in said
    assert "hush" not in said


def test_somebody_elses_database_is_left_alone(told: Told, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    _run_sql(other, "CREATE TABLE theirs (id INTEGER)")
    content = other.read_bytes()
    assert "not ebsync's" in refused(told.run(url_of(told), "db", "copy", "--to", f"sqlite:///{other}"), 2)
    assert other.read_bytes() == content


def test_a_restore_killed_at_any_instant_leaves_all_or_nothing(told: Told, backup: Path, tmp_path: Path) -> None:
    with Forked(told.environment, tmp_path) as forked:
        whole = forked.run("restore", str(backup), EBSYNC_DATABASE_URL=f"sqlite:///{tmp_path / 'whole.sqlite'}")
        assert whole.code == 0, whole
        everything = rows_in(f"sqlite:///{tmp_path / 'whole.sqlite'}")
        for instant in range(1, whole.instants, max(1, whole.instants // 20)):
            url = f"sqlite:///{tmp_path / f'{instant}.sqlite'}"
            ran = forked.run("restore", str(backup), kill=Kill(at=instant), EBSYNC_DATABASE_URL=url)
            assert ran.killed
            left = rows_in(url)
            assert left in (0, everything)
            if left == 0:
                assert forked.run("restore", str(backup), EBSYNC_DATABASE_URL=url).code == 0
            assert forked.run("verify", EBSYNC_DATABASE_URL=url).code == 0


def test_a_backup_killed_at_any_instant_leaves_a_whole_file_or_none(told: Told, tmp_path: Path) -> None:
    with Forked(told.environment | {"EBSYNC_DATABASE_URL": url_of(told)}, tmp_path) as forked:
        instants = forked.run("backup", "whole.sqlite").instants
        for instant in range(1, instants + 1):
            path = tmp_path / f"{instant}.sqlite"
            forked.run("backup", path.name, kill=Kill(at=instant))
            if path.exists():
                url = f"sqlite:///{tmp_path / f'{instant}-new.sqlite'}"
                assert forked.run("restore", path.name, EBSYNC_DATABASE_URL=url).code == 0
            else:
                assert forked.run("backup", path.name).code == 0

"""A full disk, a read-only file, a locked, vanished or replaced database: said with 74, nothing lost or doubled."""

from __future__ import annotations

import errno
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.store.engine import open_database, reading, writing
from eb_sync.store.series import ensure_hub
from tests.hub import Hub

COMMANDS = (
    ("sync",),
    ("invoices", "--yes"),
    ("credit", "INV-000001", "--reason", "Billed in error"),
    ("export", "charges"),
    ("attendance", "reopen", "fractions"),
)


@pytest.fixture
def billed(hub: Hub) -> Hub:
    """A closed workshop with one invoice in no batch, a place to invoice, and a booking that sync has not seen."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    names = ("Ann", "Bob", "Cat")
    bookings = [hub.book(event, f"Teacher {name}") for name in names]
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.add_schools()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "fractions", "--yes", "--except", bookings[2])
    other = hub.event("Ratio", "2019-12-05 10:00", "2019-12-05 15:00", slug="ratio")
    for number in range(40):
        hub.book(other, f"Newcomer Number{number}")
    return hub


def path_of(hub: Hub) -> Path:
    return hub.folder / "hub.sqlite"


def dump(hub: Hub) -> list[str]:
    """All that the database holds, apart from the notes of failed runs."""
    with closing(sqlite3.connect(path_of(hub))) as connection:
        return [
            line for line in connection.iterdump() if not any(word in line for word in ('"runs"', "'run'", "'runs'"))
        ]


@contextmanager
def connecting(prepare: Callable[[Any], None]) -> Iterator[None]:
    """Do something with every connection that the program makes."""

    def listen(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API connection
        prepare(connection)

    sa.event.listen(sa.engine.Engine, "connect", listen)
    try:
        yield
    finally:
        sa.event.remove(sa.engine.Engine, "connect", listen)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_disk_that_fills_up_at_any_page_changes_nothing(billed: Hub, command: tuple[str, ...]) -> None:
    before, refused = dump(billed), 0
    for spare in itertools.count():

        def limit(connection: Any, spare: int = spare) -> None:  # noqa: ANN401 - a DB-API connection
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count={pages + spare}")

        with connecting(limit):
            result = billed.run(*command)
        if result.code == 0:
            break
        refused += 1
        assert (result.code, result.out) == (74, ""), result
        assert "full" in result.err
        assert dump(billed) == before
    assert refused or command[0] in {"attendance", "export"}, "a few bytes fit into the pages that are there"
    assert dump(billed) != before


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_read_only_database_is_said_and_can_still_be_read(billed: Hub, command: tuple[str, ...]) -> None:
    before = dump(billed)
    billed.patch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///file:{path_of(billed)}?mode=ro&uri=true")
    assert "readonly" in billed.refused(*command, code=74)
    assert billed.do("charges", "fractions", "--json").json()["decisions"]
    assert dump(billed) == before


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_in_a_folder_that_may_not_be_written_can_be_read_and_says_what_to_do(
    billed: Hub, command: tuple[str, ...]
) -> None:
    before = dump(billed)
    # whoever runs the test may be root
    billed.patch.setattr(
        "eb_sync.store.sqlite_connections._may_write", lambda _path: False
    )  # whoever runs the test may be root
    files = sorted(path.name for path in billed.folder.glob("hub.sqlite*"))
    for reading_command in (
        ("charges", "fractions"),
        ("workshops",),
        ("status",),
        ("invoices", "--dry-run"),
        ("verify",),
    ):
        billed.do(*reading_command)
    assert sorted(path.name for path in billed.folder.glob("hub.sqlite*")) == files
    said = billed.refused(*command, code=74)
    assert "See that this user may write the file and its folder" in said
    assert dump(billed) == before


def test_a_full_disk_says_what_to_do(billed: Hub) -> None:
    def limit(connection: Any) -> None:  # noqa: ANN401 - a DB-API connection
        connection.execute(f"PRAGMA max_page_count={connection.execute('PRAGMA page_count').fetchone()[0]}")

    with connecting(limit):
        said = billed.refused("sync", code=74)
    assert "Make room on its disk; what was recorded before is all there." in said


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_locked_database_is_waited_for_and_then_said(billed: Hub, command: tuple[str, ...]) -> None:
    billed.patch.setattr("eb_sync.store.engine.BUSY_SECONDS", 0.02)
    before = dump(billed)
    with closing(sqlite3.connect(path_of(billed), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked" in billed.refused(*command, code=74)
        other.execute("ROLLBACK")
    assert dump(billed) == before
    billed.do(*command)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_vanished_is_not_begun_anew(billed: Hub, command: tuple[str, ...]) -> None:
    # another hub's numbers would begin at 1 again
    away = path_of(billed).rename(billed.folder / "away")
    assert "is not there" in billed.refused(*command, code=74)
    assert not path_of(billed).exists()
    away.rename(path_of(billed))
    billed.do(*command)


def test_what_is_no_database_is_said(billed: Hub) -> None:
    path_of(billed).write_bytes(b"This is no database. " * 500)
    assert "not a database" in billed.refused("sync", code=74)


def _write_while_replaced(engine: sa.Engine, spare: Path, path: Path) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, 1)
        spare.replace(path)


def test_a_database_replaced_under_way_is_noticed(tmp_path: Path) -> None:
    path, spare = tmp_path / "hub.sqlite", tmp_path / "spare.sqlite"
    open_database(f"sqlite:///{spare}").dispose()
    engine = open_database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match="replaced"):
        _write_while_replaced(engine, spare, path)
    with pytest.raises(DatabaseError, match="replaced"), reading(engine):
        pytest.fail("read a file that is not there any more")
    engine.dispose()


@pytest.mark.parametrize("command", [("invoices", "--yes"), ("credit", "INV-000001", "--reason", "Billed in error")])
def test_a_page_that_cannot_be_written_stays_issued_and_is_written_later(billed: Hub, command: tuple[str, ...]) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = billed.folder / "invoices"
    with billed.patch.context() as patch:
        patch.setattr("eb_sync.cli.files.os.fsync", fail)
        told = billed.refused(*command, "-o", str(folder), code=73)
    assert "No space left" in told
    assert "issued all the same" in told
    assert list(folder.iterdir()) == []
    assert billed.do("invoices", "--dry-run", "--json").json()["to_credit"] == []
    billed.do("export", "invoices", "-o", str(folder))
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(written) == 2
    billed.do("export", "invoices", "-o", str(billed.folder / "again"))
    assert {path.name: path.read_bytes() for path in (billed.folder / "again").iterdir()} == written

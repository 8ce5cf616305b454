"""Damage that SQLite does not see is named by `ebsync verify`, row by row."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.errors import DatabaseError
from eb_sync.store.engine import reading
from eb_sync.store.seals import SEALED
from eb_sync.verify.findings import Audited
from eb_sync.verify.run import CHECKS, attempt_check
from tests.databases import DATABASES, POSTGRESQL, opened, ready_database
from tests.e2e.audited import Told, tell_hub

FLIPS = 200
SHOWN_EACH = 20
"""After so many flips the whole command is run."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    return tell_hub(folder, f"sqlite:///{folder / 'hub.sqlite'}")


@pytest.fixture(scope="module")
def clean(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The told hub in one file, with nothing beside it."""
    path = tmp_path_factory.mktemp("clean") / "clean.sqlite"
    with contextlib.closing(sqlite3.connect(told.folder / "hub.sqlite")) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    return path


Cells = dict[tuple[str, str], list[tuple[object, ...]]]


def cells(path: Path) -> Cells | None:
    """Every row of a sealed table by table and key, as the file has it; None if the file cannot be read at all."""
    found: Cells = {}
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = bytes
            for table in SEALED:
                keys = [column.name for column in table.primary_key][1:]
                columns = [column.name for column in table.columns if not isinstance(column.type, sa.LargeBinary)]
                listed = ", ".join(f"[{name}]" for name in [*keys, *columns])
                for row in connection.execute(f"SELECT {listed} FROM {table.name} NOT INDEXED"):  # noqa: S608 - our names
                    key = "/".join(each.decode() if isinstance(each, bytes) else str(each) for each in row[: len(keys)])
                    found.setdefault((table.name, key), []).append(row)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    return found


def find_damage(path: Path) -> set[tuple[str, str]]:
    """Table and row of what the first two checks of `verify` find; a file that does not open is damaged as a whole."""
    with opened(f"sqlite:///{path}") as engine, reading(engine) as connection:
        audited = Audited(connection, 1)
        proofs = [attempt_check(name, check, audited) for name, check in CHECKS[:2]]
    return {(finding.table, finding.row) for proof in proofs for finding in proof.findings}


def test_each_of_200_random_bit_flips_that_change_a_row_is_named(told: Told, clean: Path, tmp_path: Path) -> None:
    content, before = clean.read_bytes(), cells(clean)
    chance = random.Random(17)  # noqa: S311 - the same flips each time
    assert before is not None
    path, named = tmp_path / "flipped.sqlite", 0
    while named < FLIPS:
        flipped = bytearray(content)
        flipped[chance.randrange(4096, len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        after = cells(path)
        if after is None or after == before:
            continue
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        found = find_damage(path)
        assert changed & found, (changed, found)
        if not named % SHOWN_EACH:
            result = told.run(f"sqlite:///{path}", "verify")
            assert result.code == 65, (changed, result)
            assert any(f" {table} {key} " in line for table, key in changed for line in result.out.splitlines())
        named += 1


@pytest.mark.parametrize("kind", DATABASES)
def test_a_row_that_somebody_changed_removed_or_added_is_named(
    told: Told, clean: Path, tmp_path: Path, kind: str
) -> None:
    with ready_database(kind, tmp_path) as url:
        assert told.run(url, "restore", str(clean)).code == 0
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE profiles SET name = 'Somebody Else' WHERE id = 1")
            connection.exec_driver_sql(
                "UPDATE observations SET refunded = NOT refunded WHERE id IN (SELECT min(id) FROM observations)"
            )
            connection.exec_driver_sql("DELETE FROM reads WHERE id IN (SELECT max(id) FROM reads)")
            connection.exec_driver_sql(
                "INSERT INTO typed_roles (hub_id, id, role, leadership) VALUES (1, 99, 'Head', '')"
            )
        engine.dispose()
        result = told.run(url, "verify")
    assert result.code == 65
    said = [line for line in result.out.splitlines() if line.startswith("seals: ")]
    assert len(said) == 4
    assert "seals: profiles 1 is not what was written" in said
    assert "seals: typed_roles 99 was not written by ebsync" in said
    assert any(line.startswith("seals: reads") and line.endswith("is missing or cannot be read") for line in said)


def test_a_destroyed_page_is_never_said_to_hold(told: Told, clean: Path, tmp_path: Path) -> None:
    content = clean.read_bytes()
    for page in range(1, len(content) // 4096):
        path = tmp_path / f"{page}.sqlite"
        path.write_bytes(content[: page * 4096] + b"\xff" * 4096 + content[(page + 1) * 4096 :])
        if page % SHOWN_EACH:
            with contextlib.suppress(DatabaseError):
                assert find_damage(path), page
        else:
            result = told.run(f"sqlite:///{path}", "verify")
            assert result.code in (65, 74), (page, result)
            assert "All of it holds" not in result.out
        path.unlink()


@pytest.mark.parametrize("kind", DATABASES)
def test_damage_is_copied_with_what_tells_it(told: Told, clean: Path, tmp_path: Path, kind: str) -> None:
    damaged = Path(shutil.copy(clean, tmp_path / "damaged.sqlite"))
    with contextlib.closing(sqlite3.connect(damaged)) as connection, connection:
        connection.execute("UPDATE profiles SET email = 'x@example.org' WHERE id = 1")
    with ready_database(kind, tmp_path) as url:
        restored = told.run(url, "restore", str(damaged))
        assert (restored.code, "profiles 1 is not what was written" in restored.err) == (65, True)
        if kind == POSTGRESQL:
            assert told.run(url, "backup", str(tmp_path / "again.sqlite")).code == 0
            assert told.run(url, "restore", "--check", str(tmp_path / "again.sqlite")).code == 65

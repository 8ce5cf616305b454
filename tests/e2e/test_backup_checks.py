"""Old backups: a changed byte is noticed, by `backup check`, by the night and before anything is restored."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.databases import DATABASES, ready_database
from tests.e2e.audited import Told, tell_hub
from tests.hub import Hub
from tests.nights import step_of


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    return tell_hub(folder, f"sqlite:///{folder / 'hub.sqlite'}")


@pytest.fixture(scope="module")
def taken(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the told hub."""
    path = tmp_path_factory.mktemp("backup") / "backup.sqlite"
    assert told.run(f"sqlite:///{told.folder / 'hub.sqlite'}", "backup", str(path)).code == 0
    return path


@pytest.fixture
def backup(taken: Path, tmp_path: Path) -> Path:
    """A copy of it, with its checksum, to be spoilt."""
    shutil.copy(f"{taken}.sha256", tmp_path / "backup.sqlite.sha256")
    return Path(shutil.copy(taken, tmp_path / "backup.sqlite"))


def change_a_name(path: Path) -> None:
    """One bit, in a place where SQLite's own checks see nothing: Ann is Anm."""
    content = path.read_bytes()
    assert b"Ann Archer" in content
    path.write_bytes(content.replace(b"Ann Archer", b"Anm Archer", 1))


def test_a_changed_letter_in_a_backup_is_refused_and_nothing_is_restored(
    told: Told, backup: Path, tmp_path: Path
) -> None:
    change_a_name(backup)
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    for arguments in (("restore", str(backup)), ("restore", "--check", str(backup))):
        result = told.run(url, *arguments)
        assert (result.code, result.out) == (74, ""), result
        assert "is damaged" in result.err
    assert not (tmp_path / "new.sqlite").exists()
    checked = told.run(url, "backup", "check", str(backup))
    assert checked.code == 74
    assert "DAMAGED" in checked.out


def test_a_whole_backup_is_said_to_be_sound(told: Told, backup: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    checked = told.run(url, "backup", "check", str(backup), "--json")
    assert (checked.code, checked.json()["backups"]) == (0, [{"file": str(backup), "sound": True, "said": ""}])
    Path(f"{backup}.sha256").unlink()
    checked = told.run(url, "backup", "check", str(backup))
    assert checked.code == 0
    assert "no checksum beside it" in checked.err
    assert not (tmp_path / "new.sqlite").exists()


def test_a_checksum_file_without_a_checksum_is_no_proof(told: Told, backup: Path, tmp_path: Path) -> None:
    Path(f"{backup}.sha256").write_bytes(b"")
    assert told.run(f"sqlite:///{tmp_path / 'new.sqlite'}", "backup", "check", str(backup)).code == 74


def test_a_drill_restores_and_verifies_without_the_configured_database(
    told: Told, backup: Path, tmp_path: Path
) -> None:
    drill = told.run("sqlite:////nowhere/at/all.sqlite", "restore", "--check", str(backup))
    assert drill.code == 0, drill
    assert "everything in it holds" in drill.err
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [backup.name, f"{backup.name}.sha256"]


@pytest.mark.parametrize("kind", DATABASES)
def test_what_did_not_hold_before_is_said_when_it_is_restored(
    told: Told, backup: Path, tmp_path: Path, kind: str
) -> None:
    with contextlib.closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("UPDATE document_lines SET gross_pence = gross_pence + 1 WHERE line_number = 1")
    Path(f"{backup}.sha256").unlink()
    with ready_database(kind, tmp_path) as url:
        restored = told.run(url, "restore", str(backup))
        assert restored.code == 65, restored
        assert "do not hold" in restored.err
        assert told.run(url, "verify").code == 65


def test_check_wants_one_file_or_all(told: Told, backup: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    assert told.run(url, "backup", "check").code == 2
    assert told.run(url, "backup", "check", "--all", str(backup)).code == 2
    assert told.run(url, "backup", "check", "--all").code == 78


@pytest.mark.every_database
def test_every_night_one_old_backup_is_read_again_and_a_damaged_one_is_told_until_it_is_gone(hub: Hub) -> None:
    hub.book(hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions"), "Ann Archer")
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", "backups")
    for day in (3, 4, 5):
        hub.at(f"2019-09-0{day} 02:37")
        hub.do("nightly")
    second = hub.folder / "backups" / "ebsync-7001-127.0.0.1-20190904T013700Z.sqlite"
    change_a_name(second)
    assert hub.run("backup", "check", "--all").out.count("DAMAGED") == 1
    for day in (6, 7):
        hub.at(f"2019-09-0{day} 02:37")
        result = hub.run("nightly")
        assert result.code == 74, result
        assert f"{second.name} is damaged" in result.err
    second.unlink()
    hub.at("2019-09-08 02:37")
    assert step_of(hub.do("nightly", "--json"), "backup")["exit_code"] == 0
    assert not Path(f"{second}.sha256").exists()
    hub.do("backup", "check", "--all")


def test_a_checksum_beside_a_backup_is_its_owners_alone(backup: Path, taken: Path) -> None:
    assert Path(f"{taken}.sha256").stat().st_mode & 0o077 == 0
    assert Path(f"{taken}.sha256").read_text().split()[1] == backup.name

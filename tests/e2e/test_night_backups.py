"""Backups at night: they rotate, nothing goes before the new one is proved, and a full disk costs nothing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from eb_sync.errors import DatabaseError
from tests.databases import POSTGRESQL
from tests.endpoint import Endpoint
from tests.hub import Hub
from tests.nights import STEPS, codes_of, recorded, step_of


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def folder(hub: Hub) -> Path:
    """Where the settings say that backups go; not there yet."""
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", "backups")
    return hub.folder / "backups"


def backups_in(folder: Path) -> list[Path]:
    """The backups, without their checksums."""
    return sorted(folder.glob("*.sqlite"))


def test_backups_rotate_and_somebody_elses_files_stay(hub: Hub, event: str, folder: Path) -> None:
    hub.book(event, "Ann Archer")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_DAILY", "2")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_WEEKLY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_MONTHLY", "0")
    folder.mkdir()
    for name in (
        "ebsync-7001-20190101T000000Z.sqlite",
        "ebsync-7002-20190101T000000Z.sqlite",
        "ebsync-2019-01-01.sqlite",
        "holiday.jpg",
    ):
        (folder / name).write_text("theirs")
    theirs = {path.name for path in folder.iterdir()}
    (folder / ".ebsync-7001-127.0.0.1-20190901T013700Z.sqlite.999999999.part").write_text("of a night that was killed")
    (folder / f".ebsync-7001-127.0.0.1-20190901T013700Z.sqlite.{os.getpid()}.part").write_text("of one that is at work")
    for day in range(3, 7):
        hub.at(f"2019-09-0{day} 02:37")
        assert step_of(hub.do("nightly", "--json"), "backup")["counts"]["removed"] == (day > 4)
    left = {path.name for path in folder.iterdir()} - theirs
    assert left == {
        "ebsync-7001-127.0.0.1-20190905T013700Z.sqlite",
        "ebsync-7001-127.0.0.1-20190905T013700Z.sqlite.sha256",
        "ebsync-7001-127.0.0.1-20190906T013700Z.sqlite",
        "ebsync-7001-127.0.0.1-20190906T013700Z.sqlite.sha256",
        f".ebsync-7001-127.0.0.1-20190901T013700Z.sqlite.{os.getpid()}.part",
    }
    hub.patch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///{hub.folder / 'restored.sqlite'}")
    hub.do("restore", str(folder / "ebsync-7001-127.0.0.1-20190906T013700Z.sqlite"))


def test_no_old_backup_goes_before_the_new_one_is_proved(hub: Hub, folder: Path) -> None:
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_DAILY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_WEEKLY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_MONTHLY", "0")
    hub.do("nightly")
    old = backups_in(folder)[0]
    # what is at the next night's place is no backup
    (folder / "ebsync-7001-127.0.0.1-20190903T013700Z.sqlite").write_text("damaged")
    hub.at("2019-09-03 02:37")
    result = hub.run("nightly", "--json")
    assert (result.code, result.out) == (74, "")
    assert "no backup of ebsync" in result.err
    assert old.exists()
    hub.at("2019-09-04 02:37")
    hub.do("nightly")
    assert [path.name for path in backups_in(folder)] == ["ebsync-7001-127.0.0.1-20190904T013700Z.sqlite"]


def test_an_old_backup_that_cannot_be_removed_is_73_and_the_new_one_is_there(hub: Hub, folder: Path) -> None:
    for name in ("DAILY", "WEEKLY", "MONTHLY"):
        hub.patch.setenv(f"EBSYNC_BACKUP__KEEP_{name}", "0")
    hub.do("nightly")

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path.suffix == ".sqlite":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    hub.at("2019-09-03 02:37")
    with hub.patch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        result = hub.run("nightly")
    assert result.code == 73
    assert "ebsync-7001-127.0.0.1-20190902T080000Z.sqlite cannot be removed: Permission denied" in result.err
    assert len(backups_in(folder)) == 2


def test_a_folder_that_cannot_be_written_is_73_and_the_other_steps_run(
    hub: Hub, folder: Path, endpoint: Endpoint
) -> None:
    folder.write_text("no folder")
    result = hub.run("nightly")
    assert (result.code, result.out) == (73, "")
    assert "cannot be read: Not a directory" in result.err
    assert codes_of(recorded(hub)) == {**dict.fromkeys(STEPS, 0), "backup": 73}
    assert endpoint.signals == ["/start", "/73"]


@pytest.mark.every_database
def test_a_full_disk_is_73_and_leaves_the_old_backups_alone(hub: Hub, folder: Path) -> None:
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_DAILY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_WEEKLY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_MONTHLY", "0")
    hub.do("nightly")
    before = sorted(folder.iterdir())

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    hub.patch.setattr("eb_sync.store.backup._settle", full)
    hub.at("2019-09-03 02:37")
    result = hub.run("nightly")
    assert result.code == 73
    assert "No space left on device" in result.err
    assert sorted(folder.iterdir()) == before
    assert codes_of(recorded(hub)) == {**dict.fromkeys(STEPS, 0), "backup": 73}


@pytest.mark.parametrize("hub", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize(("said", "code"), [("database or disk is full", 73), ("no such table", 74)])
def test_a_full_disk_is_told_from_trouble_with_the_database(hub: Hub, folder: Path, said: str, code: int) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError(f"The database could not be used: {said}. Nothing was recorded.")

    hub.patch.setattr("eb_sync.store.backup.copy_hub", refuse)
    result = hub.run("nightly")
    assert (result.code, list(folder.iterdir())) == (code, [])
    assert f"backup: The {'backup' if code == 73 else 'database'} could not be" in result.err

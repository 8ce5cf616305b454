"""Files under way: which were left behind by a process that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eb_sync.model.partial_files import create_partial, has_ended, partial_of, sweep_partials

NOBODYS = 999_999_999
"""No process has such a number."""


def test_what_a_process_that_has_ended_left_is_swept_and_what_another_is_writing_is_not(tmp_path: Path) -> None:
    for name in (f".a.pdf.{NOBODYS}.part", f".a.pdf.{os.getppid()}.part", ".a.pdf.mine.part", f".b.pdf.{NOBODYS}.part"):
        (tmp_path / name).touch()
    sweep_partials(tmp_path / "a.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [f".a.pdf.{os.getppid()}.part", ".a.pdf.mine.part", f".b.pdf.{NOBODYS}.part"]
    )


def test_what_carries_our_own_number_was_left_by_an_earlier_process(tmp_path: Path) -> None:
    partial_of(tmp_path / "a.pdf").touch()
    sweep_partials(tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


def test_whether_a_process_lives_is_asked_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _path: pytest.fail("there is no /proc on a Mac"))
    assert has_ended(NOBODYS)
    assert has_ended(10**30)
    assert not has_ended(1)  # somebody else's, if the tests do not run as root
    assert not has_ended(os.getppid())


def test_a_file_under_way_is_its_owners_alone_and_never_laid_over_another(tmp_path: Path) -> None:
    partial = partial_of(tmp_path / "a.pdf")
    os.close(create_partial(partial))
    assert partial.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        create_partial(partial)


def test_what_the_dead_left_of_a_file_goes_with_all_that_lies_beside_it(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    path = tmp_path / "hub[1].sqlite"
    mine = partial_of(path).name
    gone = [mine, f"{mine}-wal", *(f".{path.name}.{ended.pid}.part{end}" for end in ("", "-journal", "-wal", "-shm"))]
    stay = [f".{path.name}.{os.getppid()}.part", f".other.{ended.pid}.part", f".{path.name}.x.part", path.name]
    for name in (*gone, *stay):
        (tmp_path / name).touch()
    sweep_partials(path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(stay)

"""Files for the moment: the next run removes what a killed one left, and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from eb_sync.model.scratch import scratch_folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders for the moment are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_folder_is_gone_after_its_block_and_its_owners_alone_meanwhile(place: Path) -> None:
    with scratch_folder() as folder:
        (folder / "copy.sqlite").write_text("names", encoding="utf-8")
        assert folder.stat().st_mode & 0o077 == 0
    assert names_in(place) == []


def test_the_next_folder_sweeps_those_of_the_dead_and_leaves_those_at_work(place: Path) -> None:
    dead = place / "ebsync-scratch-abcd_123"
    (dead / "deeper").mkdir(parents=True)
    (dead / "copy.sqlite").write_text("names", encoding="utf-8")
    (place / "ebsync-scratch-emptyone").mkdir()
    with scratch_folder() as working:
        (working / "copy.sqlite").write_text("names", encoding="utf-8")
        with scratch_folder() as other:
            assert names_in(place) == sorted([working.name, other.name])
            assert names_in(working) == ["copy.sqlite"]


def test_what_is_not_ours_stays(place: Path) -> None:
    kept = place / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (place / "ebsync-database").mkdir()
    (place / "ebsync-scratch-of-mine").mkdir()
    (place / "ebsync-scratch-linked_1").symlink_to(kept)
    before = names_in(place)
    with scratch_folder():
        pass
    assert names_in(place) == before
    assert names_in(kept) == ["file"]

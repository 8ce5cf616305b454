"""Without settings a command refuses and makes nothing; reading makes nothing; help is grouped; Windows is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eb_sync.cli import main as entry
from eb_sync.cli.main import COMMANDS, group_commands
from tests.hub import run_command

WITHOUT_A_HUB = (["--help"], ["--version"], ["guide"], ["completion", "bash"], ["sync", "--help"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of nothing, worked in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("variable", [None, "EBSYNC_NOW", "EBSYNC_ACTOR", "EBSYNC_CONFIG"])
@pytest.mark.parametrize(
    "command", [["status"], ["nightly", "--dry-run"], ["workshops"], ["sync", "--all-hubs"], ["hubs", "list"]]
)
def test_the_wrong_folder_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, command: list[str]
) -> None:
    if variable is not None:
        monkeypatch.setenv(variable, "" if variable == "EBSYNC_CONFIG" else "2019-11-05T18:00:00Z")
    result = run_command(*command)
    assert (result.code, result.out) == (78, "")
    assert str(folder / "ebsync.toml") in result.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", WITHOUT_A_HUB)
def test_what_needs_no_hub_works_anywhere(folder: Path, command: list[str]) -> None:
    assert run_command(*command).code == 0
    assert list(folder.iterdir()) == []


def test_reading_an_empty_hub_makes_no_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_ORGANIZATION_ID", "7001")
    status = run_command("status")
    assert status.code == 0
    assert "no sync yet: `ebsync sync`" in status.out
    assert run_command("nightly", "--dry-run").code == 0
    assert run_command("workshops").code == 0
    assert list(folder.iterdir()) == []


def test_help_has_every_command_once_in_a_group() -> None:
    shown = run_command("--help").out
    assert sorted(name for names in group_commands().values() for name in names) == sorted(COMMANDS)
    assert [title for title in group_commands() if f"{title}:" not in shown] == []


@pytest.mark.parametrize(("typed", "near"), [("statsu", "status"), ("Workshop", "workshop"), ("xyzzy", "--help")])
def test_an_unknown_command_gives_the_near_ones(typed: str, near: str) -> None:
    result = run_command(typed)
    assert (result.code, result.out) == (2, "")
    assert near in result.err


def test_windows_is_told_where_ebsync_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "_RUNS_HERE", False)
    result = run_command("status")
    assert (result.code, result.out) == (78, "")
    assert "Windows" in result.err


def test_nothing_is_asked_that_linux_alone_has() -> None:
    sources = [*Path("eb_sync").rglob("*.py"), *Path("policies").rglob("*.py")]
    assert sources
    for path in sources:
        found = re.findall(r"/proc\b|%-[dmHIMSjyeBY]", path.read_text(encoding="utf-8"))
        assert found == [], (path, found)

"""The guides: every command line in them and in the README runs as it stands, in the demo's hub."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from eb_sync.cli.main import main
from eb_sync.guides import GUIDES, read_guide
from eb_sync.sandbox.demo import REGISTER_FILE
from eb_sync.sandbox.demo_account import build_settings_file
from tests.hub import run_command
from tests.played import Played

NOT_HERE = "not-in-demo"
"""In a fence's info string: needs an account, a file of the reader's, another database or another machine."""

MACHINES = "cron/README.md"
"""What is in it is for a machine with systemd or cron: nothing of it runs in the demo."""

_FENCE = re.compile(r"^```(\S+) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\bexit (\d+)\b")
_ASSIGNED = re.compile(r"[A-Z_]+=")


@dataclass(frozen=True)
class Line:
    """A command line of a fenced block of shell commands; broken lines are joined."""

    document: str
    text: str
    comment: str
    """What stands above the command, or behind it."""
    runs_here: bool

    @property
    def arguments(self) -> list[str]:
        """The words of a command line of ebsync; none if it is another program's."""
        words = shlex.split(self.text, comments=True)
        while words and _ASSIGNED.match(words[0]):
            words.pop(0)
        return words[1:] if words[:1] == ["ebsync"] else []

    @property
    def code(self) -> int:
        """The exit code that the comment names; 0 if it names none."""
        named = _EXIT.search(self.comment)
        return int(named[1]) if named else 0


def _documents() -> Iterator[tuple[str, str]]:
    yield "README", Path("README.md").read_text(encoding="utf-8")
    for name in GUIDES:
        yield name, read_guide(name)
    yield MACHINES, Path(MACHINES).read_text(encoding="utf-8")


def _lines_of(document: str, block: str, *, runs_here: bool) -> Iterator[Line]:
    above = ""
    for text in block.replace("\\\n", "").splitlines():
        if text.startswith("#"):
            above += text
        else:
            yield Line(document, text, above + text.partition(" # ")[2], runs_here)
            above = ""


def _lines() -> list[Line]:
    return [
        line
        for document, content in _documents()
        for language, where, block in _FENCE.findall(content)
        if language == "sh"
        for line in _lines_of(document, block, runs_here=where != NOT_HERE and document != MACHINES)
    ]


LINES = _lines()


def test_every_command_line_runs_in_the_demo(played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(played.folder / "demo.sqlite", tmp_path)
    shutil.copy(played.folder / REGISTER_FILE, tmp_path)
    (tmp_path / "ebsync.toml").write_text(build_settings_file(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    here = [line for line in LINES if line.runs_here and line.arguments]
    assert {line.document for line in here} == {"README", *GUIDES}
    for line in here:
        result = run_command(*line.arguments)
        assert result.code == line.code, (line.document, line.text, result)
        # what a reader is told a fact's number is must be the number that the command prints
        assert set(re.findall(r"prints fact (\d+)", line.comment)) <= set(result.facts), line


def test_what_cannot_run_in_the_demo_is_at_least_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Command, "invoke", lambda *_: 0)
    monkeypatch.setattr(click.Path, "convert", lambda _, value, *__: Path(value))  # the files are the reader's
    elsewhere = [line for line in LINES if not line.runs_here]
    parsed = [line for line in elsewhere if line.arguments]
    for line in parsed:
        assert main(line.arguments) == 0, line
    others = [line for line in LINES if not line.arguments]
    pytest.skip(f"{len(parsed)} command lines of ebsync were parsed alone, {len(others)} of other programs not run")


def test_only_the_readme_has_unmarked_commands_of_other_programs() -> None:
    assert {line.document for line in LINES if line.runs_here and not line.arguments} == {"README"}


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_is_shown_without_settings_and_database(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_command("guide", name)
    assert (result.code, result.out, result.err) == (0, read_guide(name) + "\n", "")
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_the_guides_are_listed() -> None:
    result = run_command("guide")
    assert (result.code, [line.split()[0] for line in result.out.splitlines()[1:]]) == (0, list(GUIDES))


@pytest.mark.parametrize(
    ("typed", "near"), [("leed", "lead"), ("Finanse", "finance"), ("admin", "administrator"), ("xyz", "lead, finance")]
)
def test_a_name_that_is_none_gives_the_near_ones(typed: str, near: str) -> None:
    result = run_command("guide", typed)
    assert (result.code, result.out) == (2, "")
    assert f"{typed}." in result.err
    assert near in result.err


def test_at_a_terminal_a_guide_is_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    paged: list[str] = []
    monkeypatch.setattr(click, "echo_via_pager", paged.append)
    assert run_command("guide", "lead").code == 0
    assert paged == [read_guide("lead")]


def test_help_mentions_the_guides() -> None:
    assert "ebsync guide" in run_command("--help").out

"""Commands of which one call fails, each tried on a copy of one hub, beside what they come to if nothing fails."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from eb_sync.mail import Delivery
from eb_sync.store.backup import check_backup
from tests.bench.bench_kills import read_pages
from tests.bench.kill_mail import mail_settings, read_known, read_told
from tests.databases import SQLITE
from tests.failing import Calls, failing
from tests.hub import Hub, Result, made_hub
from tests.mail_server import Postbox, serving
from tests.twins import read_rows

CODES = frozenset({0, 3, 65, 73, 74, 75, 76})
"""How a command may end of which a call failed: never as a bug, nor as if a setting were wrong."""
BACKUP = "copy.sqlite"

Rows = Mapping[str, list[str]]


@dataclass
class Trial:
    """A command, the hub that it is tried on, and what it comes to undisturbed."""

    hub: Hub
    arguments: tuple[str, ...]
    ready: Path
    """The hub's folder before the command; each try begins with a copy."""
    calls: Counter[str] = field(default_factory=Counter)
    """What the command calls if nothing fails."""
    tried: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    says_all: ClassVar[bool] = True
    """Whether what it says is of the whole command, and not of one step of it."""

    @property
    def url(self) -> str:
        return f"sqlite:///{self.hub.folder / 'hub.sqlite'}"

    def begin(self) -> None:
        """Run the command undisturbed on a copy, and keep what it comes to."""
        self.put_back()
        self.before = self.read()
        with failing() as calls:
            self.end_well(self.run())
        self.calls = calls.made
        self.after = self.read()
        assert self.run_again().code == 0
        self.settled = self.read()
        self.keep_more()

    def put_back(self) -> None:
        """Make the hub's folder what it was before the command."""
        for path in self.hub.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.ready, self.hub.folder, dirs_exist_ok=True)
        self.hub.world.set_used_calls(0)

    def run(self) -> Result:
        return self.hub.run(*self.arguments)

    def run_again(self) -> Result:
        """The next run after one that may have failed."""
        return self.run()

    def end_well(self, result: Result) -> None:
        assert result.code == 0, result

    def read(self) -> Rows:
        """What the database holds, but for the notes of runs, of which there are more after a failure."""
        rows = read_rows(self.url)
        del rows["runs"]
        rows["series"] = [row for row in rows["series"] if "'run'" not in row]
        rows["seals"] = [row for row in rows.get("seals", []) if "'runs'" not in row]
        return rows

    def keep_more(self) -> None:
        """Keep whatever else an undisturbed run comes to."""

    def fail(self, kind: str, at: int) -> Calls:
        """Try the command with one failing call, prove that nothing is lost, and that the next run completes."""
        self.put_back()
        with failing(kind, at) as calls:
            result = self.run()
        where = (self.arguments[0], kind, at, result)
        if not calls.has_failed:
            return calls
        self.tried[kind] += 1
        self.codes[result.code] += 1
        assert result.code in CODES, where
        assert "bug" not in result.out + result.err, where
        assert "Traceback" not in result.err, where
        self.check_failed(result, where)
        has_effect = self.check_kept(where)
        assert not (self.says_all and has_effect and "Nothing was recorded" in result.err), where
        assert not list(self.hub.folder.rglob("*.part*")), where
        self.check_files(where)
        again = self.run_again()
        self.end_well(again)
        self.check_alike((*where, again), self.settled if has_effect else self.after)
        self.check_files(where)
        verified = self.hub.run("verify")
        assert verified.code == 0, (where, verified)
        return calls

    def check_failed(self, result: Result, where: object) -> None:
        """What it says of itself is so."""

    def check_kept(self, where: object) -> bool:
        """All or nothing: what was there before, or what the command comes to; gives whether it is the latter."""
        found = self.read()
        assert found in (self.before, self.after), (where, _differences(found, self.before))
        return found != self.before

    def check_alike(self, where: object, expected: Rows) -> None:
        """What the next run came to is what it would have been."""
        found = self.read()
        assert found == expected, (where, _differences(found, expected))

    def check_files(self, where: object) -> None:
        """Whatever file is there under its own name is whole."""


class Invoices(Trial):
    """Pages beside the rows."""

    def check_files(self, where: object) -> None:
        pages = read_pages(self.url)
        for path in self.hub.folder.glob("pages/*"):
            assert path.read_bytes() == pages.get(path.stem), (where, path.name)

    def check_alike(self, where: object, expected: Rows) -> None:
        super().check_alike(where, expected)
        assert {path.stem for path in self.hub.folder.glob("pages/*")} == set(read_pages(self.url)), where


class Backups(Trial):
    """Backups beside the rows, each with its checksum."""

    def check_files(self, where: object) -> None:
        for path in self.backups():
            assert check_backup(path), (where, path.name)
        alone = {path for path in self.hub.folder.rglob("*.sha256") if not path.with_suffix("").exists()}
        assert not alone, (where, alone)

    def check_alike(self, where: object, expected: Rows) -> None:
        super().check_alike(where, expected)
        assert len(self.backups()) == 1, where

    def backups(self) -> list[Path]:
        return [path for path in self.hub.folder.rglob("*.sqlite") if path.name != "hub.sqlite"]


class Backup(Backups):
    """A backup that was made is not made again under its name; one that is said to have failed is not there."""

    def check_failed(self, result: Result, where: object) -> None:
        assert result.code == 0 or not self.backups(), where

    def run_again(self) -> Result:
        return Result(0, "", "") if self.backups() else self.run()


class Nightly(Backups):
    """What failed in one night is done in the next, however much of it the first has done."""

    says_all = False


class Messages(Trial):
    """Facts of messages beside the rows, and what the mail server took."""

    box: Postbox

    def put_back(self) -> None:
        super().put_back()
        self.hub.at("2019-11-03 18:00")
        self.box.taken.clear()

    def run_again(self) -> Result:
        """When it can be told that a message was begun by a run that ended."""
        self.hub.at("2019-11-03 19:05")
        return self.run()

    def end_well(self, result: Result) -> None:
        assert result.code in {0, 3}, result  # 3: it is not known whether a message left

    def keep_more(self) -> None:
        self.told, self.known, self.sent = read_told(self.url), read_known(self.url), self._taken()
        assert set(self.told.values()) == {Delivery.SENT}

    def check_kept(self, where: object) -> bool:
        found = self.read()
        lost = {name: set(rows) - set(found[name]) for name, rows in self.before.items() if name != "series"}
        assert not any(lost.values()), (where, lost)
        assert not self._taken() - self.sent, where
        return found != self.before

    def check_alike(self, where: object, expected: Rows) -> None:
        del expected  # the numbers of facts are others where a message was begun in vain
        told, taken = read_told(self.url), self._taken()
        assert told.keys() == self.told.keys(), (where, told.keys() ^ self.told.keys())
        unsure = sum(outcome == Delivery.UNSURE for outcome in told.values())
        assert set(told.values()) <= {Delivery.SENT, Delivery.UNSURE}, (where, told)
        assert unsure <= 1, (where, told)
        assert not taken - self.sent, (where, "twice", taken - self.sent)
        assert (self.sent - taken).total() <= unsure, (where, "never", self.sent - taken)
        assert read_known(self.url) == self.known, where

    def _taken(self) -> Counter[tuple[str, str]]:
        return Counter((to, str(message["Message-ID"])) for to, message in self.box.taken)


def _differences(one: Rows, other: Rows) -> dict[str, list[str]]:
    return {
        table: sorted({*rows} ^ {*other.get(table, [])})[:6] for table, rows in one.items() if rows != other.get(table)
    }


def _open_month(hub: Hub) -> None:
    """A workshop that is over, its register closed, and one that is booked and not read yet."""
    past = hub.event("Fractions", "2019-10-08 10:00", "2019-10-08 15:00", slug="fractions")
    for name in ("Ann", "Bob"):
        hub.book(past, f"Teacher {name}")
    hub.at("2019-10-08 16:00")
    hub.sync()
    hub.add_schools()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    coming = hub.event("Ratio", "2019-11-05 10:00", "2019-11-05 15:00", slug="ratio")
    for name in ("Cat", "Dan"):
        hub.book(coming, f"Teacher {name}")
    hub.at("2019-11-03 17:00")


def _with_backups(hub: Hub) -> None:
    _open_month(hub)
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", "backups")


def _all_read(hub: Hub) -> None:
    _open_month(hub)
    hub.sync()


COMMANDS: dict[str, tuple[type[Trial], tuple[str, ...], Callable[[Hub], None]]] = {
    "sync": (Trial, ("sync",), _open_month),
    "invoices": (Invoices, ("invoices", "--yes", "-o", "pages"), _open_month),
    "nightly": (Nightly, ("nightly",), _with_backups),
    "messages": (Messages, ("messages",), _all_read),
    "backup": (Backup, ("backup", BACKUP), _all_read),
}
"""By command: how it is looked at, its words, and what comes before it."""


@contextmanager
def trial_of(command: str, folder: Path) -> Iterator[Trial]:
    """A command that ran undisturbed once, ready to be tried."""
    kind, arguments, prepare = COMMANDS[command]
    at_work = folder / "hub"
    at_work.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch, made_hub(SQLITE, at_work, patch) as hub, serving() as box:
        if command == "messages":
            for name, value in mail_settings(box).items():
                patch.setenv(name, value)
        prepare(hub)
        shutil.copytree(at_work, folder / "ready")
        trial = kind(hub, arguments, folder / "ready")
        if isinstance(trial, Messages):
            trial.box = box
        trial.begin()
        yield trial

"""Two hubs on one sandbox that are told the same; commands on the first are killed. Both must end up alike to the row.

A command is first run on the hub that is killed. What it left in the database must be what was there before, or what
the same command leaves in the other hub's database, which is run only if the first one's took effect. So after every
kill all rows of all tables are compared, whatever the world did between the kill and the next run.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from eb_sync.sandbox.world import World
from tests.forked import Forked, Kill, Phase, Ran

ROWS_LOCK = 823467001
"""The advisory lock of writers on PostgreSQL: a killed client's backend may still be at its last statement."""
FIRST_GUESS = (60, 0.1)

Fingerprint = Mapping[str, str]
Build = Callable[["Twin"], tuple[str, ...]]


def fingerprint(url: str) -> Fingerprint:
    """A digest of the rows of each table."""
    rows = read_rows(url)
    return {
        table: f"{len(lines)} rows {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}"
        for table, lines in rows.items()
    }


def read_rows(url: str) -> dict[str, list[str]]:
    """The rows of each table, taken when no writer is at work."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    found = {}
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({ROWS_LOCK})"))
        for table in sorted(sa.inspect(connection).get_table_names()):
            rows = connection.execute(sa.text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 - names of our own
            found[table] = sorted(repr(tuple(_plain(value) for value in row)) for row in rows)
    return found


def _plain(value: object) -> object:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes | memoryview) else value


def differences(one: Fingerprint, other: Fingerprint) -> dict[str, tuple[str | None, str | None]]:
    """Tables that differ, with both digests."""
    return {
        table: (one.get(table), other.get(table))
        for table in sorted({*one, *other})
        if one.get(table) != other.get(table)
    }


@dataclass
class Twin:
    """One of the two hubs."""

    name: str
    url: str
    folder: Path
    forked: Forked
    now_at: datetime
    settings: Mapping[str, str] = field(default_factory=dict)
    """The hub's own environment."""

    def run(self, *arguments: str, kill: Kill | None = None) -> Ran:
        """Run one command line at the hub's time."""
        self.scratch.mkdir(exist_ok=True)
        return self.forked.run_in(
            self.folder,
            *arguments,
            kill=kill,
            **self.settings,
            EBSYNC_DATABASE_URL=self.url,
            EBSYNC_NOW=self.now_at.isoformat(),
            TMPDIR=str(self.scratch),
        )

    def do(self, *arguments: str) -> Ran:
        """Run a command that must succeed."""
        ran = self.run(*arguments)
        assert ran.code == 0, (self.name, arguments, ran)
        return ran

    def on(self, url: str) -> Twin:
        """The same hub's program, on another database."""
        return replace(self, url=url)

    @property
    def scratch(self) -> Path:
        """Where the program puts its temporary files."""
        return self.folder / "tmp"

    @property
    def pages(self) -> Path:
        """Where `invoices` writes to."""
        return self.folder / "pages"


@dataclass
class Tally:
    """What was done so far."""

    kills: Counter[str] = field(default_factory=Counter)
    """By command."""
    phases: Counter[str] = field(default_factory=Counter)
    """By where the kill hit."""
    applied: Counter[str] = field(default_factory=Counter)
    """By where the kill hit, of those whose command had taken effect."""
    by_second: int = 0
    missed: int = 0
    """Commands that ended before the kill came."""
    after_kill: list[float] = field(default_factory=list)
    """Seconds that the next run took."""
    unkilled: list[float] = field(default_factory=list)
    """Seconds that the other hub's run took."""

    by_phase: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By command and where the kill hit."""

    @property
    def total(self) -> int:
        """Kills so far."""
        return sum(self.kills.values())

    def add(self, label: str, ran: Ran, kill: Kill, *, took_effect: bool) -> None:
        """One kill more."""
        self.by_second += kill.at is None
        phase = ran.phase.name.lower()
        self.kills[label] += 1
        self.by_phase[label][phase] += 1
        self.phases[phase] += 1
        self.applied[phase] += took_effect


class Twins:
    """Both hubs, their clock, and the means to kill."""

    def __init__(self, world: World, killed: Twin, control: Twin, rng: random.Random) -> None:
        """Both databases are empty or alike."""
        self.world, self.killed, self.control, self.rng = world, killed, control, rng
        self.tally = Tally()
        self.stir: Callable[[], None] = lambda: None
        """Changes something in the world; called between a kill and the next run."""
        self._measured: dict[str, tuple[int, float]] = {}

    def at(self, instant: datetime) -> None:
        """Set the clock of world and hubs; it never goes back."""
        instant = max(instant, self.world.now_at)
        self.world.set_clock(instant)
        self.world.set_used_calls(0)
        self.killed.now_at = self.control.now_at = instant

    def pass_time(self, by: timedelta) -> None:
        """Let time pass."""
        self.at(self.world.now_at + by)

    def both(self, *arguments: str) -> tuple[Ran, Ran]:
        """Run a command on both without killing; it must succeed."""
        return self.killed.do(*arguments), self.control.do(*arguments)

    def strike(self, label: str, build: Build, *, codes: frozenset[int] = frozenset({0}), most: int = 3) -> Ran:
        """Run a command, killed up to `most` times, then to its end; both hubs are alike afterwards."""
        took_effect = False
        for _ in range(self.rng.randint(1, most)):
            kill = self.choose_kill(label)
            ran, took_effect = self._strike_once(build, kill)
            if not ran.killed:
                self.miss(label, ran)
                break
            self.count(label, ran, kill, took_effect=took_effect)
            if took_effect:
                break
            if self.rng.random() < 0.5:
                self.pass_time(timedelta(seconds=self.rng.randint(0, 90)))
                self.stir()
        ran, mirrored = self.killed.run(*build(self.killed)), self.control.run(*build(self.control))
        self.tally.after_kill.append(ran.seconds)
        self.tally.unkilled.append(mirrored.seconds)
        assert ran.code == mirrored.code, (label, ran, mirrored)
        assert ran.code in (codes | {2} if took_effect else codes), (label, ran)
        if not took_effect:
            self.measure(label, ran)
        self.check_alike()
        return ran

    def check_alike(self) -> None:
        """Every table holds the same rows in both."""
        if not differences(fingerprint(self.killed.url), fingerprint(self.control.url)):
            return
        one, other = read_rows(self.killed.url), read_rows(self.control.url)
        raise AssertionError({table: sorted({*one[table]} ^ {*other.get(table, [])})[:6] for table in one})

    def _strike_once(self, build: Build, kill: Kill) -> tuple[Ran, bool]:
        before = fingerprint(self.killed.url)
        ran = self.killed.run(*build(self.killed), kill=kill)
        took_effect = bool(differences(before, fingerprint(self.killed.url)))
        if took_effect:
            self.control.run(*build(self.control))
            self.check_alike()
        return ran, took_effect

    def measure(self, label: str, ran: Ran) -> None:
        """Note how long a command takes that nobody kills."""
        self._measured[label] = (ran.instants, ran.seconds)

    def miss(self, label: str, ran: Ran) -> None:
        """Note a command that ended before its kill came."""
        self.tally.missed += 1
        self.measure(label, ran)

    def choose_kill(self, label: str) -> Kill:
        """Any second or instant of the time that the command took when it was last measured, its end more often."""
        instants, seconds = self._measured.get(label, FIRST_GUESS)
        if self.rng.random() < 0.15:
            return Kill(at=max(1, instants - self.rng.randint(0, 4)))
        first = 0.6 if self.rng.random() < 0.3 else 0.0
        if self.rng.random() < 0.4:
            return Kill(after_seconds=self.rng.uniform(first, 1) * seconds)
        return Kill(at=self.rng.randint(int(first * instants) + 1, instants))

    def count(self, label: str, ran: Ran, kill: Kill, *, took_effect: bool) -> None:
        """Count a kill; what has not reached COMMIT has no effect."""
        self.tally.add(label, ran, kill, took_effect=took_effect)
        assert not (took_effect and ran.phase in {Phase.BEFORE, Phase.INSIDE}), (label, ran)

    def strike_migration(self, old: Build, original: Fingerprint) -> None:
        """Open an old database that has to be migrated, killed; then open it for good.

        `old` gives a hub a fresh copy of the old database and the arguments of a command that opens it.
        """
        arguments = old(self.control)
        expected = self.control.run(*arguments)
        assert expected.code == 0, expected
        migrated = fingerprint(self.control.url)
        self._measured.setdefault("migrate", (expected.instants, expected.seconds))
        arguments = old(self.killed)
        for _ in range(self.rng.randint(1, 3)):
            kill = self.choose_kill("migrate")
            ran = self.killed.run(*arguments, kill=kill)
            if not ran.killed:
                self.tally.missed += 1
                break
            found = fingerprint(self.killed.url)
            took_effect = not differences(found, migrated)
            assert took_effect or not differences(found, original), differences(found, original)
            self.count("migrate", ran, kill, took_effect=took_effect)
            if took_effect:
                break
        ran = self.killed.run(*arguments)
        assert (ran.code, ran.out) == (0, expected.out), ran
        assert not differences(fingerprint(self.killed.url), migrated)


def fresh_folder(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

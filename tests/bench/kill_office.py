"""Killed: what an office does: registers of schools and filled-in ones, workers, backups, restores and copies."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import math
import random
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import psycopg
import sqlalchemy as sa

from eb_sync.hubs.worker import MOST_ATTEMPTS
from eb_sync.store.copy import TableDigest, digest_table
from eb_sync.store.tables import METADATA
from tests.bench.kill_story import Result, Story, hubs_on
from tests.databases import POSTGRESQL, SQLITE, empty_database, say_missing
from tests.forked import Ran
from tests.hub import BEGINNING
from tests.large_register import write_large_register
from tests.twins import ROWS_LOCK, Twin, Twins, differences, fingerprint

Content = Mapping[str, TableDigest]
MOST = 10
"""Kills of one command, before it may end."""
MARKS = ("present", "late", "absent", "left-early", "")
EXISTS, NOT_EMPTY = 73, 2
QUEUE = {"EBSYNC_QUEUE__SYNC": "off", "EBSYNC_QUEUE__NIGHTLY": "off"}
DEAD = "UPDATE ebsync_queue.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
WAITING = "SELECT count(*) FROM ebsync_queue.procrastinate_jobs WHERE status IN ('todo', 'doing')"


class Office(Story):
    """A workshop every three days, told to both twins, and what is loaded, imported, run, saved and moved for it."""

    def __init__(self, twins: Twins, seed: int, kinds: tuple[str, ...], *, schools: int) -> None:
        """Nothing has happened yet; copies go to databases of these kinds in turn, registers have so many schools."""
        super().__init__(twins, seed)
        self._kinds, self._schools = itertools.cycle(kinds), schools
        self._numbers = itertools.count(1)
        self._is_queued = twins.killed.url.startswith(POSTGRESQL)

    def begin(self) -> None:
        """Schools, and a first sync."""
        self.twins.at(BEGINNING + timedelta(hours=1))
        self.announce()
        self.twins.both("sync")
        self.add_schools()

    def play_round(self) -> None:
        """One workshop, from the schools that may book it to the day's backup."""
        event_id = self.coming.pop(0) if self.coming else self.announce()
        self.announce()
        event = self.world.event(event_id)
        self.twins.at(event.starts_at - timedelta(hours=30))
        self._load()
        self.stir(event_id)
        self._work()
        self.twins.at(event.ends_at + timedelta(hours=1))
        self.twins.both("sync")
        self._import(event_id)
        self.twins.pass_time(timedelta(minutes=1))
        backup = self._back_up()
        self._move("restore", ("restore", str(backup)), self.twins.killed.url, backup)
        self._move("db copy", ("db", "copy", "--to"), self.twins.killed.url, None)
        self.twins.both("verify")

    def _load(self) -> None:
        number = next(self._numbers)
        path = self._shared(f"schools-{number}.csv")
        write_large_register(path, self._schools, changed=number % 2 == 0, seed=1 + number // 4)
        self.twins.strike("schools load", lambda _: ("schools", "load", str(path)), most=MOST)

    def _import(self, event_id: str) -> None:
        sheet = self.twins.control.do("register", event_id, "--format", "csv").out
        rows = list(csv.DictReader(io.StringIO(sheet)))
        for row in rows:
            row["attendance"] = self.rng.choice(MARKS)
        path = self._shared(f"register-{next(self._numbers)}.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        self.twins.strike("attendance import", lambda _: ("attendance", "import", event_id, str(path)), most=MOST)

    def _work(self) -> None:
        if not self._is_queued:
            self.twins.both("sync")
            return
        self.twins.strike("worker", self._schedule, most=MOST_ATTEMPTS)  # what kills more is given up
        for twin in (self.twins.killed, self.twins.control):
            with _queue_of(twin) as connection:
                assert connection.execute(WAITING).fetchone() == (0,)

    def _schedule(self, twin: Twin) -> tuple[str, ...]:
        """See that a run waits, if only one whose worker died; whoever died did so an hour ago."""
        twin.run("queue", "status")  # the queue is made on first use
        with _queue_of(twin) as connection:
            connection.execute(DEAD)
            is_waiting = connection.execute(WAITING).fetchone() != (0,)
        if not is_waiting:
            twin.do("queue", "schedule")
        return "worker", "--drain"

    def _back_up(self) -> Path:
        """Kill `backup` until it is done; gives the file."""
        twins, number = self.twins, next(self._numbers)
        folder = twins.killed.folder / f"backup-{number}"
        path = folder / "hub.sqlite"
        arguments = ("backup", str(path))
        before, took_effect = fingerprint(twins.killed.url), False
        for _ in range(self.rng.randint(1, MOST)):
            kill = twins.choose_kill("backup")
            ran = twins.killed.run(*arguments, kill=kill)
            if not ran.killed:
                twins.miss("backup", ran)
                break
            took_effect = path.exists()
            twins.tally.add("backup", ran, kill, took_effect=took_effect)
            assert not differences(before, fingerprint(twins.killed.url))
            if took_effect:
                break
        ran = self._finish("backup", twins.killed, arguments, {EXISTS} if path.exists() else {0})
        assert sorted(entry.name for entry in folder.iterdir()) == [path.name, f"{path.name}.sha256"], ran
        twins.killed.do("backup", "check", str(path))
        twins.control.do("backup", str(twins.control.folder / f"hub-{number}.sqlite"))
        return path

    def _move(self, label: str, arguments: tuple[str, ...], source_url: str, backup: Path | None) -> None:
        """Kill a command that fills an empty database until it is done: all of it or nothing, the source unchanged."""
        twins = self.twins
        folder = twins.killed.folder / f"target-{next(self._numbers)}"
        folder.mkdir()
        expected, source, file = read_content(source_url), fingerprint(source_url), _digest(backup)
        with empty_database(next(self._kinds), folder) as target:
            words = arguments if backup else (*arguments, target)
            mover = twins.killed if backup is None else twins.killed.on(target)
            took_effect = False
            for _ in range(self.rng.randint(1, MOST)):
                kill = twins.choose_kill(label)
                ran = mover.run(*words, kill=kill)
                if not ran.killed:
                    twins.miss(label, ran)
                    took_effect = True
                    break
                found = read_content(target)
                took_effect = found == expected
                assert took_effect or not any(table.rows for table in found.values()), (label, ran, found)
                assert not differences(source, fingerprint(source_url))
                twins.count(label, ran, kill, took_effect=took_effect)
                if took_effect:
                    break
            self._finish(label, mover, words, {NOT_EMPTY} if took_effect else {0})
            assert read_content(target) == expected
            assert not differences(source, fingerprint(source_url))
            assert _digest(backup) == file
            twins.killed.on(target).do("verify")
            assert {entry.name for entry in folder.iterdir()} <= {"hub.sqlite"}

    def _finish(self, label: str, twin: Twin, arguments: tuple[str, ...], codes: set[int]) -> Ran:
        """The next run, which nobody kills; nothing of earlier ones is left lying about."""
        ran = twin.run(*arguments)
        assert ran.code in codes, (label, arguments, ran)
        self.twins.tally.after_kill.append(ran.seconds)
        if ran.code == 0:
            self.twins.tally.unkilled.append(ran.seconds)
            self.twins.measure(label, ran)
        left = [str(path) for path in twin.scratch.iterdir() if not _is_probe(path)]
        assert not left, (label, left)
        return ran

    def _shared(self, name: str) -> Path:
        return self.twins.control.folder / name


def read_content(url: str) -> Content:
    """What each of our tables holds, alike on both databases; nothing where there is no such table."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if url.startswith(SQLITE) and not Path(str(engine.url.database)).exists():
        return {}
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == POSTGRESQL:
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({ROWS_LOCK})"))
        names = set(sa.inspect(connection).get_table_names())
        return {table.name: digest_table(connection, table) for table in METADATA.sorted_tables if table.name in names}


def _digest(path: Path | None) -> str | None:
    return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def _queue_of(twin: Twin) -> psycopg.Connection:
    return psycopg.connect(twin.url.replace("+psycopg", ""))


def _is_probe(path: Path) -> bool:
    """Whether Python left it, asking if the folder can be written: it makes a file for that, and may be killed then."""
    return path.is_file() and path.read_bytes() in (b"", b"blat")


def kill_office(
    kind: str, folder: Path, *, kills: int, seed: int, until: float = math.inf, schools: int = 300
) -> Result:
    """At least so many kills of what an office does; copies go to both kinds of database."""
    kinds = (SQLITE,) if say_missing() else (POSTGRESQL, SQLITE, SQLITE, POSTGRESQL)
    with hubs_on(kind, folder, {"killed": QUEUE, "control": QUEUE}) as (world, (killed, control)):
        twins = Twins(world, killed, control, random.Random(seed))  # noqa: S311 - a fixed seed
        story = Office(twins, seed, kinds, schools=schools)
        story.begin()
        while twins.tally.total < kills and time.monotonic() < until:
            story.play_round()
        left = sum(1 for path in killed.folder.rglob("*.part*"))
        return twins.tally, {"partial files left": left}

"""Many hubs: `python tests/bench/bench_hubs.py [--hubs 40] [--events 50] [--workers 1 2 4] [--latency 0.05]`.

Each hub has an organisation and a token of its own on sandboxes in processes of their own, whose answers take
`latency` longer than they need. All hubs are synced into a fresh PostgreSQL database: by `--all-hubs` with each number
of workers, first and again an hour later, then by the queue with as many workers as the last number, one of which is
killed when half the hubs are done. It ends with an error if any hub is not the same whichever way it was read.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.server import serve_world
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from eb_sync.store.tables import EVENT_OBSERVATIONS, HUBS, OBSERVATIONS, PERSONS, PROFILES, READS, RUNS
from tests.bench.bench_sync import measure
from tests.databases import POSTGRESQL, empty_database, opened
from tests.workers import PROGRAM, Workers

NOW_AT = datetime(2019, 10, 1, 3, tzinfo=UTC)
SEATS = 20
SANDBOXES = 4
STALLED_SECONDS = 4
COMPARED = (EVENT_OBSERVATIONS, OBSERVATIONS, READS, PERSONS, PROFILES, RUNS)


@dataclass(frozen=True)
class Size:
    """How much there is."""

    hubs: int = 40
    events: int = 50
    latency: float = 0.05
    """Seconds that every answer takes longer."""


@dataclass(frozen=True)
class Figures:
    """What one way of syncing all hubs took."""

    way: str
    seconds: float
    peak_mb: float
    """Of the largest process."""
    requests: tuple[int, ...]
    """By hub."""

    def __str__(self) -> str:
        """A line for a person."""
        each = f"{min(self.requests)} to {max(self.requests)} requests a hub"
        return f"{self.way}: {self.seconds:.1f} s, {each}, {self.peak_mb:.0f} MB at most"


def build_world(numbers: range, size: Size) -> World:
    """Hubs by number, each with its token, and workshops on the days that follow."""
    world = World(NOW_AT - timedelta(days=20))
    del world.accounts[TOKEN]
    # all of them first: a new organisation is seen by every account that is there
    seen = {
        number: world.create_organization(f"Hub {number}", organization_id=str(7000 + number)) for number in numbers
    }
    for number, organization in seen.items():
        world.add_account(token_of(number), (organization,))
        for day in range(size.events):
            on = (NOW_AT + timedelta(days=day + 1)).date()
            event_id = world.add_event(
                NewEvent(f"Workshop {day}", f"{on} 10:00", f"{on} 15:00", organization_id=organization)
            )
            for seat in range(SEATS):
                world.book(event_id, (Ticket(f"Teacher {seat}", f"t{seat}@school{seat // 2}.example.org"),))
    world.set_clock(NOW_AT)
    if size.latency:
        world.faults.order(Fault(FaultKind.SLOW, "", seconds=size.latency, times=10**9))
    return world


def token_of(number: int) -> str:
    """A hub's own token."""
    return f"TOKENOFHUB{number:02}"


@contextlib.contextmanager
def served(size: Size) -> Iterator[None]:
    """Sandboxes in processes of their own; the environment has the hubs and their tokens while they run."""
    before = dict(os.environ)
    processes = []
    try:
        for first in range(SANDBOXES):
            numbers = range(first, size.hubs, SANDBOXES)
            process = subprocess.Popen(
                [sys.executable, __file__, "serve", json.dumps([first, size.hubs, size.events, size.latency])],
                stdout=subprocess.PIPE,
                text=True,
                env={**before, "PYTHONPATH": str(ROOT)},
            )
            processes.append(process)
            assert process.stdout is not None
            url = process.stdout.readline().strip().removeprefix("EBSYNC_EVENTBRITE_URL=")
            for number in numbers:
                os.environ[f"EBSYNC_HUBS__HUB{number:02}__EVENTBRITE_TOKEN"] = token_of(number)
                os.environ[f"EBSYNC_HUBS__HUB{number:02}__EVENTBRITE_URL"] = url
        os.environ.update(EBSYNC_QUEUE__SYNC="off", EBSYNC_QUEUE__NIGHTLY="off", PYTHONPATH=str(ROOT))
        os.environ["EBSYNC_QUEUE__STALLED_SECONDS"] = str(STALLED_SECONDS)
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()
        os.environ.clear()
        os.environ.update(before)


def serve(text: str) -> None:
    """One sandbox's process."""
    first, hubs, events, latency = json.loads(text)
    world = build_world(range(first, hubs, SANDBOXES), Size(hubs, events, latency))
    world.prerender()
    serve_world(0, world)


Counts = dict[str, tuple[int, ...]]
"""By hub: rows of `COMPARED`."""


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """A database that the program finds."""
    with tempfile.TemporaryDirectory() as folder, empty_database(POSTGRESQL, Path(folder)) as url:
        os.environ["EBSYNC_DATABASE_URL"] = url
        os.environ["EBSYNC_NOW"] = NOW_AT.isoformat()
        yield url


def sync_all(workers: int) -> tuple[list[Figures], Counts]:
    """By `--all-hubs`: first, and an hour later."""
    figures = []
    with fresh_database() as url:
        for name, at in (("first", NOW_AT), ("an hour later", NOW_AT + timedelta(hours=1))):
            os.environ["EBSYNC_NOW"] = at.isoformat()
            measured = measure(*PROGRAM, "sync", "--all-hubs", "--workers", str(workers), "--json")
            requests = tuple(run["report"]["requests"] for run in json.loads(measured.output)["hubs"])
            way = f"--all-hubs, {workers} workers, {name}"
            figures.append(Figures(way, measured.seconds, measured.peak_mb, requests))
            if name == "first":
                counts, _ = read_counts(url)
    return figures, counts


def sync_queued(workers: int, hubs: int) -> tuple[Figures, Counts]:
    """By the queue, a worker killed when half the hubs are done and it has one in hand."""
    with fresh_database() as url, Workers() as started:
        measure(*PROGRAM, "queue", "schedule", "sync")
        began = time.monotonic()
        for _ in range(workers):
            started.start()
        for _ in range(hubs // 2):
            started.expect("sync: exit 0")
        victim = started.expect("sync: begun")
        peak = max(peak_mb(process) for process in started.processes)
        started.kill(victim)
        done = sum(": exit 0" in line for line in started.lines)
        while done < hubs:
            started.expect("sync: exit 0")
            done += 1
        seconds = time.monotonic() - began
        alive = [number for number in range(workers) if number != victim]
        peak = max(peak, *(peak_mb(started.processes[number]) for number in alive))
        assert [started.stop(number) for number in alive] == [0] * len(alive)
        given_back = [line for line in started.lines if "given back" in line]
        counts, requests = read_counts(url)
    way = f"queue, {workers} workers, one killed at half, {len(given_back)} given back"
    return Figures(way, seconds, peak, requests), counts


def peak_mb(process: subprocess.Popen[str]) -> float:
    """The most that a living process held."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def read_counts(url: str) -> tuple[Counts, tuple[int, ...]]:
    """By hub its rows, and the requests of its runs."""
    with opened(url) as engine, engine.connect() as connection:
        names = {row.id: row.name for row in connection.execute(sa.select(HUBS.c.id, HUBS.c.name))}
        rows: list[dict[int, int]] = []
        for table in COMPARED:
            query = sa.select(table.c.hub_id, sa.func.count()).group_by(table.c.hub_id)
            rows.append({row[0]: row[1] for row in connection.execute(query)})
        requests = tuple(row.counts["requests"] for row in connection.execute(sa.select(RUNS.c.counts)))
    return {name: tuple(of_table.get(hub_id, 0) for of_table in rows) for hub_id, name in names.items()}, requests


def compare(size: Size, workers: list[int]) -> list[Figures]:
    """Every way; all must leave the same."""
    with served(size):
        figures: list[Figures] = []
        every: list[Counts] = []
        for number in workers:
            measured, counts = sync_all(number)
            figures += measured
            every.append(counts)
        queued, counts = sync_queued(workers[-1], size.hubs)
        figures.append(queued)
        every.append(counts)
    expected = {f"hub{number:02}" for number in range(size.hubs)}
    for counts in every:
        assert counts.keys() == expected
        assert set(counts.values()) == {(size.events, size.events * SEATS, size.events, SEATS, size.events * SEATS, 1)}
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hubs", type=int, default=40)
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    size = Size(given.hubs, given.events, given.latency)
    what = f"{size.hubs} hubs x {size.events} upcoming events x {SEATS} bookings"
    print(f"{what}, answers {size.latency * 1000:.0f} ms late")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for figures in compare(size, given.workers):
        print(figures)


if __name__ == "__main__":
    serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else main()

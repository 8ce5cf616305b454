"""Thirty people and a night at once: `python tests/bench/bench_crowd.py --people 30`.

On each database so many people record what they saw at one workshop, each with a process at a time and five commands
one after the other, while one `sync` and one `nightly` of the same hub are at work and bookings have changed. Every
command ends with 0, each fact is there exactly once, and `verify` holds. Printed is how long the slowest command took,
and what the same commands take when one person gives them alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.world import World
from eb_sync.store.tables import FACTS
from tests.bench.kill_story import hubs_on
from tests.databases import DATABASES
from tests.forked import Ran
from tests.hub import ASH
from tests.twins import Twin

DAY = "2019-11-05"
NOTICED_AT = f"{DAY}T08:00:00Z"
BOOKED_EACH = 4
SCHOOL = ("--urn", "800001", "--name", "Ash Lane Primary", "--address", "1 Road", "--postcode", "ZZ1 1ZZ")

Line = tuple[str, ...]


@dataclass(frozen=True)
class Waits:
    """Seconds that commands took."""

    together: dict[str, list[float]]
    """By command, with all at work."""
    alone: list[float]
    """Of one person, with nobody else at work."""

    @property
    def recording(self) -> list[float]:
        """Those of people, without the runs."""
        return [each for name, several in self.together.items() if name not in {"sync", "nightly"} for each in several]


def crowd(kind: str, folder: Path, *, people: int, each: int = 5) -> Waits:
    """Let them all work at once, `each` with so many commands, and prove that nothing went wrong or was lost."""
    with hubs_on(kind, folder, {"hub": {}}) as (world, (hub,)):
        event_id, bookings = _announce(world, people + 1)
        hub.now_at = world.event(event_id).ends_at + timedelta(minutes=10)
        world.set_clock(hub.now_at)
        hub.do("sync")
        hub.do("schools", "add", *SCHOOL)
        lines = [_lines(event_id, number, bookings[number])[:each] for number in range(people + 1)]
        alone = [hub.do(*line) for line in lines.pop()]
        for booking in [of_one[0] for of_one in bookings][::2]:
            world.edit(booking, name=f"Teacher Renamed{booking}")
        hub.now_at += timedelta(minutes=1)
        world.set_clock(hub.now_at)
        runs: list[list[Line]] = [[("sync", "--full")], [("nightly",)]]
        everybody = [*lines, *runs]
        done = hub.forked.run_together(
            *everybody, EBSYNC_DATABASE_URL=hub.url, EBSYNC_NOW=hub.now_at.isoformat(), EBSYNC_ACTOR="crowd"
        )
        _check_recorded(hub, everybody, done)
        together: dict[str, list[float]] = {}
        for given, rans in zip(everybody, done, strict=True):
            for line, ran in zip(given, rans, strict=True):
                together.setdefault(" ".join(line[:2]) if len(line) > 2 else line[0], []).append(ran.seconds)
        return Waits(together, [ran.seconds for ran in alone])


def _announce(world: World, people: int) -> tuple[str, list[list[str]]]:
    event_id = world.add_event(NewEvent("Fractions", f"{DAY} 10:00", f"{DAY} 15:00", slug="fractions"))
    names = (
        (f"Teacher P{one}n{n}", f"t{one}.{n}@ash.example.org") for one in range(people) for n in range(BOOKED_EACH)
    )
    booked = [world.book(event_id, (Ticket(name, email, ASH),))[0] for name, email in names]
    return event_id, [booked[one * BOOKED_EACH : (one + 1) * BOOKED_EACH] for one in range(people)]


def _lines(event_id: str, number: int, bookings: list[str]) -> list[Line]:
    """What one person records, a fact each; everybody begins with something else."""
    came, missed, told, ill = (f"B{booking}" for booking in bookings)
    claim = ("exempt", "add", "--kind", "extenuating", "--workshop", event_id, "--code", "illness")
    lines: list[Line] = [
        ("attendance", "mark", event_id, came, "present"),
        ("notice", "add", event_id, told, "--received-at", NOTICED_AT, "--channel", "phone"),
        ("attendance", "walk-in", event_id, "--name", f"Walker Number{number}", "--school", "800001"),
        (*claim, "--booking", ill),
        ("attendance", "mark", event_id, missed, "absent"),
    ]
    begins = number % len(lines)
    return lines[begins:] + lines[:begins]


def _check_recorded(hub: Twin, everybody: list[list[Line]], done: list[list[Ran]]) -> None:
    """Every command ended well, and the facts that it named are those that are there."""
    told: list[int] = []
    for given, rans in zip(everybody, done, strict=True):
        assert len(given) == len(rans)
        for line, ran in zip(given, rans, strict=True):
            assert ran.code == 0, (line, ran)
            facts = [int(each.removeprefix("fact ")) for each in ran.out.splitlines() if each.startswith("fact ")]
            assert len(facts) == (line[0] not in {"sync", "nightly"}), (line, ran)
            told += facts
    engine = sa.create_engine(hub.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(FACTS.c.id, FACTS.c.kind, FACTS.c.body).where(FACTS.c.said_by == "crowd"))
        found = {row.id: (row.kind, repr(row.body)) for row in rows}
    assert sorted(told) == sorted(found)
    assert set(Counter(found.values()).values()) == {1}
    hub.do("verify")


def main() -> None:
    """Let them work on each database, and print how long they waited."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--database", choices=DATABASES, action="append")
    options = parser.parse_args()
    for kind in options.database or DATABASES:
        with tempfile.TemporaryDirectory() as folder:
            waits = crowd(kind, Path(folder), people=options.people)
        longest = max(waits.recording)
        print(
            f"{kind}: {len(waits.recording)} facts by {options.people} people, a sync and a night at once, each "
            f"once; longest command {longest:.1f} s, median {statistics.median(waits.recording):.1f} s; "
            f"alone {max(waits.alone):.1f} s"
        )
        for name, seconds in sorted(waits.together.items()):
            print(f"  {name}: longest {max(seconds):.1f} s, median {statistics.median(seconds):.1f} s", flush=True)


if __name__ == "__main__":
    main()

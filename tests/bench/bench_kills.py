"""Kill commands at random instants and prove that nothing is lost: `python tests/bench/bench_kills.py --kills 500`.

On each database (`--database sqlite` or `postgresql`, both by default) and in each story (`--story`, all by default) at
least that many SIGKILLs hit its commands, while bookings go on. After each the rows of all tables are those from before
the command or those after it, as a hub that is never killed has them (`tests/twins.py`), and the next run completes.

- `billing`: `sync`, `sync --full`, `attendance close`, `invoices --yes -o`, `credit`, `export charges -o`, and the
  opening of an old database that has to be migrated.
- `office` (`kill_office.py`): `schools load`, `attendance import`, `worker` (PostgreSQL), `backup`, `restore` and
  `db copy` into both kinds of database.
- `mail` (`kill_mail.py`): `messages`, over a mail server.

Half a thousand of the last two: `python tests/bench/bench_kills.py --story office --story mail --kills 125`.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.cli.main import COMMANDS
from eb_sync.sandbox.rows import AttendeeStatus
from tests.bench.kill_mail import kill_mail
from tests.bench.kill_office import kill_office
from tests.bench.kill_story import Story, hubs_on
from tests.databases import DATABASES, SQLITE
from tests.forked import Phase
from tests.hub import BEGINNING
from tests.twins import Tally, Twin, Twins, fingerprint, fresh_folder

SCHEMAS = ROOT / "tests" / "contract" / "schemas"
OLD = "0001"
OLD_NOW_AT = datetime(2019, 11, 20, 12, tzinfo=UTC)
"""Later than anything in the old database."""
HELD = 65


class Billing(Story):
    """Syncs, registers closed, invoices, credits and lists, each of them killed."""

    files = 0

    def begin(self) -> None:
        """Schools, and a first sync, killed as well."""
        self.twins.at(BEGINNING + timedelta(hours=1))
        self.announce()
        self.twins.strike("sync", lambda _: ("sync",))
        self.add_schools()

    def play_round(self) -> None:
        """One workshop from its booking to its charge list."""
        event_id = self.coming.pop(0) if self.coming else self.announce()
        self.announce()
        starts_at = self.world.event(event_id).starts_at
        for before in (30, 20, 2):
            self.twins.at(starts_at - timedelta(hours=before))
            self.stir(event_id)
            self.twins.strike("sync", lambda _: ("sync",), codes=frozenset({0, HELD}))
        self._meet(event_id)
        self._bill(event_id)

    def _meet(self, event_id: str) -> None:
        event = self.world.event(event_id)
        self.twins.at(event.starts_at + timedelta(minutes=5))
        active = [row.id for row in self.world.attendees_of(event_id) if row.status is AttendeeStatus.ATTENDING]
        for attendee_id in active[: len(active) // 2]:
            self.world.check_in(attendee_id)
        self.twins.at(event.ends_at + timedelta(hours=1))
        ran = self.twins.strike("sync --full", lambda _: ("sync", "--full"), codes=frozenset({0, HELD}))
        if ran.code == HELD:
            self.twins.pass_time(timedelta(minutes=1))
            held = [event_id, *self.coming]
            allowed = [word for held_id in held for word in ("--allow-mass-change", held_id)]
            self.twins.both("sync", "--full", *allowed)
            self.twins.check_alike()
        rest = "--rest-absent" if active[: len(active) // 2] else "--nobody-came"
        self.twins.pass_time(timedelta(minutes=1))
        self.twins.strike("close", lambda _: ("attendance", "close", event_id, rest))

    def _bill(self, event_id: str) -> None:
        twins = self.twins
        twins.pass_time(timedelta(minutes=1))
        twins.strike("invoices", lambda twin: ("invoices", "--yes", "-o", str(twin.pages)), codes=frozenset({0, 3}))
        twins.pass_time(timedelta(minutes=1))
        charged = [
            decision["booking_id"]
            for decision in twins.control.do("charges", event_id, "--json").json()["decisions"]
            if decision["outcome"] == "charge"
        ]
        if charged and self.rng.random() < 0.5:
            twins.both("review", "decide", event_id, self.rng.choice(charged), "waive")
            twins.pass_time(timedelta(minutes=1))
            twins.strike("invoices", lambda twin: ("invoices", "--yes", "-o", str(twin.pages)), codes=frozenset({0, 3}))
        number = self._open_invoice()
        if number is not None:
            reissue = ("--reissue",) if self.rng.random() < 0.5 else ()
            twins.strike("credit", lambda _: ("credit", number, "--reason", "Billed in error", *reissue))
        twins.pass_time(timedelta(minutes=1))
        twins.strike("export", self._export)

    def _export(self, twin: Twin) -> tuple[str, ...]:
        self.files += 1
        return "export", "charges", "-o", str(twin.folder / f"charges-{self.files}.csv")

    def _open_invoice(self) -> str | None:
        engine = sa.create_engine(self.twins.control.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            numbers = connection.scalars(sa.text("SELECT DISTINCT number FROM open_lines ORDER BY number")).all()
        return self.rng.choice(numbers) if numbers else None


def check_end(twins: Twins) -> dict[str, int]:
    """Numbers without gaps, pages byte for byte, each document in one batch, the same decisions; gives counts."""
    twins.pass_time(timedelta(minutes=5))
    for twin in (twins.killed, twins.control):
        assert twin.run("sync", "--full").code in {0, HELD}
    ran, mirrored = twins.both("export", "charges", "-o", "last.csv")
    assert ran.err.splitlines()[1:] == mirrored.err.splitlines()[1:]
    assert twins.killed.do("charges", "--json").json() == twins.control.do("charges", "--json").json()
    pages = read_pages(twins.killed.url)
    for kind in ("INV", "CN"):
        numbers = sorted(number for number in pages if number.startswith(kind))
        assert numbers == [f"{kind}-{n:06d}" for n in range(1, len(numbers) + 1)]
    for twin in (twins.killed, twins.control):
        folder = fresh_folder(twin.folder / "again")
        twin.do("export", "invoices", "-o", str(folder))
        assert {path.stem: path.read_bytes() for path in folder.iterdir()} == pages
        assert {path.stem: path.read_bytes() for path in twin.pages.glob("*.pdf")}.items() <= pages.items()
        if "verify" in COMMANDS:
            twin.do("verify")
    batches = _check_batches(twins, set(pages))
    left = sum(1 for path in twins.killed.folder.rglob("*.part"))
    return {"documents": len(pages), "batches": batches, "partial files left": left}


def read_pages(url: str) -> dict[str, bytes]:
    """Every document's page, by its number."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT number, pdf FROM documents")).all()
    return {number: bytes(pdf) for number, pdf in rows}


def _check_batches(twins: Twins, numbers: set[str]) -> int:
    engine = sa.create_engine(twins.killed.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        batches = connection.scalars(sa.text("SELECT id FROM batches ORDER BY id")).all()
    assert list(batches) == list(range(1, len(batches) + 1))
    found: Counter[str] = Counter()
    for batch in batches:
        content = twins.killed.do("export", "charges", "--batch", str(batch)).out
        found.update({row["document_number"] for row in csv.DictReader(io.StringIO(content))})
    assert set(found) == numbers
    assert set(found.values()) <= {1}
    return len(batches)


@contextmanager
def twins_on(kind: str, folder: Path, seed: int) -> Iterator[tuple[Twins, Twins]]:
    """Two empty hubs, and two that stand for an old one, on databases of this kind."""
    rng = random.Random(seed)  # noqa: S311 - a fixed seed
    names = ("killed", "control", "old-killed", "old-control")
    with hubs_on(kind, folder, {name: {} for name in names}) as (world, hubs):
        twins = Twins(world, hubs[0], hubs[1], rng)
        old = Twins(world, hubs[2], hubs[3], rng)
        old.tally = twins.tally
        yield twins, old


def put_old(twin: Twin) -> tuple[str, ...]:
    """Give a hub a fresh copy of the old database; returns the command that opens it."""
    url = sa.make_url(twin.url)
    if url.get_backend_name() == SQLITE:
        for path in twin.folder.glob("hub.sqlite*"):
            path.unlink()
        (twin.folder / "hub.sqlite").write_bytes((SCHEMAS / f"{OLD}.sqlite3").read_bytes())
    else:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            connection.exec_driver_sql((SCHEMAS / f"{OLD}.pg.sql").read_text(encoding="utf-8").replace("%", "%%"))
    return "charges", "--json"


def kill_billing(
    kind: str, folder: Path, *, kills: int, seed: int, until: float = math.inf
) -> tuple[Tally, dict[str, int]]:
    """At least so many kills of what bills, then all that has to hold at the end."""
    with twins_on(kind, folder, seed) as (twins, old):
        put_old(old.killed)
        original = fingerprint(old.killed.url)
        story = Billing(twins, seed)
        story.begin()
        while twins.tally.total < kills and time.monotonic() < until:
            story.play_round()
            old.strike_migration(put_old, original)
        return twins.tally, check_end(twins)


STORIES = {"billing": kill_billing, "office": kill_office, "mail": kill_mail}


def main() -> None:
    """Kill, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500, help="in each story, on each database")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end earlier, after so many for each of them")
    parser.add_argument("--seed", type=int, default=20191105)
    parser.add_argument("--story", choices=STORIES, action="append")
    parser.add_argument("--database", choices=DATABASES, action="append")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    for name in options.story or STORIES:
        for kind in options.database or DATABASES:
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                until = began + 60 * options.minutes
                tally, counts = STORIES[name](kind, Path(folder), kills=options.kills, seed=options.seed, until=until)
            seconds = time.monotonic() - began
            print(f"{name}, {kind}: {tally.total} kills in {seconds:.0f} s, {tally.by_second} of them by the clock;")
            print_tally(tally, counts)


def print_tally(tally: Tally, counts: Mapping[str, int]) -> None:
    """What was killed where, what had taken effect, and how long the next runs took."""
    for name, phases in sorted(tally.by_phase.items()):
        where = ", ".join(f"{phase.name.lower()} {phases[phase.name.lower()]}" for phase in Phase)
        print(f"  {name} {phases.total()}: {where}")
    print("  had taken effect:", ", ".join(f"{phase} {count}" for phase, count in tally.applied.most_common()))
    print("  in the end:", ", ".join(f"{name} {count}" for name, count in counts.items()), "- nothing lost")
    print(
        f"  next run: median {statistics.median(tally.after_kill):.2f} s, longest {max(tally.after_kill):.2f} s; "
        f"unkilled: {statistics.median(tally.unkilled):.2f} s, {max(tally.unkilled):.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()

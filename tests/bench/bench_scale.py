"""A hub of ten million observations and 200,000 document lines: `python tests/bench/bench_scale.py --copies 1220`.

Measures size on disk, a quiet sync, `charges` for one workshop and `verify`, each as a process of its own, on SQLite
and, with `--postgres URL`, on PostgreSQL, to which `ebsync db copy` brings the same rows (ten million of them a plain
COPY, which takes a tenth of the time). The URL is a server's; the database `ebsync_scale` is made there and dropped.
`--copies 122` is a million observations; ten million take 28 GB of disk for both.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psycopg
import requests
import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.server import serve_world
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from eb_sync.store.tables import METADATA
from tests.bench.bench_sync import measure
from tests.bench.scale_template import EVENTS, day_of, event_id, make_template, multiply
from tests.hub import SETTINGS

PROGRAM = str(Path(sys.executable).parent / "ebsync")
CURRENT, SEATS, TIMES = 50, 30, 3
OWN_DATABASE = "ebsync_scale"
COPIED_BY_COMMAND = 200
"""Copies up to which `ebsync db copy` fills PostgreSQL."""
_TABLES = ("observations", "reads", "event_observations", "facts", "documents", "document_lines")


def begin_world() -> World:
    """Fifty workshops to come, none of them in its active window, beside all that is over."""
    after = datetime.combine(day_of(EVENTS - 1), datetime.min.time(), UTC) + timedelta(days=50)
    world = World(after)
    world.create_organization("Sample Hub", organization_id="7001")
    for number in range(CURRENT):
        day = after.date() + timedelta(days=30 + number)
        current = world.add_event(NewEvent(f"Next {number}", f"{day} 10:00", f"{day} 15:00", slug=f"next-{number}"))
        for seat in range(SEATS):
            world.book(current, [Ticket(f"Next{seat} Number{number}", f"n{seat}.{number}@example.org")])
    return world


class Sandbox:
    """The sandbox in a process of its own: what is measured starts from a small one."""

    def __init__(self) -> None:
        self._served = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        """Wait for its address."""
        assert self._served.stdout is not None
        self.url = self._served.stdout.readline().strip().removeprefix("EBSYNC_EVENTBRITE_URL=")
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._served.terminate()
        self._served.wait()

    def pass_hour(self) -> None:
        """Both clocks."""
        control = self.url.removesuffix("/v3") + "/_control"
        requests.post(f"{control}/advance", json={"by": "PT1H"}, timeout=30).raise_for_status()
        os.environ["EBSYNC_NOW"] = requests.get(f"{control}/clock", timeout=30).json()["now_at"]


def measure_hub(sandbox: Sandbox, url: str, copies: int) -> None:
    """Print what the commands take on one database."""
    os.environ["EBSYNC_DATABASE_URL"] = url
    sandbox.pass_hour()
    first = json.loads(measure(PROGRAM, "sync", "--json").output)
    print(f"  first sync after it: {first['requests']} requests, {first['observations']} changes")
    seconds, requests = [], set()
    for _ in range(TIMES):
        sandbox.pass_hour()
        quiet = measure(PROGRAM, "sync", "--json")
        seconds.append(quiet.seconds)
        requests.add(json.loads(quiet.output)["requests"])
    print(f"  quiet sync: {min(seconds):.2f} s with start-up, {quiet.peak_mb:.0f} MB, {requests} requests")
    workshop = f"{event_id(3)}{copies // 2:05d}"
    charges = [measure(PROGRAM, "charges", workshop, "--json") for _ in range(TIMES)]
    quickest = min(charges, key=lambda each: each.seconds)
    decided = len(json.loads(quickest.output)["decisions"])
    print(f"  charges of one workshop: {quickest.seconds:.2f} s, {quickest.peak_mb:.0f} MB, {decided} places")
    verified = measure(PROGRAM, "verify")
    print(f"  verify: {verified.seconds:.1f} s, {verified.peak_mb:.0f} MB")
    print("    " + verified.output.strip().replace("\n", "\n    "))


def count_rows(url: str) -> None:
    """Rows of the largest tables."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        counts = {table: connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) for table in _TABLES}
    engine.dispose()
    print("  " + ", ".join(f"{count:,} {table}" for table, count in counts.items()))


def measure_sqlite(sandbox: Sandbox, template: Path, target: Path, copies: int) -> None:
    """Multiply and measure."""
    print(f"SQLite, {copies} copies made in {multiply(template, target, copies):.0f} s")
    url = f"sqlite:///{target}"
    count_rows(url)
    print(f"  {target.stat().st_size / 1e9:.2f} GB on disk, {page_bytes(target) / 1e9:.2f} GB of it pages of documents")
    measure_hub(sandbox, url, copies)


def page_bytes(path: Path) -> int:
    """How much of the file is PDF."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT sum(length(pdf)) FROM documents").fetchone()[0])


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """An empty database on the server, dropped at the end."""
    engine = sa.create_engine(sa.make_url(server).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {OWN_DATABASE}"))
        connection.execute(sa.text(f"CREATE DATABASE {OWN_DATABASE}"))
        try:
            yield sa.make_url(server).set(database=OWN_DATABASE).render_as_string(hide_password=False)
        finally:
            connection.execute(sa.text(f"DROP DATABASE {OWN_DATABASE} WITH (FORCE)"))
    engine.dispose()


def pour(source: Path, url: str) -> None:
    """All rows by COPY, unchecked: what `ebsync db copy` does in ten times the time."""
    os.environ["EBSYNC_DATABASE_URL"] = url
    measure(PROGRAM, "workshops", "--json")
    address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        closing(sqlite3.connect(source)) as rows,
        psycopg.connect(address) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SET timezone = 'UTC'")
        for table in METADATA.sorted_tables:
            names = ", ".join(column.name for column in table.columns)
            cursor.execute(f"DELETE FROM {table.name}")
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in rows.execute(f"SELECT {names} FROM {table.name}"):
                    copy.write_row(row)


def measure_postgres(sandbox: Sandbox, source: Path, server: str, copies: int) -> None:
    """Copy and measure."""
    with own_database(server) as url:
        began = time.monotonic()
        if copies <= COPIED_BY_COMMAND:
            os.environ["EBSYNC_DATABASE_URL"] = f"sqlite:///{source}"
            measure(PROGRAM, "db", "copy", "--to", url)
            print(f"PostgreSQL, copied by `ebsync db copy` in {time.monotonic() - began:.0f} s")
        else:
            pour(source, url)
            print(f"PostgreSQL, filled in {time.monotonic() - began:.0f} s")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
            size = connection.scalar(sa.text("SELECT pg_database_size(current_database())"))
        engine.dispose()
        count_rows(url)
        print(f"  {size / 1e9:.2f} GB on disk")
        measure_hub(sandbox, url, copies)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=122)
    parser.add_argument("--postgres", metavar="URL")
    parser.add_argument("--folder", type=Path, help="keep template and database here")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = chosen.folder or Path(made)
        template, target = folder / "template.sqlite", folder / f"scale-{chosen.copies}.sqlite"
        if not template.exists():
            make_template(template)
            with closing(sqlite3.connect(template)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with Sandbox() as sandbox:
            os.environ.update(SETTINGS, EBSYNC_EVENTBRITE_URL=sandbox.url, EBSYNC_EVENTBRITE_TOKEN=TOKEN)
            measure_sqlite(sandbox, template, target, chosen.copies)
            if chosen.postgres:
                measure_postgres(sandbox, target, chosen.postgres, chosen.copies)


if __name__ == "__main__":
    serve_world(0, begin_world()) if sys.argv[1:] == ["serve"] else main()

"""A thousand nights of a hub in one go: `python tests/bench/bench_soak.py --nights 1000 [--database URL]`.

Bookings, corrections, cancellations, walk-ins, workshops, closed registers, answered reviews, invoices, credits and
charge lists, with a sync at noon and in the evening and `nightly` at night, against the sandbox. All commands run in
one process, whose memory must stay flat. Every hundred nights our counts are compared with the sandbox's, and at the
end everything is verified.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.rows import AttendeeStatus
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from tests.hub import SETTINGS

BEGINNING = datetime(2020, 9, 1, 2, 37, tzinfo=UTC)
EVERY, AHEAD, SEATS, SCHOOLS = 5, 30, 24, 30
"""A new workshop every five days, announced a month ahead."""
COMPARED_EVERY = 100
SEED = 20


def serve() -> None:
    """The process in which all commands run: one line of JSON for each, answered by one."""
    from eb_sync.cli.main import main

    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        request = json.loads(line)
        os.environ["EBSYNC_NOW"] = request["now"]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(request["arguments"])
        answers.write(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}) + "\n")
        answers.flush()


class Office:
    """That process, seen from outside."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=os.environ | environment,
        )

    def __enter__(self) -> Self:
        """It is ready when it answers."""
        return self

    def __exit__(self, *_: object) -> None:
        """It ends with its input."""
        self._process.communicate()

    def run(self, now_at: datetime, *arguments: str) -> dict[str, Any]:
        """Run one command at this instant."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"now": now_at.isoformat(), "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    @property
    def memory_mb(self) -> float:
        """Resident now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@dataclass
class Soak:
    """The hub's life."""

    world: World
    office: Office
    chance: random.Random
    events: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    requests: int = 0

    def do(self, *arguments: str, expected: tuple[int, ...] = (0, 3)) -> dict[str, Any]:
        """Run a command; anything but the codes expected ends the soak."""
        ran = self.office.run(self.world.now_at, *arguments)
        key = f"{arguments[0]} {ran['code']}"
        self.codes[key] = self.codes.get(key, 0) + 1
        if ran["code"] not in expected:
            raise SystemExit(f"{self.world.now_at} {arguments}: {ran}")
        return ran

    def night(self, number: int) -> None:
        """One night and the day after it."""
        self._report(self.do("nightly", "--json"))
        if number % EVERY == 0:
            self._announce(number)
        for hours in (9, 6):
            self.world.advance(timedelta(hours=hours))
            self._live()
            self._report(self.do("sync", "--json"), sync=True)
        self._after_workshops()
        if number % 30 == 29:
            self.do("export", "charges")
        self.world.set_clock(BEGINNING + timedelta(days=number + 1))

    def _report(self, ran: dict[str, Any], *, sync: bool = False) -> None:
        said = json.loads(ran["out"])
        self.requests += said["requests"] if sync else int(said["steps"][0]["text"].split()[-2])

    def _announce(self, number: int) -> None:
        day = (self.world.now_at + timedelta(days=AHEAD)).date()
        wish = NewEvent(f"Workshop {number}", f"{day} 10:00", f"{day} 15:00", slug=f"w{number}")
        self.events.append(self.world.add_event(wish))

    def _live(self) -> None:
        """Somebody books, corrects, cancels; on the day most are checked in."""
        for event_id in self.events[-AHEAD // EVERY - 2 :]:
            event, rows = self.world.event(event_id), self.world.attendees_of(event_id)
            active = [row for row in rows if row.status is AttendeeStatus.ATTENDING]
            if event.starts_at <= self.world.now_at < event.ends_at:
                for row in active:
                    if self.chance.random() < 0.9:
                        self.world.check_in(row.id)
            elif self.world.now_at < event.starts_at:
                self._live_before(event_id, len(rows), [row.id for row in active])

    def _live_before(self, event_id: str, booked: int, active: list[str]) -> None:
        if booked < SEATS and self.chance.random() < 0.6:
            self._book(event_id)
        if active and self.chance.random() < 0.05:
            self.world.edit(self.chance.choice(active), job_title="Maths Lead")
        if active and self.chance.random() < 0.06:
            self.world.cancel(self.chance.choice(active))

    def _book(self, event_id: str) -> None:
        person, school = self.chance.randrange(SCHOOLS * 4), self.chance.randrange(SCHOOLS)
        answers = {"School name": f"Invented School {school}", "School URN": str(800_100 + school)}
        email = f"t{person}.{school}@s{school}.example.org"
        self.world.book(event_id, [Ticket(f"Teacher{person} Of{school}", email, answers)])

    def _after_workshops(self) -> None:
        for event_id in self.events[-AHEAD // EVERY - 4 :]:
            event = self.world.event(event_id)
            if event.ends_at < self.world.now_at < event.ends_at + timedelta(hours=24):
                self._close(event_id)

    def _close(self, event_id: str) -> None:
        if not self.world.attendees_of(event_id):
            return
        self.do("attendance", "walk-in", event_id, "--name", "Wanda Walker", "--school", "Invented School 1")
        self.do("attendance", "close", event_id, "--rest-absent")
        for review in json.loads(self.do("review", event_id, "--json")["out"])["reviews"]:
            self.do("review", "decide", event_id, review["booking_id"], review["answers"][0])
        issued = json.loads(self.do("invoices", event_id, "--yes", "--json")["out"])["issued"]
        invoices = [document["number"] for document in issued if document["kind"] == "invoice"]
        if invoices and self.chance.random() < 0.3:
            self.do("credit", invoices[0], "--line", "1", "--reason", "Billed in error")

    def compare(self) -> int:
        """How many events differ from the sandbox's truth after a full sync."""
        self.do("sync", "--full")
        told = json.loads(self.do("status", "--json")["out"])["events"]
        ours = {event["event_id"]: event["active"] for event in told}
        theirs = {
            event_id: sum(1 for row in self.world.attendees_of(event_id) if not row.cancelled)
            for event_id in self.events
        }
        return sum(1 for event_id in theirs if ours.get(event_id) != theirs[event_id])


def database_bytes(url: str) -> int:
    """Size on disk."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sum(Path(f"{parsed.database}{end}").stat().st_size for end in ("",))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        size = connection.scalar(sa.text("SELECT pg_database_size(current_database())"))
    engine.dispose()
    return int(size)


def soak(nights: int, url: str, folder: Path) -> None:
    """Live so many nights and print what was seen."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with SandboxServer(world) as server:
        settings = SETTINGS | {"EBSYNC_EVENTBRITE_URL": server.url, "EBSYNC_DATABASE_URL": url}
        with Office(settings, folder) as office:
            life = Soak(world, office, random.Random(SEED))  # noqa: S311 - nothing secret
            for school in range(SCHOOLS):
                names = ("--urn", str(800_100 + school), "--name", f"Invented School {school}")
                life.do("schools", "add", *names, "--address", "1 Sample Lane", "--postcode", "ZZ1 1ZZ")
            began, before, size = time.monotonic(), 0.0, database_bytes(url)
            for number in range(nights):
                life.night(number)
                world.clear_requests()
                if (number + 1) % min(COMPARED_EVERY, nights) == 0:
                    now, grown = time.monotonic() - began, database_bytes(url)
                    per_night = (grown - size) / min(COMPARED_EVERY, nights) / 1024
                    print(
                        f"night {number + 1}: {now - before:.0f} s, {office.memory_mb:.0f} MB resident, "
                        f"{grown / 1e6:.1f} MB of database ({per_night:.0f} KB a night), {life.compare()} events differ"
                    )
                    before, size = now, grown
            print(f"{life.requests} requests in {nights} nights; commands by exit code: {life.codes}")
            print(life.do("verify", expected=(0,))["out"].strip())


def main() -> None:
    """Read the command line and soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=1000)
    parser.add_argument("--database", metavar="URL", help="an empty database; else a SQLite file that is not kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        soak(chosen.nights, chosen.database or f"sqlite:///{made}/soak.sqlite", Path(made))


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()

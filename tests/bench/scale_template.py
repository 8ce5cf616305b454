"""A small hub played by real commands, and the same hub many times over: ten million observations in minutes.

The template is a hundred workshops of thirty bookings, synced, marked, closed and invoiced. Multiplying it gives every
copy events, bookings, people and documents of its own, and shares schools and settings. The copies' facts are
interleaved: a fact of the template becomes as many neighbours with the same time, so that ids and times grow together
as they do in a real hub, and every frozen decision can still be recomputed.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from eb_sync.store.documents import digest_content
from eb_sync.store.engine import open_database
from eb_sync.store.seals import seal_all
from tests.hub import SETTINGS, Hub

EVENTS, SEATS, PER_DAY, SCHOOLS = 100, 30, 5, 60
_ABSENT = (6, 7, 20, 21)
"""Seats of two schools that stay empty at every third workshop."""
FIRST_DAY = date(2019, 10, 1)
_FACT_TABLES = ("event_observations", "observations", "reads", "facts")
_SHARED_FACTS = ("SchoolAdded", "SchoolConfirmed", "SettingsRecorded")
_IDS = re.compile(r"\b(B?)([78]\d{9})\b")
_NUMBERS = re.compile(r"\b(INV|CN)-(\d{6,})\b")


def event_id(number: int) -> str:
    """Ten digits that begin with 7, so that they can be told from everything else in a text."""
    return f"7{number:09d}"


def attendee_id(event: int, seat: int) -> str:
    """Ten digits that begin with 8."""
    return f"8{event:06d}{seat:03d}"


def day_of(event: int) -> date:
    """The day of a workshop, on weekdays."""
    number = event // PER_DAY
    return FIRST_DAY + timedelta(days=number // 5 * 7 + number % 5)


def _ticket(event: int, seat: int) -> Ticket:
    school = seat // 2 + (event % 4) * 15
    answers = {"School name": f"Invented School {school}", "School URN": str(800_100 + school)}
    name = f"Teacher{seat} Number{event}"
    return Ticket(name, f"t{seat}.{event}@s{school}.example.org", answers, attendee_id=attendee_id(event, seat))


def _play(hub: Hub) -> None:
    """Each booking is observed three times: booked, corrected or cancelled, checked in or absent."""
    world, last = hub.world, day_of(EVENTS - 1)
    hub.at(f"{FIRST_DAY - timedelta(days=20)} 09:00")
    for event in range(EVENTS):
        day, number = day_of(event), event_id(event)
        world.add_event(NewEvent(f"W{event}", f"{day} 10:00", f"{day} 15:00", slug=f"w{event}", id=number))
        for seat in range(SEATS):
            world.book(number, [_ticket(event, seat)])
    hub.do("sync")
    for school in range(SCHOOLS):
        names = ("--urn", str(800_100 + school), "--name", f"Invented School {school}")
        hub.do("schools", "add", *names, "--address", f"{school} Sample Lane", "--postcode", "ZZ1 1ZZ")
    day = FIRST_DAY - timedelta(days=6)
    while day <= last + timedelta(days=1):
        hub.at(f"{day} 09:00")
        _live(world, day)
        hub.do("sync")
        hub.at(f"{day} 15:30")
        _hold_workshops(hub, [event for event in range(EVENTS) if day_of(event) == day])
        day += timedelta(days=1)
    hub.at(f"{last + timedelta(days=40)} 09:00")
    hub.do("sync")
    hub.do("sync")


def _hold_workshops(hub: Hub, events: list[int]) -> None:
    for event in events:
        for seat in range(4, SEATS):
            if event % 3 or seat not in _ABSENT:
                hub.world.check_in(attendee_id(event, seat))
    hub.do("sync")
    for event in events:
        hub.do("attendance", "close", event_id(event), "--rest-absent")
    hub.do("invoices", "--yes")


def _live(world: World, day: date) -> None:
    """Four days before a workshop most correct their names, some cancel; on the day before one does."""
    for event in range(EVENTS):
        if day == day_of(event) - timedelta(days=4):
            for seat in range(4, SEATS):
                world.edit(attendee_id(event, seat), job_title="Maths Lead")
            for seat in range(3):
                world.cancel(attendee_id(event, seat))
        if day == day_of(event) and event % 3 == 0:
            world.cancel(attendee_id(event, 3))


def make_template(path: Path) -> None:
    """Play it into a SQLite file."""
    world = World(datetime(2019, 9, 2, 8, tzinfo=UTC))
    world.create_organization("Sample Hub", organization_id="7001")
    with SandboxServer(world) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("EBSYNC_EVENTBRITE_URL", server.url)
        patch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///{path}")
        _play(Hub(world, server, patch, path.parent))


def multiply(template: Path, target: Path, copies: int) -> float:
    """The template so many times over, in a new file; gives the seconds it took."""
    began = time.monotonic()
    target.write_bytes(template.read_bytes())
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-2000000")
        connection.execute(f"ATTACH '{template}' AS template")
        for table in (
            "open_lines",
            "batch_documents",
            "document_lines",
            "documents",
            *_FACT_TABLES,
            "profiles",
            "persons",
        ):
            connection.execute(f"DELETE FROM main.{table}")
        _Copies(connection, copies).fill()
        connection.execute("DETACH template")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("ANALYZE")
    _seal(target)
    return time.monotonic() - began


def _seal(target: Path) -> None:
    """What was filled in past ebsync is sealed as it is, or `verify` would call each row strange."""
    engine = open_database(f"sqlite:///{target}")
    with engine.begin() as connection:
        seal_all(connection)
    engine.dispose()


class _Copies:
    """Fills the file: bulk tables by SQL, those whose texts hold ids row by row."""

    def __init__(self, connection: sqlite3.Connection, copies: int) -> None:
        self._connection, self._copies = connection, copies
        connection.execute(
            "CREATE TEMP TABLE copy AS WITH RECURSIVE c(k) AS "
            f"(VALUES(0) UNION ALL SELECT k+1 FROM c WHERE k+1<{copies}) SELECT k FROM c"
        )
        connection.execute("CREATE TEMP TABLE fact_id (old INTEGER PRIMARY KEY, first INTEGER, size INTEGER)")
        self._number_facts()

    def _number_facts(self) -> None:
        query = " UNION ALL ".join(f"SELECT id, {_is_shared(table)} FROM template.{table}" for table in _FACT_TABLES)
        first = 1
        rows = []
        for old, is_shared in self._connection.execute(f"{query} ORDER BY 1").fetchall():
            size = 1 if is_shared else self._copies
            rows.append((old, first, size))
            first += size
        self._connection.executemany("INSERT INTO fact_id VALUES (?,?,?)", rows)
        self._first = {old: (new, size) for old, new, size in rows}
        self._series = {"fact": first}

    def horizon(self, old: int) -> int:
        """The last id of all copies of a fact."""
        first, size = self._first[old]
        return first + size - 1

    def fill(self) -> None:
        """Everything."""
        copies = self._copies
        self._insert(
            "persons",
            {
                "id": "(t.id-1)*{n}+k+1",
                "name_id": "(t.name_id-1)*{n}+k+1",
                "email_id": "(t.email_id-1)*{n}+k+1",
                "name_key": "t.name_key||' '||k",
                "email_key": "k||'.'||t.email_key",
            },
        )
        self._insert(
            "profiles",
            {
                "id": "(t.id-1)*{n}+k+1",
                "person_id": "(t.person_id-1)*{n}+k+1",
                "booking_id": "t.booking_id||printf('%05d',k)",
            },
        )
        fact = {"id": "f.first+k"}
        event = {**fact, "event_id": "t.event_id||printf('%05d',k)"}
        self._insert("event_observations", {**event, "slug": "t.slug||'-'||k"})
        self._insert("reads", event)
        self._insert(
            "observations",
            {
                **event,
                "attendee_id": "t.attendee_id||printf('%05d',k)",
                "person_id": "(t.person_id-1)*{n}+k+1",
                "name_id": "(t.name_id-1)*{n}+k+1",
                "profile_id": "(t.profile_id-1)*{n}+k+1",
            },
        )
        self._fill_facts()
        self._fill_documents()
        self._connection.execute(
            "UPDATE typed_schools SET first_fact_id = coalesce((SELECT first FROM fact_id "
            "WHERE old = first_fact_id), first_fact_id)"
        )
        for name in ("person", "profile", "invoice", "credit_note"):
            self._connection.execute("UPDATE series SET next_value=(next_value-1)*?+1 WHERE name=?", (copies, name))
        self._connection.execute("UPDATE series SET next_value=? WHERE name='fact'", (self._series["fact"],))

    def _insert(self, table: str, changed: dict[str, str]) -> None:
        names = [row[1] for row in self._connection.execute(f"PRAGMA template.table_info({table})")]
        values = [changed.get(name, f"t.{name}").replace("{n}", str(self._copies)) for name in names]
        joined = "JOIN fact_id f ON f.old = t.id" if "f.first+k" in values else ""
        self._connection.execute(
            f"INSERT INTO main.{table} ({','.join(names)}) SELECT {','.join(values)} "
            f"FROM template.{table} t {joined} CROSS JOIN copy ORDER BY t.id, k"
        )

    def _fill_facts(self) -> None:
        rows = self._connection.execute("SELECT * FROM template.facts ORDER BY id").fetchall()
        names = [row[1] for row in self._connection.execute("PRAGMA template.table_info(facts)")]
        self._write("facts", names, self._copied_facts([dict(zip(names, row, strict=True)) for row in rows]))

    def _copied_facts(self, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            first, size = self._first[row["id"]]
            for k in range(size):
                if size == 1:
                    yield {**row, "id": first}
                    continue
                rename = self._renamer(k)
                yield {**row, "id": first + k, "event_id": rename(row["event_id"]), "body": rename(row["body"])}

    def _fill_documents(self) -> None:
        connection = self._connection
        tables = ("documents", "document_lines", "open_lines")
        names = {name: [row[1] for row in connection.execute(f"PRAGMA template.table_info({name})")] for name in tables}
        found = {
            name: [
                dict(zip(names[name], row, strict=True)) for row in connection.execute(f"SELECT * FROM template.{name}")
            ]
            for name in tables
        }
        lines_of: dict[str, list[dict[str, Any]]] = {}
        for line in found["document_lines"]:
            lines_of.setdefault(line["number"], []).append(line)
        for k in range(self._copies):
            rename = self._renamer(k)
            documents, lines = [], []
            for row in found["documents"]:
                copied = self._copied_document(row, lines_of[row["number"]], rename)
                documents.append(copied[0])
                lines += copied[1]
            self._write("documents", names["documents"], iter(documents))
            self._write("document_lines", names["document_lines"], iter(lines))
            opened = [{name: rename(value) for name, value in row.items()} for row in found["open_lines"]]
            self._write("open_lines", names["open_lines"], iter(opened))

    def _copied_document(
        self, row: dict[str, Any], lines: list[dict[str, Any]], rename: Callable[[Any], Any]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        copied = {name: rename(value) for name, value in row.items()}
        copied["last_fact_id"] = self.horizon(row["last_fact_id"])
        copied_lines = [{name: rename(value) for name, value in line.items()} for line in lines]
        said = {name: value for name, value in copied.items() if name not in {"hub_id", "pdf", "content_sha256"}}
        said |= {
            "content": json.loads(copied["content"]),
            "issued_at": datetime.fromisoformat(copied["issued_at"]).replace(tzinfo=UTC),
            "document_on": date.fromisoformat(copied["document_on"]),
        }
        told = [
            {
                **{name: value for name, value in line.items() if name != "hub_id"},
                "decision": json.loads(line["decision"]),
            }
            for line in copied_lines
        ]
        copied["content_sha256"] = digest_content(said, told)
        return copied, copied_lines

    def _renamer(self, k: int) -> Callable[[Any], Any]:
        suffix, copies = f"{k:05d}", self._copies

        def number(match: re.Match[str]) -> str:
            return f"{match[1]}-{(int(match[2]) - 1) * copies + k + 1:06d}"

        def rename(value: Any) -> Any:  # noqa: ANN401 - a column's value
            if not isinstance(value, str):
                return value
            return _NUMBERS.sub(number, _IDS.sub(rf"\1\g<2>{suffix}", value))

        return rename

    def _write(self, table: str, names: list[str], rows: Iterator[dict[str, Any]]) -> None:
        marks = ",".join("?" * len(names))
        self._connection.execute("BEGIN")
        self._connection.executemany(
            f"INSERT INTO main.{table} ({','.join(names)}) VALUES ({marks})",
            (tuple(row[name] for name in names) for row in rows),
        )
        self._connection.execute("COMMIT")


def _is_shared(table: str) -> str:
    return f"kind IN {_SHARED_FACTS!r}" if table == "facts" else "0"

"""A hub of every schema that was ever in use is upgraded, and the program says of it what the old one said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from eb_sync.cli.main import main
from eb_sync.store.bookings import read_event_observations
from eb_sync.store.documents import digest_content
from eb_sync.store.engine import SCHEMA, alembic_config, open_database, read_schema, reading
from eb_sync.store.last_fact import read_last_fact_id
from eb_sync.store.people import read_typed_schools
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS, EVENT_OBSERVATIONS, METADATA, OBSERVATIONS, PERSONS
from eb_sync.store.watch import read_watched
from eb_sync.workshops.calendar import build_calendar
from tests.databases import opened
from tests.hub import SETTINGS

SCHEMAS = Path(__file__).parent / "schemas"
KEPT = sorted(path.stem for path in SCHEMAS.glob("*.json"))
STOOD_AT = "2019-11-11T12:00:00Z"


@dataclass(frozen=True)
class KeptHub:
    """A hub as an older program left it."""

    schema: str
    url: str
    said: dict[str, Any]
    """What that program said of it, by command."""


@pytest.fixture(params=KEPT)
def kept(request: pytest.FixtureRequest, bare_url: str) -> KeptHub:
    schema = request.param
    path = sa.make_url(bare_url).database
    if bare_url.startswith("sqlite") and path is not None:
        shutil.copyfile(SCHEMAS / f"{schema}.sqlite3", path)
    else:
        _restore(bare_url, (SCHEMAS / f"{schema}.pg.sql").read_text(encoding="utf-8"))
    said = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    return KeptHub(schema, bare_url, said)


@contextmanager
def _untouched(url: str) -> Iterator[sa.Connection]:
    """A connection that migrates nothing."""
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _restore(url: str, dump: str) -> None:
    with _untouched(url) as connection:
        cursor = connection.connection.cursor()
        cursor.execute(dump)


def _rows(url: str) -> dict[str, list[str]]:
    """All that is in a database, tables and columns by name."""
    with _untouched(url) as connection:
        found = sa.MetaData()
        found.reflect(connection)
        return {
            f"{table.name} {sorted(table.columns.keys())} {sorted(str(index.name) for index in table.indexes)}": sorted(
                repr(row) for row in connection.execute(sa.select(table))
            )
            for table in found.sorted_tables
        }


def test_every_schema_but_the_present_is_kept() -> None:
    """The present one is kept before it is released: `python -m tests.contract.schemas.make`."""
    with opened("sqlite://") as engine, reading(engine) as connection:
        revisions = ScriptDirectory.from_config(alembic_config(connection)).walk_revisions()
        assert {revision.revision for revision in revisions} - {SCHEMA} <= set(KEPT)
    for schema in KEPT:
        assert (SCHEMAS / f"{schema}.sqlite3").is_file()
        assert (SCHEMAS / f"{schema}.pg.sql").is_file()


def test_the_program_says_of_an_upgraded_hub_what_the_old_one_said(
    kept: KeptHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**SETTINGS, "EBSYNC_DATABASE_URL": kept.url, "EBSYNC_NOW": STOOD_AT}.items():
        monkeypatch.setenv(name, value)

    def say(*arguments: str) -> Any:  # noqa: ANN401 - JSON
        assert main(list(arguments)) == 0
        return json.loads(capsys.readouterr().out)

    commands = {"charges": ("charges", "--json"), "plan": ("invoices", "--dry-run", "--json")}
    for key, said in kept.said.items():
        name, _, instant = key.partition(" as of ")
        assert say(*commands[name], *(("--as-of", instant) if instant else ())) == said, key


def test_an_upgraded_database_is_one_of_the_present_program(kept: KeptHub) -> None:
    with _untouched(kept.url) as connection:
        assert read_schema(connection) == kept.schema
    with opened(kept.url) as engine, reading(engine) as connection:
        assert read_schema(connection) == SCHEMA
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA) == []
        if engine.dialect.name == "sqlite":
            assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
            assert connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"


def test_an_upgrade_keeps_every_row(kept: KeptHub) -> None:
    def counts() -> dict[str, int]:
        return {heading.partition(" ")[0]: len(rows) for heading, rows in _rows(kept.url).items()}

    before = counts()
    open_database(kept.url).dispose()
    assert before.items() <= counts().items()
    assert before["documents"]
    assert before["facts"]


def test_documents_of_an_older_program_have_the_hash_of_what_they_say(kept: KeptHub) -> None:
    with opened(kept.url) as engine, reading(engine) as connection:
        documents = [dict(row) for row in connection.execute(sa.select(DOCUMENTS)).mappings()]
        ordered = sa.select(DOCUMENT_LINES).order_by(DOCUMENT_LINES.c.line_number)
        lines = [dict(row) for row in connection.execute(ordered).mappings()]
    for row in (*documents, *lines):
        del row["hub_id"]
    for row in documents:
        kept_hash = row.pop("content_sha256")
        del row["pdf"]
        assert digest_content(row, [line for line in lines if line["number"] == row["number"]]) == kept_hash


@pytest.mark.parametrize("kept", ["0001"], indirect=True)
def test_an_upgrade_from_0001_finds_what_was_known_when_and_watches_every_event(kept: KeptHub) -> None:
    with opened(kept.url) as engine, reading(engine) as connection:
        typed = OBSERVATIONS.c.typed_school_id
        first_seen = sa.select(typed, sa.func.min(OBSERVATIONS.c.id)).where(typed.is_not(None)).group_by(typed)
        firsts = {row[0]: row[1] for row in connection.execute(first_seen)}
        assert len(firsts) == 2
        for school_id, first in firsts.items():
            assert school_id in read_typed_schools(connection, 1, first)
            assert school_id not in read_typed_schools(connection, 1, first - 1)
        for issued_at, last_fact_id in connection.execute(sa.select(DOCUMENTS.c.issued_at, DOCUMENTS.c.last_fact_id)):
            assert last_fact_id == read_last_fact_id(connection, 1, issued_at)
        assert set(read_watched(connection, 1)) == set(connection.scalars(sa.select(EVENT_OBSERVATIONS.c.event_id)))


def test_what_was_observed_before_0006_does_not_say_which_ticket_classes_were_seats(kept: KeptHub) -> None:
    with opened(kept.url) as engine, reading(engine) as connection:
        events = read_event_observations(connection, 1, 2**62)
        assert {event.seat_classes for event in events} == {None}
        workshops = build_calendar(events, (), {})
        assert {workshop.known_classes for workshop in workshops} == {None}


def _fill(url: str, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    names = columns.split()
    values = ", ".join(f":{name}" for name in names)
    with _untouched(url) as connection:
        statement = sa.text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})")  # noqa: S608 - our own words
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


@pytest.mark.parametrize("kept", ["0005"], indirect=True)
def test_an_upgrade_from_0005_knows_persons_by_what_was_typed_last(kept: KeptHub) -> None:
    _fill(kept.url, "hubs", "id", [(2,)])
    persons = (
        (1, 101, 101, "ann o brien", "a@elm.example.org"),
        (1, 102, 102, "ann obrien", "a@elm.example.org"),
        (1, 103, 102, "", ""),
        (1, 104, 104, "smith ann", "s@elm.example.org"),
        (1, 105, 104, "smith ann", "t@elm.example.org"),
        (1, 106, 106, "mrs ann smith", "s@elm.example.org"),
        (1, 107, None, "", "lead@elm.example.org"),
        (1, 108, 108, "", ""),
        (1, 109, 108, "bob", "b@elm.example.org"),
        (1, 110, 110, "_", ""),
        (2, 1, 1, "mrs teacher ann", "teacher.ann@ash.example.org"),
    )
    profiles = (
        (1, 901, 101, "Ann O\u2032Brien"),
        (1, 902, 102, "Ann O'Brien"),
        (1, 903, 103, ""),
        (1, 904, 104, "Smith Ann"),
        (1, 905, 104, "Smith, Ann"),
        (1, 906, 105, "Smith Ann"),
        (1, 907, 110, "_"),
    )
    _fill(kept.url, "persons", "hub_id id name_id name_key email_key", persons)
    typed = [
        (hub_id, number, f"B{number}", person_id, STOOD_AT, name, "", "")
        for hub_id, number, person_id, name in profiles
    ]
    _fill(kept.url, "profiles", "hub_id id booking_id person_id recorded_at name email postcode", typed)
    with opened(kept.url) as engine, reading(engine) as connection:
        columns = (PERSONS.c.hub_id, PERSONS.c.id, PERSONS.c.name_id, PERSONS.c.email_id, PERSONS.c.name_key)
        found = sa.select(*columns).order_by(PERSONS.c.hub_id, PERSONS.c.id)
        rows = [tuple(row) for row in connection.execute(found.where((PERSONS.c.id > 100) | (PERSONS.c.hub_id == 2)))]
        kept_before = connection.execute(found.where(PERSONS.c.id == 14, PERSONS.c.hub_id == 1)).one()
    assert tuple(kept_before) == (1, 14, 14, 2, "teacher bea")
    assert rows == [
        (1, 101, 101, 101, "ann obrien"),
        (1, 102, 101, 101, "ann obrien"),
        (1, 103, 101, None, ""),
        (1, 104, 104, 104, "ann smith"),
        (1, 105, 105, 105, "smith ann"),
        (1, 106, 104, 104, "ann smith"),
        (1, 107, None, 107, ""),
        (1, 108, 108, None, ""),
        (1, 109, 108, 109, "bob"),
        (1, 110, None, None, ""),
        (2, 1, 1, 1, "teacher ann"),
    ]


class _Interruption:
    """Lets so many statements of an upgrade pass, then stops it."""

    def __init__(self, passing: int) -> None:
        self.left = passing

    def __call__(self, connection: sa.Connection, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("SELECT", "PRAGMA")):
            self.left -= 1
        if self.left < 0:
            connection.detach()  # nobody gets the engine, so nobody could close a connection that went back to it
            raise InterruptedError


def _is_stopped(url: str, passing: int) -> bool:
    interruption = _Interruption(passing)
    sa.event.listen(sa.Engine, "before_cursor_execute", interruption)
    try:
        open_database(url).dispose()
    except InterruptedError:
        return True
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", interruption)
    return False


def test_an_upgrade_stopped_at_any_statement_changes_nothing_and_the_next_one_completes(kept: KeptHub) -> None:
    before = _rows(kept.url)
    passing = 0
    while _is_stopped(kept.url, passing):
        assert _rows(kept.url) == before
        passing += 1
    assert passing > 1
    with opened(kept.url) as engine, reading(engine) as connection:
        assert read_schema(connection) == SCHEMA

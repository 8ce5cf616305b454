"""Keep a small hub of the present schema, to prove later that it can be upgraded.

`python -m tests.contract.schemas.make`, before a release and never again for the same schema, writes three files beside
this one: `<schema>.sqlite3`, `<schema>.pg.sql` (PostgreSQL at 127.0.0.1, database `test`, with `pg_dump`), and
`<schema>.json` with what that program said of the hub. The bookings are the same invented ones in both databases.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from eb_sync.store.engine import SCHEMA
from tests.hub import BEGINNING, SETTINGS, Hub

HERE = Path(__file__).parent
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/"
OWN_DATABASE = "ebsync_schema"
LOOKING_BACK = ("2019-09-03T12:00:00Z", "2019-11-04T18:00:00Z", "2019-11-05T18:00:00Z", "2019-11-20T12:00:00Z")


def play(hub: Hub) -> None:
    """Two terms in small: every kind of fact, documents, a batch, a row in quarantine's past, a held read."""
    fractions = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ratio = hub.event("Ratio", "2019-11-12 10:00", "2019-11-12 15:00", slug="ratio")
    elm = {"School name": "Elm Nursery", "Your role in school": "Teacher"}
    first = [hub.book(fractions, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve")]
    first += [hub.book(fractions, f"Teacher {name}", elm) for name in ("Fay", "Gus")]
    held = [hub.book(ratio, f"Teacher {name}") for name in ("Hal", "Ida", "Jon", "Kim", "Lou", "Mia")]
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-03 12:00")
    hub.sync()
    hub.world.cancel(hub.bookings[first[0]])
    hub.world.edit(hub.bookings[first[1]], name="Teacher Bea")
    hub.at("2019-11-04 18:00")
    hub.sync()
    hub.world.cancel(hub.bookings[first[2]])
    hub.world.delete(hub.bookings[first[6]], entirely=True)
    hub.at("2019-11-05 10:05")
    hub.world.check_in(hub.bookings[first[1]])
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "walk-in", "fractions", "--name", "Nan Newcomer", "--school", "Elm Nursery")
    hub.do("attendance", "mark", "fractions", first[5], "absent")
    hub.do("notice", "add", "fractions", first[3], "--received-at", "2019-11-01 09:00", "--channel", "email")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.do("invoices", "fractions", "--yes")
    hub.do("export", "charges", "-o", str(hub.folder / "charges.csv"))
    hub.at("2019-11-06 09:00")
    hub.do(
        *[
            "exempt",
            "add",
            "--kind",
            "ofsted",
            "--school",
            "800001",
            "--from",
            "2019-11-04",
            "--to",
            "2019-11-06",
            "--approved-by",
            "Jo",
        ]
    )
    hub.do("invoices", "--yes")
    for booking in held[:4]:
        hub.world.cancel(hub.bookings[booking])
    hub.at("2019-11-11 12:00")
    assert hub.run("sync").code == 65


def describe(hub: Hub) -> dict[str, Any]:
    """What the program says of it, now and looking back."""
    said: dict[str, Any] = {"charges": hub.do("charges", "--json").json(), "plan": _plan(hub)}
    for instant in LOOKING_BACK:
        said[f"charges as of {instant}"] = hub.do("charges", "--json", "--as-of", instant).json()
    return said


def _plan(hub: Hub) -> Any:  # noqa: ANN401 - JSON
    return hub.do("invoices", "--dry-run", "--json").json()


def make(url: str, folder: Path) -> dict[str, Any]:
    """Play the hub into a database."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with SandboxServer(world) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("EBSYNC_EVENTBRITE_URL", server.url)
        patch.setenv("EBSYNC_DATABASE_URL", url)
        patch.chdir(folder)
        hub = Hub(world, server, patch, folder)
        hub.at("2019-09-02 09:00")
        play(hub)
        return describe(hub)


def main() -> None:
    """Write the three files."""
    if (HERE / f"{SCHEMA}.json").exists():
        raise SystemExit(f"Schema {SCHEMA} is kept already; a released schema never changes.")
    os.environ.pop("EBSYNC_NOW", None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.sqlite3"
        said = make(f"sqlite:///{path}", Path(folder))
        engine = sa.create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("PRAGMA journal_mode=DELETE"))
            connection.execute(sa.text("VACUUM"))
        engine.dispose()
        (HERE / f"{SCHEMA}.sqlite3").write_bytes(path.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        _recreate()
        assert make(f"{POSTGRES}{OWN_DATABASE}", Path(folder)) == said
    options = ("--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=50")
    dump = subprocess.run(
        ("pg_dump", "-h", "127.0.0.1", "-U", "postgres", *options, OWN_DATABASE),  # noqa: S607 - Debian's
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # psql's own commands, and settings that other versions of the server may not know, are no part of the hub
    lines = [line for line in dump.splitlines() if not line.startswith(("\\", "SET ", "SELECT pg_catalog.set_config"))]
    (HERE / f"{SCHEMA}.pg.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (HERE / f"{SCHEMA}.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"kept schema {SCHEMA}\n")


def _recreate() -> None:
    engine = sa.create_engine(f"{POSTGRES}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {OWN_DATABASE}"))
        connection.execute(sa.text(f"CREATE DATABASE {OWN_DATABASE}"))
    engine.dispose()


if __name__ == "__main__":
    main()

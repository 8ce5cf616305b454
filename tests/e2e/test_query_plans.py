"""What a hub does every hour and every day never reads a whole table that grows with the years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from tests.hub import Hub

GROWING = "observations|event_observations|reads|documents|document_lines|open_lines|profiles|persons"
"""`facts` are read whole only where they are about the hub: schools, settings."""
SCAN = re.compile(rf"SCAN ({GROWING})\b")
DAILY = (
    ("sync", "--json"),
    ("charges", "fractions", "--json"),
    ("review", "fractions", "--json"),
    ("invoices", "fractions", "--dry-run", "--json"),
    ("register", "fractions", "--format", "csv", "-o", "register.csv"),
    ("attendance", "reopen", "fractions"),
)


@contextmanager
def noting_plans(plans: list[tuple[str, str]]) -> Iterator[None]:
    """Note how SQLite carries out each query."""

    def explain(connection: sa.Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE")):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend((statement, row[3]) for row in cursor.fetchall())
            cursor.close()

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", explain)
    try:
        yield
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", explain)


@pytest.fixture
def used(hub: Hub) -> Hub:
    """A hub with a workshop that was billed, and one to come."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    for name in ("Ann", "Bob", "Cat"):
        hub.book(event, f"Teacher {name}")
    hub.book(hub.event("Ratio", "2020-03-05 10:00", "2020-03-05 15:00", slug="ratio"), "Teacher Ann")
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.add_schools()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "--yes")
    hub.at("2019-11-05 16:30")
    hub.world.cancel(next(iter(hub.bookings.values())))
    return hub


@pytest.mark.parametrize("command", DAILY, ids=lambda command: command[0])
def test_no_table_that_grows_is_read_whole(used: Hub, command: tuple[str, ...]) -> None:
    plans: list[tuple[str, str]] = []
    with noting_plans(plans):
        used.do(*command)
    assert any(re.search(rf"SEARCH ({GROWING})\b", plan) for _, plan in plans)
    assert [(statement, plan) for statement, plan in plans if SCAN.search(plan)] == []

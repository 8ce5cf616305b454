"""`ebsync person`: what is held is shown, erased on request, and never comes back; every decision and sum stays."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import sqlalchemy as sa

from tests.databases import opened
from tests.hub import Hub

pytestmark = pytest.mark.every_database

ANN = "teacher.ann@ash.example.org"
CAT = "teacher.cat@ash.example.org"


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def refs(hub: Hub, event: str) -> dict[str, str]:
    """Ann gave late notice, Bob came, Cat did not; all of it is billed."""
    found = {name: hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat")}
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-04 18:00")
    hub.sync()
    hub.at("2019-11-05 08:00")
    hub.world.cancel(hub.bookings[found["Ann"]])
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "mark", "fractions", found["Bob"], "present")
    hub.do("attendance", "walk-in", "fractions", "--name", "Wendy Walker", "--school", "Elm Nursery")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.do("invoices", "--yes", "-o", "out")
    return found


def without_names(said: Any) -> Any:  # noqa: ANN401 - any JSON
    for decision in said["decisions"]:
        decision["teacher"] = decision["email"] = None
    return said


def all_text() -> str:
    """Every cell of the database."""
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))
        )


def test_what_is_held_is_shown_from_where_why_and_until_when(hub: Hub, refs: dict[str, str]) -> None:
    exported = hub.do("person", "export", CAT.upper(), "--json").json()
    assert [row["name"] for row in exported["names"]] == ["Teacher Cat"]
    assert {row["booking_id"] for row in exported["bookings"]} == {refs["Cat"]}
    assert [row["kind"] for row in exported["recorded"]] == ["AttendanceMarked"]
    assert [row["number"] for row in exported["documents"]] == ["INV-000001"]
    path = hub.folder / "cat.json"
    hub.do("person", "export", CAT, "-o", str(path))
    assert json.loads(path.read_text(encoding="utf-8")) == exported
    page = hub.do("person", "export", CAT).out
    assert "Teacher Cat" in page
    assert "six years" in page
    assert "Teacher Bob" not in page


def test_erased_fully_read_and_verified_nothing_comes_back_and_everything_adds_up(
    hub: Hub, refs: dict[str, str]
) -> None:
    before = without_names(hub.do("charges", "fractions", "--json").json())
    assert "eacher ann" in all_text().casefold()
    preview = hub.run("person", "erase", ANN)
    assert (preview.code, preview.out) == (3, "")
    assert "Teacher Ann" in hub.do("charges", "fractions", "--json").out
    out = hub.do("person", "erase", ANN, "--yes").out
    assert "six years" in out
    assert out.splitlines()[-1].startswith("fact ")
    said = json.loads(hub.do("sync", "--full", "--json").out)
    assert said["observations"] == 0
    hub.world.edit(hub.bookings[refs["Ann"]], name="Teacher Ann-Marie")
    hub.do("sync", "--full")
    text = all_text().casefold()
    assert "teacher ann" not in text
    assert ANN not in text
    assert "teacher bob" in text
    after = without_names(hub.do("charges", "fractions", "--json").json())
    del before["as_of"], after["as_of"]
    assert after == before
    plan = hub.run("invoices", "--dry-run", "--json").json()
    assert not any(plan.values())
    hub.do("verify")
    assert "Nothing is held" in hub.refused("person", "erase", ANN, "--yes")
    assert "Nothing is held" in hub.refused("person", "export", ANN)


def test_a_cancelled_booking_of_an_erased_person_is_still_judged(hub: Hub, event: str) -> None:
    reference = hub.book(event, "Teacher Ann")
    hub.sync()
    hub.do("person", "erase", ANN, "--yes")
    hub.at("2019-11-03 12:00")
    hub.sync()
    hub.world.cancel(hub.bookings[reference])
    hub.at("2019-11-03 13:00")
    hub.sync()
    assert hub.decisions("fractions")[reference] == ("notice_in_time", "notice_in_time")
    hub.do("verify")


def test_a_walk_in_is_shown_and_erased_by_reference(hub: Hub, refs: dict[str, str]) -> None:
    assert refs
    exported = hub.do("person", "export", "w1", "--json").json()
    assert [row["name"] for row in exported["names"]] == ["Wendy Walker"]
    hub.do("person", "erase", "W1", "--yes", "--json")
    assert "Wendy" not in hub.do("charges", "fractions", "--json").out
    hub.do("verify")


def test_a_name_in_a_held_read_is_erased_too(hub: Hub, event: str) -> None:
    names = ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")
    found = [hub.book(event, f"Teacher {name}") for name in names]
    hub.sync()
    for reference in found[:5]:
        hub.world.cancel(hub.bookings[reference])
    hub.at("2019-11-03 12:00")
    assert hub.run("sync", "--full").code == 65
    hub.do("person", "erase", ANN, "--yes")
    assert "teacher ann" not in all_text().casefold()
    assert hub.run("sync", "--full").code == 65
    assert "teacher ann" not in all_text().casefold()
    hub.do("sync", "--full", "--allow-mass-change", event)
    assert "teacher ann" not in all_text().casefold()
    assert hub.decisions("fractions")[found[0]] == hub.decisions("fractions")[found[1]]
    hub.do("verify")


def test_verify_finds_a_name_that_came_back(hub: Hub, refs: dict[str, str]) -> None:
    assert refs
    hub.do("person", "erase", ANN, "--yes")
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.begin() as connection:
        connection.execute(sa.text("UPDATE profiles SET name = 'Somebody' WHERE name = ''"))
    result = hub.run("verify")
    assert result.code != 0
    assert "still holds a name that was erased" in result.out + result.err
    assert "Somebody" not in result.out + result.err


def test_guests_are_not_erased_while_the_settings_name_them(
    hub: Hub, refs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refs
    monkeypatch.setenv("EBSYNC_GUESTS", ANN)
    assert "EBSYNC_GUESTS" in hub.refused("person", "erase", ANN, "--yes")

"""`ebsync person`: what is held is shown, erased on request, and never comes back; every decision and sum stays."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import sqlalchemy as sa

from eb_sync.sandbox.requested import Ticket
from tests.databases import opened
from tests.e2e.test_register_of_schools import load
from tests.hub import ASH, Hub
from tests.mail_server import serving
from tests.register_files import school

pytestmark = pytest.mark.every_database

ANN = "teacher.ann@ash.example.org"
BOB = "teacher.bob@ash.example.org"
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
    assert preview.code == 3
    assert "This would erase Teacher Ann" in preview.out
    assert "eacher" not in preview.err
    assert "Teacher Ann" in hub.do("charges", "fractions", "--json").out
    out = hub.do("person", "erase", ANN, "--yes").out
    assert out.startswith("Erased: Teacher Ann")
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
    assert "Nothing is held" in hub.refused("person", "erase", "W1", "--yes")
    assert "Nothing is held" in hub.refused("person", "export", "W1")


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
    monkeypatch.setenv("EBSYNC_GUESTS", ANN)
    assert "EBSYNC_GUESTS" in hub.refused("person", "erase", ANN, "--yes")
    assert "EBSYNC_GUESTS" in hub.refused("person", "erase", refs["Ann"], "--yes")


def test_a_corrected_address_is_shown_and_erased_with_the_wrong_one_but_no_later_holder_is(
    hub: Hub, event: str
) -> None:
    corrected, handed_on = hub.book(event, "Teacher Ann"), hub.book(event, "Teacher Ann")
    hub.world.edit(hub.bookings[corrected], email="teacher.ann@ash.exmaple.org")
    hub.sync()
    hub.at("2019-09-03 09:00")
    hub.world.edit(hub.bookings[corrected], email=ANN)
    hub.world.edit(hub.bookings[handed_on], name="Teacher Bob", email=BOB)
    hub.sync()
    exported = hub.do("person", "export", ANN, "--json").json()
    addresses = {(row["booking_id"], row["email"]) for row in exported["names"]}
    assert addresses == {(corrected, ANN), (corrected, "teacher.ann@ash.exmaple.org"), (handed_on, ANN)}
    hub.do("person", "erase", ANN, "--yes")
    text = all_text().casefold()
    assert "teacher ann" not in text
    assert "exmaple" not in hub.do("charges", "fractions", "--json", "--as-of", "2019-09-02T12:00:00Z").out
    assert "teacher bob" in text
    hub.do("verify")


def test_what_was_recorded_about_the_next_holder_of_a_booking_is_not_shown(hub: Hub, event: str) -> None:
    reference = hub.book(event, "Teacher Ann")
    hub.sync()
    hub.add_schools()
    claim = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--booking", reference)
    anns = hub.do(*claim, "--code", "illness", "--approved-by", "Lead").facts[0]
    hub.at("2019-09-03 12:00")
    hub.world.edit(hub.bookings[reference], name="Teacher Bob", email=BOB)
    hub.do("sync", "--full")
    hub.do("exempt", "revoke", anns)
    bobs = hub.do(*claim, "--code", "family", "--approved-by", "Lead").facts[0]
    hub.do("exempt", "revoke", bobs)
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "--yes", "-o", "out")
    ann = hub.do("person", "export", ANN, "--json").json()
    bob = hub.do("person", "export", BOB, "--json").json()
    assert [row["fact_id"] for row in ann["recorded"]] == [anns]
    assert [row["fact_id"] for row in bob["recorded"] if row["kind"] != "AttendanceMarked"] == [bobs]
    assert ann["documents"] == []
    assert [row["number"] for row in bob["documents"]] == ["INV-000001"]


def test_somebody_without_an_address_is_shown_and_erased_by_a_bookings_reference(hub: Hub, event: str) -> None:
    (attendee_id,) = hub.world.book(event, (Ticket("Teacher Zoe", None, ASH),))
    other = hub.book(event, "Teacher Bob")
    hub.sync()
    hub.world.edit(attendee_id, answers={"Your role in school": "Headteacher"})
    hub.at("2019-09-03 09:00")
    hub.sync()
    exported = hub.do("person", "export", f"b{attendee_id}", "--json").json()
    assert [row["name"] for row in exported["names"]] == ["Teacher Zoe", "Teacher Zoe"]
    hub.do("person", "erase", f"B{attendee_id}", "--yes")
    hub.do("sync", "--full")
    assert "teacher zoe" not in all_text().casefold()
    assert "Teacher Bob" in hub.do("person", "export", other).out
    assert "Nothing is held" in hub.refused("person", "erase", f"B{attendee_id}", "--yes")
    assert "Nothing is held" in hub.refused("person", "erase", "B999", "--yes")
    hub.do("verify")


def test_an_old_page_brings_no_erased_name_back(hub: Hub, event: str) -> None:
    reference = hub.book(event, "Teacher Ann")
    hub.sync()
    old = hub.world.attendee(hub.bookings[reference])
    hub.at("2019-09-03 12:00")
    hub.world.edit(hub.bookings[reference], name="Teacher Bob", email=BOB)
    new = hub.world.attendee(hub.bookings[reference])
    hub.do("sync", "--full")
    hub.do("person", "erase", ANN, "--yes")
    for page in (old, new, old, old, new):
        hub.world.put_attendee(page)
        hub.do("sync", "--full")
        (decision,) = hub.do("charges", "fractions", "--json").json()["decisions"]
        assert decision["teacher"] == "Teacher Bob"
    assert "teacher ann" not in all_text().casefold()
    hub.do("verify")


def test_an_old_page_that_is_held_brings_no_erased_name_back(hub: Hub, event: str) -> None:
    found = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.sync()
    old = hub.world.attendee(hub.bookings[found[0]])
    hub.at("2019-09-03 12:00")
    hub.world.edit(hub.bookings[found[0]], name="Teacher Gus", email="teacher.gus@ash.example.org")
    hub.do("sync", "--full")
    hub.do("person", "erase", ANN, "--yes")
    hub.world.put_attendee(old)
    hold(hub, *found[1:])
    assert "teacher ann" not in all_text().casefold()
    hub.do("sync", "--full", "--allow-mass-change", event)
    assert "teacher ann" not in all_text().casefold()
    assert "Teacher Gus" in hub.do("charges", "fractions", "--json").out


# What a read holds that looked wrong.


def hold(hub: Hub, *references: str) -> None:
    """These are cancelled all at once, and the brake holds the read."""
    for reference in references:
        hub.world.cancel(hub.bookings[reference])
    hub.at("2019-10-03 12:00")
    assert hub.run("sync", "--full").code == 65


@pytest.fixture
def five(hub: Hub, event: str) -> list[str]:
    """Bob, whose booking stays, and four others."""
    found = [hub.book(event, f"Teacher {name}") for name in ("Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.sync()
    hub.add_schools()
    return found


def close(hub: Hub, event: str) -> dict[str, tuple[str, str]]:
    """What is held is allowed, and nobody came."""
    hub.at("2019-11-05 16:00")
    hub.do("sync", "--full", "--allow-mass-change", event)
    hub.run("attendance", "close", event, "--nobody-came")
    return hub.decisions("fractions")


@pytest.mark.parametrize("erase", [False, True])
def test_bookings_in_a_held_read_alone_stay_one_persons(hub: Hub, event: str, five: list[str], *, erase: bool) -> None:
    again = hub.book(event, "Teacher Bob")
    new = [hub.book(event, "Teacher Ann"), hub.book(event, "Teacher Ann")]
    hold(hub, *five[1:])
    if erase:
        hub.do("person", "erase", BOB, "--yes")
        hub.do("person", "erase", ANN, "--yes")
        assert "teacher ann" not in all_text().casefold()
    decisions = close(hub, event)
    judged = "person_erased" if erase else "no_show"
    assert sorted((decisions[five[0]][1], decisions[again][1])) == ["duplicate", judged]
    assert sorted(decisions[reference][1] for reference in new) == ["duplicate", judged]
    if erase:
        assert "teacher ann" not in all_text().casefold()
        assert "teacher bob" not in all_text().casefold()
    hub.do("verify")


@pytest.mark.parametrize("erase", [False, True])
def test_anothers_booking_that_a_held_read_shows_as_theirs_stays_the_others(
    hub: Hub, event: str, five: list[str], *, erase: bool
) -> None:
    twin = hub.book(event, "Teacher Bob")
    hub.sync()
    hub.world.edit(hub.bookings[five[0]], name="Teacher Ann", email=ANN)
    hold(hub, *five[1:])
    hub.world.edit(hub.bookings[five[0]], name="Teacher Bob", email=BOB)
    if erase:
        assert "eacher Ann" in hub.do("person", "export", ANN).out
        assert "rows that wait" in hub.run("person", "erase", ANN).out
        hub.do("person", "erase", ANN, "--yes")
        assert "teacher ann" not in all_text().casefold()
        assert "Nothing is held" in hub.refused("person", "erase", ANN, "--yes")
    decisions = close(hub, event)
    assert sorted((decisions[five[0]][1], decisions[twin][1])) == ["duplicate", "no_show"]
    assert hub.do("charges", "fractions", "--json").out.count("Teacher Bob") == 2


@pytest.mark.parametrize("wanted", [ANN, "reference"])
def test_what_only_a_held_read_has_is_shown_and_erased(hub: Hub, event: str, five: list[str], wanted: str) -> None:
    reference = hub.book(event, "Teacher Ann")
    hold(hub, *five)
    wanted = reference if wanted == "reference" else wanted
    exported = hub.do("person", "export", wanted, "--json").json()
    assert [(row["booking_id"], row["name"], row["email"]) for row in exported["held"]] == [
        (reference, "Teacher Ann", ANN)
    ]
    assert exported["held"][0]["school_urn"] == "800001"
    page = hub.do("person", "export", wanted).out
    assert "Teacher Ann" in page
    assert "Teacher Bob" not in page
    hub.do("person", "erase", wanted, "--yes")
    assert "teacher ann" not in all_text().casefold()
    assert "Nothing is held" in hub.refused("person", "export", wanted)
    hub.do("verify")


@pytest.mark.parametrize("name", ["Teacher Bob", "Mr Teacher Bob"])
def test_a_correction_that_a_held_read_alone_has_finds_the_person(
    hub: Hub, event: str, five: list[str], name: str
) -> None:
    hub.world.edit(hub.bookings[five[0]], name=name, email="bob@ash.example.org")
    hold(hub, *five[1:])
    assert "Teacher Bob" in hub.do("person", "export", "bob@ash.example.org").out
    assert len(hub.do("person", "export", BOB, "--json").json()["held"]) == 1
    hub.do("person", "erase", "bob@ash.example.org", "--yes")
    close(hub, event)
    assert "teacher bob" not in all_text().casefold()
    assert name.casefold() not in all_text().casefold()


def test_a_held_row_with_an_address_and_no_name_is_blanked(hub: Hub, event: str, five: list[str]) -> None:
    hub.world.edit(hub.bookings[five[0]], name="")
    hold(hub, *five[1:])
    assert hub.do("person", "erase", BOB, "--yes", "--json").json()["blanked"]["held_rows"] == 1
    assert BOB not in all_text().casefold()
    close(hub, event)
    assert BOB not in all_text().casefold()
    hub.do("verify")


# A school that is known by the host of the address.

SCHOOLS = [school("810001", "Ash Lane Primary School", "ZZ1 1ZZ", host="https://www.ash.example.org")]
TYPED = {"School name": "Ash Lane Primary", "Your role in school": "Teacher"}


def school_of(hub: Hub, reference: str) -> str | None:
    decisions = hub.do("charges", "fractions", "--json").json()["decisions"]
    urn: str | None = next(row["school_urn"] for row in decisions if row["booking_id"] == reference)
    return urn


def test_an_answer_edited_after_the_erasure_leaves_the_school(hub: Hub, event: str) -> None:
    reference = hub.book(event, "Teacher Ann", TYPED)
    hub.sync()
    load(hub, "schools.csv", SCHOOLS)
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "--yes", "-o", "out")
    hub.do("person", "erase", ANN, "--yes")
    hub.world.edit(hub.bookings[reference], answers={"Your role in school": "Maths Lead"})
    hub.at("2019-11-06 16:00")
    hub.sync()
    assert school_of(hub, reference) == "810001"
    assert not any(hub.do("invoices", "--dry-run", "--json").json().values())


def test_a_booking_in_a_held_read_alone_has_its_school_after_the_erasure(hub: Hub, event: str) -> None:
    found = [hub.book(event, f"Teacher {name}", TYPED) for name in ("Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.sync()
    load(hub, "schools.csv", SCHOOLS)
    reference = hub.book(event, "Teacher Ann", TYPED)
    hold(hub, *found)
    hub.do("person", "erase", ANN, "--yes")
    hub.do("sync", "--full", "--allow-mass-change", event)
    assert school_of(hub, reference) == "810001"
    assert "teacher ann" not in all_text().casefold()


LEAD = "lead@hub.example.org"


@pytest.fixture
def told(hub: Hub, refs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A lead and finance who got one message each."""
    assert refs
    with serving() as box:
        for name, value in (
            ("HOST", "127.0.0.1"),
            ("PORT", str(box.port)),
            ("SECURITY", "none"),
            ("FROM", "a@b.example"),
        ):
            monkeypatch.setenv(f"EBSYNC_SMTP__{name}", value)
        monkeypatch.setenv("EBSYNC_LEADS", f"*={LEAD}")
        monkeypatch.setenv("EBSYNC_FINANCE_EMAIL", "money@hub.example.org")
        hub.do("attendance", "reopen", "fractions")
        hub.at("2019-11-06 18:00")
        hub.sync()
        assert hub.do("messages").out == "2 sent\n"


@pytest.mark.usefixtures("told")
def test_leads_and_finance_are_not_erased_while_the_settings_name_them(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "EBSYNC_LEADS" in hub.refused("person", "erase", LEAD, "--yes")
    assert "EBSYNC_FINANCE_EMAIL" in hub.refused("person", "erase", "money@hub.example.org", "--yes")
    monkeypatch.delenv("EBSYNC_LEADS")
    (name,) = hub.do("person", "export", LEAD, "--json").json()["names"]
    assert (name["email"], name["from"], name["recorded_at"]) == (LEAD, "the settings", "2019-11-06T18:00:00Z")
    assert LEAD in hub.do("person", "export", LEAD).out
    assert hub.do("person", "erase", LEAD, "--yes", "--json").json()["blanked"]["names"] == 1
    assert LEAD not in all_text()
    hub.do("verify")


@pytest.mark.usefixtures("told")
def test_an_address_that_messages_went_to_goes_a_time_after_the_newest(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("APPLY", "true"), ("ABSENT_DAYS", "10"), ("ATTENDED_DAYS", "20")):
        monkeypatch.setenv(f"EBSYNC_RETENTION__{name}", value)
    hub.at("2019-11-16 12:00")
    hub.do("nightly")
    assert LEAD in all_text()
    hub.at("2019-11-17 12:00")
    hub.do("nightly")
    assert LEAD not in all_text()
    assert "money@hub.example.org" not in all_text()

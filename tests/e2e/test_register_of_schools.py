"""`ebsync schools load` and what follows: identities that the register proves, suggestions, numbers that change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub import Hub
from tests.register_files import DOWNLOAD, LINKS, Row, link, school, write_register

pytestmark = pytest.mark.every_database

SCHOOLS = [
    school("810001", "Ash Lane Primary School", "ZZ1 1ZZ", host="https://www.ashlane.example.org"),
    school("810002", "Oakfield Infant School", "ZZ2 2ZZ"),
    school("810003", "Oakfield Junior School", "ZZ2 2ZZ"),
    school("810006", "Rowan School", "ZZ6 6ZZ", status="Closed", closed="05-11-2019"),
    school("810007", "Rowan Academy", "ZZ6 6ZZ", opened="06-11-2019"),
]


def load(hub: Hub, name: str, rows: list[Row], columns: tuple[str, ...] = DOWNLOAD, code: int = 0) -> str:
    path = write_register(hub.folder / name, columns, rows)
    result = hub.run("schools", "load", str(path))
    assert result.code == code, result
    return result.out


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


def books(hub: Hub, event: str, name: str, typed: str, urn: str = "", postcode: str = "") -> str:
    return hub.book(event, name, {"School name": typed, "School URN": urn, "School postcode": postcode})


def schools_of(hub: Hub) -> dict[str, str | None]:
    decisions = hub.do("charges", "fractions", "--json").json()["decisions"]
    return {decision["booking_id"]: decision["school_urn"] for decision in decisions}


def test_what_the_register_proves_is_billed_to_its_address_and_the_rest_waits(hub: Hub, event: str) -> None:
    by_number = books(hub, event, "Ann Archer", "Ash Lane Primary", "810001")
    by_postcode = books(hub, event, "Bob Baker", "Oakfield Infants", postcode="zz2 2zz")
    either = books(hub, event, "Cat Cole", "Oakfield School", postcode="ZZ2 2ZZ")
    by_name = books(hub, event, "Dan Dale", "Ash Lane Primary School")
    wrong = books(hub, event, "Eve East", "Ash Lane Primary", "810002")
    hub.sync()
    assert set(schools_of(hub).values()) == {None}
    assert "5 rows, of which 5 are new" in load(hub, "all.csv", SCHOOLS)
    assert schools_of(hub) == {by_number: "810001", by_postcode: "810002", either: None, by_name: None, wrong: None}
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    issued = hub.run("invoices", "--yes", "-o", "out", "--json").json()
    assert sorted(document["school"] for document in issued["issued"]) == [
        "Ash Lane Primary School",
        "Oakfield Infant School",
    ]
    assert {blocked["booking_id"] for blocked in issued["blocked"]} == {either, by_name, wrong}
    listed = hub.do("schools", "list", "--json").json()
    assert [(known["id"], known["source"]) for known in listed["schools"]] == [
        ("810001", "register"),
        ("810002", "register"),
    ]
    assert listed["schools"][0]["address"] == "1 School Lane, Larkmoor, ZZ1 1ZZ"
    hub.do("verify")


def test_what_waits_is_suggested_and_a_persons_word_decides_until_it_is_taken_back(hub: Hub, event: str) -> None:
    either = books(hub, event, "Cat Cole", "Oakfield School", postcode="ZZ2 2ZZ")
    hub.sync()
    load(hub, "all.csv", SCHOOLS)
    (waiting,) = hub.do("schools", "match", "--json").json()["waiting"]
    assert (waiting["state"], waiting["booking_ids"]) == ("suggested", [either])
    assert {suggestion["urn"] for suggestion in waiting["suggestions"][:2]} == {"810002", "810003"}
    assert "its postcode ZZ2 2ZZ was typed" in waiting["suggestions"][0]["evidence"]
    assert "ebsync schools confirm 8100" in hub.do("schools", "match").out
    fact = hub.do("schools", "confirm", "810003", "--typed", "Oakfield School").facts[0]
    assert schools_of(hub) == {either: "810003"}
    assert hub.do("schools", "match").out == "Nothing waits.\n"
    hub.do("retract", fact)
    assert schools_of(hub) == {either: None}


def test_a_school_of_the_register_that_nothing_points_to_can_be_confirmed(hub: Hub, event: str) -> None:
    booking = books(hub, event, "Cat Cole", "The place by the church")
    hub.sync()
    load(hub, "all.csv", SCHOOLS)
    assert "nothing in the register is near enough" in hub.do("schools", "match").out
    hub.do("schools", "confirm", "810001", "--booking", booking)
    assert schools_of(hub) == {booking: "810001"}


def test_a_conversion_between_booking_and_invoice_keeps_the_number_of_the_workshops_day(hub: Hub, event: str) -> None:
    booking = books(hub, event, "Ann Archer", "Rowan Academy", "810007")
    hub.sync()
    load(hub, "all.csv", SCHOOLS)
    load(hub, "links.csv", [link("810006", "810007", "Successor", "06-11-2019")], LINKS)
    assert schools_of(hub) == {booking: "810006"}  # the workshop is on the old school's last day
    later = hub.event("Ratio", "2019-11-06 10:00", "2019-11-06 15:00", slug="ratio")
    new = books(hub, later, "Ann Archer", "Rowan School", "810006")
    hub.at("2019-11-07 16:00")
    hub.do("sync", "--full")
    decided = hub.do("charges", "ratio", "--json").json()["decisions"]
    assert [(each["booking_id"], each["school_urn"]) for each in decided] == [(new, "810007")]
    hub.do("exempt", "add", "--kind", "ofsted", "--school", "810007", "--from", "2019-11-05", "--to", "2019-11-05")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert hub.decisions("fractions")[booking] == ("review", "exemption_claimed")


def test_links_loaded_after_the_invoice_change_nothing_that_was_issued(hub: Hub, event: str) -> None:
    books(hub, event, "Ann Archer", "Rowan Academy", "810007")
    hub.sync()
    load(hub, "all.csv", SCHOOLS)
    hub.at("2019-11-07 16:00")
    hub.do("sync", "--full")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    (issued,) = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert issued["school"] == "Rowan Academy"
    load(hub, "links.csv", [link("810006", "810007", "Successor", "06-11-2019")], LINKS)
    plan = hub.do("invoices", "--dry-run", "--json").json()
    assert (plan["to_invoice"], plan["to_credit"]) == ([], [])
    hub.do("verify")


def test_what_changed_since_the_last_load_is_reported(hub: Hub) -> None:
    load(hub, "all.csv", SCHOOLS)
    assert "loaded before" in load(hub, "all.csv", SCHOOLS)
    changed = [
        school("810001", "Ash Lane School", "ZZ1 1ZZ"),
        school("810002", "Oakfield Infant School", "ZZ2 2ZZ", status="Closed"),
        school("810003", "Oakfield Junior School", "ZZ2 2ZZ", trust="77 Lark Trust"),
        school("810009", "Yew School"),
    ]
    told = load(hub, "next.csv", changed)
    for line in ("4 rows, of which 4 are new", "renamed: 1", "closed: 1", "moved trust: 1", "opened: 1"):
        assert line in told
    load(hub, "links.csv", [link("810001", "810002", "Successor", "")], LINKS)
    merged = [link("810001", "810002", "Successor", ""), link("810003", "810002", "Successor - merged", "")]
    assert "merged: 1" in load(hub, "more.csv", merged, LINKS)


def test_rows_that_cannot_be_read_are_left_out(hub: Hub, tmp_path: Path) -> None:
    told = load(hub, "all.csv", [*SCHOOLS, school("12", "No Number")], code=3)
    assert "5 rows" in told
    assert "none of the register's" in hub.refused("schools", "load", __file__)

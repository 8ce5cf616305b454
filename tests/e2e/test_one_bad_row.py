"""One bad row, text or instant never ends a run: it is cleaned or left out, said, and the rest goes on."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa

from eb_sync.bootstrap import build_hub
from eb_sync.store.tables import HELD_READS
from tests.hostile import Hostile, opened_hostile
from tests.hub import Hub

pytestmark = pytest.mark.every_database

BAD_TEXTS = [
    "Half \ud83d",
    "Nul\0l",
    "\x1b]0;owned\x07Red \x1b[31m",
    "\u202eBidi\u2066",
    "\u2028\ufeff\uffff",
    "x" * 9000,
]


@pytest.fixture
def hostile(hub: Hub) -> Iterator[Hostile]:
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
    with opened_hostile(hub.server.url) as hostile:
        hub.patch.setenv("EBSYNC_EVENTBRITE_URL", hostile.url)
        yield hostile


@pytest.fixture
def workshop(hub: Hub) -> str:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Teacher Ann")
    hub.book(event, "Teacher Bob")
    hub.at("2019-11-04 11:00")
    return event


def of_bob(change: Callable[[Any], None]) -> Callable[[Any], None]:
    """Alter the row of the second booking, wherever it comes."""

    def alter(body: Any) -> None:  # noqa: ANN401 - JSON
        for row in body.get("attendees", []):
            if row["profile"]["name"] == "Teacher Bob":
                change(row)

    return alter


def run_sql(statement: str) -> None:
    with closing(build_hub(None)) as hub, hub.engine.begin() as connection:
        connection.execute(sa.text(statement))


def is_postgresql() -> bool:
    return os.environ["EBSYNC_DATABASE_URL"].startswith("postgresql")


def set_all(table: str, column: str, instant: str) -> None:
    """As an older program may have recorded it."""
    run_sql(f"UPDATE {table} SET {column} = '{instant}{'+00' if is_postgresql() else '.000000'}'")  # noqa: S608 - our own words


@pytest.mark.parametrize("text", BAD_TEXTS)
def test_a_text_that_no_database_takes_is_cleaned_and_the_run_goes_on(
    hub: Hub, hostile: Hostile, workshop: str, text: str
) -> None:
    def spoil(row: Any) -> None:  # noqa: ANN401 - JSON
        row["status"] = f"Attending{text}"
        row["profile"] |= {"name": text, "email": f"b{text}@ash.example.org", "company": text}
        row["answers"] = [{"question": "School name", "answer": text}, {"question": "Role", "answer": text}]

    def spoil_events(body: Any) -> None:  # noqa: ANN401 - JSON
        for event in body.get("events", []):
            event["name"] = {"text": text}
        of_bob(spoil)(body)

    hostile.alter(spoil_events)
    first = hub.run("sync", "--json")
    assert first.code == 3, first  # the status is a word that nobody has described
    assert (first.json()["attendees"], first.json()["quarantined"]) == (2, [])
    assert ("was cut" in first.err) == (len(text) > 2000)
    assert hub.sync().json()["observations"] == 0
    listed = hub.do("charges", workshop, "--json")
    shown = json.loads(listed.out)
    kept = [shown["workshop"]["title"], *(decision["teacher"] for decision in shown["decisions"])]
    assert not [
        name for name in kept if set(name) & set("\0\x1b\x07\u202e\u2066\u2028\ufeff\uffff") or len(name) > 2000
    ]
    hub.do("nightly")


def test_texts_that_no_index_could_hold_end_no_run_and_lose_no_row(hub: Hub, hostile: Hostile, workshop: str) -> None:
    """What cannot be packed: 2,000 letters of four bytes each, drawn anew for every text."""
    draw = random.Random(7)  # noqa: S311 - letters

    def spoil(row: Any) -> None:  # noqa: ANN401 - JSON
        texts = ["".join(chr(draw.randrange(0x20000, 0x2A6D0)) for _ in range(2000)) for _ in range(9)]
        row["profile"] |= {"name": texts[0], "email": f"{texts[1]}@{texts[2]}", "job_title": texts[3]}
        labels = ("School name", "School postcode", "Role", "Leadership role")
        row["answers"] = [{"question": each, "answer": text} for each, text in zip(labels, texts[4:], strict=False)]

    def spoil_events(body: Any) -> None:  # noqa: ANN401 - JSON
        for event in body.get("events", []):
            text = "".join(chr(draw.randrange(0x20000, 0x2A6D0)) for _ in range(1900))
            event |= {"name": {"text": text}, "url": f"https://www.eventbrite.co.uk/e/{text}"}
        of_bob(spoil)(body)

    hostile.alter(spoil_events)
    first = hub.run("sync", "--json")
    assert (first.code, first.json()["attendees"], first.json()["quarantined"]) == (0, 2, []), first
    assert len(hub.decisions(workshop)) == 2
    hub.do("verify")


@pytest.mark.parametrize("year", ["0001", "1999", "2100", "9999"])
@pytest.mark.parametrize("field", ["created", "changed"])
def test_a_booking_of_another_century_is_quarantined_alone(
    hub: Hub, hostile: Hostile, workshop: str, field: str, year: str
) -> None:
    hostile.alter(of_bob(lambda row: row.update({field: f"{year}-06-01T09:00:00Z"})))
    first = hub.run("sync", "--json")
    assert (first.code, [row["reason"] for row in first.json()["quarantined"]]) == (3, [f"{field}: value_error"])
    assert [name for name, _ in hub.decisions(workshop).items()] == [next(iter(hub.bookings))]
    hub.do("workshops")


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_first_sync_whose_only_event_cannot_be_read_is_done_in_part(hub: Hub, hostile: Hostile, year: str) -> None:
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00")

    def spoil(body: Any) -> None:  # noqa: ANN401 - JSON
        for event in body.get("events", []):
            event["start"]["utc"] = f"{year}-06-01T09:00:00Z"

    hostile.alter(spoil)
    first = hub.run("sync", "--json")
    assert (first.code, len(first.json()["quarantined"]), first.json()["requests"]) == (3, 1, 2), first
    assert hub.run("sync").code == 0  # said once
    hostile.alter(lambda _: None)
    assert hub.sync().json()["events"] == 1
    assert len(hub.do("workshops", "--json").json()["workshops"]) == 1


@pytest.mark.parametrize("instant", ["0001-01-01 00:00:00", "9999-12-31 23:00:00"])
@pytest.mark.parametrize("column", ["starts_at", "ends_at", "created_at", "changed_at"])
def test_a_database_that_holds_an_event_of_another_century_works_again(
    hub: Hub, workshop: str, column: str, instant: str
) -> None:
    hub.sync()
    set_all("event_observations", column, instant)
    for command in (["charges"], ["workshops"], ["check"], ["status"], ["invoices", "--dry-run"]):
        hub.do(*command)
    assert hub.run("sync", "--full").code == 0
    assert set(hub.decisions(workshop)) == set(hub.bookings)
    hub.do("nightly")


@pytest.mark.parametrize("instant", ["0001-01-01 00:00:00", "9999-12-31 23:00:00"])
@pytest.mark.parametrize("column", ["created_at", "changed_at", "barcode_changed_at"])
def test_a_database_that_holds_a_booking_of_another_century_works_again_and_charges_nobody_for_it(
    hub: Hub, workshop: str, column: str, instant: str
) -> None:
    hub.sync()
    set_all("observations", column, instant)
    hub.at("2019-11-05 16:00")
    for command in (["workshops"], ["check"], ["status"]):
        hub.do(*command)
    hub.do("attendance", "close", workshop, "--nobody-came")
    assert {reason for _, reason in hub.decisions(workshop).values()} == {"bookings_stale"}
    hub.sync()
    assert {reason for _, reason in hub.decisions(workshop).values()} == {"no_show"}
    # and what is edited from now on is believed
    hub.world.edit(hub.bookings[next(iter(hub.bookings))], name="Edited Name")
    hub.at("2019-11-05 17:00")
    hub.sync()
    teachers = hub.do("charges", workshop, "--json").json()["decisions"]
    assert "Edited Name" in {decision["teacher"] for decision in teachers}


def refuse(name: str, table: str = "profiles", column: str = "name") -> None:
    """From now on the database takes no profile of this name, or no row of another table with this text."""
    if is_postgresql():
        run_sql(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({column} <> '{name}') NOT VALID")
        return
    run_sql(
        f"CREATE TRIGGER refused BEFORE INSERT ON {table} WHEN NEW.{column} = '{name}' "
        "BEGIN SELECT RAISE(ABORT, 'refused'); END",
    )


def test_a_row_that_the_store_refuses_is_quarantined_alone_and_said_once(hub: Hub, workshop: str) -> None:
    refuse("Teacher Bob")
    first = hub.run("sync", "--json")
    assert (first.code, first.json()["observations"]) == (3, 1), first
    (row,) = first.json()["quarantined"]
    assert row["reason"] == "the database refuses it (IntegrityError)"
    assert set(hub.decisions(workshop)) == {next(iter(hub.bookings))}
    assert hub.run("sync").code == 0
    assert [each["id"] for each in hub.do("status", "--json").json()["quarantined"]] == [row["id"]]


def test_a_booking_whose_new_row_the_store_refuses_is_asked_about_and_not_charged(hub: Hub, workshop: str) -> None:
    hub.sync()
    refuse("Robert Bob")
    ann, bob = hub.bookings
    hub.world.edit(hub.bookings[bob], name="Robert Bob")
    hub.world.cancel(hub.bookings[bob])
    hub.at("2019-11-05 16:00")
    assert hub.run("sync").code == 3
    assert hub.run("sync").code == 0
    hub.do("attendance", "close", workshop, "--nobody-came")
    assert {name: reason for name, (_, reason) in hub.decisions(workshop).items()} == {
        ann: "no_show",
        bob: "bookings_stale",
    }


def test_answers_too_large_for_an_index_keep_out_nobody_else(hub: Hub, hostile: Hostile, workshop: str) -> None:
    noise = random.Random(17)  # noqa: S311 - the same each time
    answers = ["".join(chr(noise.randrange(0x4E00, 0x9FA0)) for _ in range(3000)) for _ in range(2)]

    def spoil(row: Any) -> None:  # noqa: ANN401 - JSON
        row["answers"] = [
            {"question": "Role", "answer": answers[0]},
            {"question": "Leadership role", "answer": answers[1]},
        ]

    hostile.alter(of_bob(spoil))
    assert hub.run("sync").code in {0, 3}
    assert next(iter(hub.bookings)) in hub.decisions(workshop)


def test_an_event_that_the_store_refuses_is_quarantined_alone(hub: Hub, workshop: str) -> None:
    refused = hub.event("Refused", "2019-11-06 10:00", "2019-11-06 15:00")
    hub.book(refused, "Teacher Cat")
    refuse("Refused", "event_observations", "title")
    first = hub.run("sync", "--json")
    assert (first.code, [row["id"] for row in first.json()["quarantined"]]) == (3, [refused]), first
    assert [listed["id"] for listed in hub.do("workshops", "--json").json()["workshops"]] == [workshop]
    assert hub.run("sync").code == 0


def test_a_full_disk_is_no_row_and_still_ends_the_run(hub: Hub, workshop: str) -> None:
    assert workshop
    hub.sync()
    run_sql("ALTER TABLE observations RENAME TO lost")
    hub.world.edit(hub.bookings[next(iter(hub.bookings))], name="Edited Name")
    hub.refused("sync", code=74)


def test_what_was_held_with_an_instant_of_another_century_is_let_go_without_it(
    hub: Hub, hostile: Hostile, workshop: str
) -> None:
    for name in ("Cat", "Dan", "Eve", "Fay"):
        hub.book(workshop, f"Teacher {name}")
    hub.sync()

    def empty(body: Any) -> None:  # noqa: ANN401 - JSON
        # all but the first are gone: most of them would end
        if "attendees" in body:
            body["attendees"] = [row for row in body["attendees"] if row["profile"]["name"] == "Teacher Ann"]
            body["pagination"]["object_count"] = len(body["attendees"])

    hostile.alter(empty)
    hub.at("2019-11-04 12:00")
    assert hub.run("sync").code == 65
    with closing(build_hub(None)) as opened, opened.engine.begin() as connection:
        for held_id, content in connection.execute(sa.select(HELD_READS.c.id, HELD_READS.c.content)).all():
            older = json.loads(json.dumps(content).replace('"created_at": "2019', '"created_at": "9999'))
            assert older != content
            connection.execute(HELD_READS.update().where(HELD_READS.c.id == held_id).values(content=older))
    hub.do("status")
    hostile.alter(lambda _: None)
    hub.at("2019-11-04 13:00")
    hub.sync()
    assert len(hub.decisions(workshop)) == 6

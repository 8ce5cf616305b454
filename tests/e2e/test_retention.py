"""Retention: names go when their time is over, if the settings say so; what was decided and issued stays."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from eb_sync.bootstrap import build_hub
from eb_sync.model.facts import Retracted
from eb_sync.nightly.retention import RetentionRules, last_kept_year_end
from eb_sync.store.engine import writing
from eb_sync.store.facts import record_facts
from tests.e2e.test_people import all_text
from tests.e2e.workshop_day import begin_day
from tests.hub import Hub

pytestmark = pytest.mark.every_database


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def refs(hub: Hub, event: str) -> dict[str, str]:
    """Ann came, Bob did not; both are judged and billed."""
    found = {name: hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob")}
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "mark", "fractions", found["Ann"], "present")
    hub.do("attendance", "walk-in", "fractions", "--name", "Wendy Walker", "--school", "Elm Nursery")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.do("invoices", "--yes", "-o", "out")
    return found


def night(hub: Hub, *options: str) -> tuple[str, str]:
    """Text and messages of the step."""
    steps = hub.do("nightly", "--json", *options).json()["steps"]
    (step,) = [step for step in steps if step["step"] == "retention"]
    return step["text"], " ".join(step["details"])


def named(hub: Hub) -> set[str]:
    return {d["teacher"] for d in hub.do("charges", "fractions", "--json").json()["decisions"] if d["teacher"]}


EVERYBODY = {"Teacher Ann", "Teacher Bob", "Wendy Walker"}


def test_nothing_is_blanked_until_the_settings_say_so(hub: Hub, refs: dict[str, str]) -> None:
    assert refs
    hub.at("2021-01-05 02:00")
    text, details = night(hub)
    assert text == "1 persons' names and 0 held reads would be blanked"
    assert "EBSYNC_RETENTION__APPLY" in details
    assert named(hub) == EVERYBODY
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    text, details = night(hub, "--dry-run")
    assert text == "1 persons' names and 0 held reads would be blanked"
    assert "EBSYNC_RETENTION__APPLY" not in details
    assert named(hub) == EVERYBODY


def test_who_never_came_goes_first_then_who_came_and_sync_brings_nobody_back(hub: Hub, refs: dict[str, str]) -> None:
    before = hub.decisions("fractions")
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    hub.patch.setenv("EBSYNC_RETENTION__ABSENT_DAYS", "10")
    hub.patch.setenv("EBSYNC_RETENTION__ATTENDED_DAYS", "20")
    hub.at("2019-11-15 14:59")
    assert night(hub)[0].startswith("0 persons")
    hub.at("2019-11-15 15:01")
    assert night(hub)[0] == "1 persons' names and 0 held reads blanked"
    assert named(hub) == EVERYBODY - {"Teacher Bob"}
    hub.at("2019-11-25 15:01")
    assert night(hub)[0] == "2 persons' names and 0 held reads blanked"
    hub.do("sync", "--full")
    assert named(hub) == set()
    assert night(hub)[0].startswith("0 persons")
    assert hub.decisions("fractions") == before
    assert not any(hub.do("invoices", "--dry-run", "--json").json().values())
    hub.do("verify")
    assert refs


def test_a_place_that_waits_keeps_its_name(hub: Hub, event: str) -> None:
    hub.book(event, "Teacher Ann")
    hub.sync()
    hub.at("2021-11-05 16:00")
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    text, details = night(hub)
    assert text.startswith("0 persons")
    assert "1 persons' names are kept although" in details
    assert named(hub) == {"Teacher Ann"}


def test_a_later_booking_and_a_day_unknown_keep_the_name_and_so_does_a_guest(hub: Hub, refs: dict[str, str]) -> None:
    assert refs
    again = hub.event("Ratio", "2022-11-05 10:00", "2022-11-05 15:00", slug="ratio")
    hub.book(again, "Teacher Bob")
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    hub.at("2022-11-01 02:00")
    assert night(hub)[0].startswith("0 persons")
    hub.at("2023-01-01 02:00")
    hub.patch.setenv("EBSYNC_GUESTS", "teacher.ann@ash.example.org")
    assert night(hub)[0].startswith("1 persons")
    assert named(hub) == {"Teacher Bob"}
    assert "Teacher Ann" in hub.do("person", "export", "teacher.ann@ash.example.org").out


def test_rows_of_old_held_reads_are_dropped(hub: Hub, event: str) -> None:
    found = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.sync()
    for reference in found[:5]:
        hub.world.cancel(hub.bookings[reference])
    hub.at("2019-09-03 12:00")
    assert hub.run("sync", "--full").code == 65
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    hub.patch.setenv("EBSYNC_RETENTION__HELD_READS_DAYS", "1")
    hub.at("2019-09-04 13:00")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    result = hub.run("nightly")
    assert result.code == 77
    assert "1 held reads blanked" in result.err
    assert "0 held reads" in hub.run("nightly").err
    assert hub.decisions("fractions")[found[0]][1] == "not_over"
    hub.do("verify")


def test_documents_past_their_time_are_counted_and_kept(hub: Hub, refs: dict[str, str]) -> None:
    assert refs
    hub.at("2026-03-31 12:00")
    assert "documents" not in night(hub)[1]
    hub.at("2026-04-01 12:00")
    assert "1 documents are older than 6 financial years" in night(hub)[1]
    hub.do("export", "invoices", "--number", "INV-000001", "-o", str(hub.folder))


def test_a_financial_year_may_end_on_any_day_of_every_year(hub: Hub) -> None:
    rules = RetentionRules(False, timedelta(1), timedelta(1), timedelta(1), 6, (8, 31))
    assert last_kept_year_end(datetime(2026, 8, 31, 12, tzinfo=UTC), rules).isoformat() == "2019-08-31"
    assert last_kept_year_end(datetime(2026, 9, 1, 12, tzinfo=UTC), rules).isoformat() == "2020-08-31"
    for wrong in ("02-29", "31-03", "3-31"):
        hub.patch.setenv("EBSYNC_RETENTION__YEAR_ENDS", wrong)
        assert "EBSYNC_RETENTION__YEAR_ENDS" in hub.refused("nightly", code=78)


def go_soon(hub: Hub) -> None:
    """Names go ten days after the last workshop, of those who attended after twenty."""
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    hub.patch.setenv("EBSYNC_RETENTION__ABSENT_DAYS", "10")
    hub.patch.setenv("EBSYNC_RETENTION__ATTENDED_DAYS", "20")


def test_a_date_in_dispute_keeps_everybody_until_it_is_over(hub: Hub, event: str) -> None:
    hub.patch.setenv("EBSYNC_BILLING_FROM", "2020-01-01")
    hub.book(event, "Teacher Ann")
    hub.sync()
    go_soon(hub)
    hub.at("2019-11-20 16:00")
    hub.world.move(event, "2020-06-10 10:00", "2020-06-10 15:00")
    hub.sync()
    hub.book(event, "Teacher Carl")
    assert night(hub)[0].startswith("0 persons")
    assert named(hub) == {"Teacher Ann"}
    assert "Teacher Carl" in all_text()
    hub.do("workshop", "move", "fractions", "2020-06-10 10:00/15:00")
    hub.at("2020-06-20 15:01")
    assert "2 persons' names are kept although" in night(hub)[1]


@pytest.fixture
def days(hub: Hub) -> str:
    """One page for several days."""
    event = hub.event("Days", "2019-11-05 10:00", "2020-01-21 15:00", slug="days")
    hub.book(event, "Teacher Ann")
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.sync()
    return event


def test_a_page_of_which_not_every_day_is_declared_is_still_running(hub: Hub, days: str) -> None:
    hub.patch.setenv("EBSYNC_BILLING_FROM", "2020-09-01")
    hub.do("workgroup", "dates", days, "2019-11-05 10:00/15:00")
    go_soon(hub)
    hub.at("2020-01-11 16:00")
    assert night(hub)[0].startswith("0 persons")
    hub.at("2020-01-31 14:59")
    assert night(hub)[0].startswith("0 persons")
    hub.at("2020-01-31 15:01")
    assert night(hub)[0].startswith("1 persons")


def test_a_walk_in_on_a_day_withdrawn_since_came_to_the_other_days_of_the_page(hub: Hub, days: str) -> None:
    fact = hub.do("workgroup", "dates", days, "2019-11-05 10:00/15:00").facts[0]
    hub.do("attendance", "walk-in", "days", "--name", "Wendy Walker", "--school", "Elm Nursery")
    # as earlier versions let it happen
    with closing(build_hub(None)) as opened, writing(opened.engine) as connection:
        record_facts(connection, opened.hub_id, opened.clock(), "lead", [Retracted(int(fact))])
    go_soon(hub)
    hub.at("2020-01-31 14:59")
    assert night(hub)[0].startswith("0 persons")
    hub.at("2020-01-31 15:01")
    assert night(hub)[0].startswith("1 persons")
    assert "Wendy" not in all_text()
    hub.do("verify")


def test_who_is_at_no_workshop_any_more_goes_by_when_the_name_was_recorded(hub: Hub, event: str) -> None:
    assert event
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.sync()
    walk_in = ("attendance", "walk-in", "fractions", "--name", "Wendy Walker", "--school", "Elm Nursery")
    hub.do("retract", hub.do(*walk_in).facts[0])
    go_soon(hub)
    hub.at("2019-11-15 15:59")
    assert night(hub)[0].startswith("0 persons")
    hub.at("2019-11-15 16:01")
    assert night(hub)[0].startswith("1 persons")
    assert "Wendy" not in all_text()


@pytest.mark.parametrize("setting", ["HELD_READS_DAYS", "ABSENT_DAYS", "ATTENDED_DAYS"])
def test_more_days_than_a_century_has_are_refused(hub: Hub, setting: str) -> None:
    hub.patch.setenv(f"EBSYNC_RETENTION__{setting}", "36501")
    assert f"EBSYNC_RETENTION__{setting}" in hub.refused("nightly", code=78)
    hub.patch.setenv(f"EBSYNC_RETENTION__{setting}", "36500")
    hub.do("nightly")


@pytest.mark.parametrize("blank", ["false", "true"])
def test_what_an_old_held_read_proves_outlasts_the_names_in_it(hub: Hub, blank: str) -> None:
    day = begin_day(hub)
    for number in range(4):
        hub.world.delete(day.attendee(number), entirely=True)
    new = hub.book(day.event, "Teacher Ivy")
    day.sync_at("2019-11-04 08:30", code=65)
    day.sync_at("2019-11-05 16:00", code=65)
    hub.run("attendance", "close", day.event, "--nobody-came")
    hub.world.delete(hub.bookings[new], entirely=True)
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", blank)
    hub.at("2019-12-03 17:00")
    assert hub.run("nightly").code == 65
    assert ("Teacher Ivy" in all_text()) == (blank == "false")
    assert "Teacher Ann" in all_text()
    hub.do("sync", "--allow-mass-change", "fractions")
    # a row that lost its name while it was held may be anybody of its school
    rest = ["duplicate_suspected"] * 3 if blank == "true" else ["no_show"] * 3
    assert [day.reason(number) for number in range(7)] == ["notice_in_time"] * 4 + rest
    decisions = hub.do("charges", "fractions", "--json").json()["decisions"]
    known = {row["teacher"]: row["school_urn"] for row in decisions if row["booking_id"] in day.bookings}
    assert known == {f"Teacher {name}": "800001" for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus")}
    hub.do("verify")

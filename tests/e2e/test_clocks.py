"""A machine's clock that is wrong: nothing is recorded by it, no name is blanked, and `status` is not content."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from eb_sync.store.tables import FACTS, HUBS, METADATA, RUNS
from tests.databases import opened
from tests.hub import SETTINGS, Hub
from tests.nights import step_of

pytestmark = pytest.mark.every_database
WHERE = ("--address", "1 Lane", "--postcode", "ZZ1 1ZZ")
NOON = datetime(2019, 11, 6, 12, tzinfo=UTC)


class Machine:
    """The machine's clock, and Eventbrite's."""

    def __init__(self, hub: Hub) -> None:
        """No rehearsal: the machine's own clock says what it is set to."""
        self.hub, self.now = hub, NOON
        hub.patch.delenv("EBSYNC_NOW")
        hub.patch.setattr("eb_sync.bootstrap.system_clock", lambda: self.now)
        self.set(NOON)

    def set(self, now: datetime, *, ahead: timedelta = timedelta()) -> None:
        """What time it is, and how far ahead this machine is."""
        self.hub.world.set_clock(now)
        self.now = now + ahead


@pytest.fixture
def machine(hub: Hub) -> Machine:
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    event = hub.event("Ratio", "2020-03-05 10:00", "2020-03-05 15:00", slug="ratio")
    hub.book(event, "Teacher Ann")
    return Machine(hub)


def rows(hub: Hub) -> dict[str, list[tuple[object, ...]]]:
    """All that the database holds."""
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


def record(hub: Hub, number: int) -> list[str]:
    return hub.do("schools", "add", "--urn", f"80000{number}", "--name", f"School {number}", *WHERE).facts


@pytest.mark.parametrize("ahead", [timedelta(hours=12, seconds=1), timedelta(days=366), timedelta(hours=-13)])
def test_a_sync_by_a_clock_that_is_far_off_records_nothing(hub: Hub, machine: Machine, ahead: timedelta) -> None:
    hub.sync()
    machine.set(NOON + timedelta(days=20), ahead=ahead)
    before = rows(hub)
    for command in (["sync"], ["sync", "--full"]):
        message = hub.refused(*command, code=78)
        assert "Eventbrite's says 2019-11-26T12:00:00Z" in message
        assert f"{machine.now:%Y-%m-%dT%H:%M:%SZ}" in message
    assert rows(hub) == before
    machine.set(NOON + timedelta(days=20), ahead=timedelta(hours=12 if ahead > timedelta() else -12))
    hub.sync()
    assert hub.run("verify").code == 0


def test_the_first_sync_by_a_wrong_clock_leaves_an_empty_database(hub: Hub, machine: Machine) -> None:
    machine.set(NOON, ahead=timedelta(days=2))
    hub.refused("sync", code=78)
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        assert [connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (FACTS, RUNS)] == [0, 0]
        assert connection.scalars(sa.select(HUBS.c.confirmed_at)).all() in ([], [None])


def test_a_command_records_up_to_35_days_ahead_of_what_eventbrite_confirmed(hub: Hub, machine: Machine) -> None:
    record(hub, 1)  # nothing was ever confirmed: nothing is known
    hub.sync()
    machine.now = NOON + timedelta(days=35)
    assert record(hub, 2)
    machine.now = NOON + timedelta(days=35, seconds=1)
    before = rows(hub)
    message = hub.refused(
        "schools", "add", "--urn", "800003", "--name", "Three", "--address", "1 Lane", "--postcode", "ZZ1 1ZZ", code=78
    )
    assert "2019-12-11T12:00:01Z" in message
    assert "2019-11-06T12:00:00Z" in message
    assert "nothing was recorded" in message
    hub.refused("workshop", "cancel", "ratio", "--reason", "snow", code=78)
    assert rows(hub) == before
    hub.do("workshops")
    hub.do("charges", "ratio")
    machine.set(machine.now)
    hub.sync()
    assert record(hub, 3)


def test_a_refused_token_confirms_the_clock_all_the_same(hub: Hub, machine: Machine) -> None:
    hub.sync()
    machine.set(NOON + timedelta(days=60))
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONG")
    hub.refused("sync", code=77)
    assert record(hub, 1)


def test_no_name_is_blanked_in_a_night_in_which_the_clock_was_not_confirmed(hub: Hub, machine: Machine) -> None:
    hub.sync()
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")
    hub.patch.setenv("EBSYNC_RETENTION__ABSENT_DAYS", "1")
    hub.patch.setenv("EBSYNC_RETENTION__ATTENDED_DAYS", "1")
    machine.now = datetime(2020, 3, 10, 2, tzinfo=UTC)
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONG")

    def profiles() -> list[tuple[object, ...]]:
        return rows(hub)["profiles"]

    named = profiles()
    for token, code in (("WRONG", 78), (SETTINGS["EBSYNC_EVENTBRITE_TOKEN"], 78)):
        hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", token)
        assert hub.run("nightly", "--json").code in (77, code)
        assert profiles() == named
    night = hub.do("status", "--json").json()["night"]
    (retention,) = [step for step in night["steps"] if step["step"] == "retention"]
    assert "did not confirm" in " ".join(retention["details"]) or "0 persons" in retention["text"]
    machine.set(datetime(2020, 3, 10, 2, tzinfo=UTC))
    done = hub.run("nightly", "--json")
    assert step_of(done, "sync")["exit_code"] == 0
    assert "blanked" in step_of(done, "retention")["text"]
    assert "would be" not in step_of(done, "retention")["text"]


def test_the_way_back_from_a_clock_that_was_ahead_loses_nothing(hub: Hub, machine: Machine) -> None:
    hub.sync()
    record(hub, 1)
    machine.now = NOON + timedelta(days=20)
    record(hub, 2)
    hub.do("workshop", "cancel", "ratio", "--reason", "snow")
    hub.refused("db", "bring-times-back", code=78)  # the clock is still wrong
    machine.set(NOON + timedelta(hours=1))
    hub.sync()  # stands at the time ahead
    before = rows(hub)
    done = hub.do("db", "bring-times-back")
    assert len(done.facts) == 1
    after = rows(hub)
    assert {name: len(table) for name, table in after.items()} == {
        name: len(table) + (name in {"facts", "seals"}) for name, table in before.items()
    }
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        newest = connection.execute(sa.select(FACTS).order_by(FACTS.c.id.desc())).first()
    assert newest is not None
    assert newest.recorded_at == machine.now
    assert {moved["was_at"] for moved in newest.body["moved"]} == {"2019-11-26T12:00:00Z"}
    hub.do("verify")
    machine.set(NOON + timedelta(hours=2))
    hub.sync()
    record(hub, 3)
    hub.do("verify")
    assert "No time lies ahead" in hub.do("db", "bring-times-back").err
    assert {each["state"] for each in hub.do("workshops", "--json").json()["workshops"]} >= {"cancelled"}


def test_status_goes_by_confirmed_time(hub: Hub, machine: Machine) -> None:
    # the sync's own clock was 11 hours ahead
    machine.set(NOON, ahead=timedelta(hours=11))
    hub.sync()
    machine.set(NOON + timedelta(hours=10))
    hub.do("status", "--max-age", "10h")
    machine.set(NOON + timedelta(hours=10, minutes=1))
    assert "2019-11-06T12:00:00Z" in hub.refused("status", "--max-age", "10h", code=75)
    machine.now = NOON - timedelta(days=3)
    assert "set the clock" in hub.refused("status", "--max-age", "10h", code=75)
    machine.now = NOON + timedelta(days=400)
    hub.refused("status", "--max-age", "26h", code=75)
    assert all("confirmed_at" not in run["counts"] for run in hub.do("status", "--json").json()["runs"])


def test_none_of_this_applies_to_rehearsals(hub: Hub, machine: Machine) -> None:
    for day in ("2019-11-06", "2020-11-06", "2030-11-06"):
        hub.patch.setenv("EBSYNC_NOW", f"{day}T12:00:00Z")
        hub.sync()
        hub.do("status", "--max-age", "1h")
    assert record(hub, 1)
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        assert connection.scalars(sa.select(HUBS.c.confirmed_at)).all() == [None]

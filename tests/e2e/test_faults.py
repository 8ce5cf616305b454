"""Every fault that Eventbrite is known for: what one run makes of it, and that nothing is lost or doubled by it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.requested import Ticket
from eb_sync.sandbox.rows import AttendeeStatus
from eb_sync.sandbox.state import TOKEN
from tests.e2e.fault_table import CASES, FAR, SMALL, Case, Stage, play, render, set_stage
from tests.hub import Hub

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stage(hub: Hub) -> Stage:
    return set_stage(hub)


def settle(stage: Stage) -> None:
    """Five minutes after the faults stop: a full sync, with what is held allowed."""
    hub = stage.hub
    hub.world.faults.clear()
    hub.world.set_used_calls(0)
    hub.at("2019-11-04 13:30")
    hub.run("sync", "--full")
    held = [held["event_id"] for held in hub.do("status", "--json").json()["held"]]
    if held:
        hub.do("sync", "--full", *(word for event_id in held for word in ("--allow-mass-change", event_id)))


def truth(stage: Stage) -> dict[str, set[tuple[str, str, bool]]]:
    """Reference, name and whether active, by event, as the sandbox has it."""
    world = stage.hub.world
    return {
        slug: {
            (f"B{row.id}", row.profile.name, row.status is not AttendeeStatus.NOT_ATTENDING)
            for row in world.attendees_of(event_id)
        }
        for slug, event_id in stage.events.items()
    }


def snapshot(stage: Stage) -> dict[str, set[tuple[str, str, bool]]]:
    """The same as ebsync has it."""
    return {
        slug: {
            (decision["booking_id"], decision["teacher"], decision["notice"] is None)
            for decision in stage.hub.do("charges", slug, "--json").json()["decisions"]
        }
        for slug in stage.events
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.where}")
def test_a_fault_costs_what_the_table_says_and_loses_nothing(stage: Stage, case: Case) -> None:
    hub = stage.hub
    sent = len(hub.world.requests)
    result = play(stage, case)
    requests = len(hub.world.requests) - sent
    assert (result.code, "bug" in result.err) == (case.exit_code, False), result
    assert requests == case.requests if case.requests >= 0 else requests <= -case.requests
    assert bool(result.out) == (result.code in {0, 3, 65})
    assert sum(stage.slept) <= 90
    settle(stage)
    assert snapshot(stage) == truth(stage)
    again = hub.do("sync", "--full", "--json").json()
    assert (again["observations"], again["vanished"], again["quarantined"], again["held"]) == (0, 0, [], [])
    said = result.out + result.err + json.dumps(hub.do("status", "--json").json())
    kept = b"".join(path.read_bytes() for path in hub.folder.iterdir() if path.is_file())
    assert TOKEN not in said
    assert TOKEN.encode() not in kept


def test_the_table_in_the_documentation_is_this_one() -> None:
    assert render(CASES) in (ROOT / "FAULTS.md").read_text(encoding="utf-8")


def test_nobody_is_charged_for_what_a_fault_hid(stage: Stage) -> None:
    hub, world = stage.hub, stage.hub.world
    hub.sync()
    hub.at("2019-11-04 14:00")
    world.faults.order(Fault(FaultKind.EMPTY_LIST, "", times=1000))
    assert hub.run("sync").code == 65
    hub.at("2019-11-05 16:00")
    assert hub.run("sync").code == 65
    hub.do("attendance", "close", "ratio", "--nobody-came")
    assert {reason for _, reason in hub.decisions("ratio").values()} == {"bookings_stale"}
    assert hub.do("invoices", "--yes", "--json").json()["issued"] == []
    world.faults.clear()
    hub.do("sync")
    assert {reason for _, reason in hub.decisions("ratio").values()} == {"no_show"}


def test_a_change_in_a_field_that_is_not_kept_writes_nothing(stage: Stage) -> None:
    hub = stage.hub
    hub.sync()
    volatile = ("resource_uri", "costs", "affiliate", "delivery_method", "ticket_class_name", "barcodes.checkin_method")
    hub.world.faults.order(Fault(FaultKind.MISSING_KEYS, "", times=1000, keys=volatile))
    read = hub.do("sync", "--full", "--json").json()
    assert (read["events"], read["attendees"], read["observations"]) == (3, 132, 0)


def test_the_calls_are_known_before_the_run_and_kept_to(stage: Stage) -> None:
    hub, world = stage.hub, stage.hub.world
    world.set_used_calls(1939)
    result = hub.run("sync", "--full", "--json")
    # one call lists the events; four are needed for the large one, two each for the others
    assert "This full sync needs about 8 of 10 remaining calls." in result.err
    assert result.code == 0
    world.set_used_calls(1943)
    hub.at("2019-11-04 13:10")
    result = hub.run("sync", "--full", "--json")
    assert "This full sync needs about 8 of 6 remaining calls." in result.err
    assert (result.code, result.json()["requests"]) == (3, 7)
    assert "still to be read completely" in result.err
    # what was left is read by the next run, whatever kind it is; then nothing is owed
    world.set_used_calls(0)
    hub.at("2019-11-04 13:20")
    assert hub.sync().json()["requests"] == 3 + 4 + 2 + 2
    assert hub.sync().json()["requests"] == 3 + 4 + 2


def test_with_no_call_left_the_run_says_so_and_writes_nothing(stage: Stage) -> None:
    stage.hub.world.set_used_calls(1990)
    stage.hub.run("sync")
    assert "remaining calls" not in stage.hub.refused("sync", code=75)


def test_a_night_reads_everything_once_a_week(stage: Stage) -> None:
    hub = stage.hub
    hub.at("2019-11-20 02:00")
    hub.do("sync")
    steps = hub.do("nightly", "--json").json()["steps"]
    assert "3 events" in steps[0]["text"]
    hub.at("2019-11-26 02:00")
    assert "1 events" in hub.do("nightly", "--json").json()["steps"][0]["text"]
    hub.at("2019-11-27 02:00")
    assert "3 events" in hub.do("nightly", "--json").json()["steps"][0]["text"]


def test_a_long_outage_is_made_good_by_the_next_run(stage: Stage) -> None:
    hub, world = stage.hub, stage.hub.world
    hub.at("2019-11-05 10:10")
    world.check_in(stage.bookings[SMALL][1])
    hub.at("2020-01-20 12:00")
    world.cancel(stage.bookings[FAR][1])
    world.book(stage.events[FAR], (Ticket("Late Comer", "late@ash.example.org", {}),))
    hub.at("2020-02-01 12:00")
    hub.do("sync")
    assert hub.decisions(SMALL)[f"B{stage.bookings[SMALL][1]}"] == ("attended", "attended")
    assert snapshot(stage) == truth(stage)
    # the workshops that ended meanwhile are read once and then left alone
    assert hub.sync().json()["requests"] == 3


def test_the_token_is_in_no_list_of_processes(stage: Stage) -> None:
    command = (sys.executable, "-c", "from eb_sync.cli.main import run; run()", "sync")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        shown = b""
        while b"sync" not in shown and process.poll() is None:
            shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, b"sync" in shown) == (0, True)
    assert TOKEN.encode() not in shown + out + err

"""Who looks after the nights: is the feed fresh, and what do logs say to a collector?"""

from __future__ import annotations

import json

import pytest

from eb_sync.sandbox.faults import Fault, FaultKind
from tests.hub import Hub
from tests.nights import STEPS


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.mark.every_database
def test_status_is_75_when_the_last_good_sync_is_too_old(hub: Hub) -> None:
    assert "no good sync yet" in hub.refused("status", "--max-age", "26h", code=75)
    hub.sync()
    hub.at("2019-09-03 11:00")
    assert hub.do("status", "--max-age", "26h").out.startswith("bookings as of 2019-09-02 09:00")
    hub.at("2019-09-03 11:01")
    said = hub.refused("status", "--json", "--max-age", "26h", code=75)
    assert "26 h 1 min ago (2019-09-02T08:00:00Z), longer than 26 h" in said
    hub.do("status", "--max-age", "2d", "--json")


def test_many_runs_that_failed_hide_no_good_one_and_count_as_none(hub: Hub) -> None:
    hub.sync()
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    for minute in range(10, 22):
        hub.at(f"2019-09-02 09:{minute}")
        hub.refused("sync", code=77)
    status = hub.do("status", "--json", "--max-age", "22m").json()
    assert (status["synced_at"], status["last_good_sync_at"]) == ("2019-09-02T08:00:00Z",) * 2
    hub.refused("status", "--max-age", "20m", code=75)


def test_an_age_that_is_none_is_usage(hub: Hub) -> None:
    assert "26h" in hub.refused("status", "--max-age", "soon")


def lines_of(err: str) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in err.splitlines()]
    assert all(list(line) == ["time", "command", "level", "text"] for line in lines)
    return lines


def test_every_message_is_a_line_of_json(hub: Hub, event: str) -> None:
    hub.book(event, "Ann Archer")
    good = hub.do("nightly", "--log-format", "json")
    lines = lines_of(good.err)
    assert good.out == ""
    assert {(line["time"], line["command"]) for line in lines} == {("2019-09-02T08:00:00Z", "nightly")}
    assert [line["text"].split(":")[0] for line in lines if ": exit " in line["text"]] == STEPS
    assert "Archer" not in str(lines)
    hub.patch.setenv("EBSYNC_LOG_FORMAT", "json")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    failed = hub.run("nightly")
    assert failed.out == ""
    errors = [line["text"] for line in lines_of(failed.err) if line["level"] == "error"]
    assert errors[0] == "sync: exit 77, failed"
    assert "Eventbrite refused the token" in errors[1]
    (error,) = [line for line in lines_of(hub.run("sync").err) if line["level"] == "error"]
    assert (error["command"], error["text"][:20]) == ("sync", "ebsync: Eventbrite r")
    assert "ebsync: a rehearsal" in hub.do("nightly", "--log-format", "human", "--dry-run").err.splitlines()[0]
    assert not hub.do("status").err.startswith("{")  # only nights and syncs are logged


def test_a_sync_says_its_figures_in_a_line(hub: Hub, event: str) -> None:
    hub.book(event, "Ann Archer")
    result = hub.do("sync", "--log-format", "json")
    texts = [line["text"] for line in lines_of(result.err)]
    assert result.out == ""
    assert texts[-1].startswith("events read: 1, bookings read: 1, changes: 1, vanished: 0, requests: ")
    assert hub.do("sync", "--log-format", "json", "--json").json()["observations"] == 0


def test_what_waits_is_a_warning(hub: Hub, event: str) -> None:
    hub.book(event, "Ann Archer")
    hub.world.faults.order(Fault(FaultKind.MALFORMED_ROW, f"/events/{event}/", times=50))
    result = hub.run("sync", "--log-format", "json")
    assert result.code == 3
    assert [line["text"][:11] for line in lines_of(result.err) if line["level"] == "warning"][1:] == ["Quarantined"]


def test_another_format_is_usage(hub: Hub) -> None:
    hub.refused("nightly", "--log-format", "xml")
    hub.patch.setenv("EBSYNC_LOG_FORMAT", "xml")
    assert "EBSYNC_LOG_FORMAT" in hub.refused("sync")

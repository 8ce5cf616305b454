"""Answers without end, bombs, redirects and numbers that cannot be: a run ends in time, says why, and loses nothing."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from eb_sync.sandbox.state import TOKEN
from tests.e2e.fault_table import LARGE, Stage, render, set_stage
from tests.e2e.hostile_table import CASES, HostileCase
from tests.hostile import Hostile, Trick, opened_hostile, pack_bomb
from tests.hub import Hub, run_command

ROOT = Path(__file__).parents[2]
MEGABYTE = 1 << 20


@pytest.fixture
def stage(hub: Hub) -> Stage:
    return set_stage(hub)


@pytest.fixture
def hostile(stage: Stage) -> Iterator[Hostile]:
    """Before the sandbox from the second run on; an answer may take a little less than a minute."""
    with opened_hostile(stage.hub.server.url) as hostile:
        stage.hub.patch.setenv("EBSYNC_EVENTBRITE_URL", hostile.url)
        stage.hub.patch.setattr("eb_sync.eventbrite.http.ANSWER_SECONDS", 0.4)
        yield hostile


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} {case.where}")
def test_a_hostile_answer_costs_what_the_table_says_and_loses_nothing(
    stage: Stage, hostile: Hostile, case: HostileCase
) -> None:
    hub = stage.hub
    pack_bomb()  # which takes longer than an answer may
    with opened_hostile() as other:
        hostile.elsewhere = other.url
        hostile.play(case.trick, case.path.format(large=stage.events[LARGE]), case.times)
        hub.patch.setenv("EBSYNC_SYNC__LIMIT_MINUTES", case.limit_minutes)
        result = stage.run()
        assert other.requests == []
    assert (result.code, "bug" in result.err, TOKEN in result.err) == (case.exit_code, False, False), result
    assert len(hostile.requests) == case.requests
    hub.patch.delenv("EBSYNC_SYNC__LIMIT_MINUTES")
    hostile.play(case.trick, "nothing any more")
    hub.at("2019-11-04 13:30")
    hub.do("sync", "--full")
    again = hub.do("sync", "--full", "--json").json()
    assert (again["attendees"], again["observations"], again["quarantined"]) == (132, 0, [])


def test_the_table_of_hostile_answers_in_the_documentation_is_this_one() -> None:
    assert render(CASES) in (ROOT / "FAULTS.md").read_text(encoding="utf-8")


def test_what_a_bomb_unpacks_to_is_never_held(stage: Stage, hostile: Hostile) -> None:
    assert len(pack_bomb()) < MEGABYTE
    hostile.play(Trick.BOMB, "/")
    with _measured() as peak:
        assert stage.run().code == 76
    assert peak[0] < 64 * MEGABYTE


@pytest.mark.parametrize(
    "address", ["http://eventbrite.example.org/v3", "http://198.51.100.7/v3", "HTTP://[2001:db8::1]"]
)
def test_an_address_without_encryption_is_refused_unless_it_is_this_machine(hub: Hub, address: str) -> None:
    hub.patch.setenv("EBSYNC_EVENTBRITE_URL", address)
    for command in ("sync", "nightly"):
        result = run_command(command)
        assert (result.code, "https://" in result.err) == (78, True), result


def test_the_token_goes_to_the_configured_host_alone(stage: Stage, hostile: Hostile) -> None:
    assert stage.run().code == 0
    assert {sent for _, sent in hostile.requests} == {f"Bearer {TOKEN}"}


@contextlib.contextmanager
def _measured() -> Iterator[list[int]]:
    peak = [0]
    tracemalloc.start()
    try:
        yield peak
        peak[0] = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

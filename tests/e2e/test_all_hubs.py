"""Every hub in one command: each by itself, a few at a time, whatever happens to another."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from eb_sync.cli.night_apart import read_outcome
from eb_sync.errors import SettingsError, first_exit
from eb_sync.hubs.pool import RunResult, run_hubs
from eb_sync.sandbox.faults import Fault, FaultKind
from tests.hub import Hub, run_command
from tests.hubs import Hubs


def test_every_hub_is_synced_and_listed_in_order(hubs: Hubs) -> None:
    for hub in hubs.all:
        hub.book(hub.event("Fractions", "fractions"), "Ann Archer")
    hubs.all[1].book(hubs.all[1].event("Ratio", "ratio"), "Bob Baker")
    said = run_command("sync", "--all-hubs", "--workers", "2", "--json")
    assert said.code == 0, said
    document = said.json()
    assert document["exit_code"] == 0
    assert [(run["hub"], run["exit_code"], run["report"]["events"]) for run in document["hubs"]] == [
        ("north", 0, 1),
        ("south", 0, 2),
    ]
    for hub in hubs.all:
        assert hub.do("workshops", "--json").json()["workshops"]
    table = run_command("sync", "--all-hubs", "--full").out.splitlines()
    assert table[0].split() == ["hub", "exit", "seconds", "result"]
    assert [line.split()[:2] for line in table[1:]] == [["north", "0"], ["south", "0"]]


@pytest.mark.parametrize("command", ["sync", "nightly"])
def test_a_hub_that_fails_touches_no_other_and_gives_its_exit_code(hubs: Hubs, command: str) -> None:
    north, south = hubs.all
    for hub in hubs.all:
        hub.book(hub.event("Fractions", "fractions"), "Ann Archer")
    north.world.accounts.clear()
    result = run_command(command, "--all-hubs")
    assert (result.code, result.out) == (77, "")
    assert "north" in result.err
    assert north.token not in result.err
    assert south.do("workshops", "--json").json()["workshops"][0]["active"] == 1
    assert south.do("status", "--json").json()["runs"][0]["exit_code"] == 0


def test_a_stuck_night_is_that_hubs_alone(hubs: Hubs) -> None:
    north, south = hubs.all
    north.world.faults.order(Fault(FaultKind.SLOW, "", times=100, seconds=60))
    hubs.configure({"north": "nightly = { limit_minutes = 0.03 }\n"})
    result = run_command("nightly", "--all-hubs", "--workers", "1")
    north.world.faults.clear()
    assert (result.code, result.out) == (75, "")
    assert "north: Not done within 0.03 minutes" in result.err
    rows = {
        line.split()[0]: line.split()[1] for line in result.err.splitlines() if line.startswith(("north ", "south "))
    }
    assert rows == {"north": "75", "south": "0"}
    for hub, code in ((north, 75), (south, 0)):
        assert hub.do("status", "--json").json()["runs"][0]["exit_code"] == code


def test_a_night_whose_process_was_killed_is_tried_again_later() -> None:
    killed = read_outcome(-9, "")
    assert (killed.exit_code, killed.details) == (75, ("The night's process was ended by signal 9.",))
    assert read_outcome(1, "no JSON").exit_code == 1


def test_a_hub_whose_settings_are_wrong_touches_no_other(hubs: Hubs) -> None:
    hubs.configure({"north": 'policy = "nowhere.toml"'})
    result = run_command("sync", "--all-hubs")
    assert result.code == 78
    assert "north: The policy file nowhere.toml" in result.err
    assert hubs.all[1].do("workshops")
    assert hubs.all[1].world.requests


def test_the_first_exit_code_of_the_order_is_that_of_all() -> None:
    assert first_exit([0, 3, 65]) == 65
    assert first_exit([75, 76, 0]) == 76
    assert first_exit([0, 2]) == 2
    assert first_exit([]) == 0


def test_a_dry_night_of_all_hubs_reads_nothing(hubs: Hubs) -> None:
    document = run_command("nightly", "--all-hubs", "--dry-run", "--json").json()
    assert [run["report"]["steps"][0]["step"] for run in document["hubs"]] == ["sync", "sync"]
    assert not any(hub.world.requests for hub in hubs.all)


def test_one_hub_or_all_of_them_not_both(hubs: Hubs) -> None:
    assert hubs.all[0].run("sync", "--all-hubs").code == 2
    assert run_command("sync", "--all-hubs", "--allow-mass-change", "1").code == 2
    assert run_command("sync", "--all-hubs", "--workers", "0").code == 2


def test_where_no_hubs_are_configured_all_hubs_are_the_one(hub: Hub) -> None:
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00")
    document = hub.do("sync", "--all-hubs", "--json").json()
    assert [(run["hub"], run["report"]["events"]) for run in document["hubs"]] == [("", 1)]


def test_no_more_hubs_at_a_time_than_asked_for() -> None:
    together = threading.Barrier(2, timeout=30)
    running, most, lock = 0, 0, threading.Lock()

    def run(hub: str) -> RunResult:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1
        return RunResult(0, hub)

    runs = run_hubs(("a", "b", "c", "d"), run, 2)
    assert [each.outcome.text for each in runs] == ["a", "b", "c", "d"]
    assert most == 2


def test_an_error_or_a_bug_is_an_outcome() -> None:
    def run(hub: str) -> RunResult:
        if hub == "a":
            raise SettingsError("a is wrong")
        raise ValueError("Ann Archer")

    wrong, bug = (each.outcome for each in run_hubs(("a", "b"), run, 1))
    assert (wrong.exit_code, wrong.details) == (78, ("a is wrong",))
    assert bug.exit_code == 70
    assert "Ann" not in bug.details[0]


def test_hubs_of_several_databases_can_be_begun_at_the_same_time(hubs: Hubs, tmp_path: Path) -> None:
    for hub in hubs.all:
        hubs.patch.setenv(f"EBSYNC_HUBS__{hub.name.upper()}__DATABASE_URL", f"sqlite:///{tmp_path}/{hub.name}.sqlite")
    assert run_command("sync", "--all-hubs").code == 0
    assert "several databases" in run_command("backup", "all.sqlite").err
    assert hubs.all[0].do("backup", "north-backup.sqlite")

"""Hubs on several machines: each run is done once, by one worker at a time, whoever dies."""

from __future__ import annotations

import os
import sys

import psycopg
import pytest
import sqlalchemy as sa

from eb_sync.hubs.queue import SCHEMA, find_place
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.store.tables import OBSERVATIONS, READS, RUNS
from tests.databases import POSTGRESQL, SQLITE, opened
from tests.hub import Hub, run_command
from tests.hubs import Hubs
from tests.workers import Workers

STUCK = Fault(FaultKind.SLOW, "/attendees/", seconds=600.0, times=1)
READING = "north: This full sync needs about"
"""Told when a run has read its lists and goes on to the bookings of events."""

on_postgresql = pytest.mark.parametrize("hubs", [POSTGRESQL], indirect=True)
on_sqlite = pytest.mark.parametrize("hubs", [SQLITE], indirect=True)


@pytest.fixture
def queued(hubs: Hubs) -> Hubs:
    """Two hubs with bookings; workers put nothing into the queue by themselves, and are soon taken for dead."""
    for hub in hubs.all:
        event = hub.event("Fractions", "fractions")
        hub.book(event, "Ann Archer")
        hub.book(event, "Bob Baker")
    for name, value in {"SYNC": "off", "NIGHTLY": "off", "STALLED_SECONDS": "2"}.items():
        hubs.patch.setenv(f"EBSYNC_QUEUE__{name}", value)
    return hubs


def counts(hub_id: int) -> dict[str, int]:
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.hub_id == hub_id))
            or 0
            for table in (OBSERVATIONS, READS, RUNS)
        }


def states() -> dict[tuple[str, str], str]:
    rows = run_command("queue", "status", "--json").json()["jobs"]
    return {(row["hub"], row["kind"]): row["state"] for row in rows}


def execute(statement: str) -> None:
    with psycopg.connect(find_place(os.environ["EBSYNC_DATABASE_URL"]).conninfo) as connection:
        connection.execute(statement.encode())


@on_postgresql
def test_a_run_of_each_hub_waits_once_and_is_done_once(queued: Hubs) -> None:
    assert run_command("queue", "schedule", "sync", "--json").json()["new"] == ["north", "south"]
    again = run_command("queue", "schedule", "sync", "--json").json()
    assert (again["new"], again["waiting"]) == ([], ["north", "south"])
    assert run_command("--hub", "north", "queue", "schedule", "nightly").out.startswith("nightly: 1 put")
    assert set(states().values()) == {"todo"}
    worked = run_command("worker", "--drain", "--concurrency", "2")
    assert (worked.code, worked.out) == (0, "")
    for text in ("north sync: exit 0", "south sync: exit 0", "north nightly: exit 0"):
        assert text in worked.err
    assert set(states().values()) == {"succeeded"}
    assert counts(1)["observations"] == counts(2)["observations"] == 2
    assert "succeeded" in run_command("queue", "status").out


@on_postgresql
def test_a_job_whose_worker_is_killed_is_run_again_by_the_other_and_nothing_is_doubled(queued: Hubs) -> None:
    north = queued.all[0]
    north.world.faults.order(STUCK)
    run_command("queue", "schedule", "sync")
    with Workers() as workers:
        workers.start()
        workers.start()
        first = workers.expect(READING)
        workers.kill(first)
        queued.all[0].world.faults.clear()
        assert workers.expect("sync north: given back, its worker died") == 1 - first
        assert workers.expect("north sync: exit 0") == 1 - first
        assert workers.stop(1 - first) == 0
        north.world.faults.release()
    assert states() == {("north", "sync"): "succeeded", ("south", "sync"): "succeeded"}
    assert counts(1) == counts(2) == {"observations": 2, "reads": 1, "runs": 1}
    for hub in queued.all:
        hub.do("verify")


@on_postgresql
def test_a_job_whose_successor_waits_already_is_not_run_twice(queued: Hubs) -> None:
    queued.all[0].world.faults.order(STUCK)
    run_command("--hub", "north", "queue", "schedule", "sync")
    with Workers() as workers:
        first = workers.start()
        workers.expect(READING)
        run_command("--hub", "north", "queue", "schedule", "sync")
        workers.kill(first)
        queued.all[0].world.faults.clear()
        second = workers.start()
        workers.expect("sync north: its worker died, the next one waits already")
        workers.expect("north sync: exit 0")
        assert workers.stop(second) == 0
        queued.all[0].world.faults.release()
    assert counts(1)["runs"] == 1


@on_postgresql
def test_a_job_that_kills_every_worker_is_given_up(queued: Hubs) -> None:
    queued.all[0].world.faults.order(STUCK)
    run_command("--hub", "north", "queue", "schedule", "sync")
    with Workers() as workers:
        first = workers.start()
        workers.expect(READING)
        workers.kill(first)
        queued.all[0].world.faults.clear()
        execute("UPDATE procrastinate_jobs SET attempts = 5")
        second = workers.start()
        workers.expect("sync north: given up")
        workers.stop(second)
        queued.all[0].world.faults.release()
    assert states() == {("north", "sync"): "failed"}


@on_postgresql
def test_what_may_pass_is_tried_again_later_and_what_may_not_is_not(queued: Hubs) -> None:
    north, south = queued.all
    queued.patch.setenv("EBSYNC_HUBS__NORTH__EVENTBRITE_URL", "http://127.0.0.1:9/v3")
    south.world.accounts.clear()
    run_command("queue", "schedule", "sync")
    with Workers() as workers:
        worker = workers.start("--concurrency", "2")
        workers.expect("south sync: exit 77")
        workers.expect("north sync: exit 75")
        assert workers.stop(worker) == 0
        assert not any(south.token in line for line in workers.lines)
    rows = run_command("queue", "status", "--json").json()["jobs"]
    assert [(row["hub"], row["state"], row["tried_before"]) for row in rows] == [
        ("north", "failed", 0),
        ("north", "todo", 1),
        ("south", "failed", 0),
    ]
    assert rows[1]["not_before_at"] is not None
    # a regular run meanwhile counts as that one, and what waits to be tried again keeps nobody waiting
    assert run_command("--hub", "north", "queue", "schedule", "sync", "--json").json()["waiting"] == ["north"]
    assert run_command("--hub", "north", "queue", "schedule", "nightly", "--json").json()["new"] == ["north"]
    queued.patch.setenv("EBSYNC_HUBS__NORTH__EVENTBRITE_URL", north.server.url)
    with Workers() as workers:
        workers.start("--drain")
        workers.expect("north nightly: exit 0")


@on_postgresql
def test_a_stuck_night_is_a_failed_job_and_the_worker_goes_on(queued: Hubs) -> None:
    queued.all[0].world.faults.order(Fault(FaultKind.SLOW, "", times=100, seconds=60))
    queued.configure({"north": "nightly = { limit_minutes = 0.03 }\n"})
    run_command("queue", "schedule", "nightly")
    with Workers() as workers:
        worker = workers.start("--concurrency", "2")
        workers.expect("north nightly: exit 75")
        queued.all[0].world.faults.clear()
        run_command("--hub", "south", "queue", "schedule", "sync")
        workers.expect("south sync: exit 0")
        assert workers.stop(worker) == 0
    rows = run_command("queue", "status", "--json").json()["jobs"]
    assert [(row["hub"], row["kind"], row["state"], row["tried_before"]) for row in rows if row["hub"] == "north"] == [
        ("north", "nightly", "failed", 0),
        ("north", "nightly", "todo", 1),
    ]


@on_postgresql
def test_a_worker_whose_settings_lack_the_hub_or_do_not_know_the_run_says_so(queued: Hubs) -> None:
    run_command("queue", "schedule", "sync")
    execute("UPDATE procrastinate_jobs SET args = args || '{\"hub\": \"west\"}' WHERE args->>'hub' = 'north'")
    execute("UPDATE procrastinate_jobs SET args = args || '{\"kind\": \"weekly\"}' WHERE args->>'hub' = 'south'")
    worked = run_command("worker", "--drain").err
    assert "west sync: This worker's settings have no hub west." in worked
    assert "south weekly: This worker knows no run called weekly." in worked


@on_postgresql
def test_dead_workers_jobs_are_given_back_where_a_worker_begins(queued: Hubs) -> None:
    run_command("queue", "schedule", "sync")
    execute("UPDATE procrastinate_jobs SET status = 'doing'")
    execute("UPDATE procrastinate_jobs SET attempts = 5 WHERE args->>'hub' = 'south'")
    worked = run_command("worker", "--drain").err
    assert "sync north: given back, its worker died" in worked
    assert "sync south: given up, its worker died 6 times" in worked
    assert states() == {("north", "sync"): "succeeded", ("south", "sync"): "failed"}


@on_postgresql
def test_workers_fill_the_queue_by_themselves(queued: Hubs) -> None:
    queued.patch.setenv("EBSYNC_QUEUE__NIGHTLY", "* * * * *")
    with Workers() as workers:
        workers.start()
        workers.start()
        workers.expect("north nightly: exit 0")


@on_postgresql
def test_a_worker_without_its_queue_ends_with_74(queued: Hubs) -> None:
    run_command("queue", "schedule")
    with Workers() as workers:
        worker = workers.start()
        workers.expect("north sync: exit 0")
        workers.expect("south sync: exit 0")
        name = sa.make_url(os.environ["EBSYNC_DATABASE_URL"]).database
        server = os.environ["EBSYNC_DATABASE_URL"].replace("+psycopg", "").rpartition("/")[0]
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        assert workers.processes[worker].wait(timeout=120) == 74
        workers.expect("The queue cannot be reached any more")


@on_postgresql
def test_a_queue_of_another_version_is_made_anew_unless_workers_are_at_it(queued: Hubs) -> None:
    run_command("queue", "schedule")
    execute(f"COMMENT ON SCHEMA {SCHEMA} IS '0.1'")
    assert states() == {}
    run_command("queue", "schedule")
    execute("UPDATE procrastinate_jobs SET status = 'doing'")
    execute(f"COMMENT ON SCHEMA {SCHEMA} IS '0.1'")
    refused = run_command("queue", "status")
    assert refused.code == 75
    assert "end them first" in refused.err


@on_postgresql
def test_what_is_asked_wrongly_is_refused(queued: Hubs) -> None:
    assert run_command("--hub", "west", "queue", "schedule").code == 78
    queued.patch.setenv("EBSYNC_QUEUE__SYNC", "61 * * * *")
    wrong = run_command("worker", "--drain")
    assert wrong.code == 78
    assert "EBSYNC_QUEUE__SYNC" in wrong.err
    queued.patch.setenv("EBSYNC_QUEUE__SYNC", "hourly")
    assert run_command("worker", "--drain").code == 78


@on_sqlite
def test_sqlite_has_no_queue(hubs: Hubs) -> None:
    for arguments in (("worker",), ("queue", "schedule"), ("queue", "status")):
        refused = run_command(*arguments)
        assert (refused.code, refused.out) == (78, "")
        assert "needs PostgreSQL" in refused.err


@on_sqlite
def test_without_the_extra_it_is_said_what_to_install(hubs: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    for arguments in (("worker",), ("queue", "schedule"), ("queue", "status")):
        refused = run_command(*arguments)
        assert (refused.code, refused.out) == (78, "")
        assert "pip install 'ebsync[queue]'" in refused.err


@pytest.mark.every_database
def test_where_no_hubs_are_configured_there_is_one_job(hub: Hub) -> None:
    scheduled = hub.run("queue", "schedule", "--json")
    if os.environ["EBSYNC_DATABASE_URL"].startswith("sqlite"):
        assert scheduled.code == 78
        return
    assert scheduled.json()["new"] == [""]

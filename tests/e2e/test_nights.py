"""Nights that run themselves: every step, its record, the monitor, and what goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from eb_sync.cli.main import main
from eb_sync.errors import DatabaseError
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.state import TOKEN
from eb_sync.store.engine import open_database
from eb_sync.store.hubs import FIRST as HUB_ID
from eb_sync.store.run_lock import night_lock
from tests.databases import need_postgres, opened
from tests.endpoint import SECRET, Endpoint
from tests.forked import Forked, Kill, Ran
from tests.hub import Hub
from tests.nights import STEPS, codes_of, recorded, step_of


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def folder(hub: Hub) -> Path:
    """Where the settings say that backups go; not there yet."""
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", "backups")
    return hub.folder / "backups"


@pytest.mark.every_database
def test_a_whole_night_is_recorded_and_shown(hub: Hub, event: str, folder: Path) -> None:
    hub.book(event, "Ann Archer")
    hub.add_schools()
    hub.sync()
    hub.at("2019-11-08 02:37")
    said = hub.do("nightly", "--json").json()
    night = recorded(hub)
    assert [step["step"] for step in said["steps"]] == STEPS
    assert (night["steps"], night["exit_code"], night["started_at"]) == (said["steps"], 0, "2019-11-08T02:37:00Z")
    runs = hub.do("status", "--json").json()["runs"]
    assert [run["kind"] for run in runs] == ["nightly", "sync", "sync"]
    assert runs[0]["counts"]["registers"] == {"open": 1}
    shown = hub.do("status").out
    assert "The night of 2019-11-08 02:37:" in shown
    assert "failed" not in shown
    assert "registers  0     1 open after their workshop" in shown
    assert [path.name for path in folder.glob("*.sqlite")] == ["ebsync-7001-127.0.0.1-20191108T023700Z.sqlite"]
    hub.do("verify")


def test_findings_are_new_until_a_night_has_done_its_work(hub: Hub, event: str) -> None:
    first = hub.book(event, "Ann Archer")
    hub.sync()
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    assert hub.run("nightly").code == 77
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", TOKEN)
    night = hub.do("nightly", "--json")
    assert step_of(night, "findings")["details"] == [f"New: school_unknown at {event}, {first}"]
    assert step_of(hub.do("nightly", "--json"), "findings")["details"] == []
    second = hub.book(event, "Bob Baker")
    night = hub.do("nightly", "--json")
    assert step_of(night, "findings")["counts"] == {"findings": 2, "new": 1}
    assert step_of(night, "findings")["details"] == [f"New: school_unknown at {event}, {second}"]


def test_questions_registers_and_what_is_due_are_named_without_names(hub: Hub, event: str) -> None:
    refs = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat")]
    hub.sync()
    hub.add_schools()
    hub.at("2019-11-04 12:00")
    hub.world.cancel(hub.bookings[refs[2]])
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.at("2019-11-08 02:37")
    night = hub.do("nightly", "--json")
    assert f"Register open: fractions@2019-11-05 ({event}), for 2 days" in step_of(night, "registers")["details"]
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.at("2019-11-20 02:37")
    night = hub.do("nightly", "--json")
    assert step_of(night, "plan")["counts"]["due_pence"] == 10000
    assert step_of(night, "plan")["details"] == [
        f"Due and not issued: fractions@2019-11-05 ({event}), 1 for £100.00: `ebsync invoices {event}`"
    ]
    assert step_of(night, "reviews")["counts"] == {"reviews": 1, "pending": 0}
    (line,) = step_of(night, "reviews")["details"]
    assert line.startswith(f"Review: fractions@2019-11-05 ({event}), 1 wait, the oldest for ")
    assert "Teacher" not in night.out + night.err
    assert hub.do("export", "charges").out.count("\n") == 1  # nothing was issued


def test_a_frozen_feed_shows(hub: Hub, event: str) -> None:
    ref = hub.book(event, "Ann Archer")
    texts = []
    for day in range(3, 7):
        hub.at(f"2019-09-0{day} 02:37")
        texts.append(step_of(hub.do("nightly", "--json"), "digest"))
    hub.world.cancel(hub.bookings[ref])
    hub.at("2019-09-07 02:37")
    texts.append(step_of(hub.do("nightly", "--json"), "digest"))
    ends = ["something changed", "the same as 1 night ago", "the same as 2 nights ago", "the same as 3 nights ago"]
    assert [step["text"].removeprefix("1 workshops, 1 rows, ") for step in texts] == [*ends, "something changed"]
    lines = [step["details"][0] for step in texts]
    assert f"fractions@2019-11-05 ({event}): 1 rows (1 active), newest change 2019-09-02T08:00:00Z" in lines[3]
    assert lines[3].endswith(", the same as 3 nights ago")
    assert "(1 cancelled), newest change 2019-09-06T" in lines[4]
    assert lines[4].endswith(", new or changed")


def test_a_dry_run_shows_the_steps_and_writes_and_pings_nothing(
    hub: Hub, event: str, folder: Path, endpoint: Endpoint
) -> None:
    hub.book(event, "Ann Archer")
    hub.do("nightly")
    endpoint.pings.clear()
    before = hub.do("status", "--json").json()
    backups = sorted(folder.iterdir())
    hub.at("2019-09-03 02:37")
    dry = hub.do("nightly", "--dry-run", "--json")
    assert [step["step"] for step in dry.json()["steps"]] == STEPS
    assert "would go, new: ebsync-7001-127.0.0.1-20190903T013700Z.sqlite" in step_of(dry, "backup")["text"]
    assert hub.do("status", "--json").json() == before
    assert sorted(folder.iterdir()) == backups
    assert endpoint.pings == []


# ---- the monitor


def test_the_monitor_hears_of_start_success_and_failure(hub: Hub, event: str, endpoint: Endpoint) -> None:
    hub.book(event, "Ann Archer")
    hub.do("nightly")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    assert hub.run("nightly").code == 77
    assert endpoint.signals == ["/start", "", "/start", "/77"]
    good, bad = endpoint.pings[1][1], endpoint.pings[3][1]
    assert "sync: exit 0, 1 events, 1 changes" in good
    assert "digest: exit 0, 1 workshops" in good
    assert "sync: exit 77, failed\n  Eventbrite refused the token" in bad
    assert not [word for word in ("Archer", "ash.example", "WRONGTOKEN", "B2") if word in good + bad]


@pytest.mark.parametrize("trouble", ["unreachable", "broken"])
def test_a_failing_monitor_is_a_warning(hub: Hub, endpoint: Endpoint, trouble: str) -> None:
    if trouble == "unreachable":
        hub.patch.setenv("EBSYNC_MONITOR__URL", f"http://127.0.0.1:1/{SECRET}")
    else:
        endpoint.answers = [500] * 4
    result = hub.do("nightly", "--log-format", "json")
    warnings = [line["text"] for line in map(json.loads, result.err.splitlines()) if line["level"] == "warning"]
    assert len(warnings) == 2
    assert all("The monitor could not be told" in text for text in warnings)
    assert SECRET not in result.out + result.err
    assert len(endpoint.pings) == (0 if trouble == "unreachable" else 4)


@pytest.mark.parametrize("url", [SECRET, f"ftp://example.org/{SECRET}", f"https:///{SECRET}"])
def test_an_address_that_is_none_is_named_without_being_shown(hub: Hub, url: str) -> None:
    hub.patch.setenv("EBSYNC_MONITOR__URL", url)
    said = hub.refused("nightly", code=78)
    assert "EBSYNC_MONITOR__URL" in said
    assert SECRET not in said


# ---- what goes wrong


def test_an_expired_token_stops_nothing_but_sync(hub: Hub, event: str, folder: Path) -> None:
    hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-11-08 02:37")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    result = hub.run("nightly", "--json")
    assert (result.code, result.out) == (77, "")
    night = recorded(hub)
    assert codes_of(night) == {**dict.fromkeys(STEPS, 0), "sync": 77}
    assert night["exit_code"] == 77
    assert len(list(folder.glob("*.sqlite"))) == 1
    assert "1 open after" in night["steps"][3]["text"]
    assert "sync       77    failed" in result.err
    assert "sync: Eventbrite refused the token" in hub.do("status").out


@pytest.mark.every_database
def test_of_two_nights_at_once_the_second_does_nothing(hub: Hub, folder: Path, endpoint: Endpoint) -> None:
    hub.sync()
    before = hub.do("status", "--json").json()
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, night_lock(engine, HUB_ID):
        assert "Another `ebsync nightly`" in hub.refused("nightly", "--json", code=75)
        hub.do("nightly", "--dry-run")
        hub.do("sync")  # a lead's sync is not kept waiting
    assert len(hub.do("status", "--json").json()["runs"]) == len(before["runs"]) + 1
    assert (endpoint.signals, folder.exists()) == (["/start"], False)
    hub.do("nightly")


def test_a_database_that_cannot_be_opened_is_74_in_every_step_and_the_monitor_hears(
    hub: Hub, endpoint: Endpoint
) -> None:
    hub.patch.setenv("EBSYNC_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite")
    result = hub.run("nightly")
    assert (result.code, result.out) == (74, "")
    assert endpoint.signals == ["/start", "/74"]
    assert "record: exit 74" in endpoint.pings[1][1]


def test_a_night_that_is_stuck_ends_by_itself_and_says_so(hub: Hub, folder: Path, endpoint: Endpoint) -> None:
    hub.sync()
    hub.world.faults.order(Fault(FaultKind.SLOW, "", times=100, seconds=60))
    with Forked({}, hub.folder) as forked:
        ran = forked.run("nightly", kill=None, **_settings(), EBSYNC_NIGHTLY__LIMIT_MINUTES="0.02")
    hub.world.faults.clear()
    assert (ran.code, ran.out) == (75, "")
    assert "Not done within 0.02 minutes (EBSYNC_NIGHTLY__LIMIT_MINUTES)" in ran.err
    assert "Not run: findings, reviews, registers, plan, retention, backup, digest." in ran.err
    assert endpoint.signals == ["/start", "/75"]
    night = recorded(hub)
    assert (night["exit_code"], codes_of(night)) == (75, {"sync": 75})
    hub.do("nightly")  # its locks went with it
    assert recorded(hub)["exit_code"] == 0


def test_a_night_whose_database_does_not_answer_ends_by_its_limit_too(hub: Hub, endpoint: Endpoint) -> None:
    need_postgres()
    with socket.create_server(("127.0.0.1", 0)) as silent, Forked({}, hub.folder) as forked:
        address = f"postgresql+psycopg://u@127.0.0.1:{silent.getsockname()[1]}/x"
        given = {**_settings(), "EBSYNC_DATABASE_URL": address, "EBSYNC_NIGHTLY__LIMIT_MINUTES": "0.02"}
        ran = forked.run("nightly", kill=None, **given)
    assert ran.code == 75
    assert ran.seconds < 20
    assert "database: Not done within 0.02 minutes" in ran.err
    assert endpoint.signals == ["/start", "/75"]


def test_a_server_that_does_not_answer_is_given_up() -> None:
    need_postgres()
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DatabaseError):
        open_database(f"postgresql+psycopg://u@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2")
    assert time.monotonic() - began < 10


def test_what_a_stuck_night_had_done_is_kept(hub: Hub, endpoint: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    stuck: list[Callable[[], None]] = []

    @contextmanager
    def watched(_limit: timedelta, say_stuck: Callable[[], None], _code: int) -> Iterator[None]:
        stuck.append(say_stuck)
        yield

    def hang(*_: object) -> None:
        stuck[0]()
        raise SystemExit(75)

    hub.patch.setattr("eb_sync.nightly.run.time_limit", watched)
    hub.patch.setattr("eb_sync.nightly.new_findings.read_findings", hang)
    with pytest.raises(SystemExit):
        main(["nightly"])
    assert codes_of(recorded(hub)) == {"sync": 0, "findings": 75}
    assert endpoint.signals == ["/start", "/75"]
    assert "sync: exit 0" in endpoint.pings[1][1]
    assert "findings: Not done within 60 minutes" in capsys.readouterr().err


@pytest.mark.parametrize("minutes", ["0", "-1", "soon", "2000"])
def test_a_limit_that_is_none_is_refused(hub: Hub, minutes: str) -> None:
    hub.patch.setenv("EBSYNC_NIGHTLY__LIMIT_MINUTES", minutes)
    assert "EBSYNC_NIGHTLY__LIMIT_MINUTES" in hub.refused("nightly", code=78)


# ---- killed


def _settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("EBSYNC_")}


def _count(path: Path, query: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(query).fetchone()[0])


@pytest.fixture
def ground(hub: Hub, event: str) -> Path:
    """A hub whose next night has something to do in every step."""
    ann = hub.book(event, "Ann Archer")
    hub.sync()
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "mark", "fractions", ann, "present")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.book(event, "Bob Baker")
    hub.at("2023-01-05 02:37")
    with closing(sqlite3.connect(hub.folder / "hub.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return hub.folder / "hub.sqlite"


def test_a_night_killed_at_any_instant_is_made_good_by_the_next_and_nothing_is_doubled(hub: Hub, ground: Path) -> None:
    hub.patch.setenv("EBSYNC_RETENTION__APPLY", "true")

    with Forked({}, hub.folder) as forked:

        def run(place: Path, *arguments: str, kill: Kill | None = None) -> Ran:
            own = {
                "EBSYNC_DATABASE_URL": f"sqlite:///{place / 'hub.sqlite'}",
                "EBSYNC_BACKUP__FOLDER": str(place / "b"),
            }
            return forked.run(*arguments, kill=kill, **(_settings() | own))

        def begin(name: str) -> Path:
            place = hub.folder / name
            place.mkdir()
            shutil.copy(ground, place / "hub.sqlite")
            return place

        whole = begin("whole")
        ran = run(whole, "nightly")
        assert ran.code == 0, ran
        expected = _rows(whole / "hub.sqlite")
        assert expected == {"observations": 2, "named": 0, "erasures": 1, "documents": 0}
        for instant in range(1, ran.instants, max(1, ran.instants // 14)):
            place = begin(f"at-{instant}")
            assert run(place, "nightly", kill=Kill(at=instant)).killed
            again = run(place, "nightly")
            assert again.code == 0, (instant, again)
            assert _rows(place / "hub.sqlite") == expected, instant
            assert 1 <= _count(place / "hub.sqlite", "SELECT count(*) FROM runs WHERE kind = 'nightly'") <= 2
            name = "ebsync-7001-127.0.0.1-20230105T023700Z.sqlite"
            assert {path.name for path in (place / "b").iterdir()} == {name, f"{name}.sha256"}
            assert run(place, "backup", "check", "--all").code == 0
            assert run(place, "verify").code == 0


def test_status_tells_of_a_night_that_was_killed_until_the_next_one_has_ended(hub: Hub, ground: Path) -> None:
    assert hub.do("status", "--json").json()["unended_night"] is None
    with Forked({}, hub.folder) as forked:
        instants = forked.run("nightly", kill=None, **_settings()).instants
        assert forked.run("nightly", kill=Kill(at=instants // 2), **_settings()).killed
    assert ground.exists()
    told = hub.do("status", "--json").json()
    assert told["unended_night"] == {"started_at": "2023-01-05T02:37:00Z", "is_dead": False}
    assert {run["kind"] for run in told["runs"]} == {"sync", "nightly"}
    assert "never ended so far" in hub.do("status").out
    hub.at("2023-01-05 09:00")
    assert "A night began at 2023-01-05T02:37:00Z and never ended: it was killed" in hub.do("status").out
    hub.do("nightly")
    assert hub.do("status", "--json").json()["unended_night"] is None
    assert "never ended" not in hub.do("status").out


@pytest.mark.parametrize("command", ["sync", "nightly"])
def test_an_interrupted_command_is_never_counted_as_success(hub: Hub, event: str, command: str) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    hub.sync()
    before = hub.do("status", "--json").json()["last_good_sync_at"]
    hub.at("2019-11-04 11:00")
    hub.patch.setattr("eb_sync.eventbrite.client.EventbriteClient.fetch_events", interrupt)
    assert event
    result = hub.run(command)
    assert (result.code, result.out, "Stopped" in result.err) == (130, "", True)
    told = hub.do("status", "--json").json()
    assert told["last_good_sync_at"] == before
    assert (told["unended_night"] is not None) == (command == "nightly")
    assert hub.run("status", "--max-age", "1h").code == 75


def _rows(path: Path) -> dict[str, int]:
    """How many rows of what a night may add; complete reads come anew with every sync."""
    queries = {
        "observations": "SELECT count(*) FROM observations",
        "named": "SELECT count(*) FROM profiles WHERE name <> ''",
        "erasures": "SELECT count(*) FROM facts WHERE kind = 'PersonErased'",
        "documents": "SELECT count(*) FROM documents",
    }
    return {name: _count(path, query) for name, query in queries.items()}

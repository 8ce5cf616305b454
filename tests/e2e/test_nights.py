"""Nights that run themselves: every step, its record, the monitor, backups that rotate, and what goes wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eb_sync.bootstrap import HUB_ID
from eb_sync.cli.main import main
from eb_sync.errors import DatabaseError
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.state import TOKEN
from eb_sync.store.run_lock import night_lock
from tests.databases import POSTGRESQL, opened
from tests.endpoint import SECRET, Endpoint, opened_endpoint
from tests.forked import Forked, Kill, Ran
from tests.hub import Hub, Result

STEPS = ["sync", "findings", "reviews", "registers", "plan", "retention", "backup", "digest"]
ORGANISATION = "7001"


@pytest.fixture
def endpoint(hub: Hub) -> Iterator[Endpoint]:
    """A monitor that the hub's settings name."""
    with opened_endpoint() as endpoint:
        hub.patch.setenv("EBSYNC_MONITOR__URL", endpoint.url)
        yield endpoint


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def folder(hub: Hub) -> Path:
    """Where the settings say that backups go; not there yet."""
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", "backups")
    return hub.folder / "backups"


def step_of(result: Result, name: str) -> dict[str, Any]:
    (step,) = [step for step in result.json()["steps"] if step["step"] == name]
    found: dict[str, Any] = step
    return found


def recorded(hub: Hub) -> dict[str, Any]:
    """The newest night, as `status` has it."""
    night: dict[str, Any] = hub.do("status", "--json").json()["night"]
    return night


def codes_of(night: dict[str, Any]) -> dict[str, int]:
    return {step["step"]: step["exit_code"] for step in night["steps"]}


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
    assert [path.name for path in folder.iterdir()] == [f"ebsync-{ORGANISATION}-20191108T023700Z.sqlite"]
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
    assert "would go, new: ebsync-7001-20190903T013700Z.sqlite" in step_of(dry, "backup")["text"]
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


# ---- backups


def test_backups_rotate_and_somebody_elses_files_stay(hub: Hub, event: str, folder: Path) -> None:
    hub.book(event, "Ann Archer")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_DAILY", "2")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_WEEKLY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_MONTHLY", "0")
    folder.mkdir()
    for name in ("ebsync-7002-20190101T000000Z.sqlite", "ebsync-2019-01-01.sqlite", "holiday.jpg"):
        (folder / name).write_text("theirs")
    theirs = {path.name for path in folder.iterdir()}
    (folder / ".ebsync-7001-20190901T013700Z.sqlite.999999999.part").write_text("of a night that was killed")
    (folder / f".ebsync-7001-20190901T013700Z.sqlite.{os.getpid()}.part").write_text("of one that is at work")
    for day in range(3, 7):
        hub.at(f"2019-09-0{day} 02:37")
        assert step_of(hub.do("nightly", "--json"), "backup")["counts"]["removed"] == (day > 4)
    left = {path.name for path in folder.iterdir()} - theirs
    assert left == {
        "ebsync-7001-20190905T013700Z.sqlite",
        "ebsync-7001-20190906T013700Z.sqlite",
        f".ebsync-7001-20190901T013700Z.sqlite.{os.getpid()}.part",
    }
    hub.patch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///{hub.folder / 'restored.sqlite'}")
    hub.do("restore", str(folder / "ebsync-7001-20190906T013700Z.sqlite"))


def test_no_old_backup_goes_before_the_new_one_is_proved(hub: Hub, folder: Path) -> None:
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_DAILY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_WEEKLY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_MONTHLY", "0")
    hub.do("nightly")
    (old,) = folder.iterdir()
    # what is at the next night's place is no backup
    (folder / "ebsync-7001-20190903T013700Z.sqlite").write_text("damaged")
    hub.at("2019-09-03 02:37")
    result = hub.run("nightly", "--json")
    assert (result.code, result.out) == (74, "")
    assert "no backup of ebsync" in result.err
    assert old.exists()
    hub.at("2019-09-04 02:37")
    hub.do("nightly")
    assert [path.name for path in folder.iterdir()] == ["ebsync-7001-20190904T013700Z.sqlite"]


def test_an_old_backup_that_cannot_be_removed_is_73_and_the_new_one_is_there(hub: Hub, folder: Path) -> None:
    for name in ("DAILY", "WEEKLY", "MONTHLY"):
        hub.patch.setenv(f"EBSYNC_BACKUP__KEEP_{name}", "0")
    hub.do("nightly")

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path.suffix == ".sqlite":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    hub.at("2019-09-03 02:37")
    with hub.patch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        result = hub.run("nightly")
    assert result.code == 73
    assert "ebsync-7001-20190902T080000Z.sqlite cannot be removed: Permission denied" in result.err
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_73_and_the_other_steps_run(
    hub: Hub, folder: Path, endpoint: Endpoint
) -> None:
    folder.write_text("no folder")
    result = hub.run("nightly")
    assert (result.code, result.out) == (73, "")
    assert "cannot be read: Not a directory" in result.err
    assert codes_of(recorded(hub)) == {**dict.fromkeys(STEPS, 0), "backup": 73}
    assert endpoint.signals == ["/start", "/73"]


@pytest.mark.every_database
def test_a_full_disk_is_73_and_leaves_the_old_backups_alone(hub: Hub, folder: Path) -> None:
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_DAILY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_WEEKLY", "0")
    hub.patch.setenv("EBSYNC_BACKUP__KEEP_MONTHLY", "0")
    hub.do("nightly")
    (old,) = folder.iterdir()

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    hub.patch.setattr("eb_sync.store.backup._settle", full)
    hub.at("2019-09-03 02:37")
    result = hub.run("nightly")
    assert result.code == 73
    assert "No space left on device" in result.err
    assert list(folder.iterdir()) == [old]
    assert codes_of(recorded(hub)) == {**dict.fromkeys(STEPS, 0), "backup": 73}


@pytest.mark.parametrize("hub", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize(("said", "code"), [("database or disk is full", 73), ("no such table", 74)])
def test_a_full_disk_is_told_from_trouble_with_the_database(hub: Hub, folder: Path, said: str, code: int) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError(f"The database could not be used: {said}. Nothing was recorded.")

    hub.patch.setattr("eb_sync.store.backup.copy_hub", refuse)
    result = hub.run("nightly")
    assert (result.code, list(folder.iterdir())) == (code, [])
    assert f"backup: The {'backup' if code == 73 else 'database'} could not be" in result.err


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
    assert len(list(folder.iterdir())) == 1
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
    assert (endpoint.pings, folder.exists()) == ([], False)
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
    hub.patch.setattr("eb_sync.nightly.news.read_findings", hang)
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


# ---- freshness


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


# ---- logs


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
            assert [path.name for path in (place / "b").iterdir()] == ["ebsync-7001-20230105T023700Z.sqlite"]
            assert run(place, "verify").code == 0


def _rows(path: Path) -> dict[str, int]:
    """How many rows of what a night may add; complete reads come anew with every sync."""
    queries = {
        "observations": "SELECT count(*) FROM observations",
        "named": "SELECT count(*) FROM profiles WHERE name <> ''",
        "erasures": "SELECT count(*) FROM facts WHERE kind = 'PersonErased'",
        "documents": "SELECT count(*) FROM documents",
    }
    return {name: _count(path, query) for name, query in queries.items()}

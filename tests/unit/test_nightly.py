"""The parts of a night by themselves: which backups go, digests, ages, the alarm."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.cli.parsing import parse_age
from eb_sync.errors import CannotWriteError, DatabaseError, UsageError
from eb_sync.nightly.backups import BackupRules, find_backups, name_database, name_prefix, plan_removals
from eb_sync.nightly.digest import build_digest
from eb_sync.nightly.freshness import format_age
from eb_sync.nightly.limit import time_limit
from eb_sync.nightly.report import NightReport, Step, shorten
from eb_sync.nightly.waiting import count_ages
from eb_sync.store.backup import check_backup
from tests.factories import AS_OF
from tests.readings import ROW, observe

FOLDER = Path("/backups")
RULES = BackupRules(FOLDER, keep_daily=7, keep_weekly=5, keep_monthly=12)
INSTANTS = st.datetimes(datetime(2019, 1, 1), datetime(2022, 1, 1)).map(  # noqa: DTZ001 - made aware below
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


def named(*instants: datetime) -> dict[Path, datetime]:
    return {FOLDER / f"{at:%Y%m%dT%H%M%SZ}": at for at in instants}


def test_a_thousand_nights_leave_seven_days_five_weeks_and_twelve_months() -> None:
    backups: dict[Path, datetime] = {}
    for night in range(1000):
        backups |= named(datetime(2019, 1, 1, 2, 37, tzinfo=UTC) + timedelta(days=night))
        for path in plan_removals(backups, RULES):
            del backups[path]
    newest = sorted(backups.values(), reverse=True)
    assert [(newest[0] - at).days for at in newest[:7]] == list(range(7))
    assert {at.isocalendar()[:2] for at in newest} >= {
        (newest[0] - timedelta(weeks=n)).isocalendar()[:2] for n in range(5)
    }
    assert len({(at.year, at.month) for at in newest}) == 12
    assert len(newest) <= 7 + 5 + 12


@given(st.sets(INSTANTS, max_size=40), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_the_newest_stays_whatever_the_rules_and_nothing_goes_twice(
    instants: set[datetime], daily: int, weekly: int, monthly: int
) -> None:
    rules = BackupRules(FOLDER, daily, weekly, monthly)
    backups = named(*instants)
    going = plan_removals(backups, rules)
    left = {path: at for path, at in backups.items() if path not in going}
    assert not instants or max(instants) in left.values()
    assert len(left) <= max(1, daily + weekly + monthly)
    assert plan_removals(left, rules) == []


def test_only_files_with_a_name_of_ours_are_seen(tmp_path: Path) -> None:
    ours = tmp_path / "ebsync-7001-20191105T023700Z.sqlite"
    others = (
        "ebsync-7002-20191105T023700Z.sqlite",
        "ebsync-70010-20191105T023700Z.sqlite",
        "ebsync-2019-11-05.sqlite",
        "ebsync-7001-20191305T023700Z.sqlite",
        "ebsync-7001-20191105T023700Z.sqlite.gz",
        "my-ebsync-7001-20191105T023700Z.sqlite",
        "holiday.jpg",
    )
    for name in (ours.name, *others):
        (tmp_path / name).touch()
    (tmp_path / "ebsync-7001-20191106T023700Z.sqlite").mkdir()
    (tmp_path / "ebsync-7001-20191107T023700Z.sqlite").symlink_to(ours)
    assert find_backups(tmp_path, name_prefix("7001")) == {ours: datetime(2019, 11, 5, 2, 37, tzinfo=UTC)}
    assert find_backups(tmp_path / "nowhere", name_prefix("7001")) == {}
    with pytest.raises(CannotWriteError, match="cannot be read"):
        find_backups(ours, name_prefix("7001"))


def test_a_backup_that_is_gone_is_no_proof(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot be read"):
        check_backup(tmp_path / "gone.sqlite")


def test_a_hub_without_an_organisation_has_names_of_its_own() -> None:
    assert (name_prefix(None), name_prefix("../7"), name_prefix("70 01")) == (
        "ebsync-unsynced-",
        "ebsync-7-",
        "ebsync-7001-",
    )


def test_names_carry_another_host_and_before_the_first_sync_the_database() -> None:
    assert name_prefix("7001", "www.eventbriteapi.com") == "ebsync-7001-"
    assert name_prefix("7001", "127.0.0.1") == "ebsync-7001-127.0.0.1-"
    one, other = sa.make_url("sqlite:///one.sqlite"), sa.make_url("postgresql://u:sesame@h/one")
    names = {name_prefix(None, None, name_database(url, hub_id)) for url in (one, other) for hub_id in (1, 2)}
    assert len(names) == 4
    assert all(re.fullmatch("ebsync-unsynced-[0-9a-f]{8}-", name) for name in names)


def test_a_digest_is_of_what_was_last_seen_in_whatever_order_and_of_nobodys_name() -> None:
    rows = [observe(ROW, 1), observe(dataclasses.replace(ROW, attendee_id="2"), 2)]
    digest = build_digest(rows)
    assert digest == build_digest(reversed(rows)) == build_digest([dataclasses.replace(row, id=9) for row in rows])
    assert (digest.rows, digest.presences, digest.newest_at) == (2, {"active": 2}, ROW.changed_at)
    for changed in ({"checked_in": True}, {"changed_at": None}, {"status": "Checked In"}, {"profile_id": 2}):
        assert build_digest([dataclasses.replace(rows[0], **changed), rows[1]]).sha256 != digest.sha256
    assert (build_digest([]).rows, build_digest([]).newest_at) == (0, None)


@pytest.mark.parametrize(
    ("text", "minutes"), [("90m", 90), ("26h", 26 * 60), ("2d", 2 * 24 * 60), (" 1 h ", 60), ("00001m", 1)]
)
def test_ages_are_understood(text: str, minutes: int) -> None:
    assert parse_age(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "26", "h", "0h", "-1h", "1.5h", "26 hours", "1w", "999999d", "1h1m"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="26h"):
        parse_age(text)


def test_ages_are_said_in_whole_units() -> None:
    ages = [
        timedelta(seconds=30),
        timedelta(minutes=45),
        timedelta(hours=26),
        timedelta(hours=26.5),
        timedelta(days=17, hours=4),
    ]
    assert [format_age(age) for age in ages] == ["0 min", "45 min", "26 h", "26 h 30 min", "17 d 4 h"]


def test_questions_are_counted_by_age() -> None:
    ages = count_ages((AS_OF - timedelta(days=days) for days in (0, 0.9, 1, 6.9, 7, 27, 28, 400)), AS_OF)
    assert list(ages.values()) == [2, 2, 2, 2]


def test_a_long_list_is_cut_with_the_command_that_shows_the_rest() -> None:
    assert shorten(["one"], "ebsync check") == ("one",)
    cut = shorten([str(n) for n in range(25)], "ebsync check")
    assert (len(cut), cut[-1]) == (21, "... and 5 more: `ebsync check`")


def test_a_monitor_hears_why_a_step_failed_and_no_other_detail() -> None:
    tail = NightReport((Step("sync", 77, "failed", ("the token",)), Step("findings", 0, "1", ("B1",)))).as_tail()
    assert tail == "sync: exit 77, failed\n  the token\nfindings: exit 0, 1"
    assert len(NightReport((Step("sync", 70, "x" * 20_000),)).as_tail()) == 10_000


class Left(Exception):  # noqa: N818 - what stands for the end of the process
    """The process would have ended."""


def test_an_alarm_lets_the_night_speak_and_then_ends_the_process() -> None:
    said: list[str] = []

    def ring_at_once(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        said.append(f"{seconds:g} s")
        call()
        return lambda: None

    def leave(code: int) -> None:
        raise Left(code)

    with (
        pytest.raises(Left, match="75"),
        time_limit(timedelta(minutes=60), lambda: said.append("stuck"), 75, alarm=ring_at_once, leave=leave),
    ):
        said.append("never reached")
    assert said == ["3600 s", "stuck"]


def test_who_cannot_even_speak_is_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eb_sync.nightly.limit.GRACE_SECONDS", 0.01)
    left: list[int] = []
    forever, over = threading.Event(), threading.Event()

    def leave(code: int) -> None:
        left.append(code)
        over.set()

    def ring_in_a_thread(_seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        threading.Thread(target=call, daemon=True).start()
        return lambda: None

    def wait_forever() -> None:
        forever.wait()

    def work() -> None:
        with time_limit(timedelta(1), wait_forever, 75, alarm=ring_in_a_thread, leave=leave):
            over.wait()

    threading.Thread(target=work, daemon=True).start()  # it waits for the end of the process, which is not coming
    assert over.wait(30)
    forever.set()
    assert left == [75]


def test_a_night_that_ends_in_time_stops_its_alarm() -> None:
    rung: list[Callable[[], None]] = []
    stopped: list[bool] = []

    def wait(_seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        rung.append(call)
        return lambda: stopped.append(True)

    with time_limit(timedelta(1), lambda: stopped.append(False), 75, alarm=wait, leave=lambda _: stopped.append(False)):
        pass
    rung[0]()  # a moment too late
    assert stopped == [True]

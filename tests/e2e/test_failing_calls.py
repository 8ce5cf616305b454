"""A call that fails once, wherever it is, loses nothing, and the next run completes (small; see bench_failures)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.bench_failures import fail_each
from tests.e2e.test_database_trouble import connecting
from tests.failing import DATABASE_KINDS, FILE_KINDS, IO_ERROR, failing
from tests.hub import Hub
from tests.nights import codes_of, recorded
from tests.trials import COMMANDS, trial_of


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_which_one_call_fails_loses_nothing_and_the_next_run_completes(
    command: str, tmp_path: Path
) -> None:
    with trial_of(command, tmp_path) as trial:
        for number, kind in enumerate(DATABASE_KINDS, 1):
            # one of each kind, further on with each
            calls = trial.calls[kind]
            assert fail_each(trial, kind, calls, max(1, number * calls // (len(DATABASE_KINDS) + 1))) == []
        for kind in FILE_KINDS:
            assert fail_each(trial, kind, 2) == []

    # what never failed proves nothing
    assert {kind for kind, count in trial.calls.items() if count} == set(trial.tried)
    assert 74 in trial.codes


def test_a_call_that_is_not_made_does_not_fail(hub: Hub) -> None:
    with failing("fsync", 1) as calls:
        hub.sync()
    assert not calls.has_failed
    with failing("commit", 1) as calls:
        assert IO_ERROR in hub.refused("sync", code=74)
    assert calls.has_failed


def test_what_was_issued_is_said_where_its_page_cannot_be_read(tmp_path: Path) -> None:
    with trial_of("invoices", tmp_path) as trial:
        reads = range(1, trial.calls["fetch"] + 1)
        for at in reversed(reads):
            trial.put_back()
            with failing("fetch", at):
                result = trial.run()
            if result.code == 74:
                break
    assert "Nothing more was recorded." in result.err
    assert "INV-000001 is issued all the same. `ebsync export invoices -o pages` writes the files." in result.err


def test_a_backup_whose_folder_is_not_settled_is_not_there(hub: Hub) -> None:
    hub.sync()
    with failing("fsync", 3) as calls:
        said = hub.refused("backup", "copies/copy.sqlite", code=73)
    assert calls.has_failed
    assert "Make room on its disk" in said
    assert list((hub.folder / "copies").iterdir()) == []
    hub.do("backup", "copies/copy.sqlite")


@pytest.mark.parametrize(
    ("pragma", "advice"),
    [
        ("max_page_count=1", "Make room on its disk; what was recorded before is all there."),
        ("query_only=ON", "See that this user may write the file and its folder"),
    ],
    ids=["full", "read-only"],
)
def test_a_night_says_once_what_to_do_about_a_disk(hub: Hub, pragma: str, advice: str) -> None:
    hub.book(hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions"), "Ann Archer")
    hub.patch.setenv("EBSYNC_BACKUP__FOLDER", "backups")
    hub.sync()
    hub.do("nightly")
    hub.at("2019-09-03 02:37")
    other = hub.event("Ratio", "2019-12-05 10:00", "2019-12-05 15:00", slug="ratio")
    for number in range(40):
        hub.book(other, f"Newcomer Number{number}")

    with connecting(lambda connection: connection.execute(f"PRAGMA {pragma}")):
        result = hub.run("nightly")

    assert (result.code, result.out) == (74, "")
    assert result.err.count("The database could not be used") >= 2
    assert result.err.count(advice) == 1
    assert codes_of(recorded(hub))["sync"] == 0  # the night before; this one could not be recorded

"""Killed at any instant, a command has done all or nothing, and the next run completes (small; see bench_kills)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.bench_kills import kill_billing
from tests.bench.kill_mail import kill_mail
from tests.bench.kill_office import kill_office
from tests.databases import DATABASES, POSTGRESQL, SQLITE, need_postgres
from tests.forked import Phase


@pytest.mark.parametrize("kind", DATABASES)
def test_nothing_is_lost_or_doubled_by_thirty_kills(kind: str, tmp_path: Path) -> None:
    if kind == POSTGRESQL:
        need_postgres()

    tally, counts = kill_billing(kind, tmp_path, kills=30, seed=1)

    assert tally.total >= 30
    assert {phase.name.lower() for phase in (Phase.BEFORE, Phase.INSIDE, Phase.AFTER)} <= set(tally.phases)
    assert counts["documents"] > 0
    assert counts["batches"] > 0


def test_what_an_office_loads_runs_saves_and_moves_is_whole_or_not_there(tmp_path: Path) -> None:
    need_postgres()  # only there a worker works; copies go to both

    tally, counts = kill_office(POSTGRESQL, tmp_path, kills=6, seed=1, schools=20)

    assert tally.total >= 6
    assert counts == {"partial files left": 0}


def test_nobody_is_written_to_twice_by_evenings_that_are_killed(tmp_path: Path) -> None:
    tally, counts = kill_mail(SQLITE, tmp_path, kills=2, seed=3)

    assert tally.total >= 2
    assert counts["messages"] > 0

"""Killed at any instant, a command has done all or nothing, and the next run completes (small; see bench_kills)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.bench_kills import kill_billing
from tests.databases import DATABASES, POSTGRESQL, need_postgres
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

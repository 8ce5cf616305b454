"""Several people and a night at once: no error, and nothing lost (small; see bench_crowd)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.bench_crowd import crowd
from tests.databases import DATABASES, POSTGRESQL, need_postgres


@pytest.mark.parametrize("kind", DATABASES)
def test_six_people_record_beside_a_sync_and_a_night_and_nothing_is_lost(kind: str, tmp_path: Path) -> None:
    if kind == POSTGRESQL:
        need_postgres()

    waits = crowd(kind, tmp_path, people=6, each=1)

    assert len(waits.recording) == 6
    assert len(waits.together["sync"]) == len(waits.together["nightly"]) == 1

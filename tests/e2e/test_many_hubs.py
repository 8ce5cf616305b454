"""Many hubs, by one process and by a queue whose worker is killed, are read the same (small; see bench_hubs)."""

from __future__ import annotations

from tests.bench.bench_hubs import Size, compare
from tests.databases import need_postgres


def test_hubs_are_the_same_whichever_way_they_were_read() -> None:
    need_postgres()

    figures = compare(Size(hubs=6, events=3, latency=0.0), [2])

    first, later, queued = figures
    assert len(first.requests) == len(queued.requests) == 6
    assert set(first.requests) == set(queued.requests)
    assert max(later.requests) < max(first.requests) + 6
    assert "given back" in str(queued)

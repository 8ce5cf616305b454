"""Many generated payloads against the whole of ebsync: `python tests/bench/bench_payloads.py --runs 10000`.

Each run is a full sync of which up to eight places are spoilt, every fifth followed by commands that read what it kept;
on each database (`--database sqlite` or `postgresql`, both by default). Every answer to a run is such a payload. The
first run that ends as it should not is shown, made as small as can be.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from tests.databases import DATABASES, drop_templates, ready_database
from tests.hostile import opened_hostile
from tests.hub import BEGINNING, SETTINGS, Hub
from tests.payloads import SPOILT, check_run, set_scene


def main() -> None:
    """Play so many runs on each database and say how they ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--database", choices=DATABASES, action="append")
    given_words = parser.parse_args()
    for kind in given_words.database or DATABASES:
        began = time.monotonic()
        ended, answers = play(kind, given_words.runs)
        told = ", ".join(f"{count} with {code}" for code, count in sorted(ended.items()))
        seconds = time.monotonic() - began
        sys.stdout.write(f"{kind}: {ended.total()} runs, {answers} payloads, {seconds:.0f} s; ended {told}\n")
        sys.stdout.flush()
    drop_templates()


def play(kind: str, runs: int) -> tuple[Counter[int], int]:
    """How the runs ended, and how many payloads they were given."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    ended: Counter[int] = Counter()
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        ready_database(kind, Path(folder)) as url,
        SandboxServer(world) as server,
        opened_hostile(server.url) as hostile,
    ):
        for name in [name for name in os.environ if name.startswith("EBSYNC_")]:
            patch.delenv(name)
        for name, value in {**SETTINGS, "EBSYNC_EVENTBRITE_URL": server.url, "EBSYNC_DATABASE_URL": url}.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        hub = Hub(world, server, patch, Path(folder))
        hub.at("2019-09-02 09:00")
        set_scene(hub)
        patch.setenv("EBSYNC_EVENTBRITE_URL", hostile.url)

        @settings(max_examples=runs, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(SPOILT)
        def play_one(spoilt: dict[str, list[Any]]) -> None:
            ended[check_run(hostile, spoilt, reads=ended.total() % 5 == 0)] += 1

        play_one()
        return ended, len(hostile.requests)


if __name__ == "__main__":
    main()

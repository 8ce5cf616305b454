"""Whatever stands in Eventbrite's payloads, a run ends as it promises, and every command works on what it kept.

`python tests/bench/bench_payloads.py --runs 10000` tries many more.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile import opened_hostile
from tests.hub import Hub
from tests.payloads import SPOILT, check_run, set_scene


@pytest.mark.every_database
def test_no_payload_ends_a_run_in_another_way_than_promised_or_breaks_what_reads_it(hub: Hub) -> None:
    set_scene(hub)
    with opened_hostile(hub.server.url) as hostile:
        hub.patch.setenv("EBSYNC_EVENTBRITE_URL", hostile.url)

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(SPOILT)
        def play(spoilt: dict[str, list[Any]]) -> None:
            check_run(hostile, spoilt)

        play()

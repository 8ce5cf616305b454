"""Whatever a command records changes what is or would be decided, or the command says that it changes nothing.

More of it: `EBSYNC_TEST_RECORDINGS=300 pytest -n 0 tests/property/test_recording_property.py` plays as many hubs.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.hub import Hub
from tests.property.recording_play import RecordingPlay

PLAYS = int(os.environ.get("EBSYNC_TEST_RECORDINGS", "1"))
STEPS = 40


@pytest.mark.parametrize("seed", range(PLAYS))
def test_no_fact_is_accepted_without_effect_and_without_a_word(hub: Hub, seed: int) -> None:
    play = RecordingPlay(hub, Random(f"recording {seed}"))  # noqa: S311 - no secret

    for _ in range(STEPS):
        wrong = play.step()
        assert not wrong, "\n".join((wrong, *play.history))

    assert play.counted > 3

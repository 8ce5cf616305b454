"""The workshops that the benchmark decides about are a realistic mix; how fast is measured by itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from policies.decisions import Outcome, Reason
from policies.engine import assess_workshop
from policies.parameters import load_policy, read_shipped
from tests.bench.bench_decisions import FLYER, PLACES, build_workshop, seconds_for
from tests.factories import AS_OF


def test_the_benchmark_decides_about_workshops_in_which_everything_usual_happens() -> None:
    decisions = assess_workshop(build_workshop(7), load_policy(read_shipped("maths-hub")), AS_OF)
    counted = Counter(decision.outcome for decision in decisions)

    assert len(decisions) == PLACES
    assert counted[Outcome.ATTENDED] == 24
    assert counted[Outcome.NOTICE_IN_TIME] == 3
    assert counted[Outcome.EXEMPT] == 1
    assert {d.reason for d in decisions if d.outcome is Outcome.CHARGE} == {Reason.NO_SHOW, Reason.LATE_NOTICE}


@pytest.mark.parametrize("text", [FLYER, Path("tests/bench/most_complex.toml").read_text(encoding="utf-8")])
def test_the_benchmark_runs(text: str) -> None:
    assert seconds_for(60, text) > 0

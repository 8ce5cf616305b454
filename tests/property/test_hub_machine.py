"""A hub's life at random, on the whole stack: what ebsync concludes is held against what really happened.

Sandbox over HTTP, a real database, commands as typed; faults, delays, a wrong clock at Eventbrite's, kills. A short run
is part of the tests; a long one: `python -m tests.property.test_hub_machine --examples 300 --steps 60`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.databases import DATABASES, POSTGRESQL, SQLITE, need_postgres
from tests.forked import Forked
from tests.property.hub_machine import HubMachine


def play_at_random(
    kind: str, forked: Forked, *, examples: int, steps: int, seed: int | None, shrink: bool = True
) -> Counter[str]:
    """Run the machine; the counts of what was done. Without a seed the same histories each time."""
    counted: Counter[str] = Counter()
    members = {"kind": kind, "forked": forked, "counted": counted}
    machine = type("HubMachine", (HubMachine,), members)
    if seed is not None:
        machine = seeded(seed)(machine)
    wanted = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=seed is None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    try:
        run_state_machine_as_test(machine, settings=wanted)
    except BaseException as failure:
        failure.add_note("\n".join(HubMachine.last_history))
        raise
    return counted


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    with Forked({}, tmp_path_factory.mktemp("forked")) as process:
        yield process


@pytest.mark.parametrize(("kind", "examples"), [(SQLITE, 8), (POSTGRESQL, 2)])
def test_whatever_happens_nobody_is_charged_who_must_not_be(kind: str, examples: int, forked: Forked) -> None:
    if kind == POSTGRESQL:
        need_postgres()

    counted = play_at_random(kind, forked, examples=examples, steps=25, seed=None)

    assert counted["looks"] > 0


def main() -> None:
    """A long run, on SQLite and for a fifth of it on PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--no-shrink", action="store_true", help="stop at the first history that fails, as it is")
    parser.add_argument("--database", choices=DATABASES)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randint(1, 10**6)
    shares = {SQLITE: options.examples - options.examples // 5, POSTGRESQL: options.examples // 5}
    if options.database:
        shares = {options.database: options.examples}
    sys.stdout.write(f"seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder, Forked({}, Path(folder)) as process:
        for kind, examples in shares.items():
            began = time.monotonic()
            counted = play_at_random(
                kind, process, examples=examples, steps=options.steps, seed=seed, shrink=not options.no_shrink
            )
            counts = ", ".join(f"{count} {name}" for name, count in counted.most_common())
            sys.stdout.write(f"{kind}: {counts} in {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

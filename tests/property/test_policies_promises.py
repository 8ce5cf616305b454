"""What the rules promise to whoever is recorded, over histories of one workshop at random (see `promises`).

A short run is part of the tests. A long one: `python -m tests.property.test_policies_promises --histories 20000`; with
`--only favour` of one promise alone. What breaks is printed as the shortest history in which it does.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from policies.decisions import Reason
from tests.property.promises import TRIES, reasons_reached

# a failure is made as short as can be by the promise itself, which knows what its deeds are
some = settings(
    derandomize=True,
    max_examples=200,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
chances = st.randoms(use_true_random=False, note_method_calls=False)


@some
@given(chances)
def test_nothing_recorded_in_a_teachers_favour_ever_costs_them_more(chance: random.Random) -> None:
    assert not TRIES["favour"](chance).complaint()


@some
@given(chances)
def test_nobody_is_billed_more_because_something_is_not_known(chance: random.Random) -> None:
    assert not TRIES["absence"](chance).complaint()


@some
@given(chances)
def test_nobody_is_charged_twice_for_a_workshop_however_they_wrote_their_name(chance: random.Random) -> None:
    assert not TRIES["once"](chance).complaint()


def test_the_histories_reach_what_the_promises_are_about() -> None:
    reached = {
        promise: reasons_reached([TRIES[promise](seeded(7, number)) for number in range(250)])
        for promise in ("favour", "once")
    }

    assert len(set(Reason) - set(reached["favour"])) < 9, reached["favour"]
    assert reached["once"]["duplicate"] > 80
    for counts in reached.values():
        assert counts["no_show"] + counts["late_notice"] > 60


def seeded(seed: int, number: int) -> random.Random:
    return random.Random(f"{seed}/{number}")  # noqa: S311 - no secret


def main() -> None:
    """A long run of each promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=20000)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", choices=sorted(TRIES))
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randint(1, 10**6)
    sys.stdout.write(f"seed {seed}\n")
    broken = False
    for promise in [options.only] if options.only else sorted(TRIES):
        began, reached = time.monotonic(), Counter[str]()
        complaints: list[str] = []
        for number in range(options.histories):
            attempt = TRIES[promise](seeded(seed, number))
            reached += reasons_reached([attempt])
            complaints += filter(None, [attempt.complaint()])
        broken = broken or bool(complaints)
        seconds = time.monotonic() - began
        counts = ", ".join(f"{count} {reason}" for reason, count in reached.most_common())
        sys.stdout.write(f"{promise}: {options.histories} histories, {len(complaints)} broken, in {seconds:.0f} s\n")
        sys.stdout.write("\n".join((f"  decisions: {counts}", *sorted(complaints, key=len)[:20], "")))
        sys.stdout.flush()
    sys.exit(broken)


if __name__ == "__main__":
    main()

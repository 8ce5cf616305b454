"""Let every single call fail once and prove that nothing is lost: `python tests/bench/bench_failures.py`.

As SQLite tests itself: in each command (`--command`, all by default) the first call of each kind (`tests/failing.py`)
fails, then the second, and so on until a run makes fewer calls (`tests/trials.py` says what has to hold). `--every K`
takes each K-th call. A fault is printed and the next call is tried; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.failing import KINDS
from tests.statements import share_compiled_statements
from tests.trials import COMMANDS, Trial, trial_of


def fail_each(trial: Trial, kind: str, every: int = 1, first: int = 1) -> list[str]:
    """Each `every`-th call of a kind fails once, from the `first` on; gives what did not hold."""
    faults: list[str] = []
    for at in itertools.count(first, every):
        try:
            if not trial.fail(kind, at).has_failed:
                return faults
        except AssertionError as error:
            faults.append(f"{kind} {at}: {str(error)[:1200]}")
    return faults


def main() -> int:
    """Try, and print what was tried."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", choices=COMMANDS, action="append")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--every", type=int, default=1, metavar="K")
    options = parser.parse_args()
    share_compiled_statements()
    faults: list[str] = []
    for command in options.command or COMMANDS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, trial_of(command, Path(folder)) as trial:
            for kind in options.kind or KINDS:
                faults += [f"{command}: {fault}" for fault in fail_each(trial, kind, options.every)]
        tried = ", ".join(f"{kind} {trial.tried[kind]}" for kind in KINDS)
        codes = ", ".join(f"{code}: {count}" for code, count in sorted(trial.codes.items()))
        print(f"{command}: {trial.tried.total()} failures in {time.monotonic() - began:.0f} s ({tried})")
        print(f"  exit codes {codes}", flush=True)
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{len(faults)} faults" if faults else "nothing lost, every next run completed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

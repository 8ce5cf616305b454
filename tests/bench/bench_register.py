"""How long the register of schools takes to load, and how much memory: `python tests/bench/bench_register.py [COUNT]`.

The file is made anew from a fixed seed with COUNT invented schools (50,000, as many as the official download has):
135 columns in pairs of code and name, Windows-1252, about 70 MB; see `tests/large_register.py`. It is loaded into an
empty database, then a version of it in which one row in a hundred differs, each by `ebsync schools load` as a process
of its own. The target is 15 s and 150 MB for either. With `EBSYNC_DATABASE_URL`, an empty PostgreSQL database, the
same happens there.

Then `ebsync check` and a quiet `ebsync sync` of a hub with 200 events and 6,000 bookings are measured without a
register and with this one, the fastest of five each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.state import TOKEN
from tests.bench.bench_sync import NOW_AT, measure
from tests.large_register import COLUMNS, write_large_register

PROGRAM = str(Path(sys.executable).parent / "ebsync")
COUNT, SECONDS, PEAK_MB = 50_000, 15, 150


def load(name: str, path: Path) -> bool:
    """Load one file, print what it took, and say whether that is within the target."""
    loaded = measure(PROGRAM, "schools", "load", str(path))
    print(f"  {name}: {loaded.seconds:.1f} s with start-up, {loaded.peak_mb:.0f} MB; {loaded.output.splitlines()[0]}")
    return loaded.seconds < SECONDS and loaded.peak_mb < PEAK_MB


def load_twice(url: str, files: tuple[Path, Path]) -> bool:
    """A first load and one of a later version."""
    print(f"{url.partition(':')[0]}:")
    os.environ["EBSYNC_DATABASE_URL"] = url
    return all([load("first load", files[0]), load("1 % differ", files[1])])


@contextmanager
def served_hub(folder: str) -> Iterator[None]:
    """The hub of `bench_sync`, synced once, with its Eventbrite running."""
    script = Path(__file__).with_name("bench_sync.py")
    served = subprocess.Popen([sys.executable, str(script), "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        url = served.stdout.readline().strip().removeprefix("EBSYNC_EVENTBRITE_URL=")
        os.environ.update(EBSYNC_EVENTBRITE_URL=url, EBSYNC_EVENTBRITE_TOKEN=TOKEN, EBSYNC_NOW=NOW_AT.isoformat())
        os.environ["EBSYNC_DATABASE_URL"] = f"sqlite:///{folder}/served.sqlite"
        measure(PROGRAM, "sync")
        yield
    finally:
        served.terminate()
        served.wait()


def fastest(*command: str) -> str:
    """Seconds of the fastest of five runs."""
    return f"{min(measure(PROGRAM, *command).seconds for _ in range(5)):.2f} s"


def compare_commands(folder: str, path: Path) -> None:
    """`check` and a quiet `sync` without the register and with it."""
    with served_hub(folder):
        without = {command: fastest(command) for command in ("check", "sync")}
        measure(PROGRAM, "schools", "load", str(path))
        for command, seconds in without.items():
            print(f"{command}: {seconds} without a register, {fastest(command)} with one")


def main() -> int:
    """Print what loading takes on each database; 1 where the target is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    given = os.environ.get("EBSYNC_DATABASE_URL")
    with tempfile.TemporaryDirectory() as folder:
        names = ("first.csv", "later.csv")
        first, later = (write_large_register(Path(folder) / n, count, changed=n != "first.csv") for n in names)
        print(f"{count} schools, {len(COLUMNS)} columns, {first.stat().st_size / 1e6:.0f} MB")
        urls = [f"sqlite:///{folder}/hub.sqlite", *([given] if given else [])]
        met = [load_twice(url, (first, later)) for url in urls]
        compare_commands(folder, first)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())

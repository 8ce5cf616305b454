"""How long invoices take, and how much memory: `python tests/bench/bench_papers.py [COUNT]`.

First COUNT pages alone (1,000; then ten times as many, which must take ten times as long and no more memory), of one,
two and three lines in turn, in a process of its own. Then `ebsync invoices --yes` for a workshop that a teacher each of
COUNT schools booked and nobody came to, and `ebsync export charges --format xero`. The target is 10 s and 150 MB for a
thousand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.bench_sync import Measured, measure
from tests.hub import SETTINGS

PROGRAM = str(Path(sys.executable).parent / "ebsync")
COUNT = 1000
SECONDS, PEAK_MB = 10, 150

PAGES = """
import sys
from dataclasses import replace
sys.path.insert(0, {root!r})
from eb_sync.export import render_document_pdf
from tests.papers import INVOICE, many_lines
total = 0
for number in range({count}):
    document = replace(many_lines(1 + number % 3), number=f"INV-{{number:06d}}")
    total += len(render_document_pdf(document).content)
print(f"{{total / {count} / 1000:.0f}} kB a page")
"""

SERVE = """
import sys
sys.path.insert(0, {root!r})
from datetime import UTC, datetime
from eb_sync.sandbox.server import serve_world
from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.world import World
from tests.bench.bench_papers import name_of
world = World(datetime(2019, 9, 2, 8, tzinfo=UTC))
world.create_organization("Sample Hub", organization_id="7001")
event = world.add_event(NewEvent("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions"))
for number in range({count}):
    answers = {{"School name": name_of(number), "School URN": f"{{100000 + number}}"}}
    world.book(event, (Ticket(f"Teacher {{number}}", f"teacher{{number}}@s{{number}}.test", answers),))
world.set_clock(datetime(2019, 11, 5, 16, tzinfo=UTC))
serve_world(0, world)
"""


def name_of(number: int) -> str:
    """An invented school's name, of whose letters every one counts."""
    letters = "".join(chr(ord("a") + number // 26**place % 26) for place in range(3))
    return f"{letters}{letters[::-1]}ford Primary School".title()


def said(what: str, taken: Measured) -> bool:
    """Print what something took, and say whether that is within the target."""
    last = (taken.output.splitlines() or [""])[-1]
    print(f"{what}: {taken.seconds:.1f} s with start-up, {taken.peak_mb:.0f} MB; {last}")
    return taken.seconds < SECONDS and taken.peak_mb < PEAK_MB


def render_pages(count: int) -> Measured:
    """That many pages in one process."""
    return measure(sys.executable, "-c", PAGES.format(root=str(ROOT), count=count))


def write_register(path: Path, count: int) -> None:
    """A register of as many schools, as ebsync reads it."""
    rows = [f"{100000 + number},{name_of(number)},Open,{number} Lane,Town,ZZ1 1ZZ" for number in range(count)]
    header = "URN,EstablishmentName,EstablishmentStatus (name),Street,Town,Postcode"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def issue_all(folder: Path, count: int) -> bool:
    """A workshop to which nobody came, billed to every school."""
    command = (sys.executable, "-c", SERVE.format(root=str(ROOT), count=count))
    served = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        url = served.stdout.readline().strip().removeprefix("EBSYNC_EVENTBRITE_URL=")
        os.environ.update(SETTINGS, EBSYNC_EVENTBRITE_URL=url, EBSYNC_NOW="2019-11-05T16:00:00Z")
        os.environ["EBSYNC_DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite"
        measure(PROGRAM, "sync")
        write_register(folder / "register.csv", count)
        measure(PROGRAM, "schools", "load", str(folder / "register.csv"))
        measure(PROGRAM, "attendance", "close", "fractions", "--nobody-came")
        met = said(f"ebsync invoices, {count}", measure(PROGRAM, "invoices", "--yes"))
        out = str(folder / "xero.csv")
        return (
            said("ebsync export charges", measure(PROGRAM, "export", "charges", "--format", "xero", "-o", out)) and met
        )
    finally:
        served.terminate()
        served.wait()


def main() -> int:
    """Print what papers take; 1 where the target is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    few = render_pages(count)
    met = said(f"{count} pages", few)
    many = render_pages(10 * count)
    said(f"{10 * count} pages", many)
    print(f"ten times as many: {many.seconds / few.seconds:.1f} times as long")
    with tempfile.TemporaryDirectory() as folder:
        met = issue_all(Path(folder), count) and met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

"""How long a first and a quiet sync take, and how much memory: `python tests/bench/bench_sync.py`.

The sandbox runs in its own process with its pages rendered beforehand, so that it is not what is measured. The measure
is a bare `requests` + `json` loop over the same pages, in a process of its own as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from eb_sync.sandbox.server import serve_world
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.bench.crowd import crowd

NOW_AT = datetime(2019, 10, 1, 3, tzinfo=UTC)
EVENTS, PER_EVENT, PAST = 200, 30, 150
AWAY = timedelta(days=100)

BARE = """
import json, os, requests
base, token = os.environ["EBSYNC_EVENTBRITE_URL"], os.environ["EBSYNC_EVENTBRITE_TOKEN"]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
def pages(path, **query):
    while True:
        body = json.loads(session.get(base + path, params=query).content)
        yield body
        if not body["pagination"]["has_more_items"]:
            return
        query["continuation"] = body["pagination"]["continuation"]
organization = next(pages("/users/me/organizations/"))["organizations"][0]["id"]
expand = "venue,ticket_classes,event_sales_status"
for page in list(pages(f"/organizations/{organization}/events/", status="all", expand=expand)):
    for event in page["events"]:
        for status in ({}, {"status": "not_attending"}):
            list(pages(f"/events/{event['id']}/attendees/", **status))
"""


@dataclass(frozen=True)
class Measured:
    """What one process took."""

    seconds: float
    """Wall time, start-up included."""
    peak_mb: float
    output: str


LAUNCH = """
import os, sys, time
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - began
print(f"{os.waitstatus_to_exitcode(status)} {seconds} {usage.ru_maxrss / 1024}", file=sys.stderr)
"""
"""A process counts what its parent held when it was started, so a small one starts what is measured."""


def measure(*command: str) -> Measured:
    """Run a command to its end."""
    launched = (sys.executable, "-S", "-c", LAUNCH, *command)
    ran = subprocess.run(launched, capture_output=True, text=True, check=True)
    told = ran.stderr.splitlines()
    code, seconds, peak_mb = told[-1].split()
    if int(code):
        raise SystemExit(f"{command} exited with {code}: {told[:-1]}")
    return Measured(float(seconds), float(peak_mb), ran.stdout)


def quiet_world(world: World) -> None:
    """Move every workshop well out of its active window: 150 long over, 50 far ahead; nobody books meanwhile."""
    for event_id, event in world.events.items():
        shift = -AWAY if event.starts_at < NOW_AT else AWAY
        starts, ends = event.starts_at + shift, event.ends_at + shift
        world.move(event_id, f"{starts:%Y-%m-%d %H:%M}", f"{ends:%Y-%m-%d %H:%M}")
    world.set_clock(NOW_AT)


def serve() -> None:
    """The sandbox's process."""
    world = crowd(NOW_AT, events=EVENTS, per_event=PER_EVENT, past=PAST)
    quiet_world(world)
    world.prerender()
    serve_world(0, world)


def main() -> None:
    """Measure and print."""
    served = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        url = served.stdout.readline().strip().removeprefix("EBSYNC_EVENTBRITE_URL=")
        os.environ.update(EBSYNC_EVENTBRITE_URL=url, EBSYNC_EVENTBRITE_TOKEN=TOKEN, EBSYNC_NOW=NOW_AT.isoformat())
        program = str(Path(sys.executable).parent / "ebsync")
        with tempfile.TemporaryDirectory() as folder:
            os.environ["EBSYNC_DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite"
            measure(sys.executable, "-c", BARE)  # fills the server's page caches
            bare = measure(sys.executable, "-c", BARE)
            first = measure(program, "sync", "--json")
            os.environ["EBSYNC_NOW"] = (NOW_AT + timedelta(hours=1)).isoformat()
            quiet = measure(program, "sync", "--json")
    finally:
        served.terminate()
        served.wait()
    said, calm = json.loads(first.output), json.loads(quiet.output)
    print(f"bare loop over the same pages: {bare.seconds:.2f} s, {bare.peak_mb:.0f} MB")
    print(
        f"first sync of {said['events']} events, {said['attendees']} attendees: {first.seconds:.2f} s "
        f"({first.seconds / bare.seconds:.1f} times the bare loop; at most 4), {said['requests']} requests, "
        f"{first.peak_mb:.0f} MB (at most 120)"
    )
    print(
        f"quiet sync: {calm['requests']} requests (at most 4), {calm['observations']} changes, "
        f"{quiet.seconds:.2f} s with start-up (at most 1)"
    )


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()

"""A hub's night in a process of its own: what ends it ends neither another hub's nor whoever started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict

from eb_sync.cli.messages_out import LOG, flush
from eb_sync.cli.night import night_outcome, outcome_of
from eb_sync.cli.printing import tell
from eb_sync.errors import TryAgainError
from eb_sync.hubs.pool import RunResult, attempt
from eb_sync.nightly.report import NightReport

_PROGRAM = "from eb_sync.cli.night_apart import run_child; run_child()"

Say = Callable[[str, str], None]
"""Told a sentence and its level."""


def run_night_apart(hub: str, say: Say) -> RunResult:
    """The night of this hub (empty: of the one there is); waits for its process and gives what it came to."""
    with _start(hub) as process:
        relay = threading.Thread(target=_relay, args=(process.stderr or (), say), daemon=True)
        relay.start()
        said = process.stdout.read() if process.stdout is not None else ""
        code = process.wait()
        relay.join()
    return read_outcome(code, said)


def _start(hub: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - ourselves, and a hub's name
        [sys.executable, "-P", "-c", _PROGRAM, hub],
        stdin=subprocess.PIPE,  # it closes where we die, and the night ends with us
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


def read_outcome(code: int, said: str) -> RunResult:
    """What a night came to whose process ended with this code and wrote this; a killed one may do better next time."""
    try:
        given = json.loads(said.splitlines()[-1])
        return RunResult(**{**given, "details": tuple(given["details"])})
    except (IndexError, ValueError, TypeError, KeyError):
        how = f"by signal {-code}" if code < 0 else f"with {code}"
        return RunResult(
            code if code > 0 else TryAgainError.exit_code, "ended", (f"The night's process was ended {how}.",)
        )


def _relay(lines: Iterable[str], say: Say) -> None:
    """Pass on what is told; anything else (a traceback) may hold a name, and is not."""
    for line in lines:
        try:
            told = json.loads(line)
            say(str(told["text"]), str(told["level"]))
        except (ValueError, TypeError, KeyError):
            continue


def run_child() -> None:
    """The night of the hub on the command line; its outcome goes to stdout, as JSON in a line."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # a run in hand is ended by whoever started it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    LOG.is_json = True
    outcome = attempt(lambda: _work(sys.argv[1]))
    _write(outcome)
    sys.exit(outcome.exit_code)


def _work(hub: str) -> RunResult:
    from eb_sync.bootstrap import build_hub
    from eb_sync.sync.fetch import Progress

    opened = build_hub(hub or None)
    try:
        return night_outcome(opened, Progress(say=tell), show=_show_stuck)
    finally:
        opened.close()


def _show_stuck(report: NightReport) -> None:
    _write(outcome_of(report))


def _write(outcome: RunResult) -> None:
    print(json.dumps(asdict(outcome)))  # noqa: T201 - read by whoever started this process
    flush()


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(TryAgainError.exit_code)

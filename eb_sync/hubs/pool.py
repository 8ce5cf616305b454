"""The same run for many hubs, a few at a time; what happens to one touches no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from eb_sync.errors import EbsyncError


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to."""

    exit_code: int
    text: str
    """In a line."""
    details: tuple[str, ...] = ()
    """Messages for the log; no names of persons."""
    report: dict[str, Any] | None = field(default=None)
    """For `--json`; None where the run failed."""


@dataclass(frozen=True, slots=True)
class HubRun:
    """One hub's run."""

    hub: str
    outcome: RunResult
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "hub": self.hub,
            "exit_code": self.outcome.exit_code,
            "seconds": round(self.seconds, 3),
            "details": list(self.outcome.details),
            "report": self.outcome.report,
        }


def run_hubs(hubs: Sequence[str], run: Callable[[str], RunResult], workers: int) -> list[HubRun]:
    """Run each hub, at most `workers` at a time; in the order of `hubs`, whenever each ended."""

    def one(hub: str) -> HubRun:
        began = time.monotonic()
        outcome = attempt(lambda: run(hub))
        return HubRun(hub, outcome, time.monotonic() - began)

    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="hub")
    try:
        return list(pool.map(one, hubs))
    finally:
        # where a person stops it, hubs that have not begun do not begin
        pool.shutdown(cancel_futures=True)


def attempt(run: Callable[[], RunResult]) -> RunResult:
    """Run, and make of an error of ours or a bug the run's outcome."""
    try:
        return run()
    except EbsyncError as error:
        return RunResult(error.exit_code, "failed", (str(error),))
    except Exception as error:  # noqa: BLE001 - the other hubs still have to run; the exit code says 70
        return RunResult(70, "failed", (f"This is a bug ({type(error).__name__}). Please report it.",))

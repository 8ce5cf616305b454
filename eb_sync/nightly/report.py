"""What the steps of a night came to: one result each, and what the next night compares itself with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eb_sync.errors import EbsyncError, first_exit

FAILED, STOPPED = "failed", "stuck"
_DETAILS_SHOWN = 20
_TAIL = 10_000
"""Characters of a report that a monitor is given."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the night came to."""

    name: str
    exit_code: int
    text: str
    details: tuple[str, ...] = ()
    """Messages for the log; no names."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """The figures of the text, for programs."""
    memory: Mapping[str, Any] = field(default_factory=dict)
    """What the next nights compare with: kept in the run's record, shown nowhere; JSON without names."""

    @property
    def is_failed(self) -> bool:
        """Whether it did not get to its end; its details then say why."""
        return self.text in (FAILED, STOPPED)

    def as_json(self) -> dict[str, Any]:
        """For `--json` and for the run's record; without the memory."""
        return {
            "step": self.name,
            "exit_code": self.exit_code,
            "text": self.text,
            "details": list(self.details),
            "counts": dict(self.counts),
        }


@dataclass(frozen=True, slots=True)
class NightReport:
    """All steps, in order."""

    steps: tuple[Step, ...]

    @property
    def exit_code(self) -> int:
        """The worst that a step came to."""
        return first_exit(step.exit_code for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"exit_code": self.exit_code, "steps": [step.as_json() for step in self.steps]}

    def as_record(self) -> dict[str, Any]:
        """What `runs` keeps of the night: its steps, and the memory of those that have one."""
        memory = {step.name: dict(step.memory) for step in self.steps if step.memory}
        return {"steps": [step.as_json() for step in self.steps], "memory": memory}

    def as_tail(self) -> str:
        """For a monitor, which others may read: a line for each step, and why one failed; no ids of bookings."""
        lines = []
        for step in self.steps:
            lines.append(f"{step.name}: exit {step.exit_code}, {step.text}")
            if step.is_failed:
                lines += [f"  {line}" for line in step.details]
        return "\n".join(lines)[-_TAIL:]


def attempt_step(name: str, step: Callable[[], Step], earlier: Sequence[Step] = ()) -> Step:
    """Run a step; an error of ours becomes its result, and so does a bug.

    What to do about it is said once a night: not again where a failed one of the steps before says it.
    """
    try:
        return step()
    except EbsyncError as error:
        told = [line for before in earlier if before.is_failed for line in before.details]
        is_told = any(error.advice in line for line in told)
        return Step(name, error.exit_code, FAILED, (error.said if is_told else str(error),))
    except Exception as error:  # noqa: BLE001 - the other steps still have to run; the night's exit code says 70
        return Step(name, 70, FAILED, (f"This is a bug ({type(error).__name__}). Please report it.",))


def shorten(lines: list[str], command: str) -> tuple[str, ...]:
    """As many lines as a log bears; the command shows the others."""
    more = len(lines) - _DETAILS_SHOWN
    return tuple(lines) if more <= 0 else (*lines[:_DETAILS_SHOWN], f"... and {more:,} more: `{command}`")


def format_age(since: datetime, now: datetime) -> str:
    """For how long something has waited: `since today`, `for 1 day`, `for 12 days`."""
    days = (now - since).days
    return "since today" if days < 1 else f"for {days} day{'s' if days > 1 else ''}"

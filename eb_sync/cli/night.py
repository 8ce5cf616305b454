"""One hub's night as the command line runs it, here or in a process of its own, and what it tells of it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from eb_sync.cli.messages_out import LOG, flush, level_of
from eb_sync.cli.printing import print_table, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from eb_sync.bootstrap import Hub
    from eb_sync.bootstrap.runs import Following
    from eb_sync.hubs.pool import RunResult
    from eb_sync.nightly.report import NightReport
    from eb_sync.sync.fetch import Progress

    Show = Callable[[NightReport], None]


def run_night(
    hub: Hub, following: Following | None = None, *, dry_run: bool = False, show: Show | None = None
) -> NightReport:
    """One hub's night; if it is stuck, the process ends: where it works for others too, see `night_apart`."""
    from eb_sync.bootstrap.runs import NightListener, run_hub_night
    from eb_sync.cli.sync import followed_here

    listener = NightListener(
        following=following or followed_here,
        warn=lambda trouble: tell(trouble, "warning"),
        show_stuck=show or _show_stuck,
    )
    return run_hub_night(hub, listener, dry_run=dry_run)


def night_outcome(hub: Hub, telling: Progress, *, dry_run: bool = False, show: Show | None = None) -> RunResult:
    """What the night of one hub of several came to."""
    return outcome_of(run_night(hub, lambda: nullcontext(telling), dry_run=dry_run, show=show))


def outcome_of(report: NightReport) -> RunResult:
    """A night's report as the outcome of a hub's run."""
    from eb_sync.hubs.pool import RunResult

    failed = [f"{step.name} {step.exit_code}" for step in report.steps if step.exit_code]
    details = tuple(line for step in report.steps for line in step.details)
    return RunResult(report.exit_code, ", ".join(failed) or f"{len(report.steps)} steps", details, report.as_json())


def print_steps(report: NightReport, *, err: bool) -> None:
    """A table of the steps."""
    rows = [(step.name, str(step.exit_code), step.text) for step in report.steps]
    print_table(("step", "exit", "result"), rows, flexible=2, err=err)


def tell_steps(report: NightReport) -> None:
    """What each step has to say, on stderr."""
    for step in report.steps:
        level = level_of(step.exit_code)
        if LOG.is_json:
            tell(f"{step.name}: exit {step.exit_code}, {step.text}", level)
        for line in step.details:
            tell(f"{step.name}: {line}" if step.is_failed else line, level)


def _show_stuck(report: NightReport) -> None:
    if not LOG.is_json:
        print_steps(report, err=True)
    tell_steps(report)
    flush()

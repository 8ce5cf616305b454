"""`--all-hubs`: one command for every hub of the configuration, a few at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from eb_sync.cli.printing import FAILURES, print_json, print_table, tell
from eb_sync.errors import UsageError, first_exit

if TYPE_CHECKING:
    from eb_sync.bootstrap import Hub
    from eb_sync.hubs.pool import HubRun, RunResult
    from eb_sync.sync.fetch import Progress

Command = TypeVar("Command", bound=Callable[..., Any])
_NUMBERING_SECONDS = 60.0
Work = Callable[["Hub", "Progress"], "RunResult"]


def all_hubs_options(command: Command) -> Command:
    """`--all-hubs` and `--workers`."""
    said = "How many hubs at a time; else EBSYNC_WORKERS."
    command = click.option("--workers", type=click.IntRange(1, 32), help=said)(command)
    return click.option("--all-hubs", is_flag=True, help="Do it for every hub that is configured.")(command)


def run_all_hubs(run: Callable[[str], RunResult], workers: int | None, *, as_json: bool, writes: bool = True) -> int:
    """Run every hub by name, print what came of each, and give the exit code of all.

    Raises:
        SettingsError: the settings file cannot be read.
        UsageError: one hub is chosen as well.
    """
    from eb_sync.hubs.pool import run_hubs
    from eb_sync.settings.hubs import read_common_settings, read_hub_names

    _check_all_meant()
    names = read_hub_names()
    common = read_common_settings()
    if common.now is not None:
        tell(f"ebsync: a rehearsal, EBSYNC_NOW stands at {common.now}")
    if writes:
        number_hubs(names)
    runs = run_hubs(names or ("",), run, workers or common.workers)
    code = first_exit(run.outcome.exit_code for run in runs)
    _print_runs(runs, code, as_json=as_json)
    return code


def _check_all_meant() -> None:
    from eb_sync.cli.hub import chosen_hub

    if chosen_hub() is not None:
        raise UsageError("Either one hub is chosen or it is done for all: leave out --hub (EBSYNC_HUB) or --all-hubs.")


def number_hubs(names: Iterable[str]) -> None:
    """Give hubs that have no number yet theirs, in the order of the configuration.

    What is wrong with a hub its own run will say. A database that does not answer is not waited for.
    """
    numbering = threading.Thread(target=_number_all, args=(names,), daemon=True)
    numbering.start()
    numbering.join(_NUMBERING_SECONDS)


def _number_all(names: Iterable[str]) -> None:
    for name in names:
        _number(name)


def _number(name: str) -> None:
    from eb_sync.bootstrap import build_hub

    with contextlib.suppress(Exception):  # in a thread of its own, whose words nobody has cleaned
        hub = build_hub(name)
        try:
            hub.hub_id  # noqa: B018 - a number is given on first use
        finally:
            hub.close()


def work_for(hub: str, work: Work) -> RunResult:
    """Work in this hub, opened for it alone; the name is empty where no hubs are configured."""
    from eb_sync.bootstrap import build_hub
    from eb_sync.sync.fetch import Progress

    opened = build_hub(hub or None)
    try:
        return work(opened, Progress(say=lambda sentence: tell(about(hub, sentence))))
    finally:
        opened.close()


def about(hub: str, sentence: str) -> str:
    """A sentence of one hub of several."""
    return f"{hub}: {sentence}" if hub else sentence


def _print_runs(runs: list[HubRun], code: int, *, as_json: bool) -> None:
    failed = code >= FAILURES
    if as_json and not failed:
        print_json({"exit_code": code, "hubs": [run.as_json() for run in runs]})
    elif not as_json:
        rows = [(run.hub, str(run.outcome.exit_code), f"{run.seconds:.1f}", run.outcome.text) for run in runs]
        print_table(("hub", "exit", "seconds", "result"), rows, flexible=3, err=failed)
    for run in runs:
        for line in run.outcome.details:
            tell(about(run.hub, line))

"""`ebsync worker` and `queue`: hubs on several machines, by jobs in PostgreSQL."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import local, print_json, print_table, tell
from eb_sync.errors import SettingsError, UsageError

if TYPE_CHECKING:
    from eb_sync.hubs.pool import RunResult
    from eb_sync.hubs.queue_status import JobRow


@click.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 32), default=1, help="How many hubs at a time; 1 if not said.")
@click.option("--drain", is_flag=True, help="End when nothing is left to be done now.")
def worker_command(concurrency: int, drain: bool) -> None:
    """Run hubs from the queue until stopped; SIGTERM ends it after the runs in hand.

    Start as many as you like, on as many machines: no hub is run by two at a time. A run whose worker died is given to
    another. Workers also put runs of all hubs into the queue, at the times of queue.sync and queue.nightly (settings).

    Example: ebsync worker --concurrency 2
    """
    check_extra()
    from eb_sync.hubs.queue import find_place
    from eb_sync.hubs.worker import Schedule, WorkerSettings, work
    from eb_sync.settings.hubs import read_common_settings

    common, hubs = read_common_settings(), _hubs()
    crons = {"sync": common.queue.sync, "nightly": common.queue.nightly}
    terms = WorkerSettings(
        hubs=hubs,
        schedules=[Schedule(kind, cron) for kind, cron in crons.items() if cron != "off"],
        concurrency=concurrency,
        stalled_seconds=common.queue.stalled_seconds,
        drain=drain,
    )
    work(find_place(common.database_url), terms, functools.partial(_run_job, hubs), tell)


@click.group("queue")
def queue_command() -> None:
    """Put runs of hubs into the queue, and show what is in it.

    Example: ebsync queue status
    """


@queue_command.command("schedule")
@click.argument("kind", type=click.Choice(["sync", "nightly"]), default="sync")
@json_option
def queue_schedule(kind: str, as_json: bool) -> None:
    """Put a run into the queue now, for every hub or for the one chosen; where one waits already, that is enough.

    Example: ebsync queue schedule nightly
    """
    check_extra()
    from eb_sync.cli.hub import chosen_hub
    from eb_sync.hubs.jobs import schedule_runs
    from eb_sync.hubs.queue import find_place
    from eb_sync.settings.hubs import read_common_settings

    chosen, names = chosen_hub(), _hubs()
    if chosen is not None and chosen not in names:
        raise SettingsError(f"There is no hub {chosen}. The hubs are: {', '.join(names)}.")
    place = find_place(read_common_settings().database_url)
    new, waiting = schedule_runs(place, kind, names if chosen is None else (chosen,))
    if as_json:
        print_json({"kind": kind, "new": new, "waiting": waiting})
    else:
        click.echo(f"{kind}: {len(new)} put into the queue, {len(waiting)} waited already")


@queue_command.command("status")
@json_option
def queue_status(as_json: bool) -> None:
    """Show for each hub what waits, what is being done, and what came last.

    Example: ebsync queue status --json
    """
    check_extra()
    from eb_sync.hubs.queue import find_place
    from eb_sync.hubs.queue_status import read_jobs
    from eb_sync.settings.hubs import read_common_settings

    rows = read_jobs(find_place(read_common_settings().database_url))
    if as_json:
        print_json({"jobs": [_row_json(row) for row in rows]})
        return
    print_table(("hub", "run", "state", "since", "tried before"), [_cells(row) for row in rows])


def _cells(row: JobRow) -> tuple[str, ...]:
    since = local(row.changed_at) if row.changed_at else ""
    return row.hub, row.kind, row.status, since, str(row.tried_before)


def _row_json(row: JobRow) -> dict[str, object]:
    return {
        "id": str(row.id),
        "hub": row.hub,
        "kind": row.kind,
        "state": row.status,
        "tried_before": row.tried_before,
        "not_before_at": row.scheduled_at,
        "since_at": row.changed_at,
    }


def check_extra() -> None:
    """Refuse what needs the extra `queue` where it is not installed.

    Raises:
        SettingsError: it is not; says what to do.
    """
    missing = [name for name in ("procrastinate", "psycopg") if importlib.util.find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"The queue needs the extra `queue` ({' and '.join(missing)} not installed): pip install 'ebsync[queue]'. "
            "Without it, --all-hubs does it on one machine."
        )


def _hubs() -> Sequence[str]:
    from eb_sync.settings.hubs import read_hub_names

    return read_hub_names() or ("",)


def _run_job(hubs: Sequence[str], kind: str, hub: str) -> int:
    """Run what a job says, and tell what came of it."""
    from eb_sync.hubs.pool import attempt

    job = f"{hub} {kind}".strip()
    tell(f"{job}: begun")
    outcome = attempt(lambda: _work(hubs, kind, hub))
    for line in outcome.details:
        tell(f"{job}: {line}")
    tell(f"{job}: exit {outcome.exit_code}, {outcome.text}")
    return outcome.exit_code


def _work(hubs: Sequence[str], kind: str, hub: str) -> RunResult:
    from eb_sync.cli.all_hubs import about
    from eb_sync.cli.night_apart import run_night_apart
    from eb_sync.cli.sync import sync_of

    if hub not in hubs:
        raise SettingsError(f"This worker's settings have no hub {hub}.")
    if kind == "sync":
        return sync_of(hub)
    if kind == "nightly":
        return run_night_apart(hub, lambda text, level: tell(about(hub, text), level))
    raise UsageError(f"This worker knows no run called {kind}.")

"""A worker: takes jobs until it is told to stop, and gives back what others that died had taken."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Status

from eb_sync.errors import DatabaseError
from eb_sync.hubs.jobs import RunHub, add_run_task, add_schedule, build_app
from eb_sync.hubs.queue import Place

MOST_ATTEMPTS = 5
"""How often a job is given back whose workers died: what kills its worker does not go on for ever."""
KEPT_HOURS = 7 * 24
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which runs of all hubs workers put into the queue by themselves."""

    kind: str
    cron: str
    """Five fields as in a crontab, UTC."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker works."""

    hubs: Sequence[str]
    schedules: Sequence[Schedule]
    concurrency: int = 1
    stalled_seconds: float = 60.0
    """After so long without a sign of life a worker counts as dead, and its jobs are given to others."""
    drain: bool = False
    """End when nothing is left to be done now."""


def work(place: Place, terms: WorkerSettings, run: RunHub, tell: Callable[[str], None]) -> None:
    """Take and run jobs; ends at SIGTERM or SIGINT, after the jobs in hand, and with `drain` when there are none.

    Raises:
        DatabaseError: the queue cannot be reached any more.
        SettingsError: a schedule's time is none.
    """
    app = build_app(place)
    add_run_task(app, run)
    for schedule in terms.schedules:
        add_schedule(app, schedule.kind, schedule.cron, terms.hubs)
    with _listening() as ear:
        try:
            asyncio.run(_work(app, place, terms, tell))
        except (ConnectorException, psycopg.Error):
            ear.is_lost = True
    if ear.is_lost:
        raise DatabaseError("The queue cannot be reached any more. Jobs that were in hand are given to other workers.")


async def _work(app: App, place: Place, terms: WorkerSettings, tell: Callable[[str], None]) -> None:
    # a thread for each job in hand, whatever number of cores there is
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(terms.concurrency + 1))
    async with app.open_async():
        await _sweep(app, place, terms.stalled_seconds, tell)
        sweeper = asyncio.create_task(_keep_sweeping(app, place, terms.stalled_seconds, tell))
        try:
            done = await _take_jobs(app, terms)
            while terms.drain and done:
                # a hub's second job waits for its first
                done = await _take_jobs(app, terms)
        finally:
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper


async def _take_jobs(app: App, terms: WorkerSettings) -> int:
    """Until told to stop, or until there are none; gives how many there were."""
    taken: list[int | None] = []

    async def count(run: Callable[[], Awaitable[object]], context: JobContext, _worker: object) -> object:
        taken.append(context.job.id)
        return await run()

    await app.run_worker_async(
        concurrency=terms.concurrency,
        wait=not terms.drain,
        update_heartbeat_interval=terms.stalled_seconds / 4,
        stalled_worker_timeout=terms.stalled_seconds,
        fetch_job_polling_interval=min(5.0, terms.stalled_seconds / 4),
        worker_middleware=[count],
    )
    return len(taken)


async def _keep_sweeping(app: App, place: Place, seconds: float, tell: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(seconds / 2)
        with contextlib.suppress(ConnectorException, psycopg.Error):  # the worker itself ends where this goes on
            await _sweep(app, place, seconds, tell)


async def _sweep(app: App, place: Place, seconds: float, tell: Callable[[str], None]) -> None:
    """Give back jobs whose worker is dead, and forget old ones.

    One worker at a time: a job that another has given back and a third has taken is in good hands.
    """
    statement, key = place.sweeping
    async with await psycopg.AsyncConnection.connect(place.conninfo) as connection:
        await connection.execute(statement.encode(), (key,))
        jobs = app.job_manager
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=seconds):
            about = " ".join(str(job.task_kwargs[key]) for key in ("kind", "hub") if key in job.task_kwargs)
            if job.attempts >= MOST_ATTEMPTS:
                await jobs.finish_job(job, Status.FAILED, delete_job=False)
                tell(f"{about}: given up, its worker died {job.attempts + 1} times")
                continue
            try:
                await jobs.retry_job(job, retry_at=_AT_ONCE)
                tell(f"{about}: given back, its worker died")
            except UniqueViolation:
                # the next one waits already and does the same
                await jobs.finish_job(job, Status.FAILED, delete_job=False)
                tell(f"{about}: its worker died, the next one waits already")
        await jobs.delete_old_jobs(KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True)


class _Ear(logging.Handler):
    """Hears from the library's log what it tells nobody else: that the queue was lost. Runs say themselves what is."""

    def __init__(self) -> None:
        super().__init__()
        self.is_lost = False

    def emit(self, record: logging.LogRecord) -> None:
        self.is_lost = self.is_lost or getattr(record, "action", None) == "side_task_failed"


@contextlib.contextmanager
def _listening() -> Iterator[_Ear]:
    log, ear = logging.getLogger("procrastinate"), _Ear()
    propagates, log.propagate = log.propagate, False
    log.addHandler(ear)
    try:
        yield ear
    finally:
        log.removeHandler(ear)
        log.propagate = propagates

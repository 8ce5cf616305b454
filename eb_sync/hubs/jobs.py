"""The jobs: one for each hub and run, no two at a time for a hub, tried again where that may help."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from croniter import croniter
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued

from eb_sync.errors import SettingsError
from eb_sync.hubs.queue import Place

KINDS = ("sync", "nightly")
RETRIED = frozenset({74, 75})
"""Exit codes that may be others soon: the database, and what says itself `try again later`."""
BACK_OFF_SECONDS = (60, 240, 960)
"""How long a run that failed waits before each time it is tried again."""
_WAIT_SECONDS = 10.0
"""For a connection; the library's half a minute would be waited for several times where a database is gone."""
_QUEUE = "hubs"
_RUN, _SCHEDULE = "run_hub", "schedule_runs"

RunHub = Callable[[str, str], int]
"""Run what is named first for the hub named then (empty where hubs have no names); gives the exit code."""


class RunFailedError(Exception):
    """Marks a job as failed; the run itself has said why."""


def build_app(place: Place) -> App:
    """The library's application on a queue; it runs nothing yet."""
    return App(connector=PsycopgConnector(conninfo=place.conninfo, min_size=1, max_size=6, timeout=_WAIT_SECONDS))


def add_run_task(app: App, run: RunHub) -> None:
    """Let workers on this application run hubs."""

    @app.task(name=_RUN, queue=_QUEUE)
    async def run_hub(kind: str, hub: str, tried: int = 0) -> None:
        code = await asyncio.to_thread(run, kind, hub)
        if code in RETRIED and tried < len(BACK_OFF_SECONDS):
            # a job of its own, not the library's retry: that fails, and leaves the hub locked, where the next regular
            # run waits already. It comes after regular runs, so that these need not wait for it.
            wait = {"schedule_in": {"seconds": BACK_OFF_SECONDS[tried]}, "priority": -1}
            await _defer(app, kind, hub, tried + 1, **wait)
        if code >= _FAILURES:
            raise RunFailedError(f"exit code {code}")


_FAILURES = 70
"""As on the command line: below it, what could be done was done."""


def add_schedule(app: App, kind: str, cron: str, hubs: Iterable[str]) -> None:
    """Let workers on this application put runs of all hubs into the queue, at times of a crontab in UTC.

    Raises:
        SettingsError: `cron` is no such time.
    """
    if not croniter.is_valid(cron):
        raise SettingsError(f"EBSYNC_QUEUE__{kind.upper()} is no time of a crontab: {cron}.")
    names = tuple(hubs)

    @app.periodic(cron=cron, periodic_id=kind, queue=_QUEUE, priority=1, queueing_lock=f"{_SCHEDULE} {kind}")
    @app.task(name=f"{_SCHEDULE}_{kind}", queue=_QUEUE)
    async def schedule(timestamp: int) -> None:
        del timestamp  # when it should have been
        for hub in names:
            await _defer(app, kind, hub)


def schedule_runs(place: Place, kind: str, hubs: Iterable[str]) -> tuple[list[str], list[str]]:
    """Put a run of each hub into the queue; gives the hubs whose run is new, and those for whom one waits already."""

    async def defer_all() -> tuple[list[str], list[str]]:
        app = build_app(place)
        async with app.open_async():
            new = {hub: await _defer(app, kind, hub) for hub in hubs}
        return [hub for hub, is_new in new.items() if is_new], [hub for hub, is_new in new.items() if not is_new]

    return asyncio.run(defer_all())


async def _defer(app: App, kind: str, hub: str, tried: int = 0, **when: Any) -> bool:  # noqa: ANN401 - the library's
    """Whether a job was made; False if one of this kind waits already."""
    job = app.configure_task(_RUN, queue=_QUEUE, lock=f"hub {hub}", queueing_lock=f"{kind} {hub}", **when)
    try:
        await job.defer_async(kind=kind, hub=hub, tried=tried)
    except AlreadyEnqueued:
        return False
    return True

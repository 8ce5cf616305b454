"""Several reads at the same time, few of them, with results as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

Wanted = TypeVar("Wanted")
Result = TypeVar("Result")


def fetch_each(
    fetch: Callable[[Wanted], Result],
    wanted: Iterable[Wanted],
    workers: int,
    obey: Callable[[threading.Event], None],
) -> Iterator[Result]:
    """The result of each, in the order in which they are ready.

    No more than twice the workers are begun or waiting to be taken, which bounds memory and what an outage costs.
    The first error is raised and stops the rest, as does a caller who takes no more.

    Args:
        fetch: called in several threads.
        wanted: what to fetch; drawn as needed.
        workers: threads.
        obey: called first in each thread, with the event that is set when the rest is to stop.
    """
    waiting = iter(wanted)
    stop = threading.Event()
    with ThreadPoolExecutor(workers, thread_name_prefix="eventbrite", initializer=obey, initargs=(stop,)) as pool:
        try:
            running = {pool.submit(fetch, each) for each in islice(waiting, 2 * workers)}
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    running |= {pool.submit(fetch, each) for each in islice(waiting, 1)}
                    yield result
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

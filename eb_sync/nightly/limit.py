"""A night that is stuck ends by itself: an alarm that ends the process, at whatever instant it is.

Ending so is like being killed: each step is done whole or not at all, and locks go with the process.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

GRACE_SECONDS = 60.0
"""How long what a stuck night still has to say may take."""

Alarm = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Begins to wait so many seconds before it calls something; gives what stops the waiting."""


@contextlib.contextmanager
def time_limit(
    limit: timedelta,
    say_stuck: Callable[[], None],
    exit_code: int,
    *,
    alarm: Alarm | None = None,
    leave: Callable[[int], object] = os._exit,
) -> Iterator[None]:
    """End the process with this exit code if the block takes longer than the limit; `say_stuck` comes first.

    `say_stuck` runs in a thread of its own and is given `GRACE_SECONDS`: what it waits for may be what is stuck.
    """
    ending = threading.Lock()

    def end() -> None:
        # whoever comes first decides: a night that has just ended is not stuck, one that is being ended never returns
        if ending.acquire(blocking=False):
            try:
                _give_time(say_stuck)
            finally:
                leave(exit_code)

    stop = (alarm or start_timer)(limit.total_seconds(), end)
    try:
        yield
    finally:
        ending.acquire()
        stop()


def start_timer(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
    """An alarm by the system's clock, in a thread that keeps no process alive."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer.cancel


def _give_time(call: Callable[[], None]) -> None:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(GRACE_SECONDS)

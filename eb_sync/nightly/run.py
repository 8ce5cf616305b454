"""One night: every step runs even if another failed, the whole result is recorded, and a monitor is told."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from eb_sync.errors import EbsyncError, TryAgainError
from eb_sync.monitor import Monitor
from eb_sync.nightly.earlier_nights import BEGUN, NIGHTLY
from eb_sync.nightly.limit import time_limit
from eb_sync.nightly.night import Night, plan_steps
from eb_sync.nightly.report import STOPPED, NightReport, Step, attempt_step
from eb_sync.store.engine import writing
from eb_sync.store.run_lock import night_lock
from eb_sync.store.sync_state import RunRecord, record_run

STUCK = TryAgainError.exit_code
"""How a night ends that took longer than its limit, whatever its other steps came to."""
RECORD_SECONDS = 10.0
"""How long the record of a stuck night is waited for: the database may be what it is stuck at."""
OPENING = "database"
"""What comes before all steps; named only where the night is stuck at it."""
RECORD = "record"
"""What comes after all steps; named only where it fails."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who hears of a night, and for how long it may go on."""

    limit: timedelta
    monitor: Monitor | None
    warn: Callable[[str], None]
    """Told what the monitor could not be told."""
    show: Callable[[NightReport], None]
    """Shown the report of a night that is stuck, the last before the process ends."""


@dataclass
class _Course:
    """How far a night has come; read by the alarm while steps go on."""

    night: Night
    watch: Watch
    started_at: datetime
    done: list[Step] = field(default_factory=list)
    is_open: bool = False
    """Whether the database is open and the night's lock taken."""

    def begin(self) -> None:
        """Note that the database is open; the clock may be another since then.

        A night that dies, be it killed or its machine switched off, can say nothing any more: so its begin is recorded.
        """
        self.started_at, self.is_open = self.night.clock(), True
        with contextlib.suppress(EbsyncError):  # what is wrong with the database, each step will say of itself
            self._write(RunRecord(0, BEGUN, self.started_at, self.started_at, STUCK, {}))

    def run(self, check_alone: Callable[[], None] = lambda: None) -> NightReport:
        """Run every step, each only while no other night is at work."""

        def alone(step: Callable[[], Step]) -> Step:
            check_alone()
            return step()

        for name, step in plan_steps(self.night):
            self.done.append(attempt_step(name, functools.partial(alone, step), self.done))
        return NightReport(tuple(self.done))

    def stop(self) -> None:
        """Say that the night is stuck: to the monitor first, for the database may be what it is stuck at."""
        minutes = self.watch.limit.total_seconds() / 60
        said = f"Not done within {minutes:g} minutes (EBSYNC_NIGHTLY__LIMIT_MINUTES); the night was ended."
        done, is_open = tuple(self.done), self.is_open
        names = [*([] if is_open else [OPENING]), *(name for name, _ in plan_steps(self.night)), RECORD]
        current, *left = names[len(done) :]
        details = (said, f"Not run: {', '.join(left[:-1])}.") if left[:-1] else (said,)
        report = NightReport((*done, Step(current, STUCK, STOPPED, details)))
        self.watch.show(report)
        self.tell_end(STUCK, report)
        if is_open:
            recorder = threading.Thread(target=self._try_record, args=(report,), daemon=True)
            recorder.start()
            recorder.join(RECORD_SECONDS)

    def _try_record(self, report: NightReport) -> None:
        with contextlib.suppress(Exception):  # the process ends in any case, with this or without
            self.record(STUCK, report)

    def record(self, exit_code: int, report: NightReport) -> None:
        """Keep the whole result."""
        self._write(RunRecord(0, NIGHTLY, self.started_at, self.night.clock(), exit_code, report.as_record()))

    def _write(self, run: RunRecord) -> None:
        with writing(self.night.engine(), self.night.hub_id()) as connection:
            record_run(connection, self.night.hub_id(), run)

    def tell_start(self) -> None:
        """Tell the monitor that a night began."""
        if self.watch.monitor is not None:
            self._warn(self.watch.monitor.ping_start())

    def tell_end(self, exit_code: int, report: NightReport) -> None:
        """Tell the monitor how it ended."""
        if self.watch.monitor is not None:
            self._warn(self.watch.monitor.ping_end(exit_code, report.as_tail()))

    def _warn(self, trouble: str | None) -> None:
        if trouble is not None:
            self.watch.warn(trouble)


def run_nightly(night: Night, watch: Watch) -> NightReport:
    """Run every step; an error of ours becomes the step's result, and so does a bug.

    The process ends with `STUCK` if it takes longer than the limit, from opening the database on.

    Raises:
        TryAgainError: another night is at work on this hub; this one did nothing.
    """
    if night.dry_run:
        return _Course(night, watch, night.clock()).run()
    course = _Course(night, watch, night.clock())
    course.tell_start()
    with contextlib.ExitStack() as lock:
        with time_limit(watch.limit, course.stop, STUCK):
            check_alone = lock.enter_context(_alone(night))
            course.begin()
            report = course.run(check_alone)
        unrecorded = attempt_step(RECORD, lambda: _record(course, report), report.steps)
        if unrecorded.exit_code:
            report = NightReport((*report.steps, unrecorded))
        course.tell_end(report.exit_code, report)
        return report


def _record(course: _Course, report: NightReport) -> Step:
    course.record(report.exit_code, report)
    return Step(RECORD, 0, "recorded")


@contextlib.contextmanager
def _alone(night: Night) -> Iterator[Callable[[], None]]:
    """One night at a time; whatever else keeps the lock from being taken, each step will say of itself.

    Gives what looks at the lock again and takes it anew where it was lost; it raises TryAgainError where another night
    has it by now.
    """
    with contextlib.ExitStack() as stack:
        is_held: Callable[[], bool] = lambda: False  # noqa: E731 - replaced by the lock's own

        def take() -> None:
            nonlocal is_held
            try:
                is_held = stack.enter_context(night_lock(night.engine(), night.hub_id()))
            except TryAgainError:
                raise
            except EbsyncError:
                pass

        def check() -> None:
            if not is_held():
                stack.close()
                take()

        take()
        yield check

"""The machine that ebsync runs on: its clock, its disk, and whatever starts ebsync by itself."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from eb_sync.doctor.findings import CheckResult, fault, ok, warning
from eb_sync.errors import CannotWriteError, SettingsError, TryAgainError
from policies.wording import LONDON

CLOCK_OFF = timedelta(minutes=2)
"""From here on a clock is wrong: Eventbrite's `Date` has whole seconds, and its answer takes its time."""
STALE = timedelta(hours=2)
"""Older than this the last good sync must not be, where one is started every hour."""
LEAST_ROOM, LITTLE_ROOM = 100 * 10**6, 10**9
"""Free bytes: with less than the first even a quiet night may fail; less than the second is worth a word."""
SYSTEMD = Path("/run/systemd/system")
CRON = Path("/etc/cron.d/ebsync")
TIMERS = ("ebsync-sync.timer", "ebsync-nightly.timer")


@dataclass(frozen=True, slots=True)
class Machine:
    """What is asked of the operating system."""

    free_bytes: Callable[[Path], int]
    exists: Callable[[Path], bool]
    output_of: Callable[[Sequence[str]], str]
    """What a command writes to stdout, whatever its exit code; empty if it cannot be run."""
    may: Callable[[Path, int], bool] = os.access
    """Whether this user may use a file so, by `os.R_OK` and `os.W_OK`."""


def this_machine() -> Machine:
    """The machine we run on."""
    return Machine(lambda folder: shutil.disk_usage(folder).free, Path.exists, _output_of)


def _output_of(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def check_clock(now: datetime, served_at: datetime | None, newest: datetime | None) -> Iterator[CheckResult]:
    """Our clock beside Eventbrite's, and beside the newest fact of the database (None: unknown)."""
    if served_at is None:
        yield warning("not compared: Eventbrite's answer did not say what time it is")
    elif abs(now - served_at) > CLOCK_OFF:
        side = "ahead of" if now > served_at else "behind"
        wrong = SettingsError(
            f"This machine's clock is {say_span(abs(now - served_at))} {side} Eventbrite's: whether notice was in time "
            "would be judged by a wrong clock."
        )
        yield fault(wrong, "Switch on time synchronisation: timedatectl set-ntp true")
    else:
        yield ok("agrees with Eventbrite's clock to within two minutes")
    if newest is not None and newest - now > CLOCK_OFF:
        yield warning(
            f"The newest fact was recorded at {say_instant(newest)}, which lies ahead: the clock was wrong once. Until "
            "then everything is recorded with that time.",
            "Once the clock is right: ebsync db bring-times-back",
        )


def check_disk(machine: Machine, folder: Path | None, database_bytes: int) -> Iterator[CheckResult]:
    """Whether the disk under the database's folder (None: a server's) has room for the next nights."""
    if folder is None:
        yield ok("the database is on a server, whose disk is not looked at")
        return
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if machine.exists(each))
    free = machine.free_bytes(there)
    if free < LEAST_ROOM or free < database_bytes:
        full = CannotWriteError(f"The disk of {there} has only {say_bytes(free)} left.")
        yield fault(full, "Make room: move old backups elsewhere, or give the database a larger disk.")
    elif free < LITTLE_ROOM or free < 3 * database_bytes:
        yield warning(f"The disk of {there} has {say_bytes(free)} left.", "Make room before a backup does not fit.")
    else:
        yield ok(f"{say_bytes(free)} free in {there}")


def database_file(url: str) -> Path | None:
    """The file of an SQLite database by its address; None for any other, and for an address that is none."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        return None
    if not parsed.drivername.startswith("sqlite") or parsed.database in {None, "", ":memory:"}:
        return None
    return Path(str(parsed.database))


def check_files(machine: Machine, file: Path) -> Iterator[CheckResult]:
    """Whether this user may use the database's file and every file beside it; root leaves some of its own behind."""
    beside = sorted(each for each in file.absolute().parent.glob(f"{glob.escape(file.name)}*") if each.is_file())
    owner = file.stat().st_uid
    for each in beside:
        needed = os.R_OK if each.suffix == ".lock" else os.R_OK | os.W_OK
        mend = f"As root: chown --reference={file.absolute().parent} {each}"
        if not machine.may(each, needed):
            closed = CannotWriteError(f"{each} is closed to this user: another one made it.")
            yield fault(closed, mend)
        elif each.stat().st_uid != owner and each.suffix != ".lock":
            yield warning(f"{each} is another user's than the database: its owner may find it closed.", mend)


def check_freshness(now: datetime, synced_at: datetime | None) -> Iterator[CheckResult]:
    """Whether bookings are read: the last good sync (None: there was none yet) is not too old."""
    if synced_at is None:
        yield warning("There was no sync yet.", "ebsync sync")
    elif now - synced_at > STALE:
        stale = TryAgainError(
            f"The last good sync was at {say_instant(synced_at)}, {say_span(now - synced_at)} ago: bookings and "
            "cancellations since then are not known."
        )
        yield fault(stale, "ebsync sync says why; then see that it is started every hour (cron/README.md).")
    else:
        yield ok(f"last good sync at {say_instant(synced_at)}")


def check_timer(machine: Machine) -> Iterator[CheckResult]:
    """What starts ebsync by itself: systemd's timers or cron; not both."""
    by_cron = machine.exists(CRON)
    states = _timer_states(machine) if machine.exists(SYSTEMD) else {}
    missing = [name for name, state in states.items() if state != ("enabled", "active")]
    by_systemd = any(state[0] == "enabled" for state in states.values())
    if by_systemd and by_cron:
        yield warning(f"Both {CRON} and systemd start ebsync: every run happens twice.", f"Remove one: rm {CRON}")
    elif by_systemd and missing:
        yield warning(f"Not running: {', '.join(missing)}.", f"systemctl enable --now {' '.join(missing)}")
    elif by_systemd:
        yield ok(f"systemd starts ebsync: {', '.join(states)}")
    elif by_cron:
        yield ok(f"cron starts ebsync: {CRON}")
    else:
        yield warning(
            "Neither systemd's timers nor /etc/cron.d/ebsync start ebsync; by what else it is started is not known.",
            f"systemctl enable --now {' '.join(TIMERS)}" if states else "cron/README.md shows how, step by step.",
        )


def _timer_states(machine: Machine) -> dict[str, tuple[str, str]]:
    """For each timer what systemd says: `enabled` or not, `active` or not."""
    return {
        name: (machine.output_of(("systemctl", "is-enabled", name)).strip(), _activity(machine, name))
        for name in TIMERS
    }


def _activity(machine: Machine, name: str) -> str:
    return machine.output_of(("systemctl", "is-active", name)).strip()


def say_instant(instant: datetime) -> str:
    """Local time."""
    return f"{instant.astimezone(LONDON):%Y-%m-%d %H:%M}"


def say_span(span: timedelta) -> str:
    """The largest unit alone: 3 days, 5 hours, 12 minutes."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((24 * 60, "days"), (60, "hours")):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} minutes"


def say_bytes(count: int) -> str:
    """Decimal units, as disks are sold."""
    return f"{count / 10**9:.1f} GB" if count >= 10**9 else f"{count // 10**6} MB"

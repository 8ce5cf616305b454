"""Files under way: written under a name of this process beside their own, moved when whole, swept if it was killed."""

from __future__ import annotations

import contextlib
import glob
import os
from pathlib import Path

OWNER_ALONE = 0o600
_SUFFIX = ".part"
_BESIDE = ("", "-journal", "-wal", "-shm")
"""What SQLite lays beside a file that it writes."""


def partial_of(path: Path) -> Path:
    """The name under which this process writes a file, `.NAME.PROCESS.part`: hidden, and in the same folder."""
    return path.with_name(f".{path.name}.{os.getpid()}{_SUFFIX}")


def create_partial(partial: Path, mode: int = OWNER_ALONE) -> int:
    """A new file, open; never one, nor a link, that somebody else laid there.

    Raises:
        OSError: it cannot be made, or is there.
    """
    return os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)


def sweep_partials(path: Path) -> None:
    """Remove what processes that were killed half-way left of this file.

    Raises:
        OSError: one of them cannot be removed.
    """
    for ending in _BESIDE:
        for partial in path.parent.glob(f".{glob.escape(path.name)}.*{_SUFFIX}{ending}"):
            owner = partial.name.split(".")[-2]
            # numbers come again: what carries ours is an earlier process's
            if owner == str(os.getpid()) or (owner.isdigit() and has_ended(int(owner))):
                partial.unlink(missing_ok=True)


def has_ended(process_id: int) -> bool:
    """Whether no process has this number.

    The question is a signal that is not sent, which every POSIX system answers.
    """
    with contextlib.suppress(PermissionError):  # somebody else's, so alive
        try:
            os.kill(process_id, 0)
        except (ProcessLookupError, OverflowError):
            return True
    return False

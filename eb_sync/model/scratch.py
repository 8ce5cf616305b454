"""Folders for the moment: what a run that was killed left in one is removed by the next, for it may hold names.

Such a folder is locked for as long as its process lives, so that whoever comes later can tell one in which nobody works
any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "ebsync-scratch-"
_SCRATCH = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
"""As `tempfile` names them."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of this user's alone, gone at the end of the block, or with the next one if this process is killed.

    Raises:
        OSError: there is no room for one.
    """
    _sweep_scratch(Path(tempfile.gettempdir()))
    folder, descriptor = _make_locked()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _make_locked() -> tuple[Path, int]:
    """A new folder, and what holds its lock, which dies with this process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with contextlib.suppress(FileNotFoundError):
            descriptor = _open(folder)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if folder.exists():
                return folder, descriptor
            os.close(descriptor)  # whoever swept just then took it for an old one


def _open(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _sweep_scratch(place: Path) -> None:
    """Remove this user's folders in which nobody works any more."""
    for folder in place.glob(f"{_PREFIX}*"):
        # another run may be sweeping as well, or just removing its own
        with contextlib.suppress(OSError):
            if _SCRATCH.fullmatch(folder.name) and folder.lstat().st_uid == os.geteuid():
                _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    descriptor = _open(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)

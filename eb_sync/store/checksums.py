"""The checksum beside a backup: `FILE.sha256`, as `sha256sum` writes and checks it.

It tells what no look at the file can: that a name or an amount in it is no longer what was written.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from eb_sync.errors import DatabaseError
from eb_sync.model.partial_files import create_partial, partial_of, sweep_partials

SUFFIX = ".sha256"


def checksum_file(path: Path) -> Path:
    """Where the checksum of a backup is."""
    return path.with_name(f"{path.name}{SUFFIX}")


def write_checksum(content: Path, path: Path) -> None:
    """Write the checksum of `content` beside `path`, the name that it is about to get; whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    beside = checksum_file(path)
    partial = partial_of(beside)
    sweep_partials(beside)
    descriptor = create_partial(partial)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{_digest(content)}  {path.name}\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(beside)
    finally:
        partial.unlink(missing_ok=True)


def match_checksum(path: Path, content: Path | None = None) -> bool:
    """Compare a backup, or a copy of it, with the checksum beside it; False if there is none: an older ebsync's.

    Raises:
        DatabaseError: they differ, or the checksum's file holds no checksum.
        OSError: one of them cannot be read.
    """
    beside = checksum_file(path)
    try:
        words = beside.read_bytes().split()
    except FileNotFoundError:
        return False
    if not words or words[0].decode("ascii", "replace") != _digest(content or path):
        raise DatabaseError(
            f"{path} is damaged: it is not the file whose checksum {beside.name} holds. Nothing was written. "
            "Use another backup; `ebsync backup check --all` says which are whole."
        )
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

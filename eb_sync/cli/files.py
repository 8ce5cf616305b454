"""Files that commands write: whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from eb_sync.errors import CannotWriteError
from eb_sync.model.advice import advise_on
from eb_sync.model.partial_files import OWNER_ALONE, create_partial, partial_of, sweep_partials

_ANYBODYS = 0o666
"""The mode of a new file for others too; the umask takes away of it what it does of any file."""


def write_file(path: Path, content: bytes, *, overwrite: bool = False, shared: bool = False) -> None:
    """Write a file whole or not at all: to a temporary name beside it, then moved.

    It is its owner's alone to read, unless it is to be `shared`: what finance collects, which names no teacher.

    Raises:
        CannotWriteError: it exists already (unless it may be overwritten), or it cannot be written.
    """
    partial = partial_of(path)
    try:
        if path.exists() and not overwrite:
            raise CannotWriteError(f"{path} exists already; nothing was written. Give another name with -o.")
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_partials(path)
        with os.fdopen(create_partial(partial, _ANYBODYS if shared else OWNER_ALONE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise CannotWriteError(f"{path} cannot be written: {error.strerror}.", advice=advise_on(error)) from None


def check_same(files: Iterable[tuple[Path, bytes]]) -> None:
    """Refuse to go on where a file is there already and is not what would be written.

    Raises:
        CannotWriteError: names every such file.
    """
    differing = [str(path) for path, content in files if path.exists() and not _is_same(path, content)]
    if differing:
        raise CannotWriteError(
            f"Something else is there already: {', '.join(differing)}. Nothing was written. "
            "Give another folder with -o."
        )


def write_missing(path: Path, content: bytes, *, shared: bool = False) -> bool:
    """Write a file unless it is there and the same; always True, for whoever collects what is there now.

    Raises:
        CannotWriteError: a different one is there, or it cannot be written.
    """
    if not _is_same(path, content):
        write_file(path, content, shared=shared)
    return True


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def check_folder(folder: Path) -> None:
    """Make sure that files can be written in a folder before anything is recorded; makes it if it is not there.

    Raises:
        CannotWriteError: they cannot.
    """
    probe = partial_of(folder / "ebsync")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep_partials(folder / "ebsync")
        os.close(create_partial(probe))
        probe.unlink()
    except OSError as error:
        raise CannotWriteError(
            f"Nothing can be written in {folder}: {error.strerror}.", advice=advise_on(error)
        ) from None

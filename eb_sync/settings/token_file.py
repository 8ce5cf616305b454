"""Keeping the token in a file, where a person said so."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from eb_sync.errors import CannotWriteError, SettingsError
from eb_sync.model.partial_files import create_partial, partial_of, sweep_partials


def check_token_target(path: Path, *, replace: bool) -> None:
    """Refuse a file that is not to be written over; before the token is asked for.

    Raises:
        SettingsError: it is there, and everybody can read it.
        CannotWriteError: it is there, unless it may be replaced; or no file can be written there.
    """
    if path.is_file() and path.stat().st_mode & stat.S_IROTH:
        raise SettingsError(
            f"{path} is there, and everybody on this machine can read it: the token is not put into it. Remove it, or "
            "give another name."
        )
    if path.exists() and not (replace and path.is_file()):
        raise CannotWriteError(f"{path} exists already; nothing was written. Give another name, or --force.")
    if not path.parent.is_dir():
        raise CannotWriteError(f"{path} cannot be written: there is no folder {path.parent}.")


@contextlib.contextmanager
def keeping_token(path: Path, token: str) -> Iterator[None]:
    """Write the token and nothing else, readable by its owner alone; it is there once the block has ended well.

    Where the block fails, a file that was there before is still the same.

    Raises:
        CannotWriteError: it cannot be written.
    """
    partial = partial_of(path)
    try:
        sweep_partials(path)
        with os.fdopen(create_partial(partial), "w") as file:
            file.write(f"{token}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        _drop(partial)
        raise CannotWriteError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        yield
        _move(partial, path)
    except BaseException:  # Ctrl-C as well: without settings that name it the token is not left lying about
        _drop(partial)
        raise


def _move(partial: Path, path: Path) -> None:
    try:
        partial.replace(path)
    except OSError as error:
        raise CannotWriteError(f"{path} cannot be written: {error.strerror}.") from None


def _drop(partial: Path) -> None:
    with contextlib.suppress(OSError):
        partial.unlink(missing_ok=True)

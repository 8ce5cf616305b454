"""A progress bar on stderr: at a terminal only, and only once something takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from eb_sync.cli.log import LOG
from eb_sync.cli.streams import unwrapped

_PATIENCE_SECONDS = 1.0


@contextmanager
def showing_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what is to be told how many steps are done, of how many."""
    if LOG.is_json or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    began = time.monotonic()
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if shown or time.monotonic() - began > _PATIENCE_SECONDS:
            shown = True
            filled = 30 * done // max(total, 1)
            click.echo(
                f"\r{label} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}", unwrapped(sys.stderr), nl=False
            )

    try:
        yield show
    finally:
        if shown:
            click.echo("", err=True)

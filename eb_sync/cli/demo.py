"""`ebsync demo` and `sandbox`."""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import check_folder, write_file
from eb_sync.cli.printing import tell
from eb_sync.cli.streams import unwrapped
from eb_sync.errors import CannotWriteError

if TYPE_CHECKING:
    from eb_sync.sandbox.story import Step


@click.command("demo")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path("demo"), metavar="DIR", help="Where to.")
def demo_command(folder: Path) -> int:
    """Play the whole story on the built-in sandbox: no account, no network.

    A Work Group's year: bookings and cancellations are read as they happen, registers are closed, invoices issued and
    credited. Ends on the evening of a workshop, with a register to fill in. Leaves
    invoices, charge lists, registers and an account of what happened in DIR.

    Example: ebsync demo -o demo
    """
    from eb_sync.sandbox.demo import play_demo
    from eb_sync.sandbox.demo_account import build_account, build_settings_file
    from eb_sync.store.engine import keeping_engines

    if folder.exists() and any(folder.iterdir()):
        raise CannotWriteError(f"{folder} is not empty; nothing was written. Name another folder with -o.")
    check_folder(folder)
    began = time.monotonic()
    with keeping_engines(), _progress() as steps:
        told = play_demo(folder, run_captured, steps)
    write_file(folder / "account.md", build_account(told).encode())
    write_file(folder / "ebsync.toml", build_settings_file().encode())
    click.echo(told.summary)
    click.echo(f"\nRead {folder / 'account.md'} first; invoices, charge lists and registers are beside it.")
    tell(f"{told.commands} commands, {told.syncs} of them syncs, in {time.monotonic() - began:.1f} s")
    return 0


@contextlib.contextmanager
def _progress() -> Iterator[Iterable[Step]]:
    """The story's steps; at a terminal a bar on stderr shows how many have gone by."""
    from eb_sync.sandbox.story import STORY

    if not sys.stderr.isatty():
        yield STORY
        return
    with click.progressbar(STORY, label="Playing a year", file=unwrapped(sys.stderr)) as steps:
        yield steps


def run_captured(arguments: Sequence[str]) -> tuple[int, str]:
    """Run a command of this program; gives its exit code and what it printed."""
    from eb_sync.cli.main import main

    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        code = main(list(arguments))
    return code, output.getvalue()


@click.command("sandbox")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, show_default=True, help="On 127.0.0.1.")
def sandbox_command(port: int) -> int:
    """Run the local Eventbrite alone, at the end of its story, until Ctrl-C.

    It prints the address and the token to use.

    Example: ebsync sandbox --port 8765
    """
    from eb_sync.sandbox import serve

    serve(port)
    return 0

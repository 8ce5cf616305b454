"""What goes to stderr, for people or as JSON lines for a log collector; a line never holds a name or a secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from eb_sync.clock import Clock, system_clock
from eb_sync.errors import UsageError
from eb_sync.model.instants import iso_text

HUMAN, JSON = "human", "json"

_FC = TypeVar("_FC", bound=Callable[..., Any] | click.Command)


def level_of(exit_code: int) -> str:
    """How bad an exit code is: 3 and 65 wait for a person, from 70 on something failed."""
    if exit_code == 0:
        return "info"
    return "error" if exit_code >= 70 else "warning"  # noqa: PLR2004 - FAILURES, which is in a module that needs this one


@dataclass
class Log:
    """How the command that runs writes its messages."""

    command: str = ""
    is_json: bool = False
    clock: Clock = system_clock

    def write(self, text: str, level: str) -> None:
        """One message, as one line of JSON or as it is."""
        if self.is_json:
            time = iso_text(self.clock())
            line = {"time": time, "command": self.command, "level": level, "text": text}
            click.echo(json.dumps(line, ensure_ascii=False), err=True)
        else:
            click.echo(text, err=True)

    def reset(self) -> None:
        """As before any command: for people."""
        self.command, self.is_json, self.clock = "", False, system_clock


LOG = Log()
"""Of this process: a command's threads write to it too."""


def log_format_option(function: _FC) -> _FC:
    """`--log-format human|json`, else `EBSYNC_LOG_FORMAT`; in force from here on, for errors as well.

    Only a command line that cannot be understood is told as ever, for a person is at it.
    """

    def begin(context: click.Context, _parameter: click.Parameter, value: str) -> None:
        if value not in (HUMAN, JSON):
            raise UsageError(f"{value} is no format of a log: --log-format or EBSYNC_LOG_FORMAT is human or json.")
        LOG.command, LOG.is_json = context.info_name or "", value == JSON

    return click.option(
        "--log-format",
        metavar=f"{HUMAN}|{JSON}",
        default=HUMAN,
        envvar="EBSYNC_LOG_FORMAT",
        is_eager=True,
        expose_value=False,
        callback=begin,
        help="How messages on stderr look; else EBSYNC_LOG_FORMAT.",
    )(function)


def flush() -> None:
    """Let nothing be lost where the process ends without further ado."""
    sys.stdout.flush()
    sys.stderr.flush()

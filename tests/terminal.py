"""A command at a terminal at which somebody types."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys


def at_a_terminal(*arguments: str, answers: str) -> str:
    """What a command shows at a terminal at which these answers are typed."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    command = [sys.executable, "-c", "from eb_sync.cli.main import main; main()", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while chunk := os.read(ours, 4096):
            shown += chunk
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode()

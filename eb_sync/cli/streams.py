"""What commands write to: a terminal or pipe that lacks a character costs that character, never the command."""

from __future__ import annotations

import io
import sys


def forgive_streams() -> None:
    """Let stdout and stderr replace what their encoding cannot show; files and bytes are not touched."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def can_show(text: str) -> bool:
    """Whether stdout can show a text as it is."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True

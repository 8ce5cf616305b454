"""What commands write to: a terminal that lacks a character costs that character, and no name steers a terminal."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from eb_sync.model.texts import plain_text


class PlainStream:
    """A stream of text that shows what it is told, and acts on none of it."""

    def __init__(self, stream: TextIO) -> None:
        """Write to this stream, whose encoding and the rest stay what they are."""
        self.stream = stream

    def write(self, text: str) -> int:
        """Write a text, cleaned."""
        return self.stream.write(plain_text(text))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        """All else is the stream's."""
        return getattr(self.stream, name)


@contextlib.contextmanager
def plain_streams() -> Iterator[None]:
    """Let stdout and stderr replace what their encoding cannot show and what would act; bytes are not touched."""
    out, err = sys.stdout, sys.stderr
    for stream in (out, err):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.stdout, sys.stderr = cast("TextIO", PlainStream(out)), cast("TextIO", PlainStream(err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def unwrapped(stream: TextIO) -> TextIO:
    """The stream itself, for our own bars that move back to the beginning of a line."""
    return unwrapped(stream.stream) if isinstance(stream, PlainStream) else stream


def can_show(text: str) -> bool:
    """Whether stdout can show a text as it is."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True

"""What commands write to: a terminal that lacks a character costs that character, and no name steers a terminal."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from eb_sync.errors import CannotWriteError
from eb_sync.model.advice import advise_on
from eb_sync.model.texts import plain_text


class PlainStream:
    """A stream of text that shows what it is told, and acts on none of it.

    What it cannot take (a file on a full disk, a terminal that is gone) is raised as CannotWriteError, unless it only
    carries `messages`: these are lost then, and the work goes on. A pipe whose reader is gone raises BrokenPipeError.
    """

    def __init__(self, stream: TextIO, *, messages: bool = False) -> None:
        """Write to this stream, whose encoding and the rest stay what they are."""
        self.stream, self._messages = stream, messages
        self.has_failed = False
        """Whether something was not taken."""

    def write(self, text: str) -> int:
        """Write a text, cleaned; with none, of bytes or of characters, click asks which of them the stream takes."""
        cleaned = plain_text(text)
        if cleaned:
            with self.taking():
                self.stream.write(cleaned)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self.taking():
            self.stream.flush()

    @contextlib.contextmanager
    def taking(self) -> Iterator[None]:
        """Say what the stream does not take in our own words.

        Raises:
            CannotWriteError: it takes no more.
        """
        try:
            yield
        except OSError as error:
            self.has_failed = True
            if self._messages:
                return
            if isinstance(error, BrokenPipeError):
                raise
            raise CannotWriteError(
                f"What the command did stands, but what it says on stdout could not all be written: {error.strerror}.",
                advice=advise_on(error),
            ) from None

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
    plain = PlainStream(out), PlainStream(err, messages=True)
    sys.stdout, sys.stderr = (cast("TextIO", stream) for stream in plain)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        for stream in plain:
            if stream.has_failed:
                _silence(stream.stream)


def taking_stdout() -> contextlib.AbstractContextManager[None]:
    """What is done to stdout beneath its texts, where bytes are written, is said in the same words if it fails."""
    return sys.stdout.taking() if isinstance(sys.stdout, PlainStream) else contextlib.nullcontext()


def _silence(stream: TextIO) -> None:
    """Send what a stream still holds nowhere: Python would try it again at its end, and fail in its own words."""
    with contextlib.suppress(OSError, ValueError):  # a stream that is no file of the system
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def at_terminal() -> bool:
    """Whether a person can be asked: somebody types, and sees what is printed."""
    return sys.stdin.isatty() and sys.stdout.isatty()


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

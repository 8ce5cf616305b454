"""Output: data on stdout, messages on stderr; JSON values as DESIGN section 6 has them; tables within 80 columns."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from eb_sync.cli.messages_out import LOG
from eb_sync.cli.streams import can_show, taking_stdout, unwrapped
from eb_sync.model.instants import iso_text
from eb_sync.model.texts import DANGEROUS, plain_text
from policies.wording import LONDON

if TYPE_CHECKING:
    from eb_sync.workshops.recording import Recorded

WIDTH = 80
_SPACES = str.maketrans("\n\t", "  ")


FAILURES = 70
"""From this exit code on a command's stdout is empty; 65 is below it, a read held is no failure."""


def print_json(document: object) -> None:
    """One JSON document on stdout; instants as `2020-01-20T10:00:00Z`, dates as `2020-01-20`."""
    text = format_json(document)
    click.echo(text if can_show(text) else format_json(document, ascii_only=True))


def format_json(document: object, *, ascii_only: bool = False) -> str:
    """The text of one JSON document, as `print_json` prints it; in ASCII alone where stdout cannot show the rest."""
    said = json.dumps(document, default=_value, ensure_ascii=ascii_only, indent=2)
    return DANGEROUS.sub(lambda found: f"\\u{ord(found[0]):04x}", said)  # the same values, and nothing acts


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return iso_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in our JSON")


def local(instant: datetime) -> str:
    """An instant for a table: `05/11/2019 10:00` would be ambiguous, so `2019-11-05 10:00`, local time."""
    return instant.astimezone(LONDON).strftime("%Y-%m-%d %H:%M")


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]], flexible: int = 0, *, err: bool = False) -> None:
    """A table, at most 80 columns wide: the column `flexible` is cut short where there is no room.

    On stdout, or with `err` on stderr: where a command fails, its stdout stays empty.
    """
    cells = [[plain_text(str(cell)).translate(_SPACES) for cell in row] for row in rows]
    widths = [max(len(header), *(len(row[i]) for row in cells), 0) for i, header in enumerate(headers)]
    excess = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    if excess > 0:
        widths[flexible] = max(8, widths[flexible] - excess)
    for row in [list(headers), *cells]:
        line = "  ".join(_fit(cell, width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip(), err=err)


def _fit(cell: str, width: int) -> str:
    return cell.ljust(width) if len(cell) <= width else cell[: width - 1] + "\N{HORIZONTAL ELLIPSIS}"


def print_facts(fact_ids: Sequence[int], *, as_json: bool) -> None:
    """What every recording command ends its stdout with."""
    if as_json:
        print_json({"fact_ids": [str(fact_id) for fact_id in fact_ids]})
    else:
        for fact_id in fact_ids:
            click.echo(f"fact {fact_id}")


def print_sentences(sentences: Iterable[str]) -> None:
    """What was understood and what follows, one sentence or two a line, within 80 columns."""
    for sentence in sentences:
        text = plain_text(sentence).translate(_SPACES)
        indent = " " * (2 + len(text) - len(text.lstrip()))
        click.echo(textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False))


def print_recorded(recorded: Recorded, *, as_json: bool) -> None:
    """What a recording command understood, its facts, and on stderr what they leave as it was."""
    if not as_json:
        print_sentences(recorded.sentences)
    print_facts(recorded.fact_ids, as_json=as_json)
    if recorded.idle:
        places = ", ".join(f"{booking_id} ({reason})" for booking_id, reason in sorted(recorded.idle.items()))
        tell(f"ebsync: recorded, but so far it changes nothing for {places}.")
    elif recorded.changes_nothing:
        tell("ebsync: recorded, but so far it changes nothing for any place.")


def print_bytes(content: bytes) -> None:
    """A file's content on stdout, byte for byte."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # a caller in the same process captures text
        unwrapped(sys.stdout).write(content.decode())
    else:
        with taking_stdout():
            buffer.write(content)
            buffer.flush()


def tell(message: str, level: str = "info") -> None:
    """A message for the person, on stderr; where the log is JSON, a line of it with this level."""
    LOG.write(message, level)


def tell_substituted(characters: Sequence[str]) -> None:
    """Say which characters of a page its fonts lack; nothing where they have all."""
    if characters:
        tell(f"The page's fonts lack some characters, shown as squares: {' '.join(characters)}")

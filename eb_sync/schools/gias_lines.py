"""The rows of a file of the register, however it was saved: as downloaded or zipped, by Excel, in any usual encoding.

Rows are read one after the other, for the whole register is large. No row is lost to a quotation mark: one without a
partner would make a single cell of all rows up to the next, so it is refused with its line.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from eb_sync.errors import UsageError

_CHUNK = 1 << 20
_MOST_BYTES = 1 << 30
"""Of a file, unpacked: the whole register has 70 MB."""
_MOST_COLUMNS, _LONGEST_LINE = 2000, 1_000_000
_DELIMITERS = ",;\t"
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')
"""What Excel writes above the header to say how cells are parted."""
_BEGINS_A_ROW = re.compile(r'"?\d{4,7}"?\s*[,;\t]')
_MOST_LINES = 50
"""Of one row: no address has as many."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file, and how it is written."""

    path: Path
    member: str | None
    """The file's name within a zip; None: it is no zip."""
    encoding: str
    delimiter: str
    above: int
    """Lines above the header: one, where Excel says how cells are parted."""
    header: tuple[str, ...]
    digest: str
    """SHA-256 of its bytes as they lie there, hexadecimal."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row."""

    number: int
    """The line of the file on which it ends."""
    cells: Sequence[str]
    """As many as the header has: a spreadsheet leaves out empty ones at the end. None of them if it has more."""


def open_sheets(path: Path) -> list[Sheet]:
    """The tables in a file: one, but for a zip, where each CSV is one.

    Raises:
        UsageError: it is no file, cannot be read, or is larger than any register.
    """
    try:
        if not path.is_file():
            raise UsageError(f"The file {path} cannot be read: it is not there, or is no file.")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                members = [_checked(member, path) for member in archive.infolist() if _is_table(member.filename)]
            if not members:
                raise UsageError(
                    f"The file {path} is none of the register's: there is no .csv in it. "
                    "Open it in a spreadsheet and save it as CSV."
                )
            return [_open(path, member) for member in members]
        return [_open(path, None)]
    except OSError as error:
        raise UsageError(f"The file {path} cannot be read: {error.strerror}.") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise UsageError(f"The zip {path} cannot be unpacked: download it once more, or unpack it first.") from None


def read_lines(sheet: Sheet) -> Iterator[Line]:
    """Each row below the header that holds anything.

    Raises:
        UsageError: a quotation mark has no partner, the zip is damaged, or a row is longer than any can be.
    """
    width = len(sheet.header)
    try:
        with _text(sheet) as text:
            for number, cells in _read_rows(text, sheet):
                if any(cell.strip() for cell in cells):
                    yield Line(number, _fitted(cells, width))
    except (zipfile.BadZipFile, EOFError, OSError):
        raise UsageError(f"The file {sheet.path} cannot be read to its end: download it once more.") from None


def _fitted(cells: list[str], width: int) -> Sequence[str]:
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return [] if len(cells) > width else [*cells, *([""] * (width - len(cells)))]


def _is_table(name: str) -> bool:
    return name.casefold().endswith((".csv", ".txt", ".tsv")) and "__MACOSX" not in name


def _checked(member: zipfile.ZipInfo, path: Path) -> str:
    if member.file_size > _MOST_BYTES:
        raise UsageError(f"{member.filename} in {path} is larger than any register: nothing was read.")
    return member.filename


def _open(path: Path, member: str | None) -> Sheet:
    encoding, digest = _sniff(path, member)
    sheet = Sheet(path, member, encoding, ",", 0, (), digest)
    with _text(sheet) as text:
        first = text.readline(_LONGEST_LINE)
        said = _SEPARATOR.fullmatch(first)
        header = text.readline(_LONGEST_LINE) if said else first
    delimiter = said[1] if said else max(_DELIMITERS, key=header.count)
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        names = []
    columns = tuple(name.strip() for name in names[:_MOST_COLUMNS])
    return Sheet(path, member, encoding, delimiter, 1 if said else 0, columns, digest)


def _sniff(path: Path, member: str | None) -> tuple[str, str]:
    """UTF-16 by its mark or its zeros, UTF-8 if all of it is, else Windows-1252; and the digest."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    with _bytes(path, member) as content:
        start = content.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", digest.hexdigest()
        if b"\0" in start:
            return "utf-16-be" if start[:1] == b"\0" else "utf-16-le", digest.hexdigest()
        return "utf-8-sig" if _is_utf8(start, content, path) else "cp1252", digest.hexdigest()


def _is_utf8(start: bytes, content: IO[bytes], path: Path) -> bool:
    decoder, chunk, size = codecs.getincrementaldecoder("utf-8")(), start, 0
    while chunk:
        size += len(chunk)
        if size > _MOST_BYTES:
            raise UsageError(f"{path} is larger than any register: nothing was read.")
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
        chunk = content.read(_CHUNK)
    return True


@contextmanager
def _bytes(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    if member is None:
        with path.open("rb") as file:
            yield file
    else:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            yield file


@contextmanager
def _text(sheet: Sheet) -> Iterator[io.TextIOWrapper]:
    with _bytes(sheet.path, sheet.member) as content:
        yield io.TextIOWrapper(content, encoding=sheet.encoding, errors="replace", newline="")


def _read_rows(text: io.TextIOWrapper, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Each row below the header with the number of its last line."""
    number, begun, held = 0, 0, ""
    for piece in _pieces(text):
        number += 1
        if number <= sheet.above + 1 and not held:
            continue
        if not held and '"' not in piece:
            yield number, piece.rstrip("\r\n").split(sheet.delimiter)
            continue
        begun = begun if held else number
        held += piece
        if held.count('"') % 2 == 0:
            yield number, _parse(held, begun, sheet)
            held = ""
        elif number - begun >= _MOST_LINES or (number > begun and _BEGINS_A_ROW.match(piece)):
            raise _open_quote(begun, sheet)
    if held:
        raise _open_quote(begun, sheet)


def _pieces(text: io.TextIOWrapper) -> Iterator[str]:
    while piece := text.readline(_LONGEST_LINE):
        if len(piece) == _LONGEST_LINE:
            raise UsageError("A line of the file is longer than any of the register: nothing was recorded.")
        yield piece


def _parse(held: str, begun: int, sheet: Sheet) -> list[str]:
    lines = held.splitlines()
    if any(_BEGINS_A_ROW.match(line) for line in lines[1:]):
        raise _open_quote(begun, sheet)
    try:
        rows = list(csv.reader(io.StringIO(held, newline=""), delimiter=sheet.delimiter, strict=True))
    except csv.Error:
        raise _open_quote(begun, sheet) from None
    if len(rows) != 1:
        raise _open_quote(begun, sheet)
    return rows[0]


def _open_quote(line: int, sheet: Sheet) -> UsageError:
    return UsageError(
        f"{sheet.path} was not loaded, and nothing was recorded: a quotation mark in line {line} has no partner, so "
        "rows may run into each other. Delete it in a text editor, or download the file once more."
    )

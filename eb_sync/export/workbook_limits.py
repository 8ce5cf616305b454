"""What a workbook may hold: a small file may unpack to gigabytes, or name a range that no memory holds."""

from __future__ import annotations

import io
import re
import zipfile

from eb_sync.errors import UsageError

MOST_CELLS = 500_000
"""Of a sheet: no list of people has as many, and a sheet that is formatted to its last row has millions."""
_MOST_BYTES = 60_000_000
"""Of all parts of a workbook, unpacked."""
_MOST_PARTS = 2000
_CELL = rb"([A-Za-z]+)(\d+)"
_RANGE = re.compile(rb"<(?:\w+:)?(?:mergeCell|hyperlink)\s[^<>]*?\bref\s*=\s*[\"']" + _CELL + b":" + _CELL)
"""Ranges of which every cell is made when a workbook is opened."""


def check_workbook(content: bytes, filename: str) -> None:
    """Refuse a workbook before it is opened.

    Raises:
        UsageError: it unpacks to more than any list has, or a range in it covers more cells.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_BYTES:
            raise _too_large(filename, f"unpacked it has more than {_MOST_BYTES // 1_000_000} MB")
        for part in parts:
            if part.filename.endswith(".xml") and "sheet" in part.filename.casefold():
                # an archive may lie about sizes: what is read is bounded as well
                with archive.open(part) as file:
                    _check_ranges(file.read(_MOST_BYTES), filename)


def _check_ranges(sheet: bytes, filename: str) -> None:
    cells = 0
    for found in _RANGE.finditer(sheet):
        left, top, right, bottom = found.groups()
        cells += (abs(_column(right) - _column(left)) + 1) * (abs(int(bottom) - int(top)) + 1)
        if cells > MOST_CELLS:
            raise _too_large(filename, f"merged cells or links in it cover more than {MOST_CELLS:,} cells")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - ord("A") + 1
    return number


def _too_large(filename: str, why: str) -> UsageError:
    return UsageError(
        f"{filename} is too large to be read: {why}. Copy the rows that are filled in to a new file, and try once more."
    )

"""Files that others wrote: read only if they are files, and no more of them than there can be sense in."""

from __future__ import annotations

import errno
from pathlib import Path

LARGEST_LIST = 20_000_000
"""Bytes of a spreadsheet that people filled in, or of a logo."""
LARGEST_TEXT = 1_000_000
"""Bytes of a template or a policy."""


def read_outside(path: Path, most_bytes: int) -> bytes:
    """The content of a file.

    Raises:
        OSError: it cannot be read, is a pipe, a device or a folder, or is larger; `strerror` says so.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file")
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it has more than {most_bytes // 1_000_000} MB, and no such file has")
    return content

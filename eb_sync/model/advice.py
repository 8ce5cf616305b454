"""What to do about a disk that is full or may not be written, in the same words wherever it is met.

A night that meets it in several steps can then say it once.
"""

from __future__ import annotations

import errno

MAKE_ROOM = "Make room on its disk; what was recorded before is all there."
MAY_WRITE = "See that this user may write the file and its folder, and that the disk is not mounted read-only."
_BY_NUMBER = {
    errno.ENOSPC: MAKE_ROOM,
    errno.EDQUOT: MAKE_ROOM,
    errno.EROFS: MAY_WRITE,
    errno.EACCES: MAY_WRITE,
    errno.EPERM: MAY_WRITE,
}


def advise_on(error: OSError) -> str:
    """What to do about a file that cannot be written; empty where the error's own words have to do."""
    return _BY_NUMBER.get(error.errno or 0, "")

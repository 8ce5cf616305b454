"""The database's address: what is wrong with it, and what of it may be said, which is nothing of its authority.

The authority is what stands between `://` and the path: user, password, host and port.
"""

from __future__ import annotations

import re

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ADDRESS = re.compile(
    r"\(?\b(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]*:[0-9a-f]*)\)?(?:, port \d+)?", re.IGNORECASE
)
_NAMING = ("connection", "connect", "host", "user", "role", "password", "port", "server", "pg_hba", "service")
"""Words of complaints about reaching a server, which name whom and where."""


def find_unencoded(url: str) -> bool:
    """Whether a password was put into the address as it is, so that a part of it is read as the host or the path."""
    scheme, _, rest = url.partition("://")
    return not scheme.startswith("sqlite") and rest.count("@") > 1


UNENCODED = (
    "The password in it must be percent-encoded: write %40 for @, %2F for /, %3A for :, %3F for ?, %23 for # and %25 "
    "for %. For example postgresql+psycopg://ebsync:pass%40word@host/ebsync."
)


def say_trouble(error: BaseException | None) -> str:
    """What a database said, in a line; of an address, a user or a host nothing is left."""
    said = str(error).strip().partition("\n")[0].strip()  # PostgreSQL's further lines show the values of a row
    if getattr(error, "sqlstate", None) or not any(word in said.lower() for word in _NAMING):
        return said
    return _ADDRESS.sub("…", _QUOTED.sub("…", said))

"""Rows as text that is the same whichever database they are in, so that digests can be compared."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(type(value).__name__)


CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)

"""Earlier nights, as their run records have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.store.sync_state import RunRecord, read_runs

NIGHTLY = "nightly"
BEGUN = "nightly-begun"
"""A run record made when a night begins; one that has no `NIGHTLY` after it has not ended."""
_LOOKED_AT = 30
"""How many nights back something to compare with is looked for."""
DONE_BELOW = 70
"""Exit codes of a run that did its work, though something may wait: 0, 3 and 65."""


def read_last_night(connection: sa.Connection, hub_id: int) -> RunRecord | None:
    """The newest night, however it ended; None before the first."""
    return next(iter(read_runs(connection, hub_id, 1, NIGHTLY)), None)


def read_unended_night(connection: sa.Connection, hub_id: int) -> datetime | None:
    """When the newest night began, if it has not ended; it may still be at work."""
    begun = next(iter(read_runs(connection, hub_id, 1, BEGUN)), None)
    ended = read_last_night(connection, hub_id)
    if begun is None or (ended is not None and ended.id > begun.id):
        return None
    return begun.started_at


def read_memory(connection: sa.Connection, hub_id: int, step: str, *, successful: bool) -> Mapping[str, Any] | None:
    """What a step left behind on the newest night on which it did, or the newest `successful` one; None if on none."""
    for run in read_runs(connection, hub_id, _LOOKED_AT, NIGHTLY):
        memory: Mapping[str, Any] | None = run.counts.get("memory", {}).get(step)
        if memory is not None and (run.exit_code < DONE_BELOW or not successful):
            return memory
    return None

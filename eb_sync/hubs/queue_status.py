"""What is in the queue: of each hub and kind of run what waits, what is being done, and what came last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from eb_sync.errors import DatabaseError
from eb_sync.hubs.queue import Place
from eb_sync.model.database_address import say_trouble

_NEWEST = """
SELECT DISTINCT ON (args->>'hub', args->>'kind', status)
    id, args->>'kind' AS kind, args->>'hub' AS hub, status::text AS status,
    attempts - CASE WHEN status IN ('todo', 'doing') THEN 0 ELSE 1 END
        + coalesce((args->>'tried')::int, 0) AS tried_before,
    scheduled_at,
    (SELECT max(at) FROM procrastinate_events event WHERE event.job_id = job.id) AS changed_at
FROM procrastinate_jobs job
WHERE task_name = 'run_hub'
ORDER BY args->>'hub', args->>'kind', status, id DESC
"""


@dataclass(frozen=True, slots=True)
class JobRow:
    """The newest job of a hub, a kind and a state."""

    id: int
    kind: str
    hub: str
    status: str
    """`todo`, `doing`, `succeeded`, `failed`, and the library's others."""
    tried_before: int
    """Times that it was tried again, after a failure or a worker's death."""
    scheduled_at: datetime | None
    """Not before this; None: at once."""
    changed_at: datetime | None


def read_jobs(place: Place) -> list[JobRow]:
    """By hub, kind and state.

    Raises:
        DatabaseError: the queue cannot be reached.
    """
    try:
        with psycopg.connect(place.conninfo, row_factory=class_row(JobRow)) as connection:
            return connection.execute(_NEWEST).fetchall()
    except psycopg.Error as error:
        raise DatabaseError(f"The queue could not be used: {say_trouble(error)}.") from None

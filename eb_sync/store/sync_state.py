"""What sync remembers beside facts: the hub's stamp, its cursor, held reads, quarantined rows, runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.model.readings import QuarantinedRow
from eb_sync.store.series import FACT, RUN, ensure_hub, take_numbers
from eb_sync.store.tables import HELD_READS, HUBS, QUARANTINE, READS, RUNS

CONFIRMED_AT = "confirmed_at"
"""Among a run's counts: what Eventbrite's clock said in it."""


@dataclass(frozen=True, slots=True)
class HubStamp:
    """Which Eventbrite and organisation this hub's facts come from; None before the first sync."""

    host: str | None
    organization_id: str | None
    changed_since_at: datetime | None
    """Up to when changed attendees were listed."""
    reconciled_at: datetime | None
    """When a run last set out to read every event completely."""
    confirmed_at: datetime | None = None
    """What Eventbrite's clock said last, when ours agreed with it; None: never, or only in rehearsals."""


@dataclass(frozen=True, slots=True)
class HeldRead:
    """A read that looked wrong and was kept aside, with its own time."""

    id: int
    event_id: str
    started_at: datetime
    active: int
    would_end: int
    content: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a scheduled command."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime
    exit_code: int
    counts: Mapping[str, Any]


def read_stamp(connection: sa.Connection, hub_id: int) -> HubStamp:
    """The hub's stamp and cursor."""
    row = connection.execute(sa.select(HUBS).where(HUBS.c.id == hub_id)).first()
    if row is None:
        return HubStamp(None, None, None, None)
    return HubStamp(row.host, row.organization_id, row.changed_since_at, row.reconciled_at, row.confirmed_at)


def write_stamp(connection: sa.Connection, hub_id: int, stamp: HubStamp) -> None:
    """Set the hub's stamp and cursor."""
    ensure_hub(connection, hub_id)
    values = {
        "host": stamp.host,
        "organization_id": stamp.organization_id,
        "changed_since_at": stamp.changed_since_at,
        "reconciled_at": stamp.reconciled_at,
        "confirmed_at": stamp.confirmed_at,
    }
    connection.execute(HUBS.update().where(HUBS.c.id == hub_id).values(**values))


def write_confirmed(connection: sa.Connection, hub_id: int, confirmed_at: datetime) -> None:
    """Note what Eventbrite's clock said, which confirmed ours."""
    ensure_hub(connection, hub_id)
    connection.execute(HUBS.update().where(HUBS.c.id == hub_id).values(confirmed_at=confirmed_at))


def record_held_read(connection: sa.Connection, hub_id: int, now: datetime, held: HeldRead) -> int:
    """Keep a read aside; `held.id` is ignored, the new id is returned."""
    held_id = take_numbers(connection, hub_id, FACT)[0]
    row = {
        "hub_id": hub_id,
        "id": held_id,
        "event_id": held.event_id,
        "recorded_at": now,
        "started_at": held.started_at,
        "active": held.active,
        "would_end": held.would_end,
        "content": held.content,
    }
    connection.execute(HELD_READS.insert(), row)
    return held_id


def read_held(connection: sa.Connection, hub_id: int, event_id: str | None = None) -> list[HeldRead]:
    """Held reads not settled yet (of one event, or of all), oldest first."""
    table = HELD_READS
    query = sa.select(table).where(table.c.hub_id == hub_id, table.c.settled_at.is_(None)).order_by(table.c.id)
    if event_id is not None:
        query = query.where(table.c.event_id == event_id)
    return [
        HeldRead(row.id, row.event_id, row.started_at, row.active, row.would_end, row.content)
        for row in connection.execute(query)
    ]


def read_worst_held(connection: sa.Connection, hub_id: int) -> list[HeldRead]:
    """Of each event with held reads the one in which most bookings would end; of several such the newest."""
    worst: dict[str, HeldRead] = {}
    for held in read_held(connection, hub_id):
        if held.event_id not in worst or held.would_end >= worst[held.event_id].would_end:
            worst[held.event_id] = held
    return list(worst.values())


def read_held_events(connection: sa.Connection, hub_id: int, last_fact_id: int) -> frozenset[str]:
    """Events whose newest read, of those up to a fact id, was held: no read of theirs was applied after it."""
    table = HELD_READS
    applied = sa.exists().where(
        READS.c.hub_id == hub_id,
        READS.c.event_id == table.c.event_id,
        READS.c.id > table.c.id,
        READS.c.id <= last_fact_id,
    )
    query = sa.select(table.c.event_id).where(table.c.hub_id == hub_id, table.c.id <= last_fact_id, ~applied)
    return frozenset(connection.scalars(query))


def settle_held(connection: sa.Connection, hub_id: int, now: datetime, event_ids: Iterable[str]) -> None:
    """The held reads of these events are applied or superseded: their rows, which hold names, are dropped."""
    table = HELD_READS
    for event_id in event_ids:
        connection.execute(
            table.update()
            .where(table.c.hub_id == hub_id, table.c.event_id == event_id, table.c.settled_at.is_(None))
            .values(settled_at=now, content=None)
        )


def record_quarantined(
    connection: sa.Connection, hub_id: int, now: datetime, rows: Sequence[QuarantinedRow]
) -> list[QuarantinedRow]:
    """Note unreadable rows; returns those not noted before (and not healed since)."""
    table = QUARANTINE
    query = sa.select(table.c.event_id, table.c.row_id).where(table.c.hub_id == hub_id, table.c.healed_at.is_(None))
    open_rows = {(row.event_id, row.row_id) for row in connection.execute(query)}
    new = [row for row in rows if (row.event_id, row.id) not in open_rows]
    for number, row in zip(take_numbers(connection, hub_id, FACT, len(new)) if new else (), new, strict=True):
        values = {"id": number, "kind": row.kind, "event_id": row.event_id, "row_id": row.id, "reason": row.reason}
        connection.execute(table.insert(), {"hub_id": hub_id, "recorded_at": now, **values})
    return new


def heal_quarantined(connection: sa.Connection, hub_id: int, now: datetime, ids: Iterable[int]) -> None:
    """These rows, by their ids in quarantine, were read well again, or are gone."""
    table = QUARANTINE
    for quarantine_id in ids:
        healed = table.update().where(table.c.hub_id == hub_id, table.c.id == quarantine_id)
        connection.execute(healed.values(healed_at=now))


@dataclass(frozen=True, slots=True)
class OpenQuarantine:
    """A row that could not be read and was not read well since."""

    id: int
    kind: str
    event_id: str | None
    row_id: str
    reason: str


def read_open_quarantine(connection: sa.Connection, hub_id: int) -> list[OpenQuarantine]:
    """Rows still in quarantine, oldest first."""
    table = QUARANTINE
    query = sa.select(table).where(table.c.hub_id == hub_id, table.c.healed_at.is_(None)).order_by(table.c.id)
    return [OpenQuarantine(row.id, row.kind, row.event_id, row.row_id, row.reason) for row in connection.execute(query)]


def record_run(connection: sa.Connection, hub_id: int, run: RunRecord) -> None:
    """Append a run; `run.id` is ignored."""
    ensure_hub(connection, hub_id)
    row = {
        "hub_id": hub_id,
        "id": take_numbers(connection, hub_id, RUN)[0],
        "kind": run.kind,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "exit_code": run.exit_code,
        "counts": dict(run.counts),
    }
    connection.execute(RUNS.insert(), row)


def read_runs(
    connection: sa.Connection, hub_id: int, limit: int, kind: str | None = None, *, but: str | None = None
) -> list[RunRecord]:
    """The newest runs (of one kind, or of all `but` one), newest first."""
    query = sa.select(RUNS).where(RUNS.c.hub_id == hub_id).order_by(RUNS.c.id.desc()).limit(limit)
    if kind is not None:
        query = query.where(RUNS.c.kind == kind)
    if but is not None:
        query = query.where(RUNS.c.kind != but)
    return [_run(row) for row in connection.execute(query)]


def read_newest_applied(
    connection: sa.Connection, hub_id: int, kind: str, *, below: int | None = None
) -> datetime | None:
    """The start of the newest run of a kind that applied what it read (and ended with an exit code `below`)."""
    run = read_newest_run_applied(connection, hub_id, kind, below=below)
    return None if run is None else run.started_at


def read_newest_run_applied(
    connection: sa.Connection, hub_id: int, kind: str, *, below: int | None = None
) -> RunRecord | None:
    """That run."""
    query = sa.select(RUNS).where(RUNS.c.hub_id == hub_id, RUNS.c.kind == kind)
    # a run that applied nothing has no counts
    query = query.where(sa.cast(RUNS.c.counts, sa.Text) != "{}").order_by(RUNS.c.id.desc()).limit(1)
    if below is not None:
        query = query.where(RUNS.c.exit_code < below)
    row = connection.execute(query).first()
    return None if row is None else _run(row)


def _run(row: sa.Row[Any]) -> RunRecord:
    return RunRecord(row.id, row.kind, row.started_at, row.finished_at, row.exit_code, row.counts)

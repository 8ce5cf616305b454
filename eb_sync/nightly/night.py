"""What a night works with, and its steps in order. None of them ever issues anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import PartialError
from eb_sync.nightly.backups import BACKUP, BackupPlace, BackupRules, name_database, name_prefix, report_backup
from eb_sync.nightly.digest import DIGEST, report_digest
from eb_sync.nightly.earlier_nights import read_memory
from eb_sync.nightly.new_findings import FINDINGS, report_findings
from eb_sync.nightly.report import Step
from eb_sync.nightly.retention import Expired, RetentionRules, apply_retention, find_expired
from eb_sync.nightly.waiting import report_plan, report_registers, report_reviews
from eb_sync.store.each import Each
from eb_sync.store.engine import reading
from eb_sync.store.sync_state import read_stamp
from eb_sync.sync.request import SyncReport
from eb_sync.workshops.snapshot import Snapshot

OpenSnapshot = Callable[[], AbstractContextManager[tuple[sa.Connection, Snapshot]]]
Steps = tuple[tuple[str, Callable[[], Step]], ...]


@dataclass(frozen=True, slots=True)
class Night:
    """What a night works with."""

    hub_id: Callable[[], int]
    """Asked of the database, which may not be there."""
    engine: Callable[[], sa.Engine]
    """Opens the database, or gives it opened."""
    clock: Callable[[], datetime]
    sync: Callable[[], SyncReport]
    snapshot: OpenSnapshot
    transaction: OpenSnapshot
    retention: RetentionRules
    is_confirmed: Callable[[], bool] = lambda: True
    """Whether Eventbrite has confirmed the clock in this night; always in a rehearsal."""
    backups: BackupRules | None = None
    """None: no backup is made."""
    dry_run: bool = False
    """Nothing is read from Eventbrite, nothing is written and nobody is told."""


def plan_steps(night: Night) -> Steps:
    """The steps by name, in the order in which they run."""
    return (
        ("sync", lambda: _sync(night)),
        (FINDINGS, lambda: _looked(night, report_findings)),
        ("reviews", lambda: _looked(night, report_reviews)),
        ("registers", lambda: _looked(night, lambda _, snapshot: report_registers(snapshot))),
        ("plan", lambda: _looked(night, report_plan)),
        ("retention", lambda: _retention(night)),
        (BACKUP, lambda: _backup(night)),
        (DIGEST, lambda: _looked(night, report_digest)),
    )


def _looked(night: Night, report: Callable[[sa.Connection, Snapshot], Step]) -> Step:
    with night.snapshot() as (connection, snapshot):
        return report(connection, snapshot)


def _sync(night: Night) -> Step:
    if night.dry_run:
        return Step("sync", 0, "not run: a dry run reads nothing from Eventbrite")
    report = night.sync()
    text = f"{report.events} events, {report.observations} changes, {report.requests} requests"
    counts = {"events": report.events, "observations": report.observations, "requests": report.requests}
    return Step("sync", report.exit_code, text, report.messages, counts=counts)


def _retention(night: Night) -> Step:
    with night.snapshot() as (connection, snapshot):
        expired = find_expired(connection, snapshot, night.retention)
    applies = night.retention.apply and not night.dry_run and night.is_confirmed()
    failed = Each()
    if applies and (expired.person_ids or expired.held_ids):
        with night.transaction() as (connection, snapshot):
            expired = find_expired(connection, snapshot, night.retention)
            failed = apply_retention(connection, snapshot.hub_id, expired, snapshot.as_of)
    persons, reads = len(expired.person_ids) - len(failed.failed), len(expired.held_ids)
    text = f"{persons} persons' names and {reads} held reads {'blanked' if applies else 'would be blanked'}"
    counts = {"persons": persons, "held_reads": reads, "still_needed": expired.still_needed}
    said = (*_unblanked(expired, night), *failed.sentences("the name was not blanked"))
    return Step("retention", PartialError.exit_code if failed.failed else 0, text, said, counts=counts)


def _may_blank(night: Night) -> bool:
    return night.dry_run or night.is_confirmed()


def _unblanked(expired: Expired, night: Night) -> Iterator[str]:
    if expired.person_ids and not night.retention.apply:
        yield "Names are kept longer than the settings ask: set EBSYNC_RETENTION__APPLY=true to have them blanked."
    if (expired.person_ids or expired.held_ids) and night.retention.apply and not _may_blank(night):
        yield "Nothing was blanked: Eventbrite did not confirm this machine's clock tonight."
    if expired.still_needed:
        yield f"{expired.still_needed} persons' names are kept although their time is over: a place of theirs waits."
    if expired.documents:
        years = night.retention.documents_years
        yield f"{expired.documents} documents are older than {years} financial years; ebsync never deletes a document."


def _backup(night: Night) -> Step:
    engine = night.engine()
    hub_id = night.hub_id()
    with reading(engine) as connection:
        stamp = read_stamp(connection, hub_id)
        memory = read_memory(connection, hub_id, BACKUP, successful=False) or {}
    prefix = name_prefix(stamp.organization_id, stamp.host, name_database(engine.url, hub_id))
    place = BackupPlace(prefix, memory.get("read_at", {}))
    return report_backup(engine, place, night.backups, night.clock(), dry_run=night.dry_run)

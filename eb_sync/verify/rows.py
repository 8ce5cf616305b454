"""Checks of the file and of every row: pages that do not fit, and rows that are not what was written."""

from __future__ import annotations

import sqlalchemy as sa

from eb_sync.store.seals import find_broken
from eb_sync.verify.findings import Audited, Proof, Violation


def check_pages(audited: Audited) -> Proof:
    """SQLite finds every page, index and reference of its file in order; of a server nobody can ask that."""
    if audited.connection.dialect.name != "sqlite":
        return Proof(0, ())
    said = list(audited.connection.scalars(sa.text("PRAGMA integrity_check(1000)")))
    findings = [Violation("", "file", f"is damaged: {line}") for line in said if line != "ok"]
    broken = audited.connection.execute(sa.text("PRAGMA foreign_key_check"))
    findings += [Violation(row[0], str(row[1]), f"refers to a row of {row[2]} that is missing") for row in broken]
    pages: int = audited.connection.scalar(sa.text("PRAGMA page_count")) or 0
    return Proof(pages, tuple(findings))


def check_seals(audited: Audited) -> Proof:
    """Every row is what ebsync wrote."""
    looked_at, broken = find_broken(audited.connection, audited.hub_id)
    return Proof(looked_at, tuple(Violation(one.table, one.row, one.what) for one in broken))

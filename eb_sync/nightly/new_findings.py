"""Findings that are new since the last night that did its work."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from eb_sync.nightly.earlier_nights import read_memory
from eb_sync.nightly.report import Step, shorten
from eb_sync.reports.findings import Reported, read_findings
from eb_sync.workshops.snapshot import Snapshot

FINDINGS = "findings"


def report_findings(connection: sa.Connection, snapshot: Snapshot) -> Step:
    """How many findings there are, and each one that the last successful night did not know."""
    findings = {_key(finding): finding for finding in read_findings(connection, snapshot, None)}
    known = read_memory(connection, snapshot.hub_id, FINDINGS, successful=True)
    new = [finding for key, finding in findings.items() if known is None or key not in known["keys"]]
    return Step(
        FINDINGS,
        0,
        f"{len(findings)} found, {len(new)} of them new (see `ebsync check`)",
        shorten([_line(finding) for finding in new], "ebsync check"),
        counts={"findings": len(findings), "new": len(new)},
        memory={"keys": sorted(findings)},
    )


def _key(finding: Reported) -> str:
    """Equal where the same is found about the same bookings; nobody reads a name out of it."""
    about = (finding.workgroup_id, finding.workshop_id, finding.finding, sorted(finding.booking_ids))
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:20]


def _line(finding: Reported) -> str:
    where = finding.workshop_id or finding.workgroup_id
    bookings = f", {' '.join(finding.booking_ids)}" if finding.booking_ids else ""
    return f"New: {finding.finding} at {where}{bookings}"

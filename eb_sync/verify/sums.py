"""Checks of sums: what a place was billed for is its open line or nothing; a credit answers one charge, once."""

from __future__ import annotations

from collections.abc import Iterable

from eb_sync.store.tables import DOCUMENT_LINES, OPEN_LINES
from eb_sync.store.verify.sums import (
    LineProblem,
    count_lines,
    count_places,
    read_unequal_places,
    read_wrong_charges,
    read_wrong_credits,
    read_wrong_open_lines,
)
from eb_sync.verify.findings import Audited, Proof, Violation


def check_net_issued(audited: Audited) -> Proof:
    """For every place the sum of all its lines is its open line's amount, or nothing."""
    findings = tuple(
        Violation(DOCUMENT_LINES.name, f"{workshop_id} {booking_id}", f"sums to {total} pence, but {still} are open")
        for workshop_id, booking_id, total, still in read_unequal_places(audited.connection, audited.hub_id)
    )
    return Proof(count_places(audited.connection, audited.hub_id), findings)


def check_open_lines(audited: Audited) -> Proof:
    """The list of open lines is exactly what invoices and credit notes imply."""
    problems = read_wrong_open_lines(audited.connection, audited.hub_id)
    return Proof(count_lines(audited.connection, audited.hub_id), _findings(OPEN_LINES.name, problems))


def check_credits(audited: Audited) -> Proof:
    """Invoice lines charge; each credit line is exactly the negative of one of them, and the only one."""
    connection, hub_id = audited.connection, audited.hub_id
    problems = [*read_wrong_charges(connection, hub_id), *read_wrong_credits(connection, hub_id)]
    return Proof(count_lines(connection, hub_id), _findings(DOCUMENT_LINES.name, problems))


def _findings(table: str, problems: Iterable[LineProblem]) -> tuple[Violation, ...]:
    return tuple(Violation(table, f"{one.number}/{one.line_number}", one.what) for one in problems)

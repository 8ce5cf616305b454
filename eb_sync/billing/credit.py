"""A credit by hand: never beyond the original, and a waiver for its places unless they are to be billed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.billing.issue import IssueSettings, build_credit_note, keep_document
from eb_sync.billing.plan import PlannedDocument, PlannedLine
from eb_sync.errors import UsageError
from eb_sync.model.documents import Document, DocumentKind
from eb_sync.model.facts import ReviewAnswered
from eb_sync.model.reason_words import CREDITED
from eb_sync.store.documents import IssuedLine, open_lines, read_document_lines, read_lines, read_numbers
from eb_sync.store.facts import record_facts
from policies.decisions import Reason
from policies.facts import AnswerWord


@dataclass(frozen=True, slots=True)
class CreditRequest:
    """What a person asked for."""

    number: str
    line_number: int | None
    """None: every line not credited yet."""
    reason: str
    """Printed on the credit note."""
    reissue: bool
    """True: the next plan bills the places again; False: they are waived."""


def issue_credit(
    connection: sa.Connection, hub_id: int, request: CreditRequest, terms: IssueSettings
) -> tuple[Document, list[int]]:
    """Credit an invoice or one of its lines, in the caller's write transaction.

    Returns:
        The credit note, and the ids of the waivers recorded (none with `reissue`).

    Raises:
        UsageError: no such invoice or line, or nothing of it is left to credit.
    """
    planned = plan_credit(connection, hub_id, request)
    document = build_credit_note(connection, hub_id, planned, request.reason, terms)
    keep_document(connection, hub_id, document, planned, terms)
    waivers = [ReviewAnswered(planned.workshop_id, line.booking_id, None, AnswerWord.WAIVE) for line in planned.lines]
    # without a waiver the next plan bills the place again, which is what was asked for
    if request.reissue:
        waivers = []
    return document, record_facts(connection, hub_id, terms.now, terms.issued_by, waivers)


def plan_credit(connection: sa.Connection, hub_id: int, request: CreditRequest) -> PlannedDocument:
    """What would be credited.

    Raises:
        UsageError: no such invoice or line, or nothing of it is left to credit.
    """
    lines = _lines_to_credit(connection, hub_id, request)
    return PlannedDocument(
        workshop_id=lines[0].workshop_id,
        school_id=lines[0].school_id,
        school=None,
        lines=tuple(_planned(line, reissue=request.reissue) for line in lines),
        original_number=request.number,
    )


def _planned(line: IssuedLine, *, reissue: bool) -> PlannedLine:
    reason = CREDITED if reissue else Reason.WAIVED
    return PlannedLine(line.booking_id, -line.gross_pence, reason, line.decision, line.policy_digest, credits=line)


def _lines_to_credit(connection: sa.Connection, hub_id: int, request: CreditRequest) -> Sequence[IssuedLine]:
    original = read_document_lines(connection, hub_id, request.number)
    if not original:
        raise UsageError(_unknown_number(connection, hub_id, request.number))
    # crediting a credit would be a bill that no rule decided
    if original[0].kind is not DocumentKind.INVOICE:
        raise UsageError(f"{request.number} is a credit note; only invoices can be credited.")
    if request.line_number is not None and all(line.line_number != request.line_number for line in original):
        raise UsageError(f"{request.number} has no line {request.line_number}; it has lines 1 to {len(original)}.")
    # only lines that no credit note answers yet: nothing is given back twice
    issued = open_lines(read_lines(connection, hub_id, None, [original[0].workshop_id]))
    still_open = [line for line in issued.values() if line.number == request.number]
    lines = [line for line in still_open if request.line_number in (None, line.line_number)]
    if not lines:
        what = "Everything on it" if request.line_number is None else f"Line {request.line_number} of it"
        raise UsageError(f"{what} ({request.number}) has been credited already; a credit never exceeds its original.")
    return sorted(lines, key=lambda line: line.line_number)


def _unknown_number(connection: sa.Connection, hub_id: int, number: str) -> str:
    numbers = [known for known in read_numbers(connection, hub_id) if known.startswith("INV-")]
    if not numbers:
        return f"There is no invoice {number}: none has been issued yet."
    return f"There is no invoice {number}; the newest is {max(numbers)}."

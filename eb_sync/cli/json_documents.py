"""The shapes of what commands print with --json."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from eb_sync.model.instants import iso_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from eb_sync.billing.batch_totals import BatchTotals
    from eb_sync.billing.plan import InvoicePlan, PlannedDocument
    from eb_sync.model.documents import Document
    from eb_sync.people.erase import Erased
    from eb_sync.people.find import Found
    from eb_sync.recording.answers import Question
    from eb_sync.recording.attendance_import import FilledRegister
    from eb_sync.recording.school_matches import Match
    from eb_sync.recording.schools import WaitingSchool
    from eb_sync.reports.documents import DocumentState
    from eb_sync.reports.recorded import RecordedExemption, RecordedFact
    from eb_sync.schools.book import School
    from eb_sync.schools.gias_load import Loaded
    from eb_sync.store.batches import Batch
    from eb_sync.sync.request import SyncReport
    from eb_sync.workshops.charges import Charges
    from eb_sync.workshops.snapshot import Snapshot
    from policies.decisions import Decision, NoticeGiven


def plan_json(plan: InvoicePlan) -> dict[str, Any]:
    """The plan as DESIGN section 6 has it."""
    return {
        "to_invoice": [_document_json(document) for document in plan.to_invoice],
        "to_credit": [
            {**_document_json(document), "original_number": document.original_number} for document in plan.to_credit
        ],
        "held": [dataclasses.asdict(waiting) for waiting in plan.held],
        "review": [dataclasses.asdict(waiting) for waiting in plan.review],
        "pending": [dataclasses.asdict(waiting) for waiting in plan.pending],
        "blocked": [{**dataclasses.asdict(blocked), "school": blocked.school or None} for blocked in plan.blocked],
    }


def _document_json(document: PlannedDocument) -> dict[str, Any]:
    return {
        "workshop_id": document.workshop_id,
        "school": None if document.school is None else document.school.name,
        "school_urn": None if document.school is None else document.school.urn,
        "total_pence": document.total_pence,
        "lines": [
            {"booking_id": line.booking_id, "amount_pence": line.amount_pence, "reason": line.reason}
            for line in document.lines
        ],
    }


def issued_json(document: Document, files: Mapping[str, Path]) -> dict[str, Any]:
    """A document just issued, and the file that it was written to."""
    path = files.get(document.number)
    return {
        "number": document.number,
        "kind": document.kind,
        "school": document.school_name,
        "total_pence": document.gross_pence,
        "file": None if path is None else str(path),
    }


def report_json(report: SyncReport) -> dict[str, object]:
    """The report as DESIGN section 6 has it."""
    return {
        "events": report.events,
        "attendees": report.attendees,
        "observations": report.observations,
        "vanished": report.vanished,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "quarantined": [{"id": row.id, "reason": row.reason} for row in report.quarantined],
        "held": [
            {"event_id": held.event_id, "active": held.active, "would_end": held.would_end} for held in report.held
        ],
    }


def charges_json(charges: Charges, snapshot: Snapshot) -> dict[str, Any]:
    """As DESIGN section 6 has it."""
    workshop = charges.workshop
    return {
        "workshop": {
            "id": workshop.id,
            "title": workshop.title,
            "starts_at": workshop.starts_at,
            "ends_at": workshop.ends_at,
            "state": workshop.state_at(snapshot.as_of),
        },
        "as_of": snapshot.as_of,
        "decisions": [_decision_json(charges, decision) for decision in charges.decisions],
    }


def _decision_json(charges: Charges, decision: Decision) -> dict[str, Any]:
    booking_id = decision.booking_id
    name, email = charges.teachers.get(booking_id, ("", ""))
    school, urn = charges.schools.get(booking_id, (None, None))
    policy = decision.policy
    return {
        "booking_id": booking_id,
        "attendee_id": charges.attendee_ids.get(booking_id),
        "teacher": name or None,
        "email": email or None,
        "school": school,
        "school_urn": urn,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "amount_pence": decision.amount_pence,
        "clause": decision.clause,
        "deadline_at": decision.deadline_at,
        "policy": None if policy is None else {"id": policy.id, "version": policy.version},
        "notice": None if decision.notice is None else _notice_json(decision.notice),
        "evidence": list(decision.evidence),
    }


def _notice_json(notice: NoticeGiven) -> dict[str, Any]:
    return {
        "earliest_at": notice.earliest_at,
        "latest_at": notice.latest_at,
        "verdict": notice.verdict,
        "channel": notice.channel,
    }


def batch_json(batch: Batch, totals: BatchTotals) -> dict[str, Any]:
    """A batch that finance was given, with what its documents come to."""
    from eb_sync.billing.batches import format_batch_id
    from eb_sync.export import NATIVE

    return {
        "batch_id": format_batch_id(batch.id),
        "created_at": batch.created_at,
        "created_by": batch.created_by,
        "format": batch.format or NATIVE,
        "rows": batch.rows,
        "total_pence": batch.total_pence,
        "sha256": batch.sha256,
        "reversed_at": batch.reversed_at,
        "reversed_by": batch.reversed_by,
        "documents": totals.documents,
        "invoices": totals.invoices,
        "credit_notes": totals.credit_notes,
        "invoiced_pence": totals.invoiced_pence,
        "credited_pence": totals.credited_pence,
        "vat_pence": totals.vat_pence,
    }


def schools_json(schools: Sequence[School], waiting: Sequence[WaitingSchool]) -> dict[str, Any]:
    """Schools that are known, and those as typed that wait for confirmation."""
    return {
        "schools": [
            {
                "id": school.id,
                "urn": school.urn,
                "name": school.name,
                "address": ", ".join((*school.address, school.postcode)),
                "source": school.source,
            }
            for school in schools
        ],
        "waiting": [
            {
                "typed_name": entry.typed.name or None,
                "typed_urn": entry.typed.urn or None,
                "booking_ids": list(entry.booking_ids),
            }
            for entry in waiting
        ],
    }


def match_json(waiting: WaitingSchool, match: Match) -> dict[str, Any]:
    """A school that waits, with what the register suggests."""
    return {
        "typed_name": waiting.typed.name or None,
        "typed_urn": waiting.typed.urn or None,
        "typed_postcode": waiting.typed.postcode or None,
        "email_host": waiting.typed.email_host or None,
        "booking_ids": list(waiting.booking_ids),
        "state": match.state,
        "suggestions": [dataclasses.asdict(suggestion) for suggestion in match.suggestions],
    }


def loaded_json(loaded: Loaded, layout: str) -> dict[str, Any]:
    """What a load of the register changed."""
    return {
        "layout": layout,
        "rows": loaded.rows,
        "changed": loaded.changed,
        "unreadable": loaded.unreadable.count,
        "changes": [dataclasses.asdict(change) for change in loaded.changes],
    }


def erased_json(found: Found, erased: Erased, kept: str) -> dict[str, Any]:
    """What was blanked of a person, and what is kept."""
    blanked = {"names": erased.versions, "held_rows": erased.held_rows, "booking_ids": list(found.booking_ids)}
    return {"blanked": blanked, "kept": kept, "fact_ids": [str(erased.fact_id)]}


def question_json(question: Question) -> dict[str, object]:
    """One question of `review`, as DESIGN section 6 has it."""
    decision = question.decision
    return {
        "workshop_id": decision.workshop_id,
        "booking_id": decision.booking_id,
        "teacher": question.teacher or None,
        "school": question.school,
        "reason": decision.reason,
        "since_at": question.since_at,
        "answers": list(decision.answers),
        "evidence": list(decision.evidence),
    }


def import_json(filled: FilledRegister) -> dict[str, object]:
    """What a filled-in register came to, row by row."""
    lists = {
        "matched": filled.matched,
        "unchanged": filled.unchanged,
        "corrected_since": filled.corrected_since,
        "left_empty": filled.left_empty,
    }
    rows = {
        name: [{"row": row.row_number, "booking_id": row.booking_id, "attendance": row.mark} for row in rows]
        for name, rows in lists.items()
    }
    return {**rows, "unmatched": list(filled.unmatched)}


def fact_json(fact: RecordedFact) -> dict[str, object]:
    """A fact that a person recorded."""
    return {
        "id": str(fact.id),
        "recorded_at": iso_text(fact.recorded_at),
        "said_by": fact.said_by,
        "kind": fact.kind,
        "workshop_id": fact.workshop_id,
        "booking_ids": list(fact.booking_ids),
        "sentence": fact.sentence,
        "withdrawn_by": None if fact.withdrawn_by is None else str(fact.withdrawn_by),
    }


def exemption_json(exemption: RecordedExemption) -> dict[str, object]:
    """An exemption and where it stands."""
    claim = exemption.claim
    return {
        "id": str(exemption.id),
        "kind": claim.kind,
        "state": exemption.state,
        "sentence": exemption.sentence,
        "workshop_id": claim.workshop_id,
        "booking_id": claim.booking_id,
        "from": claim.from_on,
        "to": claim.until_on,
        "code": claim.code,
    }


def document_json(state: DocumentState) -> dict[str, object]:
    """A document and what became of it."""
    document = state.document
    return {
        "number": document.number,
        "kind": document.kind,
        "document_on": document.document_on,
        "due_on": document.due_on,
        "school": document.school_name,
        "school_urn": document.school_urn,
        "workshop_id": document.workshop.id,
        "total_pence": document.gross_pence,
        "original_number": document.original_number,
        "credited_by": list(state.credited_by),
        "credited_pence": state.credited_pence,
        "batch_id": state.batch_id,
    }

"""Issuing: the plan recomputed inside the write transaction, numbers from a locked row, pages rendered and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from eb_sync.billing.plan import InvoicePlan, PlannedDocument, PlannedLine
from eb_sync.billing.vat import VatSettings, split_gross
from eb_sync.errors import TryAgainError
from eb_sync.model.documents import (
    Document,
    DocumentKind,
    DocumentLine,
    DocumentWorkshop,
    Supplier,
    VatTreatment,
)
from eb_sync.model.reason_words import credit_sentence
from eb_sync.store.documents import IssuedDocument, read_documents, record_document, take_document_number
from eb_sync.store.each import Each
from eb_sync.store.engine import all_or_nothing
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.event_rows import newest_bookings, read_event_rows
from eb_sync.workshops.labels import place_labels, read_teachers
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision
from policies.wording import LONDON

RenderPdf = Callable[[Document], bytes]


@dataclass(frozen=True, slots=True)
class IssueSettings:
    """What goes on every document, as the settings say on the day of issue."""

    supplier: Supplier
    vat: VatSettings
    issued_by: str
    now: datetime
    render_pdf: RenderPdf


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of a plan."""

    documents: tuple[Document, ...]
    left: InvoicePlan
    """What waits, and documents that could not be made: the next plan has them again."""
    failures: tuple[str, ...]
    """A sentence for each of these; no names of persons."""


def issue_plan(
    connection: sa.Connection, snapshot: Snapshot, agreed: str, current: InvoicePlan, terms: IssueSettings
) -> Issued:
    """Issue everything the plan holds, credit notes first; in the caller's write transaction.

    A document that cannot be made takes no number and keeps no other from being issued. A place whose credit note is
    such a one is not invoiced again: the database has one open line for a place at most.

    Args:
        connection: inside a write transaction.
        snapshot: the hub as of now, read in the same transaction.
        agreed: the digest of the plan that a person saw and agreed to.
        current: the plan computed in this transaction.
        terms: what goes on the documents.

    Raises:
        TryAgainError: the plan is not the one that was shown; nothing is issued.
    """
    # nobody is billed for what no person saw: any difference since stops all of it
    if agreed != current.digest:
        raise TryAgainError(
            "Something was recorded since the plan was shown, and it changes the plan: nothing was issued. "
            "Run the command again to see the new plan."
        )
    labels, each = _Labels(connection, snapshot), Each()
    issued: list[Document] = []
    left: list[PlannedDocument] = []
    for planned in (*current.to_credit, *current.to_invoice):
        before = len(issued)
        with each.part(_name(planned)), all_or_nothing(connection):
            issued.append(_issue(connection, labels, planned, terms))
        if len(issued) == before:
            left.append(planned)
    waiting = replace(
        current,
        to_invoice=tuple(planned for planned in left if planned.original_number is None),
        to_credit=tuple(planned for planned in left if planned.original_number is not None),
    )
    return Issued(tuple(issued), waiting, tuple(each.sentences("it was not issued")))


def _name(planned: PlannedDocument) -> str:
    what = "The invoice" if planned.original_number is None else f"The credit note for {planned.original_number}"
    return f"{what} for school {planned.school_id}, workshop {planned.workshop_id}"


def _issue(connection: sa.Connection, labels: _Labels, planned: PlannedDocument, terms: IssueSettings) -> Document:
    snapshot = labels.snapshot
    if planned.original_number is None:
        document = _build_invoice(connection, labels, planned, terms)
    else:
        document = build_credit_note(
            connection, snapshot.hub_id, planned, credit_sentence(line.reason for line in planned.lines), terms
        )
    keep_document(connection, snapshot.hub_id, document, planned, terms)
    return document


def keep_document(
    connection: sa.Connection, hub_id: int, document: Document, planned: PlannedDocument, terms: IssueSettings
) -> None:
    """Render a document's page and record both."""
    issued = IssuedDocument(
        document=document,
        school_id=planned.school_id,
        issued_at=terms.now,
        issued_by=terms.issued_by,
        pdf=terms.render_pdf(document),
        decisions=tuple(_decision(line) for line in planned.lines),
        policy_digests=tuple(line.policy_digest for line in planned.lines),
    )
    record_document(connection, hub_id, issued)


def _decision(line: PlannedLine) -> Decision:
    if line.decision is not None:
        return line.decision
    if line.credits is None:
        raise LookupError("an invoice line without a decision")
    return line.credits.decision


def _build_invoice(
    connection: sa.Connection, known: _Labels, planned: PlannedDocument, terms: IssueSettings
) -> Document:
    snapshot = known.snapshot
    school, bill_to = planned.school, planned.bill_to
    # the plan blocks these; an invoice without a payer must not take a number
    if school is None or bill_to is None:
        raise LookupError("an invoice needs a school and somebody who pays")
    workshop = snapshot.workshop(planned.workshop_id)
    treatment = terms.vat.treatment_on(workshop.local_on)
    labels = known.of(workshop)
    today = terms.now.astimezone(LONDON).date()
    return Document(
        number=take_document_number(connection, snapshot.hub_id, DocumentKind.INVOICE),
        kind=DocumentKind.INVOICE,
        document_on=today,
        due_on=today + timedelta(days=terms.supplier.terms_days),
        supplier=terms.supplier,
        bill_to=bill_to,
        school_name=school.name,
        school_urn=school.urn,
        workshop=DocumentWorkshop(
            workshop.id, workshop.title, workshop.starts_at, workshop.ends_at, workshop.time_zone
        ),
        vat_treatment=treatment,
        lines=tuple(_invoice_line(number, line, labels, treatment) for number, line in enumerate(planned.lines, 1)),
    )


@dataclass
class _Labels:
    """What places are called on documents, read once for each workshop, however many schools it bills."""

    connection: sa.Connection
    snapshot: Snapshot
    _known: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, workshop: Workshop) -> dict[str, str]:
        """The labels of a workshop's places by reference."""
        if workshop.id not in self._known:
            rows = read_event_rows(self.connection, self.snapshot, [workshop.event_id])[workshop.event_id]
            newest = newest_bookings(rows)
            teachers = read_teachers(self.connection, self.snapshot, newest)
            self._known[workshop.id] = place_labels(teachers, newest, workshop.other_classes)
        return self._known[workshop.id]


def _invoice_line(number: int, line: PlannedLine, labels: Mapping[str, str], treatment: VatTreatment) -> DocumentLine:
    decision = _decision(line)
    # the amount is the price the school was shown, so VAT is in it, never on top
    net, vat = split_gross(line.amount_pence, treatment)
    return DocumentLine(
        line_number=number,
        booking_id=line.booking_id,
        place_label=labels[line.booking_id],
        reason=line.reason,
        clause=decision.clause or "",
        deadline_at=decision.deadline_at,
        evidence=decision.evidence,
        net_pence=net,
        vat_pence=vat,
        gross_pence=line.amount_pence,
    )


def build_credit_note(
    connection: sa.Connection, hub_id: int, planned: PlannedDocument, reason: str, terms: IssueSettings
) -> Document:
    """The credit note that answers these lines of its original, whose school and VAT treatment it keeps."""
    original = read_documents(connection, hub_id, [planned.original_number or ""])[0]
    by_number = {line.line_number: line for line in original.lines}
    credited = [line.credits for line in planned.lines if line.credits is not None]
    return Document(
        number=take_document_number(connection, hub_id, DocumentKind.CREDIT_NOTE),
        kind=DocumentKind.CREDIT_NOTE,
        document_on=terms.now.astimezone(LONDON).date(),
        due_on=None,
        supplier=terms.supplier,
        bill_to=original.bill_to,
        school_name=original.school_name,
        school_urn=original.school_urn,
        workshop=original.workshop,
        # as it was billed, whatever the settings say today: a credit gives back exactly what was asked
        vat_treatment=original.vat_treatment,
        lines=tuple(
            _credit_line(number, by_number[issued.line_number], planned.lines[number - 1].reason)
            for number, issued in enumerate(credited, 1)
        ),
        original_number=original.number,
        original_on=original.document_on,
        reason=reason,
    )


def _credit_line(number: int, original: DocumentLine, reason: str) -> DocumentLine:
    return DocumentLine(
        line_number=number,
        booking_id=original.booking_id,
        place_label=original.place_label,
        reason=reason,
        clause=original.clause,
        deadline_at=original.deadline_at,
        evidence=original.evidence,
        net_pence=-original.net_pence,
        vat_pence=-original.vat_pence,
        gross_pence=-original.gross_pence,
        original_line_number=original.line_number,
    )

"""Invoice and credit note as a page (elements: VAT Regulations 1995 reg 14 and 15C; HMRC's list for any invoice)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from eb_sync.export.pages import Rendered, render_page
from eb_sync.export.wording import format_date, format_instant, format_pounds, format_times, local_date
from eb_sync.model.documents import Document, DocumentKind, DocumentLine, VatTreatment

_REASONS = {
    "no_show": "Booked and not attended",
    "late_notice": "Cancelled too late",
    "waived": "Waived",
    "credited": "Credited",
}

_VAT_NOTES = {
    VatTreatment.OUTSIDE_SCOPE: "Outside the scope of VAT",
    VatTreatment.EXEMPT: "Exempt from VAT",
    VatTreatment.STANDARD: "VAT at 20 %",
    VatTreatment.ZERO: "Zero-rated for VAT",
}


def render_document_pdf(document: Document) -> Rendered:
    """The page of a document, as it is issued and kept."""
    stamped_at = datetime.combine(document.document_on, time(12), tzinfo=UTC)
    return render_page("document.typ", _content(document), stamped_at)


def _content(document: Document) -> dict[str, Any]:
    is_credit = document.kind is DocumentKind.CREDIT_NOTE
    heading = "Credit note" if is_credit else "Invoice"
    shows_vat = document.vat_treatment is VatTreatment.STANDARD
    return {
        "title": f"{heading} {document.number}",
        "heading": heading,
        "number": document.number,
        "is_credit": is_credit,
        "reason": document.reason,
        "supplier": {
            "name": document.supplier.name,
            "address": list(document.supplier.address),
            "email": document.supplier.email,
            "vat_number": document.supplier.vat_number,
        },
        "bill_to": {
            "name": document.bill_to.name,
            "address": [*document.bill_to.address, document.bill_to.postcode],
            "email": document.bill_to.email,
        },
        "facts": _facts(document),
        "workshop": {
            "id": document.workshop.id,
            "title": document.workshop.title,
            "when": format_times(document.workshop.starts_at, document.workshop.ends_at),
        },
        "shows_vat": shows_vat,
        "lines": [_line(document, line) for line in document.lines],
        "totals": _totals(document),
        "total": ["Total credited" if is_credit else "Total to pay", format_pounds(document.gross_pence)],
        "payment": _payment(document),
        "query": _query(document),
    }


def _facts(document: Document) -> list[list[str]]:
    facts = [["Date", format_date(document.document_on)]]
    if document.due_on is not None:
        facts.append(["Due", format_date(document.due_on)])
    facts.append(["Date of workshop", format_date(local_date(document.workshop.starts_at))])
    if document.original_number is not None and document.original_on is not None:
        facts.append(["Original invoice", f"{document.original_number} of {format_date(document.original_on)}"])
    facts.append(["School", document.school_name])
    if document.school_urn is not None:
        facts.append(["URN", document.school_urn])
    if document.bill_to.po_number is not None:
        facts.append(["Your order", document.bill_to.po_number])
    return facts


def _line(document: Document, line: DocumentLine) -> dict[str, Any]:
    original = None
    if line.original_line_number is not None:
        original = f"Credits line {line.original_line_number} of {document.original_number}."
    return {
        "number": str(line.line_number),
        "reason": _REASONS.get(line.reason, line.reason.replace("_", " ").capitalize()),
        "place": line.place_label,
        "booking_id": line.booking_id,
        "evidence": [_sentence(sentence) for sentence in line.evidence],
        "clause": line.clause,
        "deadline": None if line.deadline_at is None else format_instant(line.deadline_at),
        "net": format_pounds(line.net_pence),
        "vat": format_pounds(line.vat_pence),
        "gross": format_pounds(line.gross_pence),
        "original": original,
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _totals(document: Document) -> list[list[str]]:
    note = _VAT_NOTES[document.vat_treatment]
    if document.vat_treatment is VatTreatment.STANDARD:
        return [["Net", format_pounds(document.net_pence)], [note, format_pounds(document.vat_pence)]]
    return [[note, ""]]


def _payment(document: Document) -> list[list[str]]:
    if document.kind is DocumentKind.CREDIT_NOTE:
        return []
    supplier = document.supplier
    return [
        ["Bank", supplier.bank_name],
        ["Sort code", supplier.sort_code],
        ["Account number", supplier.account_number],
        ["Reference", document.number],
        ["Terms", f"Payment within {supplier.terms_days} days of the date above"],
    ]


def _query(document: Document) -> str:
    if document.kind is DocumentKind.CREDIT_NOTE:
        return f"Write to {document.supplier.email} and give the number {document.number}."
    return (
        f"Write to {document.supplier.email} and give the number {document.number}. If notice was given that the hub "
        "does not know of, if a colleague came instead, or if Ofsted or extenuating circumstances kept the teacher "
        "away, say so: a charge that should not have been made is credited in full."
    )

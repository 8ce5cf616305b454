"""Invoice and credit note as a page (elements: VAT Regulations 1995 reg 14 and 15C; HMRC's list for any invoice)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from eb_sync.export.formats import format_date, format_instant, format_pounds, format_times, local_date
from eb_sync.export.look import PLAIN, Look
from eb_sync.export.pages import Attachment, Rendered, render_page
from eb_sync.model.documents import Document, DocumentKind, DocumentLine, VatTreatment
from eb_sync.model.reason_words import reason_heading

_VAT_WORDS = {
    VatTreatment.OUTSIDE_SCOPE: "Outside the scope of VAT",
    VatTreatment.EXEMPT: "Exempt from VAT",
    VatTreatment.STANDARD: "VAT at 20 %",
    VatTreatment.ZERO: "Zero-rated for VAT",
}


def render_document_pdf(document: Document, look: Look = PLAIN, attachment: Attachment | None = None) -> Rendered:
    """The page of a document, as it is issued and kept: the same bytes whenever the same document is rendered."""
    stamped_at = datetime.combine(document.document_on, time(12), tzinfo=UTC)
    content = {
        **_head(document),
        **_amounts(document),
        **_ending(document),
        "bill_to": _bill_to(document),
        "facts": _facts(document),
        "look": look.content(document.supplier.name),
        "lines": [_line(document, line) for line in document.lines],
        "supplier": _supplier(document),
        "workshop": _workshop(document),
    }
    return render_page("document.typ", content, stamped_at, attachment)


def _is_credit(document: Document) -> bool:
    return document.kind is DocumentKind.CREDIT_NOTE


def _head(document: Document) -> dict[str, str | None]:
    is_credit = _is_credit(document)
    heading = "Credit note" if is_credit else "Invoice"
    return {
        "title": f"{heading} {document.number}",
        "heading": heading,
        "number": document.number,
        "addressed": "Credited to" if is_credit else "Billed to",
        "subject": "Credit for places at the workshop"
        if is_credit
        else "Places booked and not taken up at the workshop",
        "reason": document.reason if is_credit else None,
    }


def _supplier(document: Document) -> dict[str, object]:
    supplier = document.supplier
    # the number only where there is one: a line for it would make the page look like a VAT invoice
    vat = [] if supplier.vat_number is None else [f"VAT registration number {supplier.vat_number}"]
    return {"name": supplier.name, "lines": [*supplier.address, supplier.email, *vat]}


def _bill_to(document: Document) -> dict[str, object]:
    bill_to = document.bill_to
    lines = [*bill_to.address, bill_to.postcode, bill_to.email or ""]
    return {"name": bill_to.name, "lines": [line for line in lines if line]}


def _workshop(document: Document) -> dict[str, str]:
    workshop = document.workshop
    when = format_times(workshop.starts_at, workshop.ends_at, workshop.zone)
    return {"id": workshop.id, "title": workshop.title, "when": when}


def _facts(document: Document) -> list[list[str]]:
    workshop_on = format_date(local_date(document.workshop.starts_at, document.workshop.zone))
    is_taxed = document.vat_treatment in (VatTreatment.STANDARD, VatTreatment.ZERO)
    facts: list[tuple[str, str | None]] = [
        ("Date", format_date(document.document_on)),
        ("Due", None if document.due_on is None else format_date(document.due_on)),
        ("Workshop (tax point)" if is_taxed else "Date of workshop", workshop_on),
        ("Original invoice", document.original_number),
        ("Original date", None if document.original_on is None else format_date(document.original_on)),
        ("School", document.school_name),
        ("URN", document.school_urn),
        ("Your order", document.bill_to.po_number),
    ]
    return [[name, value] for name, value in facts if value]


def _line(document: Document, line: DocumentLine) -> dict[str, object]:
    return {
        "number": str(line.line_number),
        "reason": reason_heading(line.reason),
        "place": line.place_label,
        "booking_id": line.booking_id,
        "why": why_of_line(document, line),
        "amounts": [format_pounds(pence) for pence in _line_amounts(document, line)],
    }


def why_of_line(document: Document, line: DocumentLine) -> list[list[str]]:
    """What a place is charged or credited for: pairs of heading and words, in the order printed."""
    return _why_credited(document, line) if _is_credit(document) else _why_charged(line, document.workshop.zone)


def _why_charged(line: DocumentLine, zone: ZoneInfo) -> list[list[str]]:
    deadline = ""
    if line.deadline_at is not None:
        deadline = f"the place could be given back free of charge until {format_instant(line.deadline_at, zone)}."
    why = [("What happened", _sentences(line)), ("The rule", line.clause), ("The deadline", deadline)]
    return [[name, said] for name, said in why if said]


def _why_credited(document: Document, line: DocumentLine) -> list[list[str]]:
    credited = f"line {line.original_line_number} of {document.original_number}."
    why = [("Credits", credited), ("It had been charged because", _sentences(line))]
    return [[name, said] for name, said in why if said]


def _sentences(line: DocumentLine) -> str:
    return " ".join(f"{each[:1].upper()}{each[1:]}." for each in (text.rstrip(". ") for text in line.evidence) if each)


def _line_amounts(document: Document, line: DocumentLine) -> list[int]:
    if document.vat_treatment is VatTreatment.STANDARD:
        return [line.net_pence, line.vat_pence, line.gross_pence]
    return [line.gross_pence]


def _amounts(document: Document) -> dict[str, object]:
    is_credit = _is_credit(document)
    before = ["Net", "VAT 20 %"] if document.vat_treatment is VatTreatment.STANDARD else []
    return {
        "columns": ["No.", "Place and reason", *before, "Credit" if is_credit else "Amount"],
        "totals": [
            ["Net", format_pounds(document.net_pence)],
            [_VAT_WORDS[document.vat_treatment], format_pounds(document.vat_pence)],
        ],
        "total": ["Total credited" if is_credit else "Total to pay", format_pounds(document.gross_pence)],
    }


def _ending(document: Document) -> dict[str, object]:
    said = what_if_wrong(document)
    if _is_credit(document):
        return {"closing": [{"title": "What this means", "facts": [], "said": said}]}
    pay = {"title": "How to pay", "facts": _payment(document), "said": payment_terms(document)}
    return {"closing": [pay, {"title": "If you think this is wrong", "facts": [], "said": said}]}


def what_if_wrong(document: Document) -> str:
    """What to do about a document that looks wrong; of a credit note also what it means."""
    email, number = document.supplier.email, document.number
    if _is_credit(document):
        return (
            f"This credit lowers what is owed on {document.original_number}. If that invoice has been paid already, "
            f"or if anything here looks wrong, write to {email} and quote {number}."
        )
    return (
        f"Write to {email} and quote {number}. If notice was given that we do not know of, if a colleague came "
        "instead, or if Ofsted or extenuating circumstances kept the teacher away, tell us: a charge that should not "
        "have been made is credited in full."
    )


def _payment(document: Document) -> list[list[str]]:
    supplier = document.supplier
    return [
        ["Bank", supplier.bank_name],
        ["Account name", supplier.name],
        ["Sort code", supplier.sort_code],
        ["Account number", supplier.account_number],
        ["Reference", document.number],
    ]


def payment_terms(document: Document) -> str:
    """Until when an invoice is to be paid."""
    by = "" if document.due_on is None else f", by {format_date(document.due_on)}"
    return f"Payment within {document.supplier.terms_days} days of the date of this invoice{by}."

"""The charge list for finance: one row for each document line (DESIGN section 6)."""

from __future__ import annotations

from collections.abc import Iterable

from eb_sync.export.cells import neutralise, render_csv
from eb_sync.export.wording import format_decimal, local_date
from eb_sync.model.documents import Document, DocumentLine

COLUMNS = tuple(
    """
    batch_id row_key document_number document_kind document_date due_date school school_urn bill_to po_number
    workshop_id workshop_title workshop_date booking_ref reason clause net vat gross currency vat_treatment
    original_number
    """.split()  # noqa: SIM905 - a contract reads better as text
)


def render_charge_list(batch_id: str, documents: Iterable[Document]) -> bytes:
    """UTF-8 with header, comma and CRLF, one row for each line of each document, in the order given.

    Amounts are in pounds, credits negative; dates are local; text cells are neutralised, amounts never.

    Args:
        batch_id: empty for a list that makes no batch.
        documents: as issued.

    Returns:
        The same bytes for the same documents; the header alone if there are none.
    """
    rows = (_row(batch_id, document, line) for document in documents for line in document.lines)
    return render_csv(COLUMNS, rows)


def _row(batch_id: str, document: Document, line: DocumentLine) -> list[str]:
    texts = {
        "batch_id": batch_id,
        "row_key": f"{document.number}/{line.line_number}",
        "document_number": document.number,
        "document_kind": document.kind.value,
        "document_date": document.document_on.isoformat(),
        "due_date": "" if document.due_on is None else document.due_on.isoformat(),
        "school": document.school_name,
        "school_urn": document.school_urn or "",
        "bill_to": document.bill_to.name,
        "po_number": document.bill_to.po_number or "",
        "workshop_id": document.workshop.id,
        "workshop_title": document.workshop.title,
        "workshop_date": local_date(document.workshop.starts_at).isoformat(),
        "booking_ref": line.booking_id,
        "reason": line.reason,
        "clause": line.clause,
        "currency": "GBP",
        "vat_treatment": document.vat_treatment.value,
        "original_number": document.original_number or "",
    }
    amounts = {"net": line.net_pence, "vat": line.vat_pence, "gross": line.gross_pence}
    return [format_decimal(amounts[column]) if column in amounts else neutralise(texts[column]) for column in COLUMNS]

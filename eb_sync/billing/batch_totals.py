"""What the documents of a charge list come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eb_sync.model.documents import Document, DocumentKind


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """How many documents a charge list has, and their sums in pence; credits are negative."""

    invoices: int = 0
    credit_notes: int = 0
    invoiced_pence: int = 0
    credited_pence: int = 0
    vat_pence: int = 0
    """Of invoices and credit notes together; part of the total."""

    @property
    def documents(self) -> int:
        """Invoices and credit notes."""
        return self.invoices + self.credit_notes

    @property
    def total_pence(self) -> int:
        """What is invoiced less what is credited."""
        return self.invoiced_pence + self.credited_pence


def sum_documents(documents: Iterable[Document]) -> BatchTotals:
    """The control totals of some documents."""
    known = list(documents)
    invoices = [each for each in known if each.kind is DocumentKind.INVOICE]
    credit_notes = [each for each in known if each.kind is DocumentKind.CREDIT_NOTE]
    return BatchTotals(
        invoices=len(invoices),
        credit_notes=len(credit_notes),
        invoiced_pence=sum(each.gross_pence for each in invoices),
        credited_pence=sum(each.gross_pence for each in credit_notes),
        vat_pence=sum(each.vat_pence for each in known),
    )

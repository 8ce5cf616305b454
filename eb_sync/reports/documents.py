"""Invoices and credit notes, found again: what each came to, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from eb_sync.billing.batches import format_batch_id
from eb_sync.model.documents import Document, DocumentKind
from eb_sync.store.batches import read_batched, read_unbatched
from eb_sync.store.documents import read_documents, read_school_ids


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A document and what became of it."""

    document: Document
    credited_by: tuple[str, ...]
    """Credit notes that answer it."""
    credited_pence: int
    """What these give back, 0 or negative."""
    batch_id: str | None
    """The charge list that it is in; None: the next one will have it."""

    @property
    def in_words(self) -> str:
        """Where it stands."""
        document = self.document
        if document.kind is DocumentKind.CREDIT_NOTE:
            return f"credits {document.original_number}"
        if not self.credited_by:
            return "open"
        part = "" if document.gross_pence + self.credited_pence == 0 else "in part "
        return f"credited {part}by {', '.join(self.credited_by)}"


def read_document_states(
    connection: sa.Connection, hub_id: int, school_id: str | None = None, since_on: date | None = None
) -> list[DocumentState]:
    """All documents in the order of issue; of one school, or from a date on."""
    documents = read_documents(connection, hub_id)
    schools = read_school_ids(connection, hub_id)
    waiting = set(read_unbatched(connection, hub_id))
    # a batch that was reversed is named as well, and a later one after it
    batches = {
        number: format_batch_id(each) for each, number in read_batched(connection, hub_id) if number not in waiting
    }
    answers: dict[str, list[Document]] = {}
    for document in documents:
        if document.original_number is not None:
            answers.setdefault(document.original_number, []).append(document)
    return [
        DocumentState(
            document=document,
            credited_by=tuple(credit.number for credit in answers.get(document.number, ())),
            credited_pence=sum(credit.gross_pence for credit in answers.get(document.number, ())),
            batch_id=batches.get(document.number),
        )
        for document in documents
        if (school_id is None or schools[document.number] == school_id)
        and (since_on is None or document.document_on >= since_on)
    ]

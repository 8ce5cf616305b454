"""Checks of documents: each is what its hashes say, and what is printed is what is in its lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import zip_longest

from eb_sync.model.documents import Document, DocumentLine
from eb_sync.store.documents import digest_content
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS
from eb_sync.store.verify.documents import StoredDocument, read_stored_documents
from eb_sync.verify.findings import Audited, Proof, Violation


def check_documents(audited: Audited) -> Proof:
    """Pages, contents and lines of all documents agree with each other and with their hashes."""
    looked_at = 0
    findings: list[Violation] = []
    for stored in read_stored_documents(audited.connection, audited.hub_id):
        looked_at += 1 + len(stored.lines)
        findings += _check_hashes(stored)
        findings += _check_content(stored)
    return Proof(looked_at, tuple(findings))


def _check_hashes(stored: StoredDocument) -> Iterator[Violation]:
    if hashlib.sha256(stored.pdf).hexdigest() != stored.row["pdf_sha256"]:
        yield Violation(DOCUMENTS.name, stored.number, "has a page that is not the one issued (pdf_sha256)")
    if digest_content(stored.row, stored.lines) != stored.content_sha256:
        what = "has content or lines that are not those issued (content_sha256)"
        yield Violation(DOCUMENTS.name, stored.number, what)


def _check_content(stored: StoredDocument) -> Iterator[Violation]:
    try:
        document = stored.parse_content()
    except ValueError:
        yield Violation(DOCUMENTS.name, stored.number, "has a content that cannot be read")
        return
    for column, printed in _printed(document).items():
        if stored.row[column] != printed:
            yield Violation(DOCUMENTS.name, stored.number, f"prints another {column} than it has")
    for position, (printed_line, row) in enumerate(zip_longest(document.lines, stored.lines), 1):
        what = _disagreement(position, printed_line, row)
        if what is not None:
            yield Violation(DOCUMENT_LINES.name, f"{stored.number}/{position}", what)
    if document.gross_pence != sum(line["gross_pence"] for line in stored.lines):
        yield Violation(DOCUMENTS.name, stored.number, "prints another total than its lines have")


def _printed(document: Document) -> dict[str, object]:
    return {
        "number": document.number,
        "kind": document.kind.value,
        "document_on": document.document_on,
        "workshop_id": document.workshop.id,
        "original_number": document.original_number,
    }


def _disagreement(position: int, printed: DocumentLine | None, row: object) -> str | None:
    """What is wrong with a line; None if it is as printed."""
    if printed is None:
        return "is not printed"
    if row is None:
        return "is printed, but missing"
    if not isinstance(row, dict):
        raise TypeError("a line is a mapping")
    said = (printed.line_number, printed.booking_id, printed.gross_pence, printed.original_line_number)
    has = (row["line_number"], row["booking_id"], row["gross_pence"], row["original_line_number"])
    if said != has or printed.line_number != position:
        return "is not as printed: line number, booking, amount or line credited"
    if printed.net_pence + printed.vat_pence != printed.gross_pence:
        return "prints net and VAT that are not its gross amount"
    return None

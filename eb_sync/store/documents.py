"""Issued documents: inserted once, never changed, never deleted."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from eb_sync.errors import TryAgainError
from eb_sync.model.documents import Document, DocumentKind
from eb_sync.store.chunks import chunked
from eb_sync.store.series import CREDIT_NOTE, INVOICE, newest_fact_id, take_numbers
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS, OPEN_LINES
from policies.decisions import Decision


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """One place on a document, with what was decided when it was issued."""

    number: str
    line_number: int
    kind: DocumentKind
    workshop_id: str
    booking_id: str
    gross_pence: int
    """Negative on a credit note."""
    school_id: str
    original_number: str | None
    original_line_number: int | None
    policy_digest: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document as issued, with its page."""

    document: Document
    school_id: str
    issued_at: datetime
    issued_by: str
    pdf: bytes
    decisions: tuple[Decision, ...]
    """One for each line, as it was when the line was issued."""
    policy_digests: tuple[str, ...]
    """The policy text by which each line was decided."""


def take_document_number(connection: sa.Connection, hub_id: int, kind: DocumentKind) -> str:
    """The next number of a kind's series, without gaps."""
    if kind is DocumentKind.INVOICE:
        return f"INV-{take_numbers(connection, hub_id, INVOICE)[0]:06d}"
    return f"CN-{take_numbers(connection, hub_id, CREDIT_NOTE)[0]:06d}"


def record_document(connection: sa.Connection, hub_id: int, issued: IssuedDocument) -> None:
    """Insert a document with its lines; an invoice line becomes its place's open line, a credit line closes one.

    A second open line for a place is refused by the database.

    Raises:
        TryAgainError: a line to be credited is not open.
    """
    document = issued.document
    row = {
        "number": document.number,
        "kind": document.kind.value,
        "issued_at": issued.issued_at,
        "issued_by": issued.issued_by,
        "document_on": document.document_on,
        "school_id": issued.school_id,
        "workshop_id": document.workshop.id,
        "original_number": document.original_number,
        "content": _documents().dump_python(document, mode="json"),
        "pdf_sha256": hashlib.sha256(issued.pdf).hexdigest(),
        "last_fact_id": newest_fact_id(connection, hub_id),
    }
    lines = [
        {
            "workshop_id": document.workshop.id,
            "booking_id": line.booking_id,
            "number": document.number,
            "line_number": line.line_number,
            "gross_pence": line.gross_pence,
            "original_line_number": line.original_line_number,
            "policy_digest": digest,
            "decision": _decisions().dump_python(decision, mode="json"),
        }
        for line, decision, digest in zip(document.lines, issued.decisions, issued.policy_digests, strict=True)
    ]
    kept = {"hub_id": hub_id, "pdf": issued.pdf, "content_sha256": digest_content(row, lines)}
    connection.execute(DOCUMENTS.insert(), {**row, **kept})
    for line in lines:
        connection.execute(DOCUMENT_LINES.insert(), {"hub_id": hub_id, **line})
        place = {"hub_id": hub_id, "workshop_id": line["workshop_id"], "booking_id": line["booking_id"]}
        if document.kind is DocumentKind.INVOICE:
            opened = {"number": document.number, "line_number": line["line_number"]}
            connection.execute(OPEN_LINES.insert(), {**place, **opened})
        else:
            _close_line(connection, {**place, "number": document.original_number}, line["original_line_number"])


def _close_line(connection: sa.Connection, place: Mapping[str, Any], line_number: int) -> None:
    credited = {**place, "line_number": line_number}
    where = [OPEN_LINES.c[name] == value for name, value in credited.items()]
    if connection.execute(OPEN_LINES.delete().where(*where)).rowcount != 1:
        raise TryAgainError(f"{place['number']} was credited meanwhile: nothing was issued. Run the command again.")


def digest_content(document: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> str:
    """The hash of a document's columns and its lines' columns, by number: all of them but hub, page and this hash."""
    said = {"document": dict(document), "lines": [dict(line) for line in lines]}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), default=_text_of)
    return hashlib.sha256(text.encode()).hexdigest()


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def read_lines(
    connection: sa.Connection, hub_id: int, as_of: datetime | None, workshop_ids: Iterable[str] | None = None
) -> list[IssuedLine]:
    """All lines issued by `as_of` (None: all there are), of these workshops or of all, by number and line."""
    query = _lines(hub_id)
    if as_of is not None:
        query = query.where(DOCUMENTS.c.issued_at <= as_of)
    if workshop_ids is None:
        return [_line(row) for row in connection.execute(query)]
    chunks = chunked(sorted(set(workshop_ids)))
    queries = [query.where(DOCUMENT_LINES.c.workshop_id.in_(chunk)) for chunk in chunks]
    found = [_line(row) for each in queries for row in connection.execute(each)]
    return sorted(found, key=lambda line: (line.number, line.line_number))


def read_open_workshops(connection: sa.Connection, hub_id: int, as_of: datetime | None) -> set[str]:
    """Workshops that had a line issued and not credited by `as_of`; None: that have one."""
    if as_of is None:
        present = sa.select(OPEN_LINES.c.workshop_id).where(OPEN_LINES.c.hub_id == hub_id).distinct()
        return set(connection.scalars(present))
    line = DOCUMENT_LINES
    credited = credited_lines(hub_id, as_of).subquery()
    query = (
        sa.select(line.c.workshop_id)
        .join(DOCUMENTS, (DOCUMENTS.c.hub_id == line.c.hub_id) & (DOCUMENTS.c.number == line.c.number))
        .outerjoin(credited, (credited.c.number == line.c.number) & (credited.c.line_number == line.c.line_number))
        .where(
            line.c.hub_id == hub_id,
            DOCUMENTS.c.kind == DocumentKind.INVOICE.value,
            DOCUMENTS.c.issued_at <= as_of,
            credited.c.number.is_(None),
        )
    )
    return set(connection.scalars(query.distinct()))


def credited_lines(hub_id: int, as_of: datetime | None = None) -> sa.Select[tuple[str, int]]:
    """Number and line of every invoice line that a credit note answers (by `as_of`, if one is given)."""
    credit, answer = DOCUMENTS.alias(), DOCUMENT_LINES.alias()
    query = (
        sa.select(credit.c.original_number.label("number"), answer.c.original_line_number.label("line_number"))
        .join(answer, (answer.c.hub_id == credit.c.hub_id) & (answer.c.number == credit.c.number))
        .where(credit.c.hub_id == hub_id, credit.c.kind == DocumentKind.CREDIT_NOTE.value)
    )
    return query if as_of is None else query.where(credit.c.issued_at <= as_of)


def read_document_lines(connection: sa.Connection, hub_id: int, number: str) -> list[IssuedLine]:
    """The lines of one document; none if there is no such document."""
    return [_line(row) for row in connection.execute(_lines(hub_id).where(DOCUMENT_LINES.c.number == number))]


def read_lines_of(connection: sa.Connection, hub_id: int, numbers: Iterable[str]) -> list[IssuedLine]:
    """The lines of these documents, by number and line; a decision that cannot be read raises ValueError."""
    wanted = (_lines(hub_id).where(DOCUMENT_LINES.c.number.in_(chunk)) for chunk in chunked(sorted(set(numbers))))
    return [_line(row) for query in wanted for row in connection.execute(query)]


def read_reaches(connection: sa.Connection, hub_id: int) -> dict[str, int]:
    """Up to which fact each document knew, by number."""
    query = sa.select(DOCUMENTS.c.number, DOCUMENTS.c.last_fact_id).where(DOCUMENTS.c.hub_id == hub_id)
    return {row.number: row.last_fact_id for row in connection.execute(query)}


def _lines(hub_id: int) -> sa.Select[Any]:
    return (
        sa.select(DOCUMENT_LINES, DOCUMENTS.c.kind, DOCUMENTS.c.school_id, DOCUMENTS.c.original_number)
        .join(
            DOCUMENTS, (DOCUMENTS.c.hub_id == DOCUMENT_LINES.c.hub_id) & (DOCUMENTS.c.number == DOCUMENT_LINES.c.number)
        )
        .where(DOCUMENT_LINES.c.hub_id == hub_id)
        .order_by(DOCUMENT_LINES.c.number, DOCUMENT_LINES.c.line_number)
    )


def _line(row: sa.Row[Any]) -> IssuedLine:
    return IssuedLine(
        row.number,
        row.line_number,
        DocumentKind(row.kind),
        row.workshop_id,
        row.booking_id,
        row.gross_pence,
        row.school_id,
        row.original_number,
        row.original_line_number,
        row.policy_digest,
        _decisions().validate_python(row.decision),
    )


def open_lines(lines: Sequence[IssuedLine]) -> dict[tuple[str, str], IssuedLine]:
    """The invoice lines that no credit note answers, by workshop and booking."""
    credited = {
        (line.original_number, line.original_line_number) for line in lines if line.kind is DocumentKind.CREDIT_NOTE
    }
    return {
        (line.workshop_id, line.booking_id): line
        for line in lines
        if line.kind is DocumentKind.INVOICE and (line.number, line.line_number) not in credited
    }


def read_documents(
    connection: sa.Connection, hub_id: int, numbers: Iterable[str] | None = None, since_on: date | None = None
) -> list[Document]:
    """Documents (of these numbers, or all; from a date on), in the order of issue."""
    keys = (DOCUMENTS.c.issued_at, DOCUMENTS.c.kind, DOCUMENTS.c.number)
    query = sa.select(*keys, DOCUMENTS.c.content).where(DOCUMENTS.c.hub_id == hub_id)
    if since_on is not None:
        query = query.where(DOCUMENTS.c.document_on >= since_on)
    queries = [query]
    if numbers is not None:
        queries = [query.where(DOCUMENTS.c.number.in_(chunk)) for chunk in chunked(sorted(set(numbers)))]
    rows = [row for each in queries for row in connection.execute(each)]
    rows.sort(key=lambda row: (row.issued_at, row.kind, row.number))
    return [_documents().validate_python(row.content) for row in rows]


def read_school_ids(connection: sa.Connection, hub_id: int) -> dict[str, str]:
    """The school of every document, by number."""
    query = sa.select(DOCUMENTS.c.number, DOCUMENTS.c.school_id).where(DOCUMENTS.c.hub_id == hub_id)
    return {row.number: row.school_id for row in connection.execute(query)}


def read_numbers(connection: sa.Connection, hub_id: int) -> list[str]:
    """All document numbers, in the order of issue."""
    query = sa.select(DOCUMENTS.c.number).where(DOCUMENTS.c.hub_id == hub_id)
    return list(connection.scalars(query.order_by(DOCUMENTS.c.issued_at, DOCUMENTS.c.kind, DOCUMENTS.c.number)))


def count_documents_until(connection: sa.Connection, hub_id: int, on: date) -> int:
    """How many documents are dated up to this day."""
    query = sa.select(sa.func.count()).select_from(DOCUMENTS)
    return connection.scalar(query.where(DOCUMENTS.c.hub_id == hub_id, DOCUMENTS.c.document_on <= on)) or 0


def read_pdf(connection: sa.Connection, hub_id: int, number: str) -> bytes:
    """The page as issued; LookupError if there is no such document."""
    where = (DOCUMENTS.c.hub_id == hub_id) & (DOCUMENTS.c.number == number)
    pdf: bytes | None = connection.scalar(sa.select(DOCUMENTS.c.pdf).where(where))
    if pdf is None:
        raise LookupError(number)
    return pdf


@functools.cache
def _documents() -> TypeAdapter[Document]:
    return TypeAdapter(Document)


@functools.cache
def _decisions() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)

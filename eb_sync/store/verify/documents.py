"""For `verify`: documents with their lines, a few at a time."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from eb_sync.model.documents import Document
from eb_sync.store.chunks import chunked
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS

_DOCUMENTS_AT_ONCE = 100  # with their pages, some 40 kB each
_UNHASHED = ("hub_id", "pdf", "content_sha256")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as it lies in the database, not yet understood."""

    row: Mapping[str, Any]
    """The columns that its hash is of."""
    lines: Sequence[Mapping[str, Any]]
    """The lines' columns that its hash is of, by line number."""
    pdf: bytes
    content_sha256: str

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.row["number"])

    def parse_content(self) -> Document:
        """The document as printed; ValueError if it is not one."""
        return _documents().validate_python(self.row["content"])


@dataclass(frozen=True, slots=True)
class IssuedGroup:
    """Documents of one workshop that were issued with the same knowledge at the same instant."""

    last_fact_id: int
    issued_at: datetime
    workshop_id: str
    numbers: tuple[str, ...]


def read_stored_documents(connection: sa.Connection, hub_id: int) -> Iterator[StoredDocument]:
    """All documents, by number; only a few are held at a time."""
    last = ""
    while True:
        query = sa.select(DOCUMENTS).where(DOCUMENTS.c.hub_id == hub_id, DOCUMENTS.c.number > last)
        rows = connection.execute(query.order_by(DOCUMENTS.c.number).limit(_DOCUMENTS_AT_ONCE)).mappings().all()
        if not rows:
            return
        lines = _read_raw_lines(connection, hub_id, [row["number"] for row in rows])
        for row in rows:
            hashed = {name: value for name, value in row.items() if name not in _UNHASHED}
            yield StoredDocument(hashed, lines.get(row["number"], []), row["pdf"], row["content_sha256"])
        last = rows[-1]["number"]


def _read_raw_lines(
    connection: sa.Connection, hub_id: int, numbers: Sequence[str]
) -> dict[str, list[Mapping[str, Any]]]:
    table = DOCUMENT_LINES
    columns = [column for column in table.c if column.name != "hub_id"]
    query = sa.select(*columns).where(table.c.hub_id == hub_id, table.c.number.in_(numbers))
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(query.order_by(table.c.number, table.c.line_number)).mappings():
        lines.setdefault(row["number"], []).append(dict(row))
    return lines


def read_issued_groups(connection: sa.Connection, hub_id: int) -> Iterator[IssuedGroup]:
    """All documents by what was known when they were issued, together where that and the workshop agree."""
    table = DOCUMENTS
    keys = (table.c.last_fact_id, table.c.issued_at, table.c.workshop_id)
    query = sa.select(*keys, table.c.number).where(table.c.hub_id == hub_id).order_by(*keys, table.c.number)
    key: tuple[int, datetime, str] | None = None
    numbers: list[str] = []
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        found = (row.last_fact_id, row.issued_at, row.workshop_id)
        if key is not None and found != key:
            yield IssuedGroup(*key, tuple(numbers))
            numbers = []
        key = found
        numbers.append(row.number)
    if key is not None:
        yield IssuedGroup(*key, tuple(numbers))


def read_credit_reasons(connection: sa.Connection, hub_id: int, numbers: Iterable[str]) -> dict[tuple[str, int], str]:
    """Why each line of these credit notes was issued, as printed, by number and line."""
    reasons = {}
    for chunk in chunked(sorted(set(numbers))):
        query = sa.select(DOCUMENTS.c.content).where(DOCUMENTS.c.hub_id == hub_id, DOCUMENTS.c.number.in_(chunk))
        for content in connection.scalars(query):
            document = _documents().validate_python(content)
            reasons.update({(document.number, line.line_number): line.reason for line in document.lines})
    return reasons


@functools.cache
def _documents() -> TypeAdapter[Document]:
    return TypeAdapter(Document)

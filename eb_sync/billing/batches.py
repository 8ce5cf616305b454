"""Charge lists for finance: documents in no batch yet become one; the same batch gives the same bytes again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.documents import Document
from eb_sync.store.documents import (
    Batch,
    read_batch,
    read_documents,
    read_unbatched,
    record_batch,
    take_batch_number,
)

RenderChargeList = Callable[[str, Sequence[Document]], bytes]
"""From a batch's id (empty for a list that is none) and documents to the bytes of a charge list."""


@dataclass(frozen=True, slots=True)
class ChargeList:
    """A charge list with its control totals."""

    batch_id: str
    """Empty for a list that is no batch."""
    content: bytes
    rows: int
    total_pence: int


def make_batch(
    connection: sa.Connection, hub_id: int, now: datetime, created_by: str, render: RenderChargeList
) -> ChargeList:
    """Put every document that is in no batch yet into a new one; nothing new makes an empty list and no batch."""
    numbers = read_unbatched(connection, hub_id)
    if not numbers:
        return _charge_list("", [], render)
    documents = read_documents(connection, hub_id, numbers)
    batch_number = take_batch_number(connection, hub_id)
    made = _charge_list(format_batch_id(batch_number), documents, render)
    digest = hashlib.sha256(made.content).hexdigest()
    batch = Batch(batch_number, now, created_by, made.rows, made.total_pence, digest)
    record_batch(connection, hub_id, batch, numbers)
    return made


def repeat_batch(connection: sa.Connection, hub_id: int, batch_id: str, render: RenderChargeList) -> ChargeList:
    """The same batch again.

    Raises:
        UsageError: there is no such batch.
    """
    digits = re.fullmatch(r"(?:CL-)?0*([0-9]{1,9})", batch_id.strip(), re.IGNORECASE)
    found = read_batch(connection, hub_id, int(digits[1])) if digits else None
    if found is None:
        raise UsageError(f"There is no batch {batch_id}.")
    batch, numbers = found
    return _charge_list(format_batch_id(batch.id), read_documents(connection, hub_id, numbers), render)


def list_since(connection: sa.Connection, hub_id: int, since_on: date, render: RenderChargeList) -> ChargeList:
    """All documents dated from a day on; makes no batch."""
    return _charge_list("", read_documents(connection, hub_id, since_on=since_on), render)


def format_batch_id(number: int) -> str:
    """A batch's id as printed."""
    return f"CL-{number:06d}"


def _charge_list(batch_id: str, documents: Sequence[Document], render: RenderChargeList) -> ChargeList:
    return ChargeList(
        batch_id=batch_id,
        content=render(batch_id, documents),
        rows=sum(len(document.lines) for document in documents),
        total_pence=sum(document.gross_pence for document in documents),
    )

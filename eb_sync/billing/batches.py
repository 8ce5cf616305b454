"""Charge lists for finance: documents in no batch yet become one; the same batch gives the same bytes again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.export import NATIVE, ColumnMap, load_column_map, render_charge_list
from eb_sync.model.documents import Document
from eb_sync.store.batches import (
    Batch,
    read_batch,
    read_reversed_before,
    read_unbatched,
    record_batch,
    reverse_batch,
    take_batch_number,
)
from eb_sync.store.documents import read_documents


@dataclass(frozen=True, slots=True)
class ListFormat:
    """How a charge list is written."""

    name: str
    column_map: ColumnMap


@dataclass(frozen=True, slots=True)
class ChargeList:
    """A charge list with its control totals."""

    batch_id: str
    """Empty for a list that is no batch."""
    files: tuple[bytes, ...]
    rows: int
    """Of all its documents, those that the format leaves out among them."""
    total_pence: int
    left_out: tuple[str, ...] = ()
    """Numbers of documents that the format leaves out."""
    rows_in_files: int = 0
    total_in_files: int = 0
    """In pence, of the documents that are not left out."""
    replaced: tuple[str, ...] = ()
    """Characters that the format's encoding lacks."""
    reversed_at: datetime | None = None
    """When the batch was reversed."""
    in_batches_before: Mapping[str, int] | None = None
    """Documents of a new batch that a reversed one held, with that batch."""

    @property
    def sha256(self) -> str:
        """Of the files, one after the other."""
        return hashlib.sha256(b"".join(self.files)).hexdigest()


def make_batch(
    connection: sa.Connection, hub_id: int, now: datetime, created_by: str, written: ListFormat
) -> ChargeList:
    """Put every document that is in no batch yet into a new one; nothing new makes an empty list and no batch.

    Raises:
        SettingsError: the column map lacks a code that the documents need; no batch is made.
    """
    numbers = read_unbatched(connection, hub_id)
    if not numbers:
        return _charge_list("", [], written.column_map)
    documents = read_documents(connection, hub_id, numbers)
    before = read_reversed_before(connection, hub_id, numbers)
    batch_number = take_batch_number(connection, hub_id)
    made = _charge_list(format_batch_id(batch_number), documents, written.column_map, in_batches_before=before)
    is_native = written.name == NATIVE
    batch = Batch(
        id=batch_number,
        created_at=now,
        created_by=created_by,
        rows=made.rows,
        total_pence=made.total_pence,
        sha256=made.sha256,
        format=None if is_native else written.name,
        column_map=None if is_native else written.column_map.model_dump(mode="json"),
    )
    record_batch(connection, hub_id, batch, numbers)
    return made


def repeat_batch(
    connection: sa.Connection, hub_id: int, batch_id: str, written: ListFormat | None = None
) -> ChargeList:
    """The same batch again: the same bytes, or those of another format.

    Raises:
        UsageError: there is no such batch.
    """
    batch, numbers = _find(connection, hub_id, batch_id)
    column_map = own_column_map(batch) if written is None else written.column_map
    documents = read_documents(connection, hub_id, numbers)
    return _charge_list(format_batch_id(batch.id), documents, column_map, reversed_at=batch.reversed_at)


def undo_batch(connection: sa.Connection, hub_id: int, batch_id: str, now: datetime, by: str) -> tuple[str, int]:
    """Reverse a batch: its documents are in none again; gives its id and how many they are, 0 if it was done before.

    Raises:
        UsageError: there is no such batch.
    """
    batch, numbers = _find(connection, hub_id, batch_id)
    if batch.reversed_at is not None:
        return format_batch_id(batch.id), 0
    reverse_batch(connection, hub_id, batch.id, numbers, now, by)
    return format_batch_id(batch.id), len(numbers)


def list_since(connection: sa.Connection, hub_id: int, since_on: date, written: ListFormat) -> ChargeList:
    """All documents dated from a day on; makes no batch."""
    return _charge_list("", read_documents(connection, hub_id, since_on=since_on), written.column_map)


def own_column_map(batch: Batch) -> ColumnMap:
    """The column map by which a batch was written."""
    return load_column_map(NATIVE) if batch.column_map is None else ColumnMap.model_validate(batch.column_map)


def format_batch_id(number: int) -> str:
    """A batch's id as printed."""
    return f"CL-{number:06d}"


def _find(connection: sa.Connection, hub_id: int, batch_id: str) -> tuple[Batch, list[str]]:
    digits = re.fullmatch(r"(?:CL-)?0*([0-9]{1,9})", batch_id.strip(), re.IGNORECASE)
    found = read_batch(connection, hub_id, int(digits[1])) if digits else None
    if found is None:
        raise UsageError(f"There is no batch {batch_id}.")
    return found


def _charge_list(
    batch_id: str,
    documents: Sequence[Document],
    column_map: ColumnMap,
    *,
    reversed_at: datetime | None = None,
    in_batches_before: Mapping[str, int] | None = None,
) -> ChargeList:
    rendered = render_charge_list(batch_id, documents, column_map)
    kept = [document for document in documents if document.number not in rendered.left_out]
    return ChargeList(
        batch_id=batch_id,
        files=rendered.files,
        rows=sum(len(document.lines) for document in documents),
        total_pence=sum(document.gross_pence for document in documents),
        left_out=rendered.left_out,
        rows_in_files=sum(len(document.lines) for document in kept),
        total_in_files=sum(document.gross_pence for document in kept),
        replaced=rendered.replaced,
        reversed_at=reversed_at,
        in_batches_before=in_batches_before,
    )

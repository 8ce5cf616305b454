"""Charge lists for finance: documents in no batch yet become one; the same batch gives the same bytes again."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import sqlalchemy as sa

from eb_sync.billing.batch_totals import BatchTotals, sum_documents
from eb_sync.billing.customers import Billed, Customers, UsedName, check_buyers, customer_key, name_customers
from eb_sync.errors import SettingsError, UsageError
from eb_sync.export import NATIVE, ColumnMap, customer_code, customer_name, load_column_map, render_charge_list
from eb_sync.model.documents import Document
from eb_sync.schools.book import SchoolBook
from eb_sync.store.batches import (
    Batch,
    read_batch,
    read_batched,
    read_batches,
    read_reversed_before,
    read_unbatched,
    record_batch,
    reverse_batch,
    take_batch_number,
)
from eb_sync.store.documents import read_documents, read_school_ids


@dataclass(frozen=True, slots=True)
class ListFormat:
    """How a charge list is written."""

    name: str
    column_map: ColumnMap
    schools: SchoolBook
    """Which numbers are one school, for payers of one name."""


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
    told_apart: Mapping[str, str] | None = None
    """Payers' names of ebsync's making, because another payer is called the same, by document number."""
    totals: BatchTotals = field(default_factory=BatchTotals)
    """Of all its documents."""
    texts: tuple[bytes, ...] = ()
    """The files as text."""
    file_type: str = "csv"
    account_codes: tuple[str, ...] = ()
    tax_codes: tuple[str, ...] = ()
    """The codes that stand in the files."""
    prices_include_vat: bool = False
    """Whether the other program must not add VAT to the amounts."""
    shared: Mapping[str, Sequence[str]] | None = None
    """Customers of the other program that stand for several schools, each with those schools."""

    @property
    def sha256(self) -> str:
        """Of the files as text, one after the other."""
        return hashlib.sha256(b"".join(self.texts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Reversal:
    """A batch whose documents are in none again."""

    batch_id: str
    totals: BatchTotals
    """Of the documents that it held."""
    was_done_before: bool


@dataclass(frozen=True, slots=True)
class _Called:
    """A column map with what the payers are called in it, and what finance has to be told about that."""

    column_map: ColumnMap
    told_apart: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)


def make_batch(
    connection: sa.Connection, hub_id: int, now: datetime, created_by: str, written: ListFormat
) -> ChargeList:
    """Put every document that is in no batch yet into a new one; nothing new makes an empty list and no batch.

    Raises:
        SettingsError: the column map lacks a code that the documents need, or two payers would be one customer; no
            batch is made.
    """
    numbers = read_unbatched(connection, hub_id)
    if not numbers:
        return _charge_list("", [], _Called(written.column_map))
    called = _with_customers(connection, hub_id, numbers, written)
    documents = read_documents(connection, hub_id, numbers)
    before = read_reversed_before(connection, hub_id, numbers)
    batch_number = take_batch_number(connection, hub_id)
    batch_id = format_batch_id(batch_number)
    made = replace(_charge_list(batch_id, documents, called), in_batches_before=before)
    is_native = written.name == NATIVE
    batch = Batch(
        id=batch_number,
        created_at=now,
        created_by=created_by,
        rows=made.rows,
        total_pence=made.total_pence,
        sha256=made.sha256,
        format=None if is_native else written.name,
        column_map=None if is_native else called.column_map.model_dump(mode="json"),
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
    documents = read_documents(connection, hub_id, numbers)
    if written is None:
        called = _as_called(own_column_map(batch), documents)
    else:
        called = _with_customers(connection, hub_id, numbers, written)
    return replace(_charge_list(format_batch_id(batch.id), documents, called), reversed_at=batch.reversed_at)


def _as_called(column_map: ColumnMap, documents: Iterable[Document]) -> _Called:
    """What finance was told about payers' names when the batch was made."""
    if "customer" not in column_map.used:
        return _Called(column_map)
    named = {each.number: customer_name(each, column_map) for each in documents}
    own = {each.number: each.bill_to.name for each in documents}
    codes = column_map.customer_codes
    return _Called(column_map, {n: name for n, name in named.items() if n not in codes and name != own[n]})


def undo_batch(connection: sa.Connection, hub_id: int, batch_id: str, now: datetime, by: str) -> Reversal:
    """Reverse a batch: its documents are in none again.

    Raises:
        UsageError: there is no such batch.
    """
    batch, numbers = _find(connection, hub_id, batch_id)
    was_done = batch.reversed_at is not None
    if not was_done:
        reverse_batch(connection, hub_id, batch.id, numbers, now, by)
    return Reversal(format_batch_id(batch.id), sum_documents(read_documents(connection, hub_id, numbers)), was_done)


def read_totals(connection: sa.Connection, hub_id: int) -> list[tuple[Batch, BatchTotals]]:
    """All batches, oldest first, with what their documents come to; of a reversed one, what it held."""
    documents = {document.number: document for document in read_documents(connection, hub_id)}
    held: dict[int, list[Document]] = defaultdict(list)
    for batch_number, number in read_batched(connection, hub_id):
        held[batch_number].append(documents[number])
    return [(batch, sum_documents(held[batch.id])) for batch in read_batches(connection, hub_id)]


def list_since(connection: sa.Connection, hub_id: int, since_on: date, written: ListFormat) -> ChargeList:
    """All documents dated from a day on; makes no batch."""
    documents = read_documents(connection, hub_id, since_on=since_on)
    numbers = [document.number for document in documents]
    return _charge_list("", documents, _with_customers(connection, hub_id, numbers, written))


def _with_customers(connection: sa.Connection, hub_id: int, numbers: Sequence[str], written: ListFormat) -> _Called:
    """The map with what the payers of these documents are called in it."""
    column_map = written.column_map
    if not numbers or not (column_map.knows_customers or column_map.knows_names_alone):
        return _Called(column_map)
    found = _find_customers(connection, hub_id, numbers, written)
    if column_map.knows_names_alone:
        _check_names(found, numbers, column_map)
        return _Called(column_map)
    kept = {"customers": _of(found.names, numbers), "customer_codes": _of(found.codes, numbers)}
    named = column_map.model_copy(update=kept)
    return _Called(named, _of(found.told_apart, numbers) if "customer" in column_map.used else {}, found.shared)


def _of(names: Mapping[str, str], numbers: Sequence[str]) -> dict[str, str]:
    return {number: names[number] for number in numbers if number in names}


def _check_names(found: Customers, numbers: Sequence[str], column_map: ColumnMap) -> None:
    """Refuse a list that names two payers alike and has nothing to tell them apart."""
    alike = sorted({found.told_apart[number] for number in numbers if number in found.told_apart})
    if alike:
        raise SettingsError(
            f"{column_map.title}: this column map knows payers by their names alone, and several have the name of "
            f"“{'”, “'.join(alike)}”. Nothing was exported. Use the field customer in place of bill_to or school."
        )


def _find_customers(connection: sa.Connection, hub_id: int, numbers: Sequence[str], written: ListFormat) -> Customers:
    documents = read_documents(connection, hub_id)
    batched = read_batched(connection, hub_id)
    billed = _read_billed(connection, hub_id, documents, batched)
    used = _read_used(connection, hub_id, {document.number: document for document in documents}, batched)
    codes = written.column_map.codes.get("customer", {})
    return name_customers(billed, numbers, codes, written.schools.register.are_one, used)


def check_addresses(
    connection: sa.Connection, hub_id: int, numbers: Sequence[str], buyers: Collection[str], book: SchoolBook
) -> None:
    """Refuse e-invoices that the settings would address by the name of several payers.

    Raises:
        SettingsError: as `check_buyers`.
    """
    if buyers:
        documents = read_documents(connection, hub_id)
        check_buyers(_read_billed(connection, hub_id, documents, ()), numbers, buyers, book.register.are_one)


def _read_billed(
    connection: sa.Connection, hub_id: int, documents: Sequence[Document], batched: Sequence[tuple[int, str]]
) -> list[Billed]:
    # batches ascend, so that the first one stays when they are read backwards
    first = {number: batch_id for batch_id, number in reversed(batched)}
    school_ids = read_school_ids(connection, hub_id)
    return [Billed(each, school_ids[each.number], first.get(each.number)) for each in documents]


def _read_used(
    connection: sa.Connection, hub_id: int, documents: Mapping[str, Document], batched: Sequence[tuple[int, str]]
) -> list[UsedName]:
    """What payers were called in lists that finance was given, by the maps as they were."""
    maps = {batch.id: own_column_map(batch) for batch in read_batches(connection, hub_id) if batch.column_map}
    found = []
    for batch_id, number in batched:
        if batch_id not in maps:
            continue
        column_map, document = maps[batch_id], documents[number]
        called = customer_code(document, column_map) if "customer_code" in column_map.used else None
        if called is None and (column_map.knows_customers or column_map.knows_names_alone):
            called = customer_name(document, column_map)
        if called is not None:
            found.append(UsedName(customer_key(called), number, batch_id))
    return found


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


def _charge_list(batch_id: str, documents: Sequence[Document], called: _Called) -> ChargeList:
    rendered = render_charge_list(batch_id, documents, called.column_map)
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
        told_apart=called.told_apart,
        totals=sum_documents(documents),
        texts=rendered.texts,
        file_type=called.column_map.file_type,
        account_codes=rendered.account_codes,
        tax_codes=rendered.tax_codes,
        prices_include_vat=called.column_map.prices_include_vat,
        shared=called.shared,
    )

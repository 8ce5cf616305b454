"""The charge list for finance: a row for each document line, in the columns that a map asks for (DESIGN section 6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from eb_sync.errors import SettingsError
from eb_sync.export.cells import neutralise
from eb_sync.export.charge_workbook import Cell, render_charge_workbook
from eb_sync.export.column_maps import UNCUTTABLE, Column, ColumnMap
from eb_sync.export.formats import format_decimal, local_date
from eb_sync.model.documents import Document, DocumentKind, DocumentLine
from eb_sync.model.reason_words import reason_heading

_NAMED = 5
"""Documents in a message."""


@dataclass(frozen=True, slots=True)
class ChargeFiles:
    """A charge list as files; more than one where the other program takes only so many documents at once."""

    files: tuple[bytes, ...]
    left_out: tuple[str, ...]
    """Numbers of documents that the map leaves out."""
    replaced: tuple[str, ...]
    """Characters that the encoding lacks; a question mark stands for each."""
    texts: tuple[bytes, ...] = ()
    """The files as text: of a spreadsheet the same rows, which no later version of a library packs otherwise."""
    account_codes: tuple[str, ...] = ()
    tax_codes: tuple[str, ...] = ()
    """The codes that stand in it."""


def render_charge_list(batch_id: str, documents: Iterable[Document], column_map: ColumnMap) -> ChargeFiles:
    """One row for each line of each document, in the order given; the same bytes for the same arguments.

    Amounts are in pounds, dates are local; text cells are neutralised, amounts never.

    Args:
        batch_id: empty for a list that makes no batch.
        documents: as issued.
        column_map: which columns, and how.

    Returns:
        At least one file; the header alone if there are no documents.

    Raises:
        SettingsError: the map has no code for something in the documents; names all that is missing.
    """
    given = list(documents)
    kept = [document for document in given if column_map.credits != "left_out" or not _is_credit(document)]
    numbers = {document.number for document in kept}
    _check_codes(kept, column_map)
    parts = list(_split(kept, column_map))
    rendered = [_encode(column_map, _rows(batch_id, part, column_map)) for part in parts]
    texts = tuple(content for content, _ in rendered)
    is_workbook = column_map.file_type == "xlsx"
    return ChargeFiles(
        tuple(_workbook(batch_id, part, column_map) for part in parts) if is_workbook else texts,
        tuple(document.number for document in given if document.number not in numbers),
        tuple(sorted({character for _, lost in rendered for character in lost})),
        texts,
        _codes_used("account_code", kept, column_map),
        _codes_used("tax_code", kept, column_map),
    )


def _rows(batch_id: str, documents: Iterable[Document], column_map: ColumnMap) -> list[list[str]]:
    return [_row(batch_id, document, line, column_map) for document in documents for line in document.lines]


def _workbook(batch_id: str, documents: Iterable[Document], column_map: ColumnMap) -> bytes:
    lines = [(document, line) for document in documents for line in document.lines]
    return render_charge_workbook(column_map, [_cells(batch_id, *each, column_map) for each in lines])


def _cells(batch_id: str, document: Document, line: DocumentLine, column_map: ColumnMap) -> list[Cell]:
    """Amounts in pence and dates as they are; all else as text, which the workbook neutralises."""
    fields = {"batch_id": batch_id, **_fields(document, line, column_map)}
    typed: dict[str, Cell] = {**_days(document), **_pence(line, column_map)}
    known: dict[str, Cell] = {**fields, **typed}
    return [
        (column.text or "").format_map(fields) if column.field is None else known[column.field]
        for column in column_map.columns
    ]


def _codes_used(field: str, documents: Iterable[Document], column_map: ColumnMap) -> tuple[str, ...]:
    if field not in column_map.used:
        return ()
    return tuple(sorted({_FIND_CODE[field](document, column_map) or "" for document in documents} - {""}))


def _is_credit(document: Document) -> bool:
    return document.kind is DocumentKind.CREDIT_NOTE


def _split(documents: Sequence[Document], column_map: ColumnMap) -> Iterator[list[Document]]:
    """As many documents as one file may hold; a document is never parted."""
    most_documents = column_map.documents_per_file or len(documents) + 1
    most_rows = column_map.rows_per_file
    several: list[Document] = []
    for document in documents:
        rows = sum(len(each.lines) for each in (*several, document))
        if several and (len(several) == most_documents or (most_rows is not None and rows > most_rows)):
            yield several
            several = []
        several.append(document)
    yield several


def _encode(column_map: ColumnMap, rows: Iterable[Sequence[str]]) -> tuple[bytes, set[str]]:
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\r\n", delimiter=column_map.delimiter)
    if column_map.header:
        writer.writerow([column.name for column in column_map.columns])
    writer.writerows(rows)
    text = output.getvalue()
    return text.encode(column_map.encoding, errors="replace"), _unencodable(text, column_map.encoding)


def _unencodable(text: str, encoding: str) -> set[str]:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return {character for character in set(text) if not _fits(character, encoding)}
    return set()


def _fits(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _row(batch_id: str, document: Document, line: DocumentLine, column_map: ColumnMap) -> list[str]:
    fields = {"batch_id": batch_id, **_fields(document, line, column_map)}
    return [_cell(column, fields, column_map) for column in column_map.columns]


def _cell(column: Column, fields: Mapping[str, str], column_map: ColumnMap) -> str:
    text = fields[column.field] if column.field is not None else (column.text or "").format_map(fields)
    if column_map.one_line:
        text = " ".join(text.split())
    if column.is_number:
        return text
    if column.limit is not None and len(text) > column.limit and column.field in UNCUTTABLE:
        raise SettingsError(
            f"{column_map.title}: {text} has more than the {column.limit} characters that {column.name} may have, and "
            "cut off it would be another's. Nothing was exported."
        )
    return neutralise(text)[: column.limit]


def _fields(document: Document, line: DocumentLine, column_map: ColumnMap) -> dict[str, str]:
    bill_to = document.bill_to
    address = [*bill_to.address, "", "", "", ""]
    return {
        "row_key": f"{document.number}/{line.line_number}",
        "document_number": document.number,
        "document_kind": document.kind.value,
        "school": document.school_name,
        "school_urn": document.school_urn or "",
        "bill_to": bill_to.name,
        "customer": customer_name(document, column_map),
        "bill_to_email": bill_to.email or "",
        **{f"address_{number}": address[number - 1] for number in (1, 2, 3)},
        "address_4": ", ".join(each for each in address[3:] if each),
        "postcode": bill_to.postcode,
        "po_number": bill_to.po_number or "",
        "workshop_id": document.workshop.id,
        "workshop_title": document.workshop.title,
        "booking_ref": line.booking_id,
        "reason": line.reason,
        "what": reason_heading(line.reason),
        "clause": line.clause,
        "currency": "GBP",
        "vat_treatment": document.vat_treatment.value,
        "original_number": document.original_number or "",
        **_dates(document, column_map),
        **_amounts(line, column_map),
        **_codes(document, column_map),
    }


def _dates(document: Document, column_map: ColumnMap) -> dict[str, str]:
    def written(day: date | None) -> str:
        return "" if day is None else day.strftime(column_map.date_format)

    return {name: written(day) for name, day in _days(document).items()}


def _days(document: Document) -> dict[str, date | None]:
    return {
        "document_date": document.document_on,
        "due_date": document.due_on,
        "pay_by_date": document.due_on or document.document_on,
        "workshop_date": local_date(document.workshop.starts_at, document.workshop.zone),
    }


def _amounts(line: DocumentLine, column_map: ColumnMap) -> dict[str, str]:
    amounts = _pence(line, column_map)
    return {name: format_decimal(pence).replace(".", column_map.decimal) for name, pence in amounts.items()}


def _pence(line: DocumentLine, column_map: ColumnMap) -> dict[str, int]:
    amounts = {"net": line.net_pence, "vat": line.vat_pence, "gross": line.gross_pence}
    if column_map.credits == "positive":
        return {name: abs(pence) for name, pence in amounts.items()}
    return amounts


def _codes(document: Document, column_map: ColumnMap) -> dict[str, str]:
    return {field: find(document, column_map) or "" for field, find in _FIND_CODE.items()}


def _kind_code(document: Document, column_map: ColumnMap) -> str | None:
    return column_map.codes.get("kind", {}).get(document.kind.value)


def _tax_code(document: Document, column_map: ColumnMap) -> str | None:
    return column_map.codes.get("tax", {}).get(document.vat_treatment.value)


def _account_code(document: Document, column_map: ColumnMap) -> str | None:
    codes = column_map.codes.get("account", {})
    return codes.get(document.vat_treatment.value, codes.get("*"))


def customer_name(document: Document, column_map: ColumnMap) -> str:
    """What the payer is called in a list of this map."""
    return column_map.customers.get(document.number, document.bill_to.name)


def customer_code(document: Document, column_map: ColumnMap) -> str | None:
    """The payer's account in a list of this map; None where it has none."""
    if document.number in column_map.customer_codes:
        return column_map.customer_codes[document.number]
    codes, payer = column_map.codes.get("customer", {}), document.bill_to.name
    if payer != document.school_name or document.school_urn is None:
        return codes.get(payer)
    # two schools may have one name, but never one number
    return codes.get(document.school_urn, codes.get(payer, document.school_urn))


_FIND_CODE: Mapping[str, Callable[[Document, ColumnMap], str | None]] = {
    "kind_code": _kind_code,
    "tax_code": _tax_code,
    "account_code": _account_code,
    "customer_code": customer_code,
}


def _check_codes(documents: Iterable[Document], column_map: ColumnMap) -> None:
    used = {field for column in column_map.columns for field in column.fields} & set(_FIND_CODE)
    known = list(documents)
    _check_vat(known, column_map)
    missing = {
        f'codes.{field.removesuffix("_code")} for "{_subject(field, document)}"'
        for document in known
        for field in used
        if not (_FIND_CODE[field](document, column_map) or "").strip()
    }
    if missing:
        raise SettingsError(
            f"{column_map.title}: the column map has no {', no '.join(sorted(missing))}. Nothing was exported. Write a "
            "column map that extends this one with these codes, see `ebsync guide finance`."
        )


def _check_vat(documents: Iterable[Document], column_map: ColumnMap) -> None:
    """Refuse a list in which VAT would be booked as income."""
    used = {field for column in column_map.columns for field in column.fields}
    taxed = [document.number for document in documents if document.vat_pence]
    if taxed and not used & {"vat", "tax_code"}:
        named = ", ".join(taxed[:_NAMED]) + (" and more" if len(taxed) > _NAMED else "")
        raise SettingsError(
            f"{column_map.title}: {named} have VAT, and this format has no place for it. Nothing was exported. "
            "Take one that does, such as quickbooks-tax."
        )


def _subject(field: str, document: Document) -> str:
    if field == "customer_code":
        return document.bill_to.name
    return document.kind.value if field == "kind_code" else document.vat_treatment.value

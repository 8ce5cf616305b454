"""Checks of numbers and times: every series without gaps, nothing recorded before what came before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import sqlalchemy as sa

from eb_sync.model.documents import DocumentKind
from eb_sync.store.series import BATCH, CREDIT_NOTE, FACT, INVOICE, WALK_IN
from eb_sync.store.tables import DOCUMENTS, FACTS, SERIES
from eb_sync.store.verify.numbers import (
    NUMBERED,
    IssuedNumber,
    count_rows,
    read_breaks,
    read_issued_numbers,
    read_last_id,
    read_recording,
    read_series,
    read_setbacks,
    read_walk_in_references,
)
from eb_sync.verify.findings import Audited, Proof, Violation, join


def check_document_numbers(audited: Audited) -> Proof:
    """Invoices, credit notes and batches are numbered from 1 without gaps, and each series says so."""
    taken = read_series(audited.connection, audited.hub_id)
    issued = read_issued_numbers(audited.connection, audited.hub_id)
    findings: list[Violation] = []
    for kind, series, prefix in (
        (DocumentKind.INVOICE, INVOICE, "INV"),
        (DocumentKind.CREDIT_NOTE, CREDIT_NOTE, "CN"),
    ):
        numbers = {one.number for one in issued if one.kind == kind.value}
        expected = [f"{prefix}-{number:06d}" for number in range(1, taken.get(series, 0) + 1)]
        findings += [Violation(DOCUMENTS.name, number, "is missing") for number in expected if number not in numbers]
        odd = sorted(numbers - set(expected))
        findings += [Violation(DOCUMENTS.name, number, f"is not a number that {series} gave") for number in odd]
    odd = [one.number for one in issued if one.kind not in set(DocumentKind)]
    findings += [Violation(DOCUMENTS.name, number, "is neither invoice nor credit note") for number in odd]
    return join([Proof(len(issued), tuple(findings)), _check_ids(audited, BATCH, taken.get(BATCH, 0))])


def check_fact_ids(audited: Audited) -> Proof:
    """Facts of all kinds together hold the ids from 1 to the last one taken, each once."""
    return _check_ids(audited, FACT, read_series(audited.connection, audited.hub_id).get(FACT, 0))


def check_other_ids(audited: Audited) -> Proof:
    """Persons, profiles, typed schools and roles, runs and walk-ins: ids from 1 to the last one taken, each once."""
    taken = read_series(audited.connection, audited.hub_id)
    others = [series for series in NUMBERED if series not in (FACT, BATCH)]
    return join(
        [
            *(_check_ids(audited, series, taken.get(series, 0)) for series in others),
            _check_walk_ins(audited, taken.get(WALK_IN, 0)),
        ]
    )


def _check_ids(audited: Audited, series: str, last: int) -> Proof:
    connection, hub_id, tables = audited.connection, audited.hub_id, NUMBERED[series]
    findings = []
    for found in read_breaks(connection, hub_id, tables):
        if found.id == found.before:
            what = f"has an id that another row of series {series} has, too"
        elif found.id < 1:
            what = "has an id that no series gives"
        else:
            what = f"follows {found.before}: {_missing(found.before + 1, found.id - 1)} of series {series} missing"
        findings.append(Violation(found.table, str(found.id), what))
    newest = read_last_id(connection, hub_id, tables)
    if newest != last:
        what = f"says that {last} was the last id taken, but the last one there is {newest}"
        findings.append(Violation(SERIES.name, series, what))
    return Proof(count_rows(connection, hub_id, tables), tuple(findings))


def _missing(first: int, last: int) -> str:
    return f"{first} is" if first == last else f"{first} to {last} are"


def _check_walk_ins(audited: Audited, last: int) -> Proof:
    recorded = read_walk_in_references(audited.connection, audited.hub_id)
    expected = {f"W{number}" for number in range(1, last + 1)}
    seen: set[str] = set()
    findings = []
    for fact_id, reference in recorded:
        if reference not in expected or reference in seen:
            findings.append(
                Violation(FACTS.name, str(fact_id), f"is a walk-in called {reference}, which is not its own")
            )
        seen.add(reference)
    findings += [
        Violation(FACTS.name, reference, "is a walk-in that is missing") for reference in sorted(expected - seen)
    ]
    return Proof(len(recorded), tuple(findings))


def check_recording_times(audited: Audited) -> Proof:
    """Ids and recording times of facts grow together, and documents are issued in the order of their numbers."""
    connection, hub_id = audited.connection, audited.hub_id
    findings = [
        Violation(found.table, str(found.id), f"was recorded at {found.recorded_at}, before fact {found.before}")
        for found in read_setbacks(connection, hub_id)
    ]
    issued = read_issued_numbers(connection, hub_id)
    findings += _issued_before(issued)
    findings += _issued_too_soon(connection, hub_id, issued)
    return Proof(count_rows(connection, hub_id, NUMBERED[FACT]) + len(issued), tuple(findings))


def _issued_before(issued: Sequence[IssuedNumber]) -> Iterator[Violation]:
    for earlier, later in pairwise(issued):
        backwards = later.issued_at < earlier.issued_at or later.last_fact_id < earlier.last_fact_id
        if earlier.kind == later.kind and backwards:
            yield Violation(DOCUMENTS.name, later.number, f"was issued before {earlier.number}, or knowing less")


def _issued_too_soon(connection: sa.Connection, hub_id: int, issued: Sequence[IssuedNumber]) -> Iterator[Violation]:
    recordings = {one: read_recording(connection, hub_id, one) for one in {doc.last_fact_id for doc in issued}}
    for document in issued:
        recorded_at = recordings[document.last_fact_id]
        if recorded_at is None:
            yield Violation(DOCUMENTS.name, document.number, f"knows fact {document.last_fact_id}, which is missing")
        elif recorded_at > document.issued_at:
            yield Violation(DOCUMENTS.name, document.number, f"knows fact {document.last_fact_id}, recorded after it")

"""Checks of what points at what: no fact about what was never observed, no person, policy or fact that is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from eb_sync.billing.batches import format_batch_id, repeat_batch
from eb_sync.model.facts import DateDeclared, Retracted, facts_of
from eb_sync.store.batches import Batch, read_batches
from eb_sync.store.documents import open_lines, read_lines, read_open_workshops
from eb_sync.store.erasure import read_names_of_erased
from eb_sync.store.facts import read_facts, read_unreadable_facts
from eb_sync.store.series import newest_fact_id
from eb_sync.store.tables import (
    BATCH_DOCUMENTS,
    BATCHES,
    DOCUMENT_LINES,
    FACTS,
    HELD_READS,
    OBSERVATIONS,
    POLICY_TEXTS,
    READS,
    REVERSED_DOCUMENTS,
    SUPPRESSIONS,
)
from eb_sync.store.verify.numbers import count_rows
from eb_sync.store.verify.orphans import (
    BOOKINGS_IN_FACTS,
    DOCUMENT_REFERENCES,
    EVENT_REFERENCES,
    PEOPLE_REFERENCES,
    Orphan,
    Reference,
    read_answers_to_nothing,
    read_facts_without_booking,
    read_facts_without_day,
    read_facts_without_event,
    read_orphans,
    read_policy_texts,
    read_settings_without_policy,
    read_walk_ins_without_person,
)
from eb_sync.verify.findings import Audited, Proof, Violation, join


def check_observed_events(audited: Audited) -> Proof:
    """Bookings, complete reads and held reads are of events that were observed."""
    rows = count_rows(audited.connection, audited.hub_id, (OBSERVATIONS, READS, HELD_READS))
    return Proof(rows, _unresolved(audited, EVENT_REFERENCES))


def check_people(audited: Audited) -> Proof:
    """Whoever booked, and what was typed, is in the people tables; of erased persons no name is left or came back."""
    rows = count_rows(audited.connection, audited.hub_id, (OBSERVATIONS, SUPPRESSIONS))
    names = read_names_of_erased(audited.connection, audited.hub_id)
    erased = [Violation(table, row, "still holds a name that was erased") for table, row in names]
    return Proof(rows, (*_unresolved(audited, PEOPLE_REFERENCES), *erased))


def check_documents_known(audited: Audited) -> Proof:
    """Lines are of documents, policy texts and workshops that exist; batches hold documents that exist."""
    rows = count_rows(audited.connection, audited.hub_id, (DOCUMENT_LINES, BATCH_DOCUMENTS, REVERSED_DOCUMENTS))
    return Proof(rows, (*_unresolved(audited, DOCUMENT_REFERENCES), *_find_gone_workshops(audited)))


def _find_gone_workshops(audited: Audited) -> Iterator[Violation]:
    """Open lines of workshops that are not there any more: their day was withdrawn, or their page got days."""
    connection, hub_id = audited.connection, audited.hub_id
    kinds = (DateDeclared, Retracted)
    declared = facts_of(read_facts(connection, hub_id, newest_fact_id(connection, hub_id), kinds=kinds), DateDeclared)
    days, pages = {f"{day.event_id}/{day.day}" for _, day in declared}, {day.event_id for _, day in declared}
    for workshop_id in sorted(read_open_workshops(connection, hub_id, None)):
        if workshop_id in pages or ("/" in workshop_id and workshop_id not in days):
            lines = open_lines(read_lines(connection, hub_id, None, [workshop_id])).values()
            for line in sorted(lines, key=lambda line: (line.number, line.line_number)):
                what = f"is open and of {workshop_id}, which is not there any more"
                yield Violation(DOCUMENT_LINES.name, f"{line.number}/{line.line_number}", what)


def check_human_facts(audited: Audited) -> Proof:
    """What people recorded can be read, and is about events, days, bookings and facts that were known by then."""
    connection, hub_id = audited.connection, audited.hub_id
    looked_at = count_rows(connection, hub_id, (FACTS,))
    unreadable = [Violation(FACTS.name, str(number), why) for number, why in read_unreadable_facts(connection, hub_id)]
    if unreadable:
        # what they point at cannot be asked for while some cannot be read
        return Proof(looked_at, tuple(unreadable))
    orphans: list[Orphan] = []
    for read in (
        read_facts_without_event,
        read_facts_without_day,
        read_walk_ins_without_person,
        read_answers_to_nothing,
        read_settings_without_policy,
    ):
        orphans += read(connection, hub_id)
    for name in BOOKINGS_IN_FACTS:
        orphans += read_facts_without_booking(connection, hub_id, name)
    return Proof(looked_at, _findings(orphans))


def check_policy_texts(audited: Audited) -> Proof:
    """Every policy text is the one whose digest it is kept under."""
    texts = list(read_policy_texts(audited.connection, audited.hub_id))
    wrong = [digest for digest, text in texts if hashlib.sha256(text.encode()).hexdigest() != digest]
    what = "is not the digest of the text kept under it"
    return Proof(len(texts), tuple(Violation(POLICY_TEXTS.name, digest, what) for digest in wrong))


def check_charge_lists(audited: Audited) -> Proof:
    """Every batch, reversed ones too, gives the charge list again that finance was given, byte for byte."""
    return join(_check_batch(audited, batch) for batch in read_batches(audited.connection, audited.hub_id))


def _check_batch(audited: Audited, batch: Batch) -> Proof:
    batch_id = format_batch_id(batch.id)
    rejudged = repeat_batch(audited.connection, audited.hub_id, batch_id)
    findings = []
    if (rejudged.rows, rejudged.total_pence) != (batch.rows, batch.total_pence):
        findings.append(Violation(BATCHES.name, batch_id, "has other rows or another total than was noted"))
    if rejudged.sha256 != batch.sha256:
        findings.append(Violation(BATCHES.name, batch_id, "does not give the same charge list again"))
    return Proof(1, tuple(findings))


def _unresolved(audited: Audited, references: Sequence[Reference]) -> tuple[Violation, ...]:
    return _findings(
        orphan for reference in references for orphan in read_orphans(audited.connection, audited.hub_id, reference)
    )


def _findings(orphans: Iterable[Orphan]) -> tuple[Violation, ...]:
    return tuple(
        Violation(orphan.table, orphan.row, f"has {orphan.column} {orphan.value}, which was not in {orphan.target}")
        for orphan in orphans
    )

"""The evening's news for finance: documents in no charge list, and lists made lately. Each is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from eb_sync.billing.batches import format_batch_id
from eb_sync.export.formats import format_instant, local_date
from eb_sync.messages import wording
from eb_sync.messages.drafts import FINANCE, Draft, History
from eb_sync.model.documents import DocumentKind
from eb_sync.store.batches import read_batches, read_reversed_before, read_unbatched
from eb_sync.store.documents import read_documents
from eb_sync.store.people import read_person_ids
from eb_sync.workshops.snapshot import Snapshot

LATELY = timedelta(days=14)
"""Older lists are no news to somebody who is told for the first time."""


def draft_finance(
    connection: sa.Connection, snapshot: Snapshot, history: History, addresses: Sequence[str], hub_name: str
) -> list[Draft]:
    """One message for each address that has something to be told."""
    if not addresses:
        return []
    hub_id, occasion = snapshot.hub_id, local_date(snapshot.as_of).isoformat()
    waiting_key, waiting = _read_waiting(connection, snapshot)
    batches = _read_batches(connection, snapshot)
    drafts = []
    for address in sorted({address.casefold() for address in addresses}):
        ids = read_person_ids(connection, hub_id, [address])
        told = history.told(FINANCE, ids)
        new = {key: batch for key, batch in batches.items() if key not in told}
        is_waiting = waiting_key is not None and waiting_key not in told
        if history.was_begun(FINANCE, occasion, ids) or not (new or is_waiting):
            continue
        content = {
            "hub": hub_name,
            "subject": _subject(waiting if is_waiting else None, len(new)),
            "waiting": waiting if is_waiting else None,
            "batches": list(new.values()),
        }
        keys = (*new, *([waiting_key] if is_waiting and waiting_key is not None else []))
        drafts.append(Draft(FINANCE, occasion, "finance", address, None, content, told=keys))
    return drafts


def _subject(waiting: dict[str, object] | None, batches: int) -> str:
    parts = [] if waiting is None else [f"{waiting['subject']} for a charge list"]
    return ", ".join(parts + ([wording.count(batches, "new charge list")] if batches else []))


def _read_waiting(connection: sa.Connection, snapshot: Snapshot) -> tuple[str | None, dict[str, object] | None]:
    numbers = read_unbatched(connection, snapshot.hub_id)
    if not numbers:
        return None, None
    documents = read_documents(connection, snapshot.hub_id, numbers)
    before = read_reversed_before(connection, snapshot.hub_id, numbers)
    invoices = sum(document.kind is DocumentKind.INVOICE for document in documents)
    parts = [wording.count(invoices, "invoice")] if invoices else []
    parts += [wording.count(len(documents) - invoices, "credit note")] if invoices < len(documents) else []
    pence = sum(document.gross_pence for document in documents)
    verb = "is" if len(documents) == 1 else "are"
    text = f"{' and '.join(parts)}, {wording.money(pence)} in all, {verb} issued and in no charge list yet."
    # the newest of them tells a day's documents from the last one's; a reversed list makes them wait anew
    key = f"waiting {numbers[-1]} {before.get(numbers[-1], 0)}"
    one = "1 document waits"
    subject = one if len(documents) == 1 else f"{len(documents)} documents wait"
    return key, {"text": text, "documents": len(documents), "subject": subject}


def _read_batches(connection: sa.Connection, snapshot: Snapshot) -> dict[str, dict[str, object]]:
    return {
        f"batch {batch.id}": {
            "id": format_batch_id(batch.id),
            "text": f"The charge list {format_batch_id(batch.id)} was made on {format_instant(batch.created_at)}: "
            f"{wording.count(batch.rows, 'row')}, {wording.money(batch.total_pence)} in all.",
        }
        for batch in read_batches(connection, snapshot.hub_id)
        if batch.reversed_at is None and batch.created_at > snapshot.as_of - LATELY
    }

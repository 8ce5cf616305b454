"""Charge lists as finance asks for them: made, written again or reversed, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from eb_sync.export import NATIVE, load_column_map

if TYPE_CHECKING:
    from eb_sync.billing.batches import ChargeList, ListFormat, Reversal
    from eb_sync.bootstrap import Hub
    from eb_sync.schools.book import SchoolBook

    Check = Callable[[ChargeList], ChargeList]


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which charge list is wanted: a batch again, documents from a day on, else a new batch."""

    format_name: str | None = None
    """A shipped format or the path of a column map; None: the format of the batch, or ebsync's own."""
    batch_id: str | None = None
    since_on: date | None = None

    @property
    def makes_batch(self) -> bool:
        """Whether a new batch is wanted."""
        return self.batch_id is None and self.since_on is None


def produce_charge_list(hub: Hub, request: ListRequest, said_by: str, check: Check) -> ChargeList:
    """Make the charge list that is wanted, with its files.

    Args:
        hub: the open hub.
        request: which list.
        said_by: who makes the batch.
        check: sees the list before a batch is kept; if it raises, no batch was made.

    Raises:
        SettingsError: there is no such format, it lacks a code, or two payers would be one customer.
        UsageError: there is no such batch.
    """
    return _make(hub, request, said_by, check) if request.makes_batch else check(_read(hub, request))


def _make(hub: Hub, request: ListRequest, said_by: str, check: Check) -> ChargeList:
    from eb_sync.billing.batches import make_batch

    with hub.transaction() as (connection, snapshot):
        written = _format_of(hub, request, snapshot.school_book)
        return check(make_batch(connection, snapshot.hub_id, snapshot.as_of, said_by, written))


def _read(hub: Hub, request: ListRequest) -> ChargeList:
    from eb_sync.billing.batches import list_since, repeat_batch

    with hub.snapshot() as (connection, snapshot):
        written = _format_of(hub, request, snapshot.school_book)
        if request.since_on is not None:
            return list_since(connection, hub.hub_id, request.since_on, written)
        again = None if request.format_name is None else written
        return repeat_batch(connection, hub.hub_id, request.batch_id or "", again)


def _format_of(hub: Hub, request: ListRequest, book: SchoolBook) -> ListFormat:
    from eb_sync.billing.batches import ListFormat

    name = NATIVE if request.format_name is None else request.format_name
    column_map = load_column_map(name).with_customers(hub.settings.codes.customer)
    return ListFormat(name, column_map, book)


def reverse_charge_list(hub: Hub, batch_id: str, said_by: str) -> Reversal:
    """Put the documents of a batch that was never imported into no batch.

    Raises:
        UsageError: there is no such batch.
    """
    from eb_sync.billing.batches import undo_batch

    with hub.transaction() as (connection, snapshot):
        return undo_batch(connection, snapshot.hub_id, batch_id, snapshot.as_of, said_by)

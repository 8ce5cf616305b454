"""Issuing what a person agreed to: between the plan they saw and the documents lies one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eb_sync.billing.credit import CreditRequest
    from eb_sync.billing.invoicing import PlanChoice
    from eb_sync.billing.issue import Issued
    from eb_sync.bootstrap import Hub
    from eb_sync.model.documents import Document

    Tell = Callable[[str], None]


def issue_agreed(hub: Hub, choice: PlanChoice, agreed: str, said_by: str, tell: Tell) -> Issued:
    """Issue the plan of this choice, credit notes first.

    Args:
        hub: the open hub.
        choice: which places the plan is about.
        agreed: the digest of the plan that a person saw and agreed to.
        said_by: who agreed.
        tell: told of characters that a page's fonts lack.

    Raises:
        SettingsError: supplier data is missing.
        TryAgainError: the plan is another by now; nothing is issued.
    """
    from eb_sync.billing.invoicing import read_chosen_plan
    from eb_sync.billing.issue import issue_plan

    with hub.transaction(choice.workshop) as (connection, snapshot):
        terms = hub.stationery.issue_terms(snapshot.as_of, said_by, tell)
        return issue_plan(connection, snapshot, agreed, read_chosen_plan(connection, snapshot, choice), terms)


def issue_credit_note(hub: Hub, request: CreditRequest, said_by: str, tell: Tell) -> tuple[Document, Sequence[int]]:
    """Credit an invoice or one of its lines; gives the credit note and the ids of the waivers.

    Raises:
        SettingsError: supplier data is missing.
        UsageError: no such invoice or line, or nothing of it is left to credit.
    """
    from eb_sync.billing.credit import issue_credit

    with hub.transaction() as (connection, snapshot):
        return issue_credit(
            connection, snapshot.hub_id, request, hub.stationery.issue_terms(snapshot.as_of, said_by, tell)
        )

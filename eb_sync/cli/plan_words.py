"""A plan as people read it: schools, workshops with their dates, and reasons in words; it names no teacher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from eb_sync.cli.printing import print_sentences, tell
from eb_sync.model.reason_words import reason_heading, waiting_clause
from policies.wording import day_text, pounds

if TYPE_CHECKING:
    from eb_sync.billing.plan import InvoicePlan, PlannedDocument, Waiting
    from eb_sync.workshops.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PlanWords:
    """What a plan's ids stand for."""

    workshops: Mapping[str, str]
    """Name and date of each workshop, by id."""

    def print_plan(self, plan: InvoicePlan) -> None:
        """What is to invoice and to credit, line by line, then what waits."""
        self.print_work(plan)
        self.print_waiting(plan)

    def print_work(self, plan: InvoicePlan) -> None:
        """What is to invoice and to credit, line by line."""
        for what, documents in (("To invoice", plan.to_invoice), ("To credit", plan.to_credit)):
            for document in documents:
                self._print_document(what, document)
        if plan.has_work:
            total = sum(document.total_pence for document in (*plan.to_invoice, *plan.to_credit))
            click.echo(f"in all: {pounds(total)}")
        else:
            click.echo("Nothing to invoice and nothing to credit.")

    def _print_document(self, what: str, document: PlannedDocument) -> None:
        school = "" if document.school is None else f"{document.school.name}, "
        original = "" if document.original_number is None else f" of {document.original_number}"
        workshop = self._workshop(document.workshop_id)
        print_sentences([f"{what}{original}: {school}{workshop}, {pounds(document.total_pence)}"])
        for line in document.lines:
            print_sentences([f"  {line.booking_id}: {reason_heading(line.reason)}, {pounds(line.amount_pence)}"])

    def print_waiting(self, plan: InvoicePlan) -> None:
        """What waits, by workshop, and what would be charged but cannot be addressed."""
        for heading, several in (
            ("Invoiced, and left as it is for now:", plan.held),
            ("Waits for an answer (`ebsync review` shows the names):", plan.review),
            ("Waits for time:", plan.pending),
        ):
            if several:
                click.echo(f"\n{heading}")
            for workshop_id in dict.fromkeys(waiting.workshop_id for waiting in several):
                print_sentences([f"  {self._workshop(workshop_id)}"])
                print_sentences(_say(waiting) for waiting in several if waiting.workshop_id == workshop_id)
        for blocked in plan.blocked:
            where = self._workshop(blocked.workshop_id)
            tell(f"Blocked: {blocked.booking_id} at {where}: {blocked.why}.\n  {blocked.command}")

    def _workshop(self, workshop_id: str) -> str:
        return self.workshops.get(workshop_id, workshop_id)


def _say(waiting: Waiting) -> str:
    issued = f" ({pounds(waiting.issued_pence)} is invoiced)" if waiting.issued_pence else ""
    return f"    {waiting.booking_id}: {waiting_clause(waiting.reason)}{issued}"


def plan_words(snapshot: Snapshot) -> PlanWords:
    """The words for plans of this snapshot."""
    return PlanWords(
        {workshop.id: f"{workshop.name} ({day_text(workshop.local_on)})" for workshop in snapshot.workshops}
    )

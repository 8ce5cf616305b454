"""All checks, in the order in which they are printed; each runs whatever the others found."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.store.hubs import read_hubs
from eb_sync.verify.decisions import check_decisions
from eb_sync.verify.documents import check_documents
from eb_sync.verify.findings import Audited, Check, Proof, Violation
from eb_sync.verify.numbers import check_document_numbers, check_fact_ids, check_other_ids, check_recording_times
from eb_sync.verify.orphans import (
    check_charge_lists,
    check_documents_known,
    check_human_facts,
    check_observed_events,
    check_people,
    check_policy_texts,
)
from eb_sync.verify.rows import check_pages, check_seals
from eb_sync.verify.sums import check_credits, check_net_issued, check_open_lines

CHECKS: tuple[tuple[str, Check], ...] = (
    ("pages", check_pages),
    ("seals", check_seals),
    ("document_numbers", check_document_numbers),
    ("fact_ids", check_fact_ids),
    ("other_ids", check_other_ids),
    ("recording_times", check_recording_times),
    ("documents", check_documents),
    ("net_issued", check_net_issued),
    ("open_lines", check_open_lines),
    ("credits", check_credits),
    ("decisions", check_decisions),
    ("observed_events", check_observed_events),
    ("people", check_people),
    ("human_facts", check_human_facts),
    ("documents_known", check_documents_known),
    ("policy_texts", check_policy_texts),
    ("charge_lists", check_charge_lists),
)
"""What `ebsync verify` proves, by name."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A check with what it came to."""

    name: str
    proof: Proof


def verify_hub(connection: sa.Connection, hub_id: int) -> list[Checked]:
    """Run every check on one consistent picture of the database; nothing is written."""
    audited = Audited(connection, hub_id)
    return [Checked(name, attempt_check(name, check, audited)) for name, check in CHECKS]


def verify_database(connection: sa.Connection) -> list[Checked]:
    """The checks that found something, over every hub of a database; nothing is written."""
    checks = [checked for hub in read_hubs(connection) for checked in verify_hub(connection, hub.id)]
    return [checked for checked in checks if checked.proof.findings]


def attempt_check(name: str, check: Check, audited: Audited) -> Proof:
    """One check; what keeps it from its end is a finding."""
    try:
        return check(audited)
    except sa.exc.DBAPIError as error:
        if audited.connection.dialect.name != "sqlite":
            raise  # the server ended the transaction, or is gone
        return Proof(0, (Violation("", name, f"could not be completed: SQLite says {_first_line(error)}"),))
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        what = f"could not be completed: a row cannot be read ({type(error).__name__})"
        return Proof(0, (Violation("", name, what),))


def _first_line(error: sa.exc.DBAPIError) -> str:
    """SQLite's own words; those about text that is none show the text, so the first words alone."""
    return str(error.orig).partition(" column ")[0].partition("\n")[0]

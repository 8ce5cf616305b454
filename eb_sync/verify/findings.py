"""What a check says: how much it proved, and what does not hold. No names of people, only numbers and ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Audited:
    """What is looked through."""

    connection: sa.Connection
    """One consistent picture of the database."""
    hub_id: int


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that does not hold."""

    table: str
    row: str
    """A fact's id, a document's number, `number/line`, or a place: `workshop booking`."""
    what: str
    """A sentence without its subject: "is missing"."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What one check came to."""

    looked_at: int
    """How many things were looked at."""
    findings: tuple[Violation, ...]

    @property
    def proved(self) -> int:
        """How many of them hold."""
        return max(0, self.looked_at - len(self.findings))


Check = Callable[[Audited], Proof]


def join(proofs: Iterable[Proof]) -> Proof:
    """Several proofs as one."""
    all_of_them = list(proofs)
    findings = tuple(finding for proof in all_of_them for finding in proof.findings)
    return Proof(sum(proof.looked_at for proof in all_of_them), findings)

"""How a gross charge splits into net and VAT; per line, rounded half up to the penny."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from eb_sync.model.documents import VatTreatment

STANDARD_RATE_PERCENT = 20
"""In force since 4 January 2011."""


@dataclass(frozen=True, slots=True)
class VatSettings:
    """The dated choice of the hub's finance team."""

    treatments: tuple[tuple[date, VatTreatment], ...]
    """From which day on which treatment, oldest first; before the first: outside the scope."""

    def treatment_on(self, day: date) -> VatTreatment:
        """The treatment on the VAT date, which is the workshop's."""
        in_force = [treatment for since, treatment in self.treatments if since <= day]
        return in_force[-1] if in_force else VatTreatment.OUTSIDE_SCOPE


def split_gross(gross_pence: int, treatment: VatTreatment) -> tuple[int, int]:
    """Net and VAT of a non-negative gross amount; they always add up to it."""
    if treatment is not VatTreatment.STANDARD:
        return gross_pence, 0
    whole = 100 + STANDARD_RATE_PERCENT
    net = (gross_pence * 100 * 2 + whole) // (whole * 2)
    return net, gross_pence - net

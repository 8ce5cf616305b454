"""Which exemption covers a place, or is claimed for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from policies.facts import Exemption, ExemptionKind, ExemptionState, WorkshopFacts
from policies.places import Place
from policies.wording import LONDON


def find_exemption(facts: WorkshopFacts, place: Place, state: ExemptionState) -> Exemption | None:
    """The oldest exemption in this state that covers the place and is of a kind its policy version knows."""
    if place.terms is None:
        return None
    kinds = place.terms.exemptions.value
    covering = _covering(facts.exemptions, place, facts.id, facts.dates[-1].starts_at)
    return next((claim for claim in covering if claim.state is state and claim.kind in kinds), None)


def _covering(
    exemptions: Iterable[Exemption], place: Place, workshop_id: str, starts_at: datetime
) -> Iterable[Exemption]:
    """Ofsted: the school, on days from the call to the end; extenuating: the workshop, and the booking or school."""
    for claim in exemptions:
        is_here = claim.workshop_id in (None, workshop_id)
        is_for = claim.booking_id == place.id or claim.school_key in place.school_keys
        if is_here and is_for and _is_on(claim, starts_at):
            yield claim


def _is_on(claim: Exemption, starts_at: datetime) -> bool:
    if claim.kind is not ExemptionKind.OFSTED:
        return True
    day = starts_at.astimezone(LONDON).date()
    return claim.from_on is not None and claim.until_on is not None and claim.from_on <= day <= claim.until_on

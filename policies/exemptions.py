"""Which exemption covers a place, or is claimed for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from policies.exemption_rules import ExemptionRule
from policies.facts import Exemption, ExemptionKind, ExemptionState, WorkshopFacts
from policies.place import Place


def find_exemption(facts: WorkshopFacts, place: Place, state: ExemptionState) -> Exemption | None:
    """The oldest exemption in this state that covers the place and that its policy version knows.

    A claim that is proved to have come too late is none; what a person approved counts, whenever it was claimed.
    """
    return next(
        (
            claim
            for claim, rule in find_claims(facts, place)
            if claim.state is state and (state is ExemptionState.APPROVED or not is_too_late(facts, claim, rule))
        ),
        None,
    )


def find_claims(facts: WorkshopFacts, place: Place) -> Iterator[tuple[Exemption, ExemptionRule]]:
    """What was ever claimed that covers the place, each with the rule of its policy version, oldest first."""
    if place.terms is None:
        return
    for claim in facts.exemptions:
        rule = place.terms.exemptions.rule_for(claim)
        if rule is not None and _covers(claim, place, facts):
            yield claim, rule


def is_too_late(facts: WorkshopFacts, claim: Exemption, rule: ExemptionRule) -> bool:
    """Whether the claim reached the hub after the last instant for it; not if nobody said when it did."""
    limit = last_claim_at(facts, rule)
    return limit is not None and claim.received_at is not None and claim.received_at > limit


def last_claim_at(facts: WorkshopFacts, rule: ExemptionRule) -> datetime | None:
    """Until when the exemption may be claimed: of the dates announced, the last counts. None: at any time."""
    return rule.last_claim_at(max(announced.ends_at for announced in facts.dates), facts.zone)


def _covers(claim: Exemption, place: Place, facts: WorkshopFacts) -> bool:
    """Ofsted: the school, on days from the call to the end; extenuating: the workshop, and the booking or school.

    What is recorded about one of a person's places there is about all of them.
    """
    is_here = claim.workshop_id in (None, facts.id)
    is_for = any(claim.booking_id == each.id or claim.school_key in each.school_keys for each in place.everyone)
    return is_here and is_for and _is_on(claim, facts)


def _is_on(claim: Exemption, facts: WorkshopFacts) -> bool:
    if claim.kind is not ExemptionKind.OFSTED:
        return True
    day = facts.dates[-1].starts_at.astimezone(facts.zone).date()
    return claim.from_on is not None and claim.until_on is not None and claim.from_on <= day <= claim.until_on

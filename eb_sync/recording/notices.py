"""Notices and exemptions as facts to be recorded; refused where they cannot be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from eb_sync.errors import UsageError
from eb_sync.model.facts import ExemptionClaimed, ExemptionRuled, NoticeReceived, facts_of, newest_rulings
from eb_sync.recording.attendance import OpenRegister
from eb_sync.workshops.find import find_school_key
from eb_sync.workshops.snapshot import Snapshot
from policies.exemption_rules import ExemptionRule, find_rules
from policies.facts import Channel, ExemptionKind, ExemptionState
from policies.parameters import Policy
from policies.wording import LONDON


@dataclass(frozen=True, slots=True)
class About:
    """For whom something is recorded: some bookings, or a school's."""

    bookings: tuple[str, ...]
    school: str | None

    def check(self) -> None:
        """Raises UsageError unless exactly one of the two is given."""
        if bool(self.bookings) == (self.school is not None):
            raise UsageError("Say either which bookings, or --school SCHOOL.")


def build_notices(
    snapshot: Snapshot, register: OpenRegister, about: About, received_at: datetime, channel: Channel
) -> list[NoticeReceived]:
    """Notice received for some bookings, or for a school's bookings now and later.

    Raises:
        UsageError: received in the future or before a booking was made, or an unknown booking or school.
    """
    about.check()
    if received_at > snapshot.as_of:
        raise UsageError("--received-at lies in the future.")
    workshop_id = register.workshop.id
    if about.school is not None:
        key = find_school_key(snapshot.school_book, snapshot.typed_schools.values(), about.school)
        return [NoticeReceived(workshop_id, received_at, channel, None, key)]
    references = register.find(about.bookings)
    made = {booking.id: booking.created_at for booking in register.judged.facts.bookings}
    for reference in references:
        if reference not in made:
            raise UsageError(f"{reference} walked in; notice is given for bookings.")
        if received_at < made[reference]:
            raise UsageError(f"--received-at lies before {reference} was booked.")
    return [NoticeReceived(workshop_id, received_at, channel, reference, None) for reference in references]


@dataclass(frozen=True, slots=True)
class Claim:
    """How a claim came, and whether it is approved at once."""

    received_at: datetime | None
    """When it reached the hub; None: nobody said."""
    evidence_seen: bool
    approved_by: str | None

    def check(self, snapshot: Snapshot, policies: Sequence[Policy], kind: ExemptionKind, code: str | None) -> None:
        """Refuse what cannot be right.

        Raises:
            UsageError: received in the future, of a kind that no policy exempts, or approved though it may not be.
        """
        if self.received_at is not None and self.received_at > snapshot.as_of:
            raise UsageError("--received-at lies in the future.")
        rules = _rules_in_force(policies, snapshot, kind, code)
        if not rules:
            raise UsageError(
                f"The policy exempts no {code or kind}. To charge nothing all the same: ebsync review decide ... waive."
            )
        if self.approved_by is not None:
            check_approval(rules, self.approved_by, evidence_seen=self.evidence_seen)

    @property
    def state(self) -> ExemptionState:
        """Approved where somebody is named who did, else claimed."""
        return ExemptionState.CLAIMED if self.approved_by is None else ExemptionState.APPROVED


def _rules_in_force(
    policies: Sequence[Policy], snapshot: Snapshot, kind: ExemptionKind, code: str | None
) -> Sequence[ExemptionRule]:
    """What is asked today of such a claim; where today's versions know none, what any version asks."""
    today = snapshot.as_of.astimezone(LONDON).date()
    in_force = [terms.exemptions for policy in policies if (terms := policy.version_on(today)) is not None]
    ever = (terms.exemptions for policy in policies for terms in policy.versions)
    return find_rules(in_force, kind, code) or find_rules(ever, kind, code)


def check_approval(rules: Sequence[ExemptionRule], name: str, *, evidence_seen: bool) -> None:
    """Refuse an approval that no rule allows.

    Raises:
        UsageError: says who may approve it, or what must be shown first.
    """
    permitted = [rule for rule in rules if rule.lets_approve(name)]
    if not permitted:
        names = dict.fromkeys(approver for rule in rules for approver in rule.approvers)
        raise UsageError(f"Only {' or '.join(names)} may approve this. Leave it as a claim, or ask them.")
    if not evidence_seen and all(rule.evidence is not None for rule in permitted):
        raise UsageError(f"The policy asks for this to be shown first: {permitted[0].evidence}. Then: --evidence-seen.")


def build_ofsted(snapshot: Snapshot, school: str, days: tuple[date, date], claim: Claim) -> list[ExemptionClaimed]:
    """An inspection: the school, from the day of the call to the last day, inclusive.

    Raises:
        UsageError: it ends before it begins, the school is unknown, or the policy does not allow it.
    """
    from_on, until_on = days
    claim.check(snapshot, snapshot.terms.policies, ExemptionKind.OFSTED, None)
    if until_on < from_on:
        raise UsageError("--to lies before --from.")
    key = find_school_key(snapshot.school_book, snapshot.typed_schools.values(), school)
    return [
        ExemptionClaimed(
            kind=ExemptionKind.OFSTED,
            state=claim.state,
            workshop_id=None,
            booking_id=None,
            school_key=key,
            from_on=from_on,
            until_on=until_on,
            code=None,
            evidence_seen=claim.evidence_seen,
            approved_by=claim.approved_by,
            received_at=claim.received_at,
        )
    ]


def build_extenuating(
    snapshot: Snapshot, register: OpenRegister, about: About, code: str, claim: Claim
) -> list[ExemptionClaimed]:
    """Extenuating circumstances at one workshop, for some bookings or a school's: a code, no free text about anybody.

    Raises:
        UsageError: an unknown booking or school, or the policy does not allow it.
    """
    about.check()
    policies = [snapshot.terms.policy_for(register.workshop)]
    claim.check(snapshot, policies, ExemptionKind.EXTENUATING, code)
    key = None
    references: Sequence[str | None] = [None]
    rules = _rules_in_force(policies, snapshot, ExemptionKind.EXTENUATING, code)
    if about.school is not None and all(rule.scope == "booking and workshop" for rule in rules):
        raise UsageError("The policy exempts single bookings: name them with --booking instead of --school.")
    if about.school is not None:
        key = find_school_key(snapshot.school_book, snapshot.typed_schools.values(), about.school)
    else:
        references = register.find(about.bookings)
    return [
        ExemptionClaimed(
            kind=ExemptionKind.EXTENUATING,
            state=claim.state,
            workshop_id=register.workshop.id,
            booking_id=reference,
            school_key=key,
            from_on=None,
            until_on=None,
            code=code,
            evidence_seen=claim.evidence_seen,
            approved_by=claim.approved_by,
            received_at=claim.received_at,
        )
        for reference in references
    ]


_ALLOWED = {
    ExemptionState.APPROVED: frozenset({ExemptionState.CLAIMED, ExemptionState.REFUSED, ExemptionState.REVOKED}),
    ExemptionState.REFUSED: frozenset({ExemptionState.CLAIMED}),
    ExemptionState.REVOKED: frozenset({ExemptionState.APPROVED}),
}
"""From which states each ruling may follow."""


def build_ruling(
    snapshot: Snapshot, exemption_id: int, state: ExemptionState, ruled_by: str, *, evidence_seen: bool
) -> list[ExemptionRuled]:
    """A ruling on a claim; none where it stands so already.

    Raises:
        UsageError: there is no such claim, the ruling does not follow from where it stands, or may not be given.
    """
    claims = {fact.id: claim for fact, claim in facts_of(snapshot.facts, ExemptionClaimed)}
    claim = claims.get(exemption_id)
    if claim is None:
        known = ", ".join(str(number) for number in sorted(claims)[-8:]) or "none"
        raise UsageError(f"There is no exemption {exemption_id}; known are: {known}.")
    ruling = newest_rulings(snapshot.facts).get(exemption_id)
    current = claim.state if ruling is None else ruling[1].state
    if current is state:
        return []
    if current not in _ALLOWED[state]:
        raise UsageError(f"Exemption {exemption_id} is {current}; it cannot be {state} now.")
    if state is ExemptionState.APPROVED:
        _check_later_approval(snapshot, claim, ruled_by, evidence_seen=evidence_seen or claim.evidence_seen)
    return [ExemptionRuled(exemption_id, state, evidence_seen)]


def _check_later_approval(snapshot: Snapshot, claim: ExemptionClaimed, name: str, *, evidence_seen: bool) -> None:
    policies: Sequence[Policy] = snapshot.terms.policies
    about = [workshop for workshop in snapshot.workshops if workshop.id == claim.workshop_id]
    if about:
        policies = [snapshot.terms.policy_for(about[0])]
    rules = _rules_in_force(policies, snapshot, claim.kind, claim.code)
    if rules:  # what no policy knows exempts nobody, approved or not
        check_approval(rules, name, evidence_seen=evidence_seen)

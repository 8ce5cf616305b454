"""Notices and exemptions as facts to be recorded; refused where they cannot be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from eb_sync.errors import UsageError
from eb_sync.model.facts import ExemptionClaimed, ExemptionRuled, Fact, NoticeReceived, facts_of
from eb_sync.registers.marks import OpenRegister
from eb_sync.workshops.find import find_school_key
from eb_sync.workshops.places import Picture
from policies.facts import Channel, ExemptionKind, ExemptionState

CODES = ("illness", "bereavement", "family", "weather", "emergency", "other")
"""Kinds of extenuating circumstances; nothing more is kept about anybody's health (DESIGN 8.9)."""


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
    picture: Picture, register: OpenRegister, about: About, received_at: datetime, channel: Channel
) -> list[NoticeReceived]:
    """Notice received for some bookings, or for a school's bookings now and later.

    Raises:
        UsageError: received in the future or before a booking was made, or an unknown booking or school.
    """
    about.check()
    if received_at > picture.as_of:
        raise UsageError("--received-at lies in the future.")
    workshop_id = register.workshop.id
    if about.school is not None:
        key = find_school_key(picture.school_book, picture.typed_schools.values(), about.school)
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
class Approval:
    """Whether the claim is approved at once."""

    approved_by: str | None

    @property
    def state(self) -> ExemptionState:
        """Approved where somebody is named who did, else claimed."""
        return ExemptionState.CLAIMED if self.approved_by is None else ExemptionState.APPROVED


def build_ofsted(picture: Picture, school: str, days: tuple[date, date], approval: Approval) -> list[ExemptionClaimed]:
    """An inspection: the school, from the day of the call to the last day, inclusive.

    Raises:
        UsageError: it ends before it begins, or the school is unknown.
    """
    from_on, until_on = days
    if until_on < from_on:
        raise UsageError("--to lies before --from.")
    key = find_school_key(picture.school_book, picture.typed_schools.values(), school)
    return [
        ExemptionClaimed(
            kind=ExemptionKind.OFSTED,
            state=approval.state,
            workshop_id=None,
            booking_id=None,
            school_key=key,
            from_on=from_on,
            until_on=until_on,
            code=None,
            evidence_seen=False,
            approved_by=approval.approved_by,
        )
    ]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Extenuating circumstances: a code, and whether evidence was seen; no free text about anybody."""

    code: str
    evidence_seen: bool


def build_extenuating(
    picture: Picture, register: OpenRegister, about: About, circumstances: Circumstances, approval: Approval
) -> list[ExemptionClaimed]:
    """Extenuating circumstances at one workshop, for some bookings or a school's.

    Raises:
        UsageError: an unknown booking or school.
    """
    about.check()
    key = None
    references: Sequence[str | None] = [None]
    if about.school is not None:
        key = find_school_key(picture.school_book, picture.typed_schools.values(), about.school)
    else:
        references = register.find(about.bookings)
    return [
        ExemptionClaimed(
            kind=ExemptionKind.EXTENUATING,
            state=approval.state,
            workshop_id=register.workshop.id,
            booking_id=reference,
            school_key=key,
            from_on=None,
            until_on=None,
            code=circumstances.code,
            evidence_seen=circumstances.evidence_seen,
            approved_by=approval.approved_by,
        )
        for reference in references
    ]


_ALLOWED = {
    ExemptionState.APPROVED: frozenset({ExemptionState.CLAIMED, ExemptionState.REFUSED, ExemptionState.REVOKED}),
    ExemptionState.REFUSED: frozenset({ExemptionState.CLAIMED}),
    ExemptionState.REVOKED: frozenset({ExemptionState.APPROVED}),
}
"""From which states each ruling may follow."""


def build_ruling(facts: Sequence[Fact], exemption_id: int, state: ExemptionState) -> list[ExemptionRuled]:
    """A ruling on a claim; none where it stands so already.

    Raises:
        UsageError: there is no such claim, or the ruling does not follow from where it stands.
    """
    claims = {fact.id: claim for fact, claim in facts_of(facts, ExemptionClaimed)}
    claim = claims.get(exemption_id)
    if claim is None:
        known = ", ".join(str(number) for number in sorted(claims)[-8:]) or "none"
        raise UsageError(f"There is no exemption {exemption_id}; known are: {known}.")
    current = claim.state
    for _, ruled in facts_of(facts, ExemptionRuled):
        if ruled.exemption_id == exemption_id:
            current = ruled.state
    if current is state:
        return []
    if current not in _ALLOWED[state]:
        raise UsageError(f"Exemption {exemption_id} is {current}; it cannot be {state} now.")
    return [ExemptionRuled(exemption_id, state)]

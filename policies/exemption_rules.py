"""What a policy exempts: for whom, which circumstances, who may approve it, what is asked for, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from policies.facts import Exemption, ExemptionKind
from policies.keys import Clause, ClauseSource
from policies.wording import LONDON

Code = Literal["illness", "bereavement", "family", "weather", "emergency", "other"]
Scope = Literal["school and dates", "booking and workshop", "booking or school, and workshop"]

_NAMES = {ExemptionKind.OFSTED: "Ofsted inspections", ExemptionKind.EXTENUATING: "extenuating circumstances"}
_SCOPES: dict[ExemptionKind, tuple[Scope, ...]] = {
    ExemptionKind.OFSTED: ("school and dates",),
    ExemptionKind.EXTENUATING: ("booking or school, and workshop", "booking and workshop"),
}
"""What each kind may be claimed for; the first is meant where a document does not say."""
_DAY = timedelta(days=1)


_EXEMPTIONS = (
    'value = ["ofsted", { kind = "extenuating", evidence = "a note from the head teacher", claim_within_days = 14 }]'
)
_SCOPE = 'value = [{ kind = "extenuating", scope = "booking and workshop", codes = ["illness"] }]'
_APPROVERS = 'value = [{ kind = "ofsted", approvers = ["Jo Field"] }]'
_CLAIM_BY = 'value = [{ kind = "extenuating", claim_within_days = 0, claim_by = 10:00:00 }]'
"""Examples of lines of a document, for whoever writes one."""


class ExemptionRule(BaseModel):
    """One kind of exemption, and what a claim of it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ExemptionKind = Field(description="`ofsted` or `extenuating`", examples=[_EXEMPTIONS])
    scope: Scope | None = Field(
        default=None,
        description=(
            "`school and dates` (Ofsted); `booking or school, and workshop`, or only `booking and workshop` "
            "(extenuating); left out: as wide as the kind allows"
        ),
        examples=[_SCOPE],
    )
    codes: tuple[Code, ...] = Field(
        default=(),
        description=(
            "extenuating: which of `illness`, `bereavement`, `family`, `weather`, `emergency`, `other`; left out: all"
        ),
        examples=[_SCOPE],
    )
    approvers: tuple[str, ...] = Field(
        default=(), description="who may approve it, by name; left out: anybody", examples=[_APPROVERS]
    )
    evidence: str | None = Field(
        default=None,
        min_length=1,
        description="what must have been shown before it is approved; left out: nothing",
        examples=[_EXEMPTIONS],
    )
    claim_within_days: int | None = Field(
        default=None,
        ge=0,
        le=366,
        description=(
            "until the end of how many days after that of the workshop it may be claimed; left out: at any time"
        ),
        examples=[_EXEMPTIONS],
    )
    claim_by: time | None = Field(
        default=None, description="the local time by which, on the last of these days", examples=[_CLAIM_BY]
    )

    @model_validator(mode="after")
    def _fits_the_kind(self) -> Self:
        if self.scope is not None and self.scope not in _SCOPES[self.kind]:
            allowed = " or ".join(f'"{scope}"' for scope in _SCOPES[self.kind])
            raise ValueError(f"the scope of {self.kind} is {allowed}")
        if self.codes and self.kind is not ExemptionKind.EXTENUATING:
            raise ValueError("codes are kinds of extenuating circumstances")
        if self.claim_by is not None and (self.claim_within_days is None or self.claim_by.tzinfo is not None):
            raise ValueError("claim_by is a local time, and needs claim_within_days: 0 for the day of the workshop")
        return self

    def covers(self, kind: ExemptionKind, code: str | None) -> bool:
        """Whether a claim of this kind, with this code, is what the rule is about."""
        return kind is self.kind and (not self.codes or code in self.codes)

    def takes(self, claim: Exemption) -> bool:
        """Whether the claim is one that the rule knows, in kind, code and scope."""
        return self.covers(claim.kind, claim.code) and (
            self.scope != "booking and workshop" or claim.booking_id is not None
        )

    def last_claim_at(self, ends_at: datetime, zone: ZoneInfo = LONDON) -> datetime | None:
        """The last instant at which it may be claimed after a workshop that ends then; None: at any time. UTC.

        `zone` is the event's own.
        """
        if self.claim_within_days is None:
            return None
        day = ends_at.astimezone(zone).date() + self.claim_within_days * _DAY
        if self.claim_by is not None:
            return datetime.combine(day, self.claim_by, tzinfo=zone).astimezone(UTC)
        return datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC) - timedelta(microseconds=1)

    def lets_approve(self, name: str) -> bool:
        """Whether somebody of this name may approve it; case and spaces do not matter."""
        return not self.approvers or _plain(name) in {_plain(approver) for approver in self.approvers}

    def describe(self) -> str:
        """The rule in words."""
        said = _NAMES[self.kind] + (f" ({', '.join(self.codes)})" if self.codes else "")
        if self.scope == "booking and workshop":
            said += ", for single bookings only"
        if self.approvers:
            said += f", approved by {' or '.join(self.approvers)}"
        if self.evidence is not None:
            said += f", if this was shown: {self.evidence}"
        if self.claim_within_days is not None:
            said += f", claimed {self._describe_limit(self.claim_within_days)}"
        return said

    def _describe_limit(self, days: int) -> str:
        by = "" if self.claim_by is None else f"by {self.claim_by:%H:%M} "
        if days == 0:
            return f"{by}on the day of the workshop" if by else "before the day of the workshop ends"
        return f"{by}within {days} {'day' if days == 1 else 'days'} of the workshop"


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _from_word(value: object) -> object:
    """`"ofsted"` is short for `{ kind = "ofsted" }`."""
    return {"kind": value} if isinstance(value, str) else value


def _without_overlap(rules: tuple[ExemptionRule, ...]) -> tuple[ExemptionRule, ...]:
    for one, other in combinations(rules, 2):
        both = one.kind is other.kind and (not one.codes or not other.codes or set(one.codes) & set(other.codes))
        if both:
            raise ValueError(f"says twice what is asked for the same kind: {one.kind}")
    return rules


ExemptionRules = tuple[Annotated[ExemptionRule, BeforeValidator(_from_word)], ...]


class Exemptions(BaseModel):
    """What is never charged, if a person approves it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: ExemptionRules = Field(
        description="kinds of exemption, by name or with what a claim needs; none at all: `[]`", examples=[_EXEMPTIONS]
    )
    unit: Literal["kinds"] = Field(description="the unit", examples=['unit = "kinds"'])
    clause: Clause
    source: ClauseSource

    @model_validator(mode="after")
    def _do_not_overlap(self) -> Self:
        _without_overlap(self.value)
        return self

    def rule_for(self, claim: Exemption) -> ExemptionRule | None:
        """The rule that a claim is judged by; None if the policy does not know such a claim."""
        return next((rule for rule in self.value if rule.takes(claim)), None)


def find_rules(all_exemptions: Iterable[Exemptions], kind: ExemptionKind, code: str | None) -> Sequence[ExemptionRule]:
    """Those rules that know an exemption of this kind and code."""
    return [rule for exemptions in all_exemptions for rule in exemptions.value if rule.covers(kind, code)]

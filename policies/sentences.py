"""The rules of a policy as sentences that a lead can sign off, and what looks like a slip in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from policies.charges import Charge
from policies.facts import Channel, Delivery
from policies.notice_rules import COUNTED, CountedRule, NoticeRule
from policies.parameters import Policy, PolicyTerms
from policies.wording import short_pounds

_PER = {"workshop": "to each workshop", "work group": "to the work group as a whole"}
_LONG = timedelta(days=60)
"""Notice so long that hardly anybody can give it in time."""
_SUBSTITUTES = {
    "free": "A colleague of the same school may come instead, also if nobody said for whom they came.",
    "same school": "A colleague of the same school may come instead, also if nobody said for whom they came.",
    "linked only": "Somebody may come instead if a person says for whom they came.",
    "announced": "A colleague of the same school may come instead if the hub was told before the start.",
    "none": "Nobody may come instead.",
}


def describe_terms(terms: PolicyTerms) -> list[str]:
    """One version of the rules, a sentence each."""
    until = "on" if terms.effective_until is None else f"to {terms.effective_until.day} {terms.effective_until:%B %Y}"
    said = [f"For places booked from {terms.effective_from.day} {terms.effective_from:%B %Y} {until}:"]
    said += _describe_charge(terms.charge, terms.notice)
    said += _describe_notice(terms)
    said += _describe_exemptions(terms)
    said.append(_SUBSTITUTES[terms.substitutes.value])
    if terms.substitutes.refilled_is_free:
        said.append("A place given back late costs nothing if somebody books it afterwards and comes.")
    for share, who in _parts(terms):
        said.append(f"{who} pays {share} % of what staying away costs.")
    return [*said, *_describe_teachers(terms)]


def _describe_teachers(terms: PolicyTerms) -> Iterator[str]:
    numbers, per = terms.teachers.value, _PER[terms.teachers.value.counted]
    sent = _range(numbers.minimum, numbers.maximum)
    most = "" if numbers.cap is None else f", and at most {numbers.cap} different ones to the whole work group"
    yield f"A school sends {sent} {per}{most}; other numbers are reported, never charged."
    wanted = {"a leader": terms.roles.leader, "the Maths Lead": terms.roles.maths_lead}
    for who, want in wanted.items():
        if want != "none":
            how = "should" if want == "required" else "ideally would"
            yield f"One of them {how} be {who}; if none is, that is reported."


def _describe_charge(charge: Charge, notice: NoticeRule) -> Iterator[str]:
    per = "each school once, however many of its teachers" if charge.per == "school" else "each teacher who"
    stayed = "stayed away" if charge.per == "school" else "stays away"
    yield f"Staying away costs {charge.describe()}, for {per} {stayed}."
    if isinstance(notice, COUNTED):
        yield from _describe_tiers(charge, notice)
    if not charge.tiers and charge.late_notice_percent != 100:  # noqa: PLR2004 - the whole of it
        yield f"Late notice costs {charge.late_notice_percent} % of that."


def _describe_tiers(charge: Charge, notice: CountedRule) -> Iterator[str]:
    least, most = ("at least", "less than") if notice.boundary == "at least" else ("more than", "at most")
    for tier in charge.tiers:
        ends = f"but {least} {tier.until}" if tier.until else "up to the start"
        yield f"Notice of {most} {notice.count(tier.before)}, {ends}, costs {tier.percent} % of that."


def _describe_notice(terms: PolicyTerms) -> Iterator[str]:
    where = "" if terms.notice_online is None else "in person: "
    yield f"Nothing is charged with notice {where}{_rule(terms.notice)}."
    if terms.notice_online is not None:
        yield f"Nothing is charged with notice online: {_rule(terms.notice_online)}."


def _rule(rule: NoticeRule) -> str:
    ways = "in any way" if rule.takes_every_channel else "on Eventbrite"
    others = [_channel(channel) for channel in rule.channels if channel is not Channel.EVENTBRITE]
    if not rule.takes_every_channel and others:
        ways += " or " + ", ".join(others)
    confirmed = [_channel(channel) for channel in rule.confirm_in_writing]
    written = f" ({', '.join(confirmed)} only if confirmed in writing)" if confirmed else ""
    return f"{rule.describe()}, {ways}{written}"


def _channel(channel: Channel) -> str:
    return "in another way" if channel is Channel.OTHER else f"by {channel}"


def _describe_exemptions(terms: PolicyTerms) -> Iterator[str]:
    if not terms.exemptions.value:
        yield "Nothing is exempt."
    for rule in terms.exemptions.value:
        yield f"Exempt, if a person approves it: {rule.describe()}."


def _parts(terms: PolicyTerms) -> Iterator[tuple[int, str]]:
    if terms.attendance is None:
        return
    if terms.attendance.value.turned_away:
        yield terms.attendance.value.turned_away, "Whoever comes too late to be admitted"
    if terms.attendance.value.left_early:
        yield terms.attendance.value.left_early, "Whoever leaves early"


def _range(minimum: int, maximum: int) -> str:
    return f"{minimum} teachers" if minimum == maximum else f"{minimum} to {maximum} teachers"


def find_slips(policy: Policy) -> list[str]:
    """What a document says that hardly anybody means: it charges nobody, or practically everybody."""
    return [f"The version of {terms.version} charges {slip}" for terms in policy.versions for slip in _slips(terms)]


def _slips(terms: PolicyTerms) -> Iterator[str]:
    if not any(terms.charge.amounts):
        yield f"nobody: every amount is {short_pounds(0)}."
    for rule in dict.fromkeys(terms.notice_for(delivery) for delivery in Delivery):
        if _length(rule) > _LONG:
            yield f"practically everybody who cannot come: it wants notice {rule.describe()}."


def _length(rule: NoticeRule) -> timedelta:
    if not isinstance(rule, COUNTED):
        return timedelta()
    return timedelta(hours=rule.value) if rule.unit == "elapsed hours" else timedelta(days=rule.value)

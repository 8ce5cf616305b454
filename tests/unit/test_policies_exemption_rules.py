"""Exemptions as a policy lists them: kind, scope, circumstances, and until when a claim must have come."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from policies.decisions import Decision, Reason
from policies.engine import assess_workshop
from policies.exemption_rules import ExemptionRule, find_rules
from policies.facts import ExemptionKind, ExemptionState, Mark
from policies.parameters import Policy, PolicyError, load_policy, read_shipped
from tests.factories import AS_OF, ENDS_AT, STARTS_AT, Story, london

SHIPPED = read_shipped("maths-hub")
BOTH = 'value = ["ofsted", "extenuating"]'
MOMENT = timedelta(microseconds=1)
CLAIMED, APPROVED = ExemptionState.CLAIMED, ExemptionState.APPROVED
EXTENUATING, OFSTED = ExemptionKind.EXTENUATING, ExemptionKind.OFSTED


def policy(value: str) -> Policy:
    return load_policy(SHIPPED.replace(BOTH, f"value = {value}"))


def absent() -> Story:
    story = Story()
    story.book("B1", school="Oak")
    story.mark("B1", Mark.ABSENT)
    return story


def decide(story: Story, value: str) -> Decision:
    (decision,) = assess_workshop(story.facts(), policy(value), AS_OF)
    return decision


def reason(story: Story, value: str) -> Reason:
    return decide(story, value).reason


@pytest.mark.parametrize("state", [CLAIMED, APPROVED])
def test_where_ofsted_is_no_exemption_neither_claim_nor_approval_counts(state: ExemptionState) -> None:
    story = absent()
    story.claim(OFSTED, state, school="Oak", days=(STARTS_AT.date(), STARTS_AT.date()))
    assert reason(story, '["extenuating"]') is Reason.NO_SHOW
    assert reason(story, "[]") is Reason.NO_SHOW
    assert reason(story, '["ofsted"]') is (Reason.EXEMPTION_CLAIMED if state is CLAIMED else Reason.OFSTED)


@pytest.mark.parametrize(
    ("code", "expected"), [("illness", Reason.EXTENUATING), ("weather", Reason.NO_SHOW), (None, Reason.NO_SHOW)]
)
def test_only_the_circumstances_listed_are_exempt(code: str | None, expected: Reason) -> None:
    story = absent()
    story.claim(EXTENUATING, APPROVED, ref="B1", code=code)
    assert reason(story, '[{ kind = "extenuating", codes = ["illness", "family"] }]') is expected
    assert reason(story, '["extenuating"]') is Reason.EXTENUATING


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("booking and workshop", Reason.NO_SHOW), ("booking or school, and workshop", Reason.EXTENUATING)],
)
def test_a_claim_for_a_whole_school_counts_only_where_the_scope_allows_it(scope: str, expected: Reason) -> None:
    story = absent()
    story.claim(EXTENUATING, APPROVED, school="Oak")
    assert reason(story, f'[{{ kind = "extenuating", scope = "{scope}" }}]') is expected


WITHIN = '[{ kind = "extenuating", claim_within_days = 14 }]'
BY = '[{ kind = "extenuating", claim_within_days = 0, claim_by = 10:00:00 }]'


@pytest.mark.parametrize(
    ("value", "received_at", "expected"),
    [
        (WITHIN, london("2019-11-20 00:00") - MOMENT, Reason.EXEMPTION_CLAIMED),
        (WITHIN, london("2019-11-20 00:00"), Reason.NO_SHOW),
        (BY, london("2019-11-05 10:00"), Reason.EXEMPTION_CLAIMED),
        (BY, london("2019-11-05 10:00") + MOMENT, Reason.NO_SHOW),
        (WITHIN, None, Reason.EXEMPTION_CLAIMED),
    ],
)
def test_a_claim_after_its_time_asks_nobody_unless_it_is_unknown_when_it_came(
    value: str, received_at: datetime | None, expected: Reason
) -> None:
    story = absent()
    story.claim(EXTENUATING, CLAIMED, ref="B1", received_at=received_at)
    assert reason(story, value) is expected


def test_what_a_person_approved_counts_however_late_it_was_claimed() -> None:
    story = absent()
    story.claim(EXTENUATING, APPROVED, ref="B1", received_at=london("2020-01-01 09:00"))
    assert reason(story, WITHIN) is Reason.EXTENUATING


def test_a_claim_in_time_is_not_hidden_by_an_older_one_that_came_too_late() -> None:
    story = absent()
    story.claim(EXTENUATING, CLAIMED, ref="B1", received_at=london("2019-12-01 09:00"))
    story.claim(EXTENUATING, CLAIMED, ref="B1", received_at=london("2019-11-06 09:00"))
    assert reason(story, WITHIN) is Reason.EXEMPTION_CLAIMED


def test_of_the_dates_announced_the_last_one_sets_the_time_for_claims() -> None:
    story = absent()
    story.move(STARTS_AT - timedelta(days=7), announced_at=STARTS_AT - timedelta(days=21))
    story.claim(EXTENUATING, CLAIMED, ref="B1", received_at=ENDS_AT + timedelta(days=13))
    assert reason(story, WITHIN) is Reason.EXEMPTION_CLAIMED


def test_whoever_decides_is_told_what_the_policy_asks_and_whoever_pays_that_it_came_too_late() -> None:
    story = absent()
    story.claim(EXTENUATING, CLAIMED, ref="B1", received_at=london("2019-11-19 09:00"))
    asked = '[{ kind = "extenuating", claim_within_days = 14, evidence = "a note from the head teacher" }]'
    assert decide(story, asked).evidence[1:4] == (
        "an exemption was claimed and nobody has decided about it yet",
        "the policy takes such claims until Tue 19 Nov 23:59",
        "the policy asks for this to be shown: a note from the head teacher",
    )
    assert (
        "an exemption was claimed on Tue 19 Nov 09:00; the policy takes such claims until Wed 6 Nov 23:59"
        in decide(story, asked.replace("14", "1")).evidence
    )
    assert not any("claim" in line for line in decide(absent(), asked).evidence)


def test_a_claim_that_was_refused_is_not_spoken_of() -> None:
    story = absent()
    story.claim(EXTENUATING, ExemptionState.REFUSED, ref="B1", received_at=london("2020-01-19 09:00"))
    assert not any("claim" in line for line in decide(story, WITHIN).evidence)


@pytest.mark.parametrize("days", [(0, "2019-11-05"), (1, "2019-11-06")])
def test_a_limit_in_days_ends_with_the_local_day(days: tuple[int, str]) -> None:
    rule = ExemptionRule(kind=OFSTED, claim_within_days=days[0])
    assert rule.last_claim_at(ENDS_AT) == london(f"{days[1]} 23:59") + timedelta(minutes=1) - MOMENT


def test_a_limit_in_days_that_crosses_a_change_of_the_clocks_is_local() -> None:
    rule = ExemptionRule(kind=OFSTED, claim_within_days=7)
    assert rule.last_claim_at(london("2020-03-24 15:00")) == london("2020-04-01 00:00") - MOMENT


@pytest.mark.parametrize(("name", "may"), [("Jo Field", True), ("jo  FIELD ", True), ("Jo", False), ("", False)])
def test_who_may_approve_is_a_name_in_any_case(name: str, *, may: bool) -> None:
    rule = ExemptionRule(kind=OFSTED, approvers=("Sam Hill", "Jo Field"))
    assert rule.lets_approve(name) is may
    assert ExemptionRule(kind=OFSTED).lets_approve(name)


def test_the_rules_about_a_claim_are_those_of_its_kind_and_code() -> None:
    value = '["ofsted", { kind = "extenuating", codes = ["illness"] }, { kind = "extenuating", codes = ["weather"] }]'
    exemptions = policy(value).versions[0].exemptions
    assert find_rules([exemptions], EXTENUATING, "weather") == [exemptions.value[2]]
    assert find_rules([exemptions], OFSTED, None) == [exemptions.value[0]]
    assert find_rules([exemptions], EXTENUATING, "family") == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('[{ kind = "ofsted", scope = "booking and workshop" }]', 'the scope of ofsted is "school and dates"'),
        ('[{ kind = "extenuating", scope = "school and dates" }]', 'is "booking or school, and workshop" or'),
        ('[{ kind = "ofsted", codes = ["illness"] }]', "codes are kinds of extenuating circumstances"),
        ('[{ kind = "ofsted", claim_by = 10:00:00 }]', "claim_by is a local time, and needs claim_within_days"),
        ('[{ kind = "extenuating", codes = ["flu"] }]', "value[1].codes[1]: found 'flu'; allowed: 'illness'"),
        ('[{ kind = "ofsted", approver = ["Jo"] }]', "value[1].approver: no such key; allowed: kind, scope, codes"),
        ('["ofsted", "ofsted"]', "says twice what is asked for the same kind: ofsted"),
        ('["extenuating", { kind = "extenuating", codes = ["family"] }]', "says twice"),
        (
            '[{ kind = "extenuating", codes = ["illness"] }, { kind = "extenuating", codes = ["family", "illness"] }]',
            "says twice",
        ),
        ('["strike"]', "value[1].kind: found 'strike'; allowed: 'ofsted' or 'extenuating'"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key_and_line(value: str, problem: str) -> None:
    with pytest.raises(PolicyError, match="line ") as refused:
        policy(value)
    assert problem in str(refused.value)
    assert "exemptions" in str(refused.value)
    line = SHIPPED.splitlines().index(BOTH) + 1
    assert f"line {line}, " in str(refused.value) or f"line {line - 1}, " in str(refused.value)

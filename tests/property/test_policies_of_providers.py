"""Every policy of a real provider, and one that asks everything at once, judges whatever may happen at a workshop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.decisions import Decision, Outcome
from policies.engine import assess_workshop
from policies.facts import Channel, Delivery, Mark
from policies.parameters import Policy, load_policy, read_shipped
from tests.factories import AS_OF, BOOKED_AT, STARTS_AT, Story
from tests.property.test_policies_decisions import stories, thorough

FLYER = read_shipped("maths-hub")
TEACHERS = FLYER[FLYER.index("[version.teachers]") :]
VARIANTS = sorted(path.stem for path in Path("tests/variants").glob("*.toml"))
DOCUMENTS = [*VARIANTS, "most_complex", "no_charge"]


@cache
def load(name: str) -> Policy:
    if name == "most_complex":
        text = Path("tests/bench/most_complex.toml").read_text(encoding="utf-8")
    elif name == "no_charge":
        text = FLYER.replace("value = 5000", "value = 5000\nlate_notice_percent = 0")
    else:
        text = Path(f"tests/variants/{name}.toml").read_text(encoding="utf-8") + "\n" + TEACHERS
    return load_policy(text, is_bank_holiday)


@st.composite
def wild_stories(draw: st.DrawFn) -> Story:
    """As for the flyer, with every mark, channel, delivery, circumstance and time of a claim."""
    story = draw(stories())
    story.settings["deliveries"] = draw(
        st.sampled_from([(Delivery.IN_PERSON,), (Delivery.ONLINE,), (Delivery.IN_PERSON, Delivery.ONLINE)])
    )
    story.marks = [replace(mark, mark=draw(st.sampled_from([mark.mark, *Mark]))) for mark in story.marks]
    story.notices = [replace(notice, channel=draw(st.sampled_from(Channel))) for notice in story.notices]
    story.exemptions = [
        replace(
            claim,
            code=draw(st.sampled_from([None, "illness", "weather"])),
            received_at=draw(st.sampled_from([None, STARTS_AT, AS_OF])),
        )
        for claim in story.exemptions
    ]
    return story


@pytest.mark.parametrize("document", DOCUMENTS)
@thorough
@given(story=wild_stories())
def test_money_is_due_for_charges_alone_and_never_more_than_the_policy_names(document: str, story: Story) -> None:
    policy, facts = load(document), story.facts()
    charge = policy.versions[0].charge
    most = max(charge.full_pence(date.starts_at, date.ends_at) for date in facts.dates)
    for decision in assess_workshop(facts, policy, AS_OF):
        assert (decision.amount_pence > 0) == (decision.outcome is Outcome.CHARGE)
        assert 0 <= decision.amount_pence <= most
        assert isinstance(decision.amount_pence, int)


def absent_with_notice(policy: Policy, at: datetime, delivery: Delivery) -> Decision:
    story = Story()
    story.settings["deliveries"] = (delivery,)
    story.book("B1", BOOKED_AT)
    story.sight(at + timedelta(minutes=5))
    story.cancel("B1", at)
    story.mark("B1", Mark.ABSENT)
    (decision,) = assess_workshop(story.facts(), policy, AS_OF)
    return decision


@pytest.mark.parametrize("document", DOCUMENTS)
@thorough
@given(
    minutes=st.tuples(st.integers(0, 34 * 24 * 60), st.integers(0, 34 * 24 * 60)),
    delivery=st.sampled_from(Delivery),
)
def test_earlier_notice_never_costs_more(document: str, minutes: tuple[int, int], delivery: Delivery) -> None:
    policy = load(document)
    early, late = sorted(max(BOOKED_AT, STARTS_AT - timedelta(minutes=before)) for before in minutes)
    assert (
        absent_with_notice(policy, early, delivery).amount_pence
        <= absent_with_notice(policy, late, delivery).amount_pence
    )

"""How notice may be given: some ways do not count, some only if confirmed in writing; and online workshops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.decisions import Decision, Reason
from policies.engine import assess_workshop
from policies.facts import Channel, Delivery, Mark
from policies.parameters import Policy, load_policy, read_shipped
from tests.factories import AS_OF, DEADLINE_AT, STARTS_AT, Story, london

SHIPPED = read_shipped("maths-hub")
NOTICE = 'value = 24\nunit = "elapsed hours"\n'
IN_TIME = DEADLINE_AT - timedelta(hours=1)


def policy(keys: str, more: str = "") -> Policy:
    return load_policy(SHIPPED.replace(NOTICE, NOTICE + keys) + more, is_bank_holiday)


def decide(terms: Policy, *channels: Channel, **settings: object) -> Decision:
    story = Story(settings=settings)
    story.book("B1")
    story.mark("B1", Mark.ABSENT)
    for channel in channels:
        story.notice("B1", IN_TIME, channel)
    (decision,) = assess_workshop(story.facts(), terms, AS_OF)
    return decision


EMAIL_ONLY = policy('channels = ["email"]\n')


def test_notice_in_a_way_that_the_policy_does_not_accept_is_none_and_is_told() -> None:
    decision = decide(EMAIL_ONLY, Channel.PHONE, Channel.OTHER)
    assert decision.reason is Reason.NO_SHOW
    told = [sentence for sentence in decision.evidence if "does not accept" in sentence]
    assert told == [
        "the hub was told by phone on Mon 4 Nov 09:00, which the policy does not accept as notice",
        "the hub was told in another way on Mon 4 Nov 09:00, which the policy does not accept as notice",
    ]


def test_notice_in_a_way_that_it_accepts_counts_beside_others() -> None:
    assert decide(EMAIL_ONLY, Channel.PHONE, Channel.EMAIL).reason is Reason.NOTICE_IN_TIME


def test_cancelling_on_eventbrite_always_counts() -> None:
    story = Story()
    story.book("B1")
    story.cancel("B1", IN_TIME)
    (decision,) = assess_workshop(story.facts(), EMAIL_ONLY, AS_OF)
    assert decision.reason is Reason.NOTICE_IN_TIME


@pytest.mark.parametrize(
    ("channels", "reason"),
    [
        ([Channel.PHONE], Reason.NO_SHOW),
        ([Channel.PHONE, Channel.OTHER], Reason.NOTICE_IN_TIME),
        ([Channel.PHONE, Channel.EMAIL], Reason.NOTICE_IN_TIME),
        ([Channel.OTHER], Reason.NOTICE_IN_TIME),
    ],
)
def test_a_call_counts_once_it_is_confirmed_in_writing(channels: list[Channel], reason: Reason) -> None:
    assert decide(policy('confirm_in_writing = ["phone"]\n'), *channels).reason is reason


ONLINE = """
[version.notice_online]
value = 5
unit = "working days"
counting = "back"
clause = "Online: 5 working days."
source = "a test"
"""


@pytest.mark.parametrize(
    ("deliveries", "deadline"),
    [
        ((Delivery.IN_PERSON,), "2019-11-04 10:00"),
        ((Delivery.ONLINE,), "2019-10-30 00:00"),
        ((Delivery.IN_PERSON, Delivery.ONLINE), "2019-11-04 10:00"),
    ],
)
def test_online_workshops_have_their_own_deadline_and_the_later_of_two_counts(
    deliveries: tuple[Delivery, ...], deadline: str
) -> None:
    at = decide(policy("", ONLINE), deliveries=deliveries).deadline_at
    assert at is not None
    assert timedelta() <= london(deadline) - at <= timedelta(microseconds=1)


def test_a_policy_without_a_rule_of_its_own_for_online_workshops_has_one_for_all() -> None:
    assert decide(policy(""), deliveries=(Delivery.ONLINE,)).deadline_at == STARTS_AT - timedelta(hours=24)

"""Which events are read completely: from 36 hours before the earliest deadline (DESIGN 7.3c)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eb_sync.sync.window import ReadState, active_events
from eb_sync.workshops.bank_holidays import is_bank_holiday
from eb_sync.workshops.calendar import Workshop
from policies.facts import AnnouncedDate, Delivery
from policies.parameters import load_policy, read_shipped

STARTS_AT = datetime(2020, 11, 3, 10, tzinfo=UTC)


def workshop(*deliveries: Delivery) -> Workshop:
    return Workshop(
        id="900",
        event_id="900",
        workgroup_id="900",
        day=None,
        slug="fractions",
        title="Fractions",
        time_zone="Europe/London",
        venue=None,
        organizer_id=None,
        dates=(AnnouncedDate(1, STARTS_AT, STARTS_AT + timedelta(hours=5), STARTS_AT - timedelta(days=90)),),
        deliveries=deliveries,
        dates_known=True,
        disputed=None,
        single_day=True,
        is_bookable=True,
        other_classes=frozenset(),
        known_classes=None,
        hub_statement=None,
        eventbrite_statement=None,
        closed_at=None,
    )


def begins_at(policy_text: str, *deliveries: Delivery) -> datetime:
    """The first hour at which the event is read."""
    policy, state = load_policy(policy_text, is_bank_holiday), ReadState({}, frozenset())

    def is_active(at: datetime) -> bool:
        return bool(active_events([workshop(*deliveries)], lambda _: policy, state, at))

    hours = (STARTS_AT - timedelta(days=20) + timedelta(hours=n) for n in range(20 * 24))
    return next(at for at in hours if is_active(at))


@pytest.mark.parametrize(
    ("policy_id", "deliveries", "deadline"),
    [
        ("maths-hub", (Delivery.IN_PERSON,), datetime(2020, 11, 2, 10, tzinfo=UTC)),
        ("trust", (Delivery.IN_PERSON,), datetime(2020, 10, 28, tzinfo=UTC)),
        ("trust", (Delivery.ONLINE,), datetime(2020, 11, 2, 10, tzinfo=UTC)),
        ("trust", (Delivery.IN_PERSON, Delivery.ONLINE), datetime(2020, 10, 28, tzinfo=UTC)),
    ],
)
def test_it_begins_36_hours_before_the_earliest_deadline(
    policy_id: str, deliveries: tuple[Delivery, ...], deadline: datetime
) -> None:
    assert begins_at(read_shipped(policy_id), *deliveries) == deadline - timedelta(hours=36)


def test_where_no_version_is_in_force_it_begins_36_hours_before_the_start() -> None:
    later = read_shipped("maths-hub").replace("2019-01-01", "2021-01-01")
    assert begins_at(later, Delivery.IN_PERSON) == STARTS_AT - timedelta(hours=36)


@pytest.mark.parametrize(("is_bookable", "is_read"), [(True, True), (False, False)])
def test_long_after_its_end_an_event_never_read_since_is_read_unless_eventbrite_shows_it_no_longer(
    is_bookable: bool, is_read: bool
) -> None:
    policy, state = load_policy(read_shipped("maths-hub"), is_bank_holiday), ReadState({}, frozenset())
    over = replace(workshop(Delivery.IN_PERSON), is_bookable=is_bookable)
    at = over.ends_at + timedelta(days=15)
    assert bool(active_events([over], lambda _: policy, state, at)) is is_read

"""How many calls a run needs, and what fits into the hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from eb_sync.model.readings import TicketClass
from eb_sync.sync.calls import WantedRead, plan_reading
from tests.readings import EVENT

STARTS_AT = datetime(2019, 11, 5, 10, tzinfo=UTC)


def wanted(event_id: str, *, rank: int = 0, bookings: int | None = 0) -> WantedRead:
    return WantedRead(replace(EVENT, id=event_id), rank, bookings)


def test_a_read_takes_the_pages_of_its_bookings_and_one_for_those_who_cancelled() -> None:
    assert [wanted("1", bookings=count).calls for count in (0, 1, 50, 51, 100, 101)] == [2, 2, 2, 3, 3, 4]


def test_an_event_that_was_not_listed_takes_one_call_more() -> None:
    assert WantedRead("1", 0, 51).calls == 4
    assert WantedRead("1", 0, None).calls == 3


def test_of_an_event_never_read_the_tickets_sold_are_counted() -> None:
    tickets = (TicketClass("1", "admission", 60), TicketClass("2", "add_on", None), TicketClass("3", "admission", 41))
    assert WantedRead(replace(EVENT, ticket_classes=tickets), 0, None).calls == 4


def test_what_tickets_say_to_be_sold_never_takes_all_calls_of_the_hour() -> None:
    lie = replace(EVENT, id="1", ticket_classes=(TicketClass("1", "admission", 999_999),))
    plan = plan_reading([WantedRead(lie, 0, None), wanted("2")], 1000)
    assert [each.event_id for each in plan.reads] == ["1", "2"]


def test_everything_fits_while_nobody_says_how_many_calls_are_left() -> None:
    plan = plan_reading([wanted("2"), wanted("1")], None)
    assert ([each.event_id for each in plan.reads], plan.left, plan.calls_needed) == (["1", "2"], (), 4)


def test_the_urgent_comes_first_and_nothing_overtakes_what_did_not_fit() -> None:
    plan = plan_reading([wanted("1", rank=2), wanted("2", rank=1, bookings=150), wanted("3"), wanted("4", rank=1)], 5)
    assert [each.event_id for each in plan.reads] == ["3"]
    assert [each.event_id for each in plan.left] == ["2", "4", "1"]
    assert (plan.calls_needed, plan.calls_left) == (10, 5)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 200)), max_size=20), st.integers(0, 60))
def test_what_is_read_never_needs_more_than_is_left(reads: list[tuple[int, int]], calls_left: int) -> None:
    several = [wanted(str(n), rank=rank, bookings=bookings) for n, (rank, bookings) in enumerate(reads)]
    plan = plan_reading(several, calls_left)
    assert sum(each.calls for each in plan.reads) <= calls_left
    assert sorted([*plan.reads, *plan.left], key=lambda each: each.event_id) == sorted(
        several, key=lambda each: each.event_id
    )
    assert max((each.rank for each in plan.reads), default=0) <= min((each.rank for each in plan.left), default=2)

"""What the verbs of the sandbox do to its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eb_sync.sandbox.bookings import CHECKOUT
from eb_sync.sandbox.event_payloads import compute_status
from eb_sync.sandbox.ids import sort_key
from eb_sync.sandbox.requested import NewEvent, NewSeries, NewTicketClass, Ticket
from eb_sync.sandbox.rows import AttendeeStatus
from eb_sync.sandbox.world import World

MORNING = datetime(2019, 9, 2, 8, 0, tzinfo=UTC)
ROWAN = Ticket("Rowan Thistledown", "rowan@oakfell.example.org", {"School name": "Oakfell Primary"})
BRYN = Ticket("Bryn Calloway", "bryn@oakfell.example.org")
WORKSHOP = NewEvent("Fractions in Year 4", "2019-11-05 10:00", "2019-11-05 15:00")


@pytest.fixture
def world() -> World:
    made = World(MORNING)
    made.create_organization("Larkmoor Maths Hub")
    return made


def test_local_times_become_utc_by_the_rules_of_their_zone(world: World) -> None:
    winter = world.event(world.add_event(WORKSHOP))
    summer = world.event(world.add_event(NewEvent("Bar models", "2020-06-23 10:00", "2020-06-23 15:00")))
    assert winter.starts_at == datetime(2019, 11, 5, 10, 0, tzinfo=UTC)
    assert summer.starts_at == datetime(2020, 6, 23, 9, 0, tzinfo=UTC)


def test_an_order_begins_some_seconds_before_its_attendees(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    rowan = world.attendee(rowan_id)
    assert rowan.created_at == rowan.changed_at == MORNING
    assert world.orders[rowan.order_id].created_at == MORNING - CHECKOUT


def test_each_attendee_has_an_id_and_profile_of_its_own_where_the_form_asks_for_attendees(world: World) -> None:
    rowan_id, bryn_id = world.book(world.add_event(WORKSHOP), [ROWAN, BRYN])
    assert "-" not in rowan_id + bryn_id
    assert world.attendee(bryn_id).profile.name == "Bryn Calloway"


def test_seats_share_the_buyers_profile_and_id_where_the_form_asks_for_the_buyer(world: World) -> None:
    event_id = world.add_event(
        NewEvent("Seats", "2019-11-05 10:00", "2019-11-05 15:00", survey_respondent="ticket_buyer")
    )
    ids = world.book(event_id, [ROWAN, BRYN, BRYN])
    assert ids == (ids[0], f"{ids[0]}-1", f"{ids[0]}-2")
    assert {world.attendee(each).profile.name for each in ids} == {"Rowan Thistledown"}
    assert len({world.attendee(each).barcode.text for each in ids}) == 3


def test_a_cancelled_row_says_so_in_flags_status_and_both_stamps(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    world.advance(timedelta(days=1))
    world.cancel(rowan_id)
    rowan = world.attendee(rowan_id)
    assert (rowan.status, rowan.cancelled, rowan.barcode.status) == (AttendeeStatus.NOT_ATTENDING, True, "refunded")
    assert rowan.changed_at == rowan.barcode.changed_at == MORNING + timedelta(days=1)


def test_a_slow_replica_stamps_a_cancellation_earlier(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    world.advance(timedelta(hours=2))
    world.cancel(rowan_id, stamped_at=MORNING + timedelta(hours=1))
    assert world.attendee(rowan_id).changed_at == MORNING + timedelta(hours=1)


def test_a_revived_booking_is_the_same_row_attending_again(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    world.cancel(rowan_id)
    world.revive(rowan_id)
    rowan = world.attendee(rowan_id)
    assert (rowan.status, rowan.cancelled, rowan.barcode.status) == (AttendeeStatus.ATTENDING, False, "unused")


def test_an_entirely_deleted_booking_leaves_nothing_but_its_order(world: World) -> None:
    event_id = world.add_event(WORKSHOP)
    (rowan_id,) = world.book(event_id, [ROWAN])
    order_id = world.attendee(rowan_id).order_id
    world.delete(rowan_id, entirely=True)
    assert world.attendees_of(event_id) == []
    assert order_id in world.orders


def test_a_check_in_moves_the_barcode_and_leaves_changed_alone(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    world.advance(timedelta(days=64))
    world.check_in(rowan_id)
    rowan = world.attendee(rowan_id)
    assert (rowan.status, rowan.checked_in, rowan.barcode.status) == (AttendeeStatus.CHECKED_IN, True, "used")
    assert (rowan.changed_at, rowan.barcode.changed_at) == (MORNING, world.now_at)


def test_an_undone_check_in_keeps_its_method(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    world.check_in(rowan_id, method="search", moves_changed=True)
    world.undo_check_in(rowan_id)
    rowan = world.attendee(rowan_id)
    assert (rowan.checked_in, rowan.barcode.status, rowan.barcode.checkin_method) == (False, "unused", "search")


def test_what_cannot_be_is_refused(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    with pytest.raises(ValueError, match="not checked in"):
        world.undo_check_in(rowan_id)
    world.cancel(rowan_id)
    with pytest.raises(ValueError, match="cancelled"):
        world.check_in(rowan_id)
    with pytest.raises(LookupError, match="no attendee"):
        world.cancel("404")
    with pytest.raises(LookupError, match="does not ask"):
        world.edit(rowan_id, answers={"Shoe size": "6"})
    with pytest.raises(ValueError, match="aware"):
        World(datetime(2019, 9, 2, 8, 0))  # noqa: DTZ001  # that is the point


def test_an_edit_keeps_the_row_and_the_answers_not_named(world: World) -> None:
    (rowan_id,) = world.book(world.add_event(WORKSHOP), [ROWAN])
    world.edit(rowan_id, name="Bryn Calloway", answers={"School URN": "800001"})
    rowan = world.attendee(rowan_id)
    assert rowan.profile.name == "Bryn Calloway"
    assert [text for _, text in rowan.answers] == ["Oakfell Primary", "800001"]


def test_a_copied_event_has_new_ids_for_all_its_parts(world: World) -> None:
    original = world.event(world.add_event(WORKSHOP))
    copied = world.event(world.copy_event(original.id, "2020-01-21 10:00", "2020-01-21 15:00"))
    assert copied.published_at is None
    assert [each.label for each in copied.questions] == [each.label for each in original.questions]
    assert not {each.id for each in copied.questions} & {each.id for each in original.questions}
    assert copied.ticket_classes[0].id != original.ticket_classes[0].id


def test_a_series_spans_its_children_and_takes_no_bookings_itself(world: World) -> None:
    days = (("2020-02-04 13:00", "2020-02-04 16:00"), ("2020-03-10 13:00", "2020-03-10 16:00"))
    parent_id, child_ids = world.add_series(NewSeries(NewEvent("Reasoning", *days[0]), days))
    view = world.view(world.event(parent_id))
    assert [child.id for child in view.children] == list(child_ids)
    assert (view.starts_at.day, view.ends_at.day) == (4, 10)
    with pytest.raises(ValueError, match="child"):
        world.book(parent_id, [ROWAN])


def test_every_change_of_an_event_moves_its_stamp(world: World) -> None:
    event_id = world.add_event(WORKSHOP)
    world.advance(timedelta(days=1))
    world.rename(event_id, "Fractions in Year 5")
    event = world.event(event_id)
    assert (event.title, event.created_at, event.changed_at) == ("Fractions in Year 5", MORNING, world.now_at)


def test_more_kept_pieces_than_there_is_room_for_are_made_anew(world: World) -> None:
    made = [world.keep(number, None, object) for number in range(100_002)]
    assert world.keep(100_001, None, object) is made[-1]
    assert world.keep(0, None, object) is not made[0]


def test_status_follows_the_clock_late_and_knows_nothing_of_a_cancellation(world: World) -> None:
    event_id = world.add_event(WORKSHOP)
    world.call_off(event_id)
    seen = []
    for hours in (0, 1, 6, 24):
        world.set_clock(datetime(2019, 11, 5, 10, 0, tzinfo=UTC) + timedelta(hours=hours))
        seen.append(compute_status(world.view(world.event(event_id))))
    assert seen == ["live", "started", "ended", "completed"]


def test_an_event_with_active_bookings_cannot_get_the_status_canceled(world: World) -> None:
    event_id = world.add_event(WORKSHOP)
    (rowan_id,) = world.book(event_id, [ROWAN])
    with pytest.raises(ValueError, match="active bookings"):
        world.cancel_event(event_id)
    world.cancel(rowan_id)
    world.cancel_event(event_id)
    assert compute_status(world.view(world.event(event_id))) == "canceled"


def test_a_ticket_goes_to_the_class_it_names(world: World) -> None:
    classes = (NewTicketClass(), NewTicketClass("Lunch", "add_on"))
    event_id = world.add_event(NewEvent("Lunch too", "2019-11-05 10:00", "2019-11-05 15:00", ticket_classes=classes))
    (lunch_id,) = world.book(event_id, [Ticket("Rowan Thistledown", None, ticket_class="Lunch")])
    assert world.attendee(lunch_id).ticket_class_name == "Lunch"
    with pytest.raises(LookupError, match="no ticket class"):
        world.book(event_id, [Ticket("Rowan Thistledown", None, ticket_class="Dinner")])


def test_the_same_calls_give_the_same_ids_and_another_seed_gives_others() -> None:
    def made(seed: int) -> str:
        world = World(MORNING, seed=seed)
        world.create_organization("Larkmoor Maths Hub")
        return world.add_event(WORKSHOP)

    assert made(0) == made(0) != made(1)
    assert len(made(0)) == 13


def test_ids_are_ordered_by_number_with_suffixed_ones_after_their_stem() -> None:
    assert sorted(["10", "9-2", "9", "x", "9-10"], key=sort_key) == ["9", "9-2", "9-10", "10", "x"]

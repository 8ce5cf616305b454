"""Reads that look wrong wait, in the order in which they were seen: nothing is lost, invented or overtaken."""

from __future__ import annotations

import pytest

from eb_sync.sandbox.faults import FaultKind
from tests.e2e.workshop_day import Day, begin_day
from tests.hub import Hub


@pytest.fixture
def day(hub: Hub) -> Day:
    return begin_day(hub)


def test_changes_that_look_wrong_wait_for_a_complete_read(day: Day) -> None:
    for number in range(5):
        day.hub.world.cancel(day.attendee(number))
    day.break_event()
    day.sync_at("2019-11-04 09:00", code=65)
    assert {reason for _, reason in day.hub.decisions("fractions").values()} == {"not_over"}
    assert day.hub.do("status", "--json").json()["held"] == [{"event_id": day.event, "active": 7, "would_end": 5}]
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 11:00", code=65)
    day.hub.do("sync", "--allow-mass-change", "fractions")
    assert day.reason(0) == "notice_in_time"


def test_a_nameless_row_beside_a_mass_change_is_held_and_the_rest_applied(day: Day) -> None:
    for number in range(5):
        day.hub.world.cancel(day.attendee(number))
    new = day.hub.book(day.other, "Teacher Yan")
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(6), keys=("id",))
    day.sync_at("2019-11-04 09:00", code=65)
    assert new in day.hub.decisions("ratio")
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 09:30", code=65)
    day.hub.do("sync", "--allow-mass-change", "fractions")
    assert day.hub.do("status", "--json").json()["quarantined"] == []


def test_each_held_read_keeps_its_time(day: Day) -> None:
    for number in range(4):
        day.hub.world.delete(day.attendee(number), entirely=True)
    day.sync_at("2019-11-04 08:30", code=65)
    day.hub.world.delete(day.attendee(4), entirely=True)
    day.sync_at("2019-11-04 09:30", code=65)
    day.hub.at("2019-11-04 11:00")
    day.hub.do("sync", "--allow-mass-change", "fractions")
    assert [day.notice(number)[1] for number in (0, 4)] == ["08:30", "09:30"]


def test_a_held_read_that_a_later_one_bears_out_in_part_keeps_its_time_for_that(day: Day) -> None:
    rows = [day.hub.world.attendee(day.attendee(number)) for number in range(4)]
    for number in range(4):
        day.hub.world.delete(day.attendee(number), entirely=True)
    day.sync_at("2019-11-04 09:00", code=65)
    day.hub.world.put_attendee(rows[3])
    day.sync_at("2019-11-04 11:00")
    day.close()
    assert [day.reason(number) for number in range(4)] == ["notice_in_time"] * 3 + ["no_show"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_held_read_undoes_nothing_that_was_seen_since(day: Day, allowed: bool) -> None:
    hub, world = day.hub, day.hub.world
    day.sync_at("2019-11-05 10:10")
    rows = [world.attendee(day.attendee(number)) for number in range(4)]
    for number in range(4):
        world.delete(day.attendee(number), entirely=True)
    day.sync_at("2019-11-05 10:20", code=65)
    hub.at("2019-11-05 10:30")
    world.check_in(day.attendee(6), moves_changed=True)
    day.break_event()
    day.sync_at("2019-11-05 10:40", code=65)
    world.faults.clear()
    hub.at("2019-11-05 14:00")
    world.cancel(day.attendee(6))
    if not allowed:
        world.put_attendee(rows[3])
        world.put_attendee(rows[2])
    hub.at("2019-11-05 15:30")
    read = hub.do("sync", "--json", *(("--allow-mass-change", "fractions") if allowed else ())).json()
    assert read["observations"] == (4 if allowed else 2) + 2
    hub.do("attendance", "close", "fractions", "--rest-absent")
    assert day.reason(6) == "attended"


def test_a_check_in_that_only_a_held_read_showed_counts(day: Day) -> None:
    hub, world = day.hub, day.hub.world
    day.sync_at("2019-11-05 10:10")
    rows = [world.attendee(day.attendee(number)) for number in range(4)]
    for number in range(4):
        world.delete(day.attendee(number), entirely=True)
    world.check_in(day.attendee(6), moves_changed=True)
    day.sync_at("2019-11-05 10:40", code=65)
    for row in rows:
        world.put_attendee(row)
    hub.at("2019-11-05 14:00")
    world.cancel(day.attendee(6))
    day.sync_at("2019-11-05 15:30")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    assert day.reason(6) == "attended"


def test_nothing_is_billed_while_changes_that_look_wrong_wait(day: Day) -> None:
    day.close()
    day.break_event()
    for number in range(5):
        day.hub.world.cancel(day.attendee(number))
    day.sync_at("2019-11-05 17:00", code=65)
    assert day.reason(0) == day.reason(6) == "bookings_stale"
    assert day.hub.do("invoices", "--yes", "--json").json()["issued"] == []
    day.hub.world.faults.clear()
    day.hub.at("2019-11-05 18:00")
    day.hub.do("sync", "--allow-mass-change", "fractions")
    assert day.reason(6) == "no_show"
    assert day.hub.do("status", "--json").json()["held"] == []
    day.hub.do("verify")


def test_a_mass_change_of_an_event_that_is_gone_is_held_when_it_is_back(day: Day) -> None:
    far = day.hub.event("Proof", "2020-03-10 10:00", "2020-03-10 15:00", slug="proof")
    bookings = [day.hub.book(far, f"Far {number}") for number in range(6)]
    day.sync_at("2019-11-04 08:10")
    for booking in bookings[:4]:
        day.hub.world.cancel(day.hub.bookings[booking])
    event = day.hub.world.events[far]
    with day.between(lambda: day.hub.world.drop_event(far)):
        day.sync_at("2019-11-04 09:00", code=65)
    day.hub.world.put_event(event)
    day.sync_at("2019-11-04 09:30", code=65)
    day.hub.do("sync", "--allow-mass-change", "proof")
    assert day.hub.decisions("proof")[bookings[0]][1] == "notice_in_time"
    assert day.hub.sync().json()["requests"] == 3 + 2 * 2


@pytest.mark.parametrize("seen_after_the_deadline", [True, False])
def test_a_held_read_is_no_sighting_of_a_booking_that_it_showed_as_ended(
    day: Day, seen_after_the_deadline: bool
) -> None:
    if seen_after_the_deadline:
        day.sync_at("2019-11-04 10:10")
    day.hub.at("2019-11-04 10:15")
    day.cancel(0, 1, 2, 3)
    day.sync_at("2019-11-04 10:20", code=65)
    day.hub.at("2019-11-04 10:35")
    day.revive(0)
    day.break_event()
    day.sync_at("2019-11-04 10:40", code=65)
    day.hub.world.faults.clear()
    day.hub.at("2019-11-04 10:50")
    day.cancel(0)
    day.allow("2019-11-04 11:00")
    day.close()
    if seen_after_the_deadline:
        assert (day.notice(0)[0], day.notice(1)) == ("10:05", ("10:05", "10:15"))
    else:
        assert (day.notice(0)[0], day.reason(0)) == ("07:55", "notice_unproven")
    day.hub.do("verify")


def test_a_check_in_that_only_a_held_list_of_changes_showed_counts(day: Day) -> None:
    day.sync_at("2019-11-05 10:10")
    day.hub.at("2019-11-05 10:30")
    day.cancel(0, 1, 2, 3, 4)
    day.hub.world.check_in(day.attendee(6), moves_changed=True)
    day.break_event()
    day.sync_at("2019-11-05 10:40", code=65)
    day.hub.world.faults.clear()
    day.revive(0, 1, 2, 3, 4)
    day.hub.at("2019-11-05 14:00")
    day.cancel(6)
    day.sync_at("2019-11-05 15:30")
    day.hub.do("attendance", "close", "fractions", "--rest-absent")
    assert day.reason(6) == "attended"
    assert day.reason(0) == "no_show"


def test_a_mass_change_does_not_pass_in_pieces(day: Day) -> None:
    for number, minute in enumerate((40, 45, 55, 56)):
        day.hub.at(f"2019-11-04 08:{minute}")
        day.cancel(number)
    day.sync_at("2019-11-04 09:00", code=65)
    day.break_event()
    day.sync_at("2019-11-04 09:05", code=65)
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 10:00", code=65)
    day.sync_at("2019-11-04 10:10", code=65)
    assert day.hub.do("status", "--json").json()["held"] == [{"event_id": day.event, "active": 7, "would_end": 4}]
    day.allow("2019-11-04 11:00")
    assert [day.notice(number)[1] for number in range(4)] == ["08:40", "08:45", "08:55", "08:56"]


@pytest.mark.parametrize("option", ["--full", "--json"])
def test_a_run_that_lists_no_changes_loses_none_that_are_held(day: Day, option: str) -> None:
    day.hub.at("2019-11-04 08:55")
    day.cancel(0, 1, 2, 3, 4)
    day.break_event()
    day.sync_at("2019-11-04 09:00", code=65)
    day.hub.at("2019-11-04 12:00")
    assert day.hub.run("sync", option).code == 65
    # the person's word counts though the event cannot be read yet
    assert day.allow("2019-11-04 13:00", code=3)["held"] == []
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 14:00")
    assert (day.notice(0)[1], day.reason(0)) == ("08:55", "notice_in_time")


def test_an_unreadable_row_between_takes_no_held_time_away(day: Day) -> None:
    day.hub.at("2019-11-04 09:50")
    for number in range(4):
        day.hub.world.delete(day.attendee(number), entirely=True)
    day.sync_at("2019-11-04 09:55", code=65)
    day.hub.world.edit(day.attendee(6), name="Gus Edited")
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(6), keys=("created",))
    day.sync_at("2019-11-04 10:30", code=65)
    messages = day.hub.run("sync", "--allow-mass-change", "fractions")
    assert "Quarantined" not in messages.err
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 11:00")
    assert day.notice(0)[1] == "09:55"


def test_a_workshop_that_was_called_off_holds_nothing(day: Day) -> None:
    day.hub.world.call_off(day.event)
    day.cancel(0, 1, 2, 3, 4)
    day.break_event()
    day.sync_at("2019-11-04 09:00", code=3)
    assert day.reason(0) == "workshop_cancelled"


def test_a_nameless_row_beside_what_is_allowed_leaves_nothing_held(day: Day) -> None:
    day.cancel(0, 1, 2, 3, 4)
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(6), keys=("id",))
    day.sync_at("2019-11-04 09:00", code=65)
    assert day.allow("2019-11-04 09:30")["held"] == []
    assert day.hub.do("status", "--json").json()["held"] == []
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 10:30")
    assert day.reason(0) == "notice_in_time"


def test_whoever_allows_what_is_not_held_is_told_so(day: Day) -> None:
    day.hub.at("2019-11-04 09:00")
    result = day.hub.run("sync", "--allow-mass-change", "fractions")
    assert (result.code, "Nothing was held" in result.err) == (0, True)


def test_a_booking_that_came_while_its_workshop_was_held_is_there_once_it_is_not(day: Day) -> None:
    day.cancel(0, 1, 2, 3)
    day.sync_at("2019-11-04 08:30", code=65)
    new = day.hub.book(day.event, "Teacher Yan")
    day.sync_at("2019-11-04 09:30", code=65)
    assert new not in day.hub.decisions("fractions")
    day.hub.at("2019-11-04 10:20")
    day.hub.world.cancel(day.hub.bookings[new])
    day.allow("2019-11-04 10:30")
    day.close()
    assert day.hub.decisions("fractions")[new][1] == "notice_unproven"


def test_a_workshop_far_ahead_that_waits_is_read_until_it_looks_right(day: Day) -> None:
    far = day.hub.event("Proof", "2020-03-10 10:00", "2020-03-10 15:00", slug="proof")
    bookings = [day.hub.book(far, f"Far {number}") for number in range(6)]
    day.sync_at("2019-11-04 08:10")
    for booking in bookings[:4]:
        day.hub.world.cancel(day.hub.bookings[booking])
    day.sync_at("2019-11-04 09:00", code=65)
    for booking in bookings[:4]:
        day.hub.world.revive(day.hub.bookings[booking])
    day.sync_at("2019-11-04 12:00")
    assert day.hub.do("status", "--json").json()["held"] == []


@pytest.mark.parametrize("fate", ["deleted", "edited"])
def test_a_cancellation_that_was_held_counts_though_the_row_is_gone_or_changed_since(day: Day, fate: str) -> None:
    day.hub.at("2019-11-04 08:40")
    day.cancel(0, 1, 2, 3)
    day.sync_at("2019-11-04 09:00", code=65)
    day.revive(1, 2, 3)
    day.hub.at("2019-11-04 10:20")
    if fate == "deleted":
        day.hub.world.delete(day.attendee(0), entirely=True)
    else:
        day.hub.world.edit(day.attendee(0), name="Ann Edited")
    day.sync_at("2019-11-04 10:30")
    day.close()
    assert (day.notice(0), day.reason(0)) == (("07:55", "08:40"), "notice_in_time")


def test_an_absence_that_was_held_counts_though_the_row_was_unreadable_since(day: Day) -> None:
    rows = [day.hub.world.attendee(day.attendee(number)) for number in range(4)]
    for number in range(4):
        day.hub.world.delete(day.attendee(number), entirely=True)
    day.sync_at("2019-11-04 09:00", code=65)
    day.hub.world.put_attendee(rows[0])
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(0), keys=("created",))
    day.sync_at("2019-11-04 10:10", code=3)
    day.hub.world.faults.clear()
    day.hub.world.delete(day.attendee(0), entirely=True)
    for row in rows[1:]:
        day.hub.world.put_attendee(row)
    day.sync_at("2019-11-04 11:00")
    day.close()
    assert (day.notice(0)[1], day.reason(0)) == ("09:00", "notice_in_time")

"""What changes on Eventbrite between two requests of one run, or is read only in part: nothing is lost or invented."""

from __future__ import annotations

import pytest

from eb_sync.sandbox.faults import FaultKind
from tests.e2e.workshop_day import Day, begin_day
from tests.hub import Hub


@pytest.fixture
def day(hub: Hub) -> Day:
    return begin_day(hub)


def test_a_workshop_that_was_off_and_gone_for_one_read_is_off(day: Day) -> None:
    day.sync_at("2019-11-05 08:30")
    day.hub.world.call_off(day.event)
    gone = day.hub.world.events[day.event]
    day.hub.world.drop_event(day.event)
    day.sync_at("2019-11-05 10:30")
    day.hub.world.put_event(gone)
    day.sync_at("2019-11-05 11:30")
    day.close()
    assert day.reason(0) == "workshop_cancelled"


def test_a_workshop_that_was_a_draft_when_it_began_is_off(day: Day) -> None:
    day.sync_at("2019-11-05 08:30")
    day.hub.world.unpublish(day.event)
    day.sync_at("2019-11-05 10:30")
    day.hub.world.publish(day.event)
    day.hub.world.call_off(day.event)
    day.close()
    assert day.reason(0) == "workshop_cancelled"


def test_a_read_is_as_old_as_the_first_thing_it_read(day: Day) -> None:
    day.hub.at("2019-11-05 09:58")

    def act() -> None:
        day.hub.at("2019-11-05 09:59")
        day.hub.world.call_off(day.event)
        day.hub.at("2019-11-05 10:08")

    with day.between(act):
        day.hub.do("sync")
    day.close()
    assert day.reason(0) == "workshop_cancelled"


def test_what_the_list_of_changes_showed_counts_though_the_event_itself_could_not_be_read(day: Day) -> None:
    day.close()
    day.hub.world.check_in(day.attendee(0), moves_changed=True)
    day.break_event()
    day.sync_at("2019-11-05 17:00", code=3)
    assert day.reason(0) == "attendance_conflict"


@pytest.mark.parametrize("keys", [("created",), ("created", "event_id")])
def test_a_row_that_only_the_list_of_changes_showed_unreadable_waits(day: Day, keys: tuple[str, ...]) -> None:
    day.close()
    day.sync_at("2019-12-05 10:00")
    day.hub.world.edit(day.attendee(0), name="Ann Edited")
    day.spoil(FaultKind.MISSING_KEYS, "/organizations/", row_id=day.attendee(0), keys=keys)
    if "event_id" not in keys:
        day.break_event()
    day.hub.at("2019-12-05 11:00")
    assert day.hub.run("sync").code in {3, 75}
    if "event_id" in keys:
        assert day.reason(0) == "bookings_stale"
        day.hub.world.faults.clear()
        day.sync_at("2019-12-05 12:00")
        assert day.reason(0) == "no_show"
        assert day.hub.do("status", "--json").json()["quarantined"] == []


def test_the_list_of_changes_is_no_sighting(day: Day) -> None:
    day.hub.at("2019-11-04 10:10")
    day.hub.world.edit(day.attendee(0), name="Ann Edited")

    def act() -> None:
        day.hub.world.cancel(day.attendee(0), stamped_at=day.hub.world.attendee(day.attendee(0)).changed_at)

    day.spoil(FaultKind.MALFORMED_ROW, row_id=day.attendee(0), times=2)
    with day.between(act):
        assert day.hub.run("sync").code == 3
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 11:00")
    assert day.notice(0)[0] == "07:55"
    day.close()
    assert day.reason(0) != "late_notice"


def test_a_row_missing_from_a_complete_read_is_missing_whatever_the_list_of_changes_had(day: Day) -> None:
    day.hub.at("2019-11-04 09:50")
    day.hub.world.edit(day.attendee(0), name="Ann Edited")
    with day.between(lambda: day.hub.world.delete(day.attendee(0), entirely=True)):
        day.hub.do("sync")
    day.close()
    assert day.reason(0) == "notice_in_time"


def test_the_first_page_that_showed_it_cancelled_counts(day: Day) -> None:
    day.sync_at("2019-11-04 09:40")
    day.hub.at("2019-11-04 09:49")
    day.hub.world.cancel(day.attendee(0))
    with day.between(lambda: day.hub.at("2019-11-04 10:05")):
        day.hub.do("sync")
    day.close()
    assert (day.notice(0)[1], day.reason(0)) == ("09:49", "notice_in_time")


def test_a_row_unreadable_in_one_of_two_lists_is_unreadable(day: Day) -> None:
    day.sync_at("2019-11-04 12:00")
    day.hub.world.cancel(day.attendee(0))
    day.spoil(FaultKind.MALFORMED_ROW, query="status=not_attending", row_id=day.attendee(0))
    day.sync_at("2019-11-05 16:00", code=3)
    day.hub.do("attendance", "close", "fractions", "--nobody-came")
    assert day.reason(0) == "bookings_stale"


def test_an_event_listed_whose_attendees_are_gone_stays_gone(day: Day) -> None:
    day.close()
    with day.between(lambda: day.hub.world.drop_event(day.event)):
        day.sync_at("2019-11-05 17:00")
    assert [day.reason(0), day.reason(1)] == ["bookings_stale"] * 2


def test_unreadable_rows_do_not_blind_the_brake(day: Day) -> None:
    day.spoil(FaultKind.MISSING_KEYS, keys=("created",))
    day.sync_at("2019-11-04 11:00", code=3)
    day.hub.world.faults.clear()
    for number in range(5):
        day.hub.world.cancel(day.attendee(number))
    day.sync_at("2019-11-04 12:00", code=65)
    day.sync_at("2019-11-05 16:00", code=65)
    day.hub.do("attendance", "close", "fractions", "--nobody-came")
    assert day.reason(0) == "bookings_stale"


@pytest.mark.parametrize("fate", ["well", "deleted"])
def test_quarantine_heals_when_the_row_is_well_or_gone(day: Day, fate: str) -> None:
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(0), keys=("id",) if fate == "well" else ("created",))
    day.sync_at("2019-11-04 09:00", code=3)
    day.hub.world.faults.clear()
    if fate == "deleted":
        day.hub.world.delete(day.attendee(0), entirely=True)
    day.sync_at("2019-11-04 09:30")
    assert day.hub.do("status", "--json").json()["quarantined"] == []


def test_a_clock_set_back_credits_nothing_twice(day: Day) -> None:
    day.close()
    hub = day.hub
    hub.at("2019-11-05 19:02")
    hub.do("invoices", "fractions", "--yes")
    hub.do("credit", "INV-000001", "--line", "1", "--reason", "Billed in error", "--reissue")
    # a machine whose clock is behind
    hub.patch.setattr("eb_sync.bootstrap.system_clock", lambda: hub.world.now_at)
    hub.at("2019-11-05 19:00")
    hub.patch.delenv("EBSYNC_NOW")
    assert "credited already" in hub.refused("credit", "INV-000001", "--line", "1", "--reason", "x", "--reissue")
    hub.do("invoices", "--yes")
    assert hub.do("invoices", "--dry-run", "--json").json()["to_invoice"] == []
    hub.do("verify")


def test_of_what_is_owed_the_longest_comes_first(day: Day) -> None:
    hub, reads = day.hub, []
    for hour in (9, 10, 11, 12):
        hub.world.clear_requests()
        hub.at(f"2019-11-05 {hour:02d}:30")
        hub.world.set_used_calls(1945)
        hub.run("sync")
        reads.append({request.path.split("/")[3] for request in hub.world.requests if "/events/1" in request.path})
    assert reads[0] != reads[1]
    assert reads[2] == reads[0]
    assert reads[3] == reads[1]


def test_a_row_of_the_list_of_changes_that_nobody_can_name_heals_and_hides_no_other(day: Day) -> None:
    for hour in (9, 11):
        day.hub.at(f"2019-11-04 {hour:02d}:00")
        day.hub.world.edit(day.attendee(0), name=f"Ann {hour}")
        day.spoil(FaultKind.MISSING_KEYS, "/organizations/", row_id=day.attendee(0), keys=("id", "event_id"))
        result = day.hub.run("sync")
        assert (result.code, "Quarantined" in result.err) == (3, True)
        day.hub.world.faults.clear()
        day.sync_at(f"2019-11-04 {hour + 1:02d}:00")
        assert day.hub.do("status", "--json").json()["quarantined"] == []


def test_a_row_without_its_event_in_the_list_of_changes_is_noted_once_and_heals(day: Day) -> None:
    day.hub.at("2019-11-04 08:50")
    new = day.hub.bookings[day.hub.book(day.event, "Teacher Yan")]
    day.spoil(FaultKind.MISSING_KEYS, "/organizations/", row_id=new, keys=("created", "event_id"))
    day.spoil(FaultKind.MISSING_KEYS, row_id=new, keys=("created",))
    day.hub.at("2019-11-04 09:00")
    result = day.hub.run("sync")
    assert (result.code, result.err.count("Quarantined")) == (3, 1)
    day.hub.world.faults.clear()
    day.sync_at("2019-11-04 10:00")
    assert day.hub.do("status", "--json").json()["quarantined"] == []


def test_the_rows_of_an_event_that_is_gone_are_not_waited_for(day: Day) -> None:
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(6), keys=("created",))
    day.sync_at("2019-11-04 09:30", code=3)
    day.hub.world.drop_event(day.event)
    day.sync_at("2019-11-04 10:00")
    assert day.hub.do("status", "--json").json()["quarantined"] == []

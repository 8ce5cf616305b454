"""What changes on Eventbrite between two requests of one run, or is read only in part: nothing is lost or invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from eb_sync.eventbrite.client import EventbriteClient
from eb_sync.sandbox.faults import Fault, FaultKind
from tests.hub import Hub

ALWAYS = 1000


@dataclass
class Day:
    """A workshop of seven bookings, deadline 4 November 10:00, and another one beside it."""

    hub: Hub
    event: str
    other: str
    bookings: list[str]

    def sync_at(self, local: str, code: int = 0) -> None:
        self.hub.at(local)
        assert self.hub.run("sync").code == code

    def close(self, event: str | None = None) -> None:
        self.sync_at("2019-11-05 16:00")
        self.hub.run("attendance", "close", event or self.event, "--nobody-came")

    def reason(self, number: int) -> str:
        return self.hub.decisions(self.event)[self.bookings[number]][1]

    def notice(self, number: int) -> tuple[str, str]:
        decisions = self.hub.do("charges", self.event, "--json").json()["decisions"]
        notice = next(d["notice"] for d in decisions if d["booking_id"] == self.bookings[number])
        return notice["earliest_at"][11:16], notice["latest_at"][11:16]

    def attendee(self, number: int) -> str:
        return self.hub.bookings[self.bookings[number]]

    def spoil(self, kind: FaultKind, path: str = "/events/{event}/attendees/", **fields: object) -> None:
        fault = {"times": ALWAYS, **fields}
        self.hub.world.faults.order(Fault(kind, path.format(event=self.event), **fault))  # type: ignore[arg-type]

    @contextmanager
    def between(self, act: Callable[[], object]) -> Iterator[None]:
        """Something happens after a run has read its lists and before it reads events completely."""
        original = EventbriteClient.fetch_complete_reads

        def late(client: EventbriteClient, events: object) -> object:
            act()
            return original(client, events)  # type: ignore[arg-type]

        with self.hub.patch.context() as patch:
            patch.setattr(EventbriteClient, "fetch_complete_reads", late)
            yield


@pytest.fixture
def day(hub: Hub) -> Day:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    other = hub.event("Ratio", "2019-11-05 10:00", "2019-11-05 15:00", slug="ratio")
    bookings = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus")]
    hub.book(other, "Teacher Zoe")
    hub.add_schools()
    day = Day(hub, event, other, bookings)
    day.sync_at("2019-11-04 08:00")
    return day


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
    day.spoil(FaultKind.INTERNAL_ERROR, "/events/{event}/")
    day.hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
    day.sync_at("2019-11-05 17:00", code=3)
    assert day.reason(0) == "attendance_conflict"


@pytest.mark.parametrize("keys", [("created",), ("created", "event_id")])
def test_a_row_that_only_the_list_of_changes_showed_unreadable_waits(day: Day, keys: tuple[str, ...]) -> None:
    day.close()
    day.sync_at("2019-12-05 10:00")
    day.hub.world.edit(day.attendee(0), name="Ann Edited")
    day.spoil(FaultKind.MISSING_KEYS, "/organizations/", row_id=day.attendee(0), keys=keys)
    if "event_id" not in keys:
        day.spoil(FaultKind.INTERNAL_ERROR, "/events/{event}/")
        day.hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
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


def test_changes_that_look_wrong_wait_for_a_complete_read(day: Day) -> None:
    for number in range(5):
        day.hub.world.cancel(day.attendee(number))
    day.spoil(FaultKind.INTERNAL_ERROR, "/events/{event}/")
    day.hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
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


@pytest.mark.parametrize("fate", ["well", "deleted"])
def test_quarantine_heals_when_the_row_is_well_or_gone(day: Day, fate: str) -> None:
    day.spoil(FaultKind.MISSING_KEYS, row_id=day.attendee(0), keys=("id",) if fate == "well" else ("created",))
    day.sync_at("2019-11-04 09:00", code=3)
    day.hub.world.faults.clear()
    if fate == "deleted":
        day.hub.world.delete(day.attendee(0), entirely=True)
    day.sync_at("2019-11-04 09:30")
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
    day.spoil(FaultKind.INTERNAL_ERROR, "/events/{event}/")
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
    day.sync_at("2019-11-05 10:40", code=3)
    world.faults.clear()
    hub.at("2019-11-05 14:00")
    world.cancel(day.attendee(6))
    if not allowed:
        world.put_attendee(rows[3])
        world.put_attendee(rows[2])
    hub.at("2019-11-05 15:30")
    read = hub.do("sync", "--json", *(("--allow-mass-change", "fractions") if allowed else ())).json()
    assert read["observations"] == (4 if allowed else 2) + 1
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
    day.spoil(FaultKind.INTERNAL_ERROR, "/events/{event}/")
    day.hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
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
        day.sync_at("2019-11-04 09:00")
    day.hub.world.put_event(event)
    day.sync_at("2019-11-04 09:30", code=65)
    day.hub.do("sync", "--allow-mass-change", "proof")
    assert day.hub.decisions("proof")[bookings[0]][1] == "notice_in_time"
    assert day.hub.sync().json()["requests"] == 3 + 2 * 2

"""The client against the sandbox, over a socket: paging, faults, and what each state of a booking looks like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from eb_sync.errors import SettingsError, TokenRefusedError, TryAgainError
from eb_sync.eventbrite import EventbriteClient
from eb_sync.model.readings import (
    AttendeeList,
    AttendeeReading,
    BuyerSettings,
    CompleteRead,
    EventGone,
    EventReading,
    GoingAhead,
    ListKind,
    Organization,
    Profile,
    QuarantinedRow,
)
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.requested import NewEvent, NewSeries, NewTicketClass, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from policies.facts import BarcodeStatus, Presence

MORNING = datetime(2019, 9, 2, 8, 0, tzinfo=UTC)
ROWAN = Ticket(
    "Rowan Thistledown",
    "rowan@oakfell.example.org",
    {"School name": "Oakfell Primary", "School URN": "800101", "School postcode": "ZZ1 1ZZ"},
)


@pytest.fixture
def world() -> World:
    made = World(MORNING)
    made.create_organization("Larkmoor Maths Hub", organization_id="301")
    made.add_event(NewEvent("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="larkmoor-fractions", id="1001"))
    return made


@pytest.fixture
def client(world: World) -> Iterator[EventbriteClient]:
    with SandboxServer(world) as server, make_client(server, world) as made:
        yield made


def make_client(server: SandboxServer, world: World, token: str = TOKEN) -> EventbriteClient:
    return EventbriteClient(
        address=server.url,
        token=SecretStr(token),
        clock=lambda: world.now_at,
        sleep=lambda _seconds: None,
        trust_date_header=False,
    )


def read(client: EventbriteClient, event_id: str = "1001") -> CompleteRead:
    result = client.fetch_complete_read(event_id)
    assert isinstance(result, CompleteRead), result
    return result


def only_row(client: EventbriteClient) -> AttendeeReading:
    (row,) = read(client).attendees.attendees
    return row


def test_the_account_is_seen(client: EventbriteClient) -> None:
    assert client.fetch_user()
    assert client.fetch_organizations() == (Organization("301", "Larkmoor Maths Hub"),)


def test_an_event_is_read_with_all_that_the_rules_need(client: EventbriteClient, world: World) -> None:
    event = read(client).event
    assert (event.id, event.slug, event.title, event.status) == ("1001", "larkmoor-fractions", "Fractions", "live")
    assert event.starts_at == datetime(2019, 11, 5, 10, 0, tzinfo=UTC)
    assert event.time_zone == "Europe/London"
    assert event.venue == "Larkmoor Primary School, Larkmoor, ZZ1 1ZZ"
    assert [ticket_class.category for ticket_class in event.ticket_classes] == ["admission"]
    world.call_off("1001")
    assert read(client).event.going_ahead is GoingAhead.CANCELLED
    world.reinstate_event("1001")
    world.postpone("1001")
    assert read(client).event.going_ahead is GoingAhead.POSTPONED


def test_summer_time_is_taken_out(client: EventbriteClient, world: World) -> None:
    world.add_event(NewEvent("Ratio", "2020-06-23 10:00", "2020-06-23 15:00", id="1002"))
    assert read(client, "1002").event.starts_at == datetime(2020, 6, 23, 9, 0, tzinfo=UTC)


def test_the_lists_hold_children_of_series_and_never_parents(client: EventbriteClient, world: World) -> None:
    days = (("2019-08-06 10:00", "2019-08-06 15:00"), ("2020-01-21 10:00", "2020-01-21 15:00"))
    parent, (past, future) = world.add_series(NewSeries(NewEvent("Mastery", *days[0]), days))
    everything = client.fetch_events("301", ListKind.ALL)
    ahead = client.fetch_events("301", ListKind.CURRENT_FUTURE)
    assert {event.id for event in everything.events} == {"1001", past, future}
    assert {event.id for event in ahead.events} == {"1001", future}
    assert {event.series_id for event in ahead.events} == {None, parent}


def test_a_booking_is_read_through_its_life(client: EventbriteClient, world: World) -> None:
    (attendee_id,) = world.book("1001", [ROWAN])
    booked = only_row(client)
    assert (booked.attendee_id, booked.presence, booked.created_at) == (attendee_id, Presence.ACTIVE, MORNING)
    assert booked.profile == Profile(
        "Rowan Thistledown", "rowan@oakfell.example.org", "Oakfell Primary", "800101", "ZZ1 1ZZ"
    )
    world.check_in(attendee_id)
    assert (only_row(client).checked_in, only_row(client).barcode_status) == (True, BarcodeStatus.USED)
    world.undo_check_in(attendee_id)
    assert (only_row(client).checked_in, only_row(client).barcode_status) == (False, BarcodeStatus.UNUSED)
    world.advance(timedelta(hours=1))
    world.cancel(attendee_id)
    ended = only_row(client)
    assert (ended.presence, ended.barcode_status) == (Presence.CANCELLED, BarcodeStatus.REFUNDED)
    assert ended.changed_at == ended.barcode_changed_at == MORNING + timedelta(hours=1)


def test_a_deleted_booking_has_vanished(client: EventbriteClient, world: World) -> None:
    (attendee_id,) = world.book("1001", [ROWAN])
    world.delete(attendee_id)
    assert only_row(client).presence is Presence.VANISHED
    (other,) = world.book("1001", [ROWAN])
    world.delete(other, entirely=True)
    assert [row.attendee_id for row in read(client).attendees.attendees] == [attendee_id]


def test_more_than_a_page_of_bookings_is_read_to_the_end(client: EventbriteClient, world: World) -> None:
    world.add_event(
        NewEvent(
            "Algebra", "2019-12-03 10:00", "2019-12-03 15:00", id="1003", ticket_classes=(NewTicketClass(capacity=500),)
        )
    )
    booked = [world.book("1003", [ROWAN])[0] for _ in range(120)]
    for attendee_id in booked[::4]:
        world.cancel(attendee_id)
    attendees = read(client, "1003").attendees
    assert {row.attendee_id for row in attendees.attendees} == set(booked)
    assert sum(row.presence is Presence.CANCELLED for row in attendees.attendees) == 30
    assert attendees.object_count == 120


def test_changed_bookings_are_those_from_the_instant_on(client: EventbriteClient, world: World) -> None:
    (early,) = world.book("1001", [ROWAN])
    world.advance(timedelta(hours=1))
    since_at = world.now_at
    (late,) = world.book("1001", [ROWAN])
    assert [row.attendee_id for row in client.fetch_changed_attendees("301", since_at).attendees] == [late]
    world.advance(timedelta(hours=1))
    world.cancel(early)
    changed = client.fetch_changed_attendees("301", since_at)
    assert {row.attendee_id: row.presence for row in changed.attendees} == {
        early: Presence.CANCELLED,
        late: Presence.ACTIVE,
    }


def test_buyer_settings_are_read(client: EventbriteClient, world: World) -> None:
    world.add_event(
        NewEvent("Ratio", "2020-06-23 10:00", "2020-06-23 15:00", id="1002", survey_respondent="ticket_buyer")
    )
    assert client.fetch_buyer_settings("1001").asks_each_attendee is True
    assert client.fetch_buyer_settings("1002") == BuyerSettings(
        "1002", asks_each_attendee=False, attendees_may_edit=client.fetch_buyer_settings("1001").attendees_may_edit
    )


@pytest.mark.parametrize(
    "kind", [FaultKind.INTERNAL_ERROR, FaultKind.BAD_GATEWAY, FaultKind.TRUNCATED, FaultKind.DROPPED]
)
def test_a_passing_fault_changes_nothing_but_the_count_of_requests(
    client: EventbriteClient, world: World, kind: FaultKind
) -> None:
    world.book("1001", [ROWAN])
    calm = read(client)
    made = client.requests_made
    world.faults.order(Fault(kind, "/attendees/", times=3))
    assert read(client) == calm
    assert client.requests_made == 2 * made + 3


def test_the_hourly_limit_is_not_waited_for_longer_than_a_run(client: EventbriteClient, world: World) -> None:
    world.faults.order(Fault(FaultKind.RATE_LIMITED))
    with pytest.raises(TryAgainError, match="minutes"):
        read(client)
    assert client.requests_made == 1


def test_a_spoilt_row_is_kept_out_and_the_others_are_read(client: EventbriteClient, world: World) -> None:
    spoilt = world.book("1001", [ROWAN])
    fine = world.book("1001", [ROWAN])
    world.faults.order(Fault(FaultKind.MALFORMED_ROW, "/attendees/"))
    attendees = client.fetch_attendees("1001")
    assert isinstance(attendees, AttendeeList)
    assert [row.attendee_id for row in attendees.attendees] == list(fine)
    assert [(row.event_id, row.id, row.reason) for row in attendees.quarantined] == [
        ("1001", spoilt[0], "created: missing; profile: model_type")
    ]


def test_refusals_are_told_apart(world: World) -> None:
    world.add_account("STRANGER")
    with SandboxServer(world) as server:
        with make_client(server, world, "WRONG") as client, pytest.raises(TokenRefusedError):
            client.fetch_user()
        with make_client(server, world, "STRANGER") as client:
            with pytest.raises(SettingsError):
                client.fetch_events("301", ListKind.ALL)
            with pytest.raises(TokenRefusedError):
                client.fetch_attendees("1001")
        with make_client(server, world) as client:
            assert isinstance(client.fetch_event("7"), EventGone)


def test_many_events_are_read_at_once_and_one_that_is_gone_is_a_result(client: EventbriteClient, world: World) -> None:
    ids = [
        world.add_event(NewEvent(f"Day {day}", f"2019-11-{day:02} 10:00", f"2019-11-{day:02} 15:00"))
        for day in range(6, 26)
    ]
    for event_id in ids:
        world.book(event_id, [ROWAN])
    events = client.fetch_events("301", ListKind.ALL).events
    world.remove_event(ids[3])
    results = list(client.fetch_complete_reads([*events, "7"]))
    assert not [each for each in results if isinstance(each, QuarantinedRow | EventReading)]
    assert {each.event_id for each in results if isinstance(each, EventGone)} == {ids[3], "7"}
    reads = [each for each in results if isinstance(each, CompleteRead)]
    assert {each.event.id for each in reads} == {"1001", *ids} - {ids[3]}
    assert all(len(each.attendees.attendees) == (each.event.id != "1001") for each in reads)


def test_eventbrites_own_question_about_the_company_stands_in_for_the_school(
    client: EventbriteClient, world: World
) -> None:
    times, canned = ("2019-11-05 10:00", "2019-11-05 15:00"), ("first_name", "company")
    world.add_event(NewEvent("Ratio", *times, id="1002", questions=("Role", "URN"), canned_questions=canned))
    world.add_event(NewEvent("Shape", *times, id="1003", questions=("Role", "URN")))
    assert client.fetch_asked_questions("1002").fields == {"school", "role", "urn"}
    assert client.fetch_asked_questions("1003").fields == {"role", "urn"}

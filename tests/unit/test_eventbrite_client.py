"""What each method asks for and what it makes of the answers."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
import responses
from pydantic import SecretStr
from responses.matchers import query_param_matcher

from eb_sync.errors import (
    CallsSpentError,
    EventbriteContractError,
    SettingsError,
    TokenRefusedError,
    UnavailableError,
)
from eb_sync.eventbrite import EventbriteClient
from eb_sync.eventbrite.client import WORKERS
from eb_sync.eventbrite.parallel import fetch_each
from eb_sync.model.readings import (
    AttendeeList,
    BuyerSettings,
    CompleteRead,
    EventGone,
    EventReading,
    EventUnavailable,
    ListKind,
    Organization,
    QuarantinedRow,
)
from policies.facts import Presence
from tests.unit.eventbrite_answers import NOW, URL, Json, attendee, event, make_client, page, refusal

EXPANDED = {"expand": "venue,ticket_classes,event_sales_status"}
ENDED = {"status": "not_attending"}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> Iterator[EventbriteClient]:
    with make_client(trust_date_header=True) as made:
        yield made


def answer(web: responses.RequestsMock, path: str, body: Json, query: dict[str, str], *, date: str = "") -> None:
    headers = {"Date": date} if date else {}
    web.get(f"{URL}{path}", json=body, match=[query_param_matcher(query)], headers=headers)


def answer_event(web: responses.RequestsMock, event_id: str, *, date: str = "") -> None:
    answer(web, f"/events/{event_id}/", event(event_id), EXPANDED, date=date)


def answer_attendees(web: responses.RequestsMock, event_id: str, *, date: str = "") -> None:
    path = f"/events/{event_id}/attendees/"
    answer(web, path, page("attendees", [attendee(f"7{event_id}", event_id=event_id)]), {}, date=date)
    answer(web, path, page("attendees", []), ENDED)


def known(event_id: str, client: EventbriteClient, web: responses.RequestsMock) -> EventReading:
    answer_event(web, event_id)
    reading = client.fetch_event(event_id)
    assert isinstance(reading, EventReading)
    return reading


def test_organisations_are_read_to_their_last_page(web: responses.RequestsMock, client: EventbriteClient) -> None:
    path = "/users/me/organizations/"
    first = [{"id": "21", "name": "Larkmoor Maths Hub", "created": "2019-01-01T00:00:00"}]
    answer(web, path, page("organizations", first, has_more_items=True, continuation="b2Zm"), {})
    answer(web, path, page("organizations", [{"id": 22, "name": None}], continuation="c3"), {"continuation": "b2Zm"})
    assert client.fetch_organizations() == (Organization("21", "Larkmoor Maths Hub"), Organization("22", ""))


def test_an_organisation_without_an_id_is_a_broken_contract(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    answer(web, "/users/me/organizations/", page("organizations", [{"name": "Larkmoor"}]), {})
    with pytest.raises(EventbriteContractError):
        client.fetch_organizations()


@pytest.mark.parametrize(
    ("kind", "selection"),
    [(ListKind.ALL, {"status": "all"}), (ListKind.CURRENT_FUTURE, {"status": "all", "time_filter": "current_future"})],
)
def test_events_are_listed_with_sales_status_and_without_parents(
    web: responses.RequestsMock, client: EventbriteClient, kind: ListKind, selection: dict[str, str]
) -> None:
    rows = [
        event("11"),
        event("12", is_series_parent=True),
        event("13", series_id="12"),
        event("14", start=None),
        event("14", start=None),
        event("11", changed="2019-09-01T00:00:00Z", status="draft"),
    ]
    answer(web, "/organizations/21/events/", page("events", rows), selection | EXPANDED)
    listed = client.fetch_events("21", kind)
    assert [each.id for each in listed.events] == ["11", "13"]
    assert listed.events[0].status == "live"
    assert not client.unknown_values
    assert [row.id for row in listed.quarantined] == ["14"]
    assert listed.started_at == NOW


def test_an_unknown_organisation_is_a_setting_to_mend(web: responses.RequestsMock, client: EventbriteClient) -> None:
    web.get(f"{URL}/organizations/21/events/", json=refusal(404, "NOT_FOUND"), status=404)
    web.get(f"{URL}/organizations/21/attendees/", json=refusal(404, "NOT_FOUND"), status=404)
    with pytest.raises(SettingsError, match="EBSYNC_ORGANIZATION_ID"):
        client.fetch_events("21", ListKind.ALL)
    with pytest.raises(SettingsError, match="EBSYNC_ORGANIZATION_ID"):
        client.fetch_changed_attendees("21", NOW)


def test_an_id_cannot_leave_its_place_in_the_address(web: responses.RequestsMock, client: EventbriteClient) -> None:
    web.get(f"{URL}/organizations/..%2Fusers%3Fa%3D/events/", json=refusal(404, "NOT_FOUND"), status=404)
    with pytest.raises(SettingsError):
        client.fetch_events("../users?a=", ListKind.ALL)


def test_changed_attendees_are_asked_for_twice_since_an_instant_in_utc(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    since_at = datetime(2020, 1, 20, 10, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    since = {"changed_since": "2020-01-20T09:00:00Z"}
    path = "/organizations/21/attendees/"
    answer(web, path, page("attendees", [attendee("1"), attendee("2")]), since, date="Mon, 20 Jan 2020 09:59:00 GMT")
    ended = attendee("2", status="Not Attending", cancelled=True, refunded=True)
    answer(web, path, page("attendees", [ended, attendee("3", status="Deleted"), {"event_id": "11"}]), since | ENDED)
    changed = client.fetch_changed_attendees("21", since_at)
    assert [(row.attendee_id, row.presence) for row in changed.attendees] == [
        ("1", Presence.ACTIVE),
        ("2", Presence.CANCELLED),
        ("3", Presence.VANISHED),
    ]
    assert [(row.event_id, row.id) for row in changed.quarantined] == [("11", "? page 1 row 3")]
    assert changed.started_at == NOW - timedelta(minutes=1)


def test_an_event_that_is_not_there_is_gone(web: responses.RequestsMock, client: EventbriteClient) -> None:
    web.get(f"{URL}/events/11/", json=refusal(404, "NOT_FOUND"), status=404)
    web.get(f"{URL}/events/11/attendees/", json=refusal(404, "NOT_FOUND"), status=404)
    assert client.fetch_event("11") == EventGone("11", NOW)
    assert client.fetch_attendees("11") == EventGone("11", NOW)
    assert client.fetch_complete_read("11") == EventGone("11", NOW)


def test_an_event_that_cannot_be_read_is_kept_out(web: responses.RequestsMock, client: EventbriteClient) -> None:
    answer(web, "/events/11/", {"name": {"text": "Fractions"}}, EXPANDED)
    out = client.fetch_complete_read("11")
    assert isinstance(out, QuarantinedRow)
    assert (out.kind, out.event_id, out.id) == ("event", "11", "11")


def test_an_unreadable_attendee_leaves_the_others_and_belongs_to_the_event_asked_for(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    answer(web, "/events/11/attendees/", page("attendees", [{"id": "1"}, attendee("2")]), {})
    answer(web, "/events/11/attendees/", page("attendees", []), ENDED)
    attendees = client.fetch_attendees("11")
    assert isinstance(attendees, AttendeeList)
    assert [row.attendee_id for row in attendees.attendees] == ["2"]
    assert [(row.id, row.event_id) for row in attendees.quarantined] == [("1", "11")]


def test_a_complete_read_by_id_began_with_the_event(web: responses.RequestsMock, client: EventbriteClient) -> None:
    answer_event(web, "11", date="Mon, 20 Jan 2020 09:57:00 GMT")
    answer_attendees(web, "11", date="Mon, 20 Jan 2020 09:58:00 GMT")
    read = client.fetch_complete_read("11")
    assert isinstance(read, CompleteRead)
    assert read.started_at == NOW - timedelta(minutes=3)
    assert read.attendees.started_at == NOW - timedelta(minutes=2)
    assert [row.attendee_id for row in read.attendees.attendees] == ["711"]


def test_a_complete_read_of_a_known_event_began_with_its_attendees(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    reading = known("11", client, web)
    answer_attendees(web, "11", date="Mon, 20 Jan 2020 09:58:00 GMT")
    read = client.fetch_complete_read(reading)
    assert isinstance(read, CompleteRead)
    assert read.event == reading
    assert read.started_at == read.attendees.started_at == NOW - timedelta(minutes=2)


def test_an_event_whose_attendees_alone_are_gone_is_told_from_one_that_is_gone_itself(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    reading = known("11", client, web)
    web.get(f"{URL}/events/11/attendees/", json=refusal(404, "NOT_FOUND"), status=404)
    assert client.fetch_complete_read(reading) == EventGone("11", NOW, reading)


def test_without_permission_for_one_event_the_run_stops(web: responses.RequestsMock, client: EventbriteClient) -> None:
    web.get(f"{URL}/events/11/attendees/", json=refusal(403, "NOT_AUTHORIZED"), status=403)
    with pytest.raises(TokenRefusedError):
        client.fetch_attendees("11")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"survey_respondent": "attendee", "allow_attendee_update": True}, BuyerSettings("11", True, True)),
        ({"survey_respondent": "ticket_buyer", "allow_attendee_update": False}, BuyerSettings("11", False, False)),
        ({"survey_respondent": "owl"}, BuyerSettings("11", None, None)),
        ({}, BuyerSettings("11", None, None)),
    ],
)
def test_buyer_settings_tell_whose_name_a_row_carries(
    web: responses.RequestsMock, client: EventbriteClient, body: Json, expected: BuyerSettings
) -> None:
    answer(web, "/events/11/ticket_buyer_settings/", body, {})
    assert client.fetch_buyer_settings("11") == expected


def test_eventbrites_clock_is_kept_from_every_answer(web: responses.RequestsMock, client: EventbriteClient) -> None:
    assert client.served_at is None
    answer_event(web, "11", date="Mon, 20 Jan 2020 09:59:00 GMT")
    client.fetch_event("11")
    assert client.served_at == datetime(2020, 1, 20, 9, 59, tzinfo=UTC)
    date = {"Date": "Mon, 20 Jan 2020 10:05:00 GMT"}
    web.get(f"{URL}/users/me/", json=refusal(401, "INVALID_AUTH"), status=401, headers=date)
    with pytest.raises(TokenRefusedError):
        client.fetch_user()
    assert client.served_at == datetime(2020, 1, 20, 10, 5, tzinfo=UTC)


def test_one_events_trouble_does_not_spoil_the_others(web: responses.RequestsMock, client: EventbriteClient) -> None:
    wanted = [str(number) for number in range(11, 31)]
    for event_id in wanted[2:]:
        answer_event(web, event_id)
        answer_attendees(web, event_id)
    web.get(f"{URL}/events/11/", json=refusal(404, "NOT_FOUND"), status=404)
    answer(web, "/events/12/", {"id": "12"}, EXPANDED)
    results = list(client.fetch_complete_reads(wanted))
    assert sorted(each.event.id for each in results if isinstance(each, CompleteRead)) == wanted[2:]
    assert [each.event_id for each in results if isinstance(each, EventGone)] == ["11"]
    assert [each.id for each in results if isinstance(each, QuarantinedRow)] == ["12"]


def test_no_events_need_no_request(client: EventbriteClient) -> None:
    assert list(client.fetch_complete_reads([])) == []
    assert client.requests_made == 0


def spoil_one_of_many(web: responses.RequestsMock, status: int) -> list[str]:
    """79 events, one of which is answered with this status; gives their ids."""
    ids = [str(number) for number in range(11, 90)]
    for event_id in ids:
        answer_event(web, event_id)
        answer_attendees(web, event_id)
    web.remove(responses.GET, f"{URL}/events/13/")
    web.get(f"{URL}/events/13/", json=refusal(status, "INVENTED"), status=status)
    return ids


def test_a_refused_token_stops_the_run(client: EventbriteClient) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        ids = spoil_one_of_many(web, 401)
        with pytest.raises(TokenRefusedError):
            list(client.fetch_complete_reads(ids))
        assert len(web.calls) < 3 * 79


@pytest.mark.parametrize(("status", "error"), [(503, UnavailableError), (400, EventbriteContractError)])
def test_one_event_that_cannot_be_read_does_not_hide_the_others(
    client: EventbriteClient, status: int, error: type[Exception]
) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        results = list(client.fetch_complete_reads(spoil_one_of_many(web, status)))
    unavailable = [result for result in results if isinstance(result, EventUnavailable)]
    assert [(each.event_id, type(each.error)) for each in unavailable] == [("13", error)]
    assert sum(isinstance(result, CompleteRead) for result in results) == 78


def test_a_limit_that_is_spent_half_way_stops_the_run(client: EventbriteClient) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        ids = spoil_one_of_many(web, 401)
        web.remove(responses.GET, f"{URL}/events/13/")
        spent = {"X-Rate-Limit": "token:T 2000/2000 reset=3000s, key:K 2000/2000 reset=3000s"}
        web.get(f"{URL}/events/13/", json=refusal(429, "HIT_RATE_LIMIT"), status=429, headers=spent)
        with pytest.raises(CallsSpentError):
            list(client.fetch_complete_reads(ids))
        assert len(web.calls) < 3 * 79


def test_a_client_whose_run_was_stopped_can_read_again(web: responses.RequestsMock, client: EventbriteClient) -> None:
    web.get(f"{URL}/events/12/", json=refusal(401, "INVALID_AUTH"), status=401)
    with pytest.raises(TokenRefusedError):
        list(client.fetch_complete_reads(["12"]))
    answer_event(web, "11")
    answer_attendees(web, "11")
    assert len(list(client.fetch_complete_reads(["11"]))) == 1


def obeying(seen: list[threading.Event]) -> Callable[[threading.Event], None]:
    return seen.append


def test_no_more_is_begun_than_is_taken_soon() -> None:
    drawn = count()

    def wanted() -> Iterator[int]:
        for _ in range(1000):
            yield next(drawn)

    results = fetch_each(lambda number: number, wanted(), WORKERS, obeying([]))
    taken = [next(results) for _ in range(10)]
    assert next(drawn) <= 10 + 2 * WORKERS
    assert len({*taken, *results}) == 1000


def test_a_caller_who_takes_no_more_stops_the_rest() -> None:
    stops: list[threading.Event] = []
    begun = count()

    def fetch(number: int) -> int:
        next(begun)
        return number

    results = fetch_each(fetch, range(1000), WORKERS, obeying(stops))
    next(results)
    del results
    gc.collect()
    assert stops
    assert all(stop.is_set() for stop in stops)
    assert next(begun) <= 1 + 2 * WORKERS


def test_several_are_read_at_the_same_time_but_no_more_than_allowed() -> None:
    together = threading.Barrier(WORKERS, timeout=10)
    lock, now, most = threading.Lock(), 0, 0

    def fetch(number: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait()
        with lock:
            now -= 1
        return number

    assert sorted(fetch_each(fetch, range(3 * WORKERS), WORKERS, obeying([]))) == list(range(3 * WORKERS))
    assert most == WORKERS


def test_a_bug_in_a_thread_is_not_swallowed() -> None:
    def fetch(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        list(fetch_each(fetch, range(100), WORKERS, obeying([])))


def test_the_time_of_arrival_is_each_pages_own(web: responses.RequestsMock) -> None:
    minutes = count()
    answer_attendees(web, "11")
    moving = EventbriteClient(
        address=URL,
        token=SecretStr("INVENTED"),
        clock=lambda: datetime(2020, 1, 20, 10, next(minutes), tzinfo=UTC),
        trust_date_header=False,
    )
    with moving:
        attendees = moving.fetch_attendees("11")
    assert isinstance(attendees, AttendeeList)
    assert attendees.started_at == NOW
    assert attendees.attendees[0].received_at == NOW + timedelta(minutes=1)

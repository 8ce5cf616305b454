"""Lists page by page: where they end, what is an endless loop, what is read twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from responses.matchers import query_param_matcher

from eb_sync.errors import EventbriteContractError
from eb_sync.eventbrite import EventbriteClient, paging
from eb_sync.model.readings import AttendeeList
from tests.unit.eventbrite_answers import URL, Json, attendee, make_client, page, refusal

LIST = f"{URL}/events/11/attendees/"
ENDED = {"status": "not_attending"}


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def answer(web: responses.RequestsMock, body: Json, **query: str) -> None:
    web.get(LIST, json=body, status=body.get("status_code", 200), match=[query_param_matcher(query)])


def nothing_ended(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", []), **ENDED)


def fetch(client: EventbriteClient) -> AttendeeList:
    with client:
        attendees = client.fetch_attendees("11")
    assert isinstance(attendees, AttendeeList)
    return attendees


def ids(attendees: AttendeeList) -> list[str]:
    return [row.attendee_id for row in attendees.attendees]


def rows(*wanted: str) -> list[Json]:
    return [attendee(each) for each in wanted]


def test_pages_are_read_until_eventbrite_says_that_there_are_no_more(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1", "2"), has_more_items=True, continuation="t2", object_count=4, page_count=2))
    answer(web, page("attendees", rows("3", "4"), continuation="t3", object_count=9), continuation="t2")
    nothing_ended(web)
    attendees = fetch(make_client())
    assert ids(attendees) == ["1", "2", "3", "4"]
    assert attendees.object_count == 4


def test_the_original_parameters_go_along_with_the_token(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", []))
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t2"), **ENDED)
    answer(web, page("attendees", rows("2")), continuation="t2", **ENDED)
    assert ids(fetch(make_client())) == ["1", "2"]


def test_an_empty_page_in_the_middle_is_not_the_end(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t2"))
    answer(web, page("attendees", [], has_more_items=True, continuation="t3"), continuation="t2")
    answer(web, page("attendees", rows("2")), continuation="t3")
    nothing_ended(web)
    assert ids(fetch(make_client())) == ["1", "2"]


def test_without_a_token_the_next_page_is_asked_for_by_number(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t2"))
    answer(web, page("attendees", rows("2"), has_more_items=True), continuation="t2")
    answer(web, page("attendees", rows("3")), page="3")
    nothing_ended(web)
    assert ids(fetch(make_client())) == ["1", "2", "3"]


def test_old_answers_end_with_their_count_of_pages(web: responses.RequestsMock) -> None:
    answer(web, {"pagination": {"page_count": 2}, "attendees": rows("1")})
    answer(web, {"pagination": {"page_count": 2}, "attendees": rows("2")}, page="2")
    nothing_ended(web)
    assert ids(fetch(make_client())) == ["1", "2"]


def test_answers_that_count_nothing_end_without_a_token_or_with_an_empty_page(web: responses.RequestsMock) -> None:
    answer(web, {"pagination": {"continuation": "t2"}, "attendees": rows("1")})
    answer(web, {"pagination": {"continuation": "t3"}, "attendees": []}, continuation="t2")
    answer(web, {"pagination": {}, "attendees": rows("2")}, **ENDED)
    assert ids(fetch(make_client())) == ["1", "2"]


def test_a_row_that_comes_on_two_pages_counts_once_and_the_later_change_wins(web: responses.RequestsMock) -> None:
    newer = attendee("1", changed="2019-11-01T00:00:00Z", checked_in=True)
    answer(web, page("attendees", [newer, attendee("2")], has_more_items=True, continuation="t2"))
    answer(web, page("attendees", [attendee("1"), attendee("3")]), continuation="t2")
    nothing_ended(web)
    attendees = fetch(make_client())
    assert ids(attendees) == ["1", "2", "3"]
    assert attendees.attendees[0].checked_in


def test_a_token_given_twice_is_an_endless_list(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t2"))
    answer(web, page("attendees", rows("2"), has_more_items=True, continuation="t2"), continuation="t2")
    with make_client() as client, pytest.raises(EventbriteContractError, match="token twice"):
        client.fetch_attendees("11")


def test_a_page_given_twice_is_an_endless_list(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t2"))
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t3"), continuation="t2")
    with make_client() as client, pytest.raises(EventbriteContractError, match=r"page .* twice"):
        client.fetch_attendees("11")


def test_a_list_has_to_end_some_time(web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_PAGES", 2)
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="t2"))
    answer(web, page("attendees", rows("2"), has_more_items=True, continuation="t3"), continuation="t2")
    with make_client() as client, pytest.raises(EventbriteContractError, match="does not end after 2 pages"):
        client.fetch_attendees("11")


def test_a_refused_token_begins_the_list_once_more(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="old"))
    answer(web, refusal(400, "BAD_CONTINUATION_TOKEN"), continuation="old")
    answer(web, page("attendees", rows("2"), has_more_items=True, continuation="new"))
    answer(web, page("attendees", rows("3")), continuation="new")
    nothing_ended(web)
    assert ids(fetch(make_client())) == ["2", "3"]


def test_a_token_refused_again_is_a_broken_contract(web: responses.RequestsMock) -> None:
    answer(web, page("attendees", rows("1"), has_more_items=True, continuation="old"))
    answer(web, refusal(400, "BAD_CONTINUATION_TOKEN"), continuation="old")
    with make_client() as client, pytest.raises(EventbriteContractError, match="its own continuation token"):
        client.fetch_attendees("11")
    assert client.requests_made == 4


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"attendees": []},
        {"pagination": {"has_more_items": False}},
        {"pagination": {"has_more_items": False}, "attendees": {}},
        {"pagination": {"has_more_items": "perhaps"}, "attendees": []},
    ],
)
def test_a_list_of_another_shape_is_a_broken_contract_not_an_empty_one(web: responses.RequestsMock, body: Json) -> None:
    answer(web, body)
    with make_client() as client, pytest.raises(EventbriteContractError):
        client.fetch_attendees("11")

"""Each fault that the sandbox can be ordered to show, over a real socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from urllib.parse import urlsplit

import pytest
import requests

from eb_sync.sandbox.faults import Fault, FaultKind, Faults
from eb_sync.sandbox.requested import NewEvent, NewSeries, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.unit.sandbox_visitor import Json, Visitor, names

MORNING = datetime(2019, 9, 2, 8, 0, tzinfo=UTC)
LIST = "/events/1001/attendees/"


@pytest.fixture
def world() -> World:
    """One workshop with the bookings 1 to 5 on pages of two."""
    made = World(MORNING)
    made.page_size = 2
    made.create_organization("Larkmoor Maths Hub", organization_id="301")
    made.add_event(NewEvent("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions", id="1001"))
    for number in "12345":
        made.book("1001", [Ticket(f"Teacher {number}", "t@oakfell.example.org", {}, "Oakfell", attendee_id=number)])
    return made


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    with SandboxServer(world) as server, requests.Session() as session:
        yield Visitor(server, session)


def ids(page: Json, name: str = "attendees") -> list[str]:
    return [row["id"] for row in page[name]]


def order(world: World, kind: FaultKind, path: str = "", **fields: object) -> None:
    world.faults.order(Fault(kind, path, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "query", "status", "code"),
    [
        ("rate_limited", {}, 429, "HIT_RATE_LIMIT"),
        ("internal_error", {}, 500, "INTERNAL_ERROR"),
        ("expansion_failed", {"expand": "event"}, 500, "EXPANSION_FAILED"),
        ("bad_continuation_token", {"continuation": "eyJwYWdlIjogMn0"}, 400, "BAD_CONTINUATION_TOKEN"),
        ("invalid_auth", {}, 401, "INVALID_AUTH"),
        ("not_authorized", {}, 403, "NOT_AUTHORIZED"),
    ],
)
def test_a_refusal_on_order_has_eventbrites_status_and_code(
    visitor: Visitor, kind: str, query: dict[str, str], status: int, code: str
) -> None:
    assert visitor.control("fault", fault={"kind": kind, "times": 2}).status_code == 200
    answers = [visitor.get(LIST, **query) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["error"] == code
    assert answers[0].json()["status_code"] == status


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (FaultKind.EXPANSION_FAILED, {"expand": "event"}),
        (FaultKind.BAD_CONTINUATION_TOKEN, {"continuation": "eyJwYWdlIjogMn0"}),
        (FaultKind.SKIPPED_ROWS, {"page": "2"}),
    ],
)
def test_a_fault_waits_for_a_request_that_it_can_concern(
    visitor: Visitor, world: World, kind: FaultKind, query: dict[str, str]
) -> None:
    right = visitor.read(LIST, **query)
    order(world, kind)
    assert ids(visitor.read(LIST)) == ["1", "2"]
    assert visitor.get(LIST, **query).text != json.dumps(right)
    assert visitor.read(LIST, **query) == right


def test_a_reset_is_as_long_as_ordered(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.RATE_LIMITED, reset_seconds=7)
    assert "2000/2000 reset=7s" in visitor.get(LIST).headers["X-Rate-Limit"]
    order(world, FaultKind.RATE_LIMITED)
    assert "2000/2000 reset=3600s" in visitor.get(LIST).headers["X-Rate-Limit"]


def test_an_order_can_name_the_end_of_a_path_and_what_is_asked() -> None:
    """The sandbox's own matching, without a server: `take` is given path and query."""
    faults = Faults()
    faults.order(Fault(FaultKind.DROPPED, "/events/1001/$", query="status=all&expand"))
    assert faults.take("/v3/events/1001/") is None
    faults.clear()
    faults.order(Fault(FaultKind.DROPPED, "/events/1001/$"))
    assert faults.take("/v3/events/1001/attendees/") is None
    assert faults.take("/v3/events/1001/") is FaultKind.DROPPED
    assert faults.take("/v3/events/1001/") is None


@pytest.mark.parametrize(
    ("condition", "struck"),
    [
        ("status=not_attending", [False, True, False]),
        ("status=", [True, False, False]),
        ("status", [False, True, True]),
        ("status=attending&page", [False, False, True]),
    ],
)
def test_a_query_condition_picks_one_of_several_lists(
    visitor: Visitor, world: World, condition: str, struck: list[bool]
) -> None:
    order(world, FaultKind.INTERNAL_ERROR, "/attendees/", times=9, query=condition)
    queries: list[dict[str, str]] = [{}, {"status": "not_attending"}, {"status": "attending", "page": "1"}]
    assert [visitor.get(LIST, **query).status_code == 500 for query in queries] == struck


def test_a_connection_can_break_in_the_middle_of_a_body(visitor: Visitor, world: World) -> None:
    whole = visitor.get(LIST).content
    order(world, FaultKind.DROPPED_MIDWAY, times=2)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        visitor.get(LIST)
    address = urlsplit(visitor.server.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as wire:
        wire.sendall(f"GET /v3{LIST} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        heard = b"".join(iter(lambda: wire.recv(65536), b""))
    head, _, body = heard.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(whole)}".encode() in head
    assert body == whole[: len(whole) // 2]
    assert visitor.get(LIST).content == whole


def test_a_slow_answer_holds_up_nobody_else(visitor: Visitor, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, wait = Event(), world.faults.wait

    def wait_and_tell(seconds: float) -> None:
        begun.set()
        wait(seconds)

    monkeypatch.setattr(world.faults, "wait", wait_and_tell)
    order(world, FaultKind.SLOW, LIST, seconds=30)
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(requests.get, visitor.server.url + LIST, {"token": TOKEN}, timeout=20)
        assert begun.wait(5)
        world.cancel("1")
        assert ids(visitor.read(LIST)) == ["1", "2"]
        assert not slow.done()
        while not slow.done():
            world.faults.clear()
    assert slow.result().status_code == 200


def test_a_slow_answer_is_the_right_one_in_the_end(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.SLOW, seconds=0.05)
    answer = visitor.get(LIST)
    assert answer.elapsed.total_seconds() >= 0.05
    assert ids(answer.json()) == ["1", "2"]


def test_a_client_that_does_not_wait_long_enough_hears_nothing(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.SLOW, seconds=30)
    with pytest.raises(requests.exceptions.ReadTimeout):
        visitor.session.get(visitor.server.url + LIST, params={"token": TOKEN}, timeout=0.05)


def test_a_token_can_lead_to_its_own_page_again(visitor: Visitor, world: World) -> None:
    token = visitor.read(LIST)["pagination"]["continuation"]
    order(world, FaultKind.REPEATED_TOKEN, times=2)
    page = visitor.read(LIST, continuation=token)
    assert (page["pagination"]["has_more_items"], page["pagination"]["continuation"]) == (True, token)
    first = visitor.read(LIST)
    assert ids(visitor.read(LIST, continuation=first["pagination"]["continuation"])) == ids(first) == ["1", "2"]


@pytest.mark.parametrize(
    ("kind", "rows", "pages"),
    [
        (FaultKind.SKIPPED_ROWS, 1, [["1", "2"], ["4"], ["5"]]),
        (FaultKind.SKIPPED_ROWS, 2, [["1", "2"], [], ["5"]]),
        (FaultKind.REPEATED_ROWS, 1, [["1", "2"], ["2", "3", "4"], ["5"]]),
        (FaultKind.REPEATED_ROWS, 9, [["1", "2"], ["1", "2", "3", "4"], ["5"]]),
    ],
)
def test_a_list_that_moves_between_two_pages_skips_or_repeats_rows(
    visitor: Visitor, world: World, kind: FaultKind, rows: int, pages: list[list[str]]
) -> None:
    order(world, kind, LIST, rows=rows)
    page = visitor.read(LIST)
    seen = [ids(page)]
    while page["pagination"]["has_more_items"]:
        page = visitor.read(LIST, continuation=page["pagination"]["continuation"])
        seen.append(ids(page))
    assert seen == pages
    assert page["pagination"]["object_count"] == 5


def test_a_count_can_be_off(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.WRONG_COUNT)
    order(world, FaultKind.WRONG_COUNT, by=-4)
    assert [visitor.read(LIST)["pagination"]["object_count"] for _ in range(3)] == [6, 1, 5]


def test_every_list_can_be_empty(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.EMPTY_LIST, times=100)
    for path, name in (
        (LIST, "attendees"),
        ("/organizations/301/events/", "events"),
        ("/organizations/301/attendees/", "attendees"),
        ("/organizations/301/orders/", "orders"),
        ("/users/me/organizations/", "organizations"),
    ):
        page = visitor.read(path)
        assert page[name] == []
        assert (page["pagination"]["object_count"], page["pagination"]["has_more_items"]) == (0, False)
        assert "continuation" not in page["pagination"]
    assert visitor.read("/events/1001/")["id"] == "1001"


def test_the_malformed_row_can_be_named(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.MALFORMED_ROW, row_id="2")
    first, second = visitor.read(LIST)["attendees"]
    assert (first["profile"]["name"], second["profile"]) == ("Teacher 1", "?")
    order(world, FaultKind.MALFORMED_ROW, row_id="5")
    assert names(visitor.read(LIST)) == ["Teacher 1", "Teacher 2"]
    order(world, FaultKind.MALFORMED_ROW)
    assert visitor.read(f"{LIST}4/")["profile"] == "?"


def test_attendees_can_have_words_that_nobody_knows(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.UNKNOWN_ATTENDEE_STATUS)
    order(world, FaultKind.UNKNOWN_ATTENDEE_STATUS, row_id="1", text="Lost")
    order(world, FaultKind.UNKNOWN_BARCODE_STATUS)
    statuses = [[row["status"] for row in visitor.read(LIST)["attendees"]] for _ in range(2)]
    assert statuses == [["Transferred", "Transferred"], ["Lost", "Attending"]]
    assert [row["barcodes"][0]["status"] for row in visitor.read(LIST)["attendees"]] == ["held", "held"]


def test_events_can_have_words_that_nobody_knows(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.UNKNOWN_EVENT_STATUS, times=2)
    assert visitor.read("/events/1001/")["status"] == "archived"
    assert visitor.read("/organizations/301/events/")["events"][0]["status"] == "archived"
    order(world, FaultKind.UNKNOWN_MESSAGE_CODE, times=2)
    sales = visitor.read("/events/1001/", expand="event_sales_status")["event_sales_status"]
    assert (sales["sales_status"], sales["message_code"]) == ("on_sale", "event_relocated")
    assert "event_sales_status" not in visitor.read("/events/1001/")


def test_attendees_can_lack_every_key_that_may_be_missing(visitor: Visitor, world: World) -> None:
    world.check_in("1")
    order(world, FaultKind.MISSING_KEYS)
    row = visitor.read(LIST)["attendees"][0]
    optional = {"answers", "affiliate", "ticket_class_name", "guestlist_id", "invited_by", "variant_id"}
    assert not optional & row.keys()
    assert set(row["profile"]) == {"name", "first_name", "last_name"}
    assert set(row["barcodes"][0]) == {"barcode", "status", "created", "changed", "checkin_type"}
    assert {"id", "order_id", "event_id", "status", "checked_in", "cancelled", "created", "changed"} <= row.keys()


def test_events_can_lack_every_key_that_may_be_missing(visitor: Visitor, world: World) -> None:
    day = ("2019-12-03 10:00", "2019-12-03 15:00")
    world.add_series(NewSeries(NewEvent("Mastery", *day), (day,), ("1002",)))
    order(world, FaultKind.MISSING_KEYS)
    event = visitor.read("/events/1002/", expand="venue,event_sales_status,ticket_classes")
    assert not {"vanity_url", "summary", "venue", "venue_id", "series_id", "published", "capacity"} & event.keys()
    assert event["event_sales_status"] == {"sales_status": "on_sale", "message_type": "default"}
    assert "cost" not in event["ticket_classes"][0]
    assert {"id", "name", "start", "end", "status", "created", "changed", "organizer_id"} <= event.keys()


def test_an_order_can_name_the_missing_keys(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.MISSING_KEYS, row_id="2", keys=("status", "profile.name"))
    first, second = visitor.read(LIST)["attendees"]
    assert "name" not in second["profile"]
    assert first.keys() - second.keys() == {"status"}


def test_answers_can_be_null(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.NULL_ANSWERS)
    assert [row["answers"] for row in visitor.read(LIST)["attendees"]] == [None, None]


def test_a_refused_answer_is_not_altered(visitor: Visitor, world: World) -> None:
    order(world, FaultKind.NULL_ANSWERS)
    assert visitor.get("/events/7/").json()["error"] == "NOT_FOUND"

"""The sandbox as a client meets it, over a real socket."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from eb_sync.sandbox.requested import NewEvent, NewSeries, NewTicketClass, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.unit.sandbox_visitor import Json, Visitor, names

MORNING = datetime(2019, 9, 2, 8, 0, tzinfo=UTC)
ROWAN = Ticket("Rowan Thistledown", "rowan@oakfell.example.org", {"School name": "Oakfell Primary"})


@pytest.fixture
def world() -> World:
    made = World(MORNING)
    made.create_organization("Larkmoor Maths Hub", organization_id="301")
    made.add_event(NewEvent("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="larkmoor-fractions", id="1001"))
    return made


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    with SandboxServer(world) as server, requests.Session() as session:
        yield Visitor(server, session)


def test_a_token_opens_the_account_and_its_organisation(visitor: Visitor) -> None:
    assert visitor.read("/users/me/")["emails"][0]["verified"] is True
    page = visitor.read("/users/me/organizations/")
    assert [row["id"] for row in page["organizations"]] == ["301"]
    assert not page["organizations"][0]["created"].endswith("Z")
    assert page["pagination"]["has_more_items"] is False
    assert page["pagination"]["continuation"]


def test_refusals_have_eventbrites_codes(visitor: Visitor, world: World) -> None:
    world.add_account("STRANGER")
    world.add_account("PUBLIC", user=False)
    world.book("1001", [ROWAN], order_id="501")
    expected = {
        ("/users/me/", None): (401, "NO_AUTH"),
        ("/users/me/", "WRONG"): (401, "INVALID_AUTH"),
        ("/users/me/", "PUBLIC"): (403, "NOT_AUTHORIZED"),
        ("/users/me/organizations/", "PUBLIC"): (403, "NOT_AUTHORIZED"),
        ("/events/1001/attendees/", "STRANGER"): (403, "NOT_AUTHORIZED"),
        ("/organizations/301/events/", "STRANGER"): (404, "NOT_FOUND"),
        ("/events/7/", TOKEN): (404, "NOT_FOUND"),
        ("/events/1001/attendees/7/", TOKEN): (404, "NOT_FOUND"),
        ("/orders/501/", "STRANGER"): (403, "NOT_AUTHORIZED"),
        ("/orders/7/", TOKEN): (404, "NOT_FOUND"),
        ("/series/1001/", TOKEN): (404, "NOT_FOUND"),
        ("/owls/", TOKEN): (404, "NOT_FOUND"),
    }
    for (path, token), (status, code) in expected.items():
        answer = visitor.get(path, token=token)
        assert (answer.status_code, answer.json()["status_code"], answer.json()["error"]) == (status, status, code)


def test_wrong_arguments_are_named_and_unknown_ones_ignored(visitor: Visitor) -> None:
    answer = visitor.get("/events/1001/attendees/", changed_since="yesterday")
    assert answer.status_code == 400
    assert answer.json()["error_detail"] == {"ARGUMENTS_ERROR": {"changed_since": ["INVALID"]}}
    assert visitor.get("/organizations/301/attendees/", status="unpaid").json()["error"] == "ARGUMENTS_ERROR"
    assert visitor.get("/organizations/301/events/", status="all", page_size="0").status_code == 400
    assert visitor.get("/organizations/301/events/", status="live,owl").status_code == 400
    assert visitor.get("/events/1001/attendees/", page="9").json()["error"] == "BAD_PAGE"
    assert visitor.get("/events/1001/attendees/", continuation="%%").json()["error"] == "BAD_CONTINUATION_TOKEN"
    zero = base64.b64encode(b'{"page": 0}').decode()
    assert visitor.get("/events/1001/attendees/", continuation=zero).json()["error"] == "BAD_CONTINUATION_TOKEN"
    assert visitor.get("/events/1001/attendees/", continuation="e30").json()["error"] == "BAD_CONTINUATION_TOKEN"
    assert visitor.get("/events/1001/", expand="owls", colour="blue").status_code == 200


def test_a_missing_slash_is_a_redirect_that_keeps_the_query(visitor: Visitor) -> None:
    answer = visitor.get("/events/1001", expand="venue")
    assert (answer.status_code, answer.json()["error"]) == (301, "PERMANENTLY_MOVED")
    assert answer.headers["Location"] == "/v3/events/1001/?expand=venue"


def test_writing_is_not_allowed(visitor: Visitor) -> None:
    answer = visitor.session.post(
        f"{visitor.server.url}/events/1001/", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5
    )
    assert (answer.status_code, answer.json()["error"]) == (405, "METHOD_NOT_ALLOWED")


def test_headers_tell_the_worlds_time_and_the_tokens_usage(visitor: Visitor, world: World) -> None:
    visitor.read("/users/me/")
    world.advance(timedelta(minutes=10))
    answer = visitor.get("/users/me/")
    assert answer.headers["Date"] == "Mon, 02 Sep 2019 08:10:00 GMT"
    assert answer.headers["X-Rate-Limit"].startswith(f"token:{TOKEN} 2/2000 reset=3000s, key:")
    world.dates_from_clock = False
    assert visitor.get("/users/me/").headers["Date"] != "Mon, 02 Sep 2019 08:10:00 GMT"


def test_the_2001st_call_of_an_hour_is_refused_if_the_limit_is_enforced(visitor: Visitor, world: World) -> None:
    world.enforces_rate_limit = True
    answers = [visitor.get("/users/me/") for _ in range(2001)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].json()["error"] == "HIT_RATE_LIMIT"
    assert "2000/2000 reset=3600s" in answers[-1].headers["X-Rate-Limit"]
    world.advance(timedelta(hours=1))
    assert visitor.get("/users/me/").status_code == 200


def test_pages_are_positions_in_the_list_as_it_is_now(visitor: Visitor, world: World) -> None:
    world.page_size = 2
    ids = [world.book("1001", [Ticket(name, None)])[0] for name in ("A", "B", "C")]
    first = visitor.read("/events/1001/attendees/", status="attending")
    token = first["pagination"]["continuation"]
    assert json.loads(base64.b64decode(token + "==")) == {"page": 2}
    assert (names(first), first["pagination"]["has_more_items"]) == (["A", "B"], True)
    world.cancel(ids[0])
    second = visitor.read("/events/1001/attendees/", status="attending", continuation=token)
    assert (names(second), second["pagination"]["has_more_items"]) == ([], False)
    assert "continuation" not in second["pagination"]


def test_unfiltered_lists_hold_cancelled_rows_but_no_deleted_ones(visitor: Visitor, world: World) -> None:
    ids = [world.book("1001", [Ticket(name, None)])[0] for name in ("Here", "Cancelled", "Deleted", "Gone")]
    world.check_in(ids[0])
    world.cancel(ids[1])
    world.delete(ids[2])
    world.delete(ids[3], entirely=True)
    for path in ("/events/1001/attendees/", "/organizations/301/attendees/"):
        assert names(visitor.read(path)) == ["Here", "Cancelled"]
        assert names(visitor.read(path, status="attending")) == ["Here"]
        assert names(visitor.read(path, status="not_attending")) == ["Cancelled", "Deleted"]
    assert names(visitor.read("/events/1001/attendees/", status="unpaid")) == []
    assert visitor.read(f"/events/1001/attendees/{ids[2]}/")["status"] == "Deleted"


def test_changed_since_includes_its_own_second(visitor: Visitor, world: World) -> None:
    world.book("1001", [ROWAN])
    assert len(names(visitor.read("/events/1001/attendees/", changed_since="2019-09-02T08:00:00Z"))) == 1
    assert names(visitor.read("/events/1001/attendees/", changed_since="2019-09-02T08:00:01Z")) == []


def test_rows_can_be_read_one_by_one_and_chosen_by_id(visitor: Visitor, world: World) -> None:
    rowan_id, bryn_id = world.book("1001", [ROWAN, Ticket("Bryn Calloway", None)])
    assert visitor.read(f"/events/1001/attendees/{rowan_id}/")["profile"]["first_name"] == "Rowan"
    assert names(visitor.read("/events/1001/attendees/", attendee_ids=bryn_id)) == ["Bryn Calloway"]


def test_an_attendee_carries_what_was_asked_and_nothing_else(visitor: Visitor, world: World) -> None:
    world.book("1001", [Ticket("Rowan Thistledown", None, {"School name": "Oakfell Primary"})], guest=True)
    (row,) = visitor.read("/events/1001/attendees/", expand="event.venue,order")["attendees"]
    assert "email" not in row["profile"] or row["profile"]["email"] is not None
    assert not {"company", "team", "promotional_code"} & (row.keys() | row["profile"].keys())
    assert [answer.get("answer") for answer in row["answers"]] == ["Oakfell Primary", None, None, None, None]
    assert all(("answer" in answer) == (number == 0) for number, answer in enumerate(row["answers"]))
    assert row["guestlist_id"]
    assert row["event"]["venue"]["address"]["country"] == "GB"
    assert row["order"]["status"] == "placed"


def test_orders_show_their_attendees_and_follow_their_state(visitor: Visitor, world: World) -> None:
    (rowan_id,) = world.book("1001", [ROWAN], order_id="501")
    (bryn_id,) = world.book("1001", [Ticket("Bryn Calloway", None)], order_id="502")
    world.cancel(rowan_id)
    world.delete(bryn_id)

    def ids(path: str, **query: str) -> list[str]:
        return [row["id"] for row in visitor.read(path, **query)["orders"]]

    for path in ("/events/1001/orders/", "/organizations/301/orders/"):
        assert ids(path) == []
        assert ids(path, status="inactive") == ids(path, status="all_not_deleted") == ["501"]
        assert ids(path, status="both") == ["501", "502"]
    order = visitor.read("/orders/501/", expand="attendees,event")
    assert (order["status"], order["attendees"][0]["cancelled"], order["event"]["id"]) == ("placed", True, "1001")
    (row,) = visitor.read("/orders/501/attendees/")["attendees"]
    assert row["resource_uri"].endswith(f"/orders/501/attendees/{rowan_id}/")
    assert "qr_code_url" in row["barcodes"][0]


def test_an_event_leaves_out_what_is_null_as_eventbrite_does(visitor: Visitor, world: World) -> None:
    world.add_event(NewEvent("Online", "2019-12-05 10:00", "2019-12-05 15:00", venue=None, draft=True, id="1002"))
    event, online = visitor.read("/events/1001/"), visitor.read("/events/1002/", expand="venue")
    assert event["vanity_url"] == "https://larkmoor-fractions.eventbrite.co.uk"
    assert event["start"] == {
        "timezone": "Europe/London",
        "local": "2019-11-05T10:00:00",
        "utc": "2019-11-05T10:00:00Z",
    }
    assert "series_id" not in event
    assert (online["venue_id"], online["venue"], online["status"]) == (None, None, "draft")
    assert not {"published", "vanity_url"} & online.keys()


def test_strangers_see_less_of_an_event_and_nothing_of_a_draft(visitor: Visitor, world: World) -> None:
    world.add_account("STRANGER")
    seen = visitor.get("/events/1001/", token="STRANGER").json()
    assert seen["capacity"] is None
    assert "show_remaining" not in seen
    world.unpublish("1001")
    assert visitor.get("/events/1001/", token="STRANGER").status_code == 404


def test_calling_off_shows_in_the_sales_status_alone(visitor: Visitor, world: World) -> None:
    def sales() -> Json:
        status: Json = visitor.read("/events/1001/", expand="event_sales_status")["event_sales_status"]
        return status

    assert sales()["sales_status"] == "on_sale"
    world.call_off("1001")
    assert (sales()["message"], sales()["message_code"]) == ("Cancelled", "event_cancelled")
    assert visitor.read("/events/1001/")["status"] == "live"
    world.postpone("1001")
    assert sales()["message_code"] == "event_postponed"
    world.reinstate_event("1001")
    world.unpublish("1001")
    assert sales()["sales_status"] == "unavailable"
    world.publish("1001")
    world.advance(timedelta(days=90))
    assert sales()["message_code"] == "tickets_with_sales_ended"


def test_sales_follow_the_number_of_tickets_taken(visitor: Visitor, world: World) -> None:
    classes = (NewTicketClass(capacity=1), NewTicketClass("Lunch", "add_on"))
    world.add_event(
        NewEvent("Small", "2019-12-05 10:00", "2019-12-05 15:00", ticket_classes=classes, id="1002", organizer_id="77")
    )

    def words() -> tuple[str, str]:
        event = visitor.read("/events/1002/", expand="event_sales_status,ticket_classes,organizer")
        assert event["organizer"]["id"] == "77"
        return event["event_sales_status"]["sales_status"], event["ticket_classes"][0]["on_sale_status"]

    world.book("1002", [Ticket("Rowan Thistledown", None, ticket_class="Lunch")])
    assert words() == ("on_sale", "AVAILABLE")
    (rowan_id,) = world.book("1002", [ROWAN])
    assert words() == ("sold_out", "SOLD_OUT")
    world.cancel(rowan_id)
    assert words() == ("on_sale", "AVAILABLE")
    world.set_clock(datetime(2019, 12, 6, tzinfo=UTC))
    assert words() == ("sales_ended", "UNAVAILABLE")


def test_the_event_list_filters_by_status_time_and_series(visitor: Visitor, world: World) -> None:
    days = (("2019-09-10 13:00", "2019-09-10 16:00"), ("2020-02-04 13:00", "2020-02-04 16:00"))
    world.add_series(NewSeries(NewEvent("Series", *days[0], id="2000"), days, ("2001", "2002")))
    world.add_event(NewEvent("A draft", "2020-01-05 10:00", "2020-01-05 15:00", draft=True, id="1003"))
    world.set_clock(datetime(2019, 10, 1, tzinfo=UTC))

    def ids(**query: str) -> list[str]:
        return [row["id"] for row in visitor.read("/organizations/301/events/", **query)["events"]]

    assert ids() == ["1001", "2002"]
    assert ids(status="all") == ["1001", "1003", "2001", "2002"]
    assert ids(status="draft,completed") == ["1003", "2001"]
    assert ids(status="all", time_filter="past") == ["2001"]
    assert ids(status="all", time_filter="current_future", order_by="start_desc") == ["2002", "1003", "1001"]
    assert ids(status="all", order_by="name_asc")[0] == "1003"
    assert ids(status="all", show_series_parent="true") == ["1001", "1003", "2000"]
    assert ids(status="all", series_filter="parents,children") == ids(status="all", series_filter="allseries")
    assert ids(status="all", series_filter="nonseries") == ["1001", "1003"]
    assert ids(status="all", event_ids="2001") == ["2001"]
    assert ids(status="all", organizer_filter="7") == []


def test_a_series_is_an_event_with_children(visitor: Visitor, world: World) -> None:
    days = (("2019-09-10 13:00", "2019-09-10 16:00"), ("2020-02-04 13:00", "2020-02-04 16:00"))
    world.add_series(NewSeries(NewEvent("Series", *days[0], id="2000"), days, ("2001", "2002")))
    parent = visitor.read("/series/2000/")
    children = visitor.read("/series/2000/events/")["events"]
    assert (parent["is_series_parent"], parent["end"]["local"]) == (True, "2020-02-04T16:00:00")
    assert "series_id" not in parent
    assert [(child["id"], child["series_id"]) for child in children] == [("2001", "2000"), ("2002", "2000")]
    assert visitor.read("/events/2000/attendees/")["attendees"] == []


def test_ticket_classes_questions_and_buyer_settings_belong_to_the_event(visitor: Visitor, world: World) -> None:
    world.book("1001", [ROWAN])
    world.reword_question("1001", "School name", "Name of school")
    (ticket_class,) = visitor.read("/events/1001/ticket_classes/")["ticket_classes"]
    questions = visitor.read("/events/1001/questions/")["questions"]
    assert (ticket_class["quantity_sold"], ticket_class["category"]) == (1, "admission")
    assert questions[0]["question"]["text"] == "Name of school"
    assert visitor.read("/events/1001/ticket_buyer_settings/")["survey_respondent"] == "attendee"


def test_a_removed_event_is_gone_everywhere(visitor: Visitor, world: World) -> None:
    world.book("1001", [ROWAN], order_id="501")
    world.remove_event("1001")
    assert visitor.get("/events/1001/").status_code == 404
    assert visitor.get("/orders/501/").status_code == 404
    assert visitor.read("/organizations/301/events/", status="all")["events"] == []
    assert visitor.read("/organizations/301/attendees/")["attendees"] == []


def test_answers_follow_every_change_though_they_are_kept_rendered(visitor: Visitor, world: World) -> None:
    (rowan_id,) = world.book("1001", [ROWAN])
    assert names(visitor.read("/events/1001/attendees/")) == ["Rowan Thistledown"]
    world.edit(rowan_id, name="Rowan Ash", email="ash@oakfell.example.org", job_title="Maths Lead")
    assert names(visitor.read("/events/1001/attendees/")) == ["Rowan Ash"]
    assert visitor.read("/events/1001/", expand="ticket_classes")["ticket_classes"][0]["quantity_sold"] == 1
    world.cancel(rowan_id)
    assert visitor.read("/events/1001/", expand="ticket_classes")["ticket_classes"][0]["quantity_sold"] == 0


def test_lists_have_no_promised_order(visitor: Visitor, world: World) -> None:
    world.book("1001", [Ticket(f"Teacher {number}", None) for number in range(12)])
    in_order = names(visitor.read("/events/1001/attendees/"))
    world.shuffle_seed = 5
    shuffled = names(visitor.read("/events/1001/attendees/"))
    assert shuffled != in_order
    assert sorted(shuffled) == sorted(in_order)


def test_requests_are_logged_without_the_token(visitor: Visitor, world: World) -> None:
    visitor.get("/events/1001/attendees/", token=None, token_="", status="attending")
    answer = visitor.session.get(f"{visitor.server.url}/events/1001/?token={TOKEN}&expand=venue", timeout=5)
    assert answer.status_code == 200
    logged = world.requests[-1]
    assert (logged.method, logged.path, logged.query, logged.status) == (
        "GET",
        "/v3/events/1001/",
        (("expand", "venue"),),
        200,
    )
    world.clear_requests()
    assert world.requests == []


def test_another_process_can_drive_the_world(visitor: Visitor, world: World) -> None:
    assert visitor.control("set_clock", instant="2019-10-01T09:00:00Z").status_code == 200
    ticket = {"name": "Rowan Thistledown", "email": None, "answers": {"School URN": "800001"}}
    (rowan_id,) = visitor.control("book", event_id="1001", tickets=[ticket]).json()["result"]
    assert visitor.control("advance", by="PT1H").status_code == 200
    assert visitor.control("cancel", attendee_id=rowan_id).status_code == 200
    assert world.attendee(rowan_id).changed_at == datetime(2019, 10, 1, 10, 0, tzinfo=UTC)
    assert visitor.session.get(f"{visitor.server.control_url}/clock", timeout=5).json() == {
        "now_at": "2019-10-01T10:00:00Z"
    }
    visitor.read("/users/me/")
    logged = visitor.session.get(f"{visitor.server.control_url}/requests", timeout=5).json()["requests"]
    assert [each["path"] for each in logged] == ["/v3/users/me/"]


def test_the_control_surface_says_what_is_wrong(visitor: Visitor) -> None:
    assert visitor.control("fly").status_code == 404
    assert visitor.control("cancel", attendee_id="7").status_code == 400
    assert visitor.control("cancel").status_code == 400


def test_faults_strike_as_often_as_ordered_and_on_the_path_ordered(visitor: Visitor, world: World) -> None:
    world.book("1001", [ROWAN])
    visitor.control("fault", fault={"kind": "rate_limited", "path": "/attendees/", "times": 2, "skip": 1})
    statuses = [visitor.get("/events/1001/attendees/").status_code for _ in range(4)]
    assert statuses == [200, 429, 429, 200]
    visitor.control("fault", fault={"kind": "rate_limited", "path": "/attendees/"})
    assert visitor.get("/users/me/").status_code == 200
    answer = visitor.get("/events/1001/attendees/")
    assert answer.json()["error"] == "HIT_RATE_LIMIT"
    assert "2000/2000" in answer.headers["X-Rate-Limit"]


def test_each_kind_of_fault_looks_like_trouble_in_the_wild(visitor: Visitor, world: World) -> None:
    world.book("1001", [ROWAN])
    visitor.control("fault", fault={"kind": "internal_error"})
    assert visitor.get("/users/me/").json()["error"] == "INTERNAL_ERROR"
    visitor.control("fault", fault={"kind": "bad_gateway"})
    assert visitor.get("/users/me/").headers["Content-Type"].startswith("text/html")
    visitor.control("fault", fault={"kind": "truncated"})
    with pytest.raises(requests.exceptions.JSONDecodeError):
        visitor.get("/users/me/").json()
    visitor.control("fault", fault={"kind": "malformed_row", "times": 2})
    assert visitor.read("/events/1001/")["id"] == "1001"
    assert visitor.read("/events/1001/attendees/")["attendees"][0]["profile"] == "?"
    visitor.control("fault", fault={"kind": "dropped"})
    with pytest.raises(requests.exceptions.ConnectionError):
        visitor.get("/users/me/")
    visitor.control("fault", fault={"kind": "dropped", "times": 9})
    visitor.control("clear_faults")
    assert visitor.get("/users/me/").status_code == 200


def test_the_story_can_be_served_by_a_process_of_its_own() -> None:
    # whoever runs the tests in the background has them ignore the signal, and what they start as well
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{listen}; from eb_sync.sandbox import serve; serve(0)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        settings = dict(process.stdout.readline().strip().split("=", 1) for _ in range(2))
        try:
            answer = requests.get(
                f"{settings['EBSYNC_EVENTBRITE_URL']}/users/me/organizations/",
                headers={"Authorization": f"Bearer {settings['EBSYNC_EVENTBRITE_TOKEN']}"},
                timeout=5,
            )
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    assert [each["name"] for each in answer.json()["organizations"]] == ["Larkmoor Maths Hub"]

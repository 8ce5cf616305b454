"""The sandbox's settings, over a real socket: changes that arrive late, a clock that is wrong, calls used up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from eb_sync.sandbox.requested import NewEvent, NewSeries, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.unit.sandbox_visitor import Visitor, names

MORNING = datetime(2019, 9, 2, 8, 0, tzinfo=UTC)
ROWAN = Ticket("Rowan Thistledown", None)
BRYN = Ticket("Bryn Calloway", None)
LIST = "/events/1001/attendees/"
LAG = timedelta(minutes=5)


@pytest.fixture
def world() -> World:
    made = World(MORNING)
    made.create_organization("Larkmoor Maths Hub", organization_id="301")
    made.add_event(NewEvent("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", id="1001"))
    return made


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    with SandboxServer(world) as server, requests.Session() as session:
        yield Visitor(server, session)


def test_a_booking_is_absent_until_it_has_arrived(visitor: Visitor, world: World) -> None:
    world.book("1001", [ROWAN], order_id="501")
    world.visible_after = LAG
    (bryn_id,) = world.book("1001", [BRYN], order_id="502")
    for path in (LIST, "/organizations/301/attendees/"):
        page = visitor.read(path)
        assert (names(page), page["pagination"]["object_count"]) == (["Rowan Thistledown"], 1)
    assert visitor.get(f"{LIST}{bryn_id}/").status_code == 404
    assert visitor.get("/orders/502/", expand="attendees").status_code == 404
    assert len(visitor.read("/organizations/301/orders/")["orders"]) == 1
    world.advance(LAG - timedelta(seconds=1))
    assert names(visitor.read(LIST)) == ["Rowan Thistledown"]
    world.advance(timedelta(seconds=1))
    assert names(visitor.read(LIST)) == ["Rowan Thistledown", "Bryn Calloway"]
    assert visitor.read("/orders/502/", expand="attendees")["attendees"][0]["id"] == bryn_id


def test_changes_show_one_after_the_other(visitor: Visitor, world: World) -> None:
    (rowan_id,) = world.book("1001", [ROWAN])
    world.visible_after = LAG
    world.check_in(rowan_id)
    world.advance(timedelta(minutes=1))
    world.edit(rowan_id, name="Rowan Ash")
    world.advance(timedelta(minutes=1))
    world.cancel(rowan_id)
    world.advance(timedelta(minutes=1))
    world.delete(rowan_id, entirely=True)

    def shown() -> list[tuple[str, str]]:
        return [(row["profile"]["name"], row["status"]) for row in visitor.read(LIST)["attendees"]]

    seen = [shown()]
    world.advance(LAG - timedelta(minutes=3))
    for _ in range(4):
        seen.append(shown())
        world.advance(timedelta(minutes=1))
    assert seen == [
        [("Rowan Thistledown", "Attending")],
        [("Rowan Thistledown", "Checked In")],
        [("Rowan Ash", "Checked In")],
        [("Rowan Ash", "Not Attending")],
        [],
    ]


def test_a_change_that_has_not_arrived_is_not_found_by_its_time(visitor: Visitor, world: World) -> None:
    (rowan_id,) = world.book("1001", [ROWAN])
    world.visible_after = LAG
    world.advance(timedelta(hours=1))
    world.cancel(rowan_id)
    since = {"changed_since": "2019-09-02T09:00:00Z"}
    assert names(visitor.read(LIST, **since)) == names(visitor.read("/organizations/301/attendees/", **since)) == []
    world.advance(LAG)
    assert names(visitor.read(LIST, **since)) == ["Rowan Thistledown"]
    assert visitor.read(LIST)["attendees"][0]["changed"] == "2019-09-02T09:00:00Z"


def test_events_arrive_late_too(visitor: Visitor, world: World) -> None:
    world.visible_after = LAG
    day = ("2019-12-03 10:00", "2019-12-03 15:00")
    parent, (child,) = world.add_series(NewSeries(NewEvent("Mastery", *day), (day,)))
    world.move("1001", "2019-11-06 10:00", "2019-11-06 15:00")
    world.call_off("1001")
    world.book("1001", [ROWAN])
    expand = {"expand": "event_sales_status,ticket_classes"}

    def shown() -> tuple[str, str | None, int]:
        event = visitor.read("/events/1001/", **expand)
        code = event["event_sales_status"]["message_code"]
        return event["start"]["local"][:10], code, event["ticket_classes"][0]["quantity_sold"]

    assert shown() == ("2019-11-05", None, 0)
    assert visitor.get(f"/series/{parent}/events/").status_code == visitor.get(f"/events/{child}/").status_code == 404
    world.advance(LAG)
    assert shown() == ("2019-11-06", "event_cancelled", 1)
    assert [row["id"] for row in visitor.read(f"/series/{parent}/events/")["events"]] == [child]
    world.remove_event("1001")
    assert visitor.get("/events/1001/").status_code == 200
    world.advance(LAG)
    assert visitor.get("/events/1001/").status_code == 404


def test_without_a_delay_all_is_visible_at_once(visitor: Visitor, world: World) -> None:
    world.visible_after = LAG
    (rowan_id,) = world.book("1001", [ROWAN])
    world.visible_after = 2 * LAG
    assert names(visitor.read(LIST)) == []
    world.visible_after = timedelta(0)
    assert names(visitor.read(LIST, expand="event,order")) == ["Rowan Thistledown"]
    assert world.shown is world
    world.cancel(rowan_id)
    assert visitor.read(LIST)["attendees"][0]["cancelled"] is True
    with pytest.raises(ValueError, match="before it happens"):
        world.visible_after = -LAG


def test_rendered_ahead_is_what_has_arrived(visitor: Visitor, world: World) -> None:
    world.visible_after = LAG
    world.book("1001", [ROWAN])
    world.prerender()
    assert names(visitor.read(LIST)) == []


def test_eventbrites_clock_can_be_wrong(visitor: Visitor, world: World) -> None:
    world.skew = timedelta(minutes=-3)
    (rowan_id,) = world.book("1001", [ROWAN])
    answer = visitor.get(f"{LIST}{rowan_id}/")
    assert answer.headers["Date"] == "Mon, 02 Sep 2019 07:57:00 GMT"
    assert answer.json()["created"] == "2019-09-02T07:57:00Z"
    assert world.now_at == MORNING
    world.advance(timedelta(hours=1))
    world.cancel(rowan_id)
    row = visitor.read(f"{LIST}{rowan_id}/")
    assert row["changed"] == row["barcodes"][0]["changed"] == "2019-09-02T08:57:00Z"
    world.rename("1001", "Fractions again")
    assert visitor.read("/events/1001/")["changed"] == "2019-09-02T08:57:00Z"


def test_settings_can_be_changed_from_another_process(visitor: Visitor, world: World) -> None:
    settings = {
        "page_size": 1,
        "shuffle_seed": 5,
        "enforces_rate_limit": True,
        "visible_after": "PT5M",
        "skew": "-PT3M",
    }
    shown = visitor.control("configure", **settings).json()["result"]
    assert shown == {**settings, "dates_from_clock": True}
    assert (world.page_size, world.shuffle_seed, world.enforces_rate_limit) == (1, 5, True)
    assert (world.visible_after, world.skew) == (LAG, timedelta(minutes=-3))
    assert visitor.control("configure", shuffle_seed=None).json()["result"]["shuffle_seed"] is None
    assert world.page_size == 1


@pytest.mark.parametrize("wrong", [{"page_size": 0}, {"visible_after": "-PT1S"}, {"colour": "blue"}, {"skew": None}])
def test_a_setting_that_cannot_be_changes_nothing(visitor: Visitor, world: World, wrong: dict[str, object]) -> None:
    assert visitor.control("configure", shuffle_seed=7, **wrong).status_code == 400
    assert (world.page_size, world.shuffle_seed) == (50, None)


def test_calls_of_the_hour_can_be_used_up_beforehand(visitor: Visitor, world: World) -> None:
    world.enforces_rate_limit = True
    world.set_used_calls(1998)
    answers = [visitor.get("/users/me/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["X-Rate-Limit"].startswith(f"token:{TOKEN} 1999/2000 reset=3600s")
    assert visitor.control("set_used_calls", used=10).status_code == 200
    assert f"token:{TOKEN} 11/2000" in visitor.get("/users/me/").headers["X-Rate-Limit"]
    world.add_account("OTHER", ("301",))
    assert visitor.control("set_used_calls", used=2000, token="OTHER").status_code == 200
    assert visitor.get("/users/me/", token="OTHER").status_code == 429

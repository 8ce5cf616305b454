"""Others read the sandbox as well: Eventbrite's own SDK for Python, and whoever asks for its default questions.

The SDK (`eventbrite` 3.3.5 on PyPI, Apache licence) is published as source alone, whose `setup.py` would run at every
installation and whose build requirements no lock holds. So it is not installed here. `Sdk` speaks as its `client.py`
does: the same headers, `expand=none` where nothing is to be expanded, no continuation; of an answer it takes `ok`,
`pagination` and `id`, and strips the query from the address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from eb_sync.sandbox.requested import CANNED_QUESTIONS, NewEvent, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.unit.sandbox_visitor import Visitor

ROWAN = Ticket("Rowan Thistledown", "rowan@oakfell.example.org", {"Your role in school": "Teacher"})


class Answer(dict[str, Any]):
    """What the SDK makes of an answer."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.json())
        self.resource_uri = response.url.partition("?")[0]
        self.ok = response.ok
        self.pagination = self.get("pagination")
        self.is_paginated = bool(self.pagination)
        self.id = self.get("id")


class Sdk:
    """Asks as the SDK's `Eventbrite` does."""

    def __init__(self, token: str, url: str) -> None:
        self.url = url.rstrip("/") + "/"
        self.headers = {"Authorization": f"Bearer {token}", "User-Agent": "eventbrite-python-sdk 3.3.5 (Linux)"}

    def get(self, path: str, data: dict[str, str] | None = None, expand: tuple[str, ...] = ()) -> Answer:
        query = {"expand": ",".join(expand) or "none", **(data or {})}
        return Answer(requests.get(self.url + path.lstrip("/"), params=query, headers=self.headers, timeout=5))


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    world = World(datetime(2019, 9, 2, 8, 0, tzinfo=UTC))
    world.create_organization("Larkmoor Maths Hub", organization_id="301")
    canned = (*CANNED_QUESTIONS, "company")
    questions = ("Your role in school",)
    times = ("2019-11-05 10:00", "2019-11-05 15:00")
    world.add_event(NewEvent("Fractions", *times, id="1001", questions=questions, canned_questions=canned))
    world.book("1001", [ROWAN], order_id="501")
    with SandboxServer(world) as running:
        yield running


@pytest.fixture
def sdk(server: SandboxServer) -> Sdk:
    return Sdk(TOKEN, server.url)


def test_eventbrites_sdk_reads_the_sandbox(sdk: Sdk) -> None:
    assert sdk.get("/users/me/").id
    event = sdk.get("/events/1001/")
    assert (event.ok, event.id, event.is_paginated) == (True, "1001", False)
    assert event.resource_uri == f"{sdk.url}events/1001/"
    assert "venue" not in event
    assert sdk.get("/events/1001/", expand=("venue",))["venue"]["name"]
    attendees = sdk.get("/events/1001/attendees/", {"status": "attending", "changed_since": "2019-01-01T00:00:00Z"})
    assert attendees.is_paginated
    assert [row["profile"]["name"] for row in attendees["attendees"]] == [ROWAN.name]
    (attendee,) = attendees["attendees"]
    assert sdk.get(f"/events/1001/attendees/{attendee['id']}/").id == attendee["id"]
    assert sdk.get("/events/1001/ticket_classes/")["ticket_classes"]
    assert sdk.get("/events/1001/orders/")["orders"]
    assert sdk.get("/orders/501/").id == "501"


def test_the_sdk_takes_a_refusal_for_an_answer_that_is_not_ok(sdk: Sdk) -> None:
    refused = sdk.get("/events/7/")
    assert not refused.ok
    assert refused["error"] == "NOT_FOUND"


def test_eventbrites_own_questions_are_listed_as_the_forms(server: SandboxServer) -> None:
    with requests.Session() as session:
        visitor = Visitor(server, session)
        page = visitor.read("/events/1001/canned_questions/")
        assert [row["id"] for row in page["questions"]] == [*CANNED_QUESTIONS, "company"]
        assert page["questions"][2]["question"]["text"] == "Email Address"
        assert [row["required"] for row in page["questions"]] == [True, True, True, False]
        assert "job_title" in [
            row["id"] for row in visitor.read("/events/1001/canned_questions/", include_all="true")["questions"]
        ]
        assert visitor.get("/events/7/canned_questions/").status_code == 404

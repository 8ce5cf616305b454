"""Which of the answers that the hub needs a booking form asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from eb_sync.eventbrite import EventbriteClient
from tests.unit.eventbrite_answers import URL, make_client, page, refusal


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def client() -> Iterator[EventbriteClient]:
    with make_client() as made:
        yield made


def asked(web: responses.RequestsMock, *labels: str) -> None:
    rows = [{"id": str(number), "question": {"text": label}} for number, label in enumerate(labels)]
    web.get(f"{URL}/events/11/questions/", json=page("questions", rows))


def test_a_form_that_asks_for_all_that_is_needed_costs_one_request(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    asked(web, "school NAME:", "URN", "Role", "Diet")
    questions = client.fetch_asked_questions("11")
    assert questions.labels == ("school NAME:", "URN", "Role", "Diet")
    assert questions.fields == {"school", "urn", "role"}


def test_eventbrites_own_questions_stand_in_for_school_and_role(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    asked(web, "School URN")
    canned = [{"id": "email"}, {"id": "company", "question": None}, {"id": "job_title", "question": {"text": "Job"}}]
    web.get(f"{URL}/events/11/canned_questions/", json=page("questions", canned))
    assert client.fetch_asked_questions("11").fields == {"school", "urn", "role"}


def test_without_a_list_of_eventbrites_own_questions_the_pages_own_have_to_do(
    web: responses.RequestsMock, client: EventbriteClient
) -> None:
    asked(web, "School")
    web.get(f"{URL}/events/11/canned_questions/", json=refusal(404, "NOT_FOUND"), status=404)
    assert client.fetch_asked_questions("11").fields == {"school"}

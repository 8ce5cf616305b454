"""Recorded answers of Eventbrite, kept beside the repository, are understood; without them nothing is tested here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eb_sync.errors import EventbriteContractError, TokenRefusedError
from eb_sync.eventbrite import QuestionLabels
from eb_sync.eventbrite.paging import Origin
from eb_sync.eventbrite.payloads import (
    BuyerSettingsPayload,
    OrganizationPayload,
    PaginationPayload,
    TicketClassPayload,
)
from eb_sync.eventbrite.rate import RateBudget, parse_rate_limit
from eb_sync.eventbrite.refusals import NotFoundError, PassingError, translate_refusal
from eb_sync.eventbrite.translate import Translator
from eb_sync.model.readings import AttendeeReading, EventReading, GoingAhead, QuarantinedRow
from policies.facts import BarcodeStatus, Presence

FOLDER = Path(__file__).parents[3] / "shared" / "examples" / "eventbrite"
FILES = sorted(FOLDER.glob("*.json"))
ORIGIN = Origin("page 1 row 1", datetime(2020, 1, 20, 10, 0, tzinfo=UTC))
Json = dict[str, Any]
Reading = AttendeeReading | EventReading | QuarantinedRow

pytestmark = pytest.mark.skipif(not FILES, reason="the recorded answers (../shared/examples/eventbrite) are not here")


def load(name: str) -> Json:
    document: Json = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return document


def objects(value: object) -> Iterator[Json]:
    """Every object in a document, the document itself first."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from objects(each)


def is_attendee(row: Json) -> bool:
    return "barcodes" in row and "profile" in row


def is_event(row: Json) -> bool:
    return "start" in row and "end" in row and "organizer_id" in row


def translate_all(path: Path, translator: Translator) -> Iterator[tuple[Json, Reading]]:
    for row in objects(load(path.name)):
        if is_attendee(row):
            yield row, translator.translate_attendee(row, ORIGIN)
        elif is_event(row):
            yield row, translator.translate_event(row, ORIGIN)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_recorded_object_is_read_or_kept_out_with_a_reason(path: Path) -> None:
    for row, result in translate_all(path, Translator(QuestionLabels())):
        if isinstance(result, QuarantinedRow):
            assert result.reason
        else:
            assert row["id"] == (result.id if isinstance(result, EventReading) else result.attendee_id)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_recorded_page_and_small_object_has_the_shape_we_expect(path: Path) -> None:
    for row in objects(load(path.name)):
        if "category" in row and "quantity_sold" in row:
            assert TicketClassPayload.model_validate(row).id
        if row.get("_type") == "organization":
            assert OrganizationPayload.model_validate(row).id
        if "pagination" in row:
            PaginationPayload.model_validate(row["pagination"])
        if "survey_respondent" in row:
            assert BuyerSettingsPayload.model_validate(row).survey_respondent


def test_none_of_them_is_kept_out_or_holds_a_word_we_do_not_know() -> None:
    translator = Translator(QuestionLabels())
    read = [result for path in FILES for _, result in translate_all(path, translator)]
    assert [each for each in read if isinstance(each, QuarantinedRow)] == []
    assert translator.unknown_values == {}
    assert sum(isinstance(each, AttendeeReading) for each in read) >= 10
    assert sum(isinstance(each, EventReading) for each in read) >= 8


def test_an_event_called_off_on_its_page_is_called_off_though_it_is_completed() -> None:
    (result,) = [result for _, result in translate_all(FOLDER / "events-page-10.json", Translator(QuestionLabels()))]
    assert isinstance(result, EventReading)
    assert (result.status, result.going_ahead) == ("completed", GoingAhead.CANCELLED)


def test_a_scanned_ticket_is_a_check_in() -> None:
    (result,) = [result for _, result in translate_all(FOLDER / "attendee-01.json", Translator(QuestionLabels()))]
    assert isinstance(result, AttendeeReading)
    assert (result.presence, result.checked_in, result.barcode_status) == (Presence.ACTIVE, True, BarcodeStatus.USED)


def test_seats_of_one_order_keep_their_ids_apart() -> None:
    rows = [result for _, result in translate_all(FOLDER / "order-03.json", Translator(QuestionLabels()))]
    ids = [row.attendee_id for row in rows if isinstance(row, AttendeeReading)]
    assert ids == [ids[0], f"{ids[0]}-1", f"{ids[0]}-2"]


@pytest.mark.parametrize("path", [path for path in FILES if path.name.startswith("error-")], ids=lambda path: path.name)
def test_every_recorded_refusal_is_known(path: Path) -> None:
    body = path.read_bytes()
    status = json.loads(body)["status_code"]
    kinds = {401: TokenRefusedError, 403: TokenRefusedError, 404: NotFoundError, 429: PassingError}
    assert type(translate_refusal(status, body, "/users/me/", None)) is kinds.get(status, EventbriteContractError)


def test_the_recorded_limit_is_understood() -> None:
    headers = load("response-headers-01.json")
    assert parse_rate_limit(headers["X-Rate-Limit"]) == RateBudget(4, 2000, 3042)

"""Lists, page by page: positional, so rows may come twice or be skipped; stops only where Eventbrite says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from eb_sync.errors import EventbriteContractError
from eb_sync.eventbrite.http import Answer, BadContinuationError, EventbriteHttp
from eb_sync.eventbrite.payloads import PaginationPayload

MAX_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    rows: list[Any]
    number: int
    """From 1, counted by us."""
    received_at: datetime
    served_at: datetime | None
    object_count: int | None


def fetch_pages(http: EventbriteHttp, path: str, key: str, parameters: Mapping[str, str]) -> list[Page]:
    """All pages of a list; from the beginning once more if its continuation token is refused half-way.

    Raises:
        EventbriteContractError: a token came twice, the list never ends, or a page has another shape.
        TokenRefusedError, NotFoundError, TryAgainError: from the reading of a page.
    """
    try:
        return list(_pages(http, path, key, parameters))
    except BadContinuationError:
        return list(_pages(http, path, key, parameters))


def _pages(http: EventbriteHttp, path: str, key: str, parameters: Mapping[str, str]) -> Iterator[Page]:
    seen: set[str] = set()
    before: list[Any] = []
    query = dict(parameters)
    for number in range(1, MAX_PAGES + 1):
        answer = http.get(path, query)
        rows, pagination = _parse(answer, path, key)
        if rows and rows == before:
            raise EventbriteContractError(f"Eventbrite gave the same page of {path} twice: an endless list.")
        before = rows
        yield Page(rows, number, answer.received_at, answer.served_at, pagination.object_count)
        if not _has_more(pagination, number):
            return
        token = pagination.continuation
        if token is None:
            query["page"] = str(number + 1)
            continue
        if token in seen:
            raise EventbriteContractError(
                f"Eventbrite gave the same continuation token twice for {path}: an endless list."
            )
        seen.add(token)
        query["continuation"] = token
    raise EventbriteContractError(f"Eventbrite's list {path} does not end after {MAX_PAGES} pages.")


def _parse(answer: Answer, path: str, key: str) -> tuple[list[Any], PaginationPayload]:
    rows = answer.body.get(key)
    if not isinstance(rows, list):
        raise EventbriteContractError(f"Eventbrite's list {path} has no {key}.")
    try:
        return rows, PaginationPayload.model_validate(answer.body.get("pagination"))
    except ValidationError:
        raise EventbriteContractError(f"Eventbrite's list {path} has no pagination that ebsync understands.") from None


def _has_more(pagination: PaginationPayload, number: int) -> bool:
    if pagination.has_more_items is not None:
        return pagination.has_more_items
    # answers from before 2017 do not say
    return pagination.page_count is not None and number < pagination.page_count

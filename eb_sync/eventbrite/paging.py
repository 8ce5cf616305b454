"""Lists, page by page: positional, so rows may come twice or be skipped; stops only where Eventbrite says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from eb_sync.errors import EventbriteContractError
from eb_sync.eventbrite.http import Answer, EventbriteHttp
from eb_sync.eventbrite.payloads import PaginationPayload
from eb_sync.eventbrite.refusals import BadContinuationError

MAX_PAGES = 2000
"""As many as an hour's calls."""
MAX_READINGS = 3
"""How often a list is read whose rows do not come to what it says it holds: that number may itself be wrong."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row came from."""

    position: str
    """Names a row that has no id."""
    received_at: datetime
    event_id: str | None = None
    """The event that was asked for; None in lists of the organisation."""
    began_at: datetime | None = None
    """When the page was asked for, as `Answer.began_at`."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which list to read."""

    path: str
    key: str
    """Under which name the rows come."""
    parameters: Mapping[str, str]
    """Sent with every page, beside the continuation token."""
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """All rows of a list, in the order in which they came, repeats included."""

    rows: list[Row]
    began_at: datetime
    """When its first page was asked for, as `Answer.began_at`."""
    object_count: int | None
    """What the first page said the list holds; not always right."""
    ids: frozenset[str]
    """The ids of its rows, of those that have one."""
    pages: int

    @property
    def may_have_moved(self) -> bool:
        """Whether rows may have been skipped between two pages: it has several, and they do not come to its count."""
        return self.pages > 1 and self.object_count is not None and len(self.ids) != self.object_count


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    """From 1, counted by us."""
    answer: Answer
    rows: list[Any]
    pagination: PaginationPayload


def fetch_list(http: EventbriteHttp, query: ListQuery, translate: Callable[[object, Origin], Row]) -> Listing[Row]:
    """All rows of a list, translated page by page.

    Paging is by position, so a list that moves meanwhile skips rows: one whose rows do not come to its count is read
    again, until it does or two readings bring the same rows; then all rows that came count.

    Raises:
        EventbriteContractError: a token or page came twice, the list never ends, or a page has another shape.
        TokenRefusedError, NotFoundError, TryAgainError: from the reading of a page.
    """
    first = listing = _fetch_from_beginning(http, query, translate)
    rows = list(first.rows)
    for _ in range(MAX_READINGS - 1):
        if not listing.may_have_moved:
            break
        before, listing = listing, _fetch_from_beginning(http, query, translate)
        rows += listing.rows
        if listing.ids == before.ids:
            break
    return replace(first, rows=rows, object_count=listing.object_count)


def _fetch_from_beginning(
    http: EventbriteHttp, query: ListQuery, translate: Callable[[object, Origin], Row]
) -> Listing[Row]:
    """Once more if the list's token is refused half-way."""
    try:
        return _fetch_list(http, query, translate)
    except BadContinuationError:
        return _fetch_list(http, query, translate)


def _fetch_list(http: EventbriteHttp, query: ListQuery, translate: Callable[[object, Origin], Row]) -> Listing[Row]:
    pages = _fetch_pages(http, query)
    first = page = next(pages)
    rows, ids = _translate_page(first, query, translate), _ids(first)
    for page in pages:
        rows += _translate_page(page, query, translate)
        ids |= _ids(page)
    return Listing(rows, first.answer.began_at, first.pagination.object_count, frozenset(ids), page.number)


def _ids(page: _Page) -> set[str]:
    return {str(row["id"]) for row in page.rows if isinstance(row, dict) and row.get("id")}


def _translate_page(page: _Page, query: ListQuery, translate: Callable[[object, Origin], Row]) -> list[Row]:
    answer = page.answer
    return [
        translate(row, Origin(f"page {page.number} row {index}", answer.received_at, query.event_id, answer.began_at))
        for index, row in enumerate(page.rows, 1)
    ]


def _fetch_pages(http: EventbriteHttp, query: ListQuery) -> Iterator[_Page]:
    tokens: set[str] = set()
    ids_before: list[object] = []
    step: dict[str, str] = {}
    for number in range(1, MAX_PAGES + 1):
        page = _parse_page(http.get(query.path, {**query.parameters, **step}), query, number)
        ids = [row.get("id") if isinstance(row, dict) else None for row in page.rows]
        if any(ids) and ids == ids_before:
            raise EventbriteContractError(f"Eventbrite gave the same page of {query.path} twice: an endless list.")
        ids_before = ids
        yield page
        if not _has_more(page):
            return
        step = _next_step(page, tokens, query.path)
    raise EventbriteContractError(f"Eventbrite's list {query.path} does not end after {MAX_PAGES} pages.")


def _next_step(page: _Page, tokens: set[str], path: str) -> dict[str, str]:
    """What to ask for next: by token, else by number."""
    token = page.pagination.continuation
    if not token:
        return {"page": str(page.number + 1)}
    if token in tokens:
        raise EventbriteContractError(f"Eventbrite gave the same continuation token twice for {path}: an endless list.")
    tokens.add(token)
    return {"continuation": token}


def _has_more(page: _Page) -> bool:
    pagination = page.pagination
    if pagination.has_more_items is not None:
        return pagination.has_more_items
    # answers from before 2017 do not say: the count of pages decides, and without it a token, until a page is empty
    if pagination.page_count is not None:
        return page.number < pagination.page_count
    return bool(pagination.continuation and page.rows)


def _parse_page(answer: Answer, query: ListQuery, number: int) -> _Page:
    rows = answer.body.get(query.key)
    if not isinstance(rows, list):
        raise EventbriteContractError(f"Eventbrite's list {query.path} has no {query.key}.")
    try:
        return _Page(number, answer, rows, PaginationPayload.model_validate(answer.body.get("pagination")))
    except ValidationError:
        failure = EventbriteContractError(f"Eventbrite's list {query.path} has no pagination that ebsync understands.")
    raise failure

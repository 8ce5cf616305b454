"""Pages of a list, by position: page and continuation name a place in the list as it is now, not as it was."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from eb_sync.sandbox.queries import Query
from eb_sync.sandbox.refusals import Refusal, bad_argument, bad_token

LARGEST_PAGE = 200

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is wanted."""

    query: Query
    usual_size: int
    shift: int = 0
    """How much later a page after the first begins than it should; negative: earlier. Its end stays."""


def render_page(name: str, rows: Sequence[Row], render: Callable[[Row], bytes], paging: Paging) -> bytes:
    """The page of `rows` that is wanted, as JSON bytes; `name` is the plural over the items."""
    size = _parse_size(paging.query, paging.usual_size)
    page_count = max(1, -(-len(rows) // size))
    number = _parse_number(paging.query, page_count)
    begin = max(0, (number - 1) * size + (paging.shift if number > 1 else 0))
    header: dict[str, Any] = {
        "object_count": len(rows),
        "page_number": number,
        "page_size": size,
        "page_count": page_count,
        "has_more_items": number < page_count,
    }
    if number < page_count:
        header["continuation"] = build_token(number + 1)
    items = b",".join(render(row) for row in rows[begin : number * size])
    return b'{"pagination": %s, "%s": [%s]}' % (json.dumps(header).encode(), name.encode(), items)


def build_token(number: int) -> str:
    """A continuation token: unpadded base64 of the page's number."""
    return base64.urlsafe_b64encode(json.dumps({"page": number}).encode()).decode().rstrip("=")


def _parse_size(query: Query, usual_size: int) -> int:
    text = query.get("page_size", str(usual_size))
    if not text.isdecimal() or int(text) == 0:
        raise bad_argument("page_size")
    return min(int(text), LARGEST_PAGE)


def _parse_number(query: Query, page_count: int) -> int:
    """A token's page may lie beyond the end of a list that shrank: it is empty. A `page` beyond the end is an error."""
    if "continuation" in query:
        return _parse_token(query["continuation"])
    text = query.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= page_count:
        raise Refusal(400, "BAD_PAGE", "The page number you requested does not exist.")
    return int(text)


def _parse_token(token: str) -> int:
    try:
        number = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["page"]
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_token() from error
    if not isinstance(number, int) or number < 1:
        raise bad_token()
    return number

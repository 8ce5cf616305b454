"""Faults carried out: what goes out in place of the proper answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

from flask import Response
from waitress.channel import ClientDisconnected

from eb_sync.sandbox.alterations import alter
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.queries import Query
from eb_sync.sandbox.refusals import Refusal, bad_token, expired, forbidden, missing, over_limit

_OK = 200
_REFUSALS: dict[FaultKind, Callable[[], Refusal]] = {
    FaultKind.RATE_LIMITED: over_limit,
    FaultKind.INTERNAL_ERROR: lambda: Refusal(500, "INTERNAL_ERROR", "An unhandled error occurred in Eventbrite."),
    FaultKind.EXPANSION_FAILED: lambda: Refusal(500, "EXPANSION_FAILED", "An error occurred while expanding."),
    FaultKind.BAD_CONTINUATION_TOKEN: bad_token,
    FaultKind.INVALID_AUTH: expired,
    FaultKind.NOT_AUTHORIZED: forbidden,
    FaultKind.NOT_FOUND: partial(missing, "event_id"),
}


def spoil(fault: Fault, response: Response, query: Query) -> Response:
    """What goes out in place of a proper `response` to a request with this query."""
    if fault.kind in _REFUSALS:
        return render_refusal(_REFUSALS[fault.kind]())
    if fault.kind is FaultKind.BAD_GATEWAY:
        return Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, mimetype="text/html")
    if fault.kind is FaultKind.TRUNCATED:
        return _cut(response)
    if fault.kind is FaultKind.DROPPED:
        return Response(_break_off(b""))
    if fault.kind is FaultKind.DROPPED_MIDWAY:
        return _cut_on_the_wire(response)
    if response.status_code == _OK:
        response.set_data(alter(fault, response.get_data(), query))
    return response


def render_refusal(refusal: Refusal) -> Response:
    """A refusal as Eventbrite words it."""
    return Response(json.dumps(refusal.body), refusal.status, mimetype="application/json")


def _cut(response: Response) -> Response:
    body = response.get_data()
    return Response(body[: len(body) // 2], response.status_code, mimetype="application/json")


def _cut_on_the_wire(response: Response) -> Response:
    body = response.get_data()
    broken = Response(_break_off(body[: len(body) // 2]), response.status_code, mimetype="application/json")
    broken.headers["Content-Length"] = str(len(body))
    return broken


def _break_off(beginning: bytes) -> Iterator[bytes]:
    """The server sends what it got and closes the connection; if that is nothing, it sends no headers either."""
    if beginning:
        yield beginning
    raise ClientDisconnected

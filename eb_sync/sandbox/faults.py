"""Faults on order: what a test can make the sandbox do wrong, on which path, how often."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from flask import Response
from waitress.channel import ClientDisconnected


class FaultKind(StrEnum):
    """The ways to fail."""

    RATE_LIMITED = "rate_limited"
    """429 with the usual header."""
    INTERNAL_ERROR = "internal_error"
    """500 with an error body."""
    BAD_GATEWAY = "bad_gateway"
    """502 from something in front of Eventbrite: HTML, not JSON."""
    TRUNCATED = "truncated"
    """The right answer, cut in the middle of the JSON."""
    MALFORMED_ROW = "malformed_row"
    """The right answer, except that the first attendee lacks its creation and has text for a profile."""
    DROPPED = "dropped"
    """The connection closes without a word."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One order for trouble."""

    kind: FaultKind
    path: str = ""
    """A part of the path; empty: every path."""
    times: int = 1
    """For how many requests, after `skip` of them passed unharmed."""
    skip: int = 0


class Faults:
    """The orders not yet carried out, oldest first."""

    def __init__(self) -> None:
        """No fault is ordered."""
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Add a fault."""
        self._ordered.append(fault)

    def clear(self) -> None:
        """Forget all that was ordered."""
        self._ordered.clear()

    def take(self, path: str) -> FaultKind | None:
        """The fault for a request to `path`, used up by one; None: answer properly."""
        for position, fault in enumerate(self._ordered):
            if fault.path not in path:
                continue
            if fault.skip:
                self._ordered[position] = replace(fault, skip=fault.skip - 1)
                return None
            self._ordered[position] = replace(fault, times=fault.times - 1)
            if fault.times <= 1:
                del self._ordered[position]
            return fault.kind
        return None


def spoil(kind: FaultKind, response: Response) -> Response:
    """What goes out in place of a proper `response`."""
    if kind is FaultKind.TRUNCATED:
        body = response.get_data()
        return Response(body[: len(body) // 2], response.status_code, mimetype="application/json")
    if kind is FaultKind.MALFORMED_ROW:
        return Response(_spoil_row(response.get_data()), response.status_code, mimetype="application/json")
    if kind is FaultKind.BAD_GATEWAY:
        return Response("<html><body><h1>502 Bad Gateway</h1></body></html>", 502, mimetype="text/html")
    if kind is FaultKind.DROPPED:
        return Response(_drop())
    return _spoil_wholly(kind)


def _spoil_wholly(kind: FaultKind) -> Response:
    status, code, text = (
        (429, "HIT_RATE_LIMIT", "You have exceeded your rate limit. Please try again later.")
        if kind is FaultKind.RATE_LIMITED
        else (500, "INTERNAL_ERROR", "An unhandled error occurred in Eventbrite.")
    )
    body = json.dumps({"status_code": status, "error_description": text, "error": code})
    return Response(body, status, mimetype="application/json")


def _spoil_row(body: bytes) -> bytes:
    page = json.loads(body)
    rows = page.get("attendees", [])
    if rows:
        del rows[0]["created"]
        rows[0]["profile"] = "?"
    return json.dumps(page).encode()


def _drop() -> Iterator[bytes]:
    """The server closes the connection when the body cannot be had before its first byte."""
    raise ClientDisconnected
    yield b""

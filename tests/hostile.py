"""A hostile server on loopback: it stands before the sandbox and spoils what it is told to.

What it does not spoil it passes on. Nothing here waits by the clock: a trickle goes on until the client has gone.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

BETWEEN_BYTES_SECONDS = 0.02
MEGABYTE = 1 << 20


class Trick(StrEnum):
    """How an answer is spoilt."""

    TRICKLE = "trickle"
    """One byte at a time, without end."""
    TRICKLING_HEADERS = "trickling headers"
    """Likewise, and its headers never end."""
    SILENCE = "silence"
    """Nothing at all, though the connection is held."""
    ENDLESS = "endless"
    """Megabyte after megabyte."""
    BOMB = "bomb"
    """A few kilobytes that are 256 MB when they are unpacked."""
    REDIRECT = "redirect"
    """302 to `elsewhere`."""
    DEEP = "deep"
    """Lists in lists, 100,000 deep."""
    RATHER_DEEP = "rather deep"
    """Right, but for one row's id: lists in lists, as deep as is parsed without ado."""
    HUGE_NUMBERS = "huge numbers"
    """Right, but for `object_count` and `quantity_sold`: 10^30."""
    ALTERED = "altered"
    """Right, but for what `change` makes of it."""
    HUGE_DIGITS = "huge digits"
    """A number of 100,000 digits."""


@dataclass
class Hostile:
    """What is spoilt, and what was asked."""

    url: str
    upstream: str
    trick: Trick = Trick.TRICKLE
    path: str = "nothing yet"
    """A part of the paths whose answers are spoilt."""
    times: int = 10_000
    elsewhere: str = ""
    change: Callable[[Any], None] = lambda _body: None
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Path and `Authorization` of each."""
    gone: threading.Event = field(default_factory=threading.Event)
    """Set at the end: then nobody is kept waiting any longer."""

    def play(self, trick: Trick, path: str, times: int = 10_000) -> None:
        """From now on spoil the answers to these paths."""
        self.trick, self.path, self.times = trick, path, times

    def alter(self, change: Callable[[Any], None], path: str = "/") -> None:
        """From now on alter the answers to these paths in place, as parsed."""
        self.change = change
        self.play(Trick.ALTERED, path)

    def is_spoilt(self, path: str) -> bool:
        """Whether this request's answer is, which is counted."""
        if self.path not in path or self.times <= 0:
            return False
        self.times -= 1
        return True


@contextmanager
def opened_hostile(upstream: str = "") -> Iterator[Hostile]:
    """Serve on a free port of loopback before this address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hostile.requests.append((self.path, self.headers.get("Authorization", "")))
            self.close_connection = True
            with contextlib.suppress(OSError):  # the client has gone: that is what is tested
                if hostile.is_spoilt(self.path):
                    _TRICKS[hostile.trick](self, hostile)
                else:
                    answer(self, *fetch(self, hostile))

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hostile = Hostile(f"http://127.0.0.1:{server.server_port}/v3", upstream)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield hostile
        finally:
            hostile.gone.set()
            server.shutdown()
            thread.join()


def fetch(handler: BaseHTTPRequestHandler, hostile: Hostile) -> tuple[int, bytes]:
    """What the sandbox answers."""
    if not hostile.upstream:
        return 200, b'{"id": "1"}'
    connection = http.client.HTTPConnection(urlsplit(hostile.upstream).netloc, timeout=10)
    connection.request("GET", handler.path, headers={"Authorization": handler.headers.get("Authorization", "")})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


def answer(handler: BaseHTTPRequestHandler, status: int, content: bytes, **headers: str) -> None:
    """Send a whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.send_header("Content-Type", "application/json")
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)


def _trickle(handler: BaseHTTPRequestHandler, hostile: Hostile) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10 * MEGABYTE))
    handler.end_headers()
    while not hostile.gone.wait(BETWEEN_BYTES_SECONDS):
        handler.wfile.write(b" ")


def _trickle_headers(handler: BaseHTTPRequestHandler, hostile: Hostile) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not hostile.gone.wait(BETWEEN_BYTES_SECONDS):
        handler.wfile.write(b"x")


def _say_nothing(_: BaseHTTPRequestHandler, hostile: Hostile) -> None:
    hostile.gone.wait(60)


def _go_on(handler: BaseHTTPRequestHandler, hostile: Hostile) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not hostile.gone.is_set():
        handler.wfile.write(b" " * MEGABYTE)


def _bomb(handler: BaseHTTPRequestHandler, _: Hostile) -> None:
    answer(handler, 200, pack_bomb(), Content_Encoding="gzip")


@functools.cache
def pack_bomb() -> bytes:
    """256 MB of blanks, never held at once."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b" " * MEGABYTE) for _ in range(256)) + packer.flush()


def _redirect(handler: BaseHTTPRequestHandler, hostile: Hostile) -> None:
    answer(handler, 302, b"", Location=hostile.elsewhere)


def _deep(handler: BaseHTTPRequestHandler, _: Hostile) -> None:
    answer(handler, 200, b'{"pagination": {}, "events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def _digits(handler: BaseHTTPRequestHandler, _: Hostile) -> None:
    answer(handler, 200, b'{"pagination": {"object_count": ' + b"9" * 100_000 + b"}}")


def _altered(change: Callable[[Any], None]) -> Callable[[BaseHTTPRequestHandler, Hostile], None]:
    def play(handler: BaseHTTPRequestHandler, hostile: Hostile) -> None:
        status, content = fetch(handler, hostile)
        body = json.loads(content)
        change(body)
        answer(handler, status, json.dumps(body).encode())

    return play


def _deepen(body: Any) -> None:  # noqa: ANN401 - JSON
    deep: object = "7"
    for _ in range(400):
        deep = [deep]
    for row in body.get("attendees", [])[:1]:
        row["id"] = deep


def _enlarge(body: Any) -> None:  # noqa: ANN401 - JSON
    if "pagination" in body:
        body["pagination"]["object_count"] = 10**30
    for event in body.get("events", []):
        for ticket_class in event.get("ticket_classes", []):
            ticket_class["quantity_sold"] = 10**30


_TRICKS: dict[Trick, Callable[[BaseHTTPRequestHandler, Hostile], None]] = {
    Trick.TRICKLE: _trickle,
    Trick.TRICKLING_HEADERS: _trickle_headers,
    Trick.SILENCE: _say_nothing,
    Trick.ENDLESS: _go_on,
    Trick.BOMB: _bomb,
    Trick.REDIRECT: _redirect,
    Trick.DEEP: _deep,
    Trick.RATHER_DEEP: _altered(_deepen),
    Trick.HUGE_NUMBERS: _altered(_enlarge),
    Trick.HUGE_DIGITS: _digits,
    Trick.ALTERED: lambda handler, hostile: _altered(hostile.change)(handler, hostile),
}

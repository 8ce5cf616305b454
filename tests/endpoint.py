"""A monitor on loopback: a real HTTP server that keeps what it is told, and can be out of order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "7e3d-secret-of-the-monitor"


@dataclass
class Endpoint:
    """What came in, and what is to be answered."""

    url: str
    pings: list[tuple[str, str]] = field(default_factory=list)
    """What follows the secret in each path, with the body."""
    answers: list[int] = field(default_factory=list)
    """Status codes for the next pings; 200 once they are used up."""

    @property
    def signals(self) -> list[str]:
        """The pings without their bodies."""
        return [signal for signal, _ in self.pings]


@contextmanager
def opened_endpoint() -> Iterator[Endpoint]:
    """Serve on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            endpoint.pings.append((self.path.removeprefix(f"/{SECRET}"), body))
            status = endpoint.answers.pop(0) if endpoint.answers else 200
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", f"{endpoint.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/{SECRET}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()

"""Who reads the sandbox over a socket in its own tests."""

from __future__ import annotations

from typing import Any

import requests

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN

Json = dict[str, Any]


class Visitor:
    """Reads the sandbox with a token."""

    def __init__(self, server: SandboxServer, session: requests.Session) -> None:
        self.server = server
        self.session = session

    def get(self, path: str, *, token: str | None = TOKEN, **query: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.get(self.server.url + path, params=query, headers=headers, timeout=5, allow_redirects=False)

    def read(self, path: str, **query: str) -> Json:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        return page

    def control(self, verb: str, **arguments: object) -> requests.Response:
        return self.session.post(f"{self.server.control_url}/{verb}", json=arguments, timeout=5)


def names(page: Json) -> list[str]:
    return [row["profile"]["name"] for row in page["attendees"]]

"""Connections: one session for each thread, because sessions of `requests` are not for several."""

from __future__ import annotations

import threading

import requests
from pydantic import SecretStr
from requests.auth import AuthBase

from eb_sync.errors import SettingsError

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class _TokenHeader(AuthBase):
    """Puts the token into each request and keeps it out of sight everywhere else; a .netrc cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = SecretStr(token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class Sessions:
    """Opens a session for each thread that asks and closes them all at the end."""

    def __init__(self, token: SecretStr, host: str | None) -> None:
        """Nothing is opened yet.

        Raises:
            SettingsError: the token holds what no header can carry; the message does not show it.
        """
        text = token.get_secret_value().strip()
        if not text or not all("!" <= character <= "~" for character in text):
            raise SettingsError("EBSYNC_EVENTBRITE_TOKEN is empty or holds characters that no token has.")
        self._auth = _TokenHeader(text)
        self._uses_proxies = host not in _THIS_MACHINE
        self._local = threading.local()
        self._lock = threading.Lock()
        self._opened: list[requests.Session] = []

    def current(self) -> requests.Session:
        """The calling thread's session."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._open()
        return session

    def close(self) -> None:
        """Close every session."""
        with self._lock:
            for session in self._opened:
                session.close()
            self._opened.clear()

    def _open(self) -> requests.Session:
        session = requests.Session()
        session.auth = self._auth
        session.trust_env = self._uses_proxies  # a school's proxy does not know this machine's sandbox
        session.headers.update({"Accept": "application/json", "User-Agent": "ebsync"})
        with self._lock:
            self._opened.append(session)
        return session

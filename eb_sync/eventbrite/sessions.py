"""Connections: one session for each thread, because sessions of `requests` are not for several."""

from __future__ import annotations

import ipaddress
import threading

import requests
from pydantic import SecretStr
from requests.auth import AuthBase

from eb_sync.errors import SettingsError
from eb_sync.eventbrite.watchdog import Watchdog, WatchedAdapter


class _TokenHeader(AuthBase):
    """Puts the token into each request and keeps it out of sight everywhere else; a .netrc cannot replace it."""

    def __init__(self, token: str) -> None:
        self._token = SecretStr(token)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


class WatchedSession(requests.Session):
    """A session whose answers can be broken off."""

    def __init__(self) -> None:
        """Nothing is opened yet."""
        super().__init__()
        self.watchdog = Watchdog()
        for scheme in ("https://", "http://"):
            self.mount(scheme, WatchedAdapter(self.watchdog))


class Sessions:
    """Opens a session for each thread that asks and closes them all at the end."""

    def __init__(self, token: SecretStr, scheme: str, host: str | None) -> None:
        """Nothing is opened yet.

        Raises:
            SettingsError: the token holds what no header can carry (the message does not show it), or would go over the
                network for everybody to read.
        """
        text = token.get_secret_value().strip()
        if not text or not all("!" <= character <= "~" for character in text):
            raise SettingsError("EBSYNC_EVENTBRITE_TOKEN is empty or holds characters that no token has.")
        is_here = _is_this_machine(host)
        if scheme == "http" and host and not is_here:
            raise SettingsError(
                f"EBSYNC_EVENTBRITE_URL begins with http:// and is at {host}: the token and every name would go over "
                "the network for anybody to read. Write https://; only an Eventbrite on this machine may do without."
            )
        self._auth = _TokenHeader(text)
        self._uses_proxies = not is_here
        self._local = threading.local()
        self._lock = threading.Lock()
        self._opened: list[WatchedSession] = []

    def current(self) -> WatchedSession:
        """The calling thread's session."""
        session: WatchedSession | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._open()
        return session

    def close(self) -> None:
        """Close every session."""
        with self._lock:
            for session in self._opened:
                session.close()
            self._opened.clear()

    def _open(self) -> WatchedSession:
        session = WatchedSession()
        session.auth = self._auth
        session.trust_env = self._uses_proxies  # a school's proxy does not know this machine's sandbox
        session.headers.update({"Accept": "application/json", "User-Agent": "ebsync"})
        with self._lock:
            self._opened.append(session)
        return session


def _is_this_machine(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"

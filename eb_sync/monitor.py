"""Pings as healthchecks.io and what speaks like it take them: URL/start, URL, URL/<exit code>.

https://healthchecks.io/docs/http_api/ (start, success, exit status; the body is kept as a log). The address is a
secret: who knows it can say that all is well. It appears in no log and no message.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
from pydantic import SecretStr

TIMEOUT_SECONDS = 10.0
ATTEMPTS = 2

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")


@dataclass(frozen=True, slots=True)
class Monitor:
    """Somebody who raises the alarm if no good word comes; no word to them ever stops a run."""

    url: SecretStr

    def ping_start(self) -> str | None:
        """Say that a run began; gives a sentence if that could not be said."""
        return self._ping("/start", "")

    def ping_end(self, exit_code: int, report: str) -> str | None:
        """Say how a run ended, with its report; gives a sentence if that could not be said."""
        return self._ping("" if exit_code == 0 else f"/{exit_code}", report)

    def _ping(self, suffix: str, body: str) -> str | None:
        trouble = None
        for _ in range(ATTEMPTS):
            trouble = _post(self.url, suffix, body.encode())
            if trouble is None:
                return None
        return f"The monitor could not be told ({trouble}). EBSYNC_MONITOR__URL names it; the run itself goes on."


def _post(url: SecretStr, suffix: str, body: bytes) -> str | None:
    """Send one ping; gives what went wrong, in words without the address."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "ebsync"}
    try:
        parts = urlsplit(url.get_secret_value())
        address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix))
        with _unlogged(), requests.Session() as session:
            session.trust_env = parts.hostname not in _THIS_MACHINE
            # the answer's body is of no use, and might never end
            answer = session.post(
                address, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
            )
            return None if answer.ok and not answer.is_redirect else f"it answered {answer.status_code}"
    except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:  # OSError: all that `requests` raises
        return f"no answer, {type(error).__name__}"


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Keep the library from logging the path, which is the secret."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(_drop)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_drop)


def _drop(_record: logging.LogRecord) -> bool:
    return False

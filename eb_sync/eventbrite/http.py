"""One GET: header token, timeouts, retries of what may pass, errors in our own words. No body or header is logged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity
from pydantic import SecretStr, ValidationError

from eb_sync.errors import EbsyncError, EventbriteContractError, TokenRefusedError, TryAgainError
from eb_sync.eventbrite.payloads import ErrorPayload
from eb_sync.eventbrite.rate import RateBudget, parse_rate_limit

TIMEOUT_SECONDS = (5.0, 30.0)
"""To connect, and between two bytes."""
ATTEMPTS = 5
WAITING_SECONDS = 90.0
"""All waiting of a run together."""
RESERVE = 25
"""Calls left untouched for whoever else uses the token."""

_TOO_MANY = 429
_SERVER_ERRORS = frozenset({500, 502, 503, 504})
_REFUSED = frozenset({401, 403})


class NotFoundError(EbsyncError):
    """Eventbrite answered 404; what that means the caller knows."""

    exit_code = 76


class BadContinuationError(EventbriteContractError):
    """The list's continuation token is no longer good: the list has to be read from its beginning."""


class _RetriableError(Exception):
    """Something that may pass: `wait_seconds` is what Eventbrite asks for, None if it does not say."""

    def __init__(self, what: str, wait_seconds: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer."""

    body: Mapping[str, Any]
    received_at: datetime
    """By our clock."""
    served_at: datetime | None
    """By Eventbrite's `Date`; None if it is not to be trusted or not given."""


class EventbriteHttp:
    """Holds a session for each thread, the run's budget of waiting, and the count of requests."""

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        *,
        trust_date_header: bool,
    ) -> None:
        """Nothing is sent yet."""
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._clock = clock
        self._sleep = sleep
        self._trust_date_header = trust_date_header
        self._lock = threading.Lock()
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._waited = 0.0
        self.requests_made = 0
        self.budget: RateBudget | None = None

    def close(self) -> None:
        """Close every session."""
        for session in self._sessions:
            session.close()

    def get(self, path: str, parameters: Mapping[str, str]) -> Answer:
        """Read one page.

        Args:
            path: below the base address, with its trailing slash.
            parameters: of the query; the token is not among them.

        Raises:
            TokenRefusedError: 401 or 403.
            NotFoundError: 404.
            TryAgainError: unavailable in spite of retries, or the hourly limit leaves no room.
            EventbriteContractError: an answer of another kind.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            retry=tenacity.retry_if_exception_type(_RetriableError),
            wait=self._wait_seconds,
            sleep=self._spend,
            reraise=True,
        )
        try:
            return retrying(self._get_once, path, parameters)
        except _RetriableError as error:
            raise TryAgainError(
                f"Eventbrite is not available ({error.what}). Nothing was changed; try again later."
            ) from None

    def _wait_seconds(self, state: tenacity.RetryCallState) -> float:
        asked = state.outcome.exception() if state.outcome is not None else None
        if isinstance(asked, _RetriableError) and asked.wait_seconds is not None:
            return asked.wait_seconds
        return tenacity.wait_exponential_jitter(initial=0.5, max=20.0, jitter=0.5)(state)

    def _spend(self, seconds: float) -> None:
        with self._lock:
            self._waited += seconds
            exceeded = self._waited > WAITING_SECONDS
        if exceeded:
            raise TryAgainError(
                f"Eventbrite asks for more patience than a run has ({seconds:.0f} s). Nothing was changed; try again."
            )
        self._sleep(seconds)

    def _get_once(self, path: str, parameters: Mapping[str, str]) -> Answer:
        self._check_budget()
        try:
            response = self._session().get(
                f"{self._base_url}{path}", params=parameters, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            # the exception's text may hold the address asked for, never the token; its kind is enough
            raise _RetriableError(type(error).__name__) from None
        self.budget = parse_rate_limit(response.headers.get("X-Rate-Limit")) or self.budget
        received_at = self._clock()
        if response.status_code != requests.codes.ok:
            self._refuse(response, path)
        return Answer(_json(response), received_at, self._served_at(response))

    def _check_budget(self) -> None:
        with self._lock:
            self.requests_made += 1
            budget = self.budget
        if budget is not None and budget.remaining <= RESERVE:
            wait = budget.reset_seconds
            raise TryAgainError(
                f"The token's hourly limit at Eventbrite is used up but for {budget.remaining} calls; "
                f"it is full again in {wait // 60 + 1} minutes. Nothing was changed."
            )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # a .netrc must not replace the token
            session.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
            session.headers["Accept"] = "application/json"
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session

    def _served_at(self, response: requests.Response) -> datetime | None:
        date = response.headers.get("Date")
        if date is None or not self._trust_date_header:
            return None
        try:
            return parsedate_to_datetime(date).astimezone(UTC)
        except ValueError:
            return None

    def _refuse(self, response: requests.Response, path: str) -> None:
        status, error = response.status_code, _error(response)
        if status == _TOO_MANY:
            wait = self.budget.reset_seconds if self.budget is not None else None
            raise _RetriableError("HTTP 429: too many calls this hour", wait)
        if status in _SERVER_ERRORS:
            raise _RetriableError(f"HTTP {status} {error}".strip())
        if status in _REFUSED:
            raise TokenRefusedError(
                f"Eventbrite refused the token (HTTP {status} {error}). Set EBSYNC_EVENTBRITE_TOKEN to the private "
                "token of a user who may see the organisation's events. Nothing was changed."
            )
        if status == requests.codes.not_found:
            raise NotFoundError(f"Eventbrite does not know {path} (HTTP 404).")
        if error == "BAD_CONTINUATION_TOKEN":
            raise BadContinuationError(f"Eventbrite does not accept its own continuation token for {path}.")
        raise EventbriteContractError(
            f"Eventbrite answered HTTP {status} {error} for {path}, which ebsync does not understand. "
            f"Check EBSYNC_EVENTBRITE_URL ({urlsplit(self._base_url).netloc})."
        )


def _json(response: requests.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        raise _RetriableError("an answer that broke off") from None
    if not isinstance(body, dict):
        raise EventbriteContractError("Eventbrite answered with something that is not a JSON object.")
    return body


def _error(response: requests.Response) -> str:
    try:
        return ErrorPayload.model_validate(response.json()).error
    except (requests.exceptions.JSONDecodeError, ValidationError):
        return ""

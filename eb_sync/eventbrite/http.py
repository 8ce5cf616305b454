"""One GET: header token, timeouts, retries of what may pass, errors in our own words. No body or header is logged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity
import urllib3
from pydantic import SecretStr

from eb_sync.errors import (
    CallsSpentError,
    EbsyncError,
    EventbriteContractError,
    SettingsError,
    TimeSpentError,
    TryAgainError,
)
from eb_sync.eventbrite.rate import RateBudget, parse_rate_limit
from eb_sync.eventbrite.refusals import PassingError, translate_refusal
from eb_sync.eventbrite.sessions import Sessions
from eb_sync.model.instants import is_plausible

TIMEOUT_SECONDS = (5.0, 30.0)
"""To connect, and between two bytes."""
ATTEMPTS = 5
ANSWER_SECONDS = 60.0
"""For one answer, from asking to its last byte; one that took so long is asked for once more at most."""
ANSWER_BYTES = 16 << 20
"""Of one answer, unpacked."""
WAITING_SECONDS = 90.0
"""All waiting of a run together, that of threads which wait at the same time added up."""
RESERVE = 50
"""Calls left untouched for whoever else uses the token; of a small limit a tenth."""

_CHUNK_BYTES = 1 << 16
_DEEPEST = 64
"""Objects and lists within each other; Eventbrite's own go to about six."""
_BACKOFF = tenacity.wait_exponential(multiplier=0.5) + tenacity.wait_random(0, 0.5)
_MISDIRECTED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.URLRequired,
)
"""What `requests` raises for an address that can never be read; everything else it raises may pass."""
_TOO_SLOW = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer."""

    body: Mapping[str, Any]
    began_at: datetime
    """The earlier of our clock when we first asked and Eventbrite's `Date`, so that skew never makes a proof."""
    received_at: datetime
    """By our clock."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """What came over the wire; no trace of an error shows it."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class EventbriteHttp:
    """Holds the sessions, the run's budget of waiting, the hour's budget of calls, and the count of requests."""

    def __init__(
        self,
        address: str,
        token: SecretStr,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        *,
        trust_date_header: bool,
    ) -> None:
        """Nothing is sent yet.

        Raises:
            SettingsError: the token holds what no header can carry, or would go to another machine unencrypted.
        """
        self._address = address.rstrip("/")
        self.clock = clock
        self._sleep = sleep
        self._trust_date_header = trust_date_header
        self._limit_seconds = self._ends = float("inf")
        self._sessions = Sessions(token, *_split(self._address))
        self._lock = threading.Lock()
        self._local = threading.local()
        self._waited = 0.0
        self.requests_made = 0
        self.budget: RateBudget | None = None
        self.served_at: datetime | None = None
        """What Eventbrite's clock said in the newest answer, refusals too; None: it did not say, or is not asked."""

    def close(self) -> None:
        """Close every session."""
        self._sessions.close()

    def obey(self, stop: threading.Event) -> None:
        """From now on the calling thread sends nothing once `stop` is set."""
        self._local.stop = stop

    def end_after(self, seconds: float) -> None:
        """From now on the run may go on reading for so long, the answer in hand included."""
        self._limit_seconds, self._ends = seconds, time.monotonic() + seconds

    def get(self, path: str, parameters: Mapping[str, str]) -> Answer:
        """Read one page.

        Args:
            path: below the base address, with its trailing slash.
            parameters: of the query; the token is not among them.

        Raises:
            TokenRefusedError: 401 or 403.
            NotFoundError: 404.
            UnavailableError: unavailable in spite of retries; ExpansionFailedError: it cannot expand what was asked.
            CallsSpentError: the hourly limit leaves no room, and waiting for more would take too long.
            TimeSpentError: the run took as long as it may.
            TryAgainError: all waiting of the run is used up, or it was stopped.
            SettingsError: the base address is none.
            EventbriteContractError: an answer of another kind.
        """
        retrying = tenacity.Retrying(
            stop=_Patience(),
            retry=tenacity.retry_if_exception_type(PassingError),
            wait=_choose_wait,
            before_sleep=self._spend_waiting,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._get_once, path, parameters, self.clock())
        except PassingError as error:
            failure = error.ends_as(f"Eventbrite is not available: {error}; try again later.")
        # raised out here, the error carries no chain in which a request and its header could be found
        raise failure

    def _get_once(self, path: str, parameters: Mapping[str, str], sent_at: datetime) -> Answer:
        self._check_may_send()
        raw = self._send(f"{self._address}{path}", parameters, self._seconds_left())
        received_at = self.clock()
        budget = parse_rate_limit(raw.headers.get("X-Rate-Limit"))
        if budget is not None:
            self.budget = budget
        self.served_at = served_at = self._served_at(raw.headers)
        if raw.status != requests.codes.ok:
            raise translate_refusal(raw.status, raw.content, path, budget)
        began_at = sent_at if served_at is None else min(sent_at, served_at)
        return Answer(_parse_object(raw.content), began_at, received_at)

    def _check_may_send(self) -> None:
        stop: threading.Event | None = getattr(self._local, "stop", None)
        if stop is not None and stop.is_set():
            raise TryAgainError("Reading from Eventbrite was stopped.")
        budget = self.budget
        if budget is not None and budget.remaining <= reserve_of(budget):
            what = f"the token's hourly limit is used up but for {budget.remaining} calls"
            raise PassingError(what, wait_seconds=budget.reset_seconds)

    def _seconds_left(self) -> float:
        """How long the coming answer may take."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeSpentError(
                f"Reading from Eventbrite took longer than {self._limit_seconds / 60:g} minutes "
                "(EBSYNC_SYNC__LIMIT_MINUTES). The next run goes on from there."
            )
        return min(ANSWER_SECONDS, left)

    def _send(self, address: str, parameters: Mapping[str, str], seconds: float) -> _Raw:
        with self._lock:
            self.requests_made += 1
        session = self._sessions.current()
        failure: Exception | None = None
        try:
            with (
                session.watchdog.watching(seconds),
                session.get(
                    address, params=parameters, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
                ) as response,
            ):
                raw = _Raw(response.status_code, response.headers, _read(response))
        except (*_MISDIRECTED, UnicodeError):
            failure = SettingsError("EBSYNC_EVENTBRITE_URL, or the address of a proxy, is not one that can be read.")
        except (OSError, urllib3.exceptions.HTTPError) as error:  # OSError: all that `requests` raises, and its files
            failure = PassingError(f"no answer ({type(error).__name__})", is_slow=isinstance(error, _TOO_SLOW))
        if session.watchdog.has_bitten:  # and an answer that seems whole may be the half of one
            failure = PassingError(f"an answer took longer than {seconds:.0f} seconds", is_slow=True)
        if failure is not None:
            raise failure
        return raw

    def _spend_waiting(self, state: tenacity.RetryCallState) -> None:
        """Take the coming sleep out of the run's budget."""
        seconds = state.upcoming_sleep
        error = _error_of(state)
        with self._lock:
            exceeded = self._waited + seconds > WAITING_SECONDS
            if not exceeded:
                self._waited += seconds
                if error.wait_seconds is not None:
                    self.budget = None  # full again when the sleep is over
        if exceeded and error.wait_seconds is not None:
            raise CallsSpentError(
                f"Eventbrite is not available: {error}. It asks for {-(-seconds // 60):.0f} more minutes, which a run "
                "does not wait. Try again later."
            )
        if exceeded:
            raise TryAgainError(
                f"Eventbrite is not available: {error}, again and again, for more than the {WAITING_SECONDS:.0f} "
                "seconds that a run waits. Try again later."
            )

    def _served_at(self, headers: Mapping[str, str]) -> datetime | None:
        date = headers.get("Date")
        if date is None or not self._trust_date_header:
            return None
        try:
            served_at = parsedate_to_datetime(date)
            served_at = served_at.replace(tzinfo=UTC) if served_at.tzinfo is None else served_at.astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return served_at if is_plausible(served_at) else None


class _Patience(tenacity.stop.stop_base):
    """When one call is given up: after some attempts, and after two once one of them took all its time."""

    def __init__(self) -> None:
        self._has_been_slow = False

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        self._has_been_slow |= _error_of(retry_state).is_slow
        return retry_state.attempt_number >= (2 if self._has_been_slow else ATTEMPTS)


def _read(response: requests.Response) -> bytes:
    content = bytearray()
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=True):
        content += chunk
        if len(content) > ANSWER_BYTES:
            raise EventbriteContractError(
                f"Eventbrite's answer is larger than {ANSWER_BYTES >> 20} MB, which no page of it is."
            )
    return bytes(content)


def _split(address: str) -> tuple[str, str | None]:
    """Scheme and host; neither where it is no address, which sending will say."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", None
    return parts.scheme, parts.hostname


def reserve_of(budget: RateBudget) -> int:
    """Calls of the hour that are left to others."""
    return min(RESERVE, budget.limit // 10)


def _error_of(state: tenacity.RetryCallState) -> PassingError:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, PassingError) else PassingError("no answer")


def _choose_wait(state: tenacity.RetryCallState) -> float:
    """Seconds: what Eventbrite asks for, else about 0.5, 1, 2, 4."""
    asked = _error_of(state).wait_seconds
    return _BACKOFF(state) if asked is None else asked


def _parse_object(content: bytes) -> Mapping[str, Any]:
    failure: EbsyncError | PassingError
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        # cut short under way, most likely; if it stays so, it is not what the API promises
        failure = PassingError("an answer that is not JSON", ends_as=EventbriteContractError)
    else:
        if isinstance(body, dict) and _is_shallow(body):
            return body
        failure = EventbriteContractError("Eventbrite answered with something that is not a JSON object of its kind.")
    raise failure


def _is_shallow(body: object) -> bool:
    """Whether objects and lists are not so deep within each other that handling them exhausts the stack."""
    level = [body]
    for _ in range(_DEEPEST):
        # from the second level on all are objects or lists, which the type of a decoded body does not say
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)  # type: ignore[attr-defined]
            if isinstance(child, dict | list)
        ]
        if not level:
            return True
    return False

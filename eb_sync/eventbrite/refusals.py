"""Answers other than 200, in our own words (https://www.eventbrite.com/platform/api#/introduction/errors)."""

from __future__ import annotations

import json
import re

from eb_sync.errors import EbsyncError, EventbriteContractError, TokenRefusedError, UnavailableError
from eb_sync.eventbrite.rate import RateBudget

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 429, 500
_REDIRECTS = range(300, 400)
_TOKEN_CODES = frozenset({"INVALID_AUTH", "INVALID_AUTH_HEADER", "NO_AUTH"})
"""Documented with 400, seen with 401."""
_CODE = re.compile(r"[A-Z_]{1,40}")


class NotFoundError(EventbriteContractError):
    """Eventbrite answered 404; what that means the caller knows."""


class ExpansionFailedError(UnavailableError):
    """Eventbrite could not add the sales status and the like; the same call without them is likely to work."""


class BadContinuationError(EventbriteContractError):
    """The list's continuation token is no longer good: the list has to be read from its beginning."""


class PassingError(Exception):
    """Something that may pass, said in words that may be shown."""

    def __init__(
        self,
        what: str,
        *,
        wait_seconds: float | None = None,
        ends_as: type[EbsyncError] = UnavailableError,
        is_slow: bool = False,
    ) -> None:
        """What happened.

        Args:
            what: a phrase without values of the request or the answer.
            wait_seconds: how long Eventbrite asks to wait; None if it does not say.
            ends_as: what it is if it does not pass.
            is_slow: whether an answer took all the time that it may take.
        """
        super().__init__(what)
        self.wait_seconds = wait_seconds
        self.ends_as = ends_as
        self.is_slow = is_slow


def translate_refusal(status: int, content: bytes, path: str, budget: RateBudget | None) -> Exception:
    """The error to raise for an answer other than 200; `budget` is what that answer said of the hourly limit."""
    code = _parse_code(content)
    what = f"HTTP {status} {code}".strip()
    if status == _TOO_MANY:
        wait = None if budget is None else float(budget.reset_seconds)
        return PassingError(f"too many calls this hour ({what})", wait_seconds=wait)
    if status >= _SERVER_ERROR:
        failed = code == "EXPANSION_FAILED"
        return PassingError(what, ends_as=ExpansionFailedError if failed else UnavailableError)
    if status in {_UNAUTHORIZED, _FORBIDDEN} or code in _TOKEN_CODES:
        return TokenRefusedError(
            f"Eventbrite refused the token ({what}). Set EBSYNC_EVENTBRITE_TOKEN to the private token of a user who "
            "may see the organisation's events. Nothing was changed."
        )
    if status == _NOT_FOUND:
        return NotFoundError(f"Eventbrite does not know {path} ({what}). Is EBSYNC_EVENTBRITE_URL right?")
    if code == "BAD_CONTINUATION_TOKEN":
        return BadContinuationError(f"Eventbrite does not accept its own continuation token for {path}.")
    why = "which ebsync does not understand"
    if status in _REDIRECTS:
        why = "which points elsewhere: ebsync does not follow, because the token is for the configured host alone"
    return EventbriteContractError(f"Eventbrite answered {what} for {path}, {why}. Is EBSYNC_EVENTBRITE_URL right?")


def _parse_code(content: bytes) -> str:
    """Eventbrite's word for the error; empty for anything else, such as a gateway's page."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

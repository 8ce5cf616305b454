"""Eventbrite's refusals: an HTTP status, a code to branch on, a sentence, sometimes a detail."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818  # an answer to a caller, not a failure of the sandbox
    """Raised where a request is refused; the app turns it into the error body."""

    def __init__(self, status: int, code: str, description: str, detail: dict[str, Any] | None = None) -> None:
        """`detail` is nested under the code, as Eventbrite does."""
        super().__init__(description)
        self.status = status
        self.body: dict[str, Any] = {"status_code": status, "error_description": description, "error": code}
        if detail is not None:
            self.body["error_detail"] = {code: detail}


def missing(name: str) -> Refusal:
    """404 for the thing that the path names, for example `event_id`."""
    return Refusal(404, "NOT_FOUND", f"The {name} you requested does not exist.")


def forbidden() -> Refusal:
    """403 for a token that may not."""
    return Refusal(403, "NOT_AUTHORIZED", "You do not have permission to access the resource you requested.")


def expired() -> Refusal:
    """401 for a token that is not, or no longer, a token."""
    return Refusal(401, "INVALID_AUTH", "The OAuth token you provided was invalid.")


def over_limit() -> Refusal:
    """429 for one call too many."""
    return Refusal(429, "HIT_RATE_LIMIT", "You have exceeded your rate limit. Please try again later.")


def bad_token() -> Refusal:
    """400 for a continuation that leads nowhere."""
    return Refusal(400, "BAD_CONTINUATION_TOKEN", "The continuation token you provided was invalid.")


def bad_argument(name: str, why: str = "INVALID") -> Refusal:
    """400 for a parameter with a value that cannot be."""
    return Refusal(400, "ARGUMENTS_ERROR", f"There are errors with your arguments: {name} - {why}", {name: [why]})

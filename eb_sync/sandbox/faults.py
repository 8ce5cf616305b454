"""Faults on order: what a test can make the sandbox do wrong, for which requests, how often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Event, Lock

from werkzeug.datastructures import MultiDict

from eb_sync.sandbox.queries import Query, is_asked


class FaultKind(StrEnum):
    """The ways to fail."""

    RATE_LIMITED = "rate_limited"
    """429 with the usual header; `reset_seconds` is what it says of the reset."""
    INTERNAL_ERROR = "internal_error"
    """500 with an error body."""
    EXPANSION_FAILED = "expansion_failed"
    """500 `EXPANSION_FAILED`, for requests that ask for expansions."""
    BAD_GATEWAY = "bad_gateway"
    """502 from something in front of Eventbrite: HTML, not JSON."""
    BAD_CONTINUATION_TOKEN = "bad_continuation_token"  # noqa: S105  # the name of an error
    """400 for requests that carry a continuation."""
    INVALID_AUTH = "invalid_auth"
    """401, as for a token that was revoked."""
    NOT_AUTHORIZED = "not_authorized"
    """403, as for a token that may no longer."""
    NOT_FOUND = "not_found"
    """404, as for what is not there."""
    TRUNCATED = "truncated"
    """The right answer, cut in the middle of the JSON."""
    DROPPED = "dropped"
    """The connection closes without a word."""
    DROPPED_MIDWAY = "dropped_midway"
    """The right headers, the first half of the body, then the connection closes."""
    SLOW = "slow"
    """The right answer after `seconds`; other requests are not held up."""
    REPEATED_TOKEN = "repeated_token"  # noqa: S105  # the name of a fault
    """The right rows, said to be followed by more under the token that led to this very page."""
    SKIPPED_ROWS = "skipped_rows"
    """A page after the first begins `rows` later, as if the list had moved since the page before."""
    REPEATED_ROWS = "repeated_rows"
    """A page after the first begins `rows` earlier, likewise."""
    WRONG_COUNT = "wrong_count"
    """The right rows, and an `object_count` that is off by `by`."""
    EMPTY_LIST = "empty_list"
    """A list without a row that says that this is all; answers that are no lists are right."""
    MALFORMED_ROW = "malformed_row"
    """The right answer, except that one attendee, `row_id` or the first, lacks its creation and has text for a profile.

    The kinds below strike the row `row_id`, or every row if it is not given.
    """
    UNKNOWN_ATTENDEE_STATUS = "unknown_attendee_status"
    """Attendees with the status `text`, by default `Transferred`."""
    UNKNOWN_BARCODE_STATUS = "unknown_barcode_status"
    """Attendees whose barcodes have the status `text`, by default `held`."""
    UNKNOWN_EVENT_STATUS = "unknown_event_status"
    """Events with the status `text`, by default `archived`."""
    UNKNOWN_MESSAGE_CODE = "unknown_message_code"
    """Events whose sales status has the message code `text`, by default `event_relocated`."""
    MISSING_KEYS = "missing_keys"
    """Attendees and events without `keys`; by default without any key that Eventbrite may leave out."""
    NULL_ANSWERS = "null_answers"
    """Attendees whose answers are null."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One order for trouble."""

    kind: FaultKind
    path: str = ""
    """A part of the path, or with `$` at its end the path's end (`/events/7/$`); empty: every path."""
    times: int = 1
    """For how many requests, after `skip` of them passed unharmed."""
    skip: int = 0
    query: str = ""
    """What the request must ask: `status=not_attending`, `status=` (no status), `continuation` (any); joined by `&`."""
    reset_seconds: int | None = None
    """None: what is left of the hour."""
    seconds: float = 0.05
    """How long a slow answer takes."""
    rows: int = 1
    by: int = 1
    """Negative: fewer than there are."""
    row_id: str | None = None
    """The id of an attendee or event. A request counts though this row is not in its answer."""
    text: str | None = None
    keys: tuple[str, ...] = ()
    """Dotted where nested: `profile.email`, `barcodes.checkin_method`."""


class Faults:
    """The orders not yet carried out, oldest first."""

    def __init__(self) -> None:
        """No fault is ordered."""
        self._lock = Lock()
        self._ordered: list[Fault] = []
        self._released = Event()
        self.drawn = 0
        """How many faults have struck."""

    def order(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._ordered.append(fault)

    def clear(self) -> None:
        """Forget all that was ordered, and let slow answers go."""
        with self._lock:
            self._ordered.clear()
        self.release()

    def take(self, path: str, query: Query | None = None) -> FaultKind | None:
        """The kind of fault for a request, used up by one; None: answer properly."""
        fault = self.draw(path, query)
        return fault.kind if fault else None

    def draw(self, path: str, query: Query | None = None) -> Fault | None:
        """The whole order for a request, used up by one; None: answer properly."""
        asked: Query = MultiDict() if query is None else query
        with self._lock:
            for position, fault in enumerate(self._ordered):
                if _concerns(fault, path, asked):
                    return self._use(position, fault)
        return None

    def wait(self, seconds: float) -> None:
        """Hold up the calling thread, until `release` at the longest."""
        self._released.wait(seconds)

    def release(self) -> None:
        """Let all that wait go on at once."""
        released, self._released = self._released, Event()
        released.set()

    def _use(self, position: int, fault: Fault) -> Fault | None:
        if fault.skip:
            self._ordered[position] = replace(fault, skip=fault.skip - 1)
            return None
        self.drawn += 1
        self._ordered[position] = replace(fault, times=fault.times - 1)
        if fault.times <= 1:
            del self._ordered[position]
        return fault


_NEEDED = {FaultKind.EXPANSION_FAILED: "expand", FaultKind.BAD_CONTINUATION_TOKEN: "continuation"}
"""What a request must ask for some kinds to make sense."""


def _concerns(fault: Fault, path: str, query: Query) -> bool:
    return (
        (path.endswith(fault.path[:-1]) if fault.path.endswith("$") else fault.path in path)
        and is_asked(query, fault.query)
        and is_asked(query, _NEEDED.get(fault.kind, ""))
        and (fault.kind not in {FaultKind.SKIPPED_ROWS, FaultKind.REPEATED_ROWS} or _asks_later_page(query))
    )


def _asks_later_page(query: Query) -> bool:
    return "continuation" in query or query.get("page", "1") != "1"

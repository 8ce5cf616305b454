"""Faults inside an answer that is otherwise right: in the header of a page, or in its rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.pages import build_token
from eb_sync.sandbox.queries import Query

_Json = dict[str, Any]

_MARKS = {"attendees": "barcodes", "events": "start"}
"""By the plural of the rows: a key that tells one from other objects, where it comes alone."""

_OPTIONAL_KEYS = (
    # attendees
    "variant_id",
    "profile.email",
    "profile.company",
    "profile.job_title",
    "profile.addresses",
    "answers",
    "barcodes.checkin_method",
    "barcodes.is_printed",
    "barcodes.qr_code_url",
    "team",
    "affiliate",
    "guestlist_id",
    "invited_by",
    "promotional_code",
    "delivery_method",
    "ticket_class_name",
    # events
    "summary",
    "vanity_url",
    "published",
    "series_id",
    "venue",
    "venue_id",
    "category_id",
    "subcategory_id",
    "format_id",
    "logo",
    "logo_id",
    "capacity",
    "capacity_is_custom",
    "invite_only",
    "show_remaining",
    "source",
    "version",
    "facebook_event_id",
    "event_sales_status.currency",
)
"""What recorded answers had as null, or not at all; keys whose value is null may be missing wherever they are."""


def alter(fault: Fault, body: bytes, query: Query) -> bytes:
    """The body with the fault in it; as it is where the fault has nothing to strike."""
    answer = json.loads(body)
    if fault.kind in _ON_PAGES:
        if "pagination" in answer:
            _ON_PAGES[fault.kind](fault, answer, query)
    elif fault.kind in _ON_ROWS:
        names, change = _ON_ROWS[fault.kind]
        for row in [row for name in names for row in _choose_rows(fault, answer, name)]:
            change(fault, row)
    else:
        return body
    return json.dumps(answer).encode()


def _choose_rows(fault: Fault, answer: _Json, name: str) -> list[_Json]:
    """The rows that a fault strikes, in a list of that name or standing alone."""
    alone = [answer] if _MARKS[name] in answer else []
    rows: list[_Json] = answer.get(name, alone)
    if fault.row_id is not None:
        return [row for row in rows if row["id"] == fault.row_id]
    return rows[:1] if fault.kind is FaultKind.MALFORMED_ROW else rows


def _repeat_token(_: Fault, page: _Json, query: Query) -> None:
    header = page["pagination"]
    header["has_more_items"] = True
    header["continuation"] = query.get("continuation") or build_token(header["page_number"])


def _miscount(fault: Fault, page: _Json, _: Query) -> None:
    page["pagination"]["object_count"] += fault.by


def _empty(_: Fault, page: _Json, __: Query) -> None:
    header = page["pagination"]
    header |= {"object_count": 0, "page_number": 1, "page_count": 1, "has_more_items": False}
    header.pop("continuation", None)
    page |= {name: [] for name, rows in page.items() if isinstance(rows, list)}


def _malform(_: Fault, attendee: _Json) -> None:
    del attendee["created"]
    attendee["profile"] = "?"


def _rename_attendee_status(fault: Fault, attendee: _Json) -> None:
    attendee["status"] = fault.text or "Transferred"


def _rename_barcode_status(fault: Fault, attendee: _Json) -> None:
    for barcode in attendee["barcodes"]:
        barcode["status"] = fault.text or "held"


def _rename_event_status(fault: Fault, event: _Json) -> None:
    event["status"] = fault.text or "archived"


def _rename_message_code(fault: Fault, event: _Json) -> None:
    if "event_sales_status" in event:
        event["event_sales_status"]["message_code"] = fault.text or "event_relocated"


def _null_answers(_: Fault, attendee: _Json) -> None:
    attendee["answers"] = None


def _leave_out(fault: Fault, row: _Json) -> None:
    for key in fault.keys or _OPTIONAL_KEYS:
        _remove(row, key)
    if not fault.keys:
        _remove_nulls(row)


def _remove(value: object, key: str) -> None:
    """Remove a key, dotted where nested, from an object or from each object of a list."""
    if isinstance(value, list):
        for each in value:
            _remove(each, key)
    if isinstance(value, dict):
        name, _, rest = key.partition(".")
        if rest:
            _remove(value.get(name), rest)
        else:
            value.pop(name, None)


def _remove_nulls(value: object) -> None:
    if isinstance(value, dict):
        for key in [key for key, inner in value.items() if inner is None]:
            del value[key]
    inner_values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inner in inner_values:
        _remove_nulls(inner)


_ON_PAGES: dict[FaultKind, Callable[[Fault, _Json, Query], None]] = {
    FaultKind.REPEATED_TOKEN: _repeat_token,
    FaultKind.WRONG_COUNT: _miscount,
    FaultKind.EMPTY_LIST: _empty,
}
_ON_ROWS: dict[FaultKind, tuple[tuple[str, ...], Callable[[Fault, _Json], None]]] = {
    FaultKind.MALFORMED_ROW: (("attendees",), _malform),
    FaultKind.UNKNOWN_ATTENDEE_STATUS: (("attendees",), _rename_attendee_status),
    FaultKind.UNKNOWN_BARCODE_STATUS: (("attendees",), _rename_barcode_status),
    FaultKind.UNKNOWN_EVENT_STATUS: (("events",), _rename_event_status),
    FaultKind.UNKNOWN_MESSAGE_CODE: (("events",), _rename_message_code),
    FaultKind.MISSING_KEYS: (("attendees", "events"), _leave_out),
    FaultKind.NULL_ANSWERS: (("attendees",), _null_answers),
}

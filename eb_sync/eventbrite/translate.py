"""From payloads to readings: Eventbrite's words end here."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import ValidationError

from eb_sync.eventbrite.labels import AnswerFinder, QuestionLabels
from eb_sync.eventbrite.paging import Origin
from eb_sync.eventbrite.payloads import (
    AttendeePayload,
    BarcodePayload,
    EventPayload,
    TicketClassPayload,
    VenuePayload,
    describe_problems,
    is_id,
)
from eb_sync.model.bookings import DESCRIBED_STATUSES
from eb_sync.model.readings import AttendeeReading, EventReading, GoingAhead, QuarantinedRow, TicketClass
from eb_sync.model.texts import storable
from policies.facts import BarcodeStatus, Presence

_ENDED, _DELETED, _CHECKED_IN = "not attending", "deleted", "checked in"
_ATTENDEE_STATUSES = DESCRIBED_STATUSES | {""}
_BARCODE_STATUSES = frozenset({BarcodeStatus.UNUSED, BarcodeStatus.USED, BarcodeStatus.REFUNDED, ""})
_EVENT_STATUSES = frozenset({"draft", "live", "started", "ended", "completed", "canceled", ""})
_CATEGORIES = frozenset({"admission", "add_on", "donation", ""})
_MESSAGE_CODES = frozenset(
    {
        "tickets_not_yet_on_sale",
        "tickets_with_sales_ended",
        "tickets_sold_out",
        "tickets_unavailable",
        "tickets_at_the_door",
        "event_cancelled",
        "event_postponed",
        "",
    }
)
_SHOWN_CHARACTERS = 40
_LONGEST_SLUG = 200
"""Characters; a label of a host has 63 at most."""


class Translator:
    """Turns rows into readings, and counts the enum values it does not know; for several threads."""

    def __init__(self, labels: QuestionLabels) -> None:
        """Look for answers under these labels."""
        self.unknown_values: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._answers = AnswerFinder(labels)

    def translate_attendee(self, row: object, origin: Origin) -> AttendeeReading | QuarantinedRow:
        """One attendee row, or why it cannot be read."""
        try:
            payload = AttendeePayload.model_validate(row)
        except ValidationError as error:
            return _quarantine("attendee", row, origin, error)
        barcode = _choose_barcode(payload.barcodes)
        return AttendeeReading(
            event_id=payload.event_id,
            attendee_id=payload.id,
            order_id=payload.order_id,
            ticket_class_id=payload.ticket_class_id or None,
            presence=_judge_presence(payload),
            status=self._note("attendee.status", payload.status, _ATTENDEE_STATUSES),
            cancelled=bool(payload.cancelled),
            refunded=bool(payload.refunded),
            checked_in=bool(payload.checked_in) or (payload.status or "").casefold() == _CHECKED_IN,
            created_at=payload.created,
            changed_at=payload.changed,
            barcode_status=self._translate_barcode(barcode),
            barcode_changed_at=None if barcode is None else barcode.changed,
            received_at=origin.received_at,
            profile=self._answers.build_profile(payload.profile, payload.answers),
        )

    def translate_event(self, row: object, origin: Origin) -> EventReading | QuarantinedRow:
        """One event object, or why it cannot be read."""
        try:
            payload = EventPayload.model_validate(row)
        except ValidationError as error:
            return _quarantine("event", row, origin, error)
        return EventReading(
            id=payload.id,
            series_id=payload.series_id or None,
            is_series_parent=bool(payload.is_series_parent),
            title=payload.name.text or "",
            slug=derive_slug(payload.id, payload.vanity_url or "", payload.url or ""),
            starts_at=payload.start.utc,
            ends_at=payload.end.utc,
            time_zone=payload.start.timezone,
            created_at=payload.created,
            changed_at=payload.changed,
            status=self._note("event.status", payload.status, _EVENT_STATUSES),
            going_ahead=self._translate_going_ahead(payload),
            organizer_id=payload.organizer_id or None,
            venue=_describe_venue(payload.venue),
            is_online=bool(payload.online_event),
            ticket_classes=tuple(self._translate_ticket_class(each) for each in payload.ticket_classes),
            received_at=origin.received_at,
            began_at=origin.began_at,
        )

    def _note(self, field: str, value: str | None, known: frozenset[str]) -> str:
        """The value as it came; counted if it is not known."""
        text = value or ""
        if text.casefold() not in known:
            with self._lock:
                self.unknown_values[f"{field}={text[:_SHOWN_CHARACTERS]}"] += 1
        return text

    def _translate_barcode(self, barcode: BarcodePayload | None) -> BarcodeStatus:
        status = "" if barcode is None else self._note("barcode.status", barcode.status, _BARCODE_STATUSES)
        return BarcodeStatus(status) if status and status in _BARCODE_STATUSES else BarcodeStatus.UNKNOWN

    def _translate_going_ahead(self, payload: EventPayload) -> GoingAhead:
        code = self._note("event_sales_status.message_code", payload.event_sales_status.message_code, _MESSAGE_CODES)
        if payload.status == "canceled" or code == "event_cancelled":
            return GoingAhead.CANCELLED
        return GoingAhead.POSTPONED if code == "event_postponed" else GoingAhead.GOING_AHEAD

    def _translate_ticket_class(self, payload: TicketClassPayload) -> TicketClass:
        category = self._note("ticket_class.category", payload.category, _CATEGORIES)
        # before there were categories a flag told donations from seats
        if payload.donation:
            category = "donation"
        return TicketClass(payload.id, category or "admission", payload.quantity_sold)


def _quarantine(kind: str, row: object, origin: Origin, error: ValidationError) -> QuarantinedRow:
    fields: dict[object, object] = row if isinstance(row, dict) else {}
    own_id = readable_id(fields.get("id"))
    if kind == "event":
        own_id = event_id = own_id or origin.event_id
    else:
        event_id = readable_id(fields.get("event_id")) or origin.event_id
    return QuarantinedRow(
        kind=kind,
        event_id=event_id,
        id=own_id or f"? {origin.position}",
        reason=describe_problems(error),
        received_at=origin.received_at,
    )


def readable_id(value: object) -> str | None:
    """What names the row; None where nothing does, or what would not be stored as it stands."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if text and is_id(text) else None


def _judge_presence(payload: AttendeePayload) -> Presence:
    """Where status and flags disagree, cancelled: an active booking is what could be charged."""
    status = (payload.status or "").casefold()
    if status == _DELETED:
        return Presence.VANISHED
    if payload.cancelled or payload.refunded or status == _ENDED:
        return Presence.CANCELLED
    return Presence.ACTIVE


def _choose_barcode(barcodes: Sequence[BarcodePayload]) -> BarcodePayload | None:
    """Of several the refunded one, else the used one, else the first."""
    for status in (BarcodeStatus.REFUNDED, BarcodeStatus.USED):
        for barcode in barcodes:
            if barcode.status == status:
                return barcode
    return barcodes[0] if barcodes else None


def _describe_venue(venue: VenuePayload | None) -> str | None:
    if venue is None:
        return None
    parts = (venue.name, venue.address.city, venue.address.postal_code)
    return storable(", ".join(part for part in parts if part)) or None


def derive_slug(event_id: str, vanity_url: str, url: str) -> str:
    """The short name of an event's page (DESIGN section 6).

    The host label before `.eventbrite.` in `vanity_url`, else in `url`, if it is not `www`; else the part after `/e/`
    without `-<id>` and `-tickets`; else the id, as where these are longer than anybody types.
    """
    for address in (vanity_url, url):
        label = _host_label(address)
        if label not in {"", "www"} and len(label) <= _LONGEST_SLUG:
            return label
    for address in (url, vanity_url):
        slug = _page_name(address).removesuffix(event_id).removesuffix("-").removesuffix("-tickets")
        if slug and len(slug) <= _LONGEST_SLUG:
            return slug
    return event_id


def _host_label(address: str) -> str:
    label, found, _ = _split(address)[0].partition(".eventbrite.")
    return label if found else ""


def _page_name(address: str) -> str:
    _, _, name = _split(address)[1].partition("/e/")
    return name.partition("/")[0]


def _split(address: str) -> tuple[str, str]:
    """Host in lower case and path; both empty where there is no address to be seen."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.path


def merge_rows(rows: Iterable[AttendeeReading]) -> tuple[AttendeeReading, ...]:
    """Each attendee once: of several rows the one changed last; equal: the one that ended, then the one read last.

    What a row says of the booking's presence was known since the first of those that say the same.
    """
    merged: dict[str, AttendeeReading] = {}
    for row in rows:
        other = merged.get(row.attendee_id)
        if other is None or _weight(row) > _weight(other):
            merged[row.attendee_id] = row
        elif _weight(row) == _weight(other):
            newest = max(other, row, key=lambda each: each.received_at)
            merged[row.attendee_id] = replace(newest, received_at=min(other.received_at, row.received_at))
    return tuple(merged.values())


def _weight(row: AttendeeReading) -> tuple[datetime, bool]:
    return row.changed_at, row.presence is not Presence.ACTIVE

"""From payloads to readings: Eventbrite's words end here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from eb_sync.eventbrite.payloads import (
    AttendeePayload,
    BarcodePayload,
    EventPayload,
    VenuePayload,
    problems_of,
    zoned,
)
from eb_sync.model.names import normalise_name
from eb_sync.model.readings import (
    AttendeeReading,
    EventReading,
    GoingAhead,
    Profile,
    QuarantinedRow,
    TicketClass,
)
from policies.facts import BarcodeStatus, Presence

_STATUSES = frozenset({"Attending", "Not Attending", "Checked In", "Deleted", "Unpaid", "Transferred", ""})
_EVENT_STATUSES = frozenset({"draft", "live", "started", "ended", "completed", "canceled"})
_CATEGORIES = frozenset({"admission", "add_on", "donation", ""})
_URN = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class QuestionLabels:
    """Wordings of the booking page's questions whose answers are kept; copied events have new question ids."""

    school: tuple[str, ...] = ("School name", "School", "Name of school")
    urn: tuple[str, ...] = ("School URN", "URN")
    postcode: tuple[str, ...] = ("School postcode", "Postcode")
    role: tuple[str, ...] = ("Your role in school", "Role", "Job title")
    leadership: tuple[str, ...] = ("Are you in a middle or senior leadership role?", "Leadership role")


class Translator:
    """Turns rows into readings; counts enum values it does not know, and finds answers by their labels."""

    def __init__(self, labels: QuestionLabels) -> None:
        """Look for answers under these labels, in any case and punctuation."""
        self.unknown_values: Counter[str] = Counter()
        self._fields = {
            normalise_name(label): name
            for name in ("school", "urn", "postcode", "role", "leadership")
            for label in getattr(labels, name)
        }
        self._keys: dict[str, str] = {}

    def translate_attendee(self, row: Any, position: str, received_at: datetime) -> AttendeeReading | QuarantinedRow:  # noqa: ANN401 - JSON
        """One attendee row, or why it cannot be read; `position` names a row without an id."""
        try:
            payload = AttendeePayload.model_validate(row)
        except ValidationError as error:
            return _quarantined("attendee", row, position, error, received_at)
        barcode = _barcode(payload.barcodes)
        return AttendeeReading(
            event_id=payload.event_id,
            attendee_id=payload.id,
            order_id=payload.order_id,
            ticket_class_id=payload.ticket_class_id,
            presence=_presence(payload),
            status=self._known("attendee.status", payload.status, _STATUSES),
            cancelled=payload.cancelled,
            refunded=payload.refunded,
            checked_in=payload.checked_in,
            created_at=zoned(payload.created),
            changed_at=zoned(payload.changed),
            barcode_status=BarcodeStatus.UNKNOWN if barcode is None else self._barcode_status(barcode.status),
            barcode_changed_at=None if barcode is None or barcode.changed is None else zoned(barcode.changed),
            received_at=received_at,
            profile=self._profile(payload),
        )

    def translate_event(self, row: Any, position: str, received_at: datetime) -> EventReading | QuarantinedRow:  # noqa: ANN401 - JSON
        """One event object, or why it cannot be read."""
        try:
            payload = EventPayload.model_validate(row)
        except ValidationError as error:
            return _quarantined("event", row, position, error, received_at)
        return EventReading(
            id=payload.id,
            series_id=payload.series_id,
            is_series_parent=payload.is_series_parent,
            title=payload.name.text.strip(),
            slug=derive_slug(payload.id, payload.vanity_url, payload.url),
            starts_at=zoned(payload.start.utc),
            ends_at=zoned(payload.end.utc),
            time_zone=payload.start.timezone,
            created_at=zoned(payload.created),
            changed_at=zoned(payload.changed),
            status=self._known("event.status", payload.status, _EVENT_STATUSES),
            going_ahead=_going_ahead(payload),
            organizer_id=payload.organizer_id,
            venue=_venue(payload.venue),
            is_online=payload.online_event,
            ticket_classes=tuple(
                TicketClass(
                    id=ticket.id,
                    category="donation"
                    if ticket.donation
                    else self._known("ticket_class.category", ticket.category, _CATEGORIES) or "admission",
                    quantity_sold=ticket.quantity_sold,
                )
                for ticket in payload.ticket_classes
            ),
            received_at=received_at,
        )

    def _known(self, field: str, value: str, known: frozenset[str]) -> str:
        if value not in known:
            self.unknown_values[f"{field}={value}"] += 1
        return value

    def _barcode_status(self, value: str) -> BarcodeStatus:
        try:
            return BarcodeStatus(value)
        except ValueError:
            self.unknown_values[f"barcode.status={value}"] += 1
            return BarcodeStatus.UNKNOWN

    def _profile(self, payload: AttendeePayload) -> Profile:
        answers: dict[str, str] = {}
        for answer in payload.answers:
            field = self._field(answer.question)
            if field is not None and answer.answer.strip():
                answers.setdefault(field, answer.answer.strip())
        profile = payload.profile
        urn = "".join(answers.get("urn", "").split())
        return Profile(
            name=" ".join((profile.name or f"{profile.first_name} {profile.last_name}").split()),
            email=profile.email.strip(),
            school=answers.get("school", profile.company.strip()),
            urn=urn if _URN.fullmatch(urn) else "",
            postcode=answers.get("postcode", ""),
            role=answers.get("role", profile.job_title.strip()),
            leadership=answers.get("leadership", ""),
        )

    def _field(self, question: str) -> str | None:
        key = self._keys.get(question)
        if key is None:
            key = self._keys[question] = normalise_name(question)
        return self._fields.get(key)


def _quarantined(
    kind: str,
    row: Any,  # noqa: ANN401 - JSON
    position: str,
    error: ValidationError,
    received_at: datetime,
) -> QuarantinedRow:
    fields = row if isinstance(row, dict) else {}
    number = fields.get("id")
    known_id = str(number) if isinstance(number, str | int) and str(number) else f"?{position}"
    event = fields.get("event_id") if kind == "attendee" else number
    event_id = str(event) if isinstance(event, str | int) else None
    return QuarantinedRow(kind, event_id, known_id, problems_of(list(error.errors())), received_at)


def _presence(payload: AttendeePayload) -> Presence:
    """Where status and flags disagree, cancelled: an active booking is what could be charged."""
    if payload.status == "Deleted":
        return Presence.VANISHED
    if payload.cancelled or payload.refunded or payload.status == "Not Attending":
        return Presence.CANCELLED
    return Presence.ACTIVE


def _barcode(barcodes: Sequence[BarcodePayload]) -> BarcodePayload | None:
    for status in ("refunded", "used"):
        for barcode in barcodes:
            if barcode.status == status:
                return barcode
    return barcodes[0] if barcodes else None


def _going_ahead(payload: EventPayload) -> GoingAhead:
    code = payload.event_sales_status.message_code if payload.event_sales_status is not None else None
    if payload.status == "canceled" or code == "event_cancelled":
        return GoingAhead.CANCELLED
    return GoingAhead.POSTPONED if code == "event_postponed" else GoingAhead.GOING_AHEAD


def _venue(venue: VenuePayload | None) -> str | None:
    if venue is None:
        return None
    address = venue.address
    parts = [venue.name] if address is None else [venue.name, address.city, address.postal_code]
    return ", ".join(part.strip() for part in parts if part.strip()) or None


def derive_slug(event_id: str, vanity_url: str, url: str) -> str:
    """The short name of an event's page (DESIGN section 6).

    The host label before `.eventbrite.` in `vanity_url`, else in `url`, if it is not `www`; else the part after `/e/`
    without `-<id>` and `-tickets`; else the id.
    """
    for address in (vanity_url, url):
        label, found, _ = (urlsplit(address).hostname or "").partition(".eventbrite.")
        if found and label != "www":
            return label
    for address in (url, vanity_url):
        _, found, name = urlsplit(address).path.partition("/e/")
        if found:
            slug = name.strip("/").removesuffix(f"-{event_id}").removesuffix("-tickets")
            if slug:
                return slug
    return event_id


def merge_rows(rows: Iterable[AttendeeReading]) -> tuple[AttendeeReading, ...]:
    """Each attendee once: of several rows the one changed last; equal: the one that ended."""
    merged: dict[str, AttendeeReading] = {}
    for row in rows:
        other = merged.get(row.attendee_id)
        if other is None or (row.changed_at, row.presence is not Presence.ACTIVE) > (
            other.changed_at,
            other.presence is not Presence.ACTIVE,
        ):
            merged[row.attendee_id] = row
    return tuple(merged.values())

"""Rows into the JSON objects of API v3, with the fields, nulls and omissions of recorded answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from eb_sync.model.instants import iso_text
from eb_sync.sandbox.rows import Account, Attendee, Event, Order, Organization, Profile, Question, Venue

Payload = dict[str, Any]

HOST = "https://www.eventbriteapi.com/v3"


def build_user(account: Account) -> Payload:
    """The answer of `/users/me/`."""
    first, _, last = account.name.partition(" ")
    return {
        "emails": [{"email": account.email, "verified": True, "primary": True}],
        "id": account.user_id,
        "name": account.name,
        "first_name": first,
        "last_name": last,
        "is_public": False,
        "image_id": None,
    }


def build_organization(organization: Organization) -> Payload:
    """An organisation; its `created` has no `Z`."""
    return {
        "_type": "organization",
        "id": organization.id,
        "name": organization.name,
        "vertical": "default",
        "parent_id": None,
        "locale": None,
        "image_id": None,
        "created": iso_text(organization.created_at).removesuffix("Z"),
    }


def build_attendee(row: Attendee, event: Event, *, route: str) -> Payload:
    """An attendee as read by way of `events` or `orders`: `resource_uri` and `qr_code_url` depend on the route."""
    parent_id = row.order_id if route == "orders" else row.event_id
    return {
        "costs": _build_costs("base_price", "eventbrite_fee", "gross", "payment_fee", "tax"),
        "resource_uri": f"{HOST}/{route}/{parent_id}/attendees/{row.id}/",
        "id": row.id,
        "changed": iso_text(row.changed_at),
        "created": iso_text(row.created_at),
        "quantity": 1,
        "variant_id": None,
        "profile": _build_profile(row.profile) | {"addresses": {}},
        "barcodes": [_build_barcode(row, route)],
        "answers": [_build_answer(question, dict(row.answers)) for question in event.questions],
        "checked_in": row.checked_in,
        "cancelled": row.cancelled,
        "refunded": row.cancelled,
        "affiliate": None if row.is_guest else "oddtdtcreator",
        "guestlist_id": f"{row.order_id}1" if row.is_guest else None,
        "invited_by": event.organization_id if row.is_guest else None,
        "status": row.status.value if row.status_word is None else row.status_word,
        "ticket_class_name": row.ticket_class_name,
        "delivery_method": "electronic",
        "event_id": row.event_id,
        "order_id": row.order_id,
        "ticket_class_id": row.ticket_class_id,
    }


def build_order(order: Order) -> Payload:
    """An order; a cancelled free one stays `placed`, its state is its attendees'."""
    return {
        "costs": _build_costs("base_price", "eventbrite_fee", "gross", "payment_fee", "tax"),
        "resource_uri": f"{HOST}/orders/{order.id}/",
        "id": order.id,
        "changed": iso_text(order.changed_at),
        "created": iso_text(order.created_at),
        **_build_names(order.buyer),
        "status": "placed",
        "time_remaining": None,
        "event_id": order.event_id,
    }


CANNED_LABELS = {
    "prefix": "Prefix",
    "first_name": "First Name",
    "last_name": "Last Name",
    "suffix": "Suffix",
    "email": "Email Address",
    "home_phone": "Home Phone",
    "cell_phone": "Cell Phone",
    "job_title": "Job Title",
    "company": "Company / Organization",
    "work_phone": "Work Phone",
    "website": "Website",
    "blog": "Blog",
    "age": "Age",
}
"""Eventbrite's own questions by their ids, which are words, in the order in which they are listed."""


def build_question(event: Event, question: Question, position: int) -> Payload:
    """A custom question of an event."""
    return _build_question(event, "questions", question, position)


def build_canned_question(event: Event, question_id: str, position: int) -> Payload:
    """One of Eventbrite's own questions; its other fields are those of a custom one, as the documentation says."""
    is_required = question_id in ("first_name", "last_name", "email")
    question = Question(question_id, CANNED_LABELS.get(question_id, question_id), required=is_required)
    return _build_question(event, "canned_questions", question, position)


def _build_question(event: Event, collection: str, question: Question, position: int) -> Payload:
    return {
        "resource_uri": f"{HOST}/events/{event.id}/{collection}/{question.id}/",
        "id": question.id,
        "question": _build_text(question.label),
        "required": question.required,
        "display_answer_on_order": False,
        "type": "text",
        "respondent": event.survey_respondent,
        "choices": [],
        "ticket_classes": [{"id": each.id, "name": each.name} for each in event.ticket_classes],
        "sorting": position,
    }


def build_buyer_settings(event: Event) -> Payload:
    """The ticket buyer settings: whose data the form asks for."""
    return {
        "confirmation_message": _build_text(None),
        "instructions": _build_text(None),
        "event_id": event.id,
        "refund_request_enabled": False,
        "redirect_url": None,
        "sales_ended_message": _build_text(None),
        "allow_attendee_update": True,
        "survey_name": "Registration Page",
        "survey_info": _build_text(None),
        "survey_time_limit": 15,
        "survey_respondent": event.survey_respondent,
        "survey_ticket_classes": [each.id for each in event.ticket_classes],
    }


def build_venue(venue: Venue) -> Payload:
    """An expanded venue."""
    lines = [venue.address_1, f"{venue.city} {venue.postal_code}"]
    return {
        "address": {
            "address_1": venue.address_1,
            "address_2": None,
            "city": venue.city,
            "region": None,
            "postal_code": venue.postal_code,
            "country": "GB",
            "latitude": "0.0",
            "longitude": "0.0",
            "localized_address_display": ", ".join(lines),
            "localized_area_display": venue.city,
            "localized_multi_line_address_display": lines,
        },
        "resource_uri": f"{HOST}/venues/{venue.id}/",
        "id": venue.id,
        "age_restriction": None,
        "capacity": None,
        "name": venue.name,
        "latitude": "0.0",
        "longitude": "0.0",
    }


def build_local(instant: datetime, timezone: str) -> Payload:
    """The three-part date of events: zone, naive local time, UTC."""
    return {
        "timezone": timezone,
        "local": instant.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M:%S"),
        "utc": iso_text(instant),
    }


def _build_profile(profile: Profile) -> Payload:
    """Keys of what was not asked are missing, not null."""
    extra = {"company": profile.company, "job_title": profile.job_title}
    return {key: value for key, value in {**_build_names(profile), **extra}.items() if value is not None}


def _build_names(profile: Profile) -> Payload:
    first, _, last = profile.name.partition(" ")
    return {"name": profile.name, "first_name": first, "last_name": last, "email": profile.email}


def _build_barcode(row: Attendee, route: str) -> Payload:
    barcode = row.barcode
    payload: Payload = {
        "status": barcode.status,
        "barcode": barcode.text,
        "created": iso_text(barcode.created_at),
        "changed": iso_text(barcode.changed_at),
        "checkin_type": 0,
        "is_printed": False,
    }
    if barcode.checkin_method:
        payload["checkin_method"] = barcode.checkin_method
    if route == "orders":
        payload["qr_code_url"] = f"https://www.eventbriteapi.com/qrcode/{barcode.text}/?sig=SANDBOX"
    return payload


def _build_answer(question: Question, given: dict[str, str]) -> Payload:
    """An unanswered question comes without the key `answer`."""
    payload: Payload = {"question": question.label, "type": "text", "question_id": question.id}
    if question.id in given:
        payload["answer"] = given[question.id]
    return payload


def _build_costs(*names: str) -> Payload:
    return {name: {"display": "£0.00", "currency": "GBP", "value": 0, "major_value": "0.00"} for name in names}


def _build_text(text: str | None) -> Payload:
    return {"text": text, "html": text}

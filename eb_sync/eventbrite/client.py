"""The client: one method for each thing read from Eventbrite (https://www.eventbrite.com/platform/api)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, SecretStr, ValidationError

from eb_sync.errors import EventbriteContractError, SettingsError, UnavailableError
from eb_sync.eventbrite.http import EventbriteHttp, reserve_of
from eb_sync.eventbrite.labels import AnswerFinder, QuestionLabels
from eb_sync.eventbrite.paging import Listing, ListQuery, Origin, fetch_list
from eb_sync.eventbrite.parallel import fetch_each
from eb_sync.eventbrite.payloads import BuyerSettingsPayload, OrganizationPayload, QuestionPayload, UserPayload
from eb_sync.eventbrite.rate import RateBudget
from eb_sync.eventbrite.refusals import ExpansionFailedError, NotFoundError
from eb_sync.eventbrite.translate import Translator, merge_rows, readable_id
from eb_sync.model.instants import iso_text
from eb_sync.model.readings import (
    AskedQuestions,
    AttendeeList,
    AttendeeReading,
    BuyerSettings,
    CompleteRead,
    EventGone,
    EventList,
    EventReading,
    EventUnavailable,
    ListKind,
    Organization,
    QuarantinedRow,
)

WORKERS = 4
"""Events read at the same time; pages of one list never are."""

_EXPAND = {"expand": "venue,ticket_classes,event_sales_status"}
_SELECTIONS = {
    # without a status the list may leave out what is over, called off or in draft
    ListKind.CURRENT_FUTURE: {"status": "all", "time_filter": "current_future"},
    ListKind.ALL: {"status": "all"},
}
_ENDED = {"status": "not_attending"}
_STAND_INS = {"company": "school", "job_title": "role"}
"""Ids of Eventbrite's own questions, and what their answers are taken for."""

Payload = TypeVar("Payload", bound=BaseModel)
Row = TypeVar("Row")


class EventbriteClient:
    """Reads bookings from Eventbrite's API v3; never writes, never logs a body or a header.

    Every method raises `TokenRefusedError` on 401 and 403, `TryAgainError` when Eventbrite is unavailable in spite of
    retries or the hourly limit leaves no room, and `EventbriteContractError` for an answer of an unknown shape.
    """

    def __init__(
        self,
        *,
        address: str,
        token: SecretStr,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] | None = None,
        trust_date_header: bool = True,
        question_labels: QuestionLabels | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            address: up to and with the version, such as `https://www.eventbriteapi.com/v3`.
            token: a private token; goes into the header of each request and nowhere else.
            clock: gives the present instant, aware, in UTC.
            sleep: waits, in seconds; None: as the machine does.
            trust_date_header: whether a read began at the earlier of our clock and the answer's `Date`.
            question_labels: under which questions school, URN, postcode, role and leadership are asked.

        Raises:
            SettingsError: the token holds what no header can carry, or would go to another machine unencrypted.
        """
        self._http = EventbriteHttp(address, token, clock, sleep or time.sleep, trust_date_header=trust_date_header)
        labels = question_labels or QuestionLabels()
        self._translator = Translator(labels)
        self._answers = AnswerFinder(labels)

    def __enter__(self) -> Self:
        """Nothing to open."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def end_after(self, seconds: float) -> None:
        """From now on reading may take so long; then every method raises `TimeSpentError`."""
        self._http.end_after(seconds)

    @property
    def requests_made(self) -> int:
        """Requests sent so far, repeats included."""
        return self._http.requests_made

    @property
    def budget(self) -> RateBudget | None:
        """What is left of the hour's calls after the last answer; None before the first and after waiting for more."""
        return self._http.budget

    @property
    def calls_left(self) -> int | None:
        """Calls that this run may still make in this hour; None while Eventbrite has not said."""
        budget = self._http.budget
        return None if budget is None else max(0, budget.remaining - reserve_of(budget))

    @property
    def served_at(self) -> datetime | None:
        """What Eventbrite's clock said in the newest answer; None before the first, and where dates are not trusted."""
        return self._http.served_at

    @property
    def unknown_values(self) -> Counter[str]:
        """Enum values that ebsync does not know, as `field=value`, with how often they came."""
        return Counter(self._translator.unknown_values)

    def fetch_user(self) -> str:
        """The id of the user whose token it is: `GET /users/me/`."""
        return _parse(UserPayload, self._http.get("/users/me/", {}).body, "/users/me/").id

    def fetch_organizations(self) -> tuple[Organization, ...]:
        """The organisations that the token sees: `GET /users/me/organizations/`."""
        query = ListQuery("/users/me/organizations/", "organizations", {})
        listing = fetch_list(self._http, query, lambda row, _: _parse(OrganizationPayload, row, query.path))
        names = {payload.id: payload.name or "" for payload in listing.rows}
        return tuple(Organization(organization_id, name) for organization_id, name in names.items())

    def fetch_events(self, organization_id: str, kind: ListKind) -> EventList:
        """The organisation's events, children of series among them: `GET /organizations/{id}/events/`.

        One event whose sales status Eventbrite cannot give must not hide the others: the list then comes without any.

        Raises:
            SettingsError: Eventbrite does not know the organisation.
        """
        selection, translate = _SELECTIONS[kind], self._translator.translate_event
        try:
            listing = self._fetch_of_organization(organization_id, "events", {**selection, **_EXPAND}, translate)
        except ExpansionFailedError:
            plain = self._fetch_of_organization(organization_id, "events", selection, _translate_listed)
            return EventList((), (), plain.began_at, frozenset(event_id for event_id in plain.rows if event_id))
        readings, quarantined = _sort(listing.rows, EventReading)
        newest: dict[str, EventReading] = {}
        for reading in readings:
            if reading.id not in newest or reading.changed_at >= newest[reading.id].changed_at:
                newest[reading.id] = reading
        events = tuple(event for event in newest.values() if not event.is_series_parent)
        return EventList(events, quarantined, listing.began_at)

    def fetch_changed_attendees(self, organization_id: str, since_at: datetime) -> AttendeeList:
        """Attendees changed at or after an instant, ended ones too: `GET /organizations/{id}/attendees/`, twice.

        Raises:
            SettingsError: Eventbrite does not know the organisation.
        """
        since = {"changed_since": iso_text(since_at)}
        translate = self._translator.translate_attendee
        listing = self._fetch_of_organization(organization_id, "attendees", since, translate)
        ended = self._fetch_of_organization(organization_id, "attendees", {**since, **_ENDED}, translate)
        return _merge(listing, ended)

    def fetch_event(self, event_id: str) -> EventReading | EventGone | QuarantinedRow:
        """One event with its sales status, ticket classes and venue: `GET /events/{id}/`."""
        try:
            answer = self._http.get(f"/events/{_escape(event_id)}/", _EXPAND)
        except NotFoundError:
            return EventGone(event_id, self._http.clock())
        return self._translator.translate_event(
            answer.body, Origin(event_id, answer.received_at, event_id, answer.began_at)
        )

    def fetch_attendees(self, event_id: str) -> AttendeeList | EventGone:
        """All attendees of an event, ended ones too: `GET /events/{id}/attendees/`, twice."""
        query = ListQuery(f"/events/{_escape(event_id)}/attendees/", "attendees", {}, event_id)
        try:
            listing = fetch_list(self._http, query, self._translator.translate_attendee)
            ended = fetch_list(self._http, replace(query, parameters=_ENDED), self._translator.translate_attendee)
        except NotFoundError:
            return EventGone(event_id, self._http.clock())
        return _merge(listing, ended)

    def fetch_complete_read(self, event: EventReading | str) -> CompleteRead | EventGone | QuarantinedRow:
        """An event with all its attendees.

        Args:
            event: an id, or an event object read earlier in this run; the read began when that was asked for.
        """
        read = event if isinstance(event, EventReading) else self.fetch_event(event)
        if not isinstance(read, EventReading):
            return read
        attendees = self.fetch_attendees(read.id)
        if isinstance(attendees, EventGone):
            return replace(attendees, event=read)
        return CompleteRead(read, attendees, min(read.began_at or attendees.started_at, attendees.started_at))

    def fetch_complete_reads(
        self, events: Iterable[EventReading | str]
    ) -> Iterator[CompleteRead | EventGone | EventUnavailable | QuarantinedRow]:
        """Several events at the same time, each as it is ready; one that is gone or cannot be read is a result.

        Whatever is raised stops all of them: a refused token, or Eventbrite unavailable altogether.
        """
        return fetch_each(self._attempt_complete_read, events, WORKERS, self._http.obey)

    def _attempt_complete_read(
        self, event: EventReading | str
    ) -> CompleteRead | EventGone | EventUnavailable | QuarantinedRow:
        try:
            return self.fetch_complete_read(event)
        except (UnavailableError, EventbriteContractError) as error:
            return EventUnavailable(event if isinstance(event, str) else event.id, error)

    def fetch_buyer_settings(self, event_id: str) -> BuyerSettings:
        """Whether each attendee is asked, or the buyer alone: `GET /events/{id}/ticket_buyer_settings/`."""
        path = f"/events/{_escape(event_id)}/ticket_buyer_settings/"
        payload = _parse(BuyerSettingsPayload, self._http.get(path, {}).body, path)
        asked = {"attendee": True, "ticket_buyer": False}.get(payload.survey_respondent or "")
        return BuyerSettings(event_id, asked, payload.allow_attendee_update)

    def fetch_asked_questions(self, event_id: str) -> AskedQuestions:
        """What an event's booking form asks: `GET /events/{id}/questions/`, and where needed `/canned_questions/`.

        Eventbrite's own questions for company and job title stand in for school and role, as they do in a booking.
        """
        labels = self._fetch_labels(event_id)
        fields = self._answers.fields_asked(labels)
        if not {"school", "role"} <= fields:
            fields |= {_STAND_INS[question] for question in self._fetch_canned_ids(event_id) if question in _STAND_INS}
        return AskedQuestions(event_id, labels, frozenset(fields))

    def _fetch_labels(self, event_id: str) -> tuple[str, ...]:
        query = ListQuery(f"/events/{_escape(event_id)}/questions/", "questions", {}, event_id)
        listing = fetch_list(self._http, query, lambda row, _: _parse(QuestionPayload, row, query.path))
        return tuple(dict.fromkeys(payload.question.text or "" for payload in listing.rows))

    def _fetch_canned_ids(self, event_id: str) -> list[str]:
        query = ListQuery(f"/events/{_escape(event_id)}/canned_questions/", "questions", {}, event_id)
        try:
            listing = fetch_list(self._http, query, lambda row, _: _parse(QuestionPayload, row, query.path))
        except NotFoundError:  # seen by one party only: without it the page's own questions have to do
            return []
        return [payload.id for payload in listing.rows]

    def _fetch_of_organization(
        self, organization_id: str, key: str, parameters: Mapping[str, str], translate: Callable[[object, Origin], Row]
    ) -> Listing[Row]:
        query = ListQuery(f"/organizations/{_escape(organization_id)}/{key}/", key, parameters)
        try:
            return fetch_list(self._http, query, translate)
        except NotFoundError:
            failure = SettingsError(
                f"Eventbrite does not know the organisation {organization_id} (EBSYNC_ORGANIZATION_ID), or the token "
                "may not see it. An organizer's id is not an organisation's: `ebsync doctor` lists those it sees."
            )
        raise failure


def _translate_listed(row: object, _origin: Origin) -> str:
    """The id of an event that is no parent of a series; empty for any other row."""
    fields: dict[object, object] = row if isinstance(row, dict) else {}
    return "" if fields.get("is_series_parent") else readable_id(fields.get("id")) or ""


def _merge(
    listing: Listing[AttendeeReading | QuarantinedRow], ended: Listing[AttendeeReading | QuarantinedRow]
) -> AttendeeList:
    readings, quarantined = _sort([*listing.rows, *ended.rows], AttendeeReading)
    started_at = min(listing.began_at, ended.began_at)
    return AttendeeList(merge_rows(readings), quarantined, started_at, listing.object_count)


def _sort(rows: Sequence[Row | QuarantinedRow], _kind: type[Row]) -> tuple[list[Row], tuple[QuarantinedRow, ...]]:
    """Readable rows, and the others, each once."""
    quarantined = {row.id: row for row in rows if isinstance(row, QuarantinedRow)}
    return [row for row in rows if not isinstance(row, QuarantinedRow)], tuple(quarantined.values())


def _parse(kind: type[Payload], body: object, path: str) -> Payload:
    try:
        return kind.model_validate(body)
    except ValidationError:
        failure = EventbriteContractError(f"Eventbrite's answer to {path} has another shape.")
    raise failure


def _escape(identifier: str) -> str:
    """An id as one part of a path."""
    return quote(identifier, safe="")

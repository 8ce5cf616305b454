"""The client: one method for each thing read from Eventbrite (https://www.eventbrite.com/platform/api)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr, ValidationError

from eb_sync.errors import EventbriteContractError, SettingsError
from eb_sync.eventbrite.http import EventbriteHttp, NotFoundError
from eb_sync.eventbrite.paging import Page, fetch_pages
from eb_sync.eventbrite.payloads import BuyerSettingsPayload, OrganizationPayload, UserPayload
from eb_sync.eventbrite.rate import RateBudget
from eb_sync.eventbrite.translate import QuestionLabels, Translator, merge_rows
from eb_sync.model.readings import (
    AttendeeList,
    AttendeeReading,
    CompleteRead,
    EventGone,
    EventList,
    EventReading,
    ListKind,
    Organization,
    QuarantinedRow,
)

WORKERS = 4
"""Events read at the same time; pages of one list never are."""

_EXPAND = {"expand": "venue,ticket_classes,event_sales_status"}
_SELECTIONS = {ListKind.CURRENT_FUTURE: {"time_filter": "current_future"}, ListKind.ALL: {}}


class EventbriteClient:
    """Reads bookings from Eventbrite's API v3; never writes, never logs a body or a header."""

    def __init__(
        self,
        *,
        base_url: str,
        token: SecretStr,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
        trust_date_header: bool = True,
        question_labels: QuestionLabels | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            base_url: up to and with the version, such as `https://www.eventbriteapi.com/v3`.
            token: a private token; goes into the header of each request and nowhere else.
            clock: gives the present instant.
            sleep: waits, in seconds.
            trust_date_header: whether a read began at the earlier of our clock and the answer's `Date`.
            question_labels: under which questions school, URN, postcode, role and leadership are asked.
        """
        self._http = EventbriteHttp(base_url, token, clock, sleep, trust_date_header=trust_date_header)
        self._clock = clock
        self._translator = Translator(question_labels or QuestionLabels())

    def __enter__(self) -> Self:
        """Nothing to open."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def requests_made(self) -> int:
        """Requests sent so far, repeats included."""
        return self._http.requests_made

    @property
    def budget(self) -> RateBudget | None:
        """What is left of the hour's calls after the last answer; None before the first."""
        return self._http.budget

    @property
    def unknown_values(self) -> dict[str, int]:
        """Enum values that ebsync does not know, with how often they came."""
        return dict(self._translator.unknown_values)

    def fetch_user(self) -> str:
        """The id of the user whose token it is: `GET /users/me/`."""
        try:
            return UserPayload.model_validate(self._http.get("/users/me/", {}).body).id
        except ValidationError:
            raise EventbriteContractError("Eventbrite's answer to /users/me/ has another shape.") from None

    def fetch_organizations(self) -> tuple[Organization, ...]:
        """The organisations that the token sees: `GET /users/me/organizations/`."""
        pages = fetch_pages(self._http, "/users/me/organizations/", "organizations", {})
        try:
            payloads = [OrganizationPayload.model_validate(row) for page in pages for row in page.rows]
        except ValidationError:
            raise EventbriteContractError("Eventbrite's list of organisations has another shape.") from None
        return tuple(Organization(payload.id, payload.name) for payload in payloads)

    def fetch_events(self, organization_id: str, kind: ListKind) -> EventList:
        """The organisation's events, children of series among them: `GET /organizations/{id}/events/`.

        Raises:
            SettingsError: Eventbrite does not know the organisation.
        """
        started_at = self._clock()
        parameters = {"status": "all", **_SELECTIONS[kind], **_EXPAND}
        pages = self._fetch_of_organization(organization_id, "events", parameters)
        readings: dict[str, EventReading] = {}
        quarantined: dict[str, QuarantinedRow] = {}
        for page, position, row in _rows(pages):
            result = self._translator.translate_event(row, position, page.received_at)
            if isinstance(result, QuarantinedRow):
                quarantined[result.id] = result
            elif not result.is_series_parent:
                readings[result.id] = result
        return EventList(tuple(readings.values()), tuple(quarantined.values()), _started_at(started_at, pages))

    def fetch_changed_attendees(self, organization_id: str, since_at: datetime) -> AttendeeList:
        """Attendees changed at or after an instant, ended ones too: `GET /organizations/{id}/attendees/`, twice."""
        since = {"changed_since": since_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        started_at = self._clock()
        pages = self._fetch_of_organization(organization_id, "attendees", since)
        ended = self._fetch_of_organization(organization_id, "attendees", {**since, "status": "not_attending"})
        return self._attendee_list([*pages, *ended], started_at, None)

    def fetch_event(self, event_id: str) -> EventReading | EventGone | QuarantinedRow:
        """One event with its sales status, ticket classes and venue: `GET /events/{id}/`."""
        try:
            answer = self._http.get(f"/events/{event_id}/", _EXPAND)
        except NotFoundError:
            return EventGone(event_id, self._clock())
        return self._translator.translate_event(answer.body, event_id, answer.received_at)

    def fetch_attendees(self, event_id: str) -> AttendeeList | EventGone:
        """All attendees of an event, ended ones too: `GET /events/{id}/attendees/`, twice."""
        path = f"/events/{event_id}/attendees/"
        started_at = self._clock()
        try:
            pages = fetch_pages(self._http, path, "attendees", {})
            ended = fetch_pages(self._http, path, "attendees", {"status": "not_attending"})
        except NotFoundError:
            return EventGone(event_id, self._clock())
        return self._attendee_list([*pages, *ended], started_at, pages[0].object_count)

    def fetch_complete_read(self, event: EventReading | str) -> CompleteRead | EventGone | QuarantinedRow:
        """An event (an object read in this run, or an id) with all its attendees."""
        if isinstance(event, str):
            read = self.fetch_event(event)
            if not isinstance(read, EventReading):
                return read
            event = read
        attendees = self.fetch_attendees(event.id)
        if isinstance(attendees, EventGone):
            return attendees
        return CompleteRead(event, attendees, attendees.started_at)

    def fetch_complete_reads(
        self, events: Sequence[EventReading | str]
    ) -> Iterator[CompleteRead | EventGone | QuarantinedRow]:
        """Several events at the same time, each as it comes; the first refusal or outage stops all."""
        waiting = iter(events)
        with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="eventbrite") as pool:
            running: set[Future[CompleteRead | EventGone | QuarantinedRow]] = set()
            try:
                while True:
                    # no more are begun than are read soon, which bounds memory and what an outage costs
                    for event in waiting:
                        running.add(pool.submit(self.fetch_complete_read, event))
                        if len(running) >= 2 * WORKERS:
                            break
                    if not running:
                        return
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            finally:
                for future in running:
                    future.cancel()

    def fetch_buyer_settings(self, event_id: str) -> BuyerSettingsPayload:
        """Whether each attendee is asked, or the buyer alone: `GET /events/{id}/ticket_buyer_settings/`."""
        answer = self._http.get(f"/events/{event_id}/ticket_buyer_settings/", {})
        try:
            return BuyerSettingsPayload.model_validate(answer.body)
        except ValidationError:
            raise EventbriteContractError("Eventbrite's ticket buyer settings have another shape.") from None

    def _fetch_of_organization(self, organization_id: str, key: str, parameters: dict[str, str]) -> list[Page]:
        try:
            return fetch_pages(self._http, f"/organizations/{organization_id}/{key}/", key, parameters)
        except NotFoundError:
            raise SettingsError(
                f"Eventbrite does not know the organisation {organization_id} (EBSYNC_ORGANIZATION_ID), or the token "
                "may not see it. An organiser's id is not an organisation's: `ebsync doctor` lists those it sees."
            ) from None

    def _attendee_list(self, pages: list[Page], started_at: datetime, object_count: int | None) -> AttendeeList:
        readings: list[AttendeeReading] = []
        quarantined: dict[str, QuarantinedRow] = {}
        for page, position, row in _rows(pages):
            result = self._translator.translate_attendee(row, position, page.received_at)
            if isinstance(result, QuarantinedRow):
                quarantined[result.id] = result
            else:
                readings.append(result)
        attendees = merge_rows(readings)
        return AttendeeList(attendees, tuple(quarantined.values()), _started_at(started_at, pages), object_count)


def _rows(pages: Sequence[Page]) -> Iterator[tuple[Page, str, Any]]:
    for page in pages:
        for index, row in enumerate(page.rows, 1):
            yield page, f"page {page.number} row {index}", row


def _started_at(sent_at: datetime, pages: Sequence[Page]) -> datetime:
    """When a read began: the earlier of our clock and Eventbrite's, so that skew never makes a proof."""
    served_at = pages[0].served_at if pages else None
    return sent_at if served_at is None else min(sent_at, served_at)

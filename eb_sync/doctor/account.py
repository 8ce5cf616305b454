"""The account at Eventbrite: whether the token works, may read what sync reads, and belongs to this database's hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from eb_sync.doctor.findings import CheckResult, ok
from eb_sync.errors import SettingsError, TokenRefusedError
from eb_sync.model.readings import (
    AskedQuestions,
    AttendeeList,
    BuyerSettings,
    EventList,
    ListKind,
    Organization,
)
from eb_sync.store.sync_state import HubStamp

_CURRENT = ListKind.CURRENT_FUTURE
_Read = TypeVar("_Read", EventList, AttendeeList)


class Account(Protocol):
    """What the checks need of Eventbrite; the client in `eb_sync.eventbrite` provides it."""

    @property
    def served_at(self) -> datetime | None:
        """What Eventbrite's clock said in the newest answer."""

    def fetch_user(self) -> str:
        """The id of the user whose token it is."""

    def fetch_organizations(self) -> tuple[Organization, ...]:
        """The organisations that the token sees."""

    def fetch_events(self, organization_id: str, kind: ListKind) -> EventList:
        """Events of the organisation."""

    def fetch_changed_attendees(self, organization_id: str, since_at: datetime) -> AttendeeList:
        """Attendees changed at or after an instant."""

    def fetch_buyer_settings(self, event_id: str) -> BuyerSettings:
        """Whether each attendee is asked, or the buyer alone."""

    def fetch_asked_questions(self, event_id: str) -> AskedQuestions:
        """What a booking form asks."""


class AccountReading:
    """One visit to the account: each check learns something for those after it."""

    def __init__(self, account: Account) -> None:
        """Nothing is read yet."""
        self.account = account
        self.organization_id = ""
        self.events = EventList((), (), datetime.min)  # noqa: DTZ901 - never looked at before the list is read

    def check_token(self, source: str) -> Iterator[CheckResult]:
        """Whether Eventbrite accepts it; `source` says where it is from."""
        self.account.fetch_user()
        yield ok(f"accepted by Eventbrite, from {source}")

    def check_organization(self, stamp: HubStamp, choose: Callable[[Account], str]) -> Iterator[CheckResult]:
        """Whether the organisation is that of the database, and the token sees it."""
        chosen = choose(self.account)
        seen = {each.id: each.name for each in self.account.fetch_organizations()}
        if chosen not in seen:
            listed = ", ".join(f"{key} ({name})" for key, name in seen.items()) or "none at all"
            raise SettingsError(
                f"The token does not see the organisation {chosen}, whose bookings this database holds. Those it sees "
                f"are: {listed}. Use the token of a member of that organisation, or another database."
            )
        self.organization_id = chosen
        holds = "" if stamp.organization_id is None else ", that of the database"
        yield ok(f"{chosen} ({seen[chosen]}){holds}")

    def check_rights(self, now: datetime) -> Iterator[CheckResult]:
        """Whether the token may read the organisation's events and attendees."""
        self.events = self._read("events", lambda: self.account.fetch_events(self.organization_id, _CURRENT))
        self._read("attendees", lambda: self.account.fetch_changed_attendees(self.organization_id, now))
        count = len(self.events.listed_ids)
        yield ok(f"events and attendees can be read; {count} current and future events")

    def _read(self, what: str, fetch: Callable[[], _Read]) -> _Read:
        try:
            return fetch()
        except TokenRefusedError:
            failure = TokenRefusedError(
                f"The token works, but may not read the organisation's {what}. Its user needs a role in the "
                f"organisation {self.organization_id} that may see events and attendees: on Eventbrite under "
                "Organization Settings, Team."
            )
        raise failure

"""What sync needs of Eventbrite; the client in `eb_sync.eventbrite` provides it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from eb_sync.model.readings import (
    AttendeeList,
    CompleteRead,
    EventGone,
    EventList,
    EventReading,
    EventUnavailable,
    ListKind,
    Organization,
    QuarantinedRow,
)


class BookingSource(Protocol):
    """Reads bookings; errors are those of `eb_sync.errors` and stop the run."""

    @property
    def requests_made(self) -> int:
        """Requests sent so far, repeats included."""

    @property
    def calls_left(self) -> int | None:
        """Calls that this run may still make in this hour; None: not known."""

    @property
    def served_at(self) -> datetime | None:
        """What Eventbrite's clock said in the newest answer; None: it did not say, or is not asked."""

    @property
    def unknown_values(self) -> Mapping[str, int]:
        """Enum values that ebsync does not know, as `field=value`, with how often they came."""

    def fetch_organizations(self) -> tuple[Organization, ...]:
        """The organisations that the token sees."""

    def fetch_events(self, organization_id: str, kind: ListKind) -> EventList:
        """Events of the organisation."""

    def fetch_changed_attendees(self, organization_id: str, since_at: datetime) -> AttendeeList:
        """Attendees changed at or after an instant.

        Raises:
            SettingsError: no such list is known (404), which may be so although the events were listed just now.
        """

    def fetch_complete_reads(
        self, events: Sequence[EventReading | str]
    ) -> Iterator[CompleteRead | EventGone | EventUnavailable | QuarantinedRow]:
        """Each event (an object read in this run, or an id) with all its attendees, in any order."""

"""One workshop's day, on which something goes wrong on Eventbrite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eb_sync.eventbrite.client import EventbriteClient
from eb_sync.model.readings import EventReading
from eb_sync.sandbox.faults import Fault, FaultKind
from tests.hub import Hub

ALWAYS = 1000


@dataclass
class Day:
    """A workshop of seven bookings, deadline 4 November 10:00, and another one beside it."""

    hub: Hub
    event: str
    other: str
    bookings: list[str]

    def sync_at(self, local: str, code: int = 0) -> None:
        self.hub.at(local)
        assert self.hub.run("sync").code == code

    def close(self, event: str | None = None) -> None:
        self.sync_at("2019-11-05 16:00")
        self.hub.run("attendance", "close", event or self.event, "--nobody-came")

    def reason(self, number: int) -> str:
        return self.hub.decisions(self.event)[self.bookings[number]][1]

    def notice(self, number: int) -> tuple[str, str]:
        decisions = self.hub.do("charges", self.event, "--json").json()["decisions"]
        notice = next(d["notice"] for d in decisions if d["booking_id"] == self.bookings[number])
        return notice["earliest_at"][11:16], notice["latest_at"][11:16]

    def attendee(self, number: int) -> str:
        return self.hub.bookings[self.bookings[number]]

    def spoil(
        self,
        kind: FaultKind,
        path: str = "/events/{event}/attendees/",
        *,
        times: int = ALWAYS,
        query: str = "",
        row_id: str | None = None,
        keys: tuple[str, ...] = (),
    ) -> None:
        path = path.format(event=self.event)
        self.hub.world.faults.order(Fault(kind, path, query=query, times=times, row_id=row_id, keys=keys))

    def break_event(self) -> None:
        """The event cannot be read by itself from now on; its changes are listed."""
        self.spoil(FaultKind.INTERNAL_ERROR, "/events/{event}/")
        self.hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)

    def cancel(self, *numbers: int) -> None:
        for number in numbers:
            self.hub.world.cancel(self.attendee(number))

    def revive(self, *numbers: int) -> None:
        for number in numbers:
            self.hub.world.revive(self.attendee(number))

    def allow(self, local: str, code: int = 0) -> dict[str, Any]:
        self.hub.at(local)
        result = self.hub.run("sync", "--allow-mass-change", self.event, "--json")
        assert result.code == code
        return dict(result.json())

    @contextmanager
    def between(self, act: Callable[[], object]) -> Iterator[None]:
        """Something happens after a run has read its lists and before it reads events completely."""
        original = EventbriteClient.fetch_complete_reads

        def late(client: EventbriteClient, events: Iterable[EventReading | str]) -> Iterator[object]:
            act()
            return original(client, events)

        with self.hub.patch.context() as patch:
            patch.setattr(EventbriteClient, "fetch_complete_reads", late)
            yield


def begin_day(hub: Hub) -> Day:
    """Everything as it was at eight in the morning of the day before, read well."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    other = hub.event("Ratio", "2019-11-05 10:00", "2019-11-05 15:00", slug="ratio")
    bookings = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus")]
    hub.book(other, "Teacher Zoe")
    hub.add_schools()
    day = Day(hub, event, other, bookings)
    day.sync_at("2019-11-04 08:00")
    return day

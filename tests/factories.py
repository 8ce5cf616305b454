"""Facts with valid defaults, so that a test states only what it is about."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies.facts import (
    AnnouncedDate,
    Answer,
    AnswerWord,
    AttendanceMark,
    BarcodeStatus,
    Booking,
    CallOff,
    Channel,
    Exemption,
    ExemptionKind,
    ExemptionState,
    Mark,
    Notice,
    Observation,
    OtherBooking,
    Presence,
    Sighting,
    SubstituteLink,
    WalkIn,
    WorkshopFacts,
)

LONDON = ZoneInfo("Europe/London")


def london(text: str) -> datetime:
    """`2019-11-05 10:00` local time, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


STARTS_AT = london("2019-11-05 10:00")
ENDS_AT = london("2019-11-05 15:00")
DEADLINE_AT = london("2019-11-04 10:00")
BOOKED_AT = london("2019-10-01 09:00")
CLOSED_AT = london("2019-11-06 17:00")
AS_OF = london("2019-11-08 09:00")


@dataclass
class Story:
    """Collects the facts of one workshop; ids grow in the order in which things are told."""

    starts_at: datetime = STARTS_AT
    ends_at: datetime = ENDS_AT
    is_closed: bool = True
    is_read_after: bool = True
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of `WorkshopFacts` to be set directly."""

    def __post_init__(self) -> None:
        """Nothing is told yet but the date."""
        self._ids = itertools.count(1)
        self.dates = [AnnouncedDate(self.next_id(), self.starts_at, self.ends_at, london("2019-09-01 09:00"))]
        self.observations: dict[str, list[Observation]] = {}
        self.bookings: dict[str, dict[str, Any]] = {}
        self.sightings: list[Sighting] = []
        self.walk_ins: list[WalkIn] = []
        self.marks: list[AttendanceMark] = []
        self.links: list[SubstituteLink] = []
        self.notices: list[Notice] = []
        self.exemptions: list[Exemption] = []
        self.answers: list[Answer] = []
        self.others: list[OtherBooking] = []

    def next_id(self) -> int:
        """The next fact's id."""
        return next(self._ids)

    def book(self, ref: str, booked_at: datetime = BOOKED_AT, **fields: Any) -> None:  # noqa: ANN401 - fields of Booking
        """A booking, read active at once; `person` and `school` are small numbers and names."""
        number = len(self.bookings) + 1
        school = fields.pop("school", None)
        fields.setdefault("school_id", school)
        keys = fields.pop("school_keys", [f"id:{school}"] if school else [])
        self.bookings[ref] = {
            "order_id": f"order-{number}",
            "person_id": number,
            "name_id": number,
            "email_id": number,
            "school_keys": frozenset(keys),
            **fields,
            "created_at": booked_at,
        }
        self.observations[ref] = []
        self.observe(ref, booked_at, Presence.ACTIVE, changed_at=booked_at)

    def observe(self, ref: str, received_at: datetime, presence: Presence, **fields: Any) -> None:  # noqa: ANN401 - fields of Observation
        """A new state of a booking, as read."""
        self.observations[ref].append(Observation(self.next_id(), received_at, presence, **fields))

    def sight(self, started_at: datetime) -> None:
        """A complete read: every booking is as last observed."""
        self.sightings.append(Sighting(self.next_id(), started_at))

    def cancel(self, ref: str, seen_at: datetime, stamped_at: datetime | None = None, *, barcode: bool = True) -> None:
        """Seen cancelled; `stamped_at` is Eventbrite's own stamp, the seen time if None."""
        stamp = stamped_at or seen_at
        status = BarcodeStatus.REFUNDED if barcode else BarcodeStatus.UNKNOWN
        self.observe(
            ref,
            seen_at,
            Presence.CANCELLED,
            changed_at=stamp,
            barcode_status=status,
            barcode_changed_at=stamp if barcode else None,
        )

    def vanish(self, ref: str, missing_at: datetime) -> None:
        """Missing from a complete read that began then."""
        self.observe(ref, missing_at, Presence.VANISHED)

    def check_in(self, ref: str, at: datetime | None = None) -> None:
        """Seen checked in."""
        seen_at = at or self.starts_at + timedelta(minutes=5)
        self.observe(
            ref,
            seen_at,
            Presence.ACTIVE,
            changed_at=BOOKED_AT,
            checked_in=True,
            barcode_status=BarcodeStatus.USED,
            barcode_changed_at=seen_at,
        )

    def mark(self, ref: str, mark: Mark, *, is_contested: bool = False) -> None:
        """A mark on the register, or what a file said against one."""
        self.marks.append(AttendanceMark(self.next_id(), ref, mark, self.ends_at, is_contested))

    def walk_in(self, ref: str = "W1", school: str | None = None, replaces: str | None = None) -> None:
        """Somebody without a booking."""
        number = self.next_id()
        keys = frozenset([f"id:{school}"] if school else ["name:unknown"])
        self.walk_ins.append(WalkIn(number, ref, 1000 + number, 1000 + number, self.ends_at, school, keys, replaces))

    def notice(
        self, ref: str | None, received_at: datetime, channel: Channel = Channel.EMAIL, school: str | None = None
    ) -> None:
        """Somebody recorded that notice was given, for a booking or for a school."""
        key = f"id:{school}" if school else None
        self.notices.append(Notice(self.next_id(), received_at, channel, received_at, ref, key))

    def claim(
        self,
        kind: ExemptionKind,
        state: ExemptionState,
        *,
        ref: str | None = None,
        school: str | None = None,
        days: tuple[date, date] | None = None,
        code: str | None = None,
        received_at: datetime | None = None,
    ) -> None:
        """An exemption in some state."""
        self.exemptions.append(
            Exemption(
                self.next_id(),
                kind,
                state,
                self.ends_at,
                school_key=f"id:{school}" if school else None,
                booking_id=ref,
                from_on=days[0] if days else None,
                until_on=days[1] if days else None,
                code=code,
                received_at=received_at,
            )
        )

    def answer(self, ref: str, question: str | None, word: AnswerWord) -> None:
        """A person's answer."""
        self.answers.append(Answer(self.next_id(), ref, question, word, AS_OF))

    def move(self, starts_at: datetime, announced_at: datetime, hours: int = 5) -> None:
        """The workshop's date changes."""
        self.dates.append(AnnouncedDate(self.next_id(), starts_at, starts_at + timedelta(hours=hours), announced_at))

    def facts(self) -> WorkshopFacts:
        """All that was told."""
        sightings = list(self.sightings)
        if self.is_read_after:
            sightings.append(Sighting(self.next_id(), self.dates[-1].ends_at + timedelta(hours=1)))
        fields: dict[str, Any] = {
            "id": "900",
            "dates_known": True,
            "single_day": True,
            "in_scope": True,
            "billing_from_on": date(2019, 9, 1),
            "register_closed_at": CLOSED_AT if self.is_closed else None,
            **self.settings,
        }
        return WorkshopFacts(
            dates=tuple(self.dates),
            sightings=tuple(sightings),
            bookings=tuple(
                Booking(id=ref, observations=tuple(self.observations[ref]), **values)
                for ref, values in self.bookings.items()
            ),
            walk_ins=tuple(self.walk_ins),
            marks=tuple(self.marks),
            links=tuple(self.links),
            notices=tuple(self.notices),
            exemptions=tuple(self.exemptions),
            answers=tuple(self.answers),
            other_bookings=tuple(self.others),
            **fields,
        )


def called_off(number: int, *, off: bool = True, last_going_ahead_at: datetime | None = None) -> CallOff:
    """A statement about whether the workshop takes place."""
    return CallOff(number, off, STARTS_AT, last_going_ahead_at)


def hours_before_start(hours: float) -> datetime:
    """An instant before the default start."""
    return STARTS_AT - timedelta(hours=hours)


def links(*pairs: tuple[str, str], story: Story) -> Iterable[SubstituteLink]:
    """Substitutes with bookings of their own."""
    return [SubstituteLink(story.next_id(), substitute, replaced) for substitute, replaced in pairs]

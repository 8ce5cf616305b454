"""What really happened in a sandbox's world, and whether it justifies a charge: slow, plain, and none of ebsync's code.

The machine tells the truth as it makes it. `hub_objections` then says why somebody must not be charged; an empty list
only means that nothing true speaks against it. What ebsync cannot know (a date announced and withdrawn between two
reads, a check-in not read yet) raises no objection; `whole` says that all that happened was read five minutes later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

NOTICE = timedelta(hours=24)
CAME = ("present", "late", "left-early")
LONDON = ZoneInfo("Europe/London")


@dataclass
class Spell:
    """A time in which a booking was ended."""

    at: datetime
    until: datetime | None
    cancelled: bool
    """False: deleted only."""


@dataclass
class TrueBooking:
    """One attendee."""

    attendee_id: str
    event_id: str
    order_id: str
    booked_at: datetime
    person: tuple[str, str]
    """Name and e-mail as they are now."""
    school: str | None
    """Its name as typed; None if it was not, or if it was edited since."""
    spells: list[Spell] = field(default_factory=list)
    check_ins: list[tuple[datetime, bool]] = field(default_factory=list)
    is_gone: bool = False
    """Deleted entirely."""
    is_deleted: bool = False
    is_reworded: bool = False
    """Eventbrite gives it a status that nobody has described."""
    is_add_on: bool = False
    erased: int = 0
    """Which erasure blanked the name; 0: none. Whoever books again afterwards is somebody new."""
    erased_at: datetime | None = None

    past_emails: set[str] = field(default_factory=set)
    is_unsure: bool = False
    """An address that it had before was erased; who it is now is hard to say."""

    @property
    def identity(self) -> tuple[str, str, int]:
        """The same for all bookings of one person under one address, however the name is written."""
        return canonical(self.person[0]), self.person[1].casefold(), self.erased

    @property
    def reference(self) -> str:
        """As ebsync calls it."""
        return f"B{self.attendee_id}"

    @property
    def ended(self) -> Spell | None:
        """The spell in which it is now."""
        return self.spells[-1] if self.spells and self.spells[-1].until is None else None

    @property
    def is_checked_in(self) -> bool:
        """Whether the ticket counts as scanned: cancelling does not undo it."""
        return bool(self.check_ins) and self.check_ins[-1][1]


def canonical(name: str) -> str:
    """A name without title, in small letters, "Surname, First" turned round: how these people vary theirs."""
    surname, comma, first = name.casefold().removeprefix("mrs ").partition(", ")
    return f"{first} {surname}" if comma else surname


@dataclass(frozen=True)
class TrueDate:
    """A start and end, and since when they were on the page, or recorded by the hub."""

    announced_at: datetime
    starts_at: datetime
    ends_at: datetime
    by_hub: bool = False
    fact_id: int = 0
    """Of what the hub said."""


@dataclass
class TrueWorkshop:
    """An event with one workshop, or one declared day of a page."""

    id: str
    event_id: str
    dates: list[TrueDate]
    is_single: bool = True
    off: list[tuple[datetime, bool]] = field(default_factory=list)
    """What the event's page said from when on."""
    declared_at: datetime | None = None
    """When a person named this day of a page that they had not named from the beginning."""
    is_undeclared: bool = False
    """It stands for a page for several days, none of which is declared yet."""


@dataclass(frozen=True)
class Said:
    """Something a lead recorded; `fact_id` is what the command printed."""

    fact_id: int
    at: datetime
    kind: str
    """`mark walk_in link notice exemption ruling close reopen answer cancel reinstate move confirm`."""
    workshop_id: str | None
    who: str | None = None
    """The booking's or walk-in's reference, or a school's name."""
    word: str = ""
    received_at: datetime | None = None
    days: tuple[str, str] | None = None
    about: int | None = None
    """The exemption ruled on."""


@dataclass
class Truth:
    """Everything."""

    now_at: datetime
    bookings: dict[str, TrueBooking] = field(default_factory=dict)
    """By reference; also those that are gone."""
    workshops: dict[str, TrueWorkshop] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    retracted: set[int] = field(default_factory=set)
    reads: list[datetime] = field(default_factory=list)
    """Full syncs that read everything as it was."""
    syncs: list[datetime] = field(default_factory=list)
    """Syncs that wrote anything."""
    skew: timedelta = timedelta(0)
    """The most that Eventbrite's clock was ever wrong, either way."""
    erasures: int = 0

    def heard(self, kind: str, workshop_id: str | None = None, who: str | None = None) -> list[Said]:
        """What was said of this kind and stands, oldest first."""
        return [
            said
            for said in self.said
            if said.kind == kind
            and said.fact_id not in self.retracted
            and (workshop_id is None or is_about(said, workshop_id))
            and who in (None, said.who)
        ]

    def mark(self, workshop_id: str, who: str) -> str:
        """The mark that stands, or nothing."""
        marks = self.heard("mark", workshop_id, who)
        return "" if not marks or marks[-1].word == "unmarked" else marks[-1].word

    def is_closed(self, workshop_id: str) -> bool:
        """Whether the register is closed."""
        steps = [said for said in self.said if said.kind in ("close", "reopen") and said.workshop_id == workshop_id]
        standing = [said for said in steps if said.fact_id not in self.retracted]
        return bool(standing) and standing[-1].kind == "close"

    def answers(self, workshop_id: str, who: str) -> set[str]:
        """What a person ever answered about a place, withdrawn answers left out."""
        return {said.word for said in self.heard("answer", workshop_id, who)}

    def came(self, workshop: TrueWorkshop, who: str) -> bool:
        """Whether somebody certainly attended: marked so, walked in, or scanned and not marked otherwise."""
        mark = self.mark(workshop.id, who)
        if mark:
            return mark in CAME
        booking = self.bookings.get(who)
        if booking is None:
            return bool(self.heard("walk_in", workshop.id, who))
        return workshop.is_single and booking.is_checked_in

    def known_dates(self, workshop: TrueWorkshop) -> list[TrueDate]:
        """Dates that were certainly read while they could still count, and those the hub named."""
        known = [workshop.dates[0]]
        shown = workshop.dates[0]
        named = [date for date in workshop.dates if date.by_hub and date.fact_id not in self.retracted]
        steps: list[datetime | TrueDate] = [*self.reads, *named]
        for step in sorted(steps, key=lambda step: step.announced_at if isinstance(step, TrueDate) else step):
            if isinstance(step, TrueDate):
                known.append(step)
                continue
            page = [date for date in workshop.dates if not date.by_hub and date.announced_at <= step][-1]
            if page is not shown and step <= known[-1].ends_at:
                known.append(page)
            shown = page
        return known


def is_about(said: Said, workshop_id: str) -> bool:
    """Whether it is about this workshop, or about the page whose day it became afterwards."""
    return said.workshop_id in (workshop_id, workshop_id.partition("/")[0])


def lead_objections(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[str]:
    """From what leads said alone."""
    who = booking.reference
    if truth.mark(workshop.id, who) in CAME:
        yield "marked as having come"
    if "waive" in truth.answers(workshop.id, who):
        yield "waived"
    if not truth.is_closed(workshop.id):
        yield "the register is open"
    calls = [said for said in truth.said if said.kind in ("cancel", "reinstate") and is_about(said, workshop.id)]
    calls = [said for said in calls if said.fact_id not in truth.retracted]
    if calls and calls[-1].kind == "cancel":
        yield "the hub called it off"
    for claim in truth.heard("exemption", workshop.id, who):
        if state_of(truth, claim) == "approved":
            yield "exempt"
    if is_replaced(truth, workshop, booking):
        yield "replaced by a colleague who was marked present"


def state_of(truth: Truth, claim: Said) -> str:
    rulings = [said for said in truth.heard("ruling") if said.about == claim.fact_id]
    return rulings[-1].word if rulings else claim.word


def is_replaced(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> bool:
    newest: dict[str, str] = {}
    for link in sorted(truth.heard("link", workshop.id), key=lambda link: link.fact_id):
        substitute, _, replaced = link.word.partition(">")
        newest[substitute] = replaced
    starts_at = truth.known_dates(workshop)[-1].starts_at
    for substitute, replaced in newest.items():
        other = truth.bookings.get(substitute)
        is_place = other is None or other.booked_at < min(starts_at, booking.booked_at + timedelta(days=365))
        if replaced == booking.reference and is_place and truth.mark(workshop.id, substitute) in CAME:
            return True
    return False


def time_objections(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[str]:
    """From when things happened."""
    dates = truth.known_dates(workshop)
    starts_at, ends_at = dates[-1].starts_at, dates[-1].ends_at
    deadline_at = deadline_of(dates, booking.booked_at, truth.skew)
    answers = truth.answers(workshop.id, booking.reference)
    yield from _too_early(truth, ends_at)
    if booking.booked_at >= starts_at + truth.skew:
        yield "booked after the start"
    if was_off(truth, workshop, starts_at):
        yield "called off on Eventbrite before the start"
    ended = booking.ended
    if ended is not None and ended.at <= deadline_at - truth.skew and not answers & {"late", "charge"}:
        yield f"cancelled in time, at {ended.at} for {deadline_at}"
    if ended is not None and not ended.cancelled and not answers & {"late", "charge"}:
        yield "vanished, and nobody was asked"
    if any(at <= deadline_at for at in notices_of(truth, workshop, booking)):
        yield "notice in time was recorded"
    if _day_changed(dates, booking.booked_at, truth.skew) and "charge" not in answers:
        yield "moved to another day"


def _too_early(truth: Truth, ends_at: datetime) -> Iterator[str]:
    if truth.now_at < ends_at:
        yield "not over"
    if not any(read_at > ends_at for read_at in truth.syncs):
        yield "never read after the end"


def notices_of(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[datetime]:
    """When notice reached the hub for this booking, as leads said."""
    for notice in truth.heard("notice", workshop.id):
        is_for = notice.who == booking.reference or _is_school(truth, booking, notice.who)
        if is_for and notice.received_at is not None:
            yield notice.received_at


def deadline_of(dates: list[TrueDate], booked_at: datetime, skew: timedelta) -> datetime:
    return max(date.starts_at for date in _since(dates, booked_at, skew)) - NOTICE


def _since(dates: list[TrueDate], booked_at: datetime, skew: timedelta) -> list[TrueDate]:
    """The date in force when the place was booked, and those announced later."""
    first = 0
    for number, date in enumerate(dates):
        if date.announced_at <= booked_at + 2 * skew:
            first = number
    return dates[first:]


def _day_changed(dates: list[TrueDate], booked_at: datetime, skew: timedelta) -> bool:
    days = {date.starts_at.astimezone(LONDON).date() for date in _since(dates, booked_at, skew)}
    return len(days) > 1


def was_off(truth: Truth, workshop: TrueWorkshop, starts_at: datetime) -> bool:
    """Whether the page said so from five minutes before the start until now, and nobody said that it takes place."""
    if not workshop.off or not workshop.off[-1][1]:
        return False
    since = workshop.off[-1][0]
    for at, is_off in reversed(workshop.off):
        if not is_off:
            break
        since = at
    return since < starts_at and not truth.heard("reinstate", workshop.id)


def _is_school(truth: Truth, booking: TrueBooking, school: str | None) -> bool:
    """Whether a school named by a lead is certainly the booking's."""
    confirmed = truth.heard("confirm", None, booking.reference)
    return school is not None and booking.school == school and not confirmed


def other_objections(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[str]:
    """From attendance, exemptions of schools, and the person's other places."""
    who = booking.reference
    answers, mark = truth.answers(workshop.id, who), truth.mark(workshop.id, who)
    if workshop.is_single and booking.is_checked_in and not (mark == "absent" and "absent" in answers):
        yield "checked in"
    starts_at = truth.known_dates(workshop)[-1].starts_at
    ended = booking.ended
    ended_before = ended is not None and ended.at < starts_at + truth.skew
    # whoever says `charge` of a booking that vanished says that nobody came
    said_of_vanished = ended is not None and not ended.cancelled and "charge" in answers
    if not ended_before and mark != "absent" and "absent" not in answers and not said_of_vanished:
        yield "nobody said that they were absent"
    day = starts_at.astimezone(LONDON).date().isoformat()
    for claim in truth.heard("exemption"):
        is_then = claim.days is None or claim.days[0] <= day <= claim.days[1]
        is_here = claim.workshop_id in (None, workshop.id) and _is_school(truth, booking, claim.who)
        if is_here and is_then and state_of(truth, claim) == "approved":
            yield "the school is exempt"

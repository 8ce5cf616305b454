"""A workshop's history as a list of deeds, so that one can be added, changed or left out and everything be told again.

Persons are names and e-mail addresses, as Eventbrite shows them; who is the same as whom, and who perhaps is, follows
from them as it does in the program. So a name or an address can be taken away, and everything else follows anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from eb_sync.model.names import may_be_one_name
from eb_sync.store.people import KnownPerson
from eb_sync.workshops.persons import PersonBook, build_person_book
from policies.decisions import Decision
from policies.engine import assess_workshop
from policies.facts import (
    AttendanceMark,
    BarcodeStatus,
    Booking,
    Exemption,
    Notice,
    OtherBooking,
    Presence,
    SubstituteLink,
    WalkIn,
    WorkshopFacts,
)
from policies.parameters import Policy, load_policy
from tests.factories import AS_OF, ENDS_AT, Story, called_off
from tests.property.test_policies_of_providers import FLYER, load

FLYER_ID = "maths-hub"


@dataclass(frozen=True, slots=True)
class Face:
    """What a booking shows of whoever it is for; empty where it shows nothing."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class School:
    """What is known of a school: the one confirmed, and the name typed."""

    confirmed: str | None = None
    typed: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Under which facts about it may be recorded."""
        keys = {f"name:{self.typed}"} if self.typed else set()
        return frozenset(keys | ({f"id:{self.confirmed}"} if self.confirmed else set()))


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happens or is recorded; `words` are what the telling of its kind takes."""

    kind: str
    at: datetime
    ref: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)

    def but(self, **words: Any) -> Deed:  # noqa: ANN401 - as the kind takes them
        """The same deed, in other words."""
        return replace(self, words={**self.words, **words})


@dataclass(frozen=True, slots=True)
class History:
    """What happened around one workshop, in the order in which it became known."""

    document: str
    """The policy."""
    settings: Mapping[str, Any]
    deeds: tuple[Deed, ...]

    def and_then(self, deed: Deed) -> History:
        """With one thing more, the newest."""
        return replace(self, deeds=(*self.deeds, deed))

    def without(self, index: int) -> History:
        """Without one thing."""
        return replace(self, deeds=(*self.deeds[:index], *self.deeds[index + 1 :]))

    def but(self, index: int, **words: Any) -> History:  # noqa: ANN401 - as the deed takes them
        """With one thing in other words."""
        changed = self.deeds[index].but(**words)
        return replace(self, deeds=(*self.deeds[:index], changed, *self.deeds[index + 1 :]))

    def find(self, kind: str, ref: str | None = None) -> list[int]:
        """Where things of a kind stand."""
        return [at for at, deed in enumerate(self.deeds) if deed.kind == kind and ref in (None, deed.ref)]

    @property
    def refs(self) -> list[str]:
        """Its bookings."""
        return [self.deeds[at].ref for at in self.find("book")]

    def facts(self) -> WorkshopFacts:
        """As the rules are given it."""
        return _Telling(self).facts()

    def decide(self) -> dict[str, Decision]:
        """What the rules make of it."""
        return decide(self.facts(), self.document)

    def written(self) -> str:
        """For whoever reads of a failure."""
        lines = (f"  {deed.at:%a %d %b %H:%M} {deed.kind} {deed.ref} {dict(deed.words)}" for deed in self.deeds)
        return "\n".join((f"{self.document} {dict(self.settings)}", *lines))


def decide(facts: WorkshopFacts, document: str) -> dict[str, Decision]:
    """By reference."""
    return {decision.booking_id: decision for decision in assess_workshop(facts, policy_of(document), AS_OF)}


def policy_of(document: str) -> Policy:
    """The flyer's, or one of another provider."""
    return load_policy(FLYER) if document == FLYER_ID else load(document)


class _Telling:
    """Collects the facts, with who is who left open until all is told."""

    def __init__(self, history: History) -> None:
        settings = dict(history.settings)
        self.story = Story(
            is_closed=settings.pop("is_closed", True),
            is_read_after=settings.pop("is_read_after", True),
            settings=settings,
        )
        self.faces: dict[str, Face] = {}
        self.elsewhere: list[tuple[str, School, datetime]] = []
        self.erased: set[Face] = set()
        for deed in history.deeds:
            getattr(self, f"_{deed.kind}")(deed.ref, deed.at, **deed.words)

    def facts(self) -> WorkshopFacts:
        """With everybody's identity."""
        told = self.story.facts()
        recorded, book = meet(self.faces, self.erased)
        ended = {recorded[b.id] for b in told.bookings if b.observations[-1].presence is not Presence.ACTIVE}
        sought = book.ids_alike(ended)
        others = [
            OtherBooking(
                book.person_id(recorded[ref]), book.name_id(recorded[ref], None), school.confirmed, "901", created_at
            )
            for ref, school, created_at in self.elsewhere
            if recorded[ref] in sought
        ]
        return replace(
            told,
            bookings=tuple(self._known_booking(booking, recorded, book) for booking in told.bookings),
            walk_ins=tuple(self._known_walk_in(walk_in, recorded, book) for walk_in in told.walk_ins),
            other_bookings=tuple(others),
        )

    def _known_booking(self, booking: Booking, recorded: Mapping[str, int], book: PersonBook) -> Booking:
        number = recorded[booking.id]
        return replace(
            booking,
            person_id=book.person_id(number),
            name_id=book.name_id(number, None),
            email_id=book.email_id(number),
            alike_ids=book.alike_ids(number),
            is_erased=self.faces[booking.id] in self.erased,
        )

    def _known_walk_in(self, walk_in: WalkIn, recorded: Mapping[str, int], book: PersonBook) -> WalkIn:
        number, ref = recorded[walk_in.reference], walk_in.reference
        name_id = book.name_id(number, None)
        return replace(
            walk_in, person_id=book.person_id(number), name_id=name_id, is_erased=self.faces[ref] in self.erased
        )

    # --- what is read

    def _book(self, ref: str, at: datetime, *, face: Face, school: School, order: str, **fields: Any) -> None:  # noqa: ANN401 - of Booking
        self.faces[ref] = face
        first = dict(fields.pop("first", {}))
        self.story.book(ref, at, order_id=order, school_id=school.confirmed, school_keys=school.keys, **fields)
        self.story.observations[ref].clear()
        self._observe(ref, first.pop("received_at", at), **first)

    def _observe(
        self,
        ref: str,
        at: datetime,
        *,
        presence: Presence = Presence.ACTIVE,
        stamp: datetime | None = None,
        barcode: BarcodeStatus = BarcodeStatus.UNKNOWN,
        checked_in: bool = False,
        status_known: bool = True,
    ) -> None:
        if presence in (Presence.VANISHED, Presence.UNREADABLE):
            self.story.observe(ref, at, presence)
            return
        stamps = {"changed_at": stamp, "barcode_changed_at": stamp if barcode is BarcodeStatus.REFUNDED else None}
        seen = {"barcode_status": barcode, "checked_in": checked_in, "status_known": status_known}
        self.story.observe(ref, at, presence, **seen, **stamps)

    def _sight(self, _ref: str, at: datetime) -> None:
        self.story.sight(at)

    def _elsewhere(self, ref: str, at: datetime, *, face: Face, school: School) -> None:
        self.faces[ref] = face
        self.elsewhere.append((ref, school, at))

    def _move(self, _ref: str, at: datetime, *, starts_at: datetime, hours: int = 5) -> None:
        self.story.move(starts_at, at, hours)

    def _declare(self, _ref: str, at: datetime, *, withdrawn_between: tuple[datetime, datetime] | None) -> None:
        self.story.dates[0] = replace(self.story.dates[0], declared_at=at, withdrawn_between=withdrawn_between)

    def _eventbrite_says(self, _ref: str, at: datetime, *, off: bool, seen_at: datetime | None) -> None:
        said = called_off(self.story.next_id(), off=off, last_going_ahead_at=seen_at)
        self.story.settings["eventbrite_statement"] = replace(said, recorded_at=at)

    # --- what people record

    def _hub_says(self, _ref: str, at: datetime, *, off: bool) -> None:
        self.story.settings["hub_statement"] = replace(called_off(self.story.next_id(), off=off), recorded_at=at)

    def _mark(self, ref: str, at: datetime, **words: Any) -> None:  # noqa: ANN401 - of AttendanceMark
        self.story.marks.append(
            AttendanceMark(self.story.next_id(), ref, words["mark"], at, words.get("is_contested", False))
        )

    def _walk_in(self, ref: str, at: datetime, *, name: str, school: School, **words: Any) -> None:  # noqa: ANN401 - of WalkIn
        self.faces[ref] = Face(name)
        number = self.story.next_id()
        self.story.walk_ins.append(WalkIn(number, ref, 0, None, at, school.confirmed, school.keys, **words))

    def _link(self, ref: str, _at: datetime, *, substitute: str) -> None:
        self.story.links.append(SubstituteLink(self.story.next_id(), substitute, ref))

    def _notice(self, ref: str, at: datetime, **words: Any) -> None:  # noqa: ANN401 - of Notice
        self.story.notices.append(Notice(self.story.next_id(), recorded_at=at, booking_id=ref or None, **words))

    def _claim(self, ref: str, at: datetime, **words: Any) -> None:  # noqa: ANN401 - of Exemption
        self.story.exemptions.append(Exemption(self.story.next_id(), recorded_at=at, booking_id=ref or None, **words))

    def _answer(self, ref: str, _at: datetime, **words: Any) -> None:  # noqa: ANN401 - of Answer
        self.story.answer(ref, words["question"], words["word"])

    def _erase(self, ref: str, _at: datetime) -> None:
        self.story.next_id()
        self.erased.add(self.faces[ref])


def meet(faces: Mapping[str, Face], erased: Iterable[Face]) -> tuple[dict[str, int], PersonBook]:
    """Everybody's number as first recorded, and the book of who is who: as the program does it."""
    gone = set(erased)
    recorded: dict[str, int] = {}
    seen: dict[Face, int] = {}
    names: dict[str, int] = {}
    emails: dict[str, int] = {}
    known: list[KnownPerson] = []
    for number, (ref, face) in enumerate(faces.items(), 1):
        if face.email and face in seen:
            recorded[ref] = seen[face]
            continue
        recorded[ref] = seen[face] = number
        name_id = names.setdefault(face.name, number) if face.name else None
        email_id = emails.setdefault(face.email, number) if face.email else None
        alike = {
            one for other, one in seen.items() if face.email == other.email and may_be_one_name(face.name, other.name)
        }
        alike_ids = frozenset(alike - {number}) if face.email else frozenset()
        known.append(KnownPerson(number, name_id, email_id, "" if face in gone else face.name, alike_ids))
    return recorded, build_person_book(known)


def persons(facts: WorkshopFacts) -> dict[str, frozenset[str]]:
    """For each booking all that the rules take for the same person's; an unnamed seat is nobody's but its own."""
    rows = [(b.id, b.person_id, b.name_id, b.school_id, b.order_id) for b in facts.bookings if b.is_place]
    seats = Counter((order, person) for _, person, _, _, order in rows)
    told_apart = [row[:4] for row in rows if seats[row[4], row[1]] == 1]
    told_apart += [(w.reference, w.person_id, w.name_id, w.school_id) for w in facts.walk_ins]
    groups: dict[str, set[str]] = {row[0]: {row[0]} for row in rows}
    by_key: dict[object, str] = {}
    for ref, person_id, name_id, school_id in told_apart:
        groups.setdefault(ref, {ref})
        for key in (person_id, (name_id, school_id)):
            if key != person_id and None in (name_id, school_id):
                continue
            merged = groups[ref] | groups[by_key.setdefault(key, ref)]
            for each in merged:
                groups[each] = merged
    return {ref: frozenset(group) for ref, group in groups.items()}


def circles(facts: WorkshopFacts) -> list[frozenset[str]]:
    """The bookings of everybody with those of whoever perhaps is the same: by name, or by address and a word of it."""
    rows = {
        b.id: {b.person_id, *b.alike_ids, *([] if b.name_id is None else [f"name {b.name_id}"])} for b in facts.bookings
    }
    left = {**rows}
    for ref, group in persons(facts).items():
        for each in group & left.keys():
            left[each] = left[each] | left.get(ref, set())
    found: list[tuple[set[str], set[object]]] = []
    for ref, keys in left.items():
        near = [circle for circle in found if circle[1] & keys]
        found = [circle for circle in found if circle not in near]
        refs = {ref}.union(*(refs for refs, _ in near))
        found.append((refs, set(keys).union(*(known for _, known in near))))
    return [frozenset(refs) for refs, _ in found]


def cost(decisions: Mapping[str, Decision], refs: Iterable[str]) -> int:
    """What these places cost together."""
    return sum(decisions[ref].amount_pence for ref in refs if ref in decisions)


def billed(facts: WorkshopFacts, decisions: Mapping[str, Decision], refs: Iterable[str]) -> int:
    """What of that is billed: a place whose school nobody confirmed never is."""
    known = {booking.id for booking in facts.bookings if booking.school_id is not None}
    return cost(decisions, known & set(refs))


AFTERWARDS = ENDS_AT.replace(hour=20)
"""When people record what happened."""

"""What leads record on a register, as facts to be recorded; refused where it cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from rapidfuzz import fuzz, process

from eb_sync.errors import DoubtError, PartialError, UsageError
from eb_sync.model.facts import AttendanceMarked, RegisterClosed, RegisterReopened, SubstituteCame, WalkInCame
from eb_sync.model.names import normalise_name
from eb_sync.model.readings import Profile
from eb_sync.store.people import assign_persons, assign_typed_schools, record_profiles
from eb_sync.store.series import WALK_IN, ensure_hub, take_numbers
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.find import find_bookings, find_school_key, find_workshop
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.labels import read_teachers, school_names, shown_school
from eb_sync.workshops.places import walk_in_school
from eb_sync.workshops.snapshot import Snapshot, with_school
from policies.facts import Mark
from policies.parameters import Policy
from policies.place import CAME
from policies.places import build_places, expected_bookings, is_checked_in

_NEARLY = 85
"""How like a known school's name, out of 100, another one may be without being asked about."""


@dataclass(frozen=True, slots=True)
class OpenRegister:
    """A workshop's register as it is marked: who is on it, under which names."""

    judged: Judged
    teachers: dict[str, tuple[str, str]]
    snapshot: Snapshot

    @property
    def workshop(self) -> Workshop:
        """The workshop."""
        return self.judged.workshop

    @property
    def school_ids(self) -> dict[str, str | None]:
        """The confirmed school of each booking and walk-in; None where none is."""
        facts = self.judged.facts
        walk_ins = {walk_in.reference: walk_in.school_id for walk_in in facts.walk_ins}
        return {booking.id: booking.school_id for booking in facts.bookings} | walk_ins

    @property
    def references(self) -> list[str]:
        """All bookings of the event and walk-ins of the workshop."""
        return [*self.judged.newest(), *(walk_in.reference for walk_in in self.judged.facts.walk_ins)]

    def find(self, texts: Sequence[str]) -> list[str]:
        """The references meant; UsageError for what is unknown or ambiguous."""
        return find_bookings(self.references, self.teachers, texts)

    def teacher(self, reference: str) -> str:
        """The name on a place; empty where there is none, or none any more."""
        return self.teachers.get(reference, ("", ""))[0]

    def schools(self, reference: str) -> tuple[str, ...]:
        """All that a register may have called the school of a place; none where none is known."""
        return school_names(self.snapshot, self.judged, reference)

    def school(self, reference: str) -> str:
        """What the register calls the school of a place; empty where it is not known."""
        return shown_school(self.snapshot, self.judged, reference)

    def marks(self) -> dict[str, Mark]:
        """The newest mark of each place; places never marked, or marked unmarked, are left out."""
        newest = {mark.booking_id: mark.mark for mark in self.judged.facts.marks if not mark.is_contested}
        return {booking_id: mark for booking_id, mark in newest.items() if mark is not Mark.UNMARKED}

    def seen_without_mark(self) -> set[str]:
        """Bookings of which it is known without a mark that somebody came.

        By a check-in, on single-day events only, or because they are said to have come in a colleague's place.
        """
        facts = self.judged.facts
        stand_ins = {link.substitute_id for link in facts.links}
        return stand_ins | {booking.id for booking in facts.bookings if is_checked_in(facts, booking)}


def find_register(connection: sa.Connection, snapshot: Snapshot, typed: str) -> OpenRegister:
    """The register of the workshop that is typed.

    Raises:
        UsageError: no workshop, or several, answer to it.
    """
    judged = next(judge_workshops(connection, snapshot, [find_workshop(snapshot.workshops, typed)]))
    return OpenRegister(judged, read_teachers(connection, snapshot, judged.newest()), snapshot)


def build_marks(register: OpenRegister, now: datetime, bookings: Sequence[str], mark: Mark) -> list[AttendanceMarked]:
    """Marks for some places; accepted on a closed register too.

    Raises:
        UsageError: before the workshop, an unknown booking, or a walk-in said not to have been there.
    """
    check_begun(register.workshop, now, "marked")
    references = register.find(bookings)
    walk_ins = {walk_in.reference for walk_in in register.judged.facts.walk_ins}
    for reference in references:
        if reference in walk_ins and mark not in CAME:
            raise UsageError(f"{reference} is on the register because somebody came; if nobody did, retract that fact.")
    return [AttendanceMarked(register.workshop.id, reference, mark) for reference in references]


def find_arrivals(register: OpenRegister, references: Iterable[str]) -> list[str]:
    """Of these bookings those made at or after the start: no places, but somebody may have come by them."""
    facts = register.judged.facts
    late = {booking.id for booking in facts.bookings if booking.created_at >= facts.dates[-1].starts_at}
    return [reference for reference in references if reference in late]


def find_no_places(register: OpenRegister, policy: Policy, references: Iterable[str]) -> list[str]:
    """Of these bookings those that are no places here: of another ticket class, or a guest's."""
    places = {place.id for place in build_places(register.judged.facts, policy) if not place.is_no_seat}
    return [reference for reference in references if reference not in places]


@dataclass(frozen=True, slots=True)
class NewWalkIn:
    """A walk-in as typed."""

    name: str
    school: str
    replaces: str | None
    is_accepted: bool = False
    """Whether the hub accepts them for that teacher though their schools are two."""
    is_sure: bool = False
    """Whether it is meant, though it looks like a mistake."""


def record_walk_in(
    connection: sa.Connection, snapshot: Snapshot, register: OpenRegister, walk_in: NewWalkIn
) -> WalkInCame:
    """Put a walk-in's name into the people tables; gives the fact that somebody came.

    Raises:
        DoubtError: the school is nearly a known one, or the same person walked in before, or somebody else came for
            that teacher.
        UsageError: the register is closed, the workshop has not begun, or a word is unknown or empty.
    """
    workshop, now, snapshot = register.workshop, snapshot.as_of, with_school(connection, snapshot, walk_in.school)
    check_begun(workshop, now, "recorded as a walk-in")
    check_open(workshop)
    if not normalise_name(walk_in.name) or not normalise_name(walk_in.school):
        raise UsageError("A walk-in needs a name and a school.")
    replaces = register.find([walk_in.replaces])[0] if walk_in.replaces else None
    school_key = _walk_in_school_key(snapshot, walk_in)
    if not walk_in.is_sure:
        _check_new(register, walk_in.name, school_key)
        _check_not_replaced(register, replaces)
    ensure_hub(connection, snapshot.hub_id)
    reference = f"W{take_numbers(connection, snapshot.hub_id, WALK_IN)[0]}"
    typed = " ".join(walk_in.school.split())
    profile = Profile(name=" ".join(walk_in.name.split()), email="", school=typed if school_key[:5] == "name:" else "")
    person_id, name_id = assign_persons(connection, snapshot.hub_id, [profile])[0]
    record_profiles(connection, snapshot.hub_id, now, [(reference, person_id, profile)])
    assign_typed_schools(connection, snapshot.hub_id, [profile])  # the name as typed; the fact has a key of it
    came = WalkInCame(workshop.id, reference, person_id, name_id, school_key, replaces, walk_in.is_accepted)
    if replaces is not None and not walk_in.is_accepted:
        school_id = walk_in_school(snapshot.school_book, came, workshop.local_on)
        _check_one_school(snapshot, register, school_id, replaces)
    return came


def _walk_in_school_key(snapshot: Snapshot, walk_in: NewWalkIn) -> str:
    """The key of a known school, else of the name as typed: a walk-in may come from anywhere."""
    typed = snapshot.typed_schools.values()
    try:
        return find_school_key(snapshot.school_book, typed, walk_in.school)
    except UsageError:
        key = normalise_name(walk_in.school)
    called = [*(each.name for each in snapshot.school_book.schools.values()), *(each.name for each in typed)]
    names = {normalise_name(name): name for name in called if name}
    near = process.extract(key, names.keys(), scorer=fuzz.ratio, score_cutoff=_NEARLY, limit=3)
    if near and not walk_in.is_sure:
        meant = ", ".join(names[name] for name, _, _ in near)
        raise DoubtError(f"No school is called {walk_in.school}. Did you mean: {meant}?")
    return f"name:{key}"


def _check_new(register: OpenRegister, name: str, school_key: str) -> None:
    """DoubtError where somebody of that name and school is on the register as a walk-in already."""
    for walk_in in register.judged.facts.walk_ins:
        same = normalise_name(register.teacher(walk_in.reference)) == normalise_name(name)
        if same and school_key in walk_in.school_keys:
            raise DoubtError(f"Somebody of that name and school is on the register already, as {walk_in.reference}.")


def _check_not_replaced(register: OpenRegister, replaces: str | None) -> None:
    """DoubtError where somebody else is said to have come for that teacher: one place has one substitute."""
    facts = register.judged.facts
    came = [link.substitute_id for link in facts.links if link.replaces == replaces]
    came += [walk_in.reference for walk_in in facts.walk_ins if walk_in.replaces == replaces]
    if replaces is not None and came:
        raise DoubtError(f"{', '.join(came)} is recorded as having come for {replaces} already.")


def build_substitute(
    register: OpenRegister,
    snapshot: Snapshot,
    substitute: str,
    replaces: str,
    *,
    is_accepted: bool,
    is_sure: bool = False,
) -> SubstituteCame:
    """A colleague with a booking of their own came for somebody else.

    Raises:
        DoubtError: somebody else came for that teacher already.
        UsageError: before the workshop, an unknown booking, both are the same, or their schools are two, the policy
            wants one, and the hub does not accept it.
    """
    check_begun(register.workshop, snapshot.as_of, "recorded as a substitute")
    who, whom = register.find([substitute])[0], register.find([replaces])[0]
    if who == whom:
        raise UsageError(f"{who} cannot replace itself.")
    if not is_sure:
        _check_not_replaced(register, whom)
    if not is_accepted:
        _check_one_school(snapshot, register, register.school_ids[who], whom)
    return SubstituteCame(register.workshop.id, who, whom, is_accepted)


def _check_one_school(snapshot: Snapshot, register: OpenRegister, school_id: str | None, replaces: str) -> None:
    """UsageError where a colleague of another confirmed school came and the policy wants one of the same."""
    other_id = register.school_ids[replaces]
    if school_id is None or other_id is None or school_id == other_id:
        return
    workshop = register.workshop
    booked = (booking.created_at for booking in register.judged.facts.bookings if booking.id == replaces)
    booked_on = next(booked, workshop.starts_at).astimezone(workshop.zone).date()
    terms = snapshot.terms.policy_for(workshop).version_on(booked_on)
    if terms is None or terms.substitutes.value != "same school":
        return
    book = snapshot.school_book
    raise UsageError(
        f"{replaces} is of {book.school(other_id).name}, and the substitute is of {book.school(school_id).name}; the "
        "policy takes colleagues of the same school only. If the hub accepts it all the same: --accept."
    )


@dataclass(frozen=True, slots=True)
class Closing:
    """How the expected places that nobody marked are to be taken."""

    rest: Mark | None = None
    """Mark them so; None: they must all be marked."""
    nobody_came: bool = False


def build_closing(
    register: OpenRegister, snapshot: Snapshot, closing: Closing
) -> list[AttendanceMarked | RegisterClosed]:
    """Marks for the rest, and the register closed.

    Raises:
        UsageError: before the start, called off, days unknown, closed already, or no attendance at all.
        PartialError: expected places are unmarked; names them, and the register stays open.
    """
    workshop, now = register.workshop, snapshot.as_of
    check_begun(workshop, now, "closed")
    if workshop.closed_at is not None:
        raise UsageError(f"The register of {workshop.id} is closed already; `ebsync attendance reopen` opens it.")
    open_places = expected_bookings(register.judged.facts, snapshot.terms.policy_for(workshop))
    marks = register.marks()
    came = {reference for reference, mark in marks.items() if mark in CAME} | register.seen_without_mark()
    came |= {walk_in.reference for walk_in in register.judged.facts.walk_ins}
    if not closing.nobody_came:
        if not came and (closing.rest is Mark.ABSENT or not marks) and closing.rest is not Mark.PRESENT:
            raise UsageError(
                f"Nobody is marked as having come to {workshop.id}. If that is so, say --nobody-came: "
                "every expected place will then be marked absent."
            )
        if open_places and closing.rest is None:
            raise PartialError(
                f"The register of {workshop.id} stays open: not marked yet are {', '.join(open_places)}. "
                "Mark them, or say --rest-absent or --rest-present."
            )
    rest = Mark.ABSENT if closing.nobody_came else closing.rest
    if closing.nobody_came and came:
        raise UsageError(f"--nobody-came contradicts the register: {', '.join(sorted(came))} came.")
    marked = [AttendanceMarked(workshop.id, reference, rest) for reference in open_places if rest is not None]
    return [*marked, RegisterClosed(workshop.id)]


@dataclass(frozen=True, slots=True)
class MarkedPlace:
    """A place that was marked with others, without being named."""

    booking_id: str
    teacher: str
    """Empty where there is no name, or none any more."""
    school: str
    """Empty where it is not known."""
    attendance: Mark


def list_marked(register: OpenRegister, facts: Iterable[object]) -> list[MarkedPlace]:
    """Whom these facts mark, by school and then name as on the register."""
    marks = [fact for fact in facts if isinstance(fact, AttendanceMarked)]
    places = [
        MarkedPlace(
            mark.booking_id,
            register.teacher(mark.booking_id),
            register.school(mark.booking_id),
            mark.mark,
        )
        for mark in marks
    ]
    return sorted(places, key=lambda place: (place.school.casefold(), place.teacher.casefold(), place.booking_id))


def build_reopening(workshop: Workshop) -> list[RegisterReopened]:
    """The register open again.

    Raises:
        UsageError: it is not closed.
    """
    if workshop.closed_at is None:
        raise UsageError(f"The register of {workshop.id} is open.")
    return [RegisterReopened(workshop.id)]


def check_begun(workshop: Workshop, now: datetime, what: str) -> None:
    """UsageError before the workshop, or if there is none; `what` as in "nothing can be marked"."""
    if workshop.is_called_off:
        raise UsageError(f"{workshop.id} was called off; nothing can be {what}.")
    if not workshop.dates_known:
        raise UsageError(
            f"The date of {workshop.id} is not known: declare it with `ebsync workgroup dates`, or name it with "
            "`ebsync workshop move`."
        )
    if now < workshop.starts_at:
        raise UsageError(f"{workshop.id} has not begun; nothing can be {what} before its start.")


def check_open(workshop: Workshop) -> None:
    """UsageError if the register is closed; names the command that opens it."""
    if workshop.closed_at is not None:
        raise UsageError(
            f"The register of {workshop.id} is closed; `ebsync attendance reopen {workshop.id}` opens it again."
        )

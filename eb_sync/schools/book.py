"""Which school a booking is from: what a person confirmed, or the register proves; nothing is guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.facts import Fact, PayerSet, SchoolAdded, SchoolConfirmed, facts_of
from eb_sync.model.gias import RegisteredSchool
from eb_sync.model.names import normalise_name, postcode_key
from eb_sync.schools.evidence import compare_words, confirm_by_rule, is_denied, telling_words
from eb_sync.schools.gias import RegisterView


class Source(StrEnum):
    """Where what is known of a school comes from."""

    ADDED = "added"
    """Entered by a person."""
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class School:
    """A school or other payer: entered by a person, or as the official register has it."""

    id: str
    """The URN, else `P1`, `P2`, ..."""
    urn: str | None
    name: str
    address: tuple[str, ...]
    postcode: str
    email: str | None
    po_number: str | None
    source: Source = Source.ADDED


@dataclass(frozen=True)
class SchoolBook:
    """All schools known at some `as_of`, and what was confirmed about typed names and bookings."""

    schools: dict[str, School]
    """Those entered by hand, and those of the register that may matter to what was typed."""
    by_booking: dict[str, str]
    by_typed_name: dict[str, str]
    urns_of_name: dict[str, set[str]] = field(default_factory=dict)
    """For each normalised typed name, the URNs typed with it."""
    register: RegisterView = field(default_factory=RegisterView)
    payers: dict[str, PayerSet] = field(default_factory=dict)
    """What was said last about who pays, by school or trust; newest last."""
    ever_confirmed: dict[str, set[str]] = field(default_factory=dict)
    """All schools that a booking (by reference) or a normalised typed name was ever confirmed as."""
    _by_rule: dict[tuple[TypedSchool, date | None], str | None] = field(default_factory=dict, compare=False)

    def identify(self, booking_id: str, typed: TypedSchool | None, on: date | None = None) -> str | None:
        """The confirmed school of a booking; None while it is not confirmed.

        In this order: the booking itself was confirmed by a person; its typed name was, and no other URN was typed with
        it; a school was added under the typed URN and the names do not contradict each other; the register proves it
        (see `identity`); a school was added under exactly the typed name, the only one of that name, and no URN was
        typed. Of successive numbers of one school the one valid on the day `on` counts; without a day the confirmed.
        """
        confirmed = self._confirmed(booking_id, typed, on)
        if confirmed is None or on is None:
            return confirmed
        valid = self.register.valid_on(confirmed, on)
        if valid is None or self.register.was_open(valid, on) or booking_id in self.by_booking:
            return valid
        return None  # nobody books for a school that is not there: a person has to say who it is

    def _confirmed(self, booking_id: str, typed: TypedSchool | None, on: date | None) -> str | None:
        if booking_id in self.by_booking:
            return self.by_booking[booking_id]
        if typed is None:
            return None
        if (typed, on) not in self._by_rule:
            self._by_rule[typed, on] = self._find(typed, on)
        return self._by_rule[typed, on]

    def _find(self, typed: TypedSchool, on: date | None) -> str | None:
        proved = confirm_by_rule(typed, self.register, on)
        alias = self.by_typed_name.get(typed.name_key)
        if alias is not None and self._urn_agrees(typed, self.school(alias), on):
            # one name may be two schools': whose number, postcode or website was typed is not confirmed as the other
            is_other = proved is not None and not self.register.are_one(proved.urn, alias, on)
            return None if is_other or is_denied(typed, self.register, alias, on) else alias
        added = self._added(typed)
        if added is not None:
            return None if is_denied(typed, self.register, added.id, on) else added.id
        return None if proved is None else proved.urn

    def _added(self, typed: TypedSchool) -> School | None:
        """The school entered by hand under the typed URN, if it may well be called so; without a URN the namesake."""
        if typed.urn:
            found = self.schools.get(typed.urn)
            return found if found is not None and found.source is Source.ADDED and _is_plausible(typed, found) else None
        same_name = self.named(typed.name_key)
        if len(same_name) != 1 or same_name[0].source is not Source.ADDED:
            return None
        is_elsewhere = typed.postcode not in ("", postcode_key(same_name[0].postcode))
        return None if is_elsewhere else same_name[0]

    def school(self, school_id: str) -> School:
        """What is known of a confirmed school; of a number that only links name, what is known of the school's others.

        Raises:
            KeyError: nothing is known of it.
        """
        if school_id in self.schools:
            return self.schools[school_id]
        for other in sorted(self.register.relatives(school_id), reverse=True):
            if other in self.schools:
                return replace(self.schools[other], id=school_id, urn=school_id)
        raise KeyError(school_id)

    def relatives(self, school_id: str | None, on: date) -> frozenset[str]:
        """All numbers under which a school was or is known, that were the same school by this day."""
        if school_id is None:
            return frozenset()
        relatives = self.register.relatives(school_id)
        return frozenset(other for other in relatives if self.register.are_one(school_id, other, on))

    def now_known_as(self, school_id: str) -> str:
        """The school that one entered by hand without a number turned out to be: the one its name was confirmed as."""
        school = self.schools[school_id]
        if school.urn is not None:
            return school_id
        return self.by_typed_name.get(normalise_name(school.name), school_id)

    def named(self, name_key: str) -> list[School]:
        """Schools of exactly this normalised name, by id; nothing for an empty one."""
        found = [school for school in self.schools.values() if normalise_name(school.name) == name_key]
        return sorted(found, key=lambda school: school.id) if name_key else []

    def keys(self, booking_id: str, typed: TypedSchool | None) -> frozenset[str]:
        """All keys under which facts about the booking's school may have been recorded, under earlier numbers too.

        What was recorded about a school entered by hand goes on to count when its name turns out to be a registered
        school's: that never costs anybody anything.
        """
        school_id = self.identify(booking_id, typed)
        typed_urn = "" if typed is None else typed.urn
        ids = {school_id or "", typed_urn, *self.ever_confirmed.get(booking_id, ())} - {""}
        name_key = "" if typed is None else typed.name_key
        if name_key:
            ids |= self.ever_confirmed.get(name_key, set())
            ids |= {school.id for school in self.named(name_key) if school.source is Source.ADDED}
        keys = {f"id:{relative}" for each in ids for relative in self.register.relatives(each)}
        return frozenset(keys | {f"name:{name_key}"} if name_key else keys)

    def _urn_agrees(self, typed: TypedSchool, school: School, on: date | None) -> bool:
        if not typed.urn or (school.urn is not None and self.register.are_one(typed.urn, school.urn, on)):
            return True
        if self.register.school(typed.urn) is not None:
            return False  # a registered school's number weighs more than a name that somebody else once typed
        if self.register.is_loaded and typed.urn not in self.schools and not self.register.knows(typed.urn):
            return True  # no school has that number: it says nothing
        # a payer without a URN cannot contradict the one typed, unless several schools share the name
        return school.urn is None and len(self.urns_of_name.get(typed.name_key, ())) <= 1


def build_school_book(
    facts: Sequence[Fact], typed: Iterable[TypedSchool], register: RegisterView | None = None
) -> SchoolBook:
    """The schools as facts tell, newest last, and as the register has them."""
    view = RegisterView() if register is None else register
    schools = {urn: _of_register(school) for urn, school in view.schools.items()}
    schools |= {
        added.school_id: School(
            added.school_id, added.urn, added.name, added.address, added.postcode, added.email, added.po_number
        )
        for _, added in facts_of(facts, SchoolAdded)
    }
    by_booking: dict[str, str] = {}
    by_typed_name: dict[str, str] = {}
    ever: dict[str, set[str]] = defaultdict(set)
    for _, confirmed in facts_of(facts, SchoolConfirmed):
        about = by_typed_name if confirmed.booking_id is None else by_booking
        key = confirmed.name_key if confirmed.booking_id is None else confirmed.booking_id
        if key is None:
            continue
        if confirmed.school_id in schools:
            about[key] = confirmed.school_id
            ever[key].add(confirmed.school_id)
        else:
            about.pop(key, None)  # the school itself was withdrawn; an answer given before it does not come back
    urns: dict[str, set[str]] = defaultdict(set)
    for entry in typed:
        if entry.urn:
            urns[entry.name_key].add(entry.urn)
    payers: dict[str, PayerSet] = {}
    for _, said in facts_of(facts, PayerSet):
        payers.pop(said.payer_id, None)
        payers[said.payer_id] = said
    return SchoolBook(schools, by_booking, by_typed_name, dict(urns), view, payers, dict(ever))


def _of_register(school: RegisteredSchool) -> School:
    return School(school.urn, school.urn, school.name, school.address, school.postcode, None, None, Source.REGISTER)


def _is_plausible(typed: TypedSchool, school: School) -> bool:
    """Whether a school entered by hand may well be called what was typed; without a name its number counts."""
    if not typed.name_key or typed.name_key == normalise_name(school.name):
        return True
    return compare_words(typed.name, school.name, telling_words((school.name, *school.address))).is_plausible

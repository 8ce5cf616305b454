"""Which school a booking is from: only what a person confirmed counts, nothing is guessed."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.facts import Fact, SchoolAdded, SchoolConfirmed, facts_of
from eb_sync.model.names import normalise_name

_SAYS_LITTLE = frozenset(
    """
    school schools primary secondary infant infants junior nursery academy college community high first middle
    church of england c e ce cofe rc catholic voluntary aided controlled va vc the and st saint s
    """.split()  # noqa: SIM905 - a list of words reads better as text
)


@dataclass(frozen=True, slots=True)
class School:
    """A school or other payer that a person entered."""

    id: str
    """The URN, else `P1`, `P2`, ..."""
    urn: str | None
    name: str
    address: tuple[str, ...]
    postcode: str
    email: str | None
    po_number: str | None


@dataclass(frozen=True, slots=True)
class SchoolBook:
    """All schools known at some `as_of`, and what was confirmed about typed names and bookings."""

    schools: dict[str, School]
    by_booking: dict[str, str]
    by_typed_name: dict[str, str]
    urns_of_name: dict[str, set[str]] = field(default_factory=dict)
    """For each normalised typed name, the URNs typed with it."""

    def identify(self, booking_id: str, typed: TypedSchool | None) -> str | None:
        """The confirmed school of a booking; None while nobody confirmed one.

        In this order: the booking itself was confirmed; its typed name was, and no other URN was typed with it; a
        school was added under the typed URN and the names do not contradict each other; a school was added under
        exactly the typed name, the only one of that name, and no URN was typed.
        """
        if booking_id in self.by_booking:
            return self.by_booking[booking_id]
        if typed is None:
            return None
        confirmed = self.by_typed_name.get(typed.name_key)
        if confirmed is not None and self._urn_agrees(typed, self.schools[confirmed]):
            return confirmed
        if typed.urn:
            school = self.schools.get(typed.urn)
            return school.id if school is not None and is_plausible(typed.name_key, school.name) else None
        same_name = self.named(typed.name_key)
        return same_name[0].id if len(same_name) == 1 else None

    def named(self, name_key: str) -> list[School]:
        """Schools of exactly this normalised name, by id; nothing for an empty one."""
        found = [school for school in self.schools.values() if normalise_name(school.name) == name_key]
        return sorted(found, key=lambda school: school.id) if name_key else []

    def keys(self, booking_id: str, typed: TypedSchool | None) -> frozenset[str]:
        """All keys under which facts about the booking's school may have been recorded."""
        school_id = self.identify(booking_id, typed)
        keys = set() if school_id is None else {f"id:{school_id}"}
        if typed is not None:
            if school_id is None and typed.urn:
                keys.add(f"id:{typed.urn}")
            if typed.name_key:
                keys.add(f"name:{typed.name_key}")
        return frozenset(keys)

    def _urn_agrees(self, typed: TypedSchool, school: School) -> bool:
        if not typed.urn or typed.urn == school.urn:
            return True
        # a payer without a URN cannot contradict the one typed, unless several schools share the name
        return school.urn is None and len(self.urns_of_name.get(typed.name_key, ())) <= 1


def build_school_book(facts: Sequence[Fact], typed: Iterable[TypedSchool]) -> SchoolBook:
    """The schools as facts tell, newest last."""
    schools = {
        added.school_id: School(
            added.school_id, added.urn, added.name, added.address, added.postcode, added.email, added.po_number
        )
        for _, added in facts_of(facts, SchoolAdded)
    }
    by_booking: dict[str, str] = {}
    by_typed_name: dict[str, str] = {}
    for _, confirmed in facts_of(facts, SchoolConfirmed):
        if confirmed.school_id not in schools:
            continue  # the school itself was withdrawn
        if confirmed.booking_id is not None:
            by_booking[confirmed.booking_id] = confirmed.school_id
        elif confirmed.name_key is not None:
            by_typed_name[confirmed.name_key] = confirmed.school_id
    urns: dict[str, set[str]] = defaultdict(set)
    for entry in typed:
        if entry.urn:
            urns[entry.name_key].add(entry.urn)
    return SchoolBook(schools, by_booking, by_typed_name, dict(urns))


@functools.lru_cache(maxsize=100_000)
def is_plausible(name_key: str, school_name: str) -> bool:
    """Whether a typed name may well mean a school of this name: nothing typed, or a telling word in common."""
    typed = set(name_key.split())
    known = set(normalise_name(school_name).split())
    return not typed or name_key == normalise_name(school_name) or bool((typed & known) - _SAYS_LITTLE)

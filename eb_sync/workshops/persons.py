"""Who is the same person as whom, and who perhaps is: resolved when it is read, for no fact is ever rewritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from eb_sync.store.people import KnownPerson, read_persons, read_persons_named


@dataclass(frozen=True, slots=True)
class PersonBook:
    """Persons by the ids that observations and facts recorded; whom it does not know is nobody but themselves.

    An erasure blanks names and addresses, and the ids that stand for them stay: whoever was the same person still is.
    """

    known: Mapping[int, KnownPerson] = field(default_factory=dict)
    by_name_and_email: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """The lowest id of a person by the ids of name and address."""
    by_email: Mapping[int, tuple[KnownPerson, ...]] = field(default_factory=dict)
    """Persons by the id of their address."""

    def person_id(self, recorded_id: int) -> int:
        """The lowest id of a person with the same name and the same address; their own without either."""
        person = self.known.get(recorded_id)
        if person is None or person.name_id is None or person.email_id is None:
            return recorded_id
        return self.by_name_and_email[person.name_id, person.email_id]

    def name_id(self, person_id: int, recorded_id: int | None) -> int | None:
        """The id of a person's name, the same for all who have it; None without a name."""
        person = self.known.get(person_id)
        return recorded_id if person is None else person.name_id

    def is_named(self, person_id: int) -> bool:
        """Whether their name is held: they have one, and it was not erased."""
        person = self.known.get(person_id)
        return person is not None and person.name_key != ""

    def is_one_of(self, person_id: int, listed_ids: Iterable[int]) -> bool:
        """Whether they are one of these persons."""
        return self.person_id(person_id) in {self.person_id(listed_id) for listed_id in listed_ids}

    def email_id(self, person_id: int) -> int | None:
        """The id of a person's address, the same for all who have it; None without one."""
        person = self.known.get(person_id)
        return None if person is None else person.email_id

    def alike_ids(self, person_id: int) -> frozenset[int]:
        """Other persons with the same address whose names share a telling word, or of whom one has no name.

        That was found out when they were first seen, so that it is still known when names are erased.
        """
        person = self.known.get(person_id)
        if person is None or person.email_id is None:
            return frozenset()
        this, beside = self.person_id(person_id), self.by_email[person.email_id]
        own = [one for one in beside if self.person_id(one.id) == this]
        alike = {other_id for one in own for other_id in one.alike_ids}
        alike |= {other.id for other in beside if any(one.id in other.alike_ids for one in own)}
        return frozenset({self.person_id(other_id) for other_id in alike} - {this})

    def ids_alike(self, person_ids: Iterable[int]) -> frozenset[int]:
        """Everybody in the book who has the name or the address of one of these."""
        these = [person for person_id in person_ids if (person := self.known.get(person_id)) is not None]
        names = {person.name_id for person in these} - {None}
        emails = {person.email_id for person in these} - {None}
        return frozenset(
            person.id for person in self.known.values() if person.name_id in names or person.email_id in emails
        )


def build_person_book(persons: Iterable[KnownPerson]) -> PersonBook:
    """A book of these; it is complete for those whose name and address everybody else in it was read for."""
    known = {person.id: person for person in sorted(persons, key=lambda person: person.id)}
    by_name_and_email: dict[tuple[int, int], int] = {}
    by_email: dict[int, list[KnownPerson]] = defaultdict(list)
    for person in known.values():
        if person.email_id is not None:
            by_email[person.email_id].append(person)
            if person.name_id is not None:
                by_name_and_email.setdefault((person.name_id, person.email_id), person.id)
    return PersonBook(known, by_name_and_email, {key: tuple(value) for key, value in by_email.items()})


def read_person_book(
    connection: sa.Connection, hub_id: int, person_ids: Iterable[int], with_namesakes_of: Iterable[int] = ()
) -> PersonBook:
    """A book of these persons with all who share their addresses; of some also with all who share their names."""
    persons = {person.id: person for person in read_persons(connection, hub_id, person_ids)}
    wanted = [person for person_id in with_namesakes_of if (person := persons.get(person_id)) is not None]
    names = {person.name_id for person in wanted if person.name_id is not None}
    persons |= {person.id: person for person in read_persons_named(connection, hub_id, names)}
    return build_person_book(persons.values())

"""The people tables: who is the same person, and what was typed; the same on every database."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from eb_sync.model.readings import Profile
from eb_sync.store.engine import reading, writing
from eb_sync.store.erasure import blank_persons
from eb_sync.store.people import (
    KnownPerson,
    assign_persons,
    assign_typed_roles,
    assign_typed_schools,
    read_email_keys,
    read_names,
    read_person_ids,
    read_persons,
    read_persons_named,
    read_typed_roles,
    read_typed_schools,
    read_walk_in_names,
    record_profiles,
)
from eb_sync.store.series import ensure_hub
from tests.contract.store_rows import ANN, HUB, NOW, keep_profile, mark

ALL = 2**62


def test_the_same_name_and_address_is_the_same_person_however_they_are_typed(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        first = assign_persons(connection, HUB, [ANN, replace(ANN, email="other@ash.example.org")])
        again = assign_persons(connection, HUB, [Profile(" ann  ARCHER", "ANN@ash.example.org "), ANN])
    assert first == [(1, 1), (2, 1)]
    assert again == [(1, 1), (1, 1)]


def test_without_an_address_nobody_is_the_same_and_without_a_name_there_is_no_name_id(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        bare = [Profile("Ann Archer", ""), Profile("Ann Archer", ""), Profile("", "x@ash.example.org"), Profile("", "")]
        assert assign_persons(connection, HUB, bare) == [(1, 1), (2, 1), (3, None), (4, None)]
        assert assign_persons(connection, HUB, [Profile("", "x@ash.example.org"), bare[0]]) == [(3, None), (5, 1)]
        assert assign_persons(connection, HUB, []) == []


def test_addresses_are_read_by_person_as_far_as_they_are_held(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assign_persons(connection, HUB, [ANN, replace(ANN, email="Other@Ash.example.org"), Profile("Ann Archer", "")])
        assert read_email_keys(connection, HUB, [1, 2, 2, 3, 99]) == {"ann@ash.example.org", "other@ash.example.org"}
        assert read_email_keys(connection, HUB, []) == read_email_keys(connection, 2, [1]) == frozenset()


def test_many_people_are_assigned_at_once(engine: sa.Engine) -> None:
    profiles = [Profile(f"Teacher {number}", f"t{number}@ash.example.org") for number in range(1100)]
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        ids = assign_persons(connection, HUB, profiles)
        assert ids == [(number, number) for number in range(1, 1101)]
        assert assign_persons(connection, HUB, profiles) == ids
        entries = [(f"B{person_id}", person_id, profile) for (person_id, _), profile in zip(ids, profiles, strict=True)]
        profile_ids = record_profiles(connection, HUB, NOW, entries)
    with reading(engine) as connection:
        names = read_names(connection, HUB, [*profile_ids, 9999])
        assert names == {
            profile_id: (profile.name, profile.email) for profile_id, profile in zip(profile_ids, profiles, strict=True)
        }
        references = [reference for reference, _, _ in entries]
        assert len(read_walk_in_names(connection, HUB, references)) == 1100
        emails = [profile.email.upper() for profile in profiles]
        assert read_person_ids(connection, HUB, emails) == tuple(range(1, 1101))


def test_an_empty_address_finds_nobody(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assign_persons(connection, HUB, [Profile("Ann Archer", "")])
        assert read_person_ids(connection, HUB, ["", " "]) == ()
        assert read_person_ids(connection, HUB, []) == ()
        assert record_profiles(connection, HUB, NOW, []) == []


def test_a_school_as_typed_has_one_id_and_is_known_from_its_first_fact_on(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        before = mark(connection)
        first = keep_profile(connection, ANN)
        again = keep_profile(connection, replace(ANN, school="ASH LANE, primary"), "2")
        other = keep_profile(connection, replace(ANN, urn=""), "3")
        nothing = keep_profile(connection, replace(ANN, school="", urn=""), "4")
    assert first.typed_school_id == again.typed_school_id
    assert other.typed_school_id not in {first.typed_school_id, None}
    assert nothing.typed_school_id is None
    with reading(engine) as connection:
        assert read_typed_schools(connection, HUB, before) == {}
        assert set(read_typed_schools(connection, HUB, first.id)) == {1}
        schools = read_typed_schools(connection, HUB, ALL)
        assert [(each.name_key, each.urn, each.name) for each in schools.values()] == [
            ("ash lane primary", "800001", "Ash Lane Primary"),
            ("ash lane primary", "", "Ash Lane Primary"),
        ]


def test_a_school_typed_twice_in_one_read_is_named_as_first_typed(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        typed = [replace(ANN, school=school) for school in ("ELM Nursery", "Elm nursery", "Élm Nursery")]
        assert assign_typed_schools(connection, HUB, typed) == [1, 1, 1]
        assert assign_typed_schools(connection, HUB, []) == []
        assert read_typed_schools(connection, HUB, ALL)[1].name == "ELM Nursery"


def test_a_role_as_typed_has_one_id(engine: sa.Engine) -> None:
    lead, silent = replace(ANN, leadership="Yes"), replace(ANN, role="")
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assert assign_typed_roles(connection, HUB, [ANN, lead, silent, ANN]) == [1, 2, None, 1]
        assert assign_typed_roles(connection, HUB, [lead]) == [2]
        roles = read_typed_roles(connection, HUB)
    assert [(role.role, role.leadership) for role in roles.values()] == [("Maths Lead", ""), ("Maths Lead", "Yes")]


def test_a_name_typed_another_way_is_the_same_person_and_an_address_has_one_id(engine: sa.Engine) -> None:
    email = "ann@ash.example.org"
    names = ("Mrs Ann O'Brien", "ANN O\u2032BRIEN", "O\u02bcBrien, Ann", "Dr. Ann O`Brien", "Ann M. O'Brien", "")
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assigned = assign_persons(connection, HUB, [Profile(name, email) for name in names])
        assert assigned == [(1, 1), (1, 1), (1, 1), (1, 1), (2, 2), (3, None)]
        assert assign_persons(connection, HUB, [Profile("ann obrien", "a@elm.example.org")]) == [(4, 1)]
        assert assign_persons(connection, HUB, [Profile("Ann Obrien", ""), Profile("Cy", email.upper())]) == [
            (5, 1),
            (6, 6),
        ]
        first, second, nameless = (
            KnownPerson(1, 1, 1, "ann obrien"),
            KnownPerson(2, 2, 1, "ann m obrien", frozenset({1})),
            KnownPerson(3, None, 1, "", frozenset({1, 2})),
        )
        other, without, cy = (
            KnownPerson(4, 1, 4, "ann obrien"),
            KnownPerson(5, 1, None, "ann obrien"),
            KnownPerson(6, 6, 1, "cy", frozenset({3})),
        )
        assert read_persons(connection, HUB, [2]) == [first, second, nameless, cy]
        assert read_persons(connection, HUB, [4, 5, 99]) == [other, without]
        assert read_persons(connection, HUB, []) == read_persons(connection, 2, [1]) == []
        assert read_persons_named(connection, HUB, [1]) == [first, other, without]


def test_an_erased_person_is_never_taken_for_somebody_who_books_anew(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assert assign_persons(connection, HUB, [ANN, Profile("", "x@ash.example.org")]) == [(1, 1), (2, None)]
        blank_persons(connection, HUB, [1, 2])
        assert assign_persons(connection, HUB, [ANN, Profile("", ""), Profile("", "x@ash.example.org")]) == [
            (3, 3),
            (4, None),
            (5, None),
        ]
        assert read_persons(connection, HUB, [1, 2, 3, 4, 5]) == [
            KnownPerson(1, 1, 1, ""),
            KnownPerson(2, None, 2, ""),
            KnownPerson(3, 3, 3, "ann archer"),
            KnownPerson(4, None, None, ""),
            KnownPerson(5, None, 5, ""),
        ]

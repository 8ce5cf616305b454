"""Who is the same person, and who perhaps is, from what the people tables hold."""

from __future__ import annotations

from eb_sync.store.people import KnownPerson
from eb_sync.workshops.persons import PersonBook, build_person_book


def book(*persons: tuple[int, int | None, int | None, str]) -> PersonBook:
    return build_person_book(KnownPerson(*person) for person in persons)


def book_alike(*persons: tuple[int, int | None, int | None, frozenset[int]]) -> PersonBook:
    """Whose names may be those of which earlier ones is known."""
    return build_person_book(KnownPerson(number, name, email, "", alike) for number, name, email, alike in persons)


def test_the_same_name_and_address_is_the_first_person_with_them() -> None:
    persons = book((7, 3, 2, "ann smith"), (3, 3, 2, "ann smith"), (4, 3, 9, "ann smith"), (9, 5, 9, "bob jones"))
    assert [persons.person_id(each) for each in (3, 7, 4, 9)] == [3, 3, 4, 9]
    assert [persons.name_id(each, 99) for each in (3, 7, 4, 9)] == [3, 3, 3, 5]
    assert [persons.email_id(each) for each in (3, 7, 4, 9)] == [2, 2, 9, 9]
    assert persons.is_one_of(7, [3])
    assert persons.is_one_of(3, [1, 7])
    assert not persons.is_one_of(4, [3, 7])


def test_without_a_name_or_an_address_nobody_is_anybody_else() -> None:
    persons = book((1, None, 1, ""), (2, 2, None, "ann"), (3, 2, None, "ann"), (4, None, None, ""), (5, None, None, ""))
    assert [persons.person_id(each) for each in range(1, 6)] == [1, 2, 3, 4, 5]
    assert [persons.name_id(each, None) for each in range(1, 6)] == [None, 2, 2, None, None]
    assert [persons.email_id(each) for each in range(1, 6)] == [1, None, None, None, None]
    assert {persons.alike_ids(each) for each in range(1, 6)} == {frozenset()}


def test_whom_nobody_knows_is_as_recorded() -> None:
    persons = PersonBook()
    assert (persons.person_id(8), persons.name_id(8, 5), persons.email_id(8)) == (8, 5, None)
    assert persons.alike_ids(8) == persons.ids_alike([8]) == frozenset()
    assert not persons.is_named(8)
    assert persons.is_one_of(8, [8])


def test_whoever_was_found_alike_is_so_both_ways_and_for_all_rows_of_a_person() -> None:
    none: frozenset[int] = frozenset()
    persons = book_alike(
        (1, 1, 1, none),
        (2, 2, 1, frozenset({1})),
        (3, 3, 1, frozenset({2})),
        (4, None, 1, frozenset({1, 2, 3})),
        (5, 1, 1, frozenset({2, 4})),
        (6, 2, 6, none),
    )
    assert persons.alike_ids(1) == persons.alike_ids(5) == {2, 4}
    assert persons.alike_ids(2) == {1, 3, 4}
    assert persons.alike_ids(3) == {2, 4}
    assert persons.alike_ids(4) == {1, 2, 3}
    assert persons.alike_ids(6) == none


def test_an_erasure_takes_nobody_away() -> None:
    erased = book((1, 1, 1, ""), (2, 1, 1, ""), (3, 3, 1, "bob jones"), (4, 1, 4, "ann smith"), (5, 5, None, ""))
    assert [erased.person_id(each) for each in range(1, 6)] == [1, 1, 3, 4, 5]
    assert erased.name_id(4, 4) == erased.name_id(2, 2) == 1
    assert erased.alike_ids(3) == erased.alike_ids(2) == frozenset()
    assert [erased.is_named(each) for each in range(1, 6)] == [False, False, True, True, False]


def test_whoever_has_the_name_or_the_address_is_looked_for_elsewhere() -> None:
    persons = book((1, 1, 1, "ann"), (2, 1, 2, "ann"), (3, 3, 1, "bob"), (4, 3, 4, "bob"), (5, None, 2, ""))
    assert persons.ids_alike([1]) == {1, 2, 3}
    assert persons.ids_alike([5]) == {2, 5}
    assert persons.ids_alike([]) == frozenset()

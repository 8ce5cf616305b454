"""Which school is meant: what the register proves, what it only suggests, and successive numbers of one school."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.facts import Fact, FactContent, SchoolAdded, SchoolConfirmed
from eb_sync.model.gias import LinkKind, RegisteredSchool, SchoolLink
from eb_sync.model.names import is_shared, normalise_name, postcode_key
from eb_sync.recording.school_matches import State, suggest_schools
from eb_sync.schools.book import build_school_book
from eb_sync.schools.evidence import By, Confirmed, confirm_by_rule
from eb_sync.schools.gias import RegisterView
from eb_sync.schools.name_index import NameIndex
from tests.factories import BOOKED_AT


def school(urn: str, name: str, postcode: str = "", host: str = "", **more: object) -> RegisteredSchool:
    values: dict[str, object] = {
        "status": "Open",
        "kind": "",
        "phase": "",
        "street": "1 School Lane",
        "locality": "",
        "town": "Larkmoor",
        "county": "",
        "la_name": "Larkshire",
        "trust_uid": "",
        "trust_name": "",
        "opened_on": None,
        "closed_on": None,
        **more,
    }
    return RegisteredSchool(urn=urn, name=name, postcode=postcode, website_host=host, **values)  # type: ignore[arg-type] # by name


def typed(name: str = "", urn: str = "", postcode: str = "", host: str = "") -> TypedSchool:
    return TypedSchool(1, normalise_name(name), urn, name, postcode_key(postcode), host)


def view(*schools: RegisteredSchool, links: Sequence[SchoolLink] = ()) -> RegisterView:
    return RegisterView({each.urn: each for each in schools}, links, is_loaded=True)


ASH = school("800001", "Ash Lane Primary School", "ZZ1 1ZZ", "ashlane.example.org")
INFANT = school("800002", "Oakfield Infant School", "ZZ2 2ZZ")
JUNIOR = school("800003", "Oakfield Junior School", "ZZ2 2ZZ")
NURSERY = school("800004", "Birch Nursery School", "ZZ3 3ZZ")
PRIMARY = school("800005", "Birch Primary School", "ZZ3 3ZZ")
TRUST_HOST = "trust.example.org"
TRUST = [school("800010", "Elm Academy", "ZZ4 0ZZ", TRUST_HOST), school("800011", "Fir Academy", "ZZ4 1ZZ", TRUST_HOST)]
SAINT = "St Joseph's Catholic Primary School"
SAINTS = [school(f"8002{n:02}", SAINT, f"YY{n} 1AA", town=f"Town{n}") for n in range(57)]
ALL = view(ASH, INFANT, JUNIOR, NURSERY, PRIMARY, *TRUST, *SAINTS)


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (typed("Ash Lane Primary", "800001"), Confirmed("800001", By.URN)),
        (typed("ash lane", "800001"), Confirmed("800001", By.URN)),
        (typed("ASH LANE PRIM SCH, LARKMOOR", "800001"), Confirmed("800001", By.URN)),
        (typed("Ash Lnae Primary", "800001"), Confirmed("800001", By.URN)),
        (typed("Oakfield Infant School", "800001"), None),
        (typed("", "800001"), None),
        (typed("Primary School", "800001"), None),
        (typed("Ash Lane Infant School", "800001"), None),
    ],
)
def test_a_typed_number_counts_if_its_school_may_well_be_called_so(entry: TypedSchool, found: Confirmed | None) -> None:
    assert confirm_by_rule(entry, ALL) == found


def test_a_number_with_a_digit_wrong_is_another_schools_and_confirms_neither() -> None:
    assert confirm_by_rule(typed("Ash Lane Primary", "800002"), ALL) is None
    assert confirm_by_rule(typed("Ash Lane Primary", "800002", "ZZ1 1ZZ"), ALL) is None


def test_a_number_that_no_school_has_says_nothing() -> None:
    assert confirm_by_rule(typed("Ash Lane Primary", "899999"), ALL) is None
    assert confirm_by_rule(typed("Ash Lane Primary", "899999", "zz11zz"), ALL) == Confirmed("800001", By.POSTCODE)


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (typed("Ash Lane", postcode="zz1 1zz"), Confirmed("800001", By.POSTCODE)),
        (typed("Elm Academy", postcode="ZZ1 1ZZ"), None),
        (typed("", postcode="ZZ1 1ZZ"), None),
        (typed("Oakfield", postcode="ZZ2 2ZZ"), None),
        (typed("Oakfield School", postcode="ZZ2 2ZZ"), None),
        (typed("Oakfield Infants", postcode="ZZ2 2ZZ"), Confirmed("800002", By.POSTCODE)),
        (typed("Oakfield Junior", postcode="ZZ2 2ZZ"), Confirmed("800003", By.POSTCODE)),
        (typed("Birch Primary", postcode="ZZ3 3ZZ"), Confirmed("800005", By.POSTCODE)),
        (typed("Birch Nursery", postcode="ZZ3 3ZZ"), Confirmed("800004", By.POSTCODE)),
        (typed("Birch", postcode="ZZ3 3ZZ"), None),
        (typed("St Joseph's", postcode="YY7 1AA"), Confirmed("800207", By.POSTCODE)),
    ],
)
def test_a_postcode_counts_with_a_name_that_one_school_there_has(entry: TypedSchool, found: Confirmed | None) -> None:
    assert confirm_by_rule(entry, ALL) == found


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (typed("Ash Lane", host="ashlane.example.org"), Confirmed("800001", By.HOST)),
        (typed("", host="ashlane.example.org"), None),
        (typed("Elm Academy", host="ashlane.example.org"), None),
        (typed("Elm Academy", host="trust.example.org"), None),
        (typed("Ash Lane", host="gmail.com"), None),
        (typed("Ash Lane", host="mail.ashlane.example.org"), None),
    ],
)
def test_an_email_host_counts_if_it_is_one_schools_own(entry: TypedSchool, found: Confirmed | None) -> None:
    assert confirm_by_rule(entry, ALL) == found


@pytest.mark.parametrize("each", [ASH, *SAINTS[:2], PRIMARY])
def test_a_name_alone_never_confirms(each: RegisteredSchool) -> None:
    assert confirm_by_rule(typed(each.name), ALL) is None


def test_a_host_that_is_nobodys_is_never_a_schools() -> None:
    free = school("800009", "Ash Free School", host="gmail.com")
    assert confirm_by_rule(typed("Ash Free School", host="gmail.com"), view(free)) is None
    assert [is_shared(host) for host in ("gmail.com", "x.wordpress.com", "ashlane.example.org")] == [True, True, False]


def test_a_closed_school_without_a_successor_is_confirmed_by_nothing_but_its_number() -> None:
    closed = school("800009", "Yew School", "ZZ9 9ZZ", "yew.example.org", status="Closed")
    assert confirm_by_rule(typed("Yew", postcode="ZZ9 9ZZ", host="yew.example.org"), view(closed)) is None
    assert confirm_by_rule(typed("Yew", "800009"), view(closed)) == Confirmed("800009", By.URN)


CONVERTED = SchoolLink("800006", "800007", LinkKind.SUCCESSOR, "Successor", date(2020, 2, 1))
OLD = school("800006", "Rowan School", "ZZ6 6ZZ", status="Closed", closed_on=date(2020, 1, 31))
NEW = school("800007", "Rowan Academy", "ZZ6 6ZZ", opened_on=date(2020, 2, 1))


@pytest.mark.parametrize("known", [view(OLD, NEW, links=[CONVERTED]), view(NEW, links=[CONVERTED])])
@pytest.mark.parametrize("number", ["800006", "800007"])
def test_of_two_numbers_of_one_school_the_one_valid_on_the_day_counts(known: RegisterView, number: str) -> None:
    assert known.valid_on(number, date(2020, 1, 31)) == "800006"
    assert known.valid_on(number, date(2020, 2, 1)) == "800007"
    assert known.relatives(number) == {"800006", "800007"}


def test_a_predecessor_link_says_the_same_as_a_successor_link() -> None:
    link = SchoolLink("800007", "800006", LinkKind.PREDECESSOR, "Predecessor", date(2020, 2, 1))
    assert view(links=[link]).valid_on("800007", date(2020, 1, 1)) == "800006"
    assert view(links=[link]).valid_on("800006", date(2020, 3, 1)) == "800007"


def test_a_school_that_converted_twice_is_followed_all_the_way() -> None:
    second = SchoolLink("800007", "800008", LinkKind.SUCCESSOR, "Successor", date(2022, 9, 1))
    known = view(links=[CONVERTED, second])
    days = [date(2019, 1, 1), date(2021, 1, 1), date(2023, 1, 1)]
    for number in ("800006", "800007", "800008"):
        assert [known.valid_on(number, day) for day in days] == ["800006", "800007", "800008"]


def test_a_school_that_became_two_or_was_two_is_not_known_on_that_day() -> None:
    since, kind = date(2020, 2, 1), LinkKind.SUCCESSOR
    split = [SchoolLink("800006", new, kind, "Successor - Split School", since) for new in ("800007", "800008")]
    known = view(links=split)
    assert known.valid_on("800006", date(2020, 1, 1)) == "800006"
    assert known.valid_on("800006", date(2020, 3, 1)) is None
    merged = [SchoolLink(old, "800009", kind, "Successor - merged", since) for old in ("800007", "800008")]
    known = view(links=merged)
    assert known.valid_on("800007", date(2020, 3, 1)) == "800009"
    assert known.valid_on("800009", date(2020, 1, 1)) is None


def test_links_in_a_circle_end() -> None:
    circle = [
        SchoolLink("800006", "800007", LinkKind.SUCCESSOR, "Successor", date(2020, 2, 1)),
        SchoolLink("800007", "800006", LinkKind.SUCCESSOR, "Successor", date(2020, 2, 1)),
    ]
    assert view(links=circle).valid_on("800006", date(2020, 3, 1)) in {"800006", "800007"}


def test_the_same_school_under_two_numbers_at_one_postcode_is_one() -> None:
    known = view(OLD, NEW, links=[CONVERTED])
    found = confirm_by_rule(typed("Rowan", postcode="ZZ6 6ZZ"), known)
    assert found is not None
    assert known.valid_on(found.urn, date(2020, 3, 1)) == "800007"
    assert confirm_by_rule(typed("Rowan Academy", "800006", "ZZ6 6ZZ"), known) == Confirmed("800006", By.URN)
    assert confirm_by_rule(typed("Rowan", postcode="ZZ6 6ZZ"), view(OLD, NEW)) is None  # nobody says that they are one


def facts(*contents: FactContent) -> list[Fact]:
    return [Fact(number, BOOKED_AT, "jo", content) for number, content in enumerate(contents, 1)]


def test_a_name_confirmed_for_one_school_is_not_anothers_whose_postcode_was_typed() -> None:
    said = facts(SchoolConfirmed("800201", "st josephs catholic primary school", None))
    book = build_school_book(said, [], ALL)
    assert book.identify("B1", typed("St Joseph's Catholic Primary School")) == "800201"
    assert book.identify("B1", typed("St Joseph's Catholic Primary School", postcode="YY1 1AA")) == "800201"
    assert book.identify("B1", typed("St Joseph's Catholic Primary School", postcode="YY2 1AA")) is None
    assert book.identify("B1", typed("St Joseph's Catholic Primary School", postcode="QQ1 1QQ")) == "800201"


def test_a_name_entered_by_hand_confirms_nothing_where_the_register_has_another_of_that_name() -> None:
    added = SchoolAdded("P1", None, "Birch Primary School", ("2 Birch Road",), "ZZ7 7ZZ", None, None)
    assert build_school_book(facts(added), [], view()).identify("B1", typed("Birch Primary School")) == "P1"
    assert build_school_book(facts(added), [], ALL).identify("B1", typed("Birch Primary School")) is None


def test_facts_about_a_school_are_found_under_all_its_numbers() -> None:
    book = build_school_book([], [], view(OLD, NEW, links=[CONVERTED]))
    assert book.keys("B1", typed("Rowan Academy", "800007")) == {"id:800006", "id:800007", "name:rowan academy"}


def test_a_number_that_only_links_name_has_the_address_of_the_schools_others() -> None:
    book = build_school_book([], [], view(NEW, links=[CONVERTED]))
    assert book.school("800006").name == "Rowan Academy"
    assert book.school("800006").urn == "800006"
    with pytest.raises(KeyError):
        book.school("800099")


def suggested(entry: TypedSchool, *areas: str) -> list[str]:
    found = suggest_schools(entry, ALL, NameIndex(ALL.schools.values()), frozenset(areas))
    assert bool(found.suggestions) == (found.state is State.SUGGESTED)
    assert all(suggestion.evidence for suggestion in found.suggestions[:1])
    return [suggestion.urn for suggestion in found.suggestions]


@pytest.mark.parametrize(
    ("entry", "first"),
    [
        (typed("Ash Lane"), "800001"),
        (typed("Ash Lnae Primry"), "800001"),
        (typed("Oakfield Juniors"), "800003"),
        (typed("St Joseph's", postcode="YY7 1AB"), "800207"),
        (typed("St Joseph's Primary Town12"), "800212"),
        (typed("Elm", host="trust.example.org"), "800010"),
        (typed("Ash Lane Primary", "800002"), "800001"),
    ],
)
def test_what_is_not_proved_is_suggested_the_likeliest_first(entry: TypedSchool, first: str) -> None:
    assert suggested(entry)[0] == first


@pytest.mark.parametrize("name", ["St Joseph's Catholic Primary", "Primary School", "", "Quux"])
def test_where_too_many_or_none_may_be_meant_nothing_is_suggested(name: str) -> None:
    assert suggested(typed(name)) == []


def test_at_most_three_are_suggested() -> None:
    assert 1 < len(suggested(typed("Oakfield School", postcode="ZZ2 2ZZ"))) <= 3


@pytest.mark.parametrize(
    "name",
    [
        "Ysgol Gymraeg Bryn-y-Môr",
        "École Française de Larkmoor",
        "The Larkmoor and District Church of England and Methodist Junior Mixed and Infant School "
        "of Saint Bartholomew the Great " * 3,
    ],
)
def test_welsh_accented_and_very_long_names(name: str) -> None:
    long = school("800090", name, "ZZ8 8ZZ")
    known = view(long, ASH)
    assert confirm_by_rule(typed(name.upper(), postcode="ZZ8 8ZZ"), known) == Confirmed("800090", By.POSTCODE)
    plain = name.encode("ascii", "ignore").decode()
    assert confirm_by_rule(typed(plain, "800090"), known) in {Confirmed("800090", By.URN), None}
    assert confirm_by_rule(typed(name), known) is None

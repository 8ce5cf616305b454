"""Bills that would go to the wrong school: links, numbers, postcodes, hosts and names prove less than they seem to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from eb_sync.model.facts import Fact, FactContent, SchoolAdded, SchoolConfirmed
from eb_sync.model.gias import LinkKind, RegisteredSchool, SchoolLink
from eb_sync.schools.book import build_school_book
from eb_sync.schools.evidence import By, Confirmed, confirm_by_rule
from eb_sync.schools.gias import RegisterView
from eb_sync.schools.gias_file import RegisterRow, Unreadable, open_register, read_rows
from tests.hub import Hub
from tests.register_files import DOWNLOAD, LINKS, link, write_register
from tests.register_files import school as row
from tests.unit.test_school_identity import INFANT, JUNIOR, school, typed, view

WORKSHOP_ON = date(2019, 11, 5)
REGISTER = Path(__file__).parents[3] / "shared" / "data" / "gias-schools.csv"


def fact(content: FactContent) -> Fact:
    return Fact(1, datetime(2019, 9, 2, tzinfo=UTC), "lead", content)


def added(urn: str | None, name: str, postcode: str) -> Fact:
    return fact(SchoolAdded(urn or "P1", urn, name, ("1 School Lane",), postcode, None, "PO-1"))


def successor(urn: str, link_urn: str, since: date) -> SchoolLink:
    return SchoolLink(urn, link_urn, LinkKind.SUCCESSOR, "Successor", since)


def test_an_open_school_with_a_successor_is_billed_under_its_own_number(hub: Hub) -> None:
    # the register links 21 open schools to another open one that opened beside them, took a part, or was a sixth form
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    typed_well = {"School name": "Birch Primary School", "School URN": "810001", "School postcode": "ZZ1 1ZZ"}
    hub.book(event, "Ann Archer", typed_well)
    hub.sync()
    schools = [row("810001", "Birch Primary School", "ZZ1 1ZZ"), row("810002", "Birch Nursery School", "ZZ1 1ZZ")]
    hub.do("schools", "load", str(write_register(hub.folder / "all.csv", DOWNLOAD, schools)))
    links = [link("810001", "810002", "Successor", "31-08-2011")]
    hub.do("schools", "load", str(write_register(hub.folder / "links.csv", LINKS, links)))
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions", "--nobody-came")
    issued = hub.do("invoices", "--yes", "--json").json()["issued"]
    assert [document["school"] for document in issued] == ["Birch Primary School"]


def test_a_school_without_opening_date_is_itself_before_it_took_another_in() -> None:
    large = school("800400", "Yew School", "ZZ7 7ZZ")
    small = school("800401", "Box School", "ZZ7 8ZZ", status="Closed", closed_on=date(2020, 8, 31))
    register = view(large, small, links=[successor("800401", "800400", date(2020, 9, 1))])
    assert register.valid_on("800400", WORKSHOP_ON) == "800400"


def test_the_two_successors_of_a_split_school_are_not_one() -> None:
    north, south = school("800201", "Oakfield North School", "ZZ2 2ZZ"), school("800202", "Oakfield South", "ZZ2 2ZZ")
    links = [successor("800200", urn, date(2018, 9, 1)) for urn in ("800201", "800202")]
    register = view(north, south, links=links)
    assert confirm_by_rule(typed("Oakfield", "", "ZZ2 2ZZ"), register) is None
    assert confirm_by_rule(typed("Oakfield South", "", "ZZ2 2ZZ"), register) == Confirmed("800202", By.POSTCODE)
    assert register.are_one("800200", "800201")
    assert not register.are_one("800201", "800202")


def test_a_wrong_digit_that_hits_a_school_of_the_same_name_against_postcode_and_host() -> None:
    here = school("800100", "St Joseph's Catholic Primary School", "YY1 1AA", "here.example.org")
    there = school("800101", "St Joseph's Catholic Primary School", "YY2 2BB", "there.example.org", town="Faraway")
    assert confirm_by_rule(typed(here.name, "800101", "YY1 1AA", "here.example.org"), view(here, there)) is None


def test_a_school_that_is_closed_without_a_successor_is_not_billed_for_a_later_day() -> None:
    gone = school("800300", "Rowan School", "ZZ6 6ZZ", status="Closed", closed_on=date(2018, 8, 31))
    book = build_school_book([], [], view(gone))
    assert book.identify("B1", typed("Rowan School", "800300"), WORKSHOP_ON) is None


def test_the_number_of_a_school_added_by_hand_with_the_name_of_the_one_next_door() -> None:
    book = build_school_book([added("800002", "Oakfield Infant School", "ZZ2 2ZZ")], [], view(INFANT, JUNIOR))
    assert book.identify("B1", typed("Oakfield Junior School", "800002", "ZZ2 2ZZ")) is None


def test_the_number_of_a_school_added_by_hand_with_a_name_that_shares_a_word() -> None:
    ash, elm = school("800001", "Ash Lane Primary School", "ZZ1 1ZZ"), school("800009", "Elm Lane Primary", "ZZ8 8ZZ")
    book = build_school_book([added("800001", ash.name, "ZZ1 1ZZ")], [], view(ash, elm))
    assert book.identify("B1", typed("Elm Lane Primary", "800001", "ZZ8 8ZZ")) is None


@pytest.mark.parametrize(("postcode", "host"), [("BB2 2BB", ""), ("", "marys.example.org")])
def test_a_confirmed_name_against_the_postcode_or_host_of_two_other_schools_of_that_name(
    postcode: str, host: str
) -> None:
    mine = school("800500", "St Mary's Primary School", "AA1 1AA")
    others = [school(f"80050{n}", f"St Mary's {n} School", "BB2 2BB", "marys.example.org") for n in (1, 2)]
    book = build_school_book([fact(SchoolConfirmed("800500", "st marys", None))], [], view(mine, *others))
    assert book.identify("B1", typed("St Mary's", "", postcode, host)) is None


def test_the_host_of_one_of_two_schools_at_the_typed_postcode_that_either_may_be_meant() -> None:
    infant, junior = school("800601", "Oakfield Infant School", "ZZ2 2ZZ"), JUNIOR
    register = view(infant, school(junior.urn, junior.name, "ZZ2 2ZZ", "oakfield.example.org"))
    assert confirm_by_rule(typed("Oakfield School", "", "ZZ2 2ZZ", "oakfield.example.org"), register) is None


def test_a_pair_of_schools_at_two_postcodes_named_together() -> None:
    infant, junior = school("800601", "Oakfield Infant School", "ZZ2 3ZZ"), JUNIOR
    assert confirm_by_rule(typed("Oakfield Infant and Junior Schools", "", "ZZ2 2ZZ"), view(infant, junior)) is None


def test_the_name_of_a_payer_added_by_hand_against_the_postcode_of_somebody_else() -> None:
    other = school("800009", "Oak Primary School", "YY8 8YY")
    book = build_school_book([added(None, "Elm Nursery", "ZZ2 2ZZ")], [], view(other))
    assert book.identify("B1", typed("Elm Nursery", "", "YY8 8YY")) is None


@pytest.mark.parametrize("day", [WORKSHOP_ON, date(2022, 6, 1)])
def test_no_open_school_of_the_real_register_is_ever_another_open_one(day: date) -> None:
    if not REGISTER.exists():
        pytest.skip("the register of 2022 (../shared/data/gias-schools.csv) is not here")
    schools, links = (_rows(REGISTER.with_name(f"gias-{what}.csv")) for what in ("schools", "links"))
    known = {each.urn: each for each in schools if isinstance(each, RegisteredSchool)}
    assert len(known) > 20_000
    register = RegisterView(known, [each for each in links if isinstance(each, SchoolLink)], is_loaded=True)
    numbers = [(urn, register.valid_on(urn, day)) for urn in known]
    assert not [(urn, other) for urn, other in numbers if other != urn and other in known]


def _rows(path: Path) -> list[RegisterRow]:
    return list(read_rows(open_register(path), Unreadable()))


def test_the_host_of_one_school_and_the_name_of_another_beside_it() -> None:
    school_with_page = school("800700", "Ashcroft School", "ZZ7 7ZZ", "ashcroft.example.org")
    beside = school("800701", "Ashcroft Preparatory School", "ZZ7 7ZZ")
    entry = typed("Ashcroft Preparatory School", "", "", "ashcroft.example.org")
    assert confirm_by_rule(entry, view(school_with_page, beside)) is None
    assert confirm_by_rule(typed("Ashcroft", "", "", "ashcroft.example.org"), view(school_with_page, beside)) is None


def test_the_host_of_one_school_of_a_trust_and_the_name_of_another() -> None:
    one = school(
        "800710", "Harbour Academy Merrow", "ZZ7 1ZZ", "merrow.example.org", trust_uid="5", trust_name="Harbour"
    )
    other = school("800711", "Harbour Academy Purley Way", "ZZ7 2ZZ", trust_uid="5", trust_name="Harbour")
    assert confirm_by_rule(typed("Harbour Purley Way", "", "", "merrow.example.org"), view(one, other)) is None


def test_a_typed_number_that_only_links_know_says_which_school_it_is() -> None:
    new = school("800007", "Rowan Academy", "ZZ7 7ZZ", opened_on=date(2019, 9, 1))
    nursery = school("800099", "Rowan Nursery School", "ZZ6 6ZZ")
    register = view(new, nursery, links=[successor("800006", "800007", date(2019, 9, 1))])
    assert confirm_by_rule(typed("Rowan School", "800006", "ZZ6 6ZZ"), register) is None


def test_a_school_missing_from_the_register_is_not_the_one_that_it_took_in() -> None:
    merger = SchoolLink("800001", "800002", LinkKind.SUCCESSOR, "Successor - merged", date(2020, 1, 1))
    book = build_school_book([added("800002", "Yew School", "ZZ1 1ZZ")], [], RegisterView(links=(merger,)))
    assert book.identify("B1", typed("Yew School", "800002"), WORKSHOP_ON) == "800002"
    academy = school("800003", "Yew Academy", "ZZ1 1ZZ", opened_on=date(2021, 9, 1))
    register = view(academy, links=[merger, successor("800002", "800003", date(2021, 9, 1))])
    assert register.valid_on("800003", WORKSHOP_ON) == "800002"


@pytest.mark.parametrize(("status", "opened_on"), [("Open", date(2020, 2, 1)), ("Proposed to open", None)])
def test_a_school_that_was_not_open_yet_is_confirmed_by_a_person_alone(status: str, opened_on: date | None) -> None:
    new = school("800007", "Rowan Academy", "ZZ6 6ZZ", status=status, opened_on=opened_on)
    book = build_school_book([], [], view(new))
    assert book.identify("B1", typed("Rowan School", "800007", "ZZ6 6ZZ"), WORKSHOP_ON) is None
    book = build_school_book([fact(SchoolConfirmed("800007", None, "B1"))], [], view(new))
    assert book.identify("B1", typed("Rowan School", "800007", "ZZ6 6ZZ"), WORKSHOP_ON) == "800007"


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("St Mary's Catholic Primary, Larkmoor", "Larkmoor Primary School"),
        ("St Mary's Larkmoor Heath CofE Primary School", "St Peter's Larkmoor Heath CofE Primary School"),
        ("Lower Larkmoor Primary School", "Upper Larkmoor Primary School"),
    ],
)
def test_a_number_alone_needs_a_name_of_which_all_is_about_its_school(entry: str, name: str) -> None:
    assert confirm_by_rule(typed(entry, "810001"), view(school("810001", name, "ZZ1 1ZZ"))) is None


def test_a_number_alone_with_the_very_name_of_another_school() -> None:
    register = view(school("810001", "Ash Lane Park School", "ZZ1 1ZZ"), school("810002", "Ash Lane School", "ZZ9 9ZZ"))
    assert confirm_by_rule(typed("Ash Lane School", "810001"), register) is None
    assert confirm_by_rule(typed("Ash Lane School", "810001", "ZZ1 1ZZ"), register) == Confirmed("810001", By.URN)


def test_the_nursery_of_a_primary_school_is_not_the_nursery_school_next_door() -> None:
    nursery = school("810001", "Larkmoor Nursery School", "ZZ1 1ZZ", "larkmoor.example.org")
    entry = typed("Larkmoor Primary and Nursery School", "", "", "larkmoor.example.org")
    assert confirm_by_rule(entry, view(nursery)) is None


def test_a_payer_entered_by_hand_is_not_the_namesake_at_another_postcode() -> None:
    book = build_school_book([added(None, "Elm Nursery", "ZZ2 2ZZ")], [], RegisterView())
    assert book.identify("B1", typed("Elm Nursery", "", "YY8 8YY")) is None
    assert book.identify("B2", typed("Elm Nursery", "", "ZZ2 2ZZ")) == "P1"

"""Wrong bills that need a hub's whole life: registers that change after issue, answers given by hand, two numbers."""

from __future__ import annotations

import csv
import io
from typing import Any

from eb_sync.sandbox.requested import Ticket
from tests.e2e.test_payers import GROUP, load
from tests.hub import Hub
from tests.register_files import GROUPS, LINKS, link
from tests.register_files import school as row

TRUST = "5001 The Harbour Trust"
SAINT = "St Joseph's Catholic Primary School"


def start(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


def book(hub: Hub, event: str, teacher: str, name: str = "", urn: str = "", postcode: str = "", host: str = "") -> str:
    """A booking by private e-mail, unless a host is given."""
    answers = {"School name": name, "School URN": urn, "School postcode": postcode}
    email = f"{teacher.casefold().replace(' ', '.')}@{host or 'gmail.com'}"
    ticket = Ticket(teacher, email, {question: said for question, said in answers.items() if said})
    return f"B{hub.world.book(event, (ticket,))[0]}"


def close(hub: Hub) -> None:
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "close", "fractions", "--nobody-came")


def issue(hub: Hub) -> list[dict[str, str]]:
    """Issue all that is due; gives every line that was ever issued."""
    assert hub.run("invoices", "--yes", "--json").code in (0, 3)
    return list(csv.DictReader(io.StringIO(hub.do("export", "charges", "--since", "2019-09-01").out)))


def billed(hub: Hub) -> list[tuple[str, str]]:
    return [(line["booking_ref"], line["school_urn"]) for line in issue(hub)]


def plan(hub: Hub) -> dict[str, Any]:
    found: dict[str, Any] = hub.run("invoices", "--dry-run", "--json").json()
    return found


def test_a_teacher_is_not_billed_twice_when_the_billed_place_loses_its_school(hub: Hub) -> None:
    event = start(hub)
    first = book(hub, event, "Ann Archer", "Birch Primary School", "810001")
    hub.at("2019-09-03 09:00")
    answers = {"School name": "Birch Primary School", "School postcode": "ZZ1 1ZZ"}
    second = f"B{hub.world.book(event, (Ticket('Ann Archer', 'ann@hotmail.com', answers),))[0]}"
    hub.sync()
    load(hub, "all.csv", [row("810001", "Birch Primary School", "ZZ1 1ZZ")])
    close(hub)
    assert billed(hub) == [(second, "810001")]
    hub.at("2019-11-20 12:00")
    both = [row("810001", "Birch Primary School", "ZZ1 1ZZ"), row("810002", "Birch School", "ZZ1 1ZZ")]
    load(hub, "later.csv", both)
    assert billed(hub) == [(second, "810001")]
    (blocked,) = plan(hub)["blocked"]
    assert blocked["booking_id"] == first
    assert blocked["command"].endswith(f"--booking {second}")
    hub.do("schools", "confirm", "810001", "--booking", second)
    assert billed(hub) == [(second, "810001")]
    assert plan(hub)["blocked"] == []


def test_an_exemption_stays_when_a_school_entered_by_hand_gets_its_number(hub: Hub) -> None:
    event = start(hub)
    reference = book(hub, event, "Ann Archer", "Elm Nursery")
    hub.sync()
    hub.do("schools", "add", "--name", "Elm Nursery", "--address", "2 Elm Road", "--postcode", "ZZ2 2ZZ")
    days = ("--from", "2019-11-04", "--to", "2019-11-05", "--approved-by", "head")
    hub.do("exempt", "add", "--kind", "ofsted", "--school", "P1", *days)
    close(hub)
    assert hub.decisions("fractions")[reference][0] == "exempt"
    load(hub, "all.csv", [row("810001", "Elm Nursery", "ZZ2 2ZZ")])
    hub.do("schools", "confirm", "810001", "--typed", "Elm Nursery")
    assert hub.decisions("fractions")[reference][0] == "exempt"


def test_who_came_instead_counts_when_a_school_entered_by_hand_gets_its_number(hub: Hub) -> None:
    event = start(hub)
    reference = book(hub, event, "Ann Archer", "Elm Nursery")
    hub.sync()
    hub.do("schools", "add", "--name", "Elm Nursery", "--address", "2 Elm Road", "--postcode", "ZZ2 2ZZ")
    hub.at("2019-11-05 16:00")
    hub.do("sync")
    hub.do("attendance", "walk-in", "fractions", "--name", "Zoe Zander", "--school", "Elm Nursery")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    assert hub.decisions("fractions")[reference][0] == "replaced"
    load(hub, "all.csv", [row("810001", "Elm Nursery", "ZZ2 2ZZ")])
    hub.do("schools", "confirm", "810001", "--typed", "Elm Nursery")
    assert hub.decisions("fractions")[reference][0] == "replaced"


def test_a_name_is_unique_only_if_the_whole_register_has_it_once(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Something Else", postcode="YY1 1AA")
    book(hub, event, "Bob Baker", "St Joes")
    hub.sync()
    load(hub, "all.csv", [row("810001", SAINT, "YY1 1AA"), row("810002", SAINT, "YY2 1AA")])
    assert "Several schools" in hub.refused("schools", "confirm", SAINT, "--typed", "St Joes")
    days = ("--from", "2019-11-04", "--to", "2019-11-05", "--approved-by", "head")
    assert "Several schools" in hub.refused("exempt", "add", "--kind", "ofsted", "--school", SAINT, *days)


def test_successive_numbers_of_one_school_do_not_make_its_name_ambiguous(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Rowan School", "810007")
    hub.sync()
    closed = row("810006", "Rowan School", "ZZ6 6ZZ", status="Closed", closed="31-08-2019")
    load(hub, "all.csv", [closed, row("810007", "Rowan School", "ZZ6 6ZZ", opened="01-09-2019")])
    load(hub, "links.csv", [link("810006", "810007", "Successor", "01-09-2019")], LINKS)
    days = ("--from", "2019-11-04", "--to", "2019-11-05", "--approved-by", "head")
    hub.do("exempt", "add", "--kind", "ofsted", "--school", "Rowan School", *days)
    close(hub)
    assert {outcome for outcome, _ in hub.decisions("fractions").values()} == {"exempt"}


def merging(hub: Hub, names: tuple[str, str] = ("Oakfield Infant School", "Oakfield Junior School")) -> None:
    """Two schools at one postcode that merge after the workshop."""
    soon = row("810001", names[0], "ZZ2 2ZZ", opened="01-09-1970", closed="31-12-2019", status="Open", trust=TRUST)
    load(hub, "all.csv", [soon, row("810002", names[1], "ZZ2 2ZZ", opened="01-09-1970", trust=TRUST)])
    load(hub, "links.csv", [link("810001", "810002", "Successor - merged", "01-01-2020")], LINKS)


def test_two_schools_that_merge_later_are_two_until_they_do(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Oakfield School", postcode="ZZ2 2ZZ")
    other = book(hub, event, "Bob Baker", "Oakfield School", "810002", "ZZ2 2ZZ")
    hub.sync()
    merging(hub)
    close(hub)
    assert billed(hub) == [(other, "810002")]
    hub.do("schools", "confirm", "810001", "--typed", "Oakfield School")
    assert (other, "810001") not in billed(hub)


def test_a_correction_counts_though_the_two_schools_merge_later(hub: Hub) -> None:
    event = start(hub)
    reference = book(hub, event, "Ann Archer", "Oakfield Infant", postcode="ZZ2 2ZZ")
    hub.sync()
    merging(hub)
    close(hub)
    assert billed(hub) == [(reference, "810001")]
    hub.at("2019-11-06 12:00")
    hub.do("schools", "confirm", "810002", "--booking", reference)
    found = plan(hub)
    assert [credit["total_pence"] for credit in found["to_credit"]] == [-5000]
    assert [invoice["school_urn"] for invoice in found["to_invoice"]] == ["810002"]


def test_each_of_two_schools_that_merge_later_has_its_own_payer(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Box School", "810001")
    book(hub, event, "Bob Baker", "Yew School", "810002")
    hub.sync()
    merging(hub, ("Box School", "Yew School"))
    load(hub, "groups.csv", [GROUP], GROUPS)
    hub.do("schools", "payer", "810002", "--bill-to", "school", "--po", "PO-YEW")
    hub.do("schools", "payer", "810001", "--bill-to", "trust", "--po", "PO-BOX")
    close(hub)
    assert {line["school_urn"]: (line["bill_to"], line["po_number"]) for line in issue(hub)} == {
        "810001": ("The Harbour Trust", "PO-BOX"),
        "810002": ("Yew School", "PO-YEW"),
    }


def test_what_was_said_of_a_part_is_not_said_of_the_whole(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Ash School", "810001")
    hub.sync()
    whole = row(
        "810001", "Ash School", "ZZ1 1ZZ", opened="01-09-1990", closed="05-11-2019", status="Closed", trust=TRUST
    )
    parts = [row(urn, f"Ash {urn}", "ZZ1 1ZZ", opened="06-11-2019", trust=TRUST) for urn in ("810008", "810009")]
    load(hub, "all.csv", [whole, *parts])
    split = [link("810001", urn, "Successor - Split School", "06-11-2019") for urn in ("810008", "810009")]
    load(hub, "links.csv", split, LINKS)
    load(hub, "groups.csv", [GROUP], GROUPS)
    close(hub)
    hub.at("2019-11-07 12:00")
    hub.do("schools", "payer", "810001", "--bill-to", "school")
    hub.do("schools", "payer", "810009", "--bill-to", "trust", "--po", "PO-9")
    assert [(line["bill_to"], line["po_number"]) for line in issue(hub)] == [("Ash School", "")]


def test_a_school_that_has_closed_since_is_not_billed_at_its_old_address(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Yew School", "810002")
    hub.sync()
    load(hub, "all.csv", [row("810002", "Yew School", "ZZ6 6ZZ", status="Closed", closed="31-12-2019")])
    close(hub)
    hub.at("2020-02-01 12:00")
    (blocked,) = plan(hub)["blocked"]
    assert "has closed since" in blocked["why"]
    hub.do(*blocked["command"].split()[1:])
    assert [line["bill_to"] for line in issue(hub)] == ["Yew School"]


def test_a_name_learned_for_a_payer_without_number_is_not_a_registered_schools(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "SMP")
    hub.sync()
    load(hub, "all.csv", [row("810009", "Sun Mill Primary School", "ZZ9 9ZZ")])
    hub.do("schools", "add", "--name", "St Mark's Playgroup", "--address", "1 Lane", "--postcode", "YY1 1YY")
    hub.do("schools", "confirm", "P1", "--typed", "SMP")
    hub.at("2019-09-05 12:00")
    later = book(hub, event, "Bob Baker", "SMP", "810009", "ZZ9 9ZZ")
    hub.sync()
    close(hub)
    assert later not in dict(billed(hub))


def test_bookings_with_other_postcodes_wait_apart_and_are_answered_apart(hub: Hub) -> None:
    event = start(hub)
    near, far = (
        book(hub, event, name, "St Mary's", postcode=pc) for name, pc in (("Ann A", "AA1 1AA"), ("Bob B", "BB2 2BB"))
    )
    nameless = [book(hub, event, name, postcode="CC1 1CC") for name in ("Cat C", "Dan D")]
    hub.sync()
    load(hub, "all.csv", [row("810001", "St Mary's School", "DD1 1DD"), row("810002", "St Mary's Hall", "EE2 2EE")])
    waiting = hub.do("schools", "match", "--json").json()["waiting"]
    assert [entry["booking_ids"] for entry in waiting] == [*([ref] for ref in sorted(nameless)), [near], [far]]
    assert len(hub.do("schools", "list", "--json").json()["waiting"]) == 2
    path = hub.folder / "waiting.csv"
    path.write_text(f"typed_name,typed_urn,school,booking_ids\nSt Mary's,,810001,{near}\n", encoding="utf-8")
    hub.do("schools", "confirm", "--file", str(path))
    close(hub)
    assert billed(hub) == [(near, "810001")]
    path.write_text("typed_name,typed_urn,school\n,,810001\n", encoding="utf-8")
    assert "waits 2 times" in hub.refused("schools", "confirm", "--file", str(path))


def test_an_answer_does_not_come_back_when_the_one_after_it_is_withdrawn(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Elm")
    hub.sync()
    load(hub, "all.csv", [row("810009", "Elm Primary School", "ZZ9 9ZZ")])
    hub.do("schools", "confirm", "810009", "--typed", "Elm")
    added = hub.do("schools", "add", "--name", "Elm Nursery", "--address", "1 Lane", "--postcode", "YY1 1YY").facts[0]
    hub.do("schools", "confirm", "P1", "--typed", "Elm")
    hub.do("retract", added)
    close(hub)
    assert billed(hub) == []


def test_a_corrected_date_of_a_link_is_taken_over(hub: Hub) -> None:
    event = start(hub)
    book(hub, event, "Ann Archer", "Rowan School", "810001")
    hub.sync()
    load(hub, "all.csv", [row("810009", "Another School", "ZZ9 9ZZ")])
    hub.do(
        "schools", "add", "--urn", "810001", "--name", "Rowan School", "--address", "1 Lane", "--postcode", "ZZ1 1ZZ"
    )
    load(hub, "links.csv", [link("810001", "810002", "Successor", "01-09-2019")], LINKS)
    load(hub, "links2.csv", [link("810001", "810002", "Successor", "01-01-2020")], LINKS)
    close(hub)
    assert [line["school_urn"] for line in issue(hub)] == ["810001"]

"""What was recorded and issued is found again: facts, exemptions, documents, a workshop on its evening."""

from __future__ import annotations

import pytest

from tests.e2e.register_day import Day, begin_register_day
from tests.hub import Hub, Result
from tests.terminal import at_a_terminal

CLAIM = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "illness", "--booking")


@pytest.fixture
def day(hub: Hub) -> Day:
    return begin_register_day(hub)


def said(result: Result) -> str:
    """stdout without its line breaks."""
    return " ".join(result.out.split())


def test_facts_are_listed_newest_first_with_what_withdrew_them(day: Day) -> None:
    hub = day.hub
    mark = hub.do("attendance", "mark", "fractions", day.bob, "absent").facts[0]
    withdrawal = hub.do("retract", mark).facts[0]
    found = said(hub.do("facts", "fractions"))
    assert f"Bob Baker, Ash Lane Primary: absent. (withdrawn by fact {withdrawal})" in found
    assert found.index(f"fact {withdrawal} ") < found.index(f"fact {mark} ")
    assert f"Withdrew fact {mark}: Bob Baker, Ash Lane Primary: absent." in found
    listed = hub.do("facts", "--booking", day.bob.lower(), "--json").json()["facts"]
    assert [(fact["id"], fact["withdrawn_by"], fact["booking_ids"]) for fact in listed] == [
        (withdrawal, None, [day.bob]),
        (mark, withdrawal, [day.bob]),
    ]
    assert "Baker" not in hub.do("facts").err


def test_facts_of_another_workshop_are_not_listed(day: Day) -> None:
    hub = day.hub
    hub.event("Algebra", "2019-11-06 10:00", "2019-11-06 15:00", slug="algebra")
    hub.sync()
    assert hub.do("facts", "algebra", "--json").json() == {"facts": []}
    assert said(hub.do("facts", "algebra")) == "Nobody has recorded anything here yet."


def test_exemptions_are_listed_with_their_ids_and_commands(day: Day) -> None:
    hub = day.hub
    assert said(hub.do("exempt", "list")) == "There are no exemptions."
    claim = hub.do(*CLAIM, day.bob).facts[0]
    found = said(hub.do("exempt", "list", "--open"))
    assert f"exemption {claim}: claimed Bob Baker, Ash Lane Primary, extenuating circumstances (illness)" in found
    assert f"ebsync exempt approve {claim}" in found
    hub.do("exempt", "approve", claim)
    assert hub.do("exempt", "list", "--open", "--json").json() == {"exemptions": []}
    (listed,) = hub.do("exempt", "list", "--json").json()["exemptions"]
    assert (listed["id"], listed["state"], listed["booking_id"]) == (claim, "approved", day.bob)


def test_documents_are_listed_and_explained_by_short_numbers(day: Day) -> None:
    hub = day.hub
    assert said(hub.do("documents")) == "No document has been issued."
    hub.add_schools()
    hub.at("2019-11-05 16:00")
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.sync()
    hub.do("invoices", "--yes")
    hub.do("credit", "inv-1", "--reason", "Billed in error")
    documents = {each["number"]: each for each in hub.do("documents", "--json").json()["documents"]}
    first, credit = documents["INV-000001"], documents["CN-000001"]
    assert (first["number"], first["credited_by"], first["credited_pence"]) == ("INV-000001", ["CN-000001"], -5000)
    assert (credit["number"], credit["original_number"], credit["batch_id"]) == ("CN-000001", "INV-000001", None)
    listed = said(hub.do("documents", "--school", "Ash Lane Primary"))
    assert "INV-000001 Tue 5 Nov 2019 £50.00 credited by CN-000001 Ash Lane Primary: Fractions" in listed
    assert "Elm Nursery" not in listed
    why = said(hub.do("explain", "inv1"))
    assert "Decided when it was issued: The place is charged" in why
    assert "It was billed on INV-000001, which CN-000001 credited." in why
    assert "What people recorded about it: - fact" in why
    assert "It credits INV-000001: Billed in error" in said(hub.do("explain", "CN-1"))
    assert "There is no document INV-000999." in hub.refused("explain", "INV-999")
    assert "Say WORKSHOP and BOOKING" in hub.refused("explain", "fractions")


def test_an_evening_shows_who_is_open_and_what_to_type_next(day: Day) -> None:
    hub = day.hub
    hub.add_schools()
    hub.at("2019-11-05 17:00")
    claim = hub.do(*CLAIM, day.cat).facts[0]
    shown = said(hub.do("evening"))
    assert "fractions, Tue 5 Nov 2019: register open" in shown
    assert f"Ann Archer Ash Lane Primary present {day.ann} Bob Baker Ash Lane Primary not marked yet {day.bob}" in shown
    assert "Claimed, and not decided yet: Cat Cole, Elm Nursery, extenuating circumstances (illness)" in shown
    assert f"ebsync attendance mark fractions {day.bob} present" in shown
    assert f"ebsync exempt approve {claim}" in shown
    hub.do("exempt", "approve", claim)
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.sync()
    shown = said(hub.do("evening", "fract"))
    assert "To invoice: Ash Lane Primary, fractions (Tue 5 Nov 2019), £50.00" in shown
    assert "in all: £50.00 Next: ebsync invoices fractions" in shown
    hub.do("invoices", "--yes")
    assert "There is nothing left to do." in said(hub.do("evening"))


def test_at_a_terminal_an_evening_asks_about_whoever_is_unmarked_and_records_each_answer(day: Day) -> None:
    shown = at_a_terminal("evening", answers="x\nl\ns\n")
    assert "Bob Baker, Ash Lane Primary: late." in shown
    marked = {each["booking_ids"][0]: each["sentence"] for each in day.hub.do("facts", "--json").json()["facts"]}
    assert set(marked) == {day.ann, day.bob}
    assert "Cat Cole" in shown.rpartition("not marked yet")[0]


def test_before_anything_began_there_is_no_evening(hub: Hub) -> None:
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.sync()
    assert "No workshop has begun yet." in hub.refused("evening")


def test_a_plan_names_schools_workshops_and_reasons_and_no_teacher(day: Day) -> None:
    hub = day.hub
    hub.at("2019-11-05 17:00")
    hub.do(*CLAIM, day.cat)
    hub.do("attendance", "close", "fractions", "--rest-absent")
    waiting = hub.run("invoices")
    assert "Waits for time: fractions (Tue 5 Nov 2019)" in said(waiting)
    assert "the bookings have not been read since the workshop ended" in said(waiting)
    hub.sync()
    hub.add_schools()
    plan = hub.run("invoices")
    assert plan.code == 3
    assert "To invoice: Ash Lane Primary, fractions (Tue 5 Nov 2019), £50.00" in said(plan)
    assert f"{day.bob}: Booked and not attended, £50.00 in all: £50.00" in said(plan)
    assert f"{day.cat}: an exemption was claimed; approve or refuse it" in said(plan)
    assert not [name for name in ("Archer", "Baker", "Cole") if name in plan.out + plan.err]
    hub.do("invoices", "--yes")
    credit = said(hub.do("credit", "INV-1", "--reason", "Billed in error", "--dry-run"))
    assert "To credit of INV-000001: fractions (Tue 5 Nov 2019), -£50.00" in credit

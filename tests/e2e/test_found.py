"""What was recorded and issued is found again: facts, exemptions, documents, and why a document is there."""

from __future__ import annotations

import pytest

from tests.e2e.register_day import Day, begin_register_day
from tests.hub import Hub, Result

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

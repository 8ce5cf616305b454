"""Who pays: the school or its trust, by setting and school by school; frozen when issued, known before that."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.hub import Hub
from tests.register_files import DOWNLOAD, GROUPS, LINKS, Row, link, school, write_register

pytestmark = pytest.mark.every_database

TRUST = "5001 The Harbour Trust"
SCHOOLS = [
    school("810001", "Ash Lane Primary School", "ZZ1 1ZZ"),
    school("810002", "Quayside Academy", "ZZ2 2ZZ", trust=TRUST),
    school("810003", "Lighthouse Academy", "ZZ3 3ZZ", trust=TRUST),
]
GROUP = {
    "Group UID": "5001",
    "Group Name": "The Harbour Trust",
    "Group Type": "Multi-academy trust",
    "Group Contact Street": "9 Pier Road",
    "Group Contact Town": "Larkmoor",
    "Group Contact Postcode": "ZZ9 9ZZ",
}
TYPED = {"810001": "Ash Lane Primary", "810002": "Quayside Academy", "810003": "Lighthouse Academy"}


def load(hub: Hub, name: str, rows: list[Row], columns: tuple[str, ...] = DOWNLOAD) -> None:
    hub.do("schools", "load", str(write_register(hub.folder / name, columns, rows)))


def plan(hub: Hub) -> dict[str, Any]:
    result = hub.run("invoices", "--dry-run", "--json")
    assert result.code == 0, result
    found: dict[str, Any] = result.json()
    return found


def issue(hub: Hub, code: int = 0) -> dict[str, dict[str, str]]:
    """What the charge list says of each invoice issued so far, by the URN of its school."""
    result = hub.run("invoices", "--yes", "-o", "out")
    assert result.code == code, result
    rows = csv.DictReader(io.StringIO(hub.do("export", "charges", "--since", "2019-11-01").out))
    return {row["school_urn"]: row for row in rows if row["document_kind"] == "invoice"}


@pytest.fixture
def charged(hub: Hub) -> Hub:
    """Three schools of the register, nobody of which came."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    for urn, name in TYPED.items():
        hub.book(event, f"Teacher {urn[-1]}", {"School name": name, "School URN": urn})
    hub.sync()
    load(hub, "all.csv", SCHOOLS)
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    return hub


def test_schools_pay_unless_the_setting_or_a_person_says_otherwise(charged: Hub) -> None:
    load(charged, "groups.csv", [GROUP], GROUPS)
    charged.do("schools", "payer", "810003", "--bill-to", "trust", "--po", "PO-3")
    charged.do("schools", "payer", "T5001", "--email", "ledger@harbour.example.org", "--po", "PO-T")
    rows = issue(charged)
    assert {urn: (row["bill_to"], row["po_number"]) for urn, row in rows.items()} == {
        "810001": ("Ash Lane Primary School", ""),
        "810002": ("Quayside Academy", ""),
        "810003": ("The Harbour Trust", "PO-3"),
    }
    assert rows["810003"]["school"] == "Lighthouse Academy"
    charged.do("verify")


def test_trusts_pay_by_setting_except_for_a_school_of_which_somebody_said_no(
    charged: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EBSYNC_BILL_TO", "trust")
    load(charged, "groups.csv", [GROUP], GROUPS)
    charged.do("schools", "payer", "T5001", "--po", "PO-T")
    charged.do("schools", "payer", "810003", "--bill-to", "school")
    assert {urn: (row["bill_to"], row["po_number"]) for urn, row in issue(charged).items()} == {
        "810001": ("Ash Lane Primary School", ""),
        "810002": ("The Harbour Trust", "PO-T"),
        "810003": ("Lighthouse Academy", ""),
    }
    monkeypatch.setenv("EBSYNC_BILL_TO", "school")
    assert not plan(charged)["to_invoice"]
    assert not plan(charged)["to_credit"]
    charged.do("verify")


def test_a_trust_whose_address_is_not_known_is_not_billed_until_somebody_says_what_to_do(
    charged: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EBSYNC_BILL_TO", "trust")
    blocked = plan(charged)["blocked"]
    assert [(b["school"], b["command"]) for b in blocked] == [
        ("Quayside Academy", "ebsync schools payer 810002 --bill-to school"),
        ("Lighthouse Academy", "ebsync schools payer 810003 --bill-to school"),
    ]
    fact = charged.do("schools", "payer", "810002", "--bill-to", "school", "--json").json()["fact_ids"][0]
    assert [b["school"] for b in plan(charged)["blocked"]] == ["Lighthouse Academy"]
    charged.do("retract", fact)
    assert len(plan(charged)["blocked"]) == 2


def test_a_school_of_the_register_without_an_address_is_not_billed(charged: Hub) -> None:
    load(charged, "later.csv", [school("810001", "Ash Lane Primary School", "", street="", town="")])
    blocked = plan(charged)["blocked"]
    assert [(b["why"], b["school"]) for b in blocked] == [
        ("the address of the school is not known", "Ash Lane Primary School")
    ]
    assert blocked[0]["command"].startswith('ebsync schools add --urn 810001 --name "Ash Lane Primary School"')
    charged.add_schools()
    charged.do("schools", "add", "--urn", "810001", "--name", "Ash Lane", "--address", "1 Ash Lane", "--postcode", "Z1")
    assert not plan(charged)["blocked"]


def test_the_bill_goes_to_who_the_school_is_on_the_day_of_issue(charged: Hub) -> None:
    converted = school("810009", "Ash Lane Academy", "ZZ1 1ZZ", opened="06-11-2019")
    closed = school("810001", "Ash Lane Primary School", "ZZ1 1ZZ", status="Closed", closed="05-11-2019")
    load(charged, "later.csv", [closed, converted])
    load(charged, "links.csv", [link("810001", "810009", "Successor", "06-11-2019")], LINKS)
    charged.at("2019-11-07 12:00")
    assert issue(charged)["810001"]["bill_to"] == "Ash Lane Academy"
    charged.do("verify")


def test_a_school_that_became_several_is_billed_only_once_somebody_says_so(charged: Hub) -> None:
    closed = school("810001", "Ash Lane Primary School", "ZZ1 1ZZ", status="Closed", closed="05-11-2019")
    parts = [school(urn, f"Ash {urn}", "ZZ1 1ZZ", opened="06-11-2019") for urn in ("810008", "810009")]
    load(charged, "later.csv", [closed, *parts])
    split = [link("810001", part["URN"], "Successor - Split School", "06-11-2019") for part in parts]
    load(charged, "links.csv", split, LINKS)
    charged.at("2019-11-07 12:00")
    blocked = plan(charged)["blocked"]
    assert [b["command"] for b in blocked] == ["ebsync schools payer 810001 --bill-to school"]
    charged.do("schools", "payer", "810001", "--bill-to", "school")
    assert issue(charged)["810001"]["bill_to"] == "Ash Lane Primary School"


def test_what_cannot_be_meant_is_refused(charged: Hub) -> None:
    assert "at least one" in charged.refused("schools", "payer", "810001")
    assert "no trust T77" in charged.refused("schools", "payer", "T77", "--po", "1")
    assert "of a school" in charged.refused("schools", "payer", "T77", "--bill-to", "school")
    assert "999999" in charged.refused("schools", "payer", "999999", "--po", "1")


def test_a_load_of_the_register_cannot_be_withdrawn(charged: Hub) -> None:
    path = write_register(charged.folder / "groups.csv", GROUPS, [GROUP])
    fact = charged.do("schools", "load", str(path), "--json").json()["fact_ids"][0]
    assert "could be withdrawn" in charged.refused("retract", fact)

"""Two schools of one name are two customers of the accounting program, or finance is asked."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pytest

from tests.hub import Hub

MARY = "St Mary's Primary School"
AMBLESIDE, KENDAL = f"{MARY}, Ambleside (URN 800011)", f"{MARY}, Kendal (URN 800012)"
COLUMNS = {
    "xero": ("*InvoiceNumber", "*ContactName"),
    "quickbooks": ("*InvoiceNo", "*Customer"),
    "quickbooks-tax": ("*InvoiceNo", "*Customer"),
    "quickbooks-currency": ("*InvoiceNo", "*Customer"),
}


@dataclass
class Term:
    """Two workshops at which a teacher of each school stayed away."""

    hub: Hub

    def bill(self, *urns: str, on: str = "2019-11-05") -> None:
        """Teachers of these schools stay away from a workshop, and their schools are billed."""
        event = self.hub.event(f"Day {on}", f"{on} 10:00", f"{on} 15:00", slug=f"day-{on}")
        for urn in urns:
            self.hub.book(event, f"Teacher {urn}", {"School name": MARY, "School URN": urn})
        self.hub.sync()
        self.hub.at(f"{on} 16:00")
        self.hub.sync()
        self.hub.do("attendance", "close", event, "--nobody-came")
        self.hub.do("invoices", event, "--yes", "-o", f"out-{on}")

    def export(self, name: str, *arguments: str) -> tuple[dict[str, str], str]:
        """Customers by document number, and what was said."""
        done = self.hub.do("export", "charges", "--format", name, *arguments)
        number, customer = COLUMNS.get(name, ("number", "customer"))
        rows = csv.DictReader(io.StringIO(done.out, newline=""))
        return {row[number]: row[customer] for row in rows}, done.err


@pytest.fixture
def term(hub: Hub) -> Term:
    for urn, town in (("800011", "Ambleside"), ("800012", "Kendal")):
        where = ("--address", "1 Church Street", "--address", town, "--postcode", f"LA{urn[-1]} 1AA")
        hub.do("schools", "add", "--urn", urn, "--name", MARY, *where)
    return Term(hub)


@pytest.mark.parametrize("name", list(COLUMNS))
def test_two_schools_of_one_name_are_told_apart_and_finance_is_told(term: Term, name: str) -> None:
    term.bill("800011", "800012")
    customers, said = term.export(name)
    assert sorted(customers.values()) == [AMBLESIDE, KENDAL]
    assert "Several payers have one name" in said
    for number, customer in customers.items():
        assert f"  {number}: {customer}" in said


def test_a_batch_keeps_its_names_and_a_later_namesake_never_has_them(term: Term) -> None:
    term.bill("800011")
    first, said = term.export("xero")
    assert [*first.values()] == [MARY]
    assert "one name" not in said
    again = term.hub.do("export", "charges", "--batch", "1").out
    term.bill("800011", "800012", on="2020-01-21")
    second, said = term.export("xero")
    assert sorted(second.values()) == [MARY, KENDAL]
    assert KENDAL in said
    assert MARY + "\n" not in said
    assert term.hub.do("export", "charges", "--batch", "1").out == again
    assert term.export("quickbooks", "--batch", "1")[0] == first
    assert term.export("quickbooks", "--batch", "2")[0] == second
    assert term.export("xero", "--since", "2019-01-01")[0] == first | second
    term.hub.patch.setenv("EBSYNC_CODES__CUSTOMER", "800011=MARY-A; 800012=MARY-K")
    assert term.hub.do("export", "charges", "--batch", "1").out == again
    assert term.hub.do("verify").code == 0


def test_a_list_of_ebsync_itself_leaves_no_name_to_a_later_namesake(term: Term) -> None:
    term.bill("800011")
    term.hub.do("export", "charges")
    first, _ = term.export("xero", "--batch", "1")
    term.bill("800012", on="2020-01-21")
    term.hub.do("export", "charges")
    assert [*term.export("xero", "--batch", "2")[0].values()] == [KENDAL]
    assert term.export("xero", "--batch", "1")[0] == first


def test_settings_say_what_a_customer_is_called(term: Term) -> None:
    term.bill("800011", "800012")
    (term.hub.folder / "ebsync.toml").write_text(
        '[codes.customer]\n"800011" = "Mary of the Lake"\n"800012" = "Mary of the Castle"\n', encoding="utf-8"
    )
    customers, said = term.export("quickbooks")
    assert sorted(customers.values()) == ["Mary of the Castle", "Mary of the Lake"]
    assert "one name" not in said


def test_two_schools_with_one_customer_are_refused_and_no_batch_is_made(term: Term) -> None:
    term.bill("800011", "800012")
    for codes in ("800011=MARY; 800012=mary", f"{MARY}=MARY"):
        term.hub.patch.setenv("EBSYNC_CODES__CUSTOMER", codes)
        for name in ("xero", "sage50"):
            refusal = term.hub.refused("export", "charges", "--format", name, code=78)
            assert "Nothing was exported" in refusal
    assert "CL-" not in term.hub.do("export", "batches").out


def test_an_own_map_that_knows_names_alone_is_refused_where_two_are_alike(term: Term) -> None:
    own = term.hub.folder / "own.toml"
    own.write_text(
        'title = "Own"\n'
        'columns = [{ name = "number", field = "document_number" }, { name = "customer", field = "bill_to" }]\n'
    )
    term.bill("800011")
    assert [*term.export(str(own))[0].values()] == [MARY]
    term.bill("800012", on="2020-01-21")
    refusal = term.hub.refused("export", "charges", "--format", str(own), code=78)
    assert f"“{KENDAL}”" in refusal
    assert "the field customer" in refusal
    own.write_text(own.read_text().replace("bill_to", "customer"))
    assert [*term.export(str(own))[0].values()] == [KENDAL]
    own.write_text('extends = "xero"\n[codes.customer]\n"800012" = "Kendal"\n')
    (row,) = csv.DictReader(io.StringIO(term.hub.do("export", "charges", "--batch", "2", "--format", str(own)).out))
    assert row["*ContactName"] == "Kendal"


def test_a_map_cannot_bring_names_of_its_own_for_documents(term: Term) -> None:
    own = term.hub.folder / "own.toml"
    own.write_text('extends = "xero"\n[customers]\n"INV-000001" = "Somebody"\n')
    assert "only ebsync fills in" in term.hub.refused("export", "charges", "--format", str(own), code=78)


def test_an_e_invoice_never_goes_to_the_address_of_a_namesake(term: Term) -> None:
    term.bill("800011", "800012")
    term.hub.patch.setenv("EBSYNC_EINVOICE__BUYERS", f"{MARY}=0088:5060000000009")
    for file_format in ("ubl", "pdf+ubl"):
        refusal = term.hub.refused("export", "invoices", "--format", file_format, "-o", "xml", code=78)
        assert f"“{MARY}”, and 2 payers are called so" in refusal
    term.hub.patch.setenv("EBSYNC_EINVOICE__BUYERS", "800011=0088:5060000000009;800012=0088:5060000000016")
    assert "payers are called so" not in term.hub.run("export", "invoices", "--format", "ubl", "-o", "xml").err

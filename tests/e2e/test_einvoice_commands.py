"""`ebsync export invoices` as e-invoices, from a closed register to files for the payer's system."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.einvoices import broken_rules
from tests.hub import ELM, Hub

SELLER, ASH_LANE, NURSERY = "0088:5060000000009", "0060:123456789", "9932:GB999999973"


@pytest.fixture
def billed(hub: Hub) -> Hub:
    """INV-000001 and INV-000002 over one place each, the second credited by CN-000001."""
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Ann Archer")
    hub.book(event, "Cat Cole", ELM)
    hub.sync()
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.add_schools()
    hub.do("invoices", "--yes")
    hub.at("2019-11-06 09:00")
    hub.do("credit", "INV-000002", "--reason", "Inspectors were in school")
    return hub


@pytest.fixture
def on_peppol(billed: Hub) -> Hub:
    """Both sides have an address in Peppol."""
    billed.patch.setenv("EBSYNC_EINVOICE__SELLER", SELLER)
    billed.patch.setenv("EBSYNC_EINVOICE__BUYERS", f"800001={ASH_LANE}; Elm Nursery={NURSERY}")
    return billed


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.every_database
def test_every_document_becomes_an_einvoice_fit_for_peppol(on_peppol: Hub) -> None:
    hub = on_peppol
    result = hub.do("export", "invoices", "--format", "ubl", "-o", "out")
    assert result.out.splitlines() == ["out/INV-000001.xml", "out/INV-000002.xml", "out/CN-000001.xml"]
    assert "Peppol" not in result.err
    written = {name: (hub.folder / "out" / name).read_bytes() for name in names(hub.folder / "out")}
    assert len(written) == 3
    assert {name: broken_rules(xml) for name, xml in written.items() if broken_rules(xml)} == {}
    # again, and one alone: the same bytes, left alone
    hub.do("export", "invoices", "--format", "ubl", "-o", "out")
    assert hub.do("export", "invoices", "--format", "ubl", "--number", "cn-000001", "-o", "one").out == (
        "one/CN-000001.xml\n"
    )
    assert (hub.folder / "one" / "CN-000001.xml").read_bytes() == written["CN-000001.xml"]


def test_payers_without_an_address_are_named_and_nothing_is_written(billed: Hub) -> None:
    billed.patch.setenv("EBSYNC_EINVOICE__BUYERS", f"800001={ASH_LANE}")
    said = billed.refused("export", "invoices", "--format", "ubl", "-o", "out", code=78)
    assert "INV-000002: no e-mail address of the payer (or EBSYNC_EINVOICE__BUYERS)" in said
    assert "CN-000001: no e-mail address" in said
    assert "INV-000001" not in said
    assert names(billed.folder / "out") == []


def test_a_taxed_charge_without_a_vat_number_is_refused_before_anything_is_written(on_peppol: Hub) -> None:
    hub = on_peppol
    hub.patch.setenv("EBSYNC_VAT__TREATMENT", "zero")
    hub.do("credit", "INV-000001", "--reason", "Wrong address", "--reissue")
    hub.do("invoices", "--yes")
    said = hub.refused("export", "invoices", "--format", "pdf+ubl", "-o", "out", code=78)
    assert said.splitlines()[1:] == [
        "ebsync: These documents cannot be e-invoices; nothing was written:",
        "  INV-000003: no VAT number when it was issued, though its VAT treatment is zero",
    ]
    assert names(hub.folder / "out") == []


def test_what_is_addressed_by_email_is_said_not_to_be_for_peppol(on_peppol: Hub) -> None:
    on_peppol.patch.delenv("EBSYNC_EINVOICE__SELLER")
    result = on_peppol.do("export", "invoices", "--format", "ubl", "-o", "out")
    assert "3 of 3 e-invoices have e-mail addresses" in result.err
    assert "EBSYNC_EINVOICE__SELLER" in result.err


def test_a_new_rendering_carries_the_einvoice_and_the_issued_page_stays(on_peppol: Hub) -> None:
    hub = on_peppol
    hub.do("export", "invoices", "-o", "out")
    issued = (hub.folder / "out" / "INV-000001.pdf").read_bytes()
    hub.do("export", "invoices", "--format", "ubl", "-o", "out")
    result = hub.do("export", "invoices", "--format", "pdf+ubl", "-o", "out")
    assert result.out.splitlines()[0] == "out/INV-000001.ubl.pdf"
    copy = PdfReader(io.BytesIO((hub.folder / "out" / "INV-000001.ubl.pdf").read_bytes()))
    assert copy.attachments["INV-000001.xml"] == [(hub.folder / "out" / "INV-000001.xml").read_bytes()]
    page = PdfReader(io.BytesIO(issued)).pages[0]
    assert copy.pages[0].extract_text() == page.extract_text()
    hub.do("export", "invoices", "-o", "again")
    assert (hub.folder / "again" / "INV-000001.pdf").read_bytes() == issued


def test_a_character_that_the_page_lacks_is_reported_and_in_the_einvoice(on_peppol: Hub) -> None:
    on_peppol.patch.setenv("EBSYNC_SUPPLIER__NAME", "Sample 李 Trust")
    on_peppol.do("credit", "INV-000001", "--reason", "Wrong name", "--reissue")
    on_peppol.do("invoices", "--yes")
    result = on_peppol.do("export", "invoices", "--number", "INV-000003", "--format", "pdf+ubl")
    assert "INV-000003: shown as squares, because the fonts lack them: 李" in result.err
    attached = PdfReader(on_peppol.folder / "INV-000003.ubl.pdf").attachments["INV-000003.xml"]
    assert "Sample 李 Trust" in attached[0].decode()


def test_an_installation_without_the_extra_is_told_how_to_get_it(billed: Hub) -> None:
    billed.patch.setitem(sys.modules, "facturx", None)
    assert "pip install 'ebsync[einvoice]'" in billed.refused("export", "invoices", "--format", "ubl", code=78)
    assert billed.do("export", "invoices", "-o", "out").out.startswith("out/INV-000001.pdf")


def test_a_hub_without_documents_is_said_to_have_none(hub: Hub) -> None:
    result = hub.do("export", "invoices", "--format", "ubl", "-o", "out")
    assert (result.out, "No document has been issued yet." in result.err) == ("", True)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("EBSYNC_EINVOICE__SELLER", "finance@hub.example.org", "write scheme and address with : between"),
        ("EBSYNC_EINVOICE__SELLER", "0088:5060000000008", "5060000000008 is no GLN"),
        ("EBSYNC_EINVOICE__SELLER", "0088:506", "506 is no GLN"),
        ("EBSYNC_EINVOICE__BUYERS", "800001", "write names and values with = between"),
        ("EBSYNC_EINVOICE__BUYERS", "800001=1234:5", "write scheme and address with : between"),
    ],
)
def test_an_address_that_is_none_is_refused_with_the_way_to_write_it(
    hub: Hub, name: str, value: str, said: str
) -> None:
    hub.patch.setenv(name, value)
    message = hub.refused("export", "invoices", "--format", "ubl", code=78)
    assert said in message
    assert name in message


def test_addresses_may_stand_in_the_settings_file(billed: Hub) -> None:
    (billed.folder / "ebsync.toml").write_text(
        f'[einvoice]\nseller = "{SELLER}"\nbuyers = {{ "800001" = "{ASH_LANE}", "Elm Nursery" = "{NURSERY}" }}\n',
        encoding="utf-8",
    )
    billed.do("export", "invoices", "--format", "ubl", "-o", "out")
    assert names(billed.folder / "out") == ["CN-000001.xml", "INV-000001.xml", "INV-000002.xml"]

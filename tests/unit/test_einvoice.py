"""E-invoices, held against the schema of UBL 2.1 and the rules of CEN and Peppol."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from pypdf import PdfReader

from eb_sync.billing.vat import split_gross
from eb_sync.errors import SettingsError
from eb_sync.export import (
    Addressing,
    Endpoint,
    check_einvoices,
    is_on_peppol,
    render_document_pdf,
    render_pdf_with_ubl,
    render_ubl,
)
from eb_sync.model.documents import BillTo, Document, DocumentKind, VatTreatment
from tests.einvoices import CAC, CBC, broken_rules, rules_applied
from tests.papers import CREDIT_NOTE, HOSTILE, INVOICE, SUPPLIER, many_lines

ON_PEPPOL = Addressing(
    seller=Endpoint("0088", "5060000000009"), buyers={"Brookfield Federation": Endpoint("9932", "GB999999973")}
)
NOT_ON_PEPPOL = {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-CL008"}
"""What Peppol's rules say of every e-invoice that is addressed by e-mail: it does not claim to be theirs."""
VAT_NUMBER = "GB 999 9999 73"
VAT_SCHEME = (
    "<cac:PartyTaxScheme><cbc:CompanyID>GB999999973</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID>"
    "</cac:TaxScheme></cac:PartyTaxScheme>"
)


def document(kind: DocumentKind, treatment: VatTreatment, count: int = 1) -> Document:
    """An invoice or a credit note over £50 a place."""
    given, sign = (INVOICE, 1) if kind is DocumentKind.INVOICE else (CREDIT_NOTE, -1)
    net, vat = split_gross(5000, treatment)
    line = replace(given.lines[0], net_pence=sign * net, vat_pence=sign * vat)
    original = None if sign == 1 else 1
    lines = tuple(
        replace(line, line_number=n, booking_id=f"B{n:04d}", original_line_number=original and n)
        for n in range(1, count + 1)
    )
    supplier = replace(SUPPLIER, vat_number=VAT_NUMBER)
    return replace(given, vat_treatment=treatment, lines=lines, supplier=supplier)


def read(xml: bytes) -> Any:  # noqa: ANN401 - an element, of a library without types
    return etree.fromstring(xml)


def value(xml: bytes, path: str) -> str | None:
    """The text at a path such as `cac:PaymentMeans/cbc:PaymentID`; None if there is no such element."""
    text = read(xml).findtext(path.replace("cac:", CAC).replace("cbc:", CBC))
    return None if text is None else str(text)


def all_text(xml: bytes) -> str:
    return "\n".join(read(xml).itertext())


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("treatment", VatTreatment)
@pytest.mark.parametrize("kind", DocumentKind)
def test_every_rule_of_cen_and_peppol_is_kept(kind: DocumentKind, treatment: VatTreatment, count: int) -> None:
    xml = render_ubl(document(kind, treatment, count), ON_PEPPOL)
    assert broken_rules(xml) == set()
    assert all(times > 25 for times in rules_applied(xml).values())
    assert len(re.findall(b"<cac:(?:Invoice|CreditNote)Line>", xml)) == count


@pytest.mark.parametrize("treatment", VatTreatment)
@pytest.mark.parametrize("kind", DocumentKind)
def test_addressed_by_email_it_keeps_the_standard_and_does_not_claim_to_be_peppols(
    kind: DocumentKind, treatment: VatTreatment
) -> None:
    given = document(kind, treatment)
    xml = render_ubl(given)
    assert broken_rules(xml) == NOT_ON_PEPPOL
    assert value(xml, "cbc:CustomizationID") == "urn:cen.eu:en16931:2017"
    assert not is_on_peppol(given, Addressing())
    assert is_on_peppol(given, ON_PEPPOL)
    assert not is_on_peppol(given, Addressing(buyers=ON_PEPPOL.buyers))


FAULTS = [
    ("outside_scope", "payable amount", r"(<cbc:PayableAmount[^>]*>)50.00", r"\g<1>51.00", "BR-CO-16"),
    ("outside_scope", "sum of the lines", r"(Total>\s*<cbc:LineExtensionAmount[^>]*>)50.00", r"\g<1>49.00", "BR-CO-10"),
    ("standard", "total with VAT", r"(<cbc:TaxInclusiveAmount[^>]*>)50.00", r"\g<1>50.01", "BR-CO-15"),
    ("standard", "VAT off by more than a pound", r"(<cbc:TaxAmount[^>]*>)8.33", r"\g<1>6.33", "BR-S-09"),
    ("standard", "no VAT number", r"<cac:PartyTaxScheme>.*?</cac:PartyTaxScheme>", "", "BR-S-02"),
    ("standard", "VAT number without a country", ">GB999999973</cbc:C", ">999999973</cbc:C", "BR-CO-09"),
    ("zero", "no VAT number", r"<cac:PartyTaxScheme>.*?</cac:PartyTaxScheme>", "", "BR-Z-02"),
    ("zero", "a rate", "<cbc:Percent>0<", "<cbc:Percent>20<", "BR-Z-05"),
    ("exempt", "no VAT number", r"<cac:PartyTaxScheme>.*?</cac:PartyTaxScheme>", "", "BR-E-02"),
    ("exempt", "no reason", r"<cbc:TaxExemptionReason>.*?</cbc:TaxExemptionReason>", "", "BR-E-10"),
    (
        "outside_scope",
        "a VAT number",
        "(<cac:PartyLegalEntity>)",
        f"{VAT_SCHEME}\\1",
        "BR-O-02",
    ),
    ("outside_scope", "a rate", "(<cbc:ID>O</cbc:ID>)", r"\1<cbc:Percent>0</cbc:Percent>", "BR-O-05"),
    ("outside_scope", "two treatments", r"(<cac:Item>.*?)<cbc:ID>O<", r"\1<cbc:ID>Z<", "BR-Z-01"),
    ("outside_scope", "negative price", r"(<cbc:PriceAmount[^>]*>)50.00", r"\g<1>-50.00", "BR-27"),
    ("outside_scope", "no buyer reference", r"<cac:OrderReference>.*?</cac:OrderReference>", "", "PEPPOL-EN16931-R003"),
    ("outside_scope", "no address of the buyer", r'<cbc:EndpointID schemeID="9932">.*?</cbc:EndpointID>', "",
     "PEPPOL-EN16931-R010"),
    ("outside_scope", "no address of the seller", r'<cbc:EndpointID schemeID="0088">.*?</cbc:EndpointID>', "",
     "PEPPOL-EN16931-R020"),
    ("outside_scope", "a wrong GLN", ">5060000000009<", ">5060000000008<", "PEPPOL-COMMON-R040"),
    ("outside_scope", "nothing in an element", ">PO-7781<", "> <", "PEPPOL-EN16931-R008"),
    ("outside_scope", "two notes", "(<cbc:DocumentCurrencyCode)", r"<cbc:Note>x</cbc:Note>\1", "PEPPOL-EN16931-R002"),
    ("outside_scope", "no country", r"<cac:Country>.*?</cac:Country>", "", "BR-09"),
    ("outside_scope", "no account", r"<cac:PayeeFinancialAccount>.*?</cac:PayeeFinancialAccount>", "", "BR-61"),
    ("outside_scope", "no line", r"<cac:InvoiceLine>.*</cac:InvoiceLine>", "", "BR-16"),
    (
        "outside_scope",
        "no time to pay",
        r"<cbc:DueDate>.*?</cbc:DueDate>|<cac:PaymentTerms>.*?</cac:PaymentTerms>",
        "",
        "BR-CO-25",
    ),
    ("outside_scope", "a wrong order", r"(<cbc:ID>INV-000017</cbc:ID>)(.*?)(<cbc:IssueDate>)", r"\2\3", "schema"),
    ("outside_scope", "a currency that is none", 'currencyID="GBP"', 'currencyID="POUND"', "BR-CL-03"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("treatment", "pattern", "instead", "rule"),
    [(treatment, *fault) for treatment, _, *fault in FAULTS],
    ids=[f"{treatment}: {name}" for treatment, name, *_ in FAULTS],
)
def test_the_rules_catch_a_fault(treatment: str, pattern: str, instead: str, rule: str) -> None:
    xml = render_ubl(document(DocumentKind.INVOICE, VatTreatment(treatment)), ON_PEPPOL)
    faulty = re.sub(pattern, instead, xml.decode(), flags=re.DOTALL).encode()
    assert faulty != xml
    assert rule in broken_rules(faulty)


def test_a_credit_note_that_shows_its_tax_point_too_late_breaks_the_schema() -> None:
    xml = render_ubl(document(DocumentKind.CREDIT_NOTE, VatTreatment.STANDARD), ON_PEPPOL).decode()
    tax_point = "<cbc:TaxPointDate>2019-11-05</cbc:TaxPointDate>"
    moved = xml.replace(tax_point, "").replace("<cbc:DocumentCurrencyCode>", f"{tax_point}<cbc:DocumentCurrencyCode>")
    assert broken_rules(moved.encode()) == {"schema"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("cbc:ID", "INV-000017"),
        ("cbc:IssueDate", "2019-11-08"),
        ("cbc:DueDate", "2019-12-08"),
        ("cbc:InvoiceTypeCode", "380"),
        ("cbc:TaxPointDate", None),
        ("cbc:DocumentCurrencyCode", "GBP"),
        ("cbc:BuyerReference", None),
        ("cac:OrderReference/cbc:ID", "PO-7781"),
        ("cac:AccountingSupplierParty/cac:Party/cbc:EndpointID", "finance@larkhill.example.org"),
        ("cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID", None),
        ("cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName", "Larkhill Learning Trust"),
        ("cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cbc:StreetName", "12 Orchard Way"),
        ("cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cbc:CityName", "Penbury"),
        ("cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cbc:PostalZone", "PB1 4QT"),
        ("cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode", "GB"),
        ("cac:AccountingCustomerParty/cac:Party/cbc:EndpointID", "office@brookfield.test"),
        ("cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName", "Brookfield Federation"),
        ("cac:AccountingCustomerParty/cac:Party/cac:PostalAddress/cbc:PostalZone", "PB3 9ZZ"),
        ("cac:Delivery/cbc:ActualDeliveryDate", "2019-11-05"),
        ("cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name", "Brookfield Primary School"),
        ("cac:PaymentMeans/cbc:PaymentMeansCode", "30"),
        ("cac:PaymentMeans/cbc:PaymentID", "INV-000017"),
        ("cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID", "12345678"),
        ("cac:PaymentMeans/cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID", "001122"),
        (
            "cac:PaymentTerms/cbc:Note",
            "Payment within 30 days of the date of this invoice, by 8 December 2019. Bank: Penbury Bank",
        ),
        ("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID", "O"),
        ("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent", None),
        ("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReasonCode", "VATEX-EU-O"),
        ("cac:LegalMonetaryTotal/cbc:PayableAmount", "50.00"),
        ("cac:InvoiceLine/cbc:InvoicedQuantity", "1"),
        ("cac:InvoiceLine/cac:DocumentReference/cbc:ID", "B0001"),
        ("cac:InvoiceLine/cac:Item/cbc:Name", "Booked and not attended · A.B."),
        ("cac:InvoiceLine/cac:Price/cbc:PriceAmount", "50.00"),
    ],
)
def test_an_invoice_says_what_its_page_says(path: str, expected: str | None) -> None:
    assert value(render_ubl(document(DocumentKind.INVOICE, VatTreatment.OUTSIDE_SCOPE)), path) == expected


def test_the_reasons_for_a_charge_and_what_to_do_about_it_are_in_the_notes() -> None:
    xml = render_ubl(INVOICE)
    assert value(xml, "cac:InvoiceLine/cbc:Note") == (
        "What happened: Booked on Tue 1 Oct 09:12. Marked absent on the register.\n"
        "The rule: A place booked and not used costs £50.\n"
        "The deadline: the place could be given back free of charge until Mon 22 Jun 2020, 10:01."
    )
    note = value(xml, "cbc:Note")
    assert note is not None
    assert note.startswith("Fractions from the start, Tue 5 Nov 2019, 10:00 to 15:00 (workshop 900100/1); Brookfield")
    assert "URN 100001" in note
    assert "Write to finance@larkhill.example.org and quote INV-000017." in note


def test_a_credit_note_is_one_by_its_kind_names_its_original_and_is_nowhere_negative() -> None:
    xml = render_ubl(document(DocumentKind.CREDIT_NOTE, VatTreatment.STANDARD))
    assert etree.QName(read(xml).tag).localname == "CreditNote"
    assert value(xml, "cbc:CreditNoteTypeCode") == "381"
    assert value(xml, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == "INV-000017"
    assert value(xml, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:IssueDate") == "2019-11-08"
    assert value(xml, "cac:CreditNoteLine/cbc:CreditedQuantity") == "1"
    assert value(xml, "cac:LegalMonetaryTotal/cbc:PayableAmount") == "50.00"
    assert value(xml, "cbc:TaxPointDate") == "2019-11-05"
    assert value(xml, "cac:PaymentMeans/cbc:PaymentID") is None
    assert "Reason for this credit: Inspectors were in school." in (value(xml, "cbc:Note") or "")
    assert not re.search(rb">-\d", xml)


@pytest.mark.parametrize("kind", DocumentKind)
def test_the_sums_are_the_documents_though_each_line_was_rounded(kind: DocumentKind) -> None:
    xml = render_ubl(document(kind, VatTreatment.STANDARD, 30))
    totals = [
        value(xml, f"cac:LegalMonetaryTotal/cbc:{name}")
        for name in ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount")
    ]
    assert totals == ["1250.10", "1250.10", "1500.00", "1500.00"]
    assert value(xml, "cac:TaxTotal/cbc:TaxAmount") == "249.90"
    assert value(xml, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent") == "20"


@pytest.mark.parametrize(
    ("po_number", "urn", "order", "reference"),
    [
        ("PO-7781", "100001", "PO-7781", None),
        (None, "100001", None, "100001"),
        (None, None, None, "INV-000017"),
        (" ", "\t", None, "INV-000017"),
    ],
)
def test_the_buyers_reference_is_the_best_that_is_known(
    po_number: str | None, urn: str | None, order: str | None, reference: str | None
) -> None:
    bill_to = replace(INVOICE.bill_to, po_number=po_number)
    xml = render_ubl(replace(INVOICE, bill_to=bill_to, school_urn=urn), ON_PEPPOL)
    assert value(xml, "cac:OrderReference/cbc:ID") == order
    assert value(xml, "cbc:BuyerReference") == reference
    assert broken_rules(xml) == set()


@pytest.mark.parametrize("typed", ["GB 999 9999 73", "999999973", "gb999-9999-73"])
def test_the_vat_number_is_written_with_its_country(typed: str) -> None:
    given = document(DocumentKind.INVOICE, VatTreatment.STANDARD)
    xml = render_ubl(replace(given, supplier=replace(SUPPLIER, vat_number=typed)))
    path = "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"
    assert value(xml, path) == "GB999999973"


def test_an_exempt_charge_of_somebody_without_vat_number_shows_the_tax_number() -> None:
    given = replace(INVOICE, vat_treatment=VatTreatment.EXEMPT)
    addressing = replace(ON_PEPPOL, tax_number="1234567890", company_number="01234567")
    xml = render_ubl(given, addressing)
    seller = "cac:AccountingSupplierParty/cac:Party"
    assert value(xml, f"{seller}/cac:PartyTaxScheme/cbc:CompanyID") == "1234567890"
    assert value(xml, f"{seller}/cac:PartyLegalEntity/cbc:CompanyID") == "01234567"
    assert broken_rules(xml) == set()


def test_a_school_that_pays_itself_is_found_by_its_urn_and_any_payer_by_name() -> None:
    there = Endpoint("0060", "123456789")
    school = replace(INVOICE, bill_to=replace(INVOICE.bill_to, name=INVOICE.school_name))
    path = "cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"
    by_urn, by_name = Addressing(buyers={"100001": there}), Addressing(buyers={"Brookfield Federation": there})
    assert value(render_ubl(school, by_urn), path) == "123456789"
    assert value(render_ubl(INVOICE, by_name), path) == "123456789"
    # its trust pays: the address of one of its schools is not the trust's
    assert value(render_ubl(INVOICE, by_urn), path) == "office@brookfield.test"
    assert value(render_ubl(school), "cac:AccountingCustomerParty/cac:Party/cac:PartyIdentification/cbc:ID") == "100001"


@pytest.mark.parametrize(
    ("address", "postcode", "expected"),
    [
        ((), "", [None, None, None, None, None]),
        (("Brook Lane",), "PB3 9ZZ", ["Brook Lane", None, None, None, "PB3 9ZZ"]),
        (("Brook Lane", " ", "Penbury"), "PB3 9ZZ", ["Brook Lane", None, None, "Penbury", "PB3 9ZZ"]),
        (
            ("Floor 2", "The Mill", "Brook Lane", "Nearby", "Penbury"),
            "PB3 9ZZ",
            ["Floor 2", "The Mill", "Brook Lane, Nearby", "Penbury", "PB3 9ZZ"],
        ),
    ],
)
def test_every_line_of_an_address_is_kept(address: tuple[str, ...], postcode: str, expected: list[str | None]) -> None:
    xml = render_ubl(replace(INVOICE, bill_to=replace(INVOICE.bill_to, address=address, postcode=postcode)), ON_PEPPOL)
    names = (
        "cbc:StreetName",
        "cbc:AdditionalStreetName",
        "cac:AddressLine/cbc:Line",
        "cbc:CityName",
        "cbc:PostalZone",
    )
    party = "cac:AccountingCustomerParty/cac:Party/cac:PostalAddress"
    assert [value(xml, f"{party}/{name}") for name in names] == expected
    assert broken_rules(xml) == set()


def test_a_supplier_whose_address_has_no_postcode_keeps_its_lines() -> None:
    xml = render_ubl(replace(INVOICE, supplier=replace(SUPPLIER, address=("1 Sample Lane", "Sampleton"))))
    party = "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress"
    assert value(xml, f"{party}/cbc:CityName") == "Sampleton"
    assert value(xml, f"{party}/cbc:PostalZone") is None
    assert broken_rules(render_ubl(replace(INVOICE, supplier=replace(SUPPLIER, address=())))) == NOT_ON_PEPPOL


BARE = replace(INVOICE, bill_to=replace(INVOICE.bill_to, email=None))


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        (BARE, ["no e-mail address of the payer (or EBSYNC_EINVOICE__BUYERS)"]),
        (
            replace(BARE, vat_treatment=VatTreatment.ZERO),
            [
                "no e-mail address of the payer (or EBSYNC_EINVOICE__BUYERS)",
                "no VAT number when it was issued, though its VAT treatment is zero",
            ],
        ),
        (
            replace(INVOICE, vat_treatment=VatTreatment.EXEMPT),
            ["no VAT number when it was issued, and no EBSYNC_EINVOICE__TAX_NUMBER, though exempt from VAT"],
        ),
        (
            replace(
                INVOICE, vat_treatment=VatTreatment.ZERO, supplier=replace(SUPPLIER, vat_number="to follow", name="")
            ),
            ["no name of the supplier", '"to follow" is no VAT number'],
        ),
        (
            replace(INVOICE, vat_treatment=VatTreatment.STANDARD, supplier=replace(SUPPLIER, vat_number="GB 12 34")),
            ['"GB 12 34" is no VAT number', "VAT of 0.00 is not 20 % of 50.00"],
        ),
        (
            document(DocumentKind.INVOICE, VatTreatment.STANDARD, 300),
            ["VAT of 2499.00 is not 20 % of 12501.00"],
        ),
        (
            replace(INVOICE, lines=(replace(INVOICE.lines[0], vat_pence=1),)),
            ["VAT of 0.01 is not 0 % of 50.00"],
        ),
        (
            replace(CREDIT_NOTE, lines=INVOICE.lines),
            ["line 1 has an amount of the wrong sign"],
        ),
        (replace(INVOICE, lines=()), ["no line"]),
        (replace(INVOICE, supplier=replace(SUPPLIER, account_number=" ")), ["no account number"]),
        (
            replace(INVOICE, supplier=replace(SUPPLIER, email=""), bill_to=replace(INVOICE.bill_to, name="")),
            ["no name of the payer", "no e-mail address of the supplier"],
        ),
    ],
)
def test_what_cannot_be_an_einvoice_is_refused_with_all_that_it_lacks(given: Document, lacks: list[str]) -> None:
    with pytest.raises(SettingsError) as refused:
        render_ubl(given)
    assert str(refused.value).splitlines() == [
        "These documents cannot be e-invoices; nothing was written:",
        f"  {given.number}: {', '.join(lacks)}",
    ]


def test_every_document_that_is_refused_is_named_and_no_other() -> None:
    unregistered = replace(INVOICE, vat_treatment=VatTreatment.STANDARD, number="INV-000020", lines=())
    with pytest.raises(SettingsError) as refused:
        check_einvoices([replace(BARE, number="INV-000018"), INVOICE, unregistered])
    said = str(refused.value)
    assert "INV-000018: no e-mail address" in said
    assert "INV-000020: no VAT number when it was issued, though its VAT treatment is standard, no line" in said
    assert "INV-000017" not in said


def test_without_the_extra_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "facturx", None)
    with pytest.raises(SettingsError, match=r"pip install 'ebsync\[einvoice\]'"):
        check_einvoices([])
    with pytest.raises(SettingsError, match="the extra `einvoice`"):
        render_ubl(INVOICE)


def test_an_einvoice_is_the_same_to_the_byte_when_rendered_again() -> None:
    first = render_ubl(INVOICE, ON_PEPPOL)
    render_ubl(CREDIT_NOTE)
    render_ubl(many_lines(3))
    assert render_ubl(INVOICE, ON_PEPPOL) == first


def hostile(text: str) -> Document:
    line = replace(INVOICE.lines[0], place_label=text, evidence=(text,), clause=text, booking_id=f"B{text}")
    return replace(
        INVOICE,
        supplier=replace(SUPPLIER, name=f"S{text}", address=(text, text), bank_name=text),
        bill_to=BillTo(f"P{text}", (text, text), text, "office@brookfield.test", text),
        school_name=text,
        school_urn=text,
        workshop=replace(INVOICE.workshop, title=text, id=text),
        lines=(line,),
        reason=text,
    )


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        HOSTILE * 3,
        "Z" * 300,
        "#XYZ# is no code of a note",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;]]>",
        "right \N{RIGHT-TO-LEFT OVERRIDE}to left, שלום, 李, \N{GRINNING FACE}",
        "\N{ZERO WIDTH JOINER} e\N{COMBINING ACUTE ACCENT} \x7f \x85 \ue000",
        "two\nlines\tand\r\ntabs",
    ],
)
def test_hostile_text_is_kept_as_it_is_and_breaks_no_rule(text: str) -> None:
    xml = render_ubl(hostile(text))
    assert broken_rules(xml) == NOT_ON_PEPPOL
    assert value(xml, "cac:OrderReference/cbc:ID") == text
    assert value(xml, "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName") == f"S{text}"
    assert value(xml, "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName") == f"P{text}"
    assert value(xml, "cac:InvoiceLine/cac:DocumentReference/cbc:ID") == f"B{text}"
    assert f"Reason for this credit: {text}" in all_text(xml)


def test_what_xml_cannot_hold_is_replaced_visibly_and_the_rest_is_kept() -> None:
    pair = "\N{GRINNING FACE}".encode("utf-16-be")
    halves = "".join(chr(int.from_bytes(pair[at : at + 2])) for at in (0, 2))
    xml = render_ubl(replace(INVOICE, school_name=f"A\x00B\x07C\x1b[31m\ufffeD {halves} {halves[0]}E"))
    shown = "A\ufffdB\ufffdC\ufffd[31m\ufffdD \N{GRINNING FACE} \ufffdE"
    assert value(xml, "cac:Delivery/cac:DeliveryParty/cac:PartyName/cbc:Name") == shown
    assert broken_rules(xml) == NOT_ON_PEPPOL


def test_what_is_blank_is_left_out() -> None:
    line = replace(INVOICE.lines[0], evidence=(), clause="", deadline_at=None, booking_id=" ")
    bill_to = replace(INVOICE.bill_to, po_number=" ", address=(), postcode=" ")
    xml = render_ubl(replace(INVOICE, lines=(line,), bill_to=bill_to, school_name="", due_on=None))
    assert broken_rules(xml) == NOT_ON_PEPPOL
    assert value(xml, "cac:InvoiceLine/cbc:Note") is None
    assert value(xml, "cac:InvoiceLine/cac:DocumentReference/cbc:ID") is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
@example(" ")
def test_no_text_whatever_makes_an_invalid_einvoice(text: str) -> None:
    assert broken_rules(render_ubl(hostile(text))) == NOT_ON_PEPPOL


@pytest.mark.parametrize("kind", DocumentKind)
def test_the_page_carries_the_einvoice_and_is_a_page_as_before(kind: DocumentKind) -> None:
    given = hostile(HOSTILE) if kind is DocumentKind.INVOICE else CREDIT_NOTE
    rendered = render_pdf_with_ubl(given)
    reader, issued = (PdfReader(io.BytesIO(page.content)) for page in (rendered, render_document_pdf(given)))
    assert dict(reader.attachments) == {f"{given.number}.xml": [render_ubl(given)]}
    files: Any = reader.root_object["/AF"]
    assert [file.get_object()["/AFRelationship"] for file in files] == ["/Alternative"]
    assert files[0].get_object()["/EF"]["/F"].get_object()["/Subtype"] == "/application/xml"
    assert [page.extract_text() for page in reader.pages] == [page.extract_text() for page in issued.pages]
    assert not issued.attachments
    assert reader.xmp_metadata is not None
    said = reader.xmp_metadata.stream.get_data()
    assert b"<pdfaid:part>3</pdfaid:part>" in said
    assert b"pdfuaid:part" in said


def test_a_page_with_an_einvoice_is_the_same_to_the_byte_when_rendered_again() -> None:
    first = render_pdf_with_ubl(INVOICE)
    plain = render_document_pdf(INVOICE)
    assert render_pdf_with_ubl(INVOICE) == first
    # what a page carried is not carried by the next
    assert render_document_pdf(INVOICE) == plain
    assert not PdfReader(io.BytesIO(plain.content)).attachments

"""Charge lists in the columns of other programs: every shipped map, own maps, and what a map may not say."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from eb_sync.errors import SettingsError
from eb_sync.export import load_column_map, render_charge_list, shipped_maps
from eb_sync.model.documents import Document, VatTreatment
from tests.papers import CREDIT_NOTE, INVOICE, many_lines

XERO = (
    "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,"
    "POPostalCode,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,InventoryItemCode,*Description,*Quantity,"
    "*UnitAmount,Discount,*AccountCode,*TaxType,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,"
    "BrandingTheme"
)
SAGE = (
    "Type,Account Reference,Nominal A/C Ref,Department Code,Date,Reference,Details,Net Amount,Tax Code,Tax Amount,"
    "Exchange Rate,Extra Reference,User Name,Project Refn,Cost Code Refn"
)
QUICKBOOKS = (
    "*InvoiceNo,*Customer,*InvoiceDate,*DueDate,Terms,Location,Memo,Item(Product/Service),ItemDescription,"
    "ItemQuantity,ItemRate,*ItemAmount,"
)
ITSELF = replace(INVOICE, bill_to=replace(INVOICE.bill_to, name=INVOICE.school_name))
TAXED = replace(
    ITSELF,
    vat_treatment=VatTreatment.STANDARD,
    lines=(replace(INVOICE.lines[0], net_pence=4167, vat_pence=833),),
)


def write(name: str, *documents: Document, number: int = 0) -> list[dict[str, str]]:
    """The rows of one file."""
    column_map = load_column_map(name)
    content = render_charge_list("CL-000001", documents, column_map).files[number]
    text = content.decode(column_map.encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=column_map.delimiter))


def header(name: str) -> str:
    return render_charge_list("", [], load_column_map(name)).files[0].decode().removesuffix("\r\n")


def own_map(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("xero", XERO),
        ("sage50", SAGE),
        ("quickbooks", f"{QUICKBOOKS}Service Date"),
        ("quickbooks-tax", f"{QUICKBOOKS}ItemTaxCode,ItemTaxAmount"),
        ("quickbooks-currency", f"{QUICKBOOKS}Item Tax Amount,*Item Tax Code,Currency"),
    ],
)
def test_each_program_gets_exactly_its_columns(name: str, columns: str) -> None:
    assert header(name) == columns


def test_xero_has_27_columns_gross_amounts_and_credits_negative() -> None:
    invoice, credit = write("xero", INVOICE, CREDIT_NOTE)
    assert len(invoice) == 27
    assert invoice | {"*Description": ""} == {
        **dict.fromkeys(XERO.split(","), ""),
        "*ContactName": "Brookfield Federation",
        "EmailAddress": "office@brookfield.test",
        "POAddressLine1": "Brook Lane",
        "POAddressLine2": "Penbury",
        "POPostalCode": "PB3 9ZZ",
        "POCountry": "United Kingdom",
        "*InvoiceNumber": "INV-000017",
        "Reference": "PO-7781",
        "*InvoiceDate": "08/11/2019",
        "*DueDate": "08/12/2019",
        "*Quantity": "1",
        "*UnitAmount": "50.00",
        "*AccountCode": "200",
        "*TaxType": "No VAT",
        "Currency": "GBP",
    }
    assert invoice["*Description"] == (
        "Booked and not attended: Fractions from the start, 05/11/2019, booking B1100594101-1"
    )
    assert (credit["*InvoiceNumber"], credit["*UnitAmount"], credit["*DueDate"]) == (
        "CN-000003",
        "-50.00",
        "20/11/2019",
    )


def test_xero_takes_500_invoices_in_a_file_and_a_document_is_never_parted() -> None:
    documents = [replace(many_lines(2), number=f"INV-{number:06d}") for number in range(1, 1002)]
    files = render_charge_list("CL-000001", documents, load_column_map("xero")).files
    counts = [len(write_numbers(content)) for content in files]
    assert counts == [500, 500, 1]
    assert sum(content.count(b"\r\n") - 1 for content in files) == 2002


def write_numbers(content: bytes) -> set[str]:
    return {row["*InvoiceNumber"] for row in csv.DictReader(io.StringIO(content.decode(), newline=""))}


def test_a_file_of_quickbooks_holds_100_invoices_and_1000_rows() -> None:
    small = [replace(INVOICE, number=f"INV-{number:06d}") for number in range(1, 102)]
    large = [replace(many_lines(400), number=f"INV-{number:06d}") for number in range(201, 204)]
    column_map = load_column_map("quickbooks")
    assert [len(content.splitlines()) - 1 for content in render_charge_list("", small, column_map).files] == [100, 1]
    assert [len(content.splitlines()) - 1 for content in render_charge_list("", large, column_map).files] == [800, 400]


def test_sage_gets_si_and_sc_with_positive_amounts_and_the_urn_as_account() -> None:
    credit = replace(CREDIT_NOTE, bill_to=ITSELF.bill_to)
    invoice, credited, taxed = write("sage50", ITSELF, credit, TAXED)
    names = (
        "Type",
        "Account Reference",
        "Nominal A/C Ref",
        "Date",
        "Reference",
        "Net Amount",
        "Tax Code",
        "Tax Amount",
    )
    assert [invoice[name] for name in names] == [
        "SI",
        "100001",
        "4000",
        "08/11/2019",
        "INV-000017",
        "50.00",
        "T9",
        "0.00",
    ]
    assert [credited[name] for name in names[:1] + names[5:]] == ["SC", "50.00", "T9", "0.00"]
    assert [taxed[name] for name in names[5:]] == ["41.67", "T1", "8.33"]
    assert len(invoice["Details"]) <= 60


def test_sage_never_guesses_whose_account_it_is(tmp_path: Path) -> None:
    other = replace(INVOICE, bill_to=replace(INVOICE.bill_to, name="Elm Trust"), school_urn=None)
    with pytest.raises(SettingsError, match=r"codes\.customer") as caught:
        write("sage50", INVOICE, other, ITSELF)
    assert "Brookfield Federation" in str(caught.value)
    assert "Elm Trust" in str(caught.value)
    assert "Brookfield Primary" not in str(caught.value)
    path = own_map(tmp_path, 'extends = "sage50"\n[codes.customer]\n"Brookfield Federation" = "BROOK01"\n')
    assert write(path, INVOICE)[0]["Account Reference"] == "BROOK01"


def test_quickbooks_leaves_credit_notes_out_and_says_so() -> None:
    made = render_charge_list("CL-000001", [INVOICE, CREDIT_NOTE], load_column_map("quickbooks-tax"))
    assert made.left_out == ("CN-000003",)
    assert made.files[0].count(b"INV-000017") == 1
    assert b"CN-000003" not in made.files[0]


def test_an_own_map_may_do_without_header_and_choose_everything(tmp_path: Path) -> None:
    path = own_map(
        tmp_path,
        """
title = "Local authority"
header = false
delimiter = ";"
encoding = "cp1252"
date_format = "%d%m%Y"
decimal = ","
credits = "positive"
columns = [
  { field = "document_date" },
  { text = "FIXED" },
  { field = "gross" },
  { text = "{kind_code}-{booking_ref}", limit = 6 },
  { field = "account_code" },
  { field = "school" },
]
[codes.kind]
invoice = "D"
credit_note = "C"
[codes.account]
"*" = "9"
outside_scope = "1"
""",
    )
    strange = replace(CREDIT_NOTE, school_name="=Ysgol Ŵyn\nGlas")
    made = render_charge_list("", [strange], load_column_map(path))
    assert made.files[0].decode("cp1252") == "20112019;FIXED;50,00;C-B110;1;'=Ysgol ?yn Glas\r\n"
    assert made.replaced == ("Ŵ",)


def test_text_is_neutralised_and_amounts_are_not() -> None:
    payer = replace(CREDIT_NOTE, bill_to=replace(CREDIT_NOTE.bill_to, name="=cmd()", po_number="@sum"))
    row = write("xero", payer)[0]
    assert (row["*ContactName"], row["Reference"], row["*UnitAmount"]) == ("'=cmd()", "'@sum", "-50.00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"\ncolumns = [{ field = "teacher" }]', "there is no field teacher"),
        ('title = "x"\ncolumns = [{ text = "{school} {nothing}" }]', "there is no field nothing"),
        ('title = "x"\ncolumns = [{ name = "empty" }]', "either `field` or `text`"),
        ('title = "x"\ncolumns = []', "columns"),
        ('title = "x"\ncolumns = [{ field = "net" }]\nheaders = true', "headers"),
        ('title = "x"\ncolumns = [{ field = "net" }]\ncodes.vat.exempt = "E"', "there are no codes for vat"),
        ('extends = "xero"\n[codes.tax]\nreduced = "R"', "codes.tax has reduced"),
        ('extends = "oracle"', "extends oracle"),
        ("title = ", "cannot be read"),
    ],
)
def test_a_wrong_map_is_refused_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_column_map(own_map(tmp_path, text))
    assert said in str(caught.value)


def test_an_unknown_format_is_answered_with_those_there_are() -> None:
    assert shipped_maps()[0] == "csv"
    with pytest.raises(SettingsError, match="xero"):
        load_column_map("xreo")


def test_a_map_without_a_code_for_the_treatment_is_refused(tmp_path: Path) -> None:
    path = own_map(tmp_path, 'title = "x"\ncolumns = [{ field = "tax_code" }]\n[codes.tax]\nstandard = "S"\n')
    assert list(write(path, TAXED)[0].values()) == ["S"]
    with pytest.raises(SettingsError, match=r"codes\.tax for .outside_scope"):
        write(path, INVOICE, TAXED)


def test_vat_is_never_booked_as_income() -> None:
    with pytest.raises(SettingsError, match="INV-000017 have VAT"):
        write("quickbooks", TAXED)
    assert write("quickbooks-tax", TAXED)[0]["ItemTaxAmount"] == "8.33"


def test_a_code_is_never_cut_off_nor_empty(tmp_path: Path) -> None:
    path = own_map(tmp_path, 'extends = "sage50"\n[codes.customer]\n"Brookfield Federation" = "BROOKFIELD-1"\n')
    with pytest.raises(SettingsError, match="BROOKFIELD-1 has more than the 8 characters"):
        write(path, INVOICE)
    path = own_map(tmp_path, 'extends = "sage50"\n[codes.customer]\n"Brookfield Federation" = " "\n')
    with pytest.raises(SettingsError, match=r"no codes\.customer"):
        write(path, INVOICE)


def test_two_schools_of_one_name_have_the_accounts_of_their_numbers(tmp_path: Path) -> None:
    path = own_map(tmp_path, 'extends = "sage50"\n[codes.customer]\n"100001" = "ONE"\n')
    other = replace(ITSELF, number="INV-000018", school_urn="100002")
    assert [row["Account Reference"] for row in write(path, ITSELF, other)] == ["ONE", "100002"]


def test_amounts_and_fixed_numbers_in_a_text_are_no_formulas(tmp_path: Path) -> None:
    columns = '[{ text = "{net}" }, { text = "-1" }, { text = "-{reason}" }]'
    path = own_map(tmp_path, f'title = "x"\nheader = false\ncolumns = {columns}\n')
    made = render_charge_list("", [CREDIT_NOTE], load_column_map(path))
    assert made.files == (b"-50.00,-1,'-ofsted\r\n",)


@pytest.mark.parametrize("text", ["{net:d}", "{net!r}", "{net:{gross}}", "{net"])
def test_a_text_with_more_than_a_fields_name_in_braces_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_column_map(own_map(tmp_path, f'title = "x"\ncolumns = [{{ text = "{text}" }}]\n'))
    assert "at least 1 item" not in str(caught.value)


def test_a_map_may_begin_with_a_byte_order_mark_and_a_name_may_be_too_long(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('title = "x"\ncolumns = [{ field = "net" }]\n', encoding="utf-8-sig")
    assert load_column_map(str(path)).title == "x"
    with pytest.raises(SettingsError, match="no format"):
        load_column_map("x" * 300)

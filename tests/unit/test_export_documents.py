"""Invoices and credit notes as pages, and the charge list for finance."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from eb_sync.export import (
    NATIVE,
    Look,
    check_look,
    load_column_map,
    pages,
    render_charge_list,
    render_document_pdf,
)
from eb_sync.model.documents import BillTo, Document, VatTreatment
from tests.papers import CREDIT_NOTE, HOSTILE, INVOICE, SUPPLIER, many_lines


def read_back(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def text_of(document: Document) -> str:
    return " ".join(read_back(render_document_pdf(document).content))


@pytest.mark.parametrize(
    "element",
    [
        "Invoice INV-000017",
        "Larkhill Learning Trust 12 Orchard Way Penbury PB1 4QT finance@larkhill.example.org",
        "Brookfield Federation Brook Lane Penbury PB3 9ZZ office@brookfield.test",
        "Date 8 November 2019",
        "Due 8 December 2019",
        "Date of workshop 5 November 2019",
        "School Brookfield Primary School",
        "URN 100001",
        "Your order PO-7781",
        "Fractions from the start Tue 5 Nov 2019, 10:00 to 15:00",
        "Booked and not attended · A.B. · booking B1100594101-1",
        "Net £50.00 Outside the scope of VAT £0.00 Total to pay £50.00",
        "Bank Penbury Bank",
        "Sort code 00-11-22",
        "Account number 12345678",
        "Reference INV-000017",
        "Payment within 30 days of the date of this invoice, by 8 December 2019.",
    ],
)
def test_an_invoice_states_every_element(element: str) -> None:
    assert element in text_of(INVOICE)


def test_each_place_says_what_happened_the_rule_the_deadline_and_how_to_query_it() -> None:
    text = text_of(INVOICE)
    assert "What happened: Booked on Tue 1 Oct 09:12. Marked absent on the register." in text
    assert "The rule: A place booked and not used costs £50." in text
    assert "free of charge until Mon 22 Jun 2020, 10:01." in text
    assert "Write to finance@larkhill.example.org and quote INV-000017." in text


def test_what_is_not_known_is_left_out_and_not_printed_as_none() -> None:
    line = replace(INVOICE.lines[0], deadline_at=None, clause="", evidence=())
    bill_to = replace(INVOICE.bill_to, email=None, po_number=None)
    text = text_of(replace(INVOICE, lines=(line,), bill_to=bill_to, school_urn=None, due_on=None))
    assert "Booked and not attended · A.B." in text
    for absent in ("None", "The rule", "The deadline", "What happened", "URN", "Your order", "Due"):
        assert absent not in text


def test_a_credit_note_names_its_original_and_shows_credits() -> None:
    text = text_of(CREDIT_NOTE)
    for element in (
        "Credit note CN-000003",
        "Original invoice INV-000017",
        "8 November 2019",
        "Reason for this credit: Inspectors were in school.",
        "Ofsted inspection · A.B. · booking B1100594101-1",
        "Credits: line 1 of INV-000017.",
        "Total credited \N{MINUS SIGN}£50.00",
    ):
        assert element in text
    for absent in ("Total to pay", "Sort code", "Due", "Payment within"):
        assert absent not in text


@pytest.mark.parametrize(
    ("treatment", "words"),
    [
        (VatTreatment.OUTSIDE_SCOPE, "Outside the scope of VAT £0.00"),
        (VatTreatment.EXEMPT, "Exempt from VAT £0.00"),
        (VatTreatment.ZERO, "Zero-rated for VAT £0.00"),
    ],
)
def test_without_vat_the_page_says_why(treatment: VatTreatment, words: str) -> None:
    assert words in text_of(replace(INVOICE, vat_treatment=treatment))


def test_with_vat_every_line_shows_net_and_vat() -> None:
    line = replace(INVOICE.lines[0], net_pence=4167, vat_pence=833)
    supplier = replace(SUPPLIER, vat_number="GB 999 9999 73")
    text = text_of(replace(INVOICE, vat_treatment=VatTreatment.STANDARD, lines=(line,), supplier=supplier))
    assert "£41.67 £8.33 £50.00" in text
    assert "Net £41.67 VAT at 20 % £8.33 Total to pay £50.00" in text
    assert "VAT registration number GB 999 9999 73" in text
    assert "Workshop (tax point) 5 November 2019" in text


def test_nobody_unregistered_appears_to_issue_a_vat_invoice() -> None:
    text = text_of(INVOICE)
    assert "registration number" not in text
    assert "VAT invoice" not in text


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_places_fit_on_one_page(count: int) -> None:
    assert len(read_back(render_document_pdf(many_lines(count)).content)) == 1


def test_thirty_places_repeat_the_header_and_count_the_pages() -> None:
    read = read_back(render_document_pdf(many_lines(30)).content)
    assert len(read) > 2
    assert all("No. Place and reason Amount" in text for text in read if "booking B" in text)
    assert all(f"Page {number} of {len(read)}" in text for number, text in enumerate(read, 1))
    assert all(f"booking B{n:04d}" in " ".join(read) for n in range(1, 31))
    assert "Total to pay £1,500.00" in " ".join(read)


def test_a_page_is_the_same_to_the_byte_when_rendered_again() -> None:
    first = render_document_pdf(INVOICE)
    render_document_pdf(CREDIT_NOTE)
    assert render_document_pdf(INVOICE) == first


def test_pages_rendered_side_by_side_do_not_mix() -> None:
    wanted = [render_document_pdf(document).content for document in (INVOICE, CREDIT_NOTE)] * 4
    made: dict[int, bytes] = {}

    def render(index: int) -> None:
        made[index] = render_document_pdf((INVOICE, CREDIT_NOTE)[index % 2]).content

    threads = [threading.Thread(target=render, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [made[index] for index in range(8)] == wanted


def test_the_file_is_tagged_english_titled_and_dated_by_the_document() -> None:
    reader = PdfReader(io.BytesIO(render_document_pdf(INVOICE).content))
    root = reader.root_object
    assert str(root["/Lang"]) == "en-GB"
    mark_info = root["/MarkInfo"]
    assert isinstance(mark_info, DictionaryObject)
    assert mark_info["/Marked"]
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice INV-000017"
    assert reader.metadata.creation_date == datetime(2019, 11, 8, 12, tzinfo=UTC)
    assert reader.xmp_metadata is not None
    assert b"pdfuaid:part" in reader.xmp_metadata.stream.get_data()


def test_every_font_is_embedded() -> None:
    reader = PdfReader(io.BytesIO(render_document_pdf(INVOICE).content))
    items = [reader.get_object(number) for number in range(1, len(reader.xref[0]))]
    fonts = [item for item in items if isinstance(item, DictionaryObject) and item.get("/Type") == "/FontDescriptor"]
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


def test_hostile_text_is_printed_and_never_executed() -> None:
    hostile = replace(
        INVOICE,
        supplier=replace(SUPPLIER, name=HOSTILE, address=(HOSTILE, "")),
        bill_to=BillTo(HOSTILE, ("A" * 300, ""), HOSTILE, HOSTILE, "\t\x07=1\N{RIGHT-TO-LEFT OVERRIDE}2"),
        school_name="Z" * 300,
        workshop=replace(INVOICE.workshop, title=HOSTILE * 3, id=HOSTILE),
        lines=(replace(INVOICE.lines[0], place_label=HOSTILE, evidence=(HOSTILE, ""), clause=HOSTILE),),
    )
    rendered = render_document_pdf(hostile)
    text = " ".join(read_back(rendered.content))
    assert '#set page(fill: red) #panic("x") $x^2$ *b* `c` @ref <b>&amp;</b>' in text
    assert "Your order =12" in text
    assert "Total to pay £50.00" in text
    assert "Z" * 150 not in text, "a word as long as that is broken, or it would run off the paper"
    assert rendered.substituted == ("李", "\N{GRINNING FACE}")


def test_a_long_word_stays_on_the_paper_and_can_be_copied() -> None:
    email = "accounts.payable.and.receivable.office@brookfield-federation-of-schools.example.org"
    document = replace(INVOICE, bill_to=replace(INVOICE.bill_to, email=email))
    assert email in "".join(read_back(render_document_pdf(document).content)).replace(" ", "")


def test_a_character_that_no_font_has_is_replaced_visibly_and_reported() -> None:
    rendered = render_document_pdf(replace(INVOICE, school_name="Scoil 李 e\N{COMBINING CYRILLIC MILLIONS SIGN}"))
    assert "School Scoil \N{WHITE SQUARE}" in " ".join(read_back(rendered.content))
    assert "李" in rendered.substituted


def test_characters_that_fail_only_together_do_not_fail_the_document() -> None:
    rendered = render_document_pdf(replace(INVOICE, school_name="School \u066c\u06da\u0665"))
    assert rendered.substituted
    assert "School School \N{WHITE SQUARE}" in " ".join(read_back(rendered.content))


def test_letters_of_other_scripts_that_the_fonts_have_are_kept() -> None:
    rendered = render_document_pdf(replace(INVOICE, school_name="Źródło Müller Ναός Школа"))
    assert rendered.substituted == ()
    assert "Źródło Müller Ναός Школа" in " ".join(read_back(rendered.content))


def test_half_of_a_character_pair_does_not_fail_the_document() -> None:
    assert render_document_pdf(replace(INVOICE, school_name="Half \ud83d")).content.startswith(b"%PDF")


def test_a_fault_in_the_page_itself_is_not_taken_for_a_missing_character() -> None:
    with pytest.raises(typst.TypstError):
        pages.render_page("document.typ", {}, datetime(2019, 1, 1, tzinfo=UTC))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_no_text_whatever_fails_a_document(text: str) -> None:
    document = replace(INVOICE, school_name=text, workshop=replace(INVOICE.workshop, title=text))
    assert render_document_pdf(document).content.startswith(b"%PDF")


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="3"><rect width="9" height="3" fill="#1d4f91"/></svg>'


def test_a_logo_is_printed_with_its_alternative_text_and_the_page_stays_tagged() -> None:
    plain = render_document_pdf(INVOICE).content
    page = render_document_pdf(INVOICE, Look(LOGO, "#1d4f91")).content
    assert page == render_document_pdf(INVOICE, Look(LOGO, "#1d4f91")).content
    assert page != plain
    assert read_back(page) == read_back(plain)
    root = PdfReader(io.BytesIO(page)).root_object
    tree = root["/StructTreeRoot"]
    assert isinstance(tree, DictionaryObject)
    assert "Logo of Larkhill Learning Trust" in alternative_texts(tree)


def alternative_texts(node: DictionaryObject) -> set[str]:
    found = {str(node["/Alt"])} if "/Alt" in node else set()
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        held = kid.get_object()
        if isinstance(held, DictionaryObject):
            found |= alternative_texts(held)
    return found


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (Look(), None),
        (Look(LOGO, "#1d4f91"), None),
        (Look(b"no picture"), "no PNG, JPEG or SVG"),
        (Look(b"x" * 500_001), "500,001 bytes"),
        (Look(colour="blue"), "not of the form"),
        (Look(colour="#ffee00"), "too pale"),
    ],
)
def test_a_look_that_cannot_be_printed_or_read_is_refused(look: Look, said: str | None) -> None:
    wrong = check_look(look)
    assert wrong is None if said is None else wrong is not None and said in wrong


def native_list(batch_id: str, documents: list[Document]) -> bytes:
    return render_charge_list(batch_id, documents, load_column_map(NATIVE)).files[0]


def test_a_charge_list_has_one_row_for_each_line() -> None:
    content = native_list("CL-000001", [many_lines(2), CREDIT_NOTE])
    assert content.count(b"\r\n") == 4
    assert rows_of(content)[0] == {
        "batch_id": "CL-000001",
        "row_key": "INV-000017/1",
        "document_number": "INV-000017",
        "document_kind": "invoice",
        "document_date": "2019-11-08",
        "due_date": "2019-12-08",
        "school": "Brookfield Primary School",
        "school_urn": "100001",
        "bill_to": "Brookfield Federation",
        "po_number": "PO-7781",
        "workshop_id": "900100/1",
        "workshop_title": "Fractions from the start",
        "workshop_date": "2019-11-05",
        "booking_ref": "B0001",
        "reason": "no_show",
        "clause": "A place booked and not used costs £50.",
        "net": "50.00",
        "vat": "0.00",
        "gross": "50.00",
        "currency": "GBP",
        "vat_treatment": "outside_scope",
        "original_number": "",
    }


def test_the_columns_of_a_charge_list_stand_in_the_agreed_order() -> None:
    assert native_list("", []).decode() == (
        "batch_id,row_key,document_number,document_kind,document_date,due_date,school,school_urn,bill_to,po_number,"
        "workshop_id,workshop_title,workshop_date,booking_ref,reason,clause,net,vat,gross,currency,vat_treatment,"
        "original_number\r\n"
    )


def test_a_credit_is_negative_has_no_due_date_and_names_its_invoice() -> None:
    row = rows_of(native_list("CL-000001", [CREDIT_NOTE]))[0]
    assert (row["document_kind"], row["due_date"], row["original_number"]) == ("credit_note", "", "INV-000017")
    assert (row["net"], row["vat"], row["gross"]) == ("-50.00", "0.00", "-50.00")


def test_text_in_a_charge_list_is_neutralised_and_amounts_are_not() -> None:
    payer = replace(CREDIT_NOTE, bill_to=replace(CREDIT_NOTE.bill_to, name="=1+1", po_number="-7"), school_urn=None)
    row = rows_of(native_list("", [payer]))[0]
    assert (row["bill_to"], row["po_number"], row["net"]) == ("'=1+1", "'-7", "-50.00")
    assert (row["batch_id"], row["school_urn"]) == ("", "")


def test_the_workshop_date_in_a_charge_list_is_local() -> None:
    late = replace(INVOICE.workshop, starts_at=datetime(2020, 6, 22, 23, 30, tzinfo=UTC))
    assert rows_of(native_list("", [replace(INVOICE, workshop=late)]))[0]["workshop_date"] == "2020-06-23"

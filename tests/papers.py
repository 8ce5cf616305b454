"""Sample documents of invented people and places."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from eb_sync.model.documents import (
    BillTo,
    Document,
    DocumentKind,
    DocumentLine,
    DocumentWorkshop,
    Supplier,
    VatTreatment,
)

HOSTILE = '#set page(fill: red) #panic("x") $x^2$ *b* `c` @ref <b>&amp;</b> \\ [z] {y} "q" // 李 \N{GRINNING FACE} שלום'

SUPPLIER = Supplier(
    name="Larkhill Learning Trust",
    address=("12 Orchard Way", "Penbury", "PB1 4QT"),
    email="finance@larkhill.example.org",
    bank_name="Penbury Bank",
    sort_code="00-11-22",
    account_number="12345678",
    terms_days=30,
)
INVOICE = Document(
    number="INV-000017",
    kind=DocumentKind.INVOICE,
    document_on=date(2019, 11, 8),
    due_on=date(2019, 12, 8),
    supplier=SUPPLIER,
    bill_to=BillTo("Brookfield Federation", ("Brook Lane", "Penbury"), "PB3 9ZZ", "office@brookfield.test", "PO-7781"),
    school_name="Brookfield Primary School",
    school_urn="100001",
    workshop=DocumentWorkshop(
        "900100/1",
        "Fractions from the start",
        datetime(2019, 11, 5, 10, tzinfo=UTC),
        datetime(2019, 11, 5, 15, tzinfo=UTC),
    ),
    vat_treatment=VatTreatment.OUTSIDE_SCOPE,
    lines=(
        DocumentLine(
            line_number=1,
            booking_id="B1100594101-1",
            place_label="A.B.",
            reason="no_show",
            clause="A place booked and not used costs £50.",
            deadline_at=datetime(2020, 6, 22, 9, 1, tzinfo=UTC),
            evidence=("booked on Tue 1 Oct 09:12", "marked absent on the register"),
            net_pence=5000,
            vat_pence=0,
            gross_pence=5000,
        ),
    ),
)
CREDIT_NOTE = replace(
    INVOICE,
    number="CN-000003",
    kind=DocumentKind.CREDIT_NOTE,
    document_on=date(2019, 11, 20),
    due_on=None,
    lines=(replace(INVOICE.lines[0], reason="ofsted", net_pence=-5000, gross_pence=-5000, original_line_number=1),),
    original_number="INV-000017",
    original_on=date(2019, 11, 8),
    reason="Inspectors were in school.",
)


def many_lines(count: int) -> Document:
    lines = (replace(INVOICE.lines[0], line_number=n, booking_id=f"B{n:04d}") for n in range(1, count + 1))
    return replace(INVOICE, lines=tuple(lines))

"""Invoice and credit note as UBL 2.1, by EN 16931; by Peppol BIS Billing 3.0 where both sides are in that network.

`BT-` and `BG-` are the business terms and groups of EN 16931-1, which name what an e-invoice holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eb_sync.errors import SettingsError
from eb_sync.export.documents import payment_terms, render_document_pdf, what_if_wrong, why_of_line
from eb_sync.export.einvoice_parties import (
    NOWHERE,
    Addressing,
    buyer_endpoint,
    buyer_party,
    is_on_peppol,
    seller_endpoint,
    seller_party,
    written_vat_number,
)
from eb_sync.export.formats import format_decimal, format_times, local_date
from eb_sync.export.look import PLAIN, Look
from eb_sync.export.pages import Attachment, Rendered
from eb_sync.model.documents import Document, DocumentKind, DocumentLine, VatTreatment
from eb_sync.model.reason_words import reason_heading

if TYPE_CHECKING:
    from types import ModuleType

_CORE = "urn:cen.eu:en16931:2017"
_PEPPOL = f"{_CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_CREDIT_TRANSFER = "30"
_PIECE = "C62"
_GENERAL = "AAI"
"""What a note is about (UNTDID 4451); written before it, a number sign within is not read as another code."""
_VAT_SLACK_PENCE = 100
"""How far VAT may be from the rate's share of the net sum (BR-S-09): the lines are rounded one by one."""

_UNHOLDABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VAT_NUMBER = re.compile(r"(?:GB|XI)(?:\d{9}(?:\d{3})?|(?:GD|HA)\d{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Category:
    code: str
    percent: int | None
    reason: str | None = None
    reason_code: str | None = None


_CATEGORIES = {
    VatTreatment.OUTSIDE_SCOPE: _Category("O", None, "Outside the scope of VAT", "VATEX-EU-O"),
    # no code: which exemption it is, only the finance team can say
    VatTreatment.EXEMPT: _Category("E", 0, "Exempt from VAT"),
    VatTreatment.STANDARD: _Category("S", 20),
    VatTreatment.ZERO: _Category("Z", 0),
}


def check_einvoices(documents: Iterable[Document], addressing: Addressing = NOWHERE) -> None:
    """Refuse documents that cannot be e-invoices.

    Raises:
        SettingsError: names each of them with all that it lacks; or the extra is not installed.
    """
    _library()
    lacking = {document.number: find_lacking(document, addressing) for document in documents}
    said = [f"  {number}: {', '.join(lacks)}" for number, lacks in lacking.items() if lacks]
    if said:
        raise SettingsError("\n".join(["These documents cannot be e-invoices; nothing was written:", *said]))


def find_lacking(document: Document, addressing: Addressing = NOWHERE) -> list[str]:
    """What keeps a document from being an e-invoice, in words; nothing nearly always."""
    needed = {
        "no name of the supplier": document.supplier.name,
        "no account number": document.supplier.account_number,
        "no name of the payer": document.bill_to.name,
        "no e-mail address of the supplier": seller_endpoint(document, addressing).identifier,
        "no e-mail address of the payer (or EBSYNC_EINVOICE__BUYERS)": buyer_endpoint(document, addressing).identifier,
    }
    return [
        *(words for words, value in needed.items() if not _holdable(value).strip()),
        *_lacking_registration(document, addressing),
        *_wrong_amounts(document),
    ]


def _lacking_registration(document: Document, addressing: Addressing) -> list[str]:
    number, treatment = document.supplier.vat_number, document.vat_treatment
    if treatment is VatTreatment.OUTSIDE_SCOPE:
        return []
    if number:
        return [] if _VAT_NUMBER.fullmatch(written_vat_number(number)) else [f'"{number}" is no VAT number']
    if treatment is VatTreatment.EXEMPT:
        lacks = "no VAT number when it was issued, and no EBSYNC_EINVOICE__TAX_NUMBER, though exempt from VAT"
        return [] if addressing.tax_number else [lacks]
    return [f"no VAT number when it was issued, though its VAT treatment is {treatment.value}"]


def _wrong_amounts(document: Document) -> list[str]:
    net, vat = _sign(document) * document.net_pence, _sign(document) * document.vat_pence
    percent = _CATEGORIES[document.vat_treatment].percent or 0
    wrong = [
        f"line {line.line_number} has an amount of the wrong sign"
        for line in document.lines
        if _sign(document) * line.net_pence < 0 or _sign(document) * line.vat_pence < 0
    ]
    if not document.lines:
        wrong.append("no line")
    due = (percent * net + 50) // 100
    if abs(vat - due) >= (_VAT_SLACK_PENCE if percent else 1):
        wrong.append(f"VAT of {format_decimal(vat)} is not {percent} % of {format_decimal(net)}")
    return wrong


def render_ubl(document: Document, addressing: Addressing = NOWHERE) -> bytes:
    """A document as UBL: the same bytes for the same arguments.

    Characters that XML cannot hold become U+FFFD; all others are kept as they are.

    Raises:
        SettingsError: the document lacks what an e-invoice needs; or the extra is not installed.
    """
    check_einvoices([document], addressing)
    from lxml import etree  # noqa: PLC0415 - of the extra

    content = _cleaned(_content(document, addressing))
    made = _library().generate_xml(content, "ubl-2.1", "en16931", check_xsd=False, check_schematron=None)
    root = etree.fromstring(made)
    _correct(root, is_on_peppol(document, addressing))
    etree.cleanup_namespaces(root)
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return xml


def _correct(root: Any, on_peppol: bool) -> None:  # noqa: ANN401, FBT001 - an element, of a library without types
    """What the library (7.8) leaves wrong for us."""
    root.remove(root.find(f"{_CBC}UBLVersionID"))  # not wanted (UBL-CR-002)
    if on_peppol:
        root.find(f"{_CBC}CustomizationID").text = _PEPPOL
    tax_point = root.find(f"{_CBC}TaxPointDate")
    if tax_point is not None and root.find(f"{_CBC}CreditNoteTypeCode") is not None:
        # the schema has it earlier in a credit note than in an invoice
        root.find(f"{_CBC}IssueDate").addnext(tax_point)


def render_pdf_with_ubl(document: Document, addressing: Addressing = NOWHERE, look: Look = PLAIN) -> Rendered:
    """A new copy of a document's page (PDF/A-3) with its e-invoice inside; not the bytes of the page as issued.

    Raises:
        SettingsError: as `render_ubl`.
    """
    xml = render_ubl(document, addressing).decode()
    attached = Attachment(f"{document.number}.xml", xml, "application/xml", "E-invoice, UBL")
    return render_document_pdf(document, look, attached)


def _library() -> ModuleType:
    try:
        import facturx  # noqa: PLC0415 - of the extra
        import lxml  # noqa: F401, PLC0415 - of the extra
    except ImportError:
        raise SettingsError("E-invoices need the extra `einvoice`: pip install 'ebsync[einvoice]'.") from None
    library: ModuleType = facturx
    return library


def _sign(document: Document) -> int:
    """An e-invoice has no negative amounts: a credit note is one by its kind."""
    return -1 if document.kind is DocumentKind.CREDIT_NOTE else 1


def _content(document: Document, addressing: Addressing) -> dict[str, object]:
    return {
        **_head(document),
        **_references(document),
        "BG-4": seller_party(document, addressing),
        "BG-7": buyer_party(document, addressing),
        "BG-13": {"name": document.school_name},
        **_payment(document),
        **_totals(document),
        "BG-25": [_line(document, line) for line in document.lines],
    }


def _head(document: Document) -> dict[str, object]:
    workshop_on = local_date(document.workshop.starts_at, document.workshop.zone)
    is_taxed = document.vat_treatment in (VatTreatment.STANDARD, VatTreatment.ZERO)
    note = _note(document)
    return {
        "BT-1": document.number,
        "BT-2": document.document_on,
        "BT-3": "381" if document.kind is DocumentKind.CREDIT_NOTE else "380",
        "BT-5": "GBP",
        "BT-7": workshop_on if is_taxed else None,
        "BT-23": _BILLING,
        "BT-24": _CORE,
        "BT-72": workshop_on,
        "BG-1": [{"BT-21": _GENERAL if "#" in note else None, "BT-22": note}],
    }


def _note(document: Document) -> str:
    """One for the document: Peppol takes no more."""
    said = [f"{_workshop(document)}; {document.school_name}{_urn(document)}"]
    if document.reason:
        said.append(f"Reason for this credit: {document.reason}")
    return "\n".join([*said, what_if_wrong(document)])


def _workshop(document: Document) -> str:
    workshop = document.workshop
    times = format_times(workshop.starts_at, workshop.ends_at, workshop.zone)
    return f"{workshop.title}, {times} (workshop {workshop.id})"


def _urn(document: Document) -> str:
    return "" if document.school_urn is None else f", URN {document.school_urn}"


def _references(document: Document) -> dict[str, object]:
    """Peppol wants an order number or a reference of the buyer's; whatever is best known will do."""
    po_number = document.bill_to.po_number or ""
    urn = document.school_urn or ""
    original = {"BT-25": document.original_number, "BT-26": document.original_on}
    return {
        "BT-10": "" if po_number.strip() else urn if urn.strip() else document.number,
        "BT-13": po_number,
        "BG-3": [original] if document.original_number else [],
    }


def _payment(document: Document) -> dict[str, object]:
    if document.kind is DocumentKind.CREDIT_NOTE:
        return {}
    supplier = document.supplier
    return {
        "BT-9": document.due_on,
        "BT-20": f"{payment_terms(document)} Bank: {supplier.bank_name}",
        "BT-81": _CREDIT_TRANSFER,
        "BT-82": "BACS",
        "BT-83": document.number,
        "BT-84": _without_spaces(supplier.account_number),
        "BT-85": supplier.name,
        "BT-86": _without_spaces(supplier.sort_code),
    }


def _without_spaces(code: str) -> str:
    return re.sub(r"[\s-]", "", code)


def _totals(document: Document) -> dict[str, object]:
    category = _CATEGORIES[document.vat_treatment]
    net, vat, gross = (
        format_decimal(_sign(document) * pence)
        for pence in (document.net_pence, document.vat_pence, document.gross_pence)
    )
    breakdown = {
        "BT-116": net,
        "BT-117": vat,
        "BT-118": category.code,
        "BT-119": _percent(category),
        "BT-120": category.reason,
        "BT-121": category.reason_code,
    }
    return {"BT-106": net, "BT-109": net, "BT-110": vat, "BT-112": gross, "BT-115": gross, "BG-23": [breakdown]}


def _percent(category: _Category) -> str | None:
    return None if category.percent is None else str(category.percent)


def _line(document: Document, line: DocumentLine) -> dict[str, object]:
    category = _CATEGORIES[document.vat_treatment]
    net = format_decimal(_sign(document) * line.net_pence)
    workshop = document.workshop
    return {
        "BT-126": str(line.line_number),
        "BT-127-00": [{"BT-127": "\n".join(f"{name}: {said}" for name, said in why_of_line(document, line))}],
        "BT-128": {None: line.booking_id},
        "BT-129": "1",
        "BT-130": _PIECE,
        "BT-131": net,
        "BT-134": local_date(workshop.starts_at, workshop.zone),
        "BT-135": local_date(workshop.ends_at, workshop.zone),
        "BT-146": net,
        "BT-151": category.code,
        "BT-152": _percent(category),
        "BT-153": f"{reason_heading(line.reason)} · {line.place_label}",
        "BT-154": _workshop(document),
    }


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - what the library takes: dictionaries, lists, text and dates
    """Without what is blank, which Peppol forbids (R008), and with nothing that XML cannot hold."""
    if isinstance(value, str):
        return _holdable(value)
    if isinstance(value, dict):
        return {key: kept for key, each in value.items() if not _is_blank(kept := _cleaned(each))}
    if isinstance(value, list):
        return [kept for each in value if not _is_blank(kept := _cleaned(each))]
    return value


def _is_blank(value: object) -> bool:
    return not value or (isinstance(value, str) and not value.strip())


def _holdable(text: str) -> str:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNHOLDABLE.sub("\N{REPLACEMENT CHARACTER}", whole)

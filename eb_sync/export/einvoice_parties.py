"""The two sides of an e-invoice: who they are, where it goes, and how they stand to VAT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from eb_sync.model.documents import Document, VatTreatment

_EMAIL = "EM"
"""The one scheme that Peppol does not have (CL008)."""

_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where e-invoices for somebody go (BT-34, BT-49)."""

    scheme: str
    """`EM` for e-mail, or one of Peppol's."""
    identifier: str


@dataclass(frozen=True, slots=True)
class Addressing:
    """What an e-invoice needs and no document holds; a document's e-mail addresses stand for what is absent."""

    seller: Endpoint | None = None
    buyers: Mapping[str, Endpoint] = field(default_factory=dict)
    """By the payer's name, or by the URN of a school that pays itself."""
    company_number: str | None = None
    """The supplier's number in the register of companies."""
    tax_number: str | None = None
    """The supplier's, where it has no VAT number; only exempt charges ask for it."""


NOWHERE = Addressing()
"""Everything by e-mail."""


def is_on_peppol(document: Document, addressing: Addressing) -> bool:
    """Whether both sides have an address in Peppol: only then the e-invoice says that it follows Peppol's rules."""
    endpoints = (seller_endpoint(document, addressing), buyer_endpoint(document, addressing))
    return all(endpoint.scheme != _EMAIL for endpoint in endpoints)


def seller_endpoint(document: Document, addressing: Addressing) -> Endpoint:
    """Where the supplier gets its mail; blank if nothing is known."""
    return addressing.seller or Endpoint(_EMAIL, document.supplier.email.strip())


def buyer_endpoint(document: Document, addressing: Addressing) -> Endpoint:
    """Where the payer gets its mail; blank if nothing is known."""
    bill_to, urn = document.bill_to, document.school_urn
    found = addressing.buyers.get(urn or "") if bill_to.name == document.school_name else None
    found = found or addressing.buyers.get(bill_to.name)
    return found or Endpoint(_EMAIL, (bill_to.email or "").strip())


def seller_party(document: Document, addressing: Addressing) -> dict[str, object]:
    """The supplier (BG-4), as the library takes it."""
    supplier = document.supplier
    *lines, last = supplier.address or ("",)
    ends_in_postcode = _POSTCODE.fullmatch(last.strip()) is not None
    address = _address(lines, last) if ends_in_postcode else _address(supplier.address, "")
    registered = _registration(document, addressing)
    # one that can be told from all others is needed (BR-CO-26), and an e-mail address is
    known = addressing.company_number or registered.get("vat_identifier")
    return {
        "name": supplier.name,
        **address,
        **_party_endpoint(seller_endpoint(document, addressing)),
        **registered,
        "legal_identifier": addressing.company_number,
        "identifiers": {} if known else {None: supplier.email},
        "contacts": [{"email": supplier.email}],
    }


def _registration(document: Document, addressing: Addressing) -> dict[str, str]:
    """What is outside the scope of VAT must not show a VAT number (BR-O-02)."""
    if document.vat_treatment is VatTreatment.OUTSIDE_SCOPE:
        return {}
    if document.supplier.vat_number:
        return {"vat_identifier": written_vat_number(document.supplier.vat_number)}
    return {"tax_identifier": addressing.tax_number or ""}


def written_vat_number(typed: str) -> str:
    """A VAT number without spaces and with its country."""
    number = "".join(each for each in typed.upper() if each.isalnum())
    return f"GB{number}" if number[:1].isdigit() else number


def buyer_party(document: Document, addressing: Addressing) -> dict[str, object]:
    """The payer (BG-7), as the library takes it."""
    bill_to = document.bill_to
    pays_itself = bill_to.name == document.school_name
    return {
        "name": bill_to.name,
        **_address(bill_to.address, bill_to.postcode),
        **_party_endpoint(buyer_endpoint(document, addressing)),
        "identifiers": {None: document.school_urn if pays_itself else None},
        "contacts": [{"email": bill_to.email}] if bill_to.email else [],
    }


def _party_endpoint(endpoint: Endpoint) -> dict[str, str]:
    return {"einvoicing_addr": endpoint.identifier, "einvoicing_addr_schemeid": endpoint.scheme}


def _address(lines: Iterable[str], postcode: str) -> dict[str, object]:
    """The last of several lines is the town; what there is no place for shares the third."""
    first, *others = [line for line in lines if line.strip()] or [""]
    *middle, town = others or [""]
    return {
        "addr_l1": first,
        "addr_l2": middle[0] if middle else "",
        "addr_l3": ", ".join(middle[1:]),
        "city": town,
        "postcode": postcode,
        "country_code": "GB",
    }

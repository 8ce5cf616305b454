"""Documents as they are frozen when issued: all that a page or a charge list needs, and nothing read later.

Amounts are integer pence; on a credit note every amount is negative. Dates (`_on`) are local to Europe/London.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.wording import LONDON


class DocumentKind(StrEnum):
    """The two documents that ebsync issues; each has its own number series."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class VatTreatment(StrEnum):
    """How the charge stands to VAT: a choice of the hub's finance team, never guessed."""

    OUTSIDE_SCOPE = "outside_scope"
    EXEMPT = "exempt"
    STANDARD = "standard"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who issues the document, as the settings said on the day of issue."""

    name: str
    """Full legal name."""
    address: tuple[str, ...]
    email: str
    bank_name: str
    sort_code: str
    account_number: str
    terms_days: int
    """Days from the document's date to its due date."""
    vat_number: str | None = None
    """Only where registered; None prints no VAT line at all."""


@dataclass(frozen=True, slots=True)
class BillTo:
    """Who is asked to pay, frozen at issue."""

    name: str
    address: tuple[str, ...]
    """Address lines without the postcode."""
    postcode: str
    email: str | None = None
    po_number: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentWorkshop:
    """The workshop a document is about."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str = LONDON.key
    """The event's own, in which its dates and times are printed."""

    @property
    def zone(self) -> ZoneInfo:
        """That time zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One place."""

    line_number: int
    """From 1, in the order printed."""
    booking_id: str
    """The reference, `B...`."""
    place_label: str
    """The teacher's initials ("A.B."), or "place 2 of order 123" for an unnamed seat. Never a name."""
    reason: str
    """A reason of DESIGN 5.2, or on a credit note why it is credited."""
    clause: str
    deadline_at: datetime | None
    """Until when the place could be given back free of charge; None if the policy knew none."""
    evidence: tuple[str, ...]
    """Sentences, in the order in which they convince."""
    net_pence: int
    vat_pence: int
    gross_pence: int
    original_line_number: int | None = None
    """On a credit note: the line of the original that is credited."""


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or a credit note, complete."""

    number: str
    kind: DocumentKind
    document_on: date
    due_on: date | None
    """None on a credit note."""
    supplier: Supplier
    bill_to: BillTo
    school_name: str
    school_urn: str | None
    """None for a payer without a URN."""
    workshop: DocumentWorkshop
    vat_treatment: VatTreatment
    lines: tuple[DocumentLine, ...]
    original_number: str | None = None
    """On a credit note: the invoice it answers."""
    original_on: date | None = None
    reason: str | None = None
    """On a credit note: why, as given; printed."""

    @property
    def net_pence(self) -> int:
        """Sum of the lines' net amounts."""
        return sum(line.net_pence for line in self.lines)

    @property
    def vat_pence(self) -> int:
        """Sum of the lines' VAT."""
        return sum(line.vat_pence for line in self.lines)

    @property
    def gross_pence(self) -> int:
        """Sum of the lines' gross amounts: what is to pay, or what is given back if negative."""
        return sum(line.gross_pence for line in self.lines)

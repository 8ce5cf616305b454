"""What goes on papers, from the settings: supplier, VAT, logo, addresses of e-invoices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from eb_sync.errors import SettingsError
from eb_sync.model.outside import LARGEST_LIST, read_outside
from eb_sync.settings import Settings, beside_settings

if TYPE_CHECKING:
    from eb_sync.billing.issue import IssueSettings
    from eb_sync.export import Addressing, Look
    from eb_sync.model.documents import Document


@dataclass(frozen=True, slots=True)
class Stationery:
    """What papers are made with, by the settings; files beside those are read when asked for."""

    settings: Settings
    config_path: Path | None

    def issue_terms(self, now: datetime, issued_by: str, tell: Callable[[str], None]) -> IssueSettings:
        """What goes on documents; `tell` is told of characters that a page's fonts lack.

        Raises:
            SettingsError: supplier data is missing (all that is, at once), or `EBSYNC_BILLING_FROM` is not set.
        """
        from eb_sync.billing.issue import IssueSettings
        from eb_sync.billing.vat import VatSettings
        from eb_sync.export import render_document_pdf
        from eb_sync.model.documents import Supplier

        def render(document: Document) -> bytes:
            page = render_document_pdf(document, look)
            if page.substituted:
                tell(f"{document.number}: shown as squares, because the fonts lack them: {' '.join(page.substituted)}")
            return page.content

        self.check_billing()
        look = self.look
        supplier, vat = self.settings.supplier, self.settings.vat
        changes = tuple(sorted((change.since, change.treatment) for change in vat.changes))
        return IssueSettings(
            supplier=Supplier(
                name=supplier.name or "",
                address=supplier.address,
                email=supplier.email or "",
                bank_name=supplier.bank_name or "",
                sort_code=supplier.sort_code or "",
                account_number=supplier.account_number or "",
                terms_days=supplier.terms_days,
                vat_number=vat.number,
            ),
            vat=VatSettings(((date.min, vat.treatment), *changes)),
            issued_by=issued_by,
            now=now,
            render_pdf=render,
        )

    @property
    def look(self) -> Look:
        """The hub's logo and colour.

        Raises:
            SettingsError: the logo cannot be read or printed, or the colour is none, or too pale.
        """
        from eb_sync.export import Look, check_look

        supplier = self.settings.supplier
        try:
            path = None if supplier.logo is None else beside_settings(self.config_path, supplier.logo)
            logo = None if path is None else read_outside(path, LARGEST_LIST)
        except OSError as error:
            raise SettingsError(f"EBSYNC_SUPPLIER__LOGO cannot be read: {error.strerror}.") from None
        look = Look(logo, supplier.colour)
        wrong = check_look(look)
        if wrong is not None:
            raise SettingsError(f"EBSYNC_SUPPLIER__LOGO or __COLOUR: {wrong}.")
        return look

    @property
    def addressing(self) -> Addressing:
        """What e-invoices need beside the documents."""
        from eb_sync.export import Addressing, Endpoint

        def endpoint(text: str) -> Endpoint:
            scheme, _, identifier = text.partition(":")
            return Endpoint(scheme, identifier)

        given = self.settings.einvoice
        return Addressing(
            seller=None if given.seller is None else endpoint(given.seller),
            buyers={payer: endpoint(text) for payer, text in given.buyers.items()},
            company_number=given.company_number,
            tax_number=given.tax_number,
        )

    def check_billing(self) -> None:
        """Refuse to bill while something that every invoice needs is missing.

        Raises:
            SettingsError: names everything that is.
        """
        needed = ("name", "address", "email", "bank_name", "sort_code", "account_number")
        missing = [f"EBSYNC_SUPPLIER__{name.upper()}" for name in needed if not getattr(self.settings.supplier, name)]
        if self.settings.billing_from is None:
            missing.append("EBSYNC_BILLING_FROM")
        treatments = {self.settings.vat.treatment, *(change.treatment for change in self.settings.vat.changes)}
        if "standard" in treatments and not self.settings.vat.number:
            missing.append("EBSYNC_VAT__NUMBER")
        if missing:
            raise SettingsError(f"Invoices need settings that are missing: {', '.join(missing)}.")

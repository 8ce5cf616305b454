"""The parts of the settings, and how lists, pairs and addresses are written in one variable."""

from __future__ import annotations

import re
from datetime import date
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from eb_sync.model.documents import VatTreatment
from eb_sync.model.names import is_mail_address
from eb_sync.settings.values import SettingDate, SettingPath, check_texts

ENDPOINT_SCHEMES = ("EM", "0060", "0088", "0199", "0209", "9932")
"""For e-invoices: e-mail, and of Peppol's schemes D-U-N-S, GLN, LEI, GS1 and UK VAT number."""

_CRON = r"^(off|\S+( \S+){4})$"


def _split(separator: str) -> BeforeValidator:
    def split(value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(separator) if part.strip())

    return BeforeValidator(split)


def read_pairs(value: object) -> object:
    """`name=value; name=value`."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(";") if part.strip()]
    if any(not (name.strip() and equals and policy.strip()) for name, equals, policy in pairs):
        raise ValueError("write names and values with = between, and ; between one and the next")
    return {name.strip(): policy.strip() for name, _, policy in pairs}


def _endpoint(value: str) -> str:
    if not re.fullmatch(f"({'|'.join(ENDPOINT_SCHEMES)}):\\S+", value):
        schemes = ", ".join(ENDPOINT_SCHEMES)
        raise ValueError(f"write scheme and address with : between, for example 0088:5060000000009 ({schemes})")
    scheme, _, number = value.partition(":")
    if scheme == "0088" and not _is_gln(number):
        raise ValueError(f"{number} is no GLN: 13 digits, the last of which checks the others")
    return value


def _is_gln(number: str) -> bool:
    if not re.fullmatch(r"[0-9]{13}", number):
        return False
    return sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(number)) % 10 == 0


def _addresses(values: tuple[str, ...]) -> tuple[str, ...]:
    for number, value in enumerate(values, 1):
        # the message must not repeat it
        if not is_mail_address(value):
            raise ValueError(f"number {number} of the list is no e-mail address; write hub@example.org, no names")
    return values


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    if not is_mail_address(address) or not (name + address).isprintable():
        raise ValueError("write an e-mail address, hub@example.org, or Maths Hub <hub@example.org>")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


Commas = Annotated[tuple[str, ...], NoDecode, _split(",")]
Semicolons = Annotated[tuple[str, ...], NoDecode, _split(";")]
Addresses = Annotated[tuple[str, ...], NoDecode, _split(","), AfterValidator(_addresses)]
Sender = Annotated[str, AfterValidator(_sender)]
EndpointText = Annotated[str, AfterValidator(_endpoint)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    _check_texts = field_validator("*")(check_texts)


class SupplierSettings(_Section):
    """Who issues the invoices; `invoices` is refused while a required one is missing."""

    name: str | None = None
    address: Semicolons = ()
    email: str | None = None
    bank_name: str | None = None
    sort_code: str | None = None
    account_number: str | None = None
    terms_days: int = Field(default=30, ge=0, le=365)
    logo: SettingPath | None = None
    """A PNG, JPEG or SVG file, from the folder of the settings file on."""
    colour: str | None = None
    """`#rrggbb`, for headings and rules."""


class VatChange(_Section):
    """A treatment in force from a day on."""

    since: SettingDate
    treatment: VatTreatment


class VatSettingsSection(_Section):
    """How the charge stands to VAT."""

    treatment: VatTreatment = VatTreatment.OUTSIDE_SCOPE
    number: str | None = None
    changes: tuple[VatChange, ...] = ()
    """Later treatments, each from its day on; the VAT date is the workshop's."""


class EinvoiceSettings(_Section):
    """What e-invoices need beside the documents; without it they are addressed by e-mail."""

    seller: EndpointText | None = None
    """`scheme:address`, for example the GLN `0088:5060000000009`."""
    buyers: Annotated[dict[str, EndpointText], NoDecode, BeforeValidator(read_pairs)] = Field(default_factory=dict)
    """By the payer's name, or by the URN of a school that pays itself."""
    company_number: str | None = None
    tax_number: str | None = None
    """Where there is no VAT number; only exempt charges ask for it."""


class CodesSettings(_Section):
    """What the hub's accounting program calls payers."""

    customer: Annotated[dict[str, str], NoDecode, BeforeValidator(read_pairs)] = Field(default_factory=dict)
    """By URN or id of a school that pays itself, or by the payer's name."""


class ScopeSettings(_Section):
    """Which events count; with neither list set, all."""

    slugs: Commas = ()
    organizers: Commas = ()


_LONGEST_DAYS = 36500
"""A century: so many days can still be counted back from any date."""


class RetentionSettings(_Section):
    """How long names are kept; nothing is blanked unless `apply` is set, `ebsync nightly` only says what would be."""

    apply: bool = False
    held_reads_days: int = Field(default=28, ge=1, le=_LONGEST_DAYS)
    absent_days: int = Field(default=400, ge=1, le=_LONGEST_DAYS)
    attended_days: int = Field(default=1096, ge=1, le=_LONGEST_DAYS)
    documents_years: int = Field(default=6, ge=1, le=50)
    year_ends: str = Field(default="03-31", pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")

    @field_validator("year_ends")
    @classmethod
    def _is_a_day_of_every_year(cls, value: str) -> str:
        date.fromisoformat(f"2001-{value}")
        return value


class BackupSettings(_Section):
    """Backups that `ebsync nightly` makes, and how many it keeps; without a folder none is made."""

    folder: SettingPath | None = None
    """From the folder of the settings file on."""
    keep_daily: int = Field(default=7, ge=0)
    keep_weekly: int = Field(default=5, ge=0)
    keep_monthly: int = Field(default=12, ge=0)


class SyncSettings(_Section):
    """How long `ebsync sync` may read from Eventbrite before it leaves the rest to the next run."""

    limit_minutes: float = Field(default=30, gt=0, le=24 * 60)


class NightlySettings(_Section):
    """How long `ebsync nightly` may take before it ends itself."""

    limit_minutes: float = Field(default=60, gt=0, le=24 * 60)


class MonitorSettings(_Section):
    """Who is told that a night began and how it ended; the address is a secret."""

    url: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]\S*", value.get_secret_value()):
            raise ValueError("write the whole address, from https:// on")
        return value


class SmtpSettings(_Section):
    """The mail server; while no host is set, no message is sent."""

    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    """None: 587 for `starttls`, 465 for `tls`, 25 for `none`."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Sender | None = Field(default=None, alias="from")
    reply_to: Sender | None = None
    """Where teachers' answers go; None: to the sender."""
    ca_file: SettingPath | None = None
    """Certificates to trust beside the system's, from the folder of the settings file on."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.host is None:
            return self
        if self.sender is None:
            raise ValueError("EBSYNC_SMTP__FROM is missing: the address that messages come from")
        if (self.user is None) != (self.password is None):
            raise ValueError("EBSYNC_SMTP__USER and __PASSWORD go together: set both, or neither")
        if self.security == "none" and not self.is_loopback:
            raise ValueError("EBSYNC_SMTP__SECURITY=none is for a mail server on this machine: use starttls or tls")
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        return self.host is not None and _is_loopback(self.host)


class QueueSettings(_Section):
    """When workers put runs of all hubs into the queue, and when a worker counts as dead."""

    sync: str = Field(default="5 * * * *", pattern=_CRON)
    """As in a crontab, UTC; `off`: never."""
    nightly: str = Field(default="30 2 * * *", pattern=_CRON)
    stalled_seconds: int = Field(default=60, ge=2, le=3600)


class QuestionSettings(_Section):
    """Labels of the booking page's questions whose answers are kept; None: the built-in ones."""

    school: Semicolons | None = None
    urn: Semicolons | None = None
    postcode: Semicolons | None = None
    role: Semicolons | None = None
    leadership: Semicolons | None = None

"""Settings: `ebsync.toml` overridden by the environment; everything works from environment variables alone."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from eb_sync.errors import SettingsError
from eb_sync.model.documents import VatTreatment

CONFIG_NAME = "ebsync.toml"
REAL_URL = "https://www.eventbriteapi.com/v3"
ENDPOINT_SCHEMES = ("EM", "0060", "0088", "0199", "0209", "9932")
"""For e-invoices: e-mail, and of Peppol's schemes D-U-N-S, GLN, LEI, GS1 and UK VAT number."""

_CRON = r"^(off|\S+( \S+){4})$"


def _split(separator: str) -> BeforeValidator:
    def split(value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(separator) if part.strip())

    return BeforeValidator(split)


def _pairs(value: object) -> object:
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


Commas = Annotated[tuple[str, ...], NoDecode, _split(",")]
Semicolons = Annotated[tuple[str, ...], NoDecode, _split(";")]
EndpointText = Annotated[str, AfterValidator(_endpoint)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SupplierSettings(_Section):
    """Who issues the invoices; `invoices` is refused while a required one is missing."""

    name: str | None = None
    address: Semicolons = ()
    email: str | None = None
    bank_name: str | None = None
    sort_code: str | None = None
    account_number: str | None = None
    terms_days: int = Field(default=30, ge=0, le=365)
    logo: Path | None = None
    """A PNG, JPEG or SVG file, from the folder of the settings file on."""
    colour: str | None = None
    """`#rrggbb`, for headings and rules."""


class VatChange(_Section):
    """A treatment in force from a day on."""

    since: date
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
    buyers: Annotated[dict[str, EndpointText], NoDecode, BeforeValidator(_pairs)] = Field(default_factory=dict)
    """By the payer's name, or by the URN of a school that pays itself."""
    company_number: str | None = None
    tax_number: str | None = None
    """Where there is no VAT number; only exempt charges ask for it."""


class ScopeSettings(_Section):
    """Which events count; with neither list set, all."""

    slugs: Commas = ()
    organizers: Commas = ()


class RetentionSettings(_Section):
    """How long names are kept; nothing is blanked unless `apply` is set, `ebsync nightly` only says what would be."""

    apply: bool = False
    held_reads_days: int = Field(default=28, ge=1)
    absent_days: int = Field(default=400, ge=1)
    attended_days: int = Field(default=1096, ge=1)
    documents_years: int = Field(default=6, ge=1, le=50)
    year_ends: str = Field(default="03-31", pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")

    @field_validator("year_ends")
    @classmethod
    def _is_a_day_of_every_year(cls, value: str) -> str:
        date.fromisoformat(f"2001-{value}")
        return value


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


class Settings(BaseSettings):
    """All settings; see README for what each is for."""

    model_config = SettingsConfigDict(
        env_prefix="EBSYNC_", env_nested_delimiter="__", extra="ignore", env_ignore_empty=True, frozen=True
    )

    eventbrite_token: SecretStr | None = None
    eventbrite_url: str = REAL_URL
    organization_id: str | None = None
    database_url: str | None = None
    now: str | None = None
    actor: str | None = None
    supplier: SupplierSettings = SupplierSettings()
    vat: VatSettingsSection = VatSettingsSection()
    einvoice: EinvoiceSettings = EinvoiceSettings()
    billing_from: date | None = None
    scope: ScopeSettings = ScopeSettings()
    guests: Commas = ()
    policy: str = "maths-hub"
    workgroup_policies: Annotated[dict[str, str], NoDecode, BeforeValidator(_pairs)] = Field(default_factory=dict)
    """Work groups, by slug or id, that have a policy of their own."""
    bill_to: Literal["school", "trust"] = "school"
    """Who pays for an academy, unless `ebsync schools payer` says otherwise."""
    workers: int = Field(default=2, ge=1, le=32)
    """How many hubs are worked on at a time where it is done for all of them."""
    queue: QueueSettings = QueueSettings()
    retention: RetentionSettings = RetentionSettings()
    questions: QuestionSettings = QuestionSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what is passed in, which comes from the file."""
        del settings_cls, dotenv_settings, file_secret_settings  # neither is a source of ours
        return env_settings, init_settings


def find_config() -> Path | None:
    """The file in use: `EBSYNC_CONFIG`, else the working directory's, else the user's; None if there is none.

    Raises:
        SettingsError: `EBSYNC_CONFIG` names a file that is not there.
    """
    named = os.environ.get("EBSYNC_CONFIG")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"EBSYNC_CONFIG names {named}, which is not there.")
        return Path(named)
    here = Path(CONFIG_NAME)
    if here.is_file():
        return here
    import platformdirs  # noqa: PLC0415 - only where no nearer file is found

    users = platformdirs.user_config_path("ebsync") / CONFIG_NAME
    return users if users.is_file() else None


def explain_wrong(error: ValidationError, about: str = "") -> SettingsError:
    """Every value that is wrong, by its variable; never the value, which may be a secret."""
    problems = "; ".join(f"{_setting(problem['loc'])}: {problem['msg']}" for problem in error.errors())
    return SettingsError(f"These settings{about} are wrong: {problems}.")


def _setting(location: tuple[int | str, ...]) -> str:
    return "EBSYNC_" + "__".join(str(part).upper() for part in location)


def read_toml(path: Path, more: Collection[str] = ()) -> dict[str, Any]:
    """What a settings file says; `more` are keys that may stand in it beside the settings.

    Raises:
        SettingsError: it cannot be read, or has a key that is no setting.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"The settings file {path} cannot be read: {reason}.") from None
    unknown = sorted(set(values) - set(Settings.model_fields) - set(more))
    if unknown:
        raise SettingsError(f"The settings file {path} has settings that ebsync does not know: {', '.join(unknown)}.")
    return values

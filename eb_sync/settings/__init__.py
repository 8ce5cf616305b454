"""Settings: `ebsync.toml` overridden by the environment; everything works from environment variables alone."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from eb_sync.errors import SettingsError
from eb_sync.model.outside import LARGEST_TEXT, read_outside
from eb_sync.settings.sections import (
    Addresses,
    BackupSettings,
    CodesSettings,
    Commas,
    EinvoiceSettings,
    MonitorSettings,
    NightlySettings,
    QuestionSettings,
    QueueSettings,
    RetentionSettings,
    ScopeSettings,
    SmtpSettings,
    SupplierSettings,
    SyncSettings,
    VatSettingsSection,
    read_pairs,
)
from eb_sync.settings.values import DatabaseUrl, SettingDate, SettingPath, check_texts, expand_home

CONFIG_NAME = "ebsync.toml"
REAL_URL = "https://www.eventbriteapi.com/v3"


class Settings(BaseSettings):
    """All settings; the guide for administrators says what each is for."""

    model_config = SettingsConfigDict(
        env_prefix="EBSYNC_", env_nested_delimiter="__", extra="ignore", env_ignore_empty=True, frozen=True
    )

    _check_texts = field_validator("*")(check_texts)

    eventbrite_token: SecretStr | None = None
    eventbrite_token_file: SettingPath | None = None
    """A file that holds the token and nothing else, from the folder of the settings file on."""
    eventbrite_url: str = REAL_URL
    organization_id: str | None = None
    database_url: DatabaseUrl | None = None
    now: str | None = None
    actor: str | None = None
    supplier: SupplierSettings = SupplierSettings()
    vat: VatSettingsSection = VatSettingsSection()
    einvoice: EinvoiceSettings = EinvoiceSettings()
    codes: CodesSettings = CodesSettings()
    billing_from: SettingDate | None = None
    scope: ScopeSettings = ScopeSettings()
    guests: Commas = ()
    policy: str = "maths-hub"
    workgroup_policies: Annotated[dict[str, str], NoDecode, BeforeValidator(read_pairs)] = Field(default_factory=dict)
    """Work groups, by slug or id, that have a policy of their own."""
    bill_to: Literal["school", "trust"] = "school"
    """Who pays for an academy, unless `ebsync schools payer` says otherwise."""
    workers: int = Field(default=2, ge=1, le=32)
    """How many hubs are worked on at a time where it is done for all of them."""
    queue: QueueSettings = QueueSettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    sync: SyncSettings = SyncSettings()
    nightly: NightlySettings = NightlySettings()
    monitor: MonitorSettings = MonitorSettings()
    questions: QuestionSettings = QuestionSettings()
    smtp: SmtpSettings = SmtpSettings()
    leads: Annotated[dict[str, Addresses], NoDecode, BeforeValidator(read_pairs)] = Field(default_factory=dict)
    """Who is told each evening what waits, by the slug or id of a work group; `*`: of all."""
    finance_email: Addresses = ()
    """Who is told of documents that are in no charge list, and of new lists."""
    reminders: bool = False
    """Whether teachers are reminded of their places."""
    templates: SettingPath | None = None
    """A folder with own words for messages, from the folder of the settings file on."""

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
        SettingsError: `EBSYNC_CONFIG` names a file that is not there, or one of them cannot be looked for.
    """
    named = os.environ.get("EBSYNC_CONFIG")
    if named:
        path = _named_config(named)
        if not _is_there(path):
            raise SettingsError(f"EBSYNC_CONFIG names {path}, which is not there.")
        return path
    here = Path(CONFIG_NAME)
    if _is_there(here):
        return here
    users = _users_config()
    return users if users is not None and _is_there(users) else None


def config_places() -> list[Path]:
    """Where a settings file is looked for that `EBSYNC_CONFIG` does not name."""
    users = _users_config()
    return [Path(CONFIG_NAME).absolute(), *([] if users is None else [users])]


def _users_config() -> Path | None:
    """None: nobody knows the user's home."""
    import platformdirs  # noqa: PLC0415 - only where no nearer file is found

    try:
        return platformdirs.user_config_path("ebsync") / CONFIG_NAME
    except (RuntimeError, KeyError, OSError):
        return None


def _is_there(path: Path) -> bool:
    """Whether a settings file stands there; a link without its end is one that was meant to be read.

    Raises:
        SettingsError: nobody may look, or what stands there is no file. Passing it over would be another hub's night.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise SettingsError(f"The settings file {path} cannot be read: it is a link to nothing.") from None
        return False
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be looked for: {error.strerror}.") from None
    except ValueError:
        raise SettingsError(f"The settings file {path} cannot be looked for: its name is none.") from None
    if not stat.S_ISREG(mode):
        raise SettingsError(f"The settings file {path} cannot be read: it is no file.")
    return True


def _named_config(named: str) -> Path:
    try:
        return expand_home(Path(named))
    except ValueError as error:
        raise SettingsError(f"EBSYNC_CONFIG: {error}.") from None


def beside_settings(config_path: Path | None, path: Path = Path()) -> Path:
    """A path as the settings file means it: from its own folder on; without a file from the working directory on."""
    return (Path() if config_path is None else config_path.parent) / path


def build_settings(values: dict[str, Any]) -> Settings:
    """These values, those of a settings file, overridden by the environment.

    Raises:
        SettingsError: a value is wrong; names every one of them, never a secret.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise explain_wrong(error) from None


def explain_wrong(error: ValidationError, about: str = "") -> SettingsError:
    """Every value that is wrong, by its variable; never the value, which may be a secret."""
    problems = "; ".join(f"{_setting(problem['loc'])}: {_said(problem['msg'])}" for problem in error.errors())
    return SettingsError(f"These settings{about} are wrong: {problems}.")


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").removesuffix(".")


def _setting(location: tuple[int | str, ...]) -> str:
    return "EBSYNC_" + "__".join(str(part).upper() for part in location)


def read_toml(path: Path, more: Collection[str] = ()) -> dict[str, Any]:
    """What a settings file says; `more` are keys that may stand in it beside the settings.

    Raises:
        SettingsError: it cannot be read, or has a key that is no setting.
    """
    try:
        text = read_outside(path, LARGEST_TEXT).decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(
            f"The settings file {path} cannot be read: it is not UTF-8 text. Save it again with the encoding UTF-8."
        ) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {explain_toml(text, str(error))}.") from None
    unknown = sorted(set(values) - set(Settings.model_fields) - set(more))
    if unknown:
        raise SettingsError(f"The settings file {path} has settings that ebsync does not know: {', '.join(unknown)}.")
    return values


_BARE_DATE = re.compile(r"=\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*(#.*)?$")


def explain_toml(text: str, said: str) -> str:
    """What is wrong with a file, from what its parser said; an example where a date is written as in letters."""
    at = re.search(r"\(at line (\d+)", said)
    lines = text.splitlines()
    number = int(at[1]) if at and int(at[1]) <= len(lines) else 0
    if number and _BARE_DATE.search(lines[number - 1]):
        return f"line {number} has a date with the day first: write year, month and day, for example 2019-09-01"
    return said

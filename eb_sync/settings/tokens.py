"""The token for Eventbrite: where it is found, and that nobody else can read it there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import (
    SecretStr,
)

from eb_sync.errors import SettingsError
from eb_sync.settings import Settings, beside_settings

CREDENTIAL_NAME = "eventbrite-token"
"""The token's name in `$CREDENTIALS_DIRECTORY`, where systemd puts what `LoadCredential=` names."""
_LONGEST_TOKEN = 4096


@dataclass(frozen=True, slots=True)
class FoundToken:
    """The token of Eventbrite, and where it is from."""

    token: SecretStr
    source: str
    """In words that may be shown."""
    in_file: bool = False
    """Whether a file holds it, of whatever name."""
    unread: Path | None = None
    """A file that is named in the settings but not read, because the variable wins."""


def find_token(
    settings: Settings,
    config_path: Path | None,
    variable: str = "EBSYNC_EVENTBRITE_TOKEN",
    credential: str = CREDENTIAL_NAME,
) -> FoundToken:
    """The token: of `EBSYNC_EVENTBRITE_TOKEN`, else of `EBSYNC_EVENTBRITE_TOKEN_FILE`, else of systemd's credential.

    `variable` and `credential` are those of a hub of several.

    Raises:
        SettingsError: there is none, or its file cannot be read, is empty, or others can read it.
    """
    named = settings.eventbrite_token_file
    path = None if named is None else beside_settings(config_path, named)
    if settings.eventbrite_token is not None:
        return FoundToken(settings.eventbrite_token, variable, unread=path)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if path is None and credentials and os.path.isfile(os.path.join(credentials, credential)):  # noqa: PTH113, PTH118 - which asks nobody's leave
        path = Path(credentials) / credential
    if path is None:
        raise SettingsError(
            f"{variable} is not set, nor {variable}_FILE: take the private token from "
            "https://www.eventbrite.com/platform/api-keys (not the API key, not the public token)."
        )
    return FoundToken(read_token_file(path), f"the file {path}", in_file=True)


def read_token_file(path: Path) -> SecretStr:
    """The token in a file.

    Raises:
        SettingsError: it cannot be read, holds no token, or others can read it; the message does not show it.
    """
    try:
        if not path.is_file():
            raise SettingsError(f"The token file {path} (EBSYNC_EVENTBRITE_TOKEN_FILE) is not there, or is no file.")
        if path.stat().st_mode & stat.S_IROTH:
            raise SettingsError(
                f"Everybody on this machine can read the token file {path}: chmod 600 {path}. "
                "If others may have read it, make a new token on https://www.eventbrite.com/platform/api-keys."
            )
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_LONGEST_TOKEN).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        failure = SettingsError(f"The token file {path} (EBSYNC_EVENTBRITE_TOKEN_FILE) cannot be read: {reason}.")
    else:
        if text and len(text.split()) == 1:
            return SecretStr(text)
        problem = "is empty" if not text else "holds more than a token: it must hold the token and nothing else"
        failure = SettingsError(f"The token file {path} (EBSYNC_EVENTBRITE_TOKEN_FILE) {problem}.")
    raise failure

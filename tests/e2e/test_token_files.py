"""The token in a file: the setting that names it, systemd's credential, and files that are not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hub import SETTINGS, Hub

TOKEN = SETTINGS["EBSYNC_EVENTBRITE_TOKEN"]


@pytest.fixture
def file(hub: Hub) -> Path:
    """A token file that is fit, and no token in the environment."""
    hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    path = hub.folder / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def token_said(hub: Hub) -> str:
    checks = json.loads(hub.do("doctor", "--json").out)["checks"]
    return next(str(check["text"]) for check in checks if check["check"] == "token")


def test_the_token_may_stand_in_a_file_that_its_owner_and_group_alone_can_read(hub: Hub, file: Path) -> None:
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN_FILE", str(file))
    for mode in (0o600, 0o400, 0o640):
        file.chmod(mode)
        hub.sync()
    assert f"the file {file}" in token_said(hub)


def test_a_relative_name_starts_at_the_settings_file(hub: Hub, file: Path) -> None:
    (hub.folder / "etc").mkdir()
    file.rename(hub.folder / "etc" / "token")
    (hub.folder / "etc" / "ebsync.toml").write_text('eventbrite_token_file = "token"\n')
    hub.patch.setenv("EBSYNC_CONFIG", "etc/ebsync.toml")
    hub.sync()


def test_systemds_credential_is_found_by_itself_and_is_the_last_to_be_asked(hub: Hub, file: Path) -> None:
    credentials = hub.folder / "credentials"
    credentials.mkdir()
    hub.patch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert "EBSYNC_EVENTBRITE_TOKEN is not set" in hub.refused("sync", code=78)
    (credentials / "eventbrite-token").write_text(TOKEN)
    (credentials / "eventbrite-token").chmod(0o400)
    hub.sync()
    assert "credentials/eventbrite-token" in token_said(hub)
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN_FILE", str(file))
    assert f"the file {file}" in token_said(hub)
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", TOKEN)
    assert token_said(hub) == f"accepted by Eventbrite, from EBSYNC_EVENTBRITE_TOKEN; the file {file} is not read"


def test_a_file_that_everybody_can_read_is_refused(hub: Hub, file: Path) -> None:
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN_FILE", str(file))
    file.chmod(0o644)
    for command in ("sync", "doctor"):
        message = hub.refused(command, code=78)
        assert f"chmod 600 {file}" in message
        assert TOKEN not in message
    hub.do("workshops")  # whoever needs no token needs no file


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (b" \n", "is empty"), (b"NAME=x\nTOKEN=y\n", "nothing else"), (b"\xff\xfe", "not text")],
)
def test_a_file_without_a_token_is_refused(hub: Hub, file: Path, content: bytes, says: str) -> None:
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN_FILE", str(file))
    file.write_bytes(content)
    message = hub.refused("sync", code=78)
    assert says in message
    assert str(file) in message


def test_a_file_that_is_none_is_refused(hub: Hub, file: Path) -> None:
    for name in ("nowhere", "."):
        hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN_FILE", name)
        assert "is not there, or is no file" in hub.refused("sync", code=78)

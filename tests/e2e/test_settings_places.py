"""Where a settings file is looked for and cannot be read, that is said (78); it is never passed over for another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.hub import Hub


@pytest.fixture
def locked(hub: Hub) -> Path:
    """A folder into which nobody may look, not even those whom the system lets look everywhere."""
    folder = hub.folder / "locked"
    folder.mkdir()
    stat = os.stat

    def refusing(path: Any, *more: Any, **named: Any) -> os.stat_result:  # noqa: ANN401 - as the system has it
        if str(path).startswith(f"{folder}/"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *more, **named)

    hub.patch.setattr(os, "stat", refusing)
    return folder


def check_refused(hub: Hub, *said: str) -> None:
    for command in (["workshops"], ["status"], ["hubs", "list"]):
        message = hub.refused(*command, code=78)
        assert all(each in message for each in said), message
    done = hub.run("doctor")
    assert done.code in {3, 78}
    assert "bug" not in done.err


def test_a_home_that_nobody_may_look_into_is_said(hub: Hub, locked: Path) -> None:
    hub.patch.setenv("XDG_CONFIG_HOME", str(locked))
    check_refused(hub, "cannot be looked for", "Permission denied")


def test_a_named_file_that_nobody_may_look_at_is_said(hub: Hub, locked: Path) -> None:
    hub.patch.setenv("EBSYNC_CONFIG", str(locked / "ebsync.toml"))
    check_refused(hub, "cannot be looked for", "Permission denied")


def test_a_working_directory_that_nobody_may_look_into_is_said(hub: Hub) -> None:
    stat = os.stat

    def refusing(path: Any, *more: Any, **named: Any) -> os.stat_result:  # noqa: ANN401 - as above
        if str(path) == "ebsync.toml":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *more, **named)

    hub.patch.setattr(os, "stat", refusing)
    check_refused(hub, "cannot be looked for", "Permission denied")


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "loop", "large"])
@pytest.mark.parametrize("place", ["here", "named", "home"])
def test_what_stands_there_and_is_no_settings_file_is_said(hub: Hub, kind: str, place: str) -> None:
    folder = hub.folder / "config" / "ebsync"
    folder.mkdir(parents=True)
    path = (hub.folder if place == "here" else folder) / "ebsync.toml"
    if kind in {"link", "loop"}:
        path.symlink_to("nothing" if kind == "link" else path.name)
    elif kind == "large":
        path.write_bytes(b"#" * 1_000_001)
    else:
        os.mkfifo(path) if kind == "pipe" else path.mkdir()
    if place == "named":
        hub.patch.setenv("EBSYNC_CONFIG", str(path))
    if place == "home":
        hub.patch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    check_refused(hub, "settings file")


def test_a_user_without_a_home_has_no_settings_file_there(hub: Hub) -> None:
    def homeless(*_names: str) -> Path:
        raise RuntimeError("Could not determine home directory.")

    hub.patch.setattr("platformdirs.user_config_path", homeless)
    hub.do("workshops")


def test_a_credential_that_nobody_may_look_at_is_no_token(hub: Hub, locked: Path) -> None:
    hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    hub.patch.setenv("CREDENTIALS_DIRECTORY", str(locked))
    assert "EBSYNC_EVENTBRITE_TOKEN is not set" in hub.refused("sync", code=78)

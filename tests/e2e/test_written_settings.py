"""Settings as editors and people write them: taken where it is clear, else refused in words that help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eb_sync.settings import build_settings
from policies.parameters import read_shipped
from tests.hub import SETTINGS, Hub

BOM = "\ufeff"


@pytest.fixture
def home(hub: Hub) -> Path:
    hub.patch.setenv("HOME", str(hub.folder / "home"))
    (hub.folder / "home").mkdir()
    return hub.folder / "home"


def test_files_may_begin_with_the_mark_that_windows_editors_write(hub: Hub) -> None:
    hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    (hub.folder / "mine.toml").write_text(BOM + read_shipped("maths-hub"), encoding="utf-8")
    (hub.folder / "token").write_text(f"{BOM}{SETTINGS['EBSYNC_EVENTBRITE_TOKEN']}\r\n", encoding="utf-8")
    (hub.folder / "token").chmod(0o600)
    text = f'{BOM}policy = "mine.toml"\r\neventbrite_token_file = "token"\r\n'
    (hub.folder / "ebsync.toml").write_bytes(text.encode())
    hub.patch.setenv("EBSYNC_CONFIG", "ebsync.toml")
    hub.sync()
    assert "£50" in hub.do("policy", "show").out
    assert {check["check"] for check in json.loads(hub.do("doctor", "--json").out)["checks"]} >= {"settings", "token"}


def test_a_settings_file_that_is_no_utf_8_is_refused_in_words(hub: Hub) -> None:
    (hub.folder / "ebsync.toml").write_text('actor = "lead"', encoding="utf-16")
    hub.patch.setenv("EBSYNC_CONFIG", "ebsync.toml")
    message = hub.refused("workshops", code=78)
    assert "not UTF-8" in message
    assert "codec" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EBSYNC_CONFIG", "~/ebsync.toml"),
        ("EBSYNC_POLICY", "~/mine.toml"),
        ("EBSYNC_TEMPLATES", "~/words"),
        ("EBSYNC_BACKUP__FOLDER", "~/backups"),
        ("EBSYNC_DATABASE_URL", "sqlite:///~/hub.sqlite"),
        ("EBSYNC_EVENTBRITE_TOKEN_FILE", "~/token"),
    ],
)
def test_a_tilde_in_a_path_is_home(hub: Hub, home: Path, name: str, value: str) -> None:
    (home / "ebsync.toml").write_text('actor = "lead"', encoding="utf-8")
    (home / "mine.toml").write_text(read_shipped("maths-hub"), encoding="utf-8")
    (home / "token").write_text(SETTINGS["EBSYNC_EVENTBRITE_TOKEN"])
    (home / "token").chmod(0o600)
    (home / "words").mkdir()
    if name.endswith("TOKEN_FILE"):
        hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    hub.patch.setenv(name, value)
    hub.sync()
    hub.do("charges")
    hub.do("messages", "--dry-run", "mails")
    hub.run("nightly")
    assert (name != "EBSYNC_DATABASE_URL") or (home / "hub.sqlite").is_file()
    assert (name != "EBSYNC_BACKUP__FOLDER") or list((home / "backups").iterdir())
    assert not (hub.folder / "~").exists()


@pytest.mark.parametrize("given", ["postgres://hub@db/x", " postgresql://hub@db/x "])
def test_postgres_is_postgresql(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_DATABASE_URL", given)
    assert build_settings({}).database_url == "postgresql://hub@db/x"


@pytest.mark.parametrize("value", ["2019-09-25", "25/09/2019", "25.9.2019", "2019-9-25", " 25-09-2019 "])
def test_a_date_that_is_one_day_is_taken(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_BILLING_FROM", value)
    assert str(build_settings({}).billing_from) == "2019-09-25"


@pytest.mark.parametrize(
    "value", ["01/09/2019", "1.9.2019", "31/02/2019", "2019", "1567296000", "1 September", "25/09/19"]
)
def test_a_date_that_may_be_two_days_or_none_is_refused_with_an_example(hub: Hub, value: str) -> None:
    hub.patch.setenv("EBSYNC_BILLING_FROM", value)
    message = hub.refused("charges", code=78)
    assert "EBSYNC_BILLING_FROM" in message
    assert "2019-09-01" in message
    assert ("9 January" in message) == (value in {"01/09/2019", "1.9.2019"})


def test_a_bare_date_with_the_day_first_is_told_by_its_line(hub: Hub) -> None:
    (hub.folder / "ebsync.toml").write_text('actor = "lead"\nbilling_from = 01/09/2019 # autumn\n', encoding="utf-8")
    hub.patch.setenv("EBSYNC_CONFIG", "ebsync.toml")
    message = hub.refused("charges", code=78)
    assert "line 2" in message
    assert "2019-09-01" in message
    hub.patch.delenv("EBSYNC_CONFIG")
    (hub.folder / "ebsync.toml").unlink()
    text = read_shipped("maths-hub").replace("effective_from = 2019-01-01", "effective_from = 01/01/2019")
    (hub.folder / "mine.toml").write_text(text, encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", "mine.toml")
    message = hub.refused("charges", code=78)
    assert "mine.toml, line 8" in message
    assert "2019-09-01" in message


def test_a_home_that_nobody_has_is_told(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_POLICY", "~no-such-person/mine.toml")
    assert "~" in hub.refused("charges", code=78)
    hub.patch.setenv("EBSYNC_CONFIG", "~no-such-person/ebsync.toml")
    assert "EBSYNC_CONFIG" in hub.refused("charges", code=78)

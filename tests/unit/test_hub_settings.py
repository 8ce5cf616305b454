"""Which of several settings for a hub is in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from eb_sync.errors import SettingsError
from eb_sync.settings.hubs import check_name, read_hub_names, read_hub_settings

FILE = """
policy = "hub-week"
billing_from = 2019-09-01
eventbrite_token = "COMMON"
[supplier]
name = "Everybody's Trust"
bank_name = "Sample Bank"
[scope]
slugs = ["common"]
[hubs.north]
policy = "trust"
[hubs.north.supplier]
name = "Trust of the North"
[hubs.south-west]
[hubs.south-west.vat]
treatment = "exempt"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "ebsync.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.usefixtures("file")
def test_a_hubs_own_setting_wins_over_the_common_one_section_by_section() -> None:
    settings, _, name = read_hub_settings("north")
    assert (name, settings.policy, settings.scope.slugs) == ("north", "trust", ("common",))
    assert (settings.supplier.name, settings.supplier.bank_name) == ("Trust of the North", "Sample Bank")
    other, _, _ = read_hub_settings("south-west")
    assert (other.policy, other.supplier.name, other.vat.treatment) == ("hub-week", "Everybody's Trust", "exempt")


@pytest.mark.usefixtures("file")
def test_the_environment_wins_over_the_file_and_a_hubs_variable_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_POLICY", "governors")
    assert [read_hub_settings(name)[0].policy for name in read_hub_names()] == ["trust", "governors"]
    monkeypatch.setenv("EBSYNC_HUBS__NORTH__POLICY", "day-before")
    monkeypatch.setenv("EBSYNC_HUBS__SOUTH_WEST__SCOPE__SLUGS", "one, two")
    monkeypatch.setenv("EBSYNC_HUBS__SOUTH_WEST__SUPPLIER__ADDRESS", "1 Lane; Town")
    assert read_hub_settings("north")[0].policy == "day-before"
    west = read_hub_settings("south-west")[0]
    assert (west.scope.slugs, west.supplier.address) == (("one", "two"), ("1 Lane", "Town"))
    assert west.supplier.bank_name == "Sample Bank"


@pytest.mark.usefixtures("file")
def test_no_hub_inherits_a_token_or_an_organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_ORGANIZATION_ID", "7001")
    settings = read_hub_settings("north")[0]
    assert (settings.eventbrite_token, settings.organization_id) == (None, None)


def test_hubs_can_be_of_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="There are no settings here"):
        read_hub_names()
    monkeypatch.setenv("EBSYNC_HUBS__NORTH__EVENTBRITE_TOKEN", "ONE")
    monkeypatch.setenv("EBSYNC_HUBS__FAR_SOUTH__EVENTBRITE_TOKEN", "TWO")
    assert read_hub_names() == ("far-south", "north")
    token = read_hub_settings("far-south")[0].eventbrite_token
    assert token is not None
    assert token.get_secret_value() == "TWO"


def test_one_hub_needs_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EBSYNC_ORGANIZATION_ID", "7001")
    assert read_hub_settings()[2] is None
    with pytest.raises(SettingsError, match="no hubs are configured"):
        read_hub_settings("north")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("[hubs.north.supplier.phone]", "EBSYNC_SUPPLIER__PHONE"),
        ("[hubs.West_End]", "cannot be called West_End"),
        ('[hubs.west]\nnow = "2019-11-05T10:00:00Z"', "Hub west has settings.*now"),
        ('[hubs.west]\ntokn = "x"', "Hub west has settings.*tokn"),
        ("[hubs.west]\nbilling_from = 12", r"settings \(hub west\) are wrong: EBSYNC_BILLING_FROM"),
    ],
)
def test_what_is_wrong_with_a_hub_is_said(file: Path, more: str, problem: str) -> None:
    file.write_text(f"{FILE}\n{more}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=problem):
        read_hub_settings("west" if "[hubs.west]" in more else "north")


def test_a_name_with_two_hyphens_together_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot be called"):
        check_name("north--west")
    check_name("north-west")


@pytest.mark.usefixtures("file")
def test_no_hub_has_the_monitor_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_MONITOR__URL", "https://monitor.example.org/common")
    monkeypatch.setenv("EBSYNC_HUBS__NORTH__MONITOR__URL", "https://monitor.example.org/north")
    north, other = (read_hub_settings(name)[0].monitor.url for name in ("north", "south-west"))
    assert north is not None
    assert north.get_secret_value().endswith("north")
    assert other is None


def test_a_hub_is_a_table(file: Path) -> None:
    file.write_text("hubs = 3\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"\[hubs.NAME\]"):
        read_hub_names()


@pytest.mark.usefixtures("file")
def test_a_variable_for_no_hub_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_HUBS__NROTH__EVENTBRITE_TOKEN", "SECRETSECRET")
    with pytest.raises(SettingsError, match="EBSYNC_HUBS__NROTH__") as caught:
        read_hub_settings("north")
    assert "SECRET" not in str(caught.value).replace("EBSYNC_HUBS__NROTH__", "")


@pytest.mark.usefixtures("file")
def test_no_message_shows_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EBSYNC_HUBS__NORTH__RETENTION", '{"apply": "SECRETSECRET"}')
    with pytest.raises(SettingsError) as caught:
        read_hub_settings("north")
    assert "SECRETSECRET" not in str(caught.value)

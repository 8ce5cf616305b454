"""What leads type, on the command line, in files and in settings: cleaned or refused in words, never kept as it is."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.bootstrap import build_hub
from eb_sync.cli.main import main
from eb_sync.model.texts import DANGEROUS
from eb_sync.store.tables import METADATA
from tests.hub import Hub

BAD = "half \udcff nul\0l \x1b]0;owned\x07red \x1b[31m \u202ebidi\u2066\u2028 \ufeff\uffff"


def kept_texts() -> list[str]:
    """Every text in the database, those within JSON as well."""
    found: list[object] = []
    with closing(build_hub(None)) as hub, hub.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            columns = [column for column in table.columns if not isinstance(column.type, sa.LargeBinary)]
            found += [value for row in connection.execute(sa.select(*columns)) for value in row]
    return [text for value in found for text in _texts_in(value)]


def _texts_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in (*value, *value.values()) for text in _texts_in(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts_in(each)]
    return [value] if isinstance(value, str) else []


def check_kept() -> None:
    texts = kept_texts()
    assert [text for text in texts if DANGEROUS.search(text) or len(text) > 20_000] == []
    assert len(texts) > 20


@pytest.fixture
def workshop(hub: Hub) -> str:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    reference = hub.book(event, "Teacher Ann")
    hub.at("2019-11-05 11:00")
    hub.sync()
    return reference


@pytest.mark.every_database
@pytest.mark.parametrize("bad", [BAD, "x" * 100_000], ids=["bad", "long"])
def test_what_is_typed_is_cleaned_or_refused_and_ends_no_command(hub: Hub, workshop: str, bad: str) -> None:
    commands = [
        ["attendance", "walk-in", "fractions", "--name", f"Bob {bad}", "--school", f"Elm {bad}", "--by", bad],
        ["attendance", "mark", "fractions", workshop, "present", "--by", bad],
        ["attendance", "mark", "fractions", bad, bad],
        ["notice", "add", bad, bad, "--school", bad, "--received-at", bad, "--channel", "email", "--by", bad],
        ["exempt", "add", "--kind", "ofsted", "--school", bad, "--from", bad, "--to", bad, "--approved-by", bad],
        [
            "schools",
            "add",
            "--name",
            f"Ash {bad}",
            "--address",
            bad,
            *("--postcode", bad, "--urn", "800001", "--by", bad),
        ],
        ["schools", "add", "--name", f"Elm {bad}", "--address", f"1 {bad}", *("--postcode", "ZZ1 1ZZ", "--email", bad)],
        ["schools", "confirm", bad, "--typed", bad],
        ["schools", "payer", bad, "--email", bad],
        ["workshop", "cancel", "fractions", "--reason", f"snow {bad}", "--by", f"lead {bad}"],
        ["register", bad, "--lead", bad],
        ["register", "fractions", "--lead", bad, "--format", "csv", "-o", bad],
        ["attendance", "import", "fractions", bad],
        ["schools", "load", bad],
        ["policy", "check", bad],
        ["charges", bad, "--as-of", bad],
        ["explain", bad, bad],
        ["person", "export", bad],
        ["messages", "unsubscribe", bad],
        ["credit", bad, "--reason", bad],
        ["--hub", bad, "status"],
        [bad],
    ]
    for arguments in commands:
        done = hub.run(*arguments)
        assert done.code in {0, 1, 2, 3, 73, 78}, (arguments[:3], done)
        assert "bug" not in done.err, (arguments[:3], done)
        (done.out + done.err).encode()
    check_kept()


def test_spaces_that_were_typed_stay_where_nothing_is_dangerous(hub: Hub) -> None:
    (hub.folder / "my  policies").mkdir()
    hub.do("policy", "show")
    assert "my  policies" in hub.run("policy", "check", "my  policies/none.toml").err


@pytest.mark.every_database
def test_files_that_leads_bring_leave_nothing_dangerous_behind(hub: Hub, workshop: str) -> None:
    bad = "\x1b[31m\u202e\ufeff\x01" + "y" * 3000
    rows = [
        "URN,EstablishmentName,Street,Town,SchoolWebsite,Trusts (code)",
        f"800001,Ash {bad},{bad},{bad},{bad},{bad}",
    ]
    (hub.folder / "register\udcff.csv").write_text("\n".join(rows), encoding="utf-8")
    hub.do("schools", "load", "register\udcff.csv")
    (hub.folder / "links.csv").write_text(f"URN,LinkURN,LinkType\n800001,800002,{bad}\n800001,800002,Successor\n")
    assert hub.run("schools", "load", "links.csv").code == 3
    (hub.folder / "groups.csv").write_text(f"Group UID,Group Name\n1,Trust {bad}\n{'2' * 3000},Trust\n")
    assert hub.run("schools", "load", "groups.csv").code == 3
    event = json.loads(hub.do("workshops", "--json").out)["workshops"][0]["id"]
    head = "workshop_id,booking_ref,attendance,teacher,school,notes"
    (hub.folder / "back.csv").write_text(f"{head}\n{event},{workshop},present,,,{bad}\n", encoding="utf-8")
    hub.do("attendance", "import", "fractions", "back.csv")
    check_kept()


@pytest.mark.parametrize("bad", ["Hub \udcff", "Hub \x1b[31m", "Hub \u202e", "x" * 3000])
def test_a_setting_that_could_not_be_kept_is_refused_by_its_name(hub: Hub, bad: str) -> None:
    for name in ("EBSYNC_SUPPLIER__NAME", "EBSYNC_SUPPLIER__ADDRESS", "EBSYNC_ACTOR", "EBSYNC_WORKGROUP_POLICIES"):
        with hub.patch.context() as patch:
            patch.setenv(name, f"cmh19={bad}" if name.endswith("POLICIES") else bad)
            message = hub.refused("workshops", code=78)
            assert name in message
            message.encode()


def test_a_system_user_of_any_name_and_none_can_be_said(hub: Hub, workshop: str) -> None:
    hub.patch.delenv("EBSYNC_ACTOR", raising=False)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        hub.patch.setenv(name, "lead \udcff\x1b[31m")
    hub.do("attendance", "mark", "fractions", workshop, "present")
    check_kept()

    def nobody() -> str:
        raise KeyError("uid not found")

    hub.patch.setattr("getpass.getuser", nobody)
    assert "EBSYNC_ACTOR" in hub.refused("attendance", "mark", "fractions", workshop, "absent", code=78)


def test_a_path_of_any_length_is_refused_in_words(hub: Hub, tmp_path: Path) -> None:
    assert "cannot be used" in hub.run("register", "fractions", "-o", str(tmp_path / ("n" * 5000))).err
    assert main(["demo", "-o", "n" * 100_000]) == 2

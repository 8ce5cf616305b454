"""Two hubs in one database, strictly apart although every id, name and school is the same."""

from __future__ import annotations

import csv
import io
import json
import os

import pytest
import sqlalchemy as sa

from eb_sync.errors import TryAgainError
from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.store.run_lock import run_lock
from eb_sync.store.tables import HUBS, METADATA
from policies.parameters import read_shipped
from tests.databases import opened
from tests.hub import run_command
from tests.hubs import Hubs, OneOfSeveral

ANN = "ann.archer@ash.example.org"
SCHOOL = ("--name", "Ash Lane Primary", "--urn", "800001", "--postcode", "ZZ1 1ZZ")
FIFTY, SEVENTY = "value = 5000\n", "value = 7000\n"


@pytest.fixture
def closed(hubs: Hubs) -> tuple[OneOfSeveral, OneOfSeveral]:
    """In each hub a workshop that is over, with the same absentees of the same school; the south charges more."""
    shipped = read_shipped("maths-hub")
    assert FIFTY in shipped
    (hubs.folder / "south.toml").write_text(shipped.replace(FIFTY, SEVENTY), encoding="utf-8")
    hubs.configure({"south": 'policy = "south.toml"\n'})
    north, south = hubs.all
    for hub in hubs.all:
        event = hub.event("Fractions", "fractions")
        hub.book(event, "Ann Archer")
        hub.book(event, "Bob Baker")
        hub.do("sync")
    hubs.at("2019-11-05 15:30")
    for hub in hubs.all:
        hub.do("sync")
        hub.do("schools", "add", *SCHOOL, "--address", f"1 {hub.name} Lane")
        hub.do("attendance", "close", "fractions", "--nobody-came")
    return north, south


def rows_of(hub_id: int) -> dict[str, list[str]]:
    """Everything that the database holds of a hub."""
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        return {
            table.name: sorted(
                repr(row)
                for row in connection.execute(
                    sa.select(table).where((table.c.id if table is HUBS else table.c.hub_id) == hub_id)
                )
            )
            for table in METADATA.sorted_tables
        }


def test_the_hubs_have_the_same_ids_and_each_its_own_policy(closed: tuple[OneOfSeveral, OneOfSeveral]) -> None:
    decisions = [hub.do("charges", "fractions", "--json").json()["decisions"] for hub in closed]
    north, south = ([(d["booking_id"], d["amount_pence"]) for d in each] for each in decisions)
    assert [booking for booking, _ in north] == [booking for booking, _ in south]
    assert {pence for _, pence in north} == {5000}
    assert {pence for _, pence in south} == {7000}


def test_nothing_that_one_hub_does_touches_a_row_of_the_other(closed: tuple[OneOfSeveral, OneOfSeveral]) -> None:
    north, south = closed
    before = rows_of(2)
    number = north.do("invoices", "--yes", "--json").json()["issued"][0]["number"]
    north.do("credit", number, "--line", "1", "--reason", "agreed")
    north.do("export", "charges", "-o", "north.csv")
    north.do("person", "erase", ANN, "--yes")
    north.do("sync", "--full")
    north.do("nightly")
    assert rows_of(2) == before
    assert "Nothing is held" in north.run("person", "export", ANN).err
    assert south.do("person", "export", ANN, "--json").json()["names"]


def test_numbers_sums_lists_and_suppliers_are_each_hubs_own(closed: tuple[OneOfSeveral, OneOfSeveral]) -> None:
    for hub, pence in zip(closed, (10000, 14000), strict=True):
        issued = hub.do("invoices", "--yes", "-o", f"pages-{hub.name}", "--json").json()["issued"]
        assert [(one["number"], one["total_pence"]) for one in issued] == [("INV-000001", pence)]
        listed = list(csv.DictReader(io.StringIO(hub.do("export", "charges").out)))
        assert sum(float(row["gross"]) for row in listed) * 100 == pence
        assert len(hub.do("export", "batches", "--json").json()["batches"]) == 1
        hub.do("verify")


def test_the_proof_of_one_hub_does_not_look_at_the_other(closed: tuple[OneOfSeveral, OneOfSeveral]) -> None:
    north, south = closed
    for hub in closed:
        hub.do("invoices", "--yes")
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.begin() as connection:
        connection.execute(sa.text("UPDATE document_lines SET gross_pence = 1 WHERE hub_id = 2"))
    north.do("verify")
    assert south.run("verify").code == 65


def test_a_token_goes_to_its_own_hubs_requests_only(closed: tuple[OneOfSeveral, OneOfSeveral]) -> None:
    """Each Eventbrite lets in its own hub's token alone and counts the others as refused."""
    for hub in closed:
        assert {request.status for request in hub.world.requests} == {200}
        assert set(hub.world.rates._windows) == {hub.token}  # noqa: SLF001 - every token that ever came


def test_a_hub_without_a_token_of_its_own_takes_no_other(hubs: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (hubs.folder / "ebsync.toml").read_text()
    (hubs.folder / "ebsync.toml").write_text(text.replace(f'eventbrite_token = "{hubs.all[1].token}"\n', ""))
    monkeypatch.setenv("EBSYNC_EVENTBRITE_TOKEN", hubs.all[0].token)
    result = hubs.all[1].run("sync")
    assert result.code == 78
    assert "EBSYNC_HUBS__SOUTH__EVENTBRITE_TOKEN is not set" in result.err
    assert not hubs.all[1].world.requests
    monkeypatch.setenv("EBSYNC_HUBS__SOUTH__EVENTBRITE_TOKEN", hubs.all[1].token)
    hubs.all[1].do("sync")


def test_two_hubs_cannot_read_one_organisation(hubs: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    north, south = hubs.all
    north.do("sync")
    monkeypatch.setenv("EBSYNC_HUBS__SOUTH__EVENTBRITE_TOKEN", north.token)
    monkeypatch.setenv("EBSYNC_HUBS__SOUTH__EVENTBRITE_URL", north.server.url)
    result = south.run("sync")
    assert result.code == 78
    assert "belong to hub north" in result.err
    assert north.token not in result.err


def test_without_a_choice_every_command_is_refused_with_the_names(hubs: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("sync",), ("workshops",), ("invoices",), ("verify",), ("nightly",), ("--hub", "west", "sync")):
        result = run_command(*arguments)
        assert (result.code, result.out) == (78, "")
        assert "north, south" in result.err
    monkeypatch.setenv("EBSYNC_HUB", "south")
    assert run_command("sync").code == 0
    assert hubs.all[1].world.requests
    assert not hubs.all[0].world.requests
    assert run_command("--hub", "north", "sync").code == 0
    assert hubs.all[0].world.requests


def test_runs_of_different_hubs_do_not_wait_for_each_other(hubs: Hubs) -> None:
    for hub in hubs.all:
        hub.do("sync")
    url = os.environ["EBSYNC_DATABASE_URL"]
    with opened(url) as engine, opened(url) as other, run_lock(engine, 1):
        hubs.all[1].do("sync")
        with pytest.raises(TryAgainError, match="this hub"), run_lock(other, 1, wait_seconds=0.0):
            pass


def test_the_whole_database_is_backed_up_and_restored_with_all_its_hubs(
    closed: tuple[OneOfSeveral, OneOfSeveral], monkeypatch: pytest.MonkeyPatch
) -> None:
    for hub in closed:
        hub.do("invoices", "--yes")
    assert run_command("backup", "all.sqlite").code == 0
    monkeypatch.setenv("EBSYNC_DATABASE_URL", "sqlite:///restored.sqlite")
    restored = run_command("restore", "all.sqlite")
    assert restored.code == 0, restored
    assert "of hub north are INV-000001" in restored.err
    assert "of hub south are INV-000001" in restored.err
    for hub in closed:
        hub.do("verify")


def test_who_only_looks_gives_no_hub_a_number_and_numbers_come_in_order(hubs: Hubs) -> None:
    for hub in reversed(hubs.all):
        hub.do("nightly", "--dry-run")
        hub.do("doctor")
        hub.do("status")
        hub.do("workshops")
        hub.do("messages", "--dry-run", f"mails-{hub.name}")
    run_command("nightly", "--all-hubs", "--dry-run")
    assert run_command("hubs", "list", "--json").json()["hubs"] == []
    hubs.all[0].world.faults.order(Fault(FaultKind.SLOW, "", times=1, seconds=1))
    assert run_command("sync", "--all-hubs", "--workers", "2").code == 0
    listed = run_command("hubs", "list", "--json").json()["hubs"]
    assert [(hub["id"], hub["name"]) for hub in listed] == [("1", "north"), ("2", "south")]


def test_a_new_hub_may_be_written_to_by_any_command(hubs: Hubs) -> None:
    assert "Nobody has booked" in hubs.all[1].run("messages", "unsubscribe", ANN).err
    assert hubs.all[1].do("schools", "add", *SCHOOL, "--address", "1 Lane")
    assert [hub["name"] for hub in run_command("hubs", "list", "--json").json()["hubs"]] == ["south"]


def test_a_rehearsal_keeps_away_from_a_database_with_any_real_hub(hubs: Hubs) -> None:
    north, south = hubs.all
    north.do("sync")
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.begin() as connection:
        connection.execute(HUBS.update().values(host="www.eventbriteapi.com"))
    for arguments in (("status",), ("sync",)):
        refused = south.run(*arguments)
        assert (refused.code, refused.out) == (78, "")
        assert "a rehearsal needs its own database" in refused.err


def test_a_hub_keeps_its_number_under_another_name(hubs: Hubs) -> None:
    for hub in reversed(hubs.all):
        hub.do("sync")
    listed = json.loads(run_command("hubs", "list", "--json").out)["hubs"]
    assert [(one["id"], one["name"], one["organization_id"]) for one in listed] == [
        ("1", "south", "7002"),
        ("2", "north", "7001"),
    ]
    assert run_command("hubs", "name", "2", "south").code == 2
    assert run_command("hubs", "name", "3", "west").code == 2
    assert run_command("hubs", "name", "2", "Nord!").code == 78
    assert run_command("hubs", "name", "2", "east").out == "hub 2 is east\n"
    assert "2       east   7001" in run_command("hubs", "list").out


def test_a_hub_that_was_renamed_in_the_settings_first_finds_its_number_again(hubs: Hubs) -> None:
    north, south = hubs.all
    event = north.event("Fractions", "fractions")
    north.book(event, "Ann Archer")
    north.do("sync")
    south.do("sync")
    file = hubs.folder / "ebsync.toml"
    file.write_text(file.read_text().replace("[hubs.north]", "[hubs.east]"))
    refused = run_command("--hub", "east", "sync")
    assert refused.code == 78
    assert "ebsync hubs name 1 NAME" in refused.err
    assert run_command("hubs", "name", "1", "south").code == 2
    assert run_command("hubs", "name", "1", "east").code == 0
    assert run_command("--hub", "east", "workshops", "--json").json()["workshops"][0]["active"] == 1
    assert [hub["name"] for hub in run_command("hubs", "list", "--json").json()["hubs"]] == ["east", "south"]


def test_a_hub_from_before_there_were_several_is_named_first(hubs: Hubs, monkeypatch: pytest.MonkeyPatch) -> None:
    north, south = hubs.all
    several = (hubs.folder / "ebsync.toml").rename(hubs.folder / "several.toml")
    monkeypatch.setenv("EBSYNC_EVENTBRITE_TOKEN", north.token)
    monkeypatch.setenv("EBSYNC_EVENTBRITE_URL", north.server.url)
    assert run_command("sync").code == 0
    monkeypatch.setenv("EBSYNC_CONFIG", str(several))
    refused = south.run("sync")
    assert refused.code == 78
    assert "ebsync hubs name 1 NAME" in refused.err
    assert run_command("hubs", "name", "1", "north").code == 0
    assert "was never" not in north.do("workshops").err
    south.do("sync")
    assert [hub["organization_id"] for hub in run_command("hubs", "list", "--json").json()["hubs"]] == ["7001", "7002"]
    monkeypatch.delenv("EBSYNC_CONFIG")
    alone = run_command("workshops")
    assert alone.code == 78
    assert "[hubs.NAME]" in alone.err

"""What `ebsync doctor` says of an installation that is not as it should be, and how to mend it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from eb_sync.doctor.machine import Machine, check_files
from eb_sync.doctor.run import shown_address
from eb_sync.model.readings import BuyerSettings
from eb_sync.sandbox.faults import Fault, FaultKind
from tests.hub import SETTINGS, Hub, Result
from tests.hubs import Hubs

TOKEN = SETTINGS["EBSYNC_EVENTBRITE_TOKEN"]
NOON = datetime(2019, 9, 2, 11, tzinfo=UTC)


def findings(hub: Hub, code: int = 0) -> dict[str, list[dict[str, Any]]]:
    """What each check found, by its name."""
    result = hub.run("doctor", "--json")
    assert result.code == code, result
    assert TOKEN not in result.out + result.err
    if code:
        assert result.out == ""
        result = Result(result.code, result.err[result.err.index("{") :], "")
    assert result.json()["exit_code"] == code
    found: dict[str, list[dict[str, Any]]] = {}
    for each in result.json()["checks"]:
        found.setdefault(each["check"], []).append(each)
    return found


def only(found: dict[str, list[dict[str, Any]]], check: str, level: str) -> str:
    """The one finding of a check: its text and how to mend it."""
    (finding,) = found[check]
    assert finding["level"] == level, finding
    return f"{finding['text']} {finding['mend'] or ''}"


@pytest.fixture
def clock(hub: Hub) -> list[datetime]:
    """No rehearsal: the machine's own clock says what is in this list."""
    said = [NOON]
    hub.patch.delenv("EBSYNC_NOW")
    hub.patch.setattr("eb_sync.bootstrap.system_clock", lambda: said[0])
    hub.world.set_clock(NOON)
    no_machine = Machine(lambda _: 10**12, Path.exists, lambda _: "")
    hub.patch.setattr("eb_sync.doctor.machine.this_machine", lambda: no_machine)
    return said


def test_a_clock_that_is_two_minutes_off_is_a_fault_even_with_a_wrong_token(hub: Hub, clock: list[datetime]) -> None:
    clock[0] = NOON + timedelta(minutes=2)
    assert "agrees" in only(findings(hub), "clock", "ok")
    clock[0] = NOON + timedelta(minutes=2, seconds=1)
    said = only(findings(hub, 78), "clock", "fault")
    assert "2 minutes ahead of Eventbrite's" in said
    assert "timedatectl set-ntp true" in said
    clock[0] = NOON - timedelta(hours=5)
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONG")
    found = findings(hub, 77)
    assert "5 hours behind" in only(found, "clock", "fault")
    assert "refused" in only(found, "token", "fault")


def test_without_a_token_nothing_is_asked_of_eventbrite(hub: Hub, clock: list[datetime]) -> None:
    hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    found = findings(hub, 78)
    assert "private token" in only(found, "token", "fault")
    for check in ("clock", "organisation", "rights", "scope", "pages"):
        only(found, check, "skipped")
    assert hub.world.requests == []


def test_a_clock_that_was_ahead_once_is_told(hub: Hub, clock: list[datetime]) -> None:
    clock[0] = NOON + timedelta(hours=11)
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00")
    hub.sync()
    clock[0] = NOON
    found = findings(hub)["clock"]
    assert [each["level"] for each in found] == ["ok", "warning"]
    assert "bring-times-back" in found[1]["mend"]


def test_a_sync_that_is_not_run_is_a_fault_once_there_was_one(hub: Hub, clock: list[datetime]) -> None:
    assert "ebsync sync" in only(findings(hub), "sync", "warning")
    hub.sync()
    for after, code, level in ((timedelta(hours=2), 0, "ok"), (timedelta(hours=5), 75, "fault")):
        clock[0] = NOON + after
        hub.world.set_clock(clock[0])
        said = only(findings(hub, code), "sync", level)
        assert "2019-09-02 12:00" in said
    assert "5 hours ago" in said
    assert "cron/README.md" in said


def test_a_failed_sync_is_no_good_sync(hub: Hub, clock: list[datetime]) -> None:
    hub.sync()
    clock[0] = NOON + timedelta(hours=3)
    hub.world.set_clock(clock[0])
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONG")
    hub.refused("sync", code=77)
    assert "3 hours ago" in only(findings(hub, 77), "sync", "fault")


def test_a_full_disk_is_a_fault(hub: Hub) -> None:
    full = Machine(lambda _: 10**6, Path.exists, lambda _: "")
    hub.patch.setattr("eb_sync.doctor.machine.this_machine", lambda: full)
    said = only(findings(hub, 73), "disk", "fault")
    assert "1 MB left" in said
    assert str(hub.folder) in said


@pytest.mark.every_database
def test_the_database_is_written_to_without_leaving_a_trace(hub: Hub) -> None:
    before = hub.do("status", "--json").out
    assert "can be written" in only(findings(hub), "database", "ok")
    assert hub.do("status", "--json").out == before


def test_a_database_that_cannot_be_used_does_not_keep_the_rest_from_being_looked_at(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite")
    found = findings(hub, 74)
    only(found, "database", "fault")
    only(found, "token", "ok")
    assert "see database" in only(found, "organisation", "skipped")
    hub.patch.setenv("EBSYNC_DATABASE_URL", "nonsense")
    assert "EBSYNC_DATABASE_URL" in only(findings(hub, 74), "database", "fault")


def test_a_settings_file_that_is_wrong_is_one_fault(hub: Hub) -> None:
    (hub.folder / "ebsync.toml").write_text("nonsense = 1\n")
    assert "nonsense" in only(findings(hub, 78), "settings", "fault")


def test_a_settings_file_with_the_token_in_it_is_told(hub: Hub) -> None:
    hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    (hub.folder / "ebsync.toml").write_text(f'eventbrite_token = "{TOKEN}"\n')
    said = only(findings(hub), "settings", "warning")
    assert "eventbrite_token_file" in said


def test_the_token_of_another_hub_is_told(hub: Hub) -> None:
    hub.sync()
    hub.world.create_organization("Other Hub", organization_id="7009")
    hub.world.add_account("OTHERTOKEN", ("7009",))
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "OTHERTOKEN")
    said = only(findings(hub, 78), "organisation", "fault")
    assert "does not see the organisation 7001" in said
    assert "7009 (Other Hub)" in said
    hub.patch.setenv("EBSYNC_ORGANIZATION_ID", "7009")
    assert "another database" in only(findings(hub, 78), "organisation", "fault")


def test_another_eventbrite_than_that_of_the_database_is_told(hub: Hub) -> None:
    hub.sync()
    hub.patch.setenv("EBSYNC_EVENTBRITE_URL", hub.server.url.replace("127.0.0.1", "localhost"))
    assert "127.0.0.1" in only(findings(hub, 78), "organisation", "fault")


@pytest.mark.parametrize(("path", "what"), [("/organizations/7001/events/", "events"), ("/attendees/", "attendees")])
def test_a_token_without_the_rights_it_needs_is_told(hub: Hub, path: str, what: str) -> None:
    hub.world.faults.order(Fault(FaultKind.NOT_AUTHORIZED, path, times=9))
    said = only(findings(hub, 77), "rights", "fault")
    assert f"may not read the organisation's {what}" in said
    assert "7001" in said


def test_a_public_token_is_no_private_one(hub: Hub) -> None:
    hub.world.add_account("PUBLICTOKEN", user=False)
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "PUBLICTOKEN")
    assert "private token" in only(findings(hub, 77), "token", "fault")


def test_each_name_in_the_scope_that_matches_nothing_is_told(hub: Hub) -> None:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions", organizer_id="99")
    hub.patch.setenv("EBSYNC_SCOPE__SLUGS", "fractions,fractoins")
    hub.patch.setenv("EBSYNC_SCOPE__ORGANIZERS", "7001,98,99")
    found = [f"{each['level']} {each['text']} {each['mend']}" for each in findings(hub)["scope"]]
    assert len(found) == 3
    assert all(said.startswith("warning") for said in found)
    assert "Near it: fractions" in found[0]
    assert "organisation's id" in found[1]
    assert "There are: 99" in found[2]
    hub.patch.setenv("EBSYNC_SCOPE__SLUGS", "fractions")
    hub.patch.setenv("EBSYNC_SCOPE__ORGANIZERS", "99")
    hub.sync()
    hub.at("2019-11-06 09:00")  # over, and known from the database alone
    hub.world.remove_event(event)
    only(findings(hub), "scope", "ok")


def test_a_page_that_asks_the_buyer_alone_or_not_enough_is_told(hub: Hub) -> None:
    hub.event(
        "Ratio", "2020-01-21 10:00", "2020-01-21 15:00", slug="ratio", survey_respondent="ticket_buyer", questions=()
    )
    hub.event("Over", "2019-09-01 10:00", "2019-09-01 15:00", slug="over", questions=())
    hub.event("Draft", "2019-12-01 10:00", "2019-12-01 15:00", questions=(), draft=True)
    hub.event("Well", "2019-11-05 10:00", "2019-11-05 15:00", slug="well")
    buyer, missing = findings(hub)["pages"]
    assert buyer["text"] == (
        "The page for 21 Jan 2020 (ratio) collects the buyer's details only: teachers will be unnamed."
    )
    assert "each attendee" in buyer["mend"]
    assert "does not ask for School name, School URN, Your role in school: " in missing["text"]
    hub.patch.setenv("EBSYNC_SCOPE__SLUGS", "well")
    assert "1 of 1 pages" in only(findings(hub), "pages", "ok")
    hub.patch.setenv("EBSYNC_SCOPE__SLUGS", "over")
    assert "no page in scope is ahead" in only(findings(hub), "pages", "ok")


def test_a_page_of_which_eventbrite_does_not_say_whom_it_asks_is_told(hub: Hub) -> None:
    hub.event("Ratio", "2020-01-21 10:00", "2020-01-21 15:00", slug="ratio")
    hub.patch.setattr(
        "eb_sync.eventbrite.EventbriteClient.fetch_buyer_settings", lambda *_: BuyerSettings("1", None, None)
    )
    said = only(findings(hub), "pages", "warning")
    assert "did not say whether the page for 21 Jan 2020 (ratio) asks each attendee" in said


def test_neither_password_nor_user_nor_host_of_the_database_is_shown() -> None:
    for address in ("postgresql+psycopg://u@h/x?password=sesame", "postgresql+psycopg://u:sesame@h/x"):
        shown = shown_address(sa.make_url(address))
        assert "sesame" not in shown
        assert shown == "postgresql, database x"


def test_of_several_hubs_tokens_in_the_file_are_told_and_so_is_anothers_organisation(hubs: Hubs) -> None:
    north, south = hubs.all
    north.do("sync")
    file = hubs.folder / "ebsync.toml"
    said = south.do("doctor", "--json").out
    assert "[hubs.north]" in said
    assert "[hubs.south]" in said
    assert f"from {file.name}" in " ".join(said.split())
    hubs.patch.setenv("EBSYNC_HUBS__SOUTH__EVENTBRITE_TOKEN", south.token)
    assert "EBSYNC_HUBS__SOUTH__EVENTBRITE_TOKEN" in south.do("doctor", "--json").out
    hubs.patch.setenv("EBSYNC_HUBS__SOUTH__EVENTBRITE_TOKEN", north.token)
    hubs.patch.setenv("EBSYNC_HUBS__SOUTH__EVENTBRITE_URL", north.server.url)
    refused = south.run("doctor")
    assert refused.code == 78
    assert "belong to hub north" in " ".join(refused.err.split())


def test_a_question_in_other_words_is_shown_with_the_setting_for_it(hub: Hub) -> None:
    questions = ("School name", "DfE number of your school", "Your role in school")
    hub.event("Ratio", "2020-01-21 10:00", "2020-01-21 15:00", slug="ratio", questions=questions)
    said = only(findings(hub), "pages", "warning")
    assert 'EBSYNC_QUESTIONS__URN="DfE number of your school"' in said
    hub.patch.setenv("EBSYNC_QUESTIONS__URN", "DfE number of your school")
    assert "1 of 1 pages" in only(findings(hub), "pages", "ok")


def test_a_page_that_cannot_be_looked_at_does_not_hide_the_others(hub: Hub) -> None:
    broken = hub.event("Ratio", "2020-01-21 10:00", "2020-01-21 15:00", slug="ratio")
    hub.event("Shape", "2020-01-22 10:00", "2020-01-22 15:00", slug="shape", questions=("School URN", "Role"))
    hub.world.faults.order(Fault(FaultKind.TRUNCATED, f"/events/{broken}/ticket_buyer_settings/", times=99))
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _: None)
    could_not, missing = findings(hub)["pages"]
    assert "21 Jan 2020 (ratio) could not be looked at" in could_not["text"]
    assert "22 Jan 2020 (shape) does not ask for School name: which school" in missing["text"]


def test_a_list_that_eventbrite_cannot_show_in_full_is_told(hub: Hub) -> None:
    hub.event("Ratio", "2020-01-21 10:00", "2020-01-21 15:00", slug="ratio", questions=())
    hub.world.faults.order(Fault(FaultKind.EXPANSION_FAILED, times=99))
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _: None)
    assert "could not show its events in full" in only(findings(hub), "pages", "warning")


def test_a_logo_that_cannot_be_printed_is_told(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_SUPPLIER__LOGO", "none.png")
    assert "EBSYNC_SUPPLIER__LOGO" in only(findings(hub, 78), "logo", "fault")


def test_at_a_terminal_each_problem_is_followed_by_how_to_mend_it(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_SCOPE__SLUGS", "nowhere")
    result = hub.do("doctor")
    assert "scope         warning  nowhere of the scope matches no event." in result.out
    assert "scope: nowhere of the scope matches no event.\n  Correct EBSYNC_SCOPE__SLUGS." in result.err
    assert max(len(line) for line in result.out.splitlines()) <= 80


@pytest.mark.parametrize(
    ("systemd", "cron", "enabled", "active", "says"),
    [
        (True, False, "enabled", "active", "ok systemd starts ebsync"),
        (True, False, "enabled", "inactive", "warning Not running: ebsync-sync.timer"),
        (True, False, "disabled", "inactive", "warning Neither"),
        (True, True, "enabled", "active", "warning Both"),
        (True, True, "", "", "ok cron starts ebsync"),
        (False, True, "", "", "ok cron starts ebsync"),
        (False, False, "", "", "warning Neither"),
    ],
)
def test_whatever_starts_ebsync_is_looked_for(
    hub: Hub, clock: list[datetime], systemd: bool, cron: bool, enabled: str, active: str, says: str
) -> None:
    there = {"/run/systemd/system": systemd, "/etc/cron.d/ebsync": cron}
    machine = Machine(
        free_bytes=lambda _: 10**12,
        exists=lambda path: there.get(str(path), path.exists()),
        output_of=lambda command: f"{enabled if 'is-enabled' in command else active}\n",
    )
    hub.patch.setattr("eb_sync.doctor.machine.this_machine", lambda: machine)
    (found,) = findings(hub)["timer"]
    assert f"{found['level']} {found['text']}".startswith(says)


def test_the_machine_itself_can_be_asked(hub: Hub, clock: list[datetime]) -> None:
    hub.patch.undo()
    from eb_sync.doctor.machine import this_machine

    machine = this_machine()
    assert machine.output_of(("/bin/echo", "here")) == "here\n"
    assert machine.output_of(("/bin/nothing/of/this/name",)) == ""
    assert machine.free_bytes(Path("/")) >= 0


@pytest.mark.parametrize("name", ["hub.sqlite-wal", "hub.sqlite.lock", "hub.sqlite.night.lock"])
def test_a_file_beside_the_database_that_is_closed_to_this_user_is_named(hub: Hub, name: str) -> None:
    file = hub.folder / name
    file.touch()
    machine = Machine(lambda _: 10**12, Path.exists, lambda _: "", lambda path, _needed: path.name != name)
    (found,) = check_files(machine, hub.folder / "hub.sqlite")
    assert str(file) in found.text
    assert "chown" in (found.mend or "")


def test_a_file_that_root_left_beside_the_database_is_named(hub: Hub) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can leave a file of another user behind")
    log = hub.folder / "hub.sqlite-wal"
    log.touch()
    os.chown(log, 65534, 65534)
    (found,) = check_files(Machine(lambda _: 10**12, Path.exists, lambda _: ""), hub.folder / "hub.sqlite")
    assert (found.level.value, str(log) in found.text) == ("warning", True)

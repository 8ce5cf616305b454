"""Setting up, running at night, and what the administrator sees when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from eb_sync.cli.main import COMMANDS, app, main
from tests.hub import Hub

ROOT = Path(__file__).parents[2]


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += every_command(command, (*path, name))
    return found


@pytest.mark.parametrize(
    ("path", "command"), every_command(app), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help, path
    assert "Example: ebsync " in command.help, path


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_commands_matches_their_help(name: str) -> None:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    assert command.name == name


def test_help_comes_quickly_and_fits_80_columns() -> None:
    code = (
        "import sys; from eb_sync.cli.main import main; main(['--help']); "
        "print(sorted(m for m in sys.modules if '.' not in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *lines, modules = done.stdout.splitlines()
    assert max(len(line) for line in lines) <= 80
    # what makes a start slow is not loaded for help
    assert not {"sqlalchemy", "pydantic", "requests", "flask", "typst", "xlsxwriter"} & set(eval(modules))  # noqa: S307 - our own list


def test_an_unknown_command_or_option_is_usage() -> None:
    assert main(["nonsense"]) == 2
    assert main(["sync", "--nonsense"]) == 2


def test_a_starter_file_is_written_once_and_understood(hub: Hub) -> None:
    assert hub.do("init", "-o", "house").out == "house/ebsync.toml\n"
    assert (hub.folder / "house" / "ebsync.sqlite").is_file()
    assert "exists already" in hub.refused("init", "-o", "house", code=73)
    hub.patch.chdir(hub.folder / "house")
    hub.patch.delenv("EBSYNC_DATABASE_URL")
    hub.do("sync")
    hub.patch.chdir(hub.folder)
    hub.patch.setenv("EBSYNC_CONFIG", str(hub.folder / "house" / "ebsync.toml"))
    assert hub.sync().json()["observations"] == 0


def test_settings_files_that_cannot_be_used_are_refused(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_CONFIG", "nowhere.toml")
    assert "not there" in hub.refused("workshops", code=78)
    for text, says in (("x = [", "cannot be read"), ("nonsense = 1", "nonsense"), ('now = "soon"', "EBSYNC_NOW")):
        (hub.folder / "ebsync.toml").write_text(text, encoding="utf-8")
        hub.patch.setenv("EBSYNC_CONFIG", "ebsync.toml")
        if "now" in text:
            hub.patch.delenv("EBSYNC_NOW")
        assert says in hub.refused("workshops", code=78)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("EBSYNC_NOW", "tomorrow", "not an instant"),
        ("EBSYNC_NOW", "2019-09-02T09:00:00", "no time zone"),
        ("EBSYNC_BILLING_FROM", "soon", "EBSYNC_BILLING_FROM"),
        ("EBSYNC_POLICY", "nobodys", "maths-hub"),
        ("EBSYNC_POLICY", "nowhere/policy.toml", "cannot be read"),
        ("EBSYNC_SUPPLIER__TERMS_DAYS", "-1", "EBSYNC_SUPPLIER__TERMS_DAYS"),
        ("EBSYNC_VAT__TREATMENT", "some", "EBSYNC_VAT__TREATMENT"),
    ],
)
def test_a_wrong_setting_is_named(hub: Hub, name: str, value: str, says: str) -> None:
    hub.patch.setenv(name, value)
    assert says in hub.refused("charges", code=78)


def test_a_wrong_policy_file_is_named_with_its_key(hub: Hub) -> None:
    (hub.folder / "mine.toml").write_text('id = "mine"\ntitle = "Mine"\nversion = []\n', encoding="utf-8")
    hub.patch.setenv("EBSYNC_POLICY", "mine.toml")
    assert "version" in hub.refused("charges", code=78)


def test_the_policy_in_force_is_shown_in_sentences(hub: Hub) -> None:
    assert "£50" in hub.do("policy", "show").out
    assert "nothing is charged" in hub.do("policy", "show", "--on", "2018-01-01").out
    hub.refused("policy", "show", "--on", "x")


def test_a_database_that_cannot_be_opened_is_74(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite")
    hub.refused("workshops", code=74)
    hub.patch.setenv("EBSYNC_DATABASE_URL", "nonsense")
    hub.refused("workshops", code=74)


def test_a_rehearsal_clock_before_the_newest_fact_is_refused(hub: Hub) -> None:
    hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00")
    hub.sync()
    hub.patch.setenv("EBSYNC_NOW", "2019-09-01T08:00:00Z")
    assert "--as-of" in hub.refused("workshops", code=78)


def test_a_rehearsal_on_a_real_hubs_database_is_refused(hub: Hub) -> None:
    hub.sync()
    hub.patch.setattr("eb_sync.bootstrap.REAL_URL", hub.server.url)
    assert "rehearsal" in hub.refused("workshops", code=78)


def test_token_organisation_and_host_are_checked(hub: Hub) -> None:
    hub.patch.setenv("EBSYNC_ORGANIZATION_ID", "7002")
    assert "7001 (Sample Hub)" in hub.refused("sync", code=78)
    hub.patch.delenv("EBSYNC_ORGANIZATION_ID")
    hub.sync()
    hub.patch.setenv("EBSYNC_ORGANIZATION_ID", "7002")
    assert "another database" in hub.refused("sync", code=78)
    hub.patch.delenv("EBSYNC_ORGANIZATION_ID")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    message = hub.refused("sync", code=77)
    assert "WRONGTOKEN" not in message
    hub.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    assert "EBSYNC_EVENTBRITE_TOKEN" in hub.refused("sync", code=78)
    hub.patch.setenv("EBSYNC_EVENTBRITE_URL", "http://localhost:1/v3")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "X")
    assert "another Eventbrite" in hub.refused("sync", code=78)


def test_the_doctor_names_what_is_wrong_and_goes_on(hub: Hub) -> None:
    healthy = hub.do("doctor")
    assert [line.split()[0] for line in healthy.out.splitlines() if " ok " in line] == [
        *("settings", "disk", "database", "policy", "work", "token", "clock", "organisation", "rights", "scope"),
        *("pages", "sync", "timer", "billing", "logo"),
    ]
    assert "warning" not in healthy.out + healthy.err
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    hub.patch.delenv("EBSYNC_BILLING_FROM")
    sick = hub.run("doctor")
    assert sick.code == 77
    assert "EBSYNC_BILLING_FROM" in sick.err
    assert sick.out == ""
    levels = {line.split()[0]: line.split()[1] for line in sick.err.splitlines() if line[:1].isalpha() and "  " in line}
    assert {levels[name] for name in ("database", "policy", "disk", "logo")} == {"ok"}
    assert {levels[name] for name in ("token", "billing")} == {"fault"}
    assert {levels[name] for name in ("organisation", "rights", "scope", "pages")} == {"skipped"}
    assert "WRONGTOKEN" not in sick.err + sick.out


def test_a_night_runs_every_step_even_if_sync_fails(hub: Hub) -> None:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Ann Archer")
    good = hub.do("nightly", "--json").json()
    assert [(step["step"], step["exit_code"]) for step in good["steps"]] == [
        ("sync", 0),
        ("findings", 0),
        ("reviews", 0),
        ("registers", 0),
        ("plan", 0),
        ("retention", 0),
        ("backup", 0),
        ("digest", 0),
    ]
    hub.at("2019-11-06 02:00")
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    bad = hub.run("nightly")
    assert bad.code == 77
    assert "fractions@2019-11-05" in bad.err
    assert "WRONGTOKEN" not in bad.err + bad.out
    assert bad.out == ""


def test_a_rehearsal_is_announced(hub: Hub) -> None:
    assert "EBSYNC_NOW stands at 2019-09-02T08:00:00Z" in hub.do("workshops").err
    hub.patch.delenv("EBSYNC_NOW")
    assert hub.do("workshops").err == ""


def test_a_bug_in_one_step_is_70_and_the_others_still_run(hub: Hub) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    hub.patch.setattr("eb_sync.nightly.new_findings.read_findings", broken)
    result = hub.run("nightly")
    assert (result.code, result.out) == (70, "")
    codes = [
        line.split()[1]
        for line in result.err.splitlines()
        if line.startswith(
            ("sync ", "findings ", "reviews ", "registers ", "plan ", "retention ", "backup ", "digest ")
        )
    ]
    assert codes == ["0", "70", "0", "0", "0", "0", "0", "0"]


def test_a_bug_shows_no_traceback_and_is_70(hub: Hub) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("a teacher's name")

    hub.patch.setattr("eb_sync.reports.overview.read_overview", broken)
    result = hub.run("workshops")
    assert (result.code, result.out) == (70, "")
    assert "ZeroDivisionError" in result.err
    assert "teacher" not in result.err
    assert "Traceback" not in result.err


def test_status_sets_our_counts_beside_eventbrites(hub: Hub) -> None:
    assert hub.do("status").out.startswith("no sync yet: `ebsync sync`")
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Ann Archer")
    hub.sync()
    status = hub.do("status", "--json").json()
    assert status["synced_at"] == "2019-09-02T08:00:00Z"
    assert [(e["event_id"], e["active"], e["quantity_sold"], e["differs"]) for e in status["events"]] == [
        (event, 1, 1, False)
    ]
    assert status["runs"][0]["counts"]["observations"] == 1
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "WRONGTOKEN")
    hub.refused("sync", code=77)
    failed = hub.do("status", "--json").json()
    assert (failed["runs"][0]["exit_code"], failed["synced_at"]) == (77, "2019-09-02T08:00:00Z")
    assert "bookings as of 2019-09-02 09:00" in hub.do("status").out


def test_the_demo_refuses_a_folder_in_use(hub: Hub) -> None:
    (hub.folder / "used").mkdir()
    (hub.folder / "used" / "file").write_text("mine")
    assert "not empty" in hub.refused("demo", "-o", "used", code=73)


def test_the_cron_wrapper_keeps_the_exit_code_and_logs(tmp_path: Path) -> None:
    program = tmp_path / "ebsync"
    program.write_text('#!/bin/sh\necho "token is $EBSYNC_SAMPLE, asked for $1"\nexit 65\n')
    program.chmod(0o755)
    (tmp_path / ".env").write_text("EBSYNC_SAMPLE=here\n")
    environment = {"PATH": os.environ["PATH"], "EBSYNC_HOME": str(tmp_path), "EBSYNC_BIN": str(program)}
    wrapper = str(ROOT / "cron" / "run-ebsync")
    done = subprocess.run([wrapper, "sync"], env=environment, check=False)
    assert done.returncode == 65
    log = (tmp_path / "ebsync.log").read_text()
    assert "token is here, asked for sync" in log
    assert "exit 65" in log


def test_the_crontab_has_five_fields_a_user_and_our_commands() -> None:
    lines = [
        line
        for line in (ROOT / "cron" / "crontab").read_text().splitlines()
        if line and not line.startswith("#") and "=" not in line.split()[0]
    ]
    jobs = [line.split(maxsplit=6) for line in lines]
    assert [job[5] for job in jobs] == ["ebsync", "ebsync"]
    assert [job[6].split()[-1] for job in jobs] == ["sync", "nightly"]
    for job in jobs:
        assert all(part == "*" or part.isdigit() for field in job[:5] for part in field.split(","))

"""The files in `cron/`: units, timers, crontab, wrapper, log rotation. systemd itself is asked where it is."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from eb_sync.cli.main import COMMANDS

CRON = Path(__file__).parents[2] / "cron"
SERVICES = ("ebsync-sync", "ebsync-nightly", "ebsync-messages")
PROGRAM = "/opt/ebsync/.venv/bin/ebsync"
MOST_EXPOSED = 15
"""Tenths of what `systemd-analyze security` calls exposure: below 2.0 is OK, our own figure is 1.1."""


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def run(tool: str, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [shutil.which(tool) or tool, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A folder with the units, their program being one that exists."""
    program = tmp_path / "ebsync"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in [*CRON.glob("*.service"), *CRON.glob("*.timer")]:
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, str(program)))
    return tmp_path


def settings_of(path: Path) -> dict[str, list[str]]:
    """Every setting of a unit, with its values in order."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@needs("systemd-analyze")
def test_systemd_takes_every_unit_without_a_word(units: Path) -> None:
    paths = sorted(str(path) for path in units.iterdir() if path.suffix in {".service", ".timer"})
    assert len(paths) == 6
    done = run("systemd-analyze", "verify", *paths)
    # systemd of the machine may complain of its own units
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "ebsync" in line]
    assert (done.returncode, ours) == (0, [])


@needs("systemd-analyze")
@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_the_services_little_exposed(units: Path, name: str) -> None:
    words = ("security", "--offline=true", f"--threshold={MOST_EXPOSED}", f"./{name}.service")
    done = run("systemd-analyze", *words, cwd=units)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd cannot look at a unit that is not loaded")
    assert done.returncode == 0, done.stdout
    figure = re.search(r"Overall exposure level for \S+ ([0-9.]+)", done.stdout)
    assert figure is not None
    assert float(figure[1]) * 10 <= MOST_EXPOSED


@needs("systemd-analyze")
@pytest.mark.parametrize("name", SERVICES)
def test_systemd_understands_when_the_timers_strike(name: str) -> None:
    (calendar,) = settings_of(CRON / f"{name}.timer")["OnCalendar"]
    done = run("systemd-analyze", "calendar", calendar)
    assert done.returncode == 0, done.stderr
    assert "Next elapse" in done.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened_and_its_exit_codes_mean_what_ours_mean(name: str) -> None:
    said = settings_of(CRON / f"{name}.service")
    assert said["Type"] == ["oneshot"]
    assert said["User"] == ["ebsync"]
    assert said["SuccessExitStatus"] == ["3"]
    assert said["Restart"] == ["no"]
    assert said["TimeoutStartSec"]
    assert said["ProtectSystem"] == ["strict"]
    for hardening in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "MemoryDenyWriteExecute"):
        assert said[hardening] == ["yes"]
    assert said["RestrictAddressFamilies"] == ["AF_INET AF_INET6 AF_UNIX"]
    assert said["SystemCallFilter"][0] == "@system-service"
    assert said["CapabilityBoundingSet"] == [""]
    assert said["StateDirectory"] == ["ebsync"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_the_token_as_a_credential_and_runs_a_command_of_ours(name: str) -> None:
    said = settings_of(CRON / f"{name}.service")
    assert said["LoadCredential"] == ["eventbrite-token:/etc/ebsync/eventbrite-token"]
    assert said["Environment"] == ["EBSYNC_EVENTBRITE_TOKEN_FILE=%d/eventbrite-token"]
    (command,) = said["ExecStart"]
    waiting, _, words = command.partition(f" {PROGRAM} ")
    assert waiting == "/usr/bin/flock -w 600 -E 75 /var/lib/ebsync/cron.lock"
    assert words.split()[0] == name.removeprefix("ebsync-")
    if name != "ebsync-messages":
        assert words in COMMANDS


def test_the_three_services_differ_in_what_they_do_alone() -> None:
    lines = [(CRON / f"{name}.service").read_text().splitlines() for name in SERVICES]
    common = set(lines[0]).intersection(*lines[1:])
    for own in lines:
        different = {line.split("=")[0] for line in own if line not in common and not line.startswith("#")}
        assert different <= {"Description", "ExecStart", "TimeoutStartSec", "ReadWritePaths"}


@needs("flock")
def test_the_lock_of_the_services_keeps_the_exit_code(tmp_path: Path) -> None:
    lock = str(tmp_path / "cron.lock")
    assert run("flock", "-w", "600", "-E", "75", lock, "sh", "-c", "exit 65").returncode == 65
    with Path(lock).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run("flock", "-w", "0.1", "-E", "75", lock, "sh", "-c", "exit 0").returncode == 75


def test_a_missed_run_is_made_up_for_but_no_evening_in_the_middle_of_the_night() -> None:
    persistent = {name: settings_of(CRON / f"{name}.timer")["Persistent"] for name in SERVICES}
    assert persistent == {"ebsync-sync": ["true"], "ebsync-nightly": ["true"], "ebsync-messages": ["false"]}
    assert all(settings_of(CRON / f"{name}.timer")["RandomizedDelaySec"] for name in SERVICES)


def test_messages_are_switched_on_by_nobody_but_the_administrator() -> None:
    steps = (CRON / "README.md").read_text()
    (enabling,) = [line for line in steps.splitlines() if line.startswith("systemctl enable")]
    assert "messages" not in enabling
    assert [
        line[0] for line in (CRON / "crontab").read_text().splitlines() if line.endswith("run-ebsync messages")
    ] == ["#"]


@needs("crontab")
def test_cron_takes_the_crontab() -> None:
    done = run("crontab", "-n", str(CRON / "crontab"))
    if "invalid option" in done.stderr:
        pytest.skip("this cron cannot check a file")
    assert done.returncode == 0, done.stderr


@needs("shellcheck")
@pytest.mark.parametrize("script", ["run-ebsync", "ebsync-as-service"])
def test_the_scripts_hold_no_slip_that_shellcheck_knows(script: str) -> None:
    done = run("shellcheck", str(CRON / script))
    assert done.returncode == 0, done.stdout


@needs("logrotate")
def test_the_log_is_rotated(tmp_path: Path) -> None:
    log = tmp_path / "ebsync.log"
    log.write_text("2026-11-25T02:37:00Z nightly: exit 0\n")
    text = (CRON / "logrotate").read_text().replace("/var/lib/ebsync/ebsync.log", str(log))
    # the user is not on this machine, and a test is not root
    text = re.sub(r"^ *su .*$|(?<=create 0640).*$", "", text, flags=re.MULTILINE)
    (tmp_path / "logrotate").write_text(text)
    (tmp_path / "logrotate").chmod(0o644)
    done = run("logrotate", "--force", "--state", str(tmp_path / "state"), str(tmp_path / "logrotate"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ebsync.log.1").read_text().endswith("exit 0\n")
    assert log.read_text() == ""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of the wrapper with a program that says what it was given, and ends with the code in its file."""
    program = tmp_path / "ebsync"
    program.write_text('#!/bin/sh\necho "setting is ${EBSYNC_SAMPLE-}, asked for $*"\nexit "$(cat code)"\n')
    program.chmod(0o755)
    (tmp_path / "code").write_text("0")
    (tmp_path / ".env").write_text("EBSYNC_SAMPLE=here\n")
    (tmp_path / ".env").chmod(0o600)
    return tmp_path


def wrapped(home: Path, *words: str) -> int:
    environment = {"PATH": os.environ["PATH"], "EBSYNC_HOME": str(home), "EBSYNC_BIN": str(home / "ebsync")}
    command = [str(CRON / "run-ebsync"), *words]
    return subprocess.run(command, env=environment, check=False, stderr=subprocess.DEVNULL).returncode


@pytest.mark.parametrize("code", [0, 3, 65, 70, 75, 78])
def test_the_wrapper_gives_back_whatever_code_ebsync_ended_with(home: Path, code: int) -> None:
    (home / "code").write_text(str(code))
    assert wrapped(home, "sync", "--full") == code
    log = (home / "ebsync.log").read_text()
    assert "setting is here, asked for sync --full" in log
    assert log.splitlines()[-1].endswith(f"sync --full: exit {code}")
    assert "chmod" not in log
    assert (home / "ebsync.log").stat().st_mode & 0o007 == 0


def test_the_wrapper_says_that_everybody_can_read_the_settings(home: Path) -> None:
    (home / ".env").chmod(0o644)
    assert wrapped(home, "sync") == 0
    assert f"chmod 600 {home}/.env" in (home / "ebsync.log").read_text()


def test_the_wrapper_needs_no_settings_beside_it(home: Path) -> None:
    (home / ".env").unlink()
    assert wrapped(home, "nightly") == 0
    assert "setting is , asked for nightly" in (home / "ebsync.log").read_text()


def test_a_folder_that_is_not_there_or_cannot_be_written_is_73(home: Path) -> None:
    assert wrapped(home / "nowhere", "sync") == 73
    (home / "ebsync.log").mkdir()
    assert wrapped(home, "sync") == 73

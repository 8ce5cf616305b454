"""First contact with an account, `ebsync init`: by options and at a terminal; it works, or nothing is there."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eb_sync.cli.interview import Answers, Given, hold_interview
from eb_sync.errors import TokenRefusedError
from tests.hub import SETTINGS, Hub, Result

TOKEN = SETTINGS["EBSYNC_EVENTBRITE_TOKEN"]
SUPPLIER = (
    *("--supplier-name", "Sample Trust", "--supplier-address", "1 Sample Lane", "--supplier-address", 'The "Old" Hall'),
    *("--supplier-email", "finance@hub.example.org", "--bank-name", "Sample Bank"),
    *("--sort-code", "000000", "--account-number", "0000 0000", "--terms-days", "14"),
)
CTRL_C, CTRL_D = "\x03", "\x04"
KEYS = (CTRL_C, CTRL_D)
POLICY = [
    ("Charging policy", ""),
    ("booking pages say?", "y"),
]
BILLING = [("are never charged", "2026-09-01")]
TRUST = [
    ("Who issues the invoices:", "Sample Trust"),
    ("Address", "1 Sample Lane; Sampleton"),
    ("E-mail address", "finance@hub.example.org"),
    ("Bank", "Sample Bank"),
    ("Sort code", "00 00 00"),
    ("Account number", "00000000"),
]


@pytest.fixture
def bare(hub: Hub) -> Hub:
    """An account, and nothing set but where Eventbrite is; the commands run in an empty folder."""
    for name in (*SETTINGS, "EBSYNC_DATABASE_URL"):
        hub.patch.delenv(name)
    folder = hub.folder / "new"
    folder.mkdir()
    hub.patch.chdir(folder)
    hub.folder = folder
    (folder.parent / "token").write_text(f"{TOKEN}\n")
    (folder.parent / "token").chmod(0o600)
    return hub


def written(hub: Hub) -> dict[str, Any]:
    return tomllib.loads((hub.folder / "ebsync.toml").read_text())


def nothing_written(hub: Hub) -> bool:
    return list(hub.folder.iterdir()) == []


class Terminal:
    """A command at a terminal of its own: questions are waited for, then answered."""

    def __init__(self, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        code = "import sys; from eb_sync.cli.main import main; sys.exit(main())"
        # a session of its own, whose terminal this is: not that of whoever runs the tests. Ctrl-C counts, as at any
        # terminal, also where the tests themselves are run with it ignored (`nohup`, a shell's background job)
        starting = (
            "import fcntl, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
            "signal.signal(signal.SIGINT, signal.default_int_handler); "
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", starting + code, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""
        self._answered = 0

    def answer(self, dialogue: Sequence[tuple[str, str]]) -> None:
        """Wait for each question, which shows that the terminal is ready for its answer, and type that."""
        for question, answer in dialogue:
            while question not in self.shown[self._answered :]:
                assert self._read(), (question, self.shown)
            self._answered = len(self.shown)
            os.write(self.ours, answer.encode() if answer in KEYS else f"{answer}\n".encode())

    def press(self, key: str) -> None:
        """Press a key again if nothing happens: Python can miss one in the instant before it waits."""
        for _ in range(15):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=4)
                return
            with contextlib.suppress(OSError):
                os.write(self.ours, key.encode())

    def _read(self) -> bool:
        assert select.select([self.ours], [], [], 60)[0], self.shown
        with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
            chunk = os.read(self.ours, 4096).decode(errors="replace")
            self.shown += chunk
            return bool(chunk)
        return False

    def end(self) -> Result:
        while self._read():
            pass
        os.close(self.ours)
        assert TOKEN not in self.shown
        return Result(self.process.wait(timeout=60), self.shown, "")


def at_a_terminal(dialogue: Sequence[tuple[str, str]], *arguments: str) -> Result:
    terminal = Terminal("init", *arguments)
    terminal.answer(dialogue)
    return terminal.end()


def test_by_options_it_writes_what_works(bare: Hub) -> None:
    result = bare.do("init", "--token-file", "../token", "--billing-from", "2026-09-01", *SUPPLIER, "--yes")
    assert result.out == "ebsync.toml\n"
    assert "£50" in result.err
    values = written(bare)
    assert values["organization_id"] == "7001"
    assert values["eventbrite_token_file"] == str(bare.folder.parent / "token")
    assert values["supplier"] == {
        "name": "Sample Trust",
        "address": ["1 Sample Lane", 'The "Old" Hall'],
        "email": "finance@hub.example.org",
        "bank_name": "Sample Bank",
        "sort_code": "00-00-00",
        "account_number": "00000000",
        "terms_days": 14,
    }
    assert TOKEN not in (bare.folder / "ebsync.toml").read_text() + result.out + result.err
    doctor = bare.do("doctor").out
    assert doctor.count(" ok ") == 15
    bare.sync()


def test_the_token_of_the_environment_is_used_and_not_kept(bare: Hub) -> None:
    bare.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", TOKEN)
    result = bare.do("init", "--organization", "7001", "--yes")
    assert "EBSYNC_EVENTBRITE_TOKEN has to hold it wherever ebsync runs" in result.err
    assert "eventbrite_token_file" not in written(bare)
    assert not [path for path in bare.folder.iterdir() if TOKEN in path.read_bytes().decode(errors="replace")]


def test_the_token_is_kept_where_that_is_asked_for(bare: Hub) -> None:
    bare.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", TOKEN)
    bare.do("init", "-o", "house", "--store-token", "house.token", "--yes")
    kept = bare.folder / "house.token"
    assert kept.read_text() == f"{TOKEN}\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    bare.patch.delenv("EBSYNC_EVENTBRITE_TOKEN")
    bare.patch.setenv("EBSYNC_CONFIG", "house/ebsync.toml")
    bare.sync()


def test_a_token_beside_the_settings_is_named_so_that_the_folder_can_be_moved(bare: Hub) -> None:
    bare.do("init", "--token-file", "../token", "--store-token", "token", "--yes")
    assert written(bare)["eventbrite_token_file"] == "token"
    moved = bare.folder.rename(bare.folder.with_name("moved"))
    bare.patch.chdir(moved)
    bare.sync()


def test_a_file_that_is_there_is_not_written_over(bare: Hub) -> None:
    (bare.folder / "mine").write_text("mine")
    words = ("init", "--token-file", "../token", "--store-token", "mine", "--yes")
    (bare.folder / "mine").chmod(0o644)
    for more in ((), ("--force",)):
        assert "everybody on this machine can read it" in bare.refused(*words, *more, code=78)
    (bare.folder / "mine").chmod(0o600)
    assert "exists already" in bare.refused(*words, code=73)
    assert (bare.folder / "mine").read_text() == "mine"
    assert not (bare.folder / "ebsync.toml").exists()
    bare.do(*words, "--force")
    assert (bare.folder / "mine").read_text() == f"{TOKEN}\n"
    assert "there is no folder" in bare.refused(*words[:3], "--store-token", "a/b", "--yes", "--force", code=73)


def test_settings_that_are_there_are_replaced_only_if_that_is_asked_for(bare: Hub) -> None:
    (bare.folder / "ebsync.toml").write_text("mine")
    assert "exists already" in bare.refused("init", code=73)
    assert "--force" in bare.refused("init", "--token-file", "../token", "--yes", code=73)
    assert (bare.folder / "ebsync.toml").read_text() == "mine"
    bare.do("init", "--token-file", "../token", "--yes", "--force")
    assert written(bare)["policy"] == "maths-hub"


def test_a_token_that_is_refused_writes_nothing(bare: Hub) -> None:
    (bare.folder.parent / "token").write_text("WRONGTOKEN")
    message = bare.refused("init", "--token-file", "../token", "--store-token", "kept", "--yes", code=77)
    assert "private token" in message
    assert "WRONGTOKEN" not in message
    assert nothing_written(bare)


def test_an_unfit_token_file_writes_nothing(bare: Hub) -> None:
    assert "--token-file" in bare.refused("init", "--yes", code=78)
    (bare.folder.parent / "token").chmod(0o644)
    assert "chmod 600" in bare.refused("init", "--token-file", "../token", "--yes", code=78)
    assert "not there" in bare.refused("init", "--token-file", "nowhere", "--yes", code=78)
    assert nothing_written(bare)


def test_an_account_without_an_organisation_writes_nothing(bare: Hub) -> None:
    bare.world.add_account("LONELY")
    bare.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "LONELY")
    assert "belongs to no organisation" in bare.refused("init", "--yes", code=78)
    assert nothing_written(bare)


def test_of_several_organisations_one_has_to_be_named(bare: Hub) -> None:
    bare.world.create_organization("Other Hub", organization_id="7002")
    bare.world.add_account("BOTH", ("7001", "7002"))
    bare.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "BOTH")
    message = bare.refused("init", "--yes")
    assert "7001 (Sample Hub), 7002 (Other Hub)" in message
    assert "--organization" in message
    assert "does not see the organisation 7003" in bare.refused("init", "--yes", "--organization", "7003", code=78)
    assert nothing_written(bare)
    bare.do("init", "--yes", "--organization", "7002")
    assert written(bare)["organization_id"] == "7002"


def test_a_policy_has_to_be_agreed_to(bare: Hub) -> None:
    message = bare.refused("init", "--token-file", "../token", code=3)
    assert "£50" in message
    assert "add --yes" in message
    assert "hub-week" in bare.refused("init", "--token-file", "../token", "--policy", "nobodys", "--yes", code=78)
    assert nothing_written(bare)


def test_a_policy_in_a_file_is_found_from_everywhere(bare: Hub) -> None:
    from policies.parameters import read_shipped

    (bare.folder / "mine.toml").write_text(read_shipped("hub-week"))
    bare.do("init", "--token-file", "../token", "--policy", "mine.toml", "--yes", "-o", "house")
    bare.patch.setenv("EBSYNC_CONFIG", str(bare.folder / "house" / "ebsync.toml"))
    bare.patch.chdir("/")
    assert "(hub-week)" in bare.do("policy", "show").out


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--sort-code", "12-34", "six digits"),
        ("--account-number", "1234567", "eight digits"),
        ("--supplier-email", "nobody", "e-mail"),
        ("--billing-from", "soon", "not a date"),
        ("--terms-days", "-1", "--terms-days"),
    ],
)
def test_an_option_that_cannot_be_is_refused_and_nothing_is_written(
    bare: Hub, option: str, value: str, says: str
) -> None:
    assert says in bare.refused("init", "--token-file", "../token", option, value, "--yes")
    assert nothing_written(bare)


def test_a_folder_that_cannot_be_written_leaves_no_token_behind(bare: Hub) -> None:
    (bare.folder / "file").write_text("")
    words = ("init", "--token-file", "../token", "--store-token", "kept", "--yes", "-o")
    bare.refused(*words, "file/below", code=73)
    (bare.folder / "house" / "ebsync.sqlite").mkdir(parents=True)
    bare.refused(*words, "house", code=74)
    assert not (bare.folder / "kept").exists()
    assert not (bare.folder / "house" / "ebsync.toml").exists()


def test_where_it_fails_the_token_in_use_stays(bare: Hub) -> None:
    words = ("init", "--token-file", "../token", "--store-token", "kept", "--yes")
    bare.do(*words)
    (bare.folder / "kept").write_text("IN USE\n")
    (bare.folder / "ebsync.sqlite").write_bytes(b"x" * 5000)
    bare.refused(*words, "--force", code=74)
    assert (bare.folder / "kept").read_text() == "IN USE\n"
    assert not list(bare.folder.glob(".kept*"))


def test_a_token_that_a_file_of_the_environment_holds_is_not_asked_for_elsewhere(bare: Hub) -> None:
    bare.patch.setenv("EBSYNC_EVENTBRITE_TOKEN_FILE", str(bare.folder.parent / "token"))
    said = bare.do("init", "--yes").err
    assert "has to hold it" not in said
    assert f"stays in the file {bare.folder.parent / 'token'}" in said
    bare.patch.delenv("EBSYNC_EVENTBRITE_TOKEN_FILE")
    bare.patch.setenv("CREDENTIALS_DIRECTORY", str(bare.folder.parent))
    (bare.folder.parent / "eventbrite-token").write_text(TOKEN)
    (bare.folder.parent / "eventbrite-token").chmod(0o600)
    assert "has to hold it" not in bare.do("init", "--yes", "--force").err


def test_no_days_to_pay_in_is_an_option_too(bare: Hub) -> None:
    assert "--token-file" in bare.refused("init", "--terms-days", "0", code=78)
    assert nothing_written(bare)
    bare.do("init", "--terms-days", "0", "--token-file", "../token", "--yes")
    assert written(bare)["supplier"]["terms_days"] == 0


def test_at_a_terminal_everything_is_asked_for_and_what_is_written_works(bare: Hub) -> None:
    bare.world.create_organization("Other Hub", organization_id="7002")
    keeping = [("Private token", TOKEN), ("Which organisation", "1"), ("Keep the token", "token")]
    result = at_a_terminal([*keeping, *POLICY, *BILLING, *TRUST])
    assert result.code == 0, result.out
    assert "2. Other Hub (7002)" in result.out
    assert "Staying away costs £50" in result.out
    assert written(bare)["supplier"]["sort_code"] == "00-00-00"
    assert (bare.folder / "token").stat().st_mode & 0o777 == 0o600
    assert bare.do("doctor").out.count(" ok ") == 15


def test_what_cannot_be_is_asked_again_and_what_is_not_known_is_left_for_later(bare: Hub) -> None:
    policy = [
        ("Charging policy", "nobodys"),
        ("there is no shipped policy nobodys", "hub-week"),
        ("booking pages say?", "n"),
        ("Charging policy", ""),
        ("booking pages say?", "y"),
    ]
    rest = [("are never charged", "soon"), ("soon is not a date", ""), *((question, "") for question, _ in TRUST)]
    result = at_a_terminal([("Private token", "WRONGTOKEN"), ("Private token", TOKEN), ("Keep", ""), *policy, *rest])
    assert result.code == 0, result.out
    assert "has to hold it wherever ebsync runs" in result.out
    assert "Once more" in result.out
    assert "WRONGTOKEN" not in result.out
    assert written(bare)["policy"] == "maths-hub"
    bare.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", TOKEN)
    assert "EBSYNC_BILLING_FROM" in bare.refused("doctor", code=78)


def test_options_are_not_asked_for_again(bare: Hub) -> None:
    words = ("--token-file", "../token", "--policy", "maths-hub", "--billing-from", "2026-09-01", *SUPPLIER)
    result = at_a_terminal([("booking pages say?", "y")], *words)
    assert result.code == 0, result.out
    assert written(bare)["supplier"]["terms_days"] == 14


def test_a_starter_can_be_had_at_a_terminal(bare: Hub) -> None:
    assert at_a_terminal([], "--starter").code == 0
    assert "supplier" in written(bare)


def test_a_token_that_is_refused_three_times_ends_it(bare: Hub) -> None:
    result = at_a_terminal([("Private token", "A"), ("Private token", "B"), ("Private token", "C")])
    assert result.code == 77
    assert nothing_written(bare)


DIALOGUE = [("Private token", TOKEN), ("Keep the token", "token"), *POLICY, *BILLING, *TRUST]


@pytest.mark.parametrize("key", KEYS, ids=("ctrl-c", "ctrl-d"))
@pytest.mark.parametrize("position", range(len(DIALOGUE)))
def test_at_any_question_one_can_stop_and_nothing_is_written(bare: Hub, position: int, key: str) -> None:
    terminal = Terminal("init")
    terminal.answer([*DIALOGUE[:position], (DIALOGUE[position][0], key)])
    terminal.press(key)
    result = terminal.end()
    assert result.code == 3, result.out
    assert "Stopped; nothing was written" in result.out
    assert nothing_written(bare)


def interview(typed: Sequence[str], folder: Path) -> Answers:
    """The interview alone, in this process; the answers are typed ahead."""
    given = Given(
        folder=folder,
        asks=True,
        force=False,
        supplier={},
        token_file=None,
        store_token=None,
        organization=None,
        policy=None,
        billing_from=None,
        terms_days=None,
        yes=False,
    )
    with CliRunner().isolation(input="\n".join([*typed, ""])):
        return hold_interview(given)


def test_the_answers_make_up_the_settings(bare: Hub) -> None:
    bare.world.create_organization("Other Hub", organization_id="7002")
    typed = ["WRONGTOKEN", TOKEN, "2", "nowhere/at/all", "token", "nobodys", "hub-week", "n", "trust", "y", "soon", ""]
    answers = interview(
        [*typed, "Trust", "1 Lane; Town", "nobody", "a@b.example", "", "12-34", "123456", ""], bare.folder
    )
    values = tomllib.loads(answers.text)
    assert (values["organization_id"], values["policy"]) == ("7002", "trust")
    assert values["supplier"] == {
        "name": "Trust",
        "address": ["1 Lane", "Town"],
        "email": "a@b.example",
        "sort_code": "12-34-56",
        "terms_days": 30,
    }
    assert "billing_from" not in values
    assert answers.store_in == Path("token")
    assert TOKEN not in repr(answers)


def test_three_wrong_tokens_are_enough(bare: Hub) -> None:
    with pytest.raises(TokenRefusedError):
        interview(["A", "B", "C"], bare.folder)

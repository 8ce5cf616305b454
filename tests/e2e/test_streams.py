"""Terminals, pipes and logs: what they cannot show costs a character, and what would steer them is not shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.cli.printing import format_json
from eb_sync.model.advice import MAKE_ROOM
from eb_sync.model.texts import plain_text
from eb_sync.sandbox.requested import Ticket
from tests.hub import ASH, Hub
from tests.mail_server import body

STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def run_in(hub: Hub, encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own whose streams have this encoding."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    program = "import sys; from eb_sync.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=environment, cwd=hub.folder, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "ascii", "utf-8"])
def test_a_terminal_that_lacks_a_character_shows_the_rest(hub: Hub, encoding: str) -> None:
    event = hub.event("Fractions \N{EN DASH} Łódź", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.book(event, "Teacher Łukasz")
    hub.sync()
    for arguments in (["workshops"], ["register", "fractions", "--format", "csv"], ["charges", "fractions"]):
        done = run_in(hub, encoding, *arguments)
        assert done.returncode == 0, done
    said = run_in(hub, encoding, "workshops", "--json")
    assert json.loads(said.stdout.decode(encoding))["workshops"][0]["title"] == "Fractions \N{EN DASH} Łódź"
    refused = run_in(hub, encoding, "charges", "Łódź\N{EN DASH}none")
    assert refused.returncode == 2, refused


def test_a_full_disk_behind_a_stream_is_no_bug_and_messages_lost_on_it_stop_nothing(hub: Hub) -> None:
    program = "import sys; from eb_sync.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program]
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        cut = subprocess.run([*command, "sync"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        mute = subprocess.run([*command, "sync"], stdout=subprocess.PIPE, stderr=full, text=True, check=False)
    assert cut.returncode == 73, cut
    assert cut.stderr.splitlines()[-1].endswith("could not all be written: No space left on device. " + MAKE_ROOM)
    assert cut.stderr.count("No space") == 1  # nothing of Python's own at its end
    assert mute.returncode == 0, mute
    assert "events read" in mute.stdout


EVIL = "Fractions\x1b]0;owned\x07\x1b[2J\u202egpj\u2066\x9b31m\nfact 99"


def test_no_title_or_name_steers_a_terminal_or_a_message(hub: Hub) -> None:
    event = hub.event(EVIL, "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    hub.world.book(event, (Ticket(EVIL, "evil@ash.example.org", {**ASH, "School name": EVIL}),))
    hub.sync()
    hub.patch.setenv("EBSYNC_REMINDERS", "true")
    hub.at("2019-11-03 18:00")
    hub.sync()
    commands = (
        ["workshops"],
        ["charges", "fractions"],
        ["schools", "list"],
        ["check"],
        ["person", "export", "evil@ash.example.org"],
    )
    for arguments in (*commands, *([*each, "--json"] for each in commands[:3]), ["charges", EVIL]):
        done = hub.run(*arguments)
        shown = (done.out + done.err).replace("\n", "").replace("\t", "")
        assert not STEERS.search(shown), (arguments, shown)
    titles = {workshop["title"] for workshop in hub.do("workshops", "--json").json()["workshops"]}
    assert len(titles) == 1
    hub.do("messages", "--dry-run", "mails")
    (mail,) = (hub.folder / "mails").iterdir()
    message = message_from_bytes(mail.read_bytes(), policy=policy.default)
    for part in (body(message), body(message, "html")):
        assert "Fractions" in part
        assert not STEERS.search(part.replace("\r\n", ""))
        assert "fact 99" not in [line.strip() for line in part.splitlines()]


@given(st.text(st.characters(exclude_categories=())))
def test_escaped_json_has_the_same_values_and_plain_text_nothing_that_acts(text: str) -> None:
    assert json.loads(format_json({"text": text})) == {"text": text}
    for shown in (plain_text(text), format_json({"text": text})):
        assert not STEERS.search(shown.replace("\n", "").replace("\t", ""))
        shown.encode()
    assert plain_text(plain_text(text)) == plain_text(text)


@pytest.mark.parametrize("text", ["Łukasz O\u2019Brien", "李小龙", "नमस्ते\u200d", "👩\u200d🏫", "a\tb\n"])
def test_what_people_write_is_left_alone(text: str) -> None:
    assert plain_text(text) == text

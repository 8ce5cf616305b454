"""Terminals, pipes and logs: what they cannot show costs a character, and what would steer them is not shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.hub import Hub


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

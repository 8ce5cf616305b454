"""A hub on the sandbox for end-to-end tests: commands run in this process, over HTTP and a real database."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eb_sync.cli.main import main
from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.databases import ready_database

BEGINNING = datetime(2019, 9, 2, 8, tzinfo=UTC)
ASH = {"School name": "Ash Lane Primary", "School URN": "800001", "Your role in school": "Maths Lead"}
ELM = {"School name": "Elm Nursery", "Your role in school": "Teacher"}

SETTINGS = {
    "EBSYNC_EVENTBRITE_TOKEN": TOKEN,
    "EBSYNC_BILLING_FROM": "2019-09-01",
    "EBSYNC_SUPPLIER__NAME": "Sample Trust",
    "EBSYNC_SUPPLIER__ADDRESS": "1 Sample Lane;Sampleton",
    "EBSYNC_SUPPLIER__EMAIL": "finance@hub.example.org",
    "EBSYNC_SUPPLIER__BANK_NAME": "Sample Bank",
    "EBSYNC_SUPPLIER__SORT_CODE": "00-00-00",
    "EBSYNC_SUPPLIER__ACCOUNT_NUMBER": "00000000",
    "EBSYNC_ACTOR": "lead",
}


@dataclass(frozen=True)
class Result:
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.out)

    @property
    def facts(self) -> list[str]:
        return [line.removeprefix("fact ") for line in self.out.splitlines() if line.startswith("fact ")]


def run_command(*arguments: str) -> Result:
    """Run a command in this process, in the present environment."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    return Result(code, out.getvalue(), err.getvalue())


@dataclass
class Hub:
    """A world with its server, and commands run against it at the world's time."""

    world: World
    server: SandboxServer
    patch: pytest.MonkeyPatch
    folder: Path
    bookings: dict[str, str] = field(default_factory=dict)

    def at(self, local: str) -> None:
        """Set the clock: `2019-11-05 10:00`, Europe/London."""
        instant = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
        self.world.set_clock(instant)
        self.patch.setenv("EBSYNC_NOW", instant.isoformat())

    def run(self, *arguments: str) -> Result:
        return run_command(*arguments)

    def do(self, *arguments: str) -> Result:
        """Run a command that must succeed."""
        result = self.run(*arguments)
        assert result.code == 0, (arguments, result)
        return result

    def refused(self, *arguments: str, code: int = 2) -> str:
        """Run a command that must be refused without output; gives its message."""
        result = self.run(*arguments)
        assert (result.code, result.out) == (code, ""), (arguments, result)
        assert "bug" not in result.err
        return result.err

    def event(self, title: str, starts: str, ends: str, **fields: Any) -> str:  # noqa: ANN401 - fields of NewEvent
        return self.world.add_event(NewEvent(title, starts, ends, **fields))

    def book(self, event_id: str, name: str, answers: dict[str, str] | None = None) -> str:
        """Book a place; gives its reference."""
        email = f"{name.lower().replace(' ', '.')}@ash.example.org"
        attendee_id = self.world.book(event_id, (Ticket(name, email, ASH if answers is None else answers),))[0]
        self.bookings[f"B{attendee_id}"] = attendee_id
        return f"B{attendee_id}"

    def sync(self) -> Result:
        return self.do("sync", "--json")

    def decisions(self, workshop: str) -> dict[str, tuple[str, str]]:
        decisions = self.do("charges", workshop, "--json").json()["decisions"]
        return {decision["booking_id"]: (decision["outcome"], decision["reason"]) for decision in decisions}

    def add_schools(self) -> None:
        self.do(
            "schools",
            "add",
            "--urn",
            "800001",
            "--name",
            "Ash Lane Primary",
            "--address",
            "1 Ash Lane",
            "--postcode",
            "ZZ1 1ZZ",
        )
        self.do(
            "schools",
            "add",
            "--name",
            "Elm Nursery",
            "--address",
            "2 Elm Road",
            "--postcode",
            "zz2 2zz",
            "--po",
            "PO-7",
        )


@contextlib.contextmanager
def made_hub(kind: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An organisation without events, an empty database in this folder, and the settings that invoices need."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with ready_database(kind, folder) as url, SandboxServer(world) as server:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("EBSYNC_EVENTBRITE_URL", server.url)
        patch.setenv("EBSYNC_DATABASE_URL", url)
        patch.chdir(folder)
        hub = Hub(world, server, patch, folder)
        hub.at("2019-09-02 09:00")
        yield hub

"""Two hubs in one database for end-to-end tests: the same ids, names and schools, and different policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World
from tests.hub import ASH, BEGINNING, Result, run_command

SUPPLIER = """
[supplier]
address = ["1 Sample Lane", "Sampleton"]
email = "finance@hub.example.org"
bank_name = "Sample Bank"
sort_code = "00-00-00"
account_number = "00000000"
"""
"""What all hubs share; the name is each hub's own."""


@dataclass
class OneOfSeveral:
    """A hub with its Eventbrite; commands name it."""

    name: str
    world: World
    server: SandboxServer

    @property
    def token(self) -> str:
        return f"TOKENOF{self.name.upper()}"

    def run(self, *arguments: str) -> Result:
        return run_command("--hub", self.name, *arguments)

    def do(self, *arguments: str) -> Result:
        result = self.run(*arguments)
        assert result.code == 0, (self.name, arguments, result)
        return result

    def event(self, title: str, slug: str) -> str:
        return self.world.add_event(NewEvent(title, "2019-11-05 10:00", "2019-11-05 15:00", slug=slug))

    def book(self, event_id: str, name: str) -> str:
        ticket = Ticket(name, f"{name.lower().replace(' ', '.')}@ash.example.org", ASH)
        return f"B{self.world.book(event_id, (ticket,))[0]}"


@dataclass
class Hubs:
    """Several hubs in one configuration and one database, all at the same time of day."""

    all: tuple[OneOfSeveral, ...]
    patch: pytest.MonkeyPatch
    folder: Path

    def at(self, local: str) -> None:
        """Set the clock: `2019-11-05 10:00`, Europe/London."""
        instant = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
        for hub in self.all:
            hub.world.set_clock(instant)
        self.patch.setenv("EBSYNC_NOW", instant.isoformat())

    def configure(self, tables: dict[str, str]) -> None:
        """Write the settings file: for each hub what it has beside its Eventbrite and its supplier's name."""
        text = f"billing_from = 2019-09-01\n{SUPPLIER}"
        for hub in self.all:
            text += (
                f'\n[hubs.{hub.name}]\neventbrite_token = "{hub.token}"\neventbrite_url = "{hub.server.url}"\n'
                f'supplier = {{ name = "Trust of {hub.name}" }}\n{tables.get(hub.name, "")}\n'
            )
        (self.folder / "ebsync.toml").write_text(text, encoding="utf-8")


def make_world(name: str, organization_id: str) -> World:
    """A world that lets in the token of this hub and no other; ids are those of every such world."""
    world = World(BEGINNING)
    organization = world.create_organization(f"{name} Hub", organization_id=organization_id)
    del world.accounts[TOKEN]
    world.add_account(f"TOKENOF{name.upper()}", (organization,))
    return world

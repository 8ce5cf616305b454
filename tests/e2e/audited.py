"""A hub in which everything that `verify` looks at has happened, told once for many tests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from policies.parameters import read_shipped
from tests.hub import BEGINNING, ELM, SETTINGS, Hub, Result, run_command

OAK = {"School name": "Oak Infants", "School URN": "800003", "Your role in school": "Teacher"}
FAR = {"School name": "Far Away School", "Your role in school": "Teacher"}


@dataclass(frozen=True)
class Told:
    """A hub whose story is over; Eventbrite is gone."""

    folder: Path
    environment: dict[str, str]

    def run(self, url: str, *arguments: str) -> Result:
        """Run a command on this database, in the environment in which the story ended."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.environment, "EBSYNC_DATABASE_URL": url}.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            return run_command(*arguments)


def tell_hub(folder: Path, url: str) -> Told:
    """Tell the whole story on a sandbox, into this database."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with pytest.MonkeyPatch.context() as patch, SandboxServer(world) as server:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("EBSYNC_EVENTBRITE_URL", server.url)
        patch.setenv("EBSYNC_DATABASE_URL", url)
        patch.chdir(folder)
        hub = Hub(world, server, patch, folder)
        hub.at("2019-09-02 09:00")
        _tell(hub)
        return Told(folder, {name: value for name, value in os.environ.items() if name.startswith("EBSYNC_")})


def _tell(hub: Hub) -> None:
    single = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    paged = hub.event("Ratios", "2019-11-06 10:00", "2019-11-08 15:00", slug="ratios")
    ash = [hub.book(single, name) for name in ("Ann Archer", "Bob Baker")]
    elm, present = hub.book(single, "Cat Cole", ELM), hub.book(single, "Dan Dale", ELM)
    late, replaced = hub.book(single, "Eve East", OAK), hub.book(single, "Lea Lunn", FAR)
    for name in ("Fay Ford", "Gus Gray", "Hal Hill", "Ida Ives", "Joy Jones", "Kit King"):
        hub.book(paged, name)
    hub.sync()
    hub.do("workgroup", "dates", paged, "2019-11-06 10:00/15:00", "2019-11-08 10:00/15:00")
    hub.at("2019-11-04 10:30")
    hub.sync()
    hub.at("2019-11-04 12:00")
    hub.world.cancel(hub.bookings[late])
    hub.sync()
    _teach(hub, present, replaced)
    _bill(hub, ash, elm)
    _go_on(hub, paged)


def _teach(hub: Hub, present: str, replaced: str) -> None:
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.do("attendance", "mark", "fractions", present, "present")
    mistake = hub.do("attendance", "mark", "fractions", present, "late")
    hub.do("retract", mistake.facts[0])
    hub.do(
        "attendance",
        "walk-in",
        "fractions",
        "--name",
        "Zoe Zane",
        "--school",
        "Far Away School",
        "--replaces",
        replaced,
    )
    hub.do("attendance", "close", "fractions", "--rest-absent")
    hub.add_schools()
    another = hub.do("schools", "add", "--name", "Elm Nursery", "--address", "9 Far Road", "--postcode", "ZZ9 9ZZ")
    hub.do("retract", another.facts[0])
    hub.do("schools", "add", "--urn", "800003", "--name", "Oak Infants", "--address", "3 Oak Way", "--postcode", "ZZ3")


def _bill(hub: Hub, ash: list[str], elm: str) -> None:
    hub.do("invoices", "--yes")
    hub.at("2019-11-06 16:00")
    claim = hub.do(
        "exempt", "add", "--kind", "ofsted", "--school", "800001", "--from", "2019-11-05", "--to", "2019-11-05"
    )
    hub.do("exempt", "approve", claim.facts[0])
    hub.do("invoices", "--yes")
    hub.do("export", "charges", "-o", "first.csv")
    hub.do("exempt", "revoke", claim.facts[0])
    hub.do("invoices", "--yes")
    hub.at("2019-11-07 09:00")
    hub.do("schools", "confirm", "P1", "--booking", ash[0])
    hub.do("invoices", "--yes")
    hub.do("credit", "INV-000002", "--reason", "Billed in error")
    hub.do("review", "decide", "fractions", ash[1], "waive")
    hub.do("invoices", "--yes")
    (hub.folder / "other.toml").write_text(read_shipped("maths-hub").replace("value = 5000", "value = 7500"))
    hub.patch.setenv("EBSYNC_POLICY", "other.toml")
    hub.do("schools", "confirm", "800003", "--booking", elm)
    hub.do("credit", "INV-000005", "--reason", "Wrong address", "--reissue")
    hub.do("invoices", "--yes")


def _go_on(hub: Hub, paged: str) -> None:
    hub.at("2019-11-08 16:00")
    hub.sync()
    hub.do("attendance", "close", f"{paged}/1", "--nobody-came")
    hub.do("invoices", "--yes")
    hub.do("export", "charges", "-o", "second.csv")
    hub.patch.setenv("EBSYNC_GUESTS", "ida.ives@ash.example.org")
    hub.do("invoices", "--yes")
    for attendee_id in hub.bookings.values():
        if hub.world.attendee(attendee_id).event_id == paged:
            hub.world.cancel(attendee_id)
    assert hub.run("sync").code == 65

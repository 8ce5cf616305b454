"""What goes on in the world around commands that are killed: workshops, and bookings that come and go."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.rows import AttendeeStatus
from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.world import World
from tests.databases import empty_database
from tests.forked import Forked
from tests.hub import ASH, BEGINNING, ELM, SETTINGS
from tests.twins import Tally, Twin, Twins

Result = tuple[Tally, dict[str, int]]
"""What was killed, and counts of what has to hold in the end."""
UNKNOWN = {"School name": "Oak School"}
EVERY = timedelta(days=3)
OLD_NOW_AT = datetime(2019, 11, 20, 12, tzinfo=UTC)
"""When a hub's program runs until its story begins: later than anything in the old database."""


class Story:
    """A hub's life as Eventbrite has it: a workshop every three days, told to both twins."""

    def __init__(self, twins: Twins, seed: int) -> None:
        """Nothing has happened yet."""
        self.twins, self.world, self.rng = twins, twins.world, random.Random(seed)  # noqa: S311 - a fixed seed
        self.coming: list[str] = []
        self.names = 0
        twins.stir = self.stir

    def add_schools(self) -> None:
        """Two of the schools that book are confirmed."""
        where = ("--address", "1 Road", "--postcode", "ZZ1 1ZZ")
        self.twins.both("schools", "add", "--urn", "800001", "--name", "Ash Lane Primary", *where)
        self.twins.both("schools", "add", "--name", "Elm Nursery", *where)

    def stir(self, event_id: str | None = None) -> None:
        """Something happens on Eventbrite."""
        for _ in range(self.rng.randint(1, 3)):
            where = event_id or self.rng.choice(self.coming)
            active = [row.id for row in self.world.attendees_of(where) if row.status is AttendeeStatus.ATTENDING]
            ended = [row.id for row in self.world.attendees_of(where) if row.cancelled]
            match self.rng.randint(0, 5):
                case 0 if active:
                    self.world.delete(self.rng.choice(active), entirely=self.rng.random() < 0.3)
                case 1 if active:
                    self.world.edit(self.rng.choice(active), name=self._name())
                case 2 if ended:
                    self.world.revive(self.rng.choice(ended))
                case 3 | 4 if len(active) > 2:
                    self.world.cancel(self.rng.choice(active))
                case _:
                    self._book(where)

    def announce(self) -> str:
        """A new workshop, booked by six."""
        day = (self.world.now_at + EVERY).date()
        wish = NewEvent(f"Workshop {day}", f"{day} 10:00", f"{day} 15:00", slug=f"workshop-{day}")
        event_id = self.world.add_event(wish)
        self.coming.append(event_id)
        for _ in range(6):
            self._book(event_id)
        return event_id

    def _name(self) -> str:
        self.names += 1
        return f"Teacher Number{self.names}"

    def _book(self, event_id: str) -> None:
        name = self._name()
        answers = self.rng.choice([ASH, ASH, ELM, ELM, UNKNOWN])
        self.world.book(event_id, (Ticket(name, f"t{self.names}@school.example.org", answers),))


@contextmanager
def hubs_on(kind: str, folder: Path, more: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[World, list[Twin]]]:
    """Empty hubs of these names on databases of this kind, with settings of their own, all on one Eventbrite."""
    world = World(BEGINNING)
    world.create_organization("Sample Hub", organization_id="7001")
    with ExitStack() as stack:
        server = stack.enter_context(SandboxServer(world))
        environment = {**SETTINGS, "EBSYNC_EVENTBRITE_URL": server.url}
        forked = stack.enter_context(Forked(environment, folder))
        hubs = []
        for name, settings in more.items():
            (folder / name).mkdir()
            url = stack.enter_context(empty_database(kind, folder / name))
            hubs.append(Twin(name, url, folder / name, forked, OLD_NOW_AT, settings))
        yield world, hubs

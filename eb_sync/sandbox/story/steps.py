"""The parts of a told story: what happens on Eventbrite, what a person types, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from eb_sync.sandbox.requested import NewEvent, NewSeries, Ticket
from policies.wording import LONDON


@dataclass(frozen=True, slots=True)
class Creation:
    """An event or a whole series is put on Eventbrite."""

    wish: NewEvent | NewSeries


@dataclass(frozen=True, slots=True)
class Order:
    """An order is placed; `labels` name its bookings from now on, one for each ticket."""

    event_id: str
    tickets: tuple[Ticket, ...]
    labels: tuple[str, ...]
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """Something else happens on Eventbrite: a verb of the world, with its arguments.

    An `attendee_id` is written as a label in braces.
    """

    verb: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Command:
    """A person, or cron, types `ebsync` with these arguments.

    `{label}` stands for a booking's reference, `{fact}` for a fact kept before, `{out}` for a folder to write to.
    """

    arguments: tuple[str, ...]
    fact_label: str | None = None
    """Keep the id of the (last) fact that it prints under this label."""
    exit_codes: tuple[int, ...] = (0,)
    """What it may exit with."""


Act: TypeAlias = Creation | Order | Happening | Command


@dataclass(frozen=True, slots=True)
class Step:
    """One act at an instant; the world's clock and `EBSYNC_NOW` both stand there."""

    at: datetime
    """Aware UTC."""
    act: Act

    @property
    def is_sync(self) -> bool:
        """Whether it is a run of `ebsync sync`, as cron would start it."""
        return isinstance(self.act, Command) and self.act.arguments[0] == "sync"


def london(text: str) -> datetime:
    """The UTC instant of a London wall time, `2019-11-04 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def create(when: str, wish: NewEvent | NewSeries) -> Step:
    """An event or series appears."""
    return Step(london(when), Creation(wish))


def happen(when: str, verb: str, /, **arguments: object) -> Step:
    """A verb of the world."""
    return Step(london(when), Happening(verb, arguments))


def cancel(when: str, label: str) -> Step:
    """A booking is cancelled on Eventbrite."""
    return happen(when, "cancel", attendee_id=f"{{{label}}}")


def check_in(when: str, label: str) -> Step:
    """A ticket is scanned at the door."""
    return happen(when, "check_in", attendee_id=f"{{{label}}}")


def type_in(when: str, *arguments: str, fact_label: str | None = None, exit_codes: tuple[int, ...] = (0,)) -> Step:
    """A command line."""
    return Step(london(when), Command(arguments, fact_label, exit_codes))


def references(labels: str) -> tuple[str, ...]:
    """Placeholders for several bookings, from labels with spaces between."""
    return tuple(f"{{{label}}}" for label in labels.split())

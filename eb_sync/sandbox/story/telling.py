"""Telling a story: play its steps on a world, and hand its command lines to whoever runs them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from eb_sync.sandbox.requested import NewSeries
from eb_sync.sandbox.story.steps import Act, Command, Creation, Order, Step
from eb_sync.sandbox.world import World

Runner: TypeAlias = Callable[[datetime, tuple[str, ...]], tuple[int, str]]
"""Runs `ebsync` with arguments at an instant; returns exit code and stdout."""

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_FACT = re.compile(r"^fact (\d+)$", re.MULTILINE)


class StoryError(Exception):
    """A command of the story ended in a way that the story does not know."""


class Teller:
    """Plays steps in order and remembers what their labels stand for."""

    def __init__(self, world: World, out: str = ".") -> None:
        """Play on `world`; `{out}` in commands stands for the folder `out`."""
        self.world = world
        self.attendee_ids: dict[str, str] = {}
        """By the booking's label."""
        self._words: dict[str, str] = {"out": out}

    def play(self, steps: Iterable[Step], run: Runner | None = None) -> None:
        """Play steps; without `run` only Eventbrite's side. StoryError if a command exits unexpectedly."""
        for step in steps:
            self.world.set_clock(step.at)
            if not isinstance(step.act, Command):
                self._happen(step.act)
            elif run is not None:
                self._type_in(step.at, step.act, run)

    def resolve(self, text: str) -> str:
        """A command's word with its placeholders filled in; LookupError for a label not yet told of."""
        return _PLACEHOLDER.sub(lambda match: self._word(match[1]), text)

    def _word(self, label: str) -> str:
        if label in self.attendee_ids:
            return f"B{self.attendee_ids[label]}"
        if label in self._words:
            return self._words[label]
        raise LookupError(f"The story has not yet told of {label!r}.")

    def _happen(self, act: Act) -> None:
        if isinstance(act, Creation):
            if isinstance(act.wish, NewSeries):
                self.world.add_series(act.wish)
            else:
                self.world.add_event(act.wish)
        elif isinstance(act, Order):
            booked = self.world.book(act.event_id, act.tickets, guest=act.guest)
            self.attendee_ids.update(zip(act.labels, booked, strict=True))
        elif not isinstance(act, Command):
            getattr(self.world, act.verb)(**self._arguments(act.arguments))

    def _arguments(self, arguments: Mapping[str, object]) -> dict[str, object]:
        label = str(arguments.get("attendee_id", "")).strip("{}")
        return {**arguments, "attendee_id": self.attendee_ids[label]} if label else dict(arguments)

    def _type_in(self, at: datetime, act: Command, run: Runner) -> None:
        arguments = tuple(self.resolve(word) for word in act.arguments)
        exit_code, output = run(at, arguments)
        if exit_code not in act.exit_codes:
            raise StoryError(f"`ebsync {' '.join(arguments)}` at {at.isoformat()} exited with {exit_code}.")
        facts = _FACT.findall(output)
        if act.fact_label and facts:
            self._words[act.fact_label] = facts[-1]

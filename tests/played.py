"""The demo's story once told, for the tests that look at what it left behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eb_sync.cli.demo import run_captured
from eb_sync.sandbox.demo import PlayedDemo, play_demo
from eb_sync.sandbox.story import ENDING, SETTINGS, Teller
from eb_sync.store.engine import keeping_engines


@dataclass(frozen=True)
class Played:
    """The demo's hub at the story's end. It is shared: tests that record something take a copy of its database."""

    folder: Path
    told: PlayedDemo
    references: dict[str, str]
    """The story's labels by reference."""

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command after the story's end; Eventbrite is gone by then."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in SETTINGS.items():
                patch.setenv(name, value)
            patch.setenv("EBSYNC_DATABASE_URL", f"sqlite:///{self.folder / 'demo.sqlite'}")
            patch.setenv("EBSYNC_NOW", ENDING.isoformat())
            return run_captured(arguments)

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        code, output = self.run(*arguments, "--json")
        assert code in (0, 3), output
        return json.loads(output)


def tell_story(folder: Path) -> Played:
    """Play the demo into a folder."""
    tellers: list[Teller] = []

    def remembered(*arguments: Any) -> Teller:  # noqa: ANN401 - the teller's
        tellers.append(Teller(*arguments))
        return tellers[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eb_sync.sandbox.demo.Teller", remembered)
        with keeping_engines():
            told = play_demo(folder, run_captured)
    return Played(folder, told, {f"B{number}": label for label, number in tellers[0].attendee_ids.items()})

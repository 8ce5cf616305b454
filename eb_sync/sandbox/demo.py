"""Play the sandbox's story through the real command line, and leave behind what a hub would have."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.story import ENDING, SETTINGS, STORY, WORKSHOP_IDS, Teller, create_world

RunCommand = Callable[[Sequence[str]], tuple[int, str]]
"""Runs `ebsync` with arguments; gives exit code and stdout."""


@dataclass
class PlayedDemo:
    """What happened, as the account tells it."""

    lines: list[str] = field(default_factory=list)
    commands: int = 0
    syncs: int = 0
    summary: str = ""
    """How many places ended with which outcome and reason, as a Markdown table."""


def play_demo(folder: Path, run: RunCommand) -> PlayedDemo:
    """Play the whole story into a folder: database, invoices, credit notes, charge lists, registers, account.

    `run` runs a command in the environment that this function sets up around it.
    """
    told = PlayedDemo()
    world = create_world()
    papers = folder / "invoices"
    with SandboxServer(world) as server, _environment(_variables(folder, server.url)):
        teller = Teller(world, str(papers))

        def run_at(at: datetime, arguments: tuple[str, ...]) -> tuple[int, str]:
            os.environ["EBSYNC_NOW"] = at.isoformat()
            code, output = run(arguments)
            _tell(told, at, arguments, (code, output))
            return code, output

        teller.play(STORY, run_at)
        os.environ["EBSYNC_NOW"] = ENDING.isoformat()
        _write_registers(folder / "registers", run)
        told.summary = _summary(run)
    return told


def _summary(run: RunCommand) -> str:
    _, output = run(("charges", "--json"))
    counts: Counter[tuple[str, str]] = Counter()
    pence: Counter[tuple[str, str]] = Counter()
    for workshop in json.loads(output)["workshops"]:
        for decision in workshop["decisions"]:
            key = decision["outcome"], decision["reason"]
            counts[key] += 1
            pence[key] += decision["amount_pence"]
    lines = ["| outcome | reason | places | pounds |", "|---|---|---|---|"]
    lines += [
        f"| {outcome} | {reason} | {count} | {pence[outcome, reason] // 100 or ''} |"
        for (outcome, reason), count in sorted(counts.items())
    ]
    return "\n".join(lines)


def _variables(folder: Path, url: str) -> dict[str, str]:
    return {
        **SETTINGS,
        "EBSYNC_CONFIG": "",
        "EBSYNC_EVENTBRITE_URL": url,
        "EBSYNC_EVENTBRITE_TOKEN": TOKEN,
        "EBSYNC_DATABASE_URL": f"sqlite:///{folder.resolve() / 'demo.sqlite'}",
    }


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The demo's settings and no others: what is set outside must not reach it, nor the other way round."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("EBSYNC_")]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _tell(told: PlayedDemo, at: datetime, arguments: Sequence[str], result: tuple[int, str]) -> None:
    code, output = result
    told.commands += 1
    if arguments[0] == "sync":
        told.syncs += 1
        if code:
            told.lines.append(f"{at:%Y-%m-%d %H:%M}Z  ebsync sync  (exit {code})")
        return
    told.lines.append(f"{at:%Y-%m-%d %H:%M}Z  ebsync {' '.join(_quoted(word) for word in arguments)}")
    shown = [line for line in output.splitlines() if line.strip()]
    told.lines += [f"    {line}" for line in shown]
    if code:
        told.lines.append(f"    (exit {code})")


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _write_registers(folder: Path, run: RunCommand) -> None:
    for name, workshop_id in WORKSHOP_IDS.items():
        for kind in ("pdf", "xlsx", "csv"):
            path = folder / f"{name.replace('/', '-')}.{kind}"
            run(("register", workshop_id, "--format", kind, "-o", str(path)))

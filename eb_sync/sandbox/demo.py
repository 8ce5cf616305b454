"""Play the sandbox's story through the real command line, and leave behind what a hub would have."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from eb_sync.sandbox.server import SandboxServer
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.story import ENDING, SETTINGS, STORY, WORKSHOP_IDS, Step, Teller, create_world
from eb_sync.sandbox.story.places import BRIDGING

RunCommand = Callable[[Sequence[str]], tuple[int, str]]
"""Runs `ebsync` with arguments; gives exit code and stdout."""

REGISTER_FILE = f"register-{BRIDGING}.xlsx"
"""The register of the last workshop, for a lead to fill in."""


_SHOWN = 3
"""Lines of a command's output in the log."""


@dataclass
class PlayedDemo:
    """What happened, as the account tells it."""

    lines: list[str] = field(default_factory=list)
    commands: int = 0
    syncs: int = 0
    summary: str = ""
    """How many places ended with which outcome and reason, as a Markdown table."""
    documents: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Numbers of invoices and credit notes, in order, by workshop's name and booking's label."""


def play_demo(folder: Path, run: RunCommand, steps: Iterable[Step] = STORY) -> PlayedDemo:
    """Play the whole story into a folder: database, invoices, credit notes, charge lists, registers, account.

    `run` runs a command in the environment that this function sets up around it; `steps` are the story's, which
    somebody may count as they go by.
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

        teller.play(steps, run_at)
        os.environ["EBSYNC_NOW"] = ENDING.isoformat()
        _write_registers(folder / "registers", run)
        run(("register", WORKSHOP_IDS[BRIDGING], "-o", str(folder / REGISTER_FILE)))
        told.summary = _summary(run)
        told.documents = _documents(run, {f"B{number}": label for label, number in teller.attendee_ids.items()})
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


def _documents(run: RunCommand, labels: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    _, output = run(("export", "charges", "--since", "2019-09-01"))
    names = {workshop_id: name for name, workshop_id in WORKSHOP_IDS.items()}
    numbers: dict[tuple[str, str], list[str]] = {}
    for row in csv.DictReader(io.StringIO(output)):
        if row["booking_ref"] in labels:
            key = names[row["workshop_id"]], labels[row["booking_ref"]]
            numbers.setdefault(key, []).append(row["document_number"])
    return {key: sorted(found, key=lambda number: number.startswith("CN")) for key, found in numbers.items()}


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
    if arguments[0] == "schools":
        return  # setting up: the same thing for each school
    told.lines.append(f"{at:%Y-%m-%d %H:%M}Z  ebsync {' '.join(_quoted(word) for word in arguments)}")
    shown = [line for line in output.splitlines() if line.strip()]
    told.lines += [f"    {line}" for line in shown[:_SHOWN]]
    if len(shown) > _SHOWN:
        told.lines.append(f"    ... and {len(shown) - _SHOWN} more")
    if code:
        told.lines.append(f"    (exit {code})")


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _write_registers(folder: Path, run: RunCommand) -> None:
    for name, workshop_id in WORKSHOP_IDS.items():
        for kind in ("pdf", "xlsx", "csv"):
            path = folder / f"{name.replace('/', '-')}.{kind}"
            run(("register", workshop_id, "--format", kind, "-o", str(path)))

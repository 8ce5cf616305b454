"""What a run of sync makes of its own machine's clock and database: played before the sandbox, as rows of a table.

`python -m tests.e2e.machine_table` prints the table that stands in FAULTS.md; `test_machine_faults.py` holds the two
together.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tests.databases import POSTGRESQL, SQLITE
from tests.e2e.fault_table import Case, render


class Holder(StrEnum):
    """Who else has the database when the run begins."""

    NOBODY = "nobody"
    RUN = "run"
    WRITER = "writer"
    ENDED = "ended"
    """A server that ends our connection once everything is read."""


@dataclass(frozen=True)
class MachineCase(Case):
    """A clock or a database, and what a run makes of it."""

    ahead: timedelta = timedelta()
    """Of Eventbrite's clock."""
    holder: Holder = Holder.NOBODY
    databases: tuple[str, ...] = (SQLITE,)


_NOTHING = "nothing is recorded, both times are named; the run after the clock was set reads everything"
_BOTH = (SQLITE, POSTGRESQL)


def _clock(name: str, ahead: timedelta, exit_code: int, requests: int, happens: str) -> MachineCase:
    return MachineCase(name, "this machine", (), exit_code, requests, happens, ahead=ahead)


def _database(
    name: str, holder: Holder, exit_code: int, requests: int, happens: str, databases: tuple[str, ...] = _BOTH
) -> MachineCase:
    where = "PostgreSQL" if databases == (POSTGRESQL,) else "the database"
    return MachineCase(name, where, (), exit_code, requests, happens, holder=holder, databases=databases)


CASES: tuple[MachineCase, ...] = (
    _clock("clock 13 hours ahead", timedelta(hours=13), 78, 1, _NOTHING),
    _clock("clock a year ahead", timedelta(days=366), 78, 1, _NOTHING),
    _clock("clock 13 hours behind", timedelta(hours=-13), 78, 1, _NOTHING),
    _clock("clock 11 hours ahead", timedelta(hours=11), 0, 9, "the earlier of both clocks counts"),
    _clock(
        "clock 11 hours behind",
        timedelta(hours=-11),
        0,
        9,
        "the earlier of both clocks counts; time stands where the newest record has it, until the clock has caught up",
    ),
    _database("another run at work", Holder.RUN, 75, 0, "waits 60 s; nothing is read or recorded"),
    _database(
        "another writer that does not end",
        Holder.WRITER,
        74,
        9,
        "waits 60 s once everything is read; nothing is recorded, the next run reads it again",
    ),
    _database(
        "the connection is ended",
        Holder.ENDED,
        74,
        9,
        "nothing is recorded, the next run reads it again",
        (POSTGRESQL,),
    ),
)


if __name__ == "__main__":
    sys.stdout.write(render(CASES))

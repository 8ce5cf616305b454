"""What a run of sync makes of answers that no Eventbrite would give: played by a hostile server before the sandbox.

`python -m tests.e2e.hostile_table` prints the table that stands in FAULTS.md; `test_hostile_answers.py` holds the two
together.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tests.e2e.fault_table import ALWAYS, Case, render
from tests.hostile import Trick

LARGE_EVENT, ATTENDEES, EVERYTHING, LISTS = "/events/{large}/attendees", "/attendees/", "/", "/organizations/"
_WAITS = "that event waits, all others are applied; the next run reads it"
_ENDS = "the run ends and writes nothing but that it failed; the next run goes on from there"


@dataclass(frozen=True)
class HostileCase(Case):
    """A trick, and what a run makes of it."""

    trick: Trick = Trick.TRICKLE
    path: str = EVERYTHING
    times: int = ALWAYS
    limit_minutes: str = "30"


def _case(
    trick: Trick, name: str, where: str, path: str, exit_code: int, requests: int, happens: str, *, times: int = ALWAYS
) -> HostileCase:
    return HostileCase(name, where, (), exit_code, requests, happens, trick=trick, path=path, times=times)


T = Trick
CASES: tuple[HostileCase, ...] = (
    _case(
        T.TRICKLE,
        "a byte now and then",
        "one request",
        "/attendees/",
        0,
        10,
        "broken off after 60 s, asked for once more",
        times=1,
    ),
    _case(
        T.TRICKLE,
        "a byte now and then",
        "one event, always",
        LARGE_EVENT,
        3,
        7,
        f"broken off after 60 s, twice; {_WAITS}",
    ),
    _case(
        T.TRICKLE,
        "a byte now and then",
        "everywhere, always",
        EVERYTHING,
        75,
        2,
        f"broken off after 60 s, twice; {_ENDS}",
    ),
    _case(
        T.TRICKLING_HEADERS,
        "headers that do not end",
        "everywhere, always",
        EVERYTHING,
        75,
        2,
        f"broken off after 60 s, twice; {_ENDS}",
    ),
    _case(
        T.SILENCE,
        "no answer, the connection held",
        "everywhere, always",
        EVERYTHING,
        75,
        2,
        f"given up after 30 s, twice; {_ENDS}",
    ),
    HostileCase(
        "a byte now and then",
        "everywhere, and the run's time is up",
        (),
        75,
        1,
        f"ends after `EBSYNC_SYNC__LIMIT_MINUTES`; {_ENDS}",
        trick=T.TRICKLE,
        limit_minutes="0.002",
    ),
    _case(T.ENDLESS, "an endless body", "one event, always", LARGE_EVENT, 76, 6, f"broken off at 16 MB; {_WAITS}"),
    _case(T.ENDLESS, "an endless body", "everywhere, always", EVERYTHING, 76, 1, f"broken off at 16 MB; {_ENDS}"),
    _case(
        T.BOMB,
        "256 MB packed into little",
        "everywhere, always",
        EVERYTHING,
        76,
        1,
        f"broken off at 16 MB unpacked; {_ENDS}",
    ),
    _case(
        T.REDIRECT,
        "a redirect to another host",
        "everywhere, always",
        EVERYTHING,
        76,
        1,
        f"not followed: the token is for the configured host alone; {_ENDS}",
    ),
    _case(T.DEEP, "100,000 lists in each other", "one event, always", LARGE_EVENT, 76, 10, f"not parsed; {_WAITS}"),
    _case(T.RATHER_DEEP, "400 lists in each other", "one event, always", LARGE_EVENT, 76, 6, f"refused; {_WAITS}"),
    _case(T.HUGE_DIGITS, "a number of 100,000 digits", "list of events", LISTS, 76, 5, f"not parsed; {_ENDS}"),
    _case(
        T.HUGE_NUMBERS,
        "`object_count` and `quantity_sold` 10^30",
        "everywhere, always",
        EVERYTHING,
        0,
        9,
        "counts that cannot be are taken for none; three changes recorded",
    ),
)


if __name__ == "__main__":
    sys.stdout.write(render(CASES))

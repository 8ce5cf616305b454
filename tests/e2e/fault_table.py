"""What a run of sync makes of every fault that Eventbrite is known for: played on the sandbox, as rows of a table.

`python -m tests.e2e.fault_table` prints the table that stands in FAULTS.md; `test_faults.py` holds the two together.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.sandbox.requested import Ticket
from tests.hub import ASH, Hub, Result

LARGE, SMALL, FAR = "fractions", "ratio", "proof"
ALWAYS = 10_000
"""As often as a run may ask."""
LATE = (("visible_after", timedelta(minutes=5)),)
SLOW_CLOCK, FAST_CLOCK = (("skew", timedelta(minutes=-20)),), (("skew", timedelta(minutes=20)),)


@dataclass(frozen=True)
class Case:
    """A fault, and what a run makes of it."""

    name: str
    where: str
    orders: tuple[Fault, ...]
    exit_code: int
    requests: int
    """Sent by the run, repeats included, 9 without a fault; negative: at most so many, events are read in parallel."""
    happens: str
    settings: tuple[tuple[str, timedelta], ...] = ()
    """Of the sandbox's world."""
    used_calls: int | None = None


@dataclass
class Stage:
    """A hub with three workshops read once, an hour after which something changed on Eventbrite."""

    hub: Hub
    events: dict[str, str]
    bookings: dict[str, list[str]]
    slept: list[float] = field(default_factory=list)

    def run(self) -> Result:
        return self.hub.run("sync", "--json")


def _book(hub: Hub, event_id: str, count: int, stem: str) -> list[str]:
    tickets = [Ticket(f"{stem} Number{n}", f"{stem.lower()}{n}@ash.example.org", ASH) for n in range(count)]
    return [hub.world.book(event_id, (ticket,))[0] for ticket in tickets]


def set_stage(hub: Hub) -> Stage:
    """Large and small workshop in their active window, a third far ahead; a change at each."""
    days = {LARGE: "2019-11-05", SMALL: "2019-11-05", FAR: "2020-03-10"}
    events = {slug: hub.event(slug.title(), f"{day} 10:00", f"{day} 15:00", slug=slug) for slug, day in days.items()}
    counts = {LARGE: 120, SMALL: 8, FAR: 3}
    bookings = {slug: _book(hub, events[slug], count, slug.title()) for slug, count in counts.items()}
    stage = Stage(hub, events, bookings)
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", stage.slept.append)
    hub.at("2019-11-04 12:00")
    hub.sync()
    hub.at("2019-11-04 12:40")
    hub.world.cancel(bookings[LARGE][0])
    bookings[SMALL] += _book(hub, events[SMALL], 1, "Newcomer")
    hub.world.edit(bookings[FAR][0], name="Edited Name")
    hub.at("2019-11-04 13:00")
    return stage


K = FaultKind
_LARGE = "/events/{large}/attendees/"
"""The path of the large workshop's attendees; its id is filled in."""


def _case(name: str, where: str, order: Fault, exit_code: int, requests: int, happens: str) -> Case:
    return Case(name, where, (order,), exit_code, requests, happens)


_WAITS = "read again after a moment; nothing lost"
_RUN_ENDS = "the run ends and writes nothing but that it failed; the next run goes on from there"
_EVENT_WAITS = "that event waits, all others are applied; the next run reads it"
_UNDERSTOOD = "read all the same; the word is counted in `ebsync status --json`"
_QUESTIONS = "named with its bookings by `ebsync status` and `ebsync nightly`; places with it become questions"
_UNREADABLE = "never taken for gone: that event waits and is named, all others are applied; the next run reads it"
_REFUSED = "the run ends and writes nothing; never taken for an empty register"

CASES: tuple[Case, ...] = (
    Case("none", "", (), 0, 9, "three changes recorded"),
    _case("429, reset in 30 s", "one request", Fault(K.RATE_LIMITED, _LARGE, reset_seconds=30), 0, 10, "waits 30 s"),
    _case(
        "429, reset in 50 min", "lists", Fault(K.RATE_LIMITED, "/organizations/", reset_seconds=3000), 75, 1, _RUN_ENDS
    ),
    _case(
        "429, reset in 50 min",
        "half-way",
        Fault(K.RATE_LIMITED, _LARGE, skip=1, reset_seconds=3000),
        75,
        -7,
        "events read by then are kept, the others are owed to the next run",
    ),
    _case("500", "three requests", Fault(K.INTERNAL_ERROR, "", times=3), 0, 12, _WAITS),
    _case("500", "one event, always", Fault(K.INTERNAL_ERROR, _LARGE, times=ALWAYS), 3, 10, _EVENT_WAITS),
    _case("500", "everywhere, always", Fault(K.INTERNAL_ERROR, "", times=ALWAYS), 75, 5, _RUN_ENDS),
    _case("502 with HTML", "three requests", Fault(K.BAD_GATEWAY, "", times=3), 0, 12, _WAITS),
    _case("502 with HTML", "everywhere, always", Fault(K.BAD_GATEWAY, "", times=ALWAYS), 75, 5, _RUN_ENDS),
    _case("truncated JSON", "one request", Fault(K.TRUNCATED, _LARGE), 0, 10, _WAITS),
    _case("truncated JSON", "one event, always", Fault(K.TRUNCATED, _LARGE, times=ALWAYS), 76, 10, _EVENT_WAITS),
    _case("connection dropped", "before a body, once", Fault(K.DROPPED, _LARGE), 0, 10, _WAITS),
    _case("connection dropped", "before every body", Fault(K.DROPPED, "", times=ALWAYS), 75, 5, _RUN_ENDS),
    _case("connection dropped", "in a body, once", Fault(K.DROPPED_MIDWAY, _LARGE), 0, 10, _WAITS),
    _case("connection dropped", "in every body", Fault(K.DROPPED_MIDWAY, "", times=ALWAYS), 75, 5, _RUN_ENDS),
    _case("slow answer", "every request", Fault(K.SLOW, "", times=ALWAYS, seconds=0.01), 0, 9, "takes longer"),
    _case("`EXPANSION_FAILED`", "one request", Fault(K.EXPANSION_FAILED), 0, 10, _WAITS),
    _case(
        "`EXPANSION_FAILED`",
        "list of events, always",
        Fault(K.EXPANSION_FAILED, "/organizations/", times=ALWAYS),
        0,
        16,
        "events are listed without, and each that is wanted is read with it by itself",
    ),
    _case("`EXPANSION_FAILED`", "everywhere, always", Fault(K.EXPANSION_FAILED, "", times=ALWAYS), 75, 18, _RUN_ENDS),
    _case(
        "continuation token repeated", "one event", Fault(K.REPEATED_TOKEN, _LARGE, times=ALWAYS), 76, 7, _EVENT_WAITS
    ),
    _case(
        "continuation token repeated",
        "list of events",
        Fault(K.REPEATED_TOKEN, "/organizations/", times=ALWAYS),
        76,
        2,
        _RUN_ENDS,
    ),
    _case(
        "`BAD_CONTINUATION_TOKEN`",
        "once",
        Fault(K.BAD_CONTINUATION_TOKEN),
        0,
        11,
        "that list is read from its beginning",
    ),
    _case(
        "`BAD_CONTINUATION_TOKEN`",
        "one event, always",
        Fault(K.BAD_CONTINUATION_TOKEN, times=ALWAYS),
        76,
        9,
        _EVENT_WAITS,
    ),
    _case(
        "a row skipped, the list moved",
        "between two pages",
        Fault(K.SKIPPED_ROWS, _LARGE),
        0,
        12,
        "the rows do not come to the list's count: it is read again, and no row is taken for missing",
    ),
    _case(
        "a row repeated, the list moved",
        "between two pages",
        Fault(K.REPEATED_ROWS, _LARGE),
        0,
        9,
        "counted once",
    ),
    _case(
        "wrong `object_count`",
        "every list, always",
        Fault(K.WRONG_COUNT, "", times=ALWAYS, by=7),
        0,
        12,
        "lists of several pages are read twice; two readings that agree are believed",
    ),
    _case("token revoked (401)", "half-way", Fault(K.INVALID_AUTH, "/events/", skip=3, times=ALWAYS), 77, -9, _REFUSED),
    _case(
        "token may no longer (403)",
        "half-way",
        Fault(K.NOT_AUTHORIZED, "/events/", skip=3, times=ALWAYS),
        77,
        -9,
        _REFUSED,
    ),
    _case(
        "unknown attendee status",
        "every row",
        Fault(K.UNKNOWN_ATTENDEE_STATUS, "", times=ALWAYS),
        3,
        9,
        f"read all the same; told once, then 0; {_QUESTIONS}",
    ),
    _case(
        "no attendee status",
        "every row",
        Fault(K.MISSING_KEYS, "/attendees/", times=ALWAYS, keys=("status",)),
        0,
        9,
        f"the flags tell whether it is cancelled; {_QUESTIONS}",
    ),
    _case(
        "404 though the event is listed",
        "its attendees, always",
        Fault(K.NOT_FOUND, _LARGE, times=ALWAYS),
        3,
        6,
        _UNREADABLE,
    ),
    _case(
        "404 though the event is listed",
        "a later page of its attendees",
        Fault(K.NOT_FOUND, _LARGE, times=ALWAYS, query="continuation"),
        3,
        7,
        _UNREADABLE,
    ),
    _case(
        "404 though the event is listed",
        "those not attending, always",
        Fault(K.NOT_FOUND, _LARGE, times=ALWAYS, query="status=not_attending"),
        3,
        9,
        _UNREADABLE,
    ),
    Case(
        "404 though the event is listed",
        "the event itself, always",
        (
            Fault(K.EXPANSION_FAILED, "/organizations/", times=ALWAYS),
            Fault(K.NOT_FOUND, "/events/{large}/$", times=ALWAYS),
        ),
        3,
        12,
        _UNREADABLE,
    ),
    _case(
        "404 though the organisation is known",
        "list of changes, always",
        Fault(K.NOT_FOUND, "/organizations/7001/attendees/", times=ALWAYS),
        3,
        8,
        "events in their window are read; the next run asks for changes since the same instant",
    ),
    _case("unknown barcode status", "every row", Fault(K.UNKNOWN_BARCODE_STATUS, "", times=ALWAYS), 0, 9, _UNDERSTOOD),
    _case("unknown event status", "every row", Fault(K.UNKNOWN_EVENT_STATUS, "", times=ALWAYS), 0, 9, _UNDERSTOOD),
    _case("unknown message code", "every row", Fault(K.UNKNOWN_MESSAGE_CODE, "", times=ALWAYS), 0, 9, _UNDERSTOOD),
    _case(
        "optional keys missing",
        "every row",
        Fault(K.MISSING_KEYS, "", times=ALWAYS),
        0,
        9,
        "a missing key and a null mean the same",
    ),
    _case(
        "`answers: null`",
        "every row",
        Fault(K.NULL_ANSWERS, "", times=ALWAYS),
        0,
        9,
        "no answers: the school is unknown until they are back",
    ),
    _case(
        "a malformed attendee",
        "one row",
        Fault(K.MALFORMED_ROW, _LARGE),
        3,
        9,
        "quarantined with its reason, the rest is applied; its place is `bookings_stale` until the row is well again",
    ),
    _case(
        "an empty list",
        "for everything",
        Fault(K.EMPTY_LIST, "", times=ALWAYS),
        65,
        12,
        "reads in which most of five or more bookings would end are held, their places `bookings_stale`",
    ),
    Case("changes visible late", "everywhere", (), 0, 9, "read when they show; stamps tell when they were", LATE),
    Case("Eventbrite's clock 20 min slow", "everywhere", (), 0, 9, "the earlier of both clocks counts", SLOW_CLOCK),
    Case("Eventbrite's clock 20 min fast", "everywhere", (), 0, 9, "the earlier of both clocks counts", FAST_CLOCK),
    Case(
        "few calls left in the hour",
        "from the start",
        (),
        3,
        7,
        "what fits is read, the most urgent first; the rest is owed to the next run",
        used_calls=1942,
    ),
)


def play(stage: Stage, case: Case) -> Result:
    """Order the fault and run once."""
    world = stage.hub.world
    for name, value in case.settings:
        setattr(world, name, value)
    if case.used_calls is not None:
        world.set_used_calls(case.used_calls)
    for order in case.orders:
        world.faults.order(replace(order, path=order.path.format(large=stage.events[LARGE])))
    return stage.run()


def render(cases: Sequence[Case]) -> str:
    """The table in Markdown."""
    lines = ["| fault | where | exit | requests | what happens |", "|---|---|---|---|---|"]
    for case in cases:
        requests = f"at most {-case.requests}" if case.requests < 0 else str(case.requests)
        lines.append(f"| {case.name} | {case.where} | {case.exit_code} | {requests} | {case.happens} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render(CASES))

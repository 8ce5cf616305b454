"""Several at once, each a process of its own, on both databases: one wins, the other says what happened."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from eb_sync.sandbox.faults import Fault, FaultKind
from eb_sync.store.run_lock import run_lock
from tests.forked import Forked, Ran
from tests.hub import Hub

pytestmark = pytest.mark.every_database
ROUNDS = 6


@dataclass
class Office:
    """A hub, and two colleagues with a machine each."""

    hub: Hub
    colleagues: tuple[Forked, Forked]
    pool: ThreadPoolExecutor

    def at_once(self, *commands: tuple[str, ...]) -> list[Ran]:
        """Each colleague gives a command at the same time."""
        return [future.result() for future in self.begin(*commands)]

    def begin(self, *commands: tuple[str, ...]) -> list[Future[Ran]]:
        settings = {name: value for name, value in os.environ.items() if name.startswith("EBSYNC_")}
        return [
            self.pool.submit(functools.partial(colleague.run, *command, kill=None, **settings))
            for colleague, command in zip(self.colleagues, commands, strict=False)
        ]

    def until_asked(self, count: int) -> None:
        """Wait until Eventbrite has been asked so often and a slow answer is under way."""
        while self.hub.world.faults.drawn < count:
            os.sched_yield()


@pytest.fixture(scope="module")
def colleagues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Forked, Forked]]:
    folder = tmp_path_factory.mktemp("colleagues")
    with Forked({}, folder) as one, Forked({}, folder) as other:
        yield one, other


@pytest.fixture
def office(hub: Hub, colleagues: tuple[Forked, Forked]) -> Iterator[Office]:
    with ThreadPoolExecutor(2) as pool:
        yield Office(hub, colleagues, pool)
        hub.world.faults.clear()


@pytest.fixture
def workshop(office: Office) -> list[str]:
    """References of six bookings of a workshop that is over and read."""
    hub = office.hub
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    bookings = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.at("2019-11-05 15:30")
    hub.sync()
    hub.add_schools()
    return bookings


def test_two_leads_who_issue_at_once_issue_once(office: Office, workshop: list[str]) -> None:
    hub = office.hub
    hub.do("attendance", "close", "fractions", "--nobody-came")
    for number in range(1, ROUNDS + 1):
        results = office.at_once(*[("invoices", "fractions", "--yes", "--json")] * 2)
        issued = [document["number"] for ran in results if ran.code == 0 for document in ran.json()["issued"]]
        assert issued == [f"INV-{number:06d}"]
        for ran in results:
            assert ran.code in {0, 75}
            assert ran.code == 0 or "nothing was issued" in ran.err
        hub.do("credit", issued[0], "--reason", "Billed again", "--reissue")
    assert hub.do("invoices", "--dry-run", "--json").json()["to_invoice"][0]["total_pence"] == 6 * 5000


def test_two_who_credit_at_once_credit_once(office: Office, workshop: list[str]) -> None:
    hub = office.hub
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "--yes")
    results = office.at_once(*[("credit", "INV-000001", "--reason", "Billed in error")] * 2)
    assert sorted(ran.code or 0 for ran in results) == [0, 2]
    assert "credited already" in "".join(ran.err for ran in results)
    assert hub.do("invoices", "--dry-run", "--json").json()["to_invoice"] == []


def test_two_who_export_at_once_make_one_batch(office: Office, workshop: list[str]) -> None:
    hub = office.hub
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "--yes")
    results = office.at_once(*[("export", "charges")] * 2)
    assert [ran.code for ran in results] == [0, 0]
    assert sorted(ran.err.count("\nbatch CL-000001: 6 rows") for ran in results) == [0, 1]


def test_two_leads_who_mark_at_once_are_both_heard(office: Office, workshop: list[str]) -> None:
    for one, other in zip(workshop[::2], workshop[1::2], strict=True):
        results = office.at_once(
            ("attendance", "mark", "fractions", one, "present"), ("attendance", "mark", "fractions", other, "absent")
        )
        assert [ran.code for ran in results] == [0, 0]
    decided = office.hub.decisions("fractions")
    assert [decided[booking][1] for booking in workshop] == ["attended", "register_open"] * 3


def test_a_lead_marks_while_a_sync_is_reading(office: Office, workshop: list[str]) -> None:
    hub = office.hub
    hub.world.check_in(hub.bookings[workshop[1]])
    hub.world.faults.order(Fault(FaultKind.SLOW, "/attendees/", times=1, seconds=60))
    drawn = hub.world.faults.drawn
    (sync,) = office.begin(("sync", "--json"))
    office.until_asked(drawn + 1)
    hub.do("attendance", "mark", "fractions", workshop[0], "present")
    assert not sync.done()
    hub.world.faults.release()
    assert (sync.result().code, sync.result().json()["observations"]) == (0, 1)
    assert [hub.decisions("fractions")[booking][1] for booking in workshop[:2]] == ["attended", "attended"]


def test_of_two_syncs_one_works_and_the_other_waits_for_it(office: Office, workshop: list[str]) -> None:
    hub = office.hub
    hub.world.cancel(hub.bookings[workshop[0]])
    hub.world.faults.order(Fault(FaultKind.SLOW, "/attendees/", times=1, seconds=60))
    drawn = hub.world.faults.drawn
    first, second = office.begin(*[("sync", "--json")] * 2)
    office.until_asked(drawn + 1)
    impatient = functools.partial(run_lock, wait_seconds=0.0)
    hub.patch.setattr("eb_sync.store.run_lock.run_lock", impatient)
    assert "still working" in hub.refused("sync", code=75)
    hub.world.faults.release()
    results = [first.result(), second.result()]
    assert [ran.code for ran in results] == [0, 0]
    assert sorted(ran.json()["observations"] for ran in results) == [0, 1]


def test_two_who_open_a_new_database_at_once_make_it_once(office: Office) -> None:
    results = office.at_once(("workshops", "--json"), ("schools", "list", "--json"))
    assert [ran.code for ran in results] == [0, 0]

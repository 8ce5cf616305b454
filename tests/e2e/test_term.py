"""A term, a night at a time, with a real mail server and a real monitor: nothing is doubled, lost or wrong.

CI plays three weeks; `EBSYNC_TEST_NIGHTS=110 pytest -s tests/e2e/test_term.py` plays the whole of it and shows the
messages of one week.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.endpoint import Endpoint
from tests.hub import ASH, ELM, Hub
from tests.mail_server import HOST, Postbox, body, serving

NIGHTS = int(os.environ.get("EBSYNC_TEST_NIGHTS", "21"))
BEGINNING = date(2019, 9, 9)
SHOWN = range(56, 63)
"""Nights whose messages are shown."""
LEAD, FINANCE = "lead@hub.example.org", "finance@hub.example.org"
LONDON = ZoneInfo("Europe/London")


@dataclass
class Term:
    """The hub's people at work; every choice comes from a fixed seed."""

    hub: Hub
    box: Postbox
    chance: random.Random
    events: dict[str, date] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    codes: Counter[tuple[str, int]] = field(default_factory=Counter)

    def run(self, *arguments: str, expected: tuple[int, ...] = (0, 3)) -> None:
        result = self.hub.run(*arguments)
        assert result.code in expected, (self.hub.world.now_at, arguments, result)
        self.codes[arguments[0], result.code] += 1

    def announce(self, today: date) -> None:
        """A workshop a week, announced four weeks ahead."""
        day = today + timedelta(days=28)
        slug = f"maths-{day:%m%d}"
        event = self.hub.event(f"Maths on {day:%d %B}", f"{day} 10:00", f"{day} 15:00", slug=slug)
        self.events[event] = day
        for number in range(self.chance.randint(4, 8)):
            self.hub.book(event, f"Teacher {number} of {slug}", self.chance.choice((ASH, ELM)))

    def live(self, today: date) -> None:
        """What teachers and leads do in a day."""
        self.hub.at(f"{today} 11:30")
        if today.weekday() == 0:
            self.announce(today)
        upcoming = [event for event, day in self.events.items() if today <= day]
        if upcoming and self.chance.random() < 0.4:
            self.cancel(self.chance.choice(upcoming))
        self.run("sync")
        for event, day in self.events.items():
            if day < today and event not in self.closed and self.chance.random() < 0.5:
                self.close(event)
        if today.weekday() == 4:
            self.run("invoices", "--yes")
            self.run("export", "charges", "-o", f"charges-{today}.csv", expected=(0,))

    def cancel(self, event: str) -> None:
        active = [a for a, row in self.hub.world.attendees.items() if row.event_id == event and not row.cancelled]
        if active:
            self.hub.world.cancel(self.chance.choice(active))

    def close(self, event: str) -> None:
        rows = self.hub.do("register", event, "--format", "csv").out.splitlines()[1:]
        here = [row.split(",")[1] for row in rows if ",active," in row]
        for reference in here:
            if self.chance.random() < 0.8:
                self.run("attendance", "mark", event, reference, "present", expected=(0,))
        self.run("attendance", "close", event, *(["--rest-absent"] if here else ["--nobody-came"]), expected=(0, 2))
        self.closed.add(event)

    def evening(self, today: date) -> None:
        self.hub.at(f"{today} 18:00")
        self.run("messages")

    def night(self, today: date) -> None:
        self.hub.at(f"{today + timedelta(days=1)} 02:37")
        self.run("nightly")


@pytest.fixture
def term(hub: Hub) -> Iterator[Term]:
    with serving(starttls=False) as box:
        for name, value in {
            "SMTP__HOST": HOST,
            "SMTP__PORT": str(box.port),
            "SMTP__SECURITY": "none",
            "SMTP__FROM": "Maths Hub <hub@hub.example.org>",
            "LEADS": f"*={LEAD}",
            "FINANCE_EMAIL": FINANCE,
            "REMINDERS": "true",
            "BACKUP__FOLDER": str(hub.folder / "backups"),
            "BACKUP__KEEP_DAILY": "7",
        }.items():
            hub.patch.setenv(f"EBSYNC_{name}", value)
        hub.at(f"{BEGINNING} 08:00")
        yield Term(hub, box, random.Random(20))  # noqa: S311 - the same term every time


def test_a_term_night_by_night(term: Term, endpoint: Endpoint) -> None:
    hub = term.hub
    hub.sync()
    hub.add_schools()
    shown = 0
    for number in range(NIGHTS):
        today = BEGINNING + timedelta(days=number)
        term.live(today)
        term.evening(today)
        term.night(today)
        for recipient, message in term.box.taken[shown:] if number in SHOWN else ():
            sys.stdout.write(f"\n--- {today}, to {recipient}: {message['Subject']}\n{body(message)}\n")
        shown = len(term.box.taken)
    hub.do("verify")
    told = Counter((recipient, message["Subject"], body(message)) for recipient, message in term.box.taken)
    assert [key[:2] for key, count in told.items() if count > 1 and key[0] not in (LEAD, FINANCE)] == []
    days = Counter((recipient, message["Date"][:16]) for recipient, message in term.box.taken)
    assert max(days[key] for key in days if key[0] == LEAD) == 1
    assert term.box.to(LEAD)
    assert endpoint.signals.count("/start") == NIGHTS
    assert len(endpoint.signals) == 2 * NIGHTS
    assert len(list((hub.folder / "backups").iterdir())) >= min(NIGHTS, 7)
    sys.stdout.write(f"\n{NIGHTS} nights, {len(term.box.taken)} messages, commands: {sorted(term.codes.items())}\n")

"""Killed: the evening's messages, each hub's over its own mail server. Nobody gets one twice, none is lost unsaid."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from eb_sync.mail import Delivery
from eb_sync.store.facts import read_messages
from eb_sync.store.seals import SEALS
from eb_sync.store.tables import FACTS, METADATA, PERSONS, SERIES
from tests.bench.kill_story import Story, hubs_on
from tests.hub import BEGINNING
from tests.mail_server import HOST, Postbox, serving
from tests.twins import Tally, Twins, read_rows

LEADS, MONEY = ("lead@hub.example.org", "other@hub.example.org"), "money@hub.example.org"
MOST = 8
"""Kills of one evening."""
SETTLED = timedelta(minutes=61)
"""After so long a message begun and not ended is taken for one that may have left."""
Occasion = tuple[object, ...]


def mail_settings(box: Postbox) -> dict[str, str]:
    """Everybody is told by this server."""
    return {
        "EBSYNC_SMTP__HOST": HOST,
        "EBSYNC_SMTP__PORT": str(box.port),
        "EBSYNC_SMTP__SECURITY": "none",
        "EBSYNC_SMTP__FROM": "Sample Hub <hub@hub.example.org>",
        "EBSYNC_REMINDERS": "true",
        "EBSYNC_LEADS": f"*={', '.join(LEADS)}",
        "EBSYNC_FINANCE_EMAIL": MONEY,
    }


class Evenings(Story):
    """A workshop every three days, and an evening before each; both hubs are told alike, one's messages are killed."""

    def __init__(self, twins: Twins, seed: int, boxes: tuple[Postbox, Postbox]) -> None:
        """Nothing has happened yet; the boxes are the killed hub's and the other's."""
        super().__init__(twins, seed)
        self._box, self._mirror = boxes
        self._unsure: Counter[str] = Counter()

    def begin(self) -> None:
        """Schools, and a first sync."""
        self.twins.at(BEGINNING + timedelta(hours=1))
        self.announce()
        self.twins.both("sync")
        self.add_schools()

    def play_round(self) -> None:
        """One workshop: an evening two days ahead of it, its day, its invoices."""
        twins = self.twins
        event_id = self.coming.pop(0) if self.coming else self.announce()
        self.announce()
        event = self.world.event(event_id)
        twins.at(event.starts_at - timedelta(hours=40))
        self.stir(event_id)
        twins.both("sync")
        self.strike_messages()
        twins.at(event.ends_at + timedelta(hours=1))
        twins.both("sync")
        twins.both("attendance", "close", event_id, "--nobody-came")
        for twin in (twins.killed, twins.control):
            assert twin.run("invoices", "--yes", "-o", str(twin.pages)).code in {0, 3}
        twins.both("verify")

    @property
    def unsure(self) -> int:
        """Messages of which nobody knows whether they left."""
        return self._unsure.total()

    def strike_messages(self) -> None:
        """Kill one evening's run several times; then run it to its end on both."""
        twins = self.twins
        kills = 0
        for _ in range(self.rng.randint(1, MOST)):
            before = read_rows(twins.killed.url)
            kill = twins.choose_kill("messages")
            ran = twins.killed.run("messages", kill=kill)
            if not ran.killed:
                twins.miss("messages", ran)
                break
            kills += 1
            after = read_rows(twins.killed.url)
            lost = {name: set(rows) - set(after[name]) for name, rows in before.items() if name != SERIES.name}
            assert not any(lost.values()), lost
            twins.tally.add("messages", ran, kill, took_effect=before != after)
            twins.pass_time(SETTLED if self.rng.random() < 0.1 else timedelta(seconds=self.rng.randint(0, 90)))
        twins.pass_time(SETTLED)
        ran, mirrored = twins.killed.run("messages", "--json"), twins.control.run("messages", "--json")
        assert ran.code in {0, 3}, ran
        assert mirrored.code == 0, mirrored
        twins.tally.after_kill.append(ran.seconds)
        twins.tally.unkilled.append(mirrored.seconds)
        twins.measure("messages", mirrored)
        self._check(kills)
        assert not list(twins.killed.scratch.iterdir())

    def _check(self, kills: int) -> None:
        """Everybody was written to once, but those whose message a kill cut off: of them it is said."""
        twins = self.twins
        told, mirrored = read_told(twins.killed.url), read_told(twins.control.url)
        assert told.keys() == mirrored.keys(), told.keys() ^ mirrored.keys()
        assert set(mirrored.values()) == {Delivery.SENT}
        unsure = Counter(str(occasion[0]) for occasion, outcome in told.items() if outcome == Delivery.UNSURE)
        assert set(told.values()) <= {Delivery.SENT, Delivery.UNSURE}, told
        assert (unsure - self._unsure).total() <= kills, (unsure, kills)
        self._unsure = unsure
        for box in (self._box, self._mirror):
            ids = Counter((to, message["Message-ID"]) for to, message in box.taken)
            assert set(ids.values()) <= {1}, [key for key, count in ids.items() if count > 1]
        ours, theirs = (Counter(to.casefold() for to, _ in box.taken) for box in (self._box, self._mirror))
        for address, count in theirs.items():
            assert count - unsure[address] <= ours[address] <= count, (address, count, ours[address], unsure[address])
        assert not ours - theirs
        known, others = read_known(twins.killed.url), read_known(twins.control.url)
        assert known == others, {name: set(rows) ^ set(others[name]) for name, rows in known.items()}


def read_told(url: str) -> dict[Occasion, str | None]:
    """Whom was told what, by address, and what became of it; each once."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        emails = {row.id: row.email_key for row in connection.execute(sa.select(PERSONS.c.id, PERSONS.c.email_key))}
        messages = read_messages(connection, 1)
    told: dict[Occasion, str | None] = {}
    for message in messages:
        said = message.content
        occasion = (emails[said.person_id], said.kind, said.occasion, said.workshop_id, said.booking_ids, said.told)
        assert occasion not in told
        told[occasion] = message.outcome
    return told


def read_known(url: str) -> dict[str, list[str]]:
    """All else, row by row, but for the numbers of facts: a message that was cut off shifts them."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    known = {}
    with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            if table in {SERIES, SEALS}:
                continue
            columns = [each for each in table.c if not isinstance(each.type, sa.BigInteger | sa.JSON | sa.LargeBinary)]
            query = sa.select(*[each for each in columns if each.name not in {"pdf_sha256", "content_sha256"}])
            if table is FACTS:
                query = query.where(FACTS.c.kind.not_like("Message%"))
            known[table.name] = sorted(repr(tuple(row)) for row in connection.execute(query))
    return known


def kill_mail(
    kind: str, folder: Path, *, kills: int, seed: int, until: float = math.inf
) -> tuple[Tally, dict[str, int]]:
    """At least so many kills of evenings' messages."""
    with serving() as box, serving() as mirror:
        settings = {"killed": mail_settings(box), "control": mail_settings(mirror)}
        with hubs_on(kind, folder, settings) as (world, (killed, control)):
            twins = Twins(world, killed, control, random.Random(seed))  # noqa: S311 - a fixed seed
            story = Evenings(twins, seed, (box, mirror))
            story.begin()
            while twins.tally.total < kills and time.monotonic() < until:
                story.play_round()
        return twins.tally, {"messages": len(mirror.taken), "not known to have left": story.unsure}

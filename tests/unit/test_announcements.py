"""Dates as they were announced, those that were withdrawn since among them."""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta

from eb_sync.model.facts import Fact, FactContent, Retracted, WorkshopCalledOff, WorkshopMoved, WorkshopReinstated
from eb_sync.workshops.calendar import build_calendar
from tests.readings import EVENT, NOW_AT, observe_event

DAY = timedelta(days=1)


def start_of(days: int) -> datetime:
    return EVENT.starts_at + days * DAY


def tell(rng: random.Random) -> list[Fact]:
    """Moves, call-offs and withdrawals of them, in any order."""
    facts: list[Fact] = []
    open_ids: list[int] = []
    for number in range(2, 2 + rng.randint(1, 7)):
        content: FactContent
        if open_ids and rng.random() < 0.4:
            content = Retracted(open_ids.pop(rng.randrange(len(open_ids))))
        else:
            moved = start_of(rng.randint(0, 3))
            said: list[FactContent] = [
                WorkshopMoved("900", moved, moved + timedelta(hours=5)),
                WorkshopCalledOff("900", "snow"),
                WorkshopReinstated("900"),
            ]
            content = rng.choice(said)
            open_ids.append(number)
        facts.append(Fact(number, NOW_AT + number * timedelta(hours=1), "lead", content))
    return facts


def test_whatever_is_withdrawn_every_date_that_was_ever_in_force_stays_announced_and_the_last_is_in_force() -> None:
    rng = random.Random(1)  # noqa: S311 - histories for a test
    for _ in range(300):
        facts = tell(rng)
        known = [build_calendar([observe_event(EVENT)], facts[:count], {})[0] for count in range(len(facts) + 1)]
        newest = known[-1]
        gone = {fact.content.fact_id for fact in facts if isinstance(fact.content, Retracted)}
        standing = [f for f in facts if f.id not in gone and not isinstance(f.content, Retracted)]
        plain = build_calendar([observe_event(EVENT)], standing, {})[0]
        ids = [announced.id for announced in newest.dates]

        assert (newest.starts_at, newest.is_called_off) == (plain.starts_at, plain.is_called_off), facts
        assert {each.starts_at for each in known} <= {announced.starts_at for announced in newest.dates}, facts
        assert ids == sorted(set(ids)), facts
        for before, after in itertools.pairwise(known):
            if before.starts_at != after.starts_at or (before.is_called_off and not after.is_called_off):
                said_at = next(fact.recorded_at for fact in facts if fact.id == after.dates[-1].id)
                assert any(announced.announced_at == said_at for announced in newest.dates), facts

"""What `verify` knows of each moment is what every other command knew at it."""

from __future__ import annotations

from pathlib import Path

from eb_sync.store.engine import open_database, reading
from eb_sync.store.series import newest_fact_id
from eb_sync.verify.replay import HubReplay
from eb_sync.workshops.judge import judge_workshops
from eb_sync.workshops.snapshot import At, read_snapshot
from eb_sync.workshops.terms import read_recorded_terms
from tests.e2e.audited import tell_hub
from tests.hub import BEGINNING


def test_moved_forward_it_knows_at_every_fact_what_was_known(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    tell_hub(tmp_path, url)
    engine = open_database(url)
    with reading(engine) as connection:
        past = HubReplay(connection, 1)
        compared = 0
        for last_fact_id in range(1, newest_fact_id(connection, 1) + 1):
            moment, terms = At(1, BEGINNING, last_fact_id), read_recorded_terms(connection, 1, last_fact_id)
            if terms is None:
                continue
            then = read_snapshot(connection, moment, terms)
            now = past.look(moment, [workshop.event_id for workshop in then.workshops])
            assert (now.terms, now.workshops, now.held_events) == (then.terms, then.workshops, then.held_events)
            assert now.school_book == then.school_book
            assert [one.decisions for one in judge_workshops(connection, now, now.workshops)] == [
                one.decisions for one in judge_workshops(connection, then, then.workshops)
            ]
            compared += bool(then.workshops)
        assert compared > 30
    engine.dispose()

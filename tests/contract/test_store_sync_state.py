"""What sync remembers beside facts: the same on every database."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from eb_sync.model.readings import QuarantinedRow
from eb_sync.store.engine import reading, writing
from eb_sync.store.last_fact import read_newest_recording
from eb_sync.store.policy_texts import keep_policy_text, read_policy_text
from eb_sync.store.series import ensure_hub, newest_fact_id
from eb_sync.store.sync_state import (
    HeldRead,
    HubStamp,
    RunRecord,
    heal_quarantined,
    read_held,
    read_held_events,
    read_newest_applied,
    read_open_quarantine,
    read_runs,
    read_stamp,
    record_held_read,
    record_quarantined,
    record_run,
    settle_held,
    write_stamp,
)
from eb_sync.store.watch import owe_reads, read_watched, settle_reads, unwatch_events, watch_events
from tests.contract.store_rows import HUB, LATER, NOW, READ, keep_reads

ALL = 2**62
MANY = [str(number) for number in range(1300)]
HELD = HeldRead(0, "101", NOW, 6, 4, {"rows": [{"name": "Élm 李 \N{GRINNING FACE}", "none": None}], "at": 1.5})
BAD = QuarantinedRow("attendee", "101", "5", "created: not a text", NOW)


def _hold(engine: sa.Engine, held: HeldRead = HELD) -> HeldRead:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        return replace(held, id=record_held_read(connection, HUB, NOW, held))


def test_a_hub_has_no_stamp_before_its_first_sync_and_the_newest_afterwards(engine: sa.Engine) -> None:
    stamp = HubStamp("127.0.0.1", "7001", NOW, None)
    with writing(engine) as connection:
        assert read_stamp(connection, HUB) == HubStamp(None, None, None, None)
        write_stamp(connection, HUB, stamp)
    with writing(engine) as connection:
        assert read_stamp(connection, HUB) == stamp
        write_stamp(connection, HUB, replace(stamp, changed_since_at=LATER, reconciled_at=NOW))
    with reading(engine) as connection:
        assert read_stamp(connection, HUB) == HubStamp("127.0.0.1", "7001", LATER, NOW)
        assert read_stamp(connection, 2) == HubStamp(None, None, None, None)


def test_a_held_read_is_kept_with_its_rows_until_it_is_settled(engine: sa.Engine) -> None:
    first, other = _hold(engine), _hold(engine, replace(HELD, event_id="102"))
    with reading(engine) as connection:
        assert read_held(connection, HUB) == [first, other]
        assert read_held(connection, HUB, "102") == [other]
        assert read_held(connection, HUB, "103") == []
        assert read_newest_recording(connection, HUB) == NOW
    with writing(engine) as connection:
        settle_held(connection, HUB, LATER, ["101", "103"])
        settle_held(connection, HUB, LATER, [])
    with reading(engine) as connection:
        assert read_held(connection, HUB) == [other]
        texts = connection.scalars(sa.text("SELECT content FROM held_reads WHERE event_id = '101'")).all()
        assert "name" not in str(texts)


def test_an_event_is_held_until_a_read_of_it_was_applied(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        keep_reads(connection, READ)
    held = _hold(engine)
    with writing(engine) as connection:
        assert read_held_events(connection, HUB, held.id - 1) == frozenset()
        assert read_held_events(connection, HUB, held.id) == {"101"}
        (applied,) = keep_reads(connection, READ)
        assert read_held_events(connection, HUB, applied.id) == frozenset()
        assert read_held_events(connection, HUB, held.id) == {"101"}


def test_an_unreadable_row_is_noted_once_until_it_heals(engine: sa.Engine) -> None:
    whole_event = replace(BAD, kind="event", event_id=None, id="102")
    elsewhere = replace(BAD, event_id="102")
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assert record_quarantined(connection, HUB, NOW, [BAD, whole_event]) == [BAD, whole_event]
        assert record_quarantined(connection, HUB, LATER, [BAD, whole_event, elsewhere]) == [elsewhere]
        assert record_quarantined(connection, HUB, LATER, []) == []
        heal_quarantined(connection, HUB, LATER, [])
        waiting = read_open_quarantine(connection, HUB)
        assert [(row.event_id, row.row_id, row.reason) for row in waiting] == [
            ("101", "5", BAD.reason),
            (None, "102", BAD.reason),
            ("102", "5", BAD.reason),
        ]
        heal_quarantined(connection, HUB, LATER, [waiting[0].id, waiting[2].id])
        assert [(row.event_id, row.row_id) for row in read_open_quarantine(connection, HUB)] == [(None, "102")]
        assert record_quarantined(connection, HUB, LATER, [BAD]) == [BAD]
        assert newest_fact_id(connection, HUB) == 4


def test_many_rows_heal_at_once(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        assert len(record_quarantined(connection, HUB, NOW, [replace(BAD, id=each) for each in MANY])) == 1300
        heal_quarantined(connection, HUB, LATER, [row.id for row in read_open_quarantine(connection, HUB)[1:]])
        assert [(row.event_id, row.row_id) for row in read_open_quarantine(connection, HUB)] == [("101", "0")]


def test_the_watch_list_keeps_since_when_a_read_is_owed(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        watch_events(connection, HUB, ["101", "101", "102"])
        owe_reads(connection, HUB, NOW, ["102", "103"])
        owe_reads(connection, HUB, LATER, ["101", "102"])
        watch_events(connection, HUB, ["102"])
        assert read_watched(connection, HUB) == {"101": LATER, "102": NOW, "103": NOW}
        settle_reads(connection, HUB, ["102", "104"])
        unwatch_events(connection, HUB, ["103", "104"])
        assert read_watched(connection, HUB) == {"101": LATER, "102": None}


def test_the_watch_list_takes_many_events_and_none(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ensure_hub(connection, HUB)
        watch_events(connection, HUB, MANY[:700])
        owe_reads(connection, HUB, NOW, MANY)
        assert read_watched(connection, HUB) == dict.fromkeys(MANY, NOW)
        settle_reads(connection, HUB, MANY[:1299])
        unwatch_events(connection, HUB, MANY[1:])
        for change in (watch_events, settle_reads, unwatch_events):
            change(connection, HUB, [])
        owe_reads(connection, HUB, NOW, [])
        assert read_watched(connection, HUB) == {"0": None}


def test_runs_come_back_newest_first(engine: sa.Engine) -> None:
    run = RunRecord(0, "sync", NOW, LATER, 0, {"events": 2**40, "seconds": 0.25, "nested": {"a": [None, True]}})
    with writing(engine) as connection:
        record_run(connection, HUB, run)
        record_run(connection, HUB, replace(run, kind="nightly", exit_code=75, counts={}))
        assert newest_fact_id(connection, HUB) == 0
    with reading(engine) as connection:
        second, first = read_runs(connection, HUB, 10)
        assert (first, second.kind, second.exit_code) == (replace(run, id=1), "nightly", 75)
        assert read_runs(connection, HUB, 1) == [second]
        assert read_runs(connection, 2, 10) == []
        assert (read_runs(connection, HUB, 10, "sync"), read_runs(connection, HUB, 10, "other")) == ([first], [])


def test_the_newest_run_that_applied_something_is_found_behind_those_that_did_not(engine: sa.Engine) -> None:
    run = RunRecord(0, "sync", NOW, LATER, 3, {"events": 1})
    with writing(engine) as connection:
        assert read_newest_applied(connection, HUB, "sync") is None
        record_run(connection, HUB, run)
        record_run(connection, HUB, replace(run, started_at=LATER, exit_code=75))
        record_run(connection, HUB, replace(run, started_at=LATER, exit_code=77, counts={}))
        record_run(connection, HUB, replace(run, kind="nightly", started_at=LATER))
    with reading(engine) as connection:
        assert read_newest_applied(connection, HUB, "sync") == LATER
        assert read_newest_applied(connection, HUB, "sync", below=70) == NOW
        assert read_newest_applied(connection, 2, "sync") is None


def test_a_policy_text_is_kept_once_to_the_last_character(engine: sa.Engine) -> None:
    text = "# £50\r\nid = 'x'\n\ttab \N{GRINNING FACE} %s :name ? \\ ' \"\n" * 5000
    with writing(engine) as connection:
        keep_policy_text(connection, HUB, "digest", text)
        keep_policy_text(connection, HUB, "digest", "another text of this digest cannot be")
        assert read_policy_text(connection, HUB, "digest") == text
        assert read_policy_text(connection, HUB, "none") is None

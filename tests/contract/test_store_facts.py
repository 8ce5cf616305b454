"""Facts that people record, and what was known when: the same on every database."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from eb_sync.model import facts as model
from eb_sync.model.facts import FactContent
from eb_sync.store.engine import reading, writing
from eb_sync.store.facts import (
    Message,
    read_events_with_facts,
    read_fact,
    read_facts,
    read_messages,
    read_retraction,
    record_facts,
)
from eb_sync.store.last_fact import read_last_fact_id, read_newest_recording
from eb_sync.store.series import newest_fact_id
from eb_sync.store.watch import read_watched
from policies.facts import AnswerWord, Channel, ExemptionKind, ExemptionState, Mark
from tests.contract.store_rows import EVENT, HUB, LATER, NOW, READ, keep_events, keep_reads, mark

ALL = 2**62
CONTENTS: tuple[FactContent, ...] = (
    model.DateDeclared("101", 2, NOW, LATER),
    model.WorkshopMoved("101/2", NOW, LATER),
    model.WorkshopCalledOff("101", "snow, and no heating"),
    model.WorkshopReinstated("101"),
    model.AttendanceMarked("101", "B1", Mark.LEFT_EARLY),
    model.WalkInCame("101", "W1", 2**40, None, "name:ash lane primary", "B1"),
    model.SubstituteCame("101", "B1", "B2"),
    model.RegisterClosed("101"),
    model.RegisterReopened("101"),
    model.NoticeReceived("101", NOW, Channel.PHONE, None, "id:800001"),
    model.ExemptionClaimed(
        kind=ExemptionKind.OFSTED,
        state=ExemptionState.APPROVED,
        workshop_id=None,
        booking_id=None,
        school_key="id:800001",
        from_on=date(2019, 11, 4),
        until_on=date(2020, 2, 29),
        code=None,
        evidence_seen=True,
        approved_by="Jo",
        received_at=NOW,
    ),
    model.ExemptionRuled(3, ExemptionState.REVOKED, evidence_seen=True),
    model.ReviewAnswered("101", "B1", None, AnswerWord.WAIVE),
    model.SchoolAdded("P1", None, "Élm 李 \N{GRINNING FACE}", ("2 Elm Road", ""), "ZZ2 2ZZ", None, "PO-7"),
    model.SchoolConfirmed("P1", "elm", None),
    model.PayerSet("T16", None, None, "PO-7"),
    model.PersonErased((1, 2**40), ("B1-1", "W1")),
    model.MessageBegun("reminder_days", "101 2019-11-05T10:00:00Z", 2**40, "101", ("B1-1", "B1-2"), ("101 B1",)),
    model.MessageEnded(18, "not_sent"),
    model.RemindersStopped((1, 2**40)),
    model.TimesBroughtBack((model.MovedTimes("facts", "recorded_at", 1, 2**40, 3, NOW),)),
    model.SettingsRecorded(("a", "b"), (), date(2019, 9, 1), (1, 2**40), "digest", (("a", "other"), ("b", "digest"))),
    model.RegisterLoaded("schools", "edubasealldata20261101.csv", "digest"),
)


def test_every_kind_of_fact_comes_back_as_it_was_recorded(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ids = record_facts(connection, HUB, NOW, "Zoë", CONTENTS)
    with reading(engine) as connection:
        facts = read_facts(connection, HUB, ALL)
        assert [fact.content for fact in facts] == list(CONTENTS)
        assert {(fact.recorded_at, fact.said_by) for fact in facts} == {(NOW, "Zoë")}
        assert [fact.id for fact in facts] == ids == list(range(1, len(CONTENTS) + 1))
        assert read_fact(connection, HUB, 5) == facts[4]
        assert read_fact(connection, HUB, 99) is None
    assert {type(content) for content in CONTENTS} | {model.Retracted} == set(model.FactContent.__args__)


def test_a_fact_that_was_withdrawn_is_gone_from_then_on_but_not_from_before(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        first, second = mark(connection), mark(connection, booking_id="B2")
        (withdrawal,) = record_facts(connection, HUB, LATER, "lead", [model.Retracted(first)])
    with reading(engine) as connection:
        assert [fact.id for fact in read_facts(connection, HUB, ALL)] == [second]
        assert [fact.id for fact in read_facts(connection, HUB, second)] == [first, second]
        assert [fact.id for fact in read_facts(connection, HUB, ALL, withdrawn_too=True)] == [first, second, withdrawal]
        assert (read_retraction(connection, HUB, first), read_retraction(connection, HUB, second)) == (withdrawal, None)


def test_facts_of_one_event_come_with_those_about_the_hub_in_order(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        mine, other = mark(connection, "101/2"), mark(connection, "102")
        (settings,) = record_facts(connection, HUB, NOW, "lead", [CONTENTS[-2]])
        (dates,) = record_facts(connection, HUB, NOW, "lead", [model.DateDeclared("101", 1, NOW, LATER)])
    with reading(engine) as connection:
        assert [fact.id for fact in read_facts(connection, HUB, ALL, ["101"])] == [mine, settings, dates]
        assert [fact.id for fact in read_facts(connection, HUB, ALL, [])] == [settings]
        of_kind = read_facts(connection, HUB, ALL, kinds=(model.DateDeclared, model.SettingsRecorded))
        assert [fact.id for fact in of_kind] == [settings, dates]
        assert read_events_with_facts(connection, HUB, since=0) == {"101", "102"}
        assert read_events_with_facts(connection, HUB, since=mine) == {"101", "102"}
        assert read_events_with_facts(connection, HUB, since=other) == {"101"}


def test_more_events_than_fit_in_one_query_are_read_in_one_order(engine: sa.Engine) -> None:
    events = [f"{number}" for number in range(1234, 0, -1)]
    with writing(engine) as connection:
        contents = [model.RegisterClosed(event_id) for event_id in events]
        ids = record_facts(connection, HUB, NOW, "lead", contents)
    with reading(engine) as connection:
        assert [fact.id for fact in read_facts(connection, HUB, ALL, [*events, *events])] == ids
        assert len(read_watched(connection, HUB)) == len(events)


def test_a_fact_puts_its_event_on_the_watch_list_and_so_does_its_withdrawal(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        marked = mark(connection, "101/2")
        assert read_watched(connection, HUB) == {"101": None}
        connection.execute(sa.text("DELETE FROM watched_events"))
        record_facts(connection, HUB, NOW, "lead", [model.Retracted(marked), CONTENTS[-1]])
        assert read_watched(connection, HUB) == {"101": None}


def test_messages_are_read_with_what_became_of_them_and_change_nothing_else(engine: sa.Engine) -> None:
    reminder = model.MessageBegun("reminder_days", "101 2019-11-05T10:00:00Z", 7, "101", ("B1",))
    with writing(engine) as connection:
        first, second = record_facts(connection, HUB, NOW, "messages", [reminder, reminder])
        (ended,) = record_facts(connection, HUB, NOW, "messages", [model.MessageEnded(first, "sent")])
        marked = mark(connection, "102")
    with reading(engine) as connection:
        sent, begun = Message(first, NOW, reminder, "sent"), Message(second, NOW, reminder, None)
        assert read_messages(connection, HUB) == [sent, begun]
        assert read_messages(connection, HUB, since=first) == [begun]
        assert read_messages(connection, HUB, since=ended) == read_messages(connection, 2) == []
        assert [fact.id for fact in read_facts(connection, HUB, ALL, kinds=model.JUDGED_FACTS)] == [marked]
        assert read_watched(connection, HUB) == {"102": None}


def test_no_facts_are_recorded_without_a_trace(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        assert record_facts(connection, HUB, NOW, "lead", []) == []
        assert newest_fact_id(connection, HUB) == 0


def test_an_empty_database_knows_nothing(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        assert read_facts(connection, HUB, ALL) == []
        assert read_newest_recording(connection, HUB) is None
        assert read_last_fact_id(connection, HUB, NOW) == 0
        assert read_retraction(connection, HUB, 1) is None


def test_the_horizon_of_an_instant_is_the_last_fact_recorded_by_then(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        mark(connection)
        (event,) = keep_events(connection, dataclasses.replace(EVENT, recorded_at=NOW))
        (read,) = keep_reads(connection, dataclasses.replace(READ, recorded_at=LATER))
        newest = mark(connection, at=LATER)
    with reading(engine) as connection:
        microsecond = timedelta(microseconds=1)
        assert read_last_fact_id(connection, HUB, NOW - microsecond) == 0
        assert read_last_fact_id(connection, HUB, NOW) == event.id
        assert read_last_fact_id(connection, HUB, LATER - microsecond) == event.id
        assert read_last_fact_id(connection, HUB, LATER) == newest > read.id
        assert read_last_fact_id(connection, HUB, datetime.max.replace(tzinfo=UTC)) == newest
        assert read_newest_recording(connection, HUB) == LATER


def test_facts_of_one_instant_are_told_apart_by_their_ids(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        ids = [mark(connection, booking_id=f"B{number}") for number in range(5)]
    with reading(engine) as connection:
        assert read_last_fact_id(connection, HUB, NOW) == ids[-1]
        assert [fact.id for fact in read_facts(connection, HUB, ids[2])] == ids[:3]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64])
def test_the_horizon_is_found_among_any_number_of_facts_with_gaps(engine: sa.Engine, count: int) -> None:
    instants = [NOW + timedelta(minutes=number // 2) for number in range(count)]
    with writing(engine) as connection:
        facts = {}
        for number, instant in enumerate(instants):
            facts[mark(connection, at=instant)] = instant
            if number % 3 == 0:
                keep_reads(connection, dataclasses.replace(READ, recorded_at=instant))
                keep_reads(connection, dataclasses.replace(READ, recorded_at=instant))
    with reading(engine) as connection:
        for instant in {*instants, NOW - timedelta(minutes=1), LATER}:
            known = {fact.id for fact in read_facts(connection, HUB, read_last_fact_id(connection, HUB, instant))}
            assert known == {fact_id for fact_id, at in facts.items() if at <= instant}


def test_another_hub_in_the_same_database_is_not_seen(engine: sa.Engine) -> None:
    with writing(engine) as connection:
        mark(connection)
        assert record_facts(connection, 2, LATER, "lead", [CONTENTS[0], CONTENTS[1]]) == [1, 2]
    with reading(engine) as connection:
        assert len(read_facts(connection, HUB, ALL)) == 1
        assert read_newest_recording(connection, HUB) == NOW
        assert read_last_fact_id(connection, 2, NOW) == 0

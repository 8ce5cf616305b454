"""The order and repetition of rows and pages do not matter, and planning what was just applied yields nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from eb_sync.eventbrite.translate import merge_rows
from eb_sync.model.bookings import KnownBooking
from eb_sync.model.readings import AttendeeList, AttendeeReading, CompleteRead, Profile, QuarantinedRow
from eb_sync.sync.plan import EventPlan, new_profile, plan_changed, plan_event
from policies.facts import BarcodeStatus, Presence
from tests.readings import EVENT, NOW_AT, ROW, observe


def build_reading(attendee_id: str, presence: Presence, changed: int, name: str) -> AttendeeReading:
    cancelled = presence is Presence.CANCELLED
    changed_at = NOW_AT + timedelta(minutes=changed)
    return replace(
        ROW,
        attendee_id=attendee_id,
        presence=presence,
        status=presence.value,
        cancelled=cancelled,
        refunded=cancelled,
        changed_at=changed_at,
        barcode_status=BarcodeStatus.REFUNDED if cancelled else BarcodeStatus.UNUSED,
        barcode_changed_at=changed_at,
        profile=Profile(name, f"{name}@example.org"),
    )


readings = st.builds(
    build_reading,
    st.sampled_from([str(number) for number in range(8)]),
    st.sampled_from([Presence.ACTIVE, Presence.CANCELLED, Presence.VANISHED]),
    st.integers(0, 3),
    st.sampled_from(["ann", "bob"]),
)
lists = st.lists(readings, max_size=16)


def complete(rows: tuple[AttendeeReading, ...], quarantined: tuple[QuarantinedRow, ...] = ()) -> CompleteRead:
    return CompleteRead(EVENT, AttendeeList(rows, quarantined, NOW_AT, None), NOW_AT)


def applied(known: dict[str, KnownBooking], plan: EventPlan) -> dict[str, KnownBooking]:
    """What would be known after the plan was written."""
    after = dict(known)
    for number, change in enumerate(plan.changes, 1):
        reading = change.reading
        before = known.get(change.attendee_id)
        if reading is None:
            assert before is not None
            gone = replace(before.observation, presence=change.presence, changed_at=None)
            after[change.attendee_id] = KnownBooking(gone, before.profile, before.newest_changed_at)
            continue
        profile = new_profile(before, reading) or (before.profile if before else Profile("", ""))
        earlier_at = before.newest_changed_at if before else None
        newest_changed_at = reading.changed_at if earlier_at is None else max(earlier_at, reading.changed_at)
        after[reading.attendee_id] = KnownBooking(observe(reading, number), profile, newest_changed_at)
    return after


@settings(max_examples=150, deadline=None, derandomize=True)
@given(lists, st.randoms(use_true_random=False))
def test_order_and_repetition_of_rows_do_not_matter(rows: list[AttendeeReading], chance: random.Random) -> None:
    shuffled = rows * 2
    chance.shuffle(shuffled)
    once = {row.attendee_id: (row.changed_at, row.presence is Presence.ACTIVE) for row in merge_rows(rows)}
    again = {row.attendee_id: (row.changed_at, row.presence is Presence.ACTIVE) for row in merge_rows(shuffled)}
    assert once == again


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(lists, min_size=1, max_size=4), st.booleans())
def test_planning_twice_yields_nothing(reads: list[list[AttendeeReading]], is_unreadable: bool) -> None:
    known: dict[str, KnownBooking] = {}
    for rows in reads:
        merged = merge_rows(rows)
        quarantined = (
            tuple(QuarantinedRow("attendee", "900", row.attendee_id, "x", NOW_AT) for row in merged[:1])
            if is_unreadable
            else ()
        )
        read = complete(merged[len(quarantined) :], quarantined)
        known = applied(known, plan_event(known, read))
        assert plan_event(known, read).changes == ()
        assert plan_changed("900", known, replace(read.attendees, quarantined=()), goes_ahead=True).changes == ()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(lists)
def test_a_row_without_an_id_keeps_absence_from_meaning_anything(rows: list[AttendeeReading]) -> None:
    known = applied({}, plan_event({}, complete(merge_rows(rows))))
    nameless = (QuarantinedRow("attendee", "900", "? page 1 row 1", "id: missing", NOW_AT),)
    plan = plan_event(known, complete((), nameless))
    assert plan.changes == ()
    assert plan.read is None

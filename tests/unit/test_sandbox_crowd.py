"""A crowded world is what its figures say."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.bench.crowd import crowd

NOON = datetime(2020, 1, 15, 12, 0, tzinfo=UTC)


def test_a_crowd_has_as_many_events_bookings_and_past_workshops_as_asked() -> None:
    world = crowd(NOON, events=8, per_event=12, past=5)
    assert len(world.events) == 8
    assert len(world.attendees) == 96
    assert sum(event.ends_at < NOON for event in world.events.values()) == 5
    assert world.now_at == NOON


def test_nothing_in_a_crowd_happened_after_its_clock() -> None:
    world = crowd(NOON, events=8, per_event=24, past=5)
    assert max(row.changed_at for row in world.attendees.values()) <= NOON
    assert any(row.cancelled for row in world.attendees.values())
    assert any(row.checked_in for row in world.attendees.values())


def test_what_is_prerendered_is_what_is_served() -> None:
    world = crowd(NOON, events=2, per_event=3, past=1)
    world.prerender()
    row = next(iter(world.attendees.values()))
    assert world.render_attendee(row, "events", frozenset()) is world.render_attendee(row, "events", frozenset())
    world.edit(row.id, name="Rowan Ash")
    assert b"Rowan Ash" in world.render_attendee(world.attendee(row.id), "events", frozenset())

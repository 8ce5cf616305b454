"""A large world in a moment, for benchmarks: many workshops, many teachers, some cancelled, some checked in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from eb_sync.sandbox.requested import NewEvent, Ticket
from eb_sync.sandbox.world import World

_BOOKED_BEFORE = timedelta(days=30)
_CANCEL_EVERY = 10
_ABSENT_EVERY = 7
_PER_SCHOOL = 2


def crowd(now_at: datetime, *, events: int = 200, per_event: int = 30, past: int = 150) -> World:
    """A world at `now_at` with one organisation and `events` weekday workshops, the first `past` of them over.

    Past ones end on the days before `now_at`, one a day, the rest begin on the days after. Every tenth booking is
    cancelled, some within a day of the start; past workshops have check-ins for most of the others.
    """
    world = World(now_at)
    world.create_organization("Larkmoor Maths Hub")
    for number in range(events):
        day = now_at.date() + timedelta(days=number - past + (1 if number >= past else 0))
        starts = datetime.fromisoformat(f"{day} 10:00+00:00")
        world.set_clock(min(starts, now_at) - _BOOKED_BEFORE)
        wish = NewEvent(f"Workshop {number + 1}", f"{day} 10:00", f"{day} 15:00", slug=f"larkmoor-{number + 1}")
        event_id = world.add_event(wish)
        ids = [world.book(event_id, [_ticket(number, seat)])[0] for seat in range(per_event)]
        _live_through(world, ids, starts, is_past=number < past)
    world.set_clock(now_at)
    return world


def _live_through(world: World, ids: list[str], starts: datetime, *, is_past: bool) -> None:
    booked_at = world.now_at
    for seat, attendee_id in enumerate(ids):
        if seat % _CANCEL_EVERY == 0:
            world.set_clock(
                starts - timedelta(hours=4 * (seat + 1)) if is_past else booked_at + timedelta(days=seat % 20)
            )
            world.cancel(attendee_id)
        elif is_past and seat % _ABSENT_EVERY:
            world.set_clock(starts)
            world.check_in(attendee_id)


def _ticket(event: int, seat: int) -> Ticket:
    """Two teachers a school, the same schools at every workshop; every fourth workshop meets other teachers."""
    school = seat // _PER_SCHOOL
    name = f"Teacher{seat} Number{event % 4}"
    answers = {
        "School name": f"Invented School {school}",
        "School URN": str(800_100 + school),
        "School postcode": f"ZZ{school % 90 + 10} 1ZZ",
        "Your role in school": "Maths Lead" if seat % _PER_SCHOOL == 0 else "Year 3 teacher",
        "Are you in a middle or senior leadership role?": "Yes" if seat % _PER_SCHOOL == 0 else "No",
    }
    return replace(Ticket(name, None, answers), email=f"teacher{seat}.{event % 4}@school{school}.example.org")

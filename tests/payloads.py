"""All of Unicode, all years and all numbers in the places of Eventbrite's payloads, and what puts them there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.hostile import Hostile
from tests.hub import Hub, run_command

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.text(st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")), max_size=8),
    st.sampled_from(["", " ", "\ud83d", "\0", "\x1b[31m", "x" * 5000, "\u4e00" * 3000, "=1+1", "a..b@x", "100001"]),
)
INSTANTS = st.one_of(
    st.builds(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}".format,
        st.integers(0, 10_000),
        st.integers(0, 13),
        st.integers(0, 32),
        st.integers(0, 24),
        st.integers(0, 60),
        st.integers(0, 60),
        st.sampled_from(["Z", "", "+14:00", "-12:00", "+23:59", ".999999Z"]),
    ),
    st.builds("{:04}-06-01T09:00:00Z".format, st.integers(1, 9999)),
    st.builds("20{:02}-{:02}-{:02}T10:00:00Z".format, st.integers(0, 99), st.integers(1, 12), st.integers(1, 28)),
)
NUMBERS = st.one_of(st.integers(-5, 60), st.integers(-(10**40), 10**40), st.floats())
WORDS = st.sampled_from(
    ["Attending", "Not Attending", "Checked In", "Deleted", "Transferred", "live", "canceled", "draft", "completed"]
)
ZONES = st.sampled_from(
    ["Europe/London", "Pacific/Kiritimati", "Etc/GMT+12", "UTC", "", "../../etc/passwd", "Nowhere/X"]
)
VALUES = st.one_of(TEXTS, INSTANTS, NUMBERS, WORDS, ZONES, st.none(), st.booleans())
ANYTHING = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
"""What may stand anywhere."""

_ATTENDEE = {
    "status": WORDS | TEXTS,
    "created": INSTANTS,
    "changed": INSTANTS,
    "profile.name": TEXTS,
    "profile.first_name": TEXTS,
    "profile.email": TEXTS,
    "profile.company": TEXTS,
    "profile": ANYTHING,
    "answers.0.answer": TEXTS,
    "answers.1.answer": TEXTS | NUMBERS,
    "answers": ANYTHING,
    "barcodes.0.status": WORDS | TEXTS,
    "barcodes.0.changed": INSTANTS,
    "cancelled": ANYTHING,
    "refunded": ANYTHING,
    "checked_in": ANYTHING,
    "ticket_class_id": ANYTHING,
    "order_id": ANYTHING,
    "event_id": ANYTHING,
    "id": ANYTHING,
}
_EVENT = {
    "name.text": TEXTS,
    "name": ANYTHING,
    "url": TEXTS | st.builds("https://{}.eventbrite.co.uk/e/{}".format, TEXTS, TEXTS),
    "vanity_url": TEXTS,
    "start.utc": INSTANTS,
    "end.utc": INSTANTS,
    "start.timezone": ZONES | TEXTS,
    "created": INSTANTS,
    "changed": INSTANTS,
    "status": WORDS | TEXTS,
    "venue.name": TEXTS,
    "series_id": ANYTHING,
    "organizer_id": ANYTHING,
    "is_series_parent": ANYTHING,
    "online_event": ANYTHING,
    "ticket_classes.0.quantity_sold": NUMBERS,
    "ticket_classes.0.category": TEXTS,
    "ticket_classes": ANYTHING,
    "event_sales_status.message_code": TEXTS | st.sampled_from(["event_cancelled", "event_postponed"]),
    "event_sales_status": ANYTHING,
    "id": ANYTHING,
}
_PAGINATION = {"object_count": NUMBERS, "page_count": NUMBERS, "continuation": TEXTS}

Change = tuple[int, str, Any]
"""Of which row (by number, going round) which place, dotted, becomes what."""


def _changes(places: dict[str, st.SearchStrategy[Any]], least: int, most: int) -> st.SearchStrategy[list[Change]]:
    change = st.sampled_from(sorted(places)).flatmap(
        lambda place: st.tuples(st.integers(0, 3), st.just(place), places[place])
    )
    return st.lists(change, min_size=least, max_size=most)


SPOILT = st.fixed_dictionaries(
    {
        "attendees": _changes(_ATTENDEE, 1, 5),
        "events": _changes(_EVENT, 0, 2),
        "pagination": _changes(_PAGINATION, 0, 1),
    }
)


def spoiler(spoilt: dict[str, list[Change]]) -> Callable[[Any], None]:
    """What alters each answer of a run in the same way."""

    def change(body: Any) -> None:  # noqa: ANN401 - JSON
        for kind in ("attendees", "events"):
            rows = body.get(kind) or []
            for number, place, value in spoilt[kind] if rows else ():
                _put(rows[number % len(rows)], place.split("."), value)
        for _, place, value in spoilt["pagination"]:
            _put(body.get("pagination"), [place], value)

    return change


def _put(row: Any, place: list[str], value: object) -> None:  # noqa: ANN401 - JSON
    for part in place[:-1]:
        row = _step(row, part)
    if isinstance(row, dict):
        row[place[-1]] = value


def _step(row: Any, part: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(row, list):
        return row[int(part)] if part.isdigit() and int(part) < len(row) else None
    return row.get(part) if isinstance(row, dict) else None


PROMISED = frozenset({0, 3, 65, 75, 76})
"""How a sync may end, whatever it is answered."""

_READING = (("workshops",), ("charges", "--json"), ("status", "--json"))


def set_scene(hub: Hub) -> None:
    """Two workshops, one of them near, with bookings; nothing waits for real."""
    hub.patch.setattr("eb_sync.eventbrite.client.time.sleep", lambda _seconds: None)
    for title, day in (("Fractions", "2019-11-05"), ("Ratio", "2020-03-10")):
        event = hub.event(title, f"{day} 10:00", f"{day} 15:00", slug=title.lower())
        for name in ("Ann", "Bob"):
            hub.book(event, f"{name} {title}")
    hub.at("2019-11-04 11:00")
    hub.sync()


def check_run(hostile: Hostile, spoilt: dict[str, list[Change]], *, reads: bool = True) -> int:
    """Sync with these payloads and, if it `reads`, show what was kept; gives how the sync ended."""
    hostile.alter(spoiler(spoilt))
    result = run_command("sync", "--full", "--json")
    assert result.code in PROMISED, result
    result.out.encode()
    for command in _READING if reads else ():
        read = run_command(*command)
        assert read.code == 0, (command, read)
        read.out.encode()
    return result.code

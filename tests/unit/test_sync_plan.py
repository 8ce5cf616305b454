"""What rows of the list of changes, and held reads, do to what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from eb_sync.model.bookings import KnownBooking, is_described_status
from eb_sync.model.readings import (
    AttendeeList,
    AttendeeReading,
    CompleteRead,
    EventReading,
    Profile,
    QuarantinedRow,
    TicketClass,
)
from eb_sync.sync.plan import (
    Change,
    EventPlan,
    SyncPlan,
    find_cut,
    keep_borne_out,
    new_profile,
    plan_changed,
    plan_event,
    same_event,
    split_by_event,
    undescribed_statuses,
)
from eb_sync.sync.suppress import without_stale_profiles
from policies.facts import Presence
from tests.readings import EARLIER_AT, EVENT, NOW_AT, ROW, observe, observe_event


def known(**presences: Presence) -> dict[str, KnownBooking]:
    """Bookings by id (`b1` is 1) in these states."""
    return {
        name[1:]: KnownBooking(replace(observe(ROW), attendee_id=name[1:], presence=presence), Profile("", ""))
        for name, presence in presences.items()
    }


def unreadable(attendee_id: str) -> QuarantinedRow:
    return QuarantinedRow("attendee", "900", attendee_id, "created: missing", NOW_AT)


def changed(*unreadable_ids: str) -> AttendeeList:
    return AttendeeList((), tuple(unreadable(attendee_id) for attendee_id in unreadable_ids), NOW_AT, None)


def test_an_unreadable_row_of_a_known_booking_is_noted_once_and_of_an_unknown_one_not_at_all() -> None:
    bookings = known(b1=Presence.ACTIVE, b2=Presence.UNREADABLE)
    plan = plan_changed("900", bookings, changed("1", "2", "3"), goes_ahead=True)
    assert [(c.attendee_id, c.presence, c.unseen_at) for c in plan.changes] == [("1", Presence.UNREADABLE, NOW_AT)]
    assert (plan.read, plan.would_end) == (None, 0)


def test_an_unreadable_booking_that_was_active_still_counts_for_the_brake() -> None:
    bookings = known(b1=Presence.UNREADABLE, b2=Presence.VANISHED)
    assert plan_changed("900", bookings, changed(), goes_ahead=True).active == 1


def read(*rows: AttendeeReading, unreadable_ids: tuple[str, ...] = ()) -> CompleteRead:
    quarantined = tuple(unreadable(attendee_id) for attendee_id in unreadable_ids)
    return CompleteRead(EVENT, AttendeeList(rows, quarantined, EARLIER_AT, None), EARLIER_AT)


def row(attendee_id: str, presence: Presence, changed_at: datetime = EARLIER_AT) -> AttendeeReading:
    return replace(ROW, attendee_id=attendee_id, presence=presence, changed_at=changed_at)


GONE, ENDED, THERE = Presence.VANISHED, Presence.CANCELLED, Presence.ACTIVE


@pytest.mark.parametrize(
    ("suspect", "later", "believed"),
    [
        (read(), read(), [GONE]),
        (read(), read(row("1", ENDED)), []),
        (read(), read(row("1", GONE)), [GONE]),
        (read(), read(row("1", THERE)), []),
        (read(), read(unreadable_ids=("1",)), [GONE]),
        (read(row("1", ENDED)), read(row("1", ENDED)), [ENDED]),
        (read(row("1", ENDED)), read(row("1", ENDED, NOW_AT)), [ENDED]),
        (read(row("1", ENDED)), read(), [ENDED]),
        (read(row("1", ENDED)), read(unreadable_ids=("1",)), [ENDED]),
        (read(row("1", ENDED)), read(row("1", THERE, NOW_AT)), []),
        (read(row("1", THERE, NOW_AT)), read(), [THERE]),
        (read(unreadable_ids=("1",)), read(), []),
    ],
)
def test_of_rows_that_looked_wrong_the_bookings_count_and_ends_that_the_later_read_shows(
    suspect: CompleteRead, later: CompleteRead, believed: list[Presence]
) -> None:
    plan = keep_borne_out(plan_event(known(b1=Presence.ACTIVE), suspect), later)
    assert ([change.presence for change in plan.changes], plan.read) == (believed, None)


def test_a_row_is_missing_since_the_attendees_were_read_not_since_the_event_was() -> None:
    later = replace(read(), attendees=AttendeeList((), (), NOW_AT, 0))
    assert [c.unseen_at for c in plan_event(known(b1=Presence.ACTIVE), later).changes] == [NOW_AT]


ANN, BOB = Profile("Ann Archer", "ann@ash.example.org"), Profile("Bob Baker", "bob@ash.example.org")


def booked(profile: Profile, newest_changed_at: datetime | None) -> KnownBooking:
    return KnownBooking(replace(observe(ROW), changed_at=newest_changed_at), profile, newest_changed_at)


def test_what_was_typed_counts_unless_the_page_is_older_than_one_read_before() -> None:
    edited = replace(ROW, changed_at=NOW_AT, profile=BOB)
    assert new_profile(None, edited) == BOB
    assert new_profile(booked(ANN, EARLIER_AT), edited) == BOB
    assert new_profile(booked(ANN, NOW_AT), edited) == BOB
    assert new_profile(booked(ANN, None), edited) == BOB
    assert new_profile(booked(BOB, EARLIER_AT), edited) is None
    assert new_profile(booked(ANN, NOW_AT), replace(edited, changed_at=EARLIER_AT)) is None


def test_a_row_whose_names_are_not_kept_leaves_the_booking_what_it_has() -> None:
    forgotten = replace(ROW, changed_at=NOW_AT, profile=None)
    assert new_profile(booked(ANN, EARLIER_AT), forgotten) is None
    assert new_profile(None, forgotten) == Profile("", "")
    later = AttendeeList((forgotten,), (), NOW_AT, None)
    again = {"1": replace(booked(ANN, NOW_AT), observation=observe(forgotten))}
    assert plan_changed("900", again, later, goes_ahead=True).changes == ()


def test_an_older_page_is_held_without_what_was_typed() -> None:
    stale, other = replace(ROW, profile=ANN), replace(ROW, attendee_id="2", profile=ANN)
    rows = AttendeeList((stale, other), (), NOW_AT, None)
    read = CompleteRead(EVENT, rows, NOW_AT)
    kept = (replace(stale, profile=None), other)
    assert without_stale_profiles({"1": booked(BOB, NOW_AT)}, rows) == replace(rows, attendees=kept)
    assert without_stale_profiles({"1": booked(BOB, NOW_AT)}, read) == replace(
        read, attendees=replace(rows, attendees=kept)
    )
    assert without_stale_profiles({"1": booked(BOB, EARLIER_AT)}, rows) is rows


def listing(seats: str, others: str = "") -> EventReading:
    """The event with these ticket classes, a letter each."""
    classes = [TicketClass(each, "admission", None) for each in seats]
    classes += [TicketClass(each, "add_on", None) for each in others]
    return replace(EVENT, ticket_classes=tuple(classes))


@pytest.mark.parametrize(
    ("before", "now", "is_same"),
    [
        ([listing("s", "l")], listing("s", "l"), True),
        ([listing("s", "l")], listing("s"), True),
        ([listing("s", "l")], listing(""), True),
        ([listing("s", "l"), listing("s")], listing("s", "l"), True),
        ([listing("s")], listing("st"), False),
        ([listing("s")], listing("s", "l"), False),
        ([listing("s")], listing("", "s"), False),
        ([listing("s", "l")], listing("sl"), False),
        ([listing("s", "l"), listing("sl")], listing("s", "l"), True),
        ([listing("s", "l"), listing("sl")], listing("sl"), True),
    ],
)
def test_an_event_is_observed_anew_where_a_ticket_class_is_described_as_it_never_was(
    before: list[EventReading], now: EventReading, is_same: bool
) -> None:
    assert same_event([observe_event(each) for each in before], now) is is_same


def test_an_event_observed_before_seats_were_recorded_is_observed_once_more() -> None:
    legacy = replace(observe_event(listing("s", "l")), seat_classes=None)
    assert not same_event([legacy], listing("s", "l"))
    assert same_event([legacy, observe_event(listing("s", "l"))], listing("s", "l"))
    assert same_event([legacy], listing("", "l"))


def test_an_event_is_observed_anew_where_a_kept_field_differs_from_the_newest() -> None:
    renamed = replace(EVENT, title="Ratio")
    assert not same_event([observe_event(EVENT)], renamed)
    assert not same_event([observe_event(renamed), observe_event(EVENT)], renamed)
    assert same_event([observe_event(EVENT)], replace(EVENT, status="started", changed_at=NOW_AT))


@pytest.mark.parametrize(
    ("status", "is_described"),
    [
        *((word, True) for word in ("Attending", "Not Attending", "Checked In", "Deleted", "checked in")),
        *((word, False) for word in ("", " ", "Unpaid", "Transferred", "Refund Requested", "Attending.")),
    ],
)
def test_only_words_that_somebody_described_say_anything(status: str, is_described: bool) -> None:
    assert is_described_status(status) is is_described


def test_the_words_that_nobody_has_described_are_those_of_rows_that_were_read_and_differ() -> None:
    moved = replace(ROW, status="Transferred")
    words = [moved, replace(ROW, attendee_id="2", status=""), replace(ROW, attendee_id="3", status="Deleted")]
    plan = plan_event(known(b4=Presence.ACTIVE), read(*words))
    assert undescribed_statuses(SyncPlan(applied=(plan,))) == {"Transferred"}
    again = {"1": KnownBooking(observe(moved), Profile("", ""))}
    assert undescribed_statuses(SyncPlan(applied=(plan_event(again, read(moved)),))) == frozenset()


def test_what_was_cut_is_found_in_what_is_new_and_not_in_what_is_unread() -> None:
    long, whole = "x" * 1999 + "…", replace(EVENT, id="2")
    events = (replace(EVENT, id="1", title=long), whole, replace(EVENT, id="3", venue=long))
    rows = [
        replace(ROW, attendee_id="1", profile=Profile("Ann", "", role=long)),
        replace(ROW, attendee_id="2", profile=Profile("Bob", "")),
        replace(ROW, attendee_id="3", profile=None, status=long),
    ]
    changes = [Change("900", row.attendee_id, Presence.ACTIVE, None, row) for row in rows]
    changes.append(Change("900", "4", Presence.VANISHED, None, None))
    plan = SyncPlan(new_events=events, applied=(EventPlan("900", tuple(changes), None, True, 0, 0),))
    assert find_cut(plan) == ("1", "3", "1", "3")


def test_a_changed_row_that_could_not_be_read_is_its_events_if_it_says_which_it_is_of() -> None:
    rows = (unreadable("1"), replace(unreadable("?2"), event_id=None))
    found = split_by_event(AttendeeList((ROW,), rows, NOW_AT, None))
    assert {event_id: (len(of.attendees), len(of.quarantined)) for event_id, of in found.items()} == {"900": (1, 1)}

"""The oracle objects where it has to: each true reason alone is enough, and without one it says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.property.hub_objections import objections
from tests.property.hub_truth import Said, Spell, TrueBooking, TrueDate, TrueWorkshop, Truth

STARTS_AT = datetime(2019, 11, 5, 10, tzinfo=UTC)
ENDS_AT = STARTS_AT + timedelta(hours=5)
BOOKED_AT = STARTS_AT - timedelta(days=20)
LATER = ENDS_AT + timedelta(days=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Change = Callable[[Truth], object]


def absent_teacher() -> Truth:
    """Somebody who booked, did not come, and whose register is closed."""
    truth = Truth(LATER)
    dates = [TrueDate(BOOKED_AT - DAY, STARTS_AT, ENDS_AT)]
    truth.workshops["900"] = TrueWorkshop("900", "900", dates)
    truth.bookings["B1"] = TrueBooking("1", "900", "O1", BOOKED_AT, ("Ann", "ann@school.example.org"), "Elm Nursery")
    truth.said = [said(1, "mark", "B1", "absent"), said(2, "close", None)]
    truth.reads = [BOOKED_AT + HOUR, LATER]
    truth.syncs = [BOOKED_AT + HOUR, LATER]
    return truth


def said(fact_id: int, kind: str, who: str | None, word: str = "") -> Said:
    return Said(fact_id, ENDS_AT, kind, "900", who, word)


def told(kind: str, who: str | None, word: str = "") -> Change:
    return lambda truth: truth.said.append(said(9, kind, who, word))


def ended(before_start: timedelta, *, cancelled: bool = True) -> Change:
    return lambda truth: truth.bookings["B1"].spells.append(Spell(STARTS_AT - before_start, None, cancelled=cancelled))


def noticed(before_start: timedelta, who: str) -> Change:
    notice = Said(9, ENDS_AT, "notice", "900", who, received_at=STARTS_AT - before_start)
    return lambda truth: truth.said.append(notice)


def twin_came(truth: Truth) -> None:
    truth.bookings["B2"] = TrueBooking("2", "900", "O2", BOOKED_AT, ("Ann", "ann@school.example.org"), None)
    truth.said.append(said(9, "mark", "B2", "present"))


def booked_twice(kind: str, word: str = "", received_at: datetime | None = None) -> Change:
    """Something is said of the person's other booking."""

    def change(truth: Truth) -> None:
        truth.bookings["B2"] = TrueBooking("2", "900", "O2", BOOKED_AT, ("Ann", "ann@school.example.org"), None)
        truth.said.append(Said(9, ENDS_AT, kind, "900", "B2", word, received_at))

    return change


def namesake_came(truth: Truth) -> None:
    truth.bookings["B2"] = TrueBooking("2", "900", "O2", BOOKED_AT, ("Mrs Ann", "other@school.example.org"), None)
    truth.said.append(said(9, "mark", "B2", "present"))


def is_now(**fields: object) -> Change:
    def change(truth: Truth) -> None:
        for name, value in fields.items():
            setattr(truth.bookings["B1"], name, value)

    return change


def declared_late(truth: Truth) -> None:
    truth.workshops["900"].declared_at = STARTS_AT - HOUR


def substitute_came(truth: Truth) -> None:
    truth.bookings["B2"] = TrueBooking("2", "900", "O2", BOOKED_AT, ("Bob", "bob@school.example.org"), None)
    truth.said += [said(8, "mark", "B2", "present"), said(9, "link", None, "B2>B1")]


def moved(truth: Truth) -> None:
    date = TrueDate(BOOKED_AT + DAY, STARTS_AT - DAY, ENDS_AT - DAY)
    truth.workshops["900"].dates.append(date)
    truth.reads.insert(1, BOOKED_AT + 2 * DAY)


REASONS: dict[str, Change] = {
    "marked as having come": told("mark", "B1", "late"),
    "waived": told("answer", "B1", "waive"),
    "the register is open": told("reopen", None),
    "the hub called it off": told("cancel", None),
    "exempt": told("exemption", "B1", "approved"),
    "replaced by a colleague who was marked present": substitute_came,
    "booked after the start": lambda truth: setattr(truth.bookings["B1"], "booked_at", STARTS_AT),
    "not over": lambda truth: setattr(truth, "now_at", ENDS_AT - HOUR),
    "never read after the end": lambda truth: truth.syncs.remove(LATER),
    "called off on Eventbrite before the start": lambda truth: truth.workshops["900"].off.append(
        (STARTS_AT - HOUR, True)
    ),
    "cancelled in time": ended(DAY),
    "vanished, and nobody was asked": ended(HOUR, cancelled=False),
    "notice in time was recorded": noticed(DAY, "B1"),
    "moved to another day": moved,
    "checked in": lambda truth: truth.bookings["B1"].check_ins.append((STARTS_AT, True)),
    "nobody said that they were absent": told("mark", "B1", "unmarked"),
    "the school is exempt": told("exemption", "Elm Nursery", "approved"),
    "the same person attended": twin_came,
    "waived for their booking B2": booked_twice("answer", "waive"),
    "exempt for their booking B2": booked_twice("exemption", "approved"),
    "notice in time for their booking B2": booked_twice("notice", received_at=STARTS_AT - DAY),
    "perhaps they came by B2": namesake_came,
    "perhaps they walked in": told("walk_in", "W1", "Ann"),
    "a status that nobody has described": is_now(is_reworded=True),
    "an add-on": is_now(is_add_on=True),
    "the person was erased": is_now(erased=1),
    "the day was declared when notice was possible no more": declared_late,
    "its days are not known": lambda truth: setattr(truth.workshops["900"], "is_undeclared", True),
}


def test_nothing_speaks_against_charging_somebody_who_stayed_away() -> None:
    truth = absent_teacher()

    assert objections(truth, truth.workshops["900"], "B1", whole=True) == []


@pytest.mark.parametrize("change", [ended(DAY - HOUR), noticed(DAY - HOUR, "B1")])
def test_nor_somebody_whose_notice_was_late(change: Change) -> None:
    truth = absent_teacher()
    change(truth)

    assert objections(truth, truth.workshops["900"], "B1", whole=True) == []


@pytest.mark.parametrize("reason", REASONS)
def test_each_true_reason_alone_speaks_against_a_charge(reason: str) -> None:
    truth = absent_teacher()
    REASONS[reason](truth)

    found = objections(truth, truth.workshops["900"], "B1", whole=True)

    assert any(objection.startswith(reason) for objection in found), found


def test_what_was_withdrawn_speaks_no_more() -> None:
    truth = absent_teacher()
    REASONS["waived"](truth)
    truth.retracted.add(9)

    assert objections(truth, truth.workshops["900"], "B1", whole=True) == []


def test_nobody_is_charged_for_a_booking_that_was_never_made() -> None:
    truth = absent_teacher()

    assert objections(truth, truth.workshops["900"], "W1", whole=True) == ["nobody booked this"]

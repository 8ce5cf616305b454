"""Why somebody must not be charged: all that is true, also because of who they are, and of what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.property.hub_truth import (
    TrueBooking,
    TrueWorkshop,
    Truth,
    canonical,
    deadline_of,
    is_replaced,
    lead_objections,
    notices_of,
    other_objections,
    state_of,
    time_objections,
)


def objections(truth: Truth, workshop: TrueWorkshop, who: str, *, whole: bool) -> list[str]:
    """Why this place must not be charged now, one phrase for each reason."""
    booking = truth.bookings.get(who)
    if booking is None:
        return ["nobody booked this"]
    found = [*lead_objections(truth, workshop, booking)]
    if whole:
        found += [*time_objections(truth, workshop, booking), *other_objections(truth, workshop, booking)]
        found += [*absence_objections(truth, workshop, booking), *person_objections(truth, workshop, booking)]
    return found


def absence_objections(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[str]:
    """From what nobody can know without asking."""
    answers = truth.answers(workshop.id, booking.reference)
    if workshop.is_undeclared:
        yield "its days are not known"
    if booking.is_reworded and not answers & {"late", "charge"}:
        yield "a status that nobody has described"
    if booking.is_add_on and "charge" not in answers:
        yield "an add-on"
    ends_at = truth.known_dates(workshop)[-1].ends_at
    # once the workshop is over, who had come was known (decision 148)
    erased_before = booking.erased and (booking.erased_at is None or booking.erased_at < ends_at)
    if erased_before and not booking.is_unsure and "charge" not in answers:
        yield "the person was erased"
    declared_at, first = workshop.declared_at, workshop.dates[0]
    if declared_at is not None and "charge" not in answers:
        too_late = declared_at > first.starts_at - timedelta(hours=24)
        if too_late and booking.booked_at < declared_at - truth.skew:
            yield "the day was declared when notice was possible no more"


def person_objections(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[str]:
    """From the person's other bookings there, and from those of whoever perhaps is the same."""
    if booking.is_unsure:
        return
    others = same_person(truth, booking)
    if any(truth.came(workshop, other.reference) for other in others):
        yield "the same person attended"
    deadline_at = deadline_of(truth.known_dates(workshop), booking.booked_at, truth.skew)
    for other in others:
        if any(at <= deadline_at for at in notices_of(truth, workshop, other)):
            yield f"notice in time for their booking {other.reference}"
        yield from _said_of(truth, workshop, other)
    if "charge" not in truth.answers(workshop.id, booking.reference):
        yield from _suspicions(truth, workshop, booking)


def _said_of(truth: Truth, workshop: TrueWorkshop, other: TrueBooking) -> Iterator[str]:
    """What leads said of another booking of the person."""
    who = other.reference
    if "waive" in truth.answers(workshop.id, who):
        yield f"waived for their booking {who}"
    if any(state_of(truth, claim) == "approved" for claim in truth.heard("exemption", workshop.id, who)):
        yield f"exempt for their booking {who}"
    if is_replaced(truth, workshop, other):
        yield f"replaced for their booking {who}"


def _suspicions(truth: Truth, workshop: TrueWorkshop, booking: TrueBooking) -> Iterator[str]:
    if is_seat(truth, booking) or booking.erased:
        return
    name = canonical(booking.person[0])
    if any(canonical(walk_in.word) == name for walk_in in truth.heard("walk_in", workshop.id)):
        yield "perhaps they walked in"
    for other in _beside(truth, booking):
        if not other.erased and _is_alike(booking, other) and truth.came(workshop, other.reference):
            yield f"perhaps they came by {other.reference}"


def _is_alike(one: TrueBooking, other: TrueBooking) -> bool:
    (name, email, _), (other_name, other_email, _) = one.identity, other.identity
    return name == other_name or (email == other_email and bool({*name.split()} & {*other_name.split()}))


def _beside(truth: Truth, booking: TrueBooking) -> list[TrueBooking]:
    """Other bookings on the page by somebody who can be told from others; add-ons are none."""
    return [
        other
        for other in truth.bookings.values()
        if other is not booking
        and other.event_id == booking.event_id
        and not other.is_gone
        and not other.is_add_on
        and not other.is_unsure
        and not is_seat(truth, other)
    ]


def is_seat(truth: Truth, booking: TrueBooking) -> bool:
    """Whether an order has several bookings under this name and address: seats are nobody's."""
    here = [other for other in truth.bookings.values() if other.event_id == booking.event_id]
    orders = [(other.order_id, other.identity) for other in here]
    return orders.count((booking.order_id, booking.identity)) > 1


def same_person(truth: Truth, booking: TrueBooking) -> list[TrueBooking]:
    """Other bookings there by somebody of the same name and address."""
    if is_seat(truth, booking):
        return []
    return [other for other in _beside(truth, booking) if other.identity == booking.identity]

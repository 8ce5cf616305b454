"""What happens to bookings: made, cancelled, deleted, scanned, edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from eb_sync.sandbox.events import EventVerbs
from eb_sync.sandbox.requested import Ticket
from eb_sync.sandbox.rows import Attendee, AttendeeStatus, Barcode, Event, Order, Profile, TicketClass

CHECKOUT = timedelta(seconds=14)
"""How long a checkout takes: an order's creation is its start, an attendee's its end."""


class BookingVerbs(EventVerbs):
    """Verbs on orders and attendees. Each takes effect at once; attendees are named by their ids."""

    def book(
        self, event_id: str, tickets: Sequence[Ticket], *, order_id: str | None = None, guest: bool = False
    ) -> tuple[str, ...]:
        """Place one order; returns the attendees' ids in the order of the tickets.

        Where the form asks for the buyer alone, all tickets get the first one's profile and answers, and the ids
        `X`, `X-1`, `X-2`. `guest` puts them on the guest list, as an organiser does.
        """
        event = self.event(event_id)
        if event.is_series_parent:
            raise ValueError("A series is booked by its dates: give the id of a child.")
        with self.lock:
            return self._place_order(event, tickets, order_id, guest=guest)

    def cancel(self, attendee_id: str, *, stamped_at: datetime | None = None) -> None:
        """Cancel one attendee: `Not Attending`, cancelled and refunded, barcode refunded, both `changed` moved.

        `stamped_at` dates the two stamps otherwise than now: a slow replica shows an earlier one.
        """
        self._end(attendee_id, AttendeeStatus.NOT_ATTENDING, stamped_at)

    def delete(self, attendee_id: str, *, entirely: bool = False) -> None:
        """Delete one attendee: status `Deleted`, listed under `not_attending` only, or `entirely` nowhere at all."""
        if entirely:
            self.attendee(attendee_id)
            self.drop_attendee(attendee_id)
        else:
            self._end(attendee_id, AttendeeStatus.DELETED, None)

    def revive(self, attendee_id: str) -> None:
        """Take a cancellation or deletion back: the same row is attending again, with a fresh stamp."""
        row = self.attendee(attendee_id)
        barcode = replace(row.barcode, status="unused", changed_at=self.stamp_at)
        self.put_attendee(
            replace(
                row,
                status=AttendeeStatus.ATTENDING,
                cancelled=False,
                checked_in=False,
                changed_at=self.stamp_at,
                barcode=barcode,
            )
        )

    def check_in(self, attendee_id: str, *, method: str = "scan", moves_changed: bool = False) -> None:
        """Check one attendee in by `scan` or `search`; recordings disagree on whether its `changed` moves."""
        row = self.attendee(attendee_id)
        if row.cancelled:
            raise ValueError(f"Attendee {attendee_id} is cancelled and cannot be checked in.")
        self.put_attendee(
            replace(
                row,
                status=AttendeeStatus.CHECKED_IN,
                checked_in=True,
                changed_at=self.stamp_at if moves_changed else row.changed_at,
                barcode=replace(row.barcode, status="used", changed_at=self.stamp_at, checkin_method=method),
            )
        )

    def undo_check_in(self, attendee_id: str) -> None:
        """Undo a check-in: only the barcode's stamp moves, and it keeps its check-in method."""
        row = self.attendee(attendee_id)
        if not row.checked_in:
            raise ValueError(f"Attendee {attendee_id} is not checked in.")
        barcode = replace(row.barcode, status="unused", changed_at=self.stamp_at)
        self.put_attendee(replace(row, status=AttendeeStatus.ATTENDING, checked_in=False, barcode=barcode))

    def edit(
        self,
        attendee_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        job_title: str | None = None,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        """Change what is given of profile and answers (by label); the id stays, `changed` moves."""
        row = self.attendee(attendee_id)
        profile = replace(
            row.profile,
            name=name or row.profile.name,
            email=email or row.profile.email,
            job_title=job_title or row.profile.job_title,
        )
        given = dict(row.answers) | dict(_answers(self.event(row.event_id), answers or {}))
        self.put_attendee(replace(row, profile=profile, answers=tuple(given.items()), changed_at=self.stamp_at))

    def reword_status(self, attendee_id: str, word: str | None) -> None:
        """Show another word for a booking's status, which flags and lists do not follow; None: its own again."""
        self.put_attendee(replace(self.attendee(attendee_id), status_word=word, changed_at=self.stamp_at))

    def _end(self, attendee_id: str, status: AttendeeStatus, stamped_at: datetime | None) -> None:
        row = self.attendee(attendee_id)
        stamp_at = stamped_at or self.stamp_at
        barcode = replace(row.barcode, status="refunded", changed_at=stamp_at)
        self.put_attendee(replace(row, status=status, cancelled=True, changed_at=stamp_at, barcode=barcode))

    def _place_order(
        self, event: Event, tickets: Sequence[Ticket], order_id: str | None, *, guest: bool
    ) -> tuple[str, ...]:
        order = Order(
            id=order_id or self.ids.allot("order"),
            event_id=event.id,
            created_at=self.stamp_at - CHECKOUT,
            changed_at=self.stamp_at,
            buyer=_profile(tickets[0]),
        )
        self.put_order(order)
        shared = event.survey_respondent == "ticket_buyer"
        stem = tickets[0].attendee_id or self.ids.allot("attendee")
        placed: list[str] = []
        for number, ticket in enumerate(tickets):
            seat = replace(
                tickets[0] if shared else ticket,
                attendee_id=self._seat_id(stem, ticket, number, shared=shared),
                ticket_class=ticket.ticket_class,
            )
            row = self._build_attendee(event, order, seat, number)
            self.put_attendee(replace(row, is_guest=guest))
            placed.append(row.id)
        return tuple(placed)

    def _seat_id(self, stem: str, ticket: Ticket, number: int, *, shared: bool) -> str:
        if number == 0:
            return stem
        return f"{stem}-{number}" if shared else ticket.attendee_id or self.ids.allot("attendee")

    def _build_attendee(self, event: Event, order: Order, ticket: Ticket, number: int) -> Attendee:
        row_id = ticket.attendee_id or self.ids.allot("attendee")
        ticket_class = _ticket_class(event, ticket.ticket_class)
        code = f"{order.id}{row_id.partition('-')[0]}{number + 1:03}"
        return Attendee(
            id=row_id,
            order_id=order.id,
            event_id=event.id,
            ticket_class_id=ticket_class.id,
            ticket_class_name=ticket_class.name,
            created_at=self.stamp_at,
            changed_at=self.stamp_at,
            status=AttendeeStatus.ATTENDING,
            checked_in=False,
            cancelled=False,
            profile=_profile(ticket),
            answers=_answers(event, ticket.answers),
            barcode=Barcode(code, "unused", self.stamp_at, self.stamp_at),
        )


def _profile(ticket: Ticket) -> Profile:
    return Profile(ticket.name, ticket.email, ticket.company, ticket.job_title)


def _answers(event: Event, answers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    ids = {question.label: question.id for question in event.questions}
    unknown = answers.keys() - ids.keys()
    if unknown:
        raise LookupError(f"Event {event.id} does not ask: {', '.join(sorted(unknown))}.")
    return tuple((ids[label], text) for label, text in answers.items())


def _ticket_class(event: Event, name: str | None) -> TicketClass:
    for ticket_class in event.ticket_classes:
        if name in {None, ticket_class.name}:
            return ticket_class
    raise LookupError(f"Event {event.id} has no ticket class {name!r}.")

"""What an organiser does to events: create, copy, move, call off, unpublish, remove."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from eb_sync.sandbox.requested import NewEvent, NewSeries, NewVenue
from eb_sync.sandbox.rows import Event, Organization, Question, SalesNotice, TicketClass, Venue
from eb_sync.sandbox.state import State


class EventVerbs(State):
    """Verbs on organisations and events. Each takes effect at once and moves the event's `changed`."""

    def create_organization(self, name: str, *, organization_id: str | None = None) -> str:
        """Create an organisation and let every account with a user see it; returns its id."""
        organization = Organization(organization_id or self.ids.allot("organization"), name, self.stamp_at)
        with self.lock:
            self.organizations[organization.id] = organization
            self.organizer_ids[organization.id] = self.ids.allot("organizer")
            for token, account in self.accounts.items():
                if account.user_id:
                    seen = (*account.organization_ids, organization.id)
                    self.accounts[token] = replace(account, organization_ids=seen)
        return organization.id

    def add_event(self, wish: NewEvent) -> str:
        """Create an event, published unless it is wished a draft; returns its id. Needs an organisation."""
        event = self._build_event(wish)
        self.put_event(event)
        return event.id

    def add_series(self, wish: NewSeries) -> tuple[str, tuple[str, ...]]:
        """Create a series parent and its children; returns the parent's id and the children's in order of date."""
        parent = replace(self._build_event(wish.pattern), is_series_parent=True)
        self.put_event(parent)
        child_ids = wish.child_ids or (None,) * len(wish.dates)
        children: list[str] = []
        for (starts, ends), child_id in zip(wish.dates, child_ids, strict=True):
            dated = replace(wish.pattern, starts=starts, ends=ends, id=child_id)
            child = replace(self._build_event(dated), series_id=parent.id)
            self.put_event(child)
            children.append(child.id)
        return parent.id, tuple(children)

    def copy_event(self, event_id: str, starts: str, ends: str) -> str:
        """Copy an event into a draft with new ids for itself, its ticket classes and its questions; returns the id."""
        original = self.event(event_id)
        copied = replace(
            original,
            id=self.ids.allot("event"),
            slug=None,
            series_id=None,
            sales_notice=None,
            starts_at=_parse_local(starts, original.timezone),
            ends_at=_parse_local(ends, original.timezone),
            created_at=self.stamp_at,
            changed_at=self.stamp_at,
            published_at=None,
            ticket_classes=tuple(replace(each, id=self.ids.allot("ticket_class")) for each in original.ticket_classes),
            questions=tuple(replace(each, id=self.ids.allot("question")) for each in original.questions),
        )
        self.put_event(copied)
        return copied.id

    def publish(self, event_id: str) -> None:
        """Turn a draft into a live event."""
        self._change_event(replace(self.event(event_id), published_at=self.stamp_at))

    def unpublish(self, event_id: str) -> None:
        """Turn an event back into a draft; its bookings stay."""
        self._change_event(replace(self.event(event_id), published_at=None))

    def move(self, event_id: str, starts: str, ends: str) -> None:
        """Give an event another date or time, local in its zone."""
        event = self.event(event_id)
        self._change_event(
            replace(
                event,
                starts_at=_parse_local(starts, event.timezone),
                ends_at=_parse_local(ends, event.timezone),
            )
        )

    def rename(self, event_id: str, title: str) -> None:
        """Give an event another title."""
        self._change_event(replace(self.event(event_id), title=title))

    def call_off(self, event_id: str) -> None:
        """Mark an event as cancelled in the web editor: only `event_sales_status` says so, `status` stays."""
        self._change_event(replace(self.event(event_id), sales_notice=SalesNotice.CANCELLED))

    def postpone(self, event_id: str) -> None:
        """Mark an event as postponed, likewise."""
        self._change_event(replace(self.event(event_id), sales_notice=SalesNotice.POSTPONED))

    def reinstate_event(self, event_id: str) -> None:
        """Take the marks of `call_off`, `postpone` and `cancel_event` back."""
        self._change_event(replace(self.event(event_id), sales_notice=None, is_canceled=False))

    def cancel_event(self, event_id: str) -> None:
        """Give an event the status `canceled`; ValueError while it has active bookings, as Eventbrite refuses it."""
        if any(not attendee.cancelled for attendee in self.attendees_of(event_id)):
            raise ValueError(f"Event {event_id} has active bookings: call it off instead.")
        self._change_event(replace(self.event(event_id), is_canceled=True))

    def remove_event(self, event_id: str) -> None:
        """Delete an event: 404, and gone from every list."""
        self.event(event_id)
        self.drop_event(event_id)

    def reword_question(self, event_id: str, label: str, new_label: str) -> None:
        """Change a question's wording; its id, and the answers given, stay."""
        event = self.event(event_id)
        questions = tuple(replace(each, label=new_label) if each.label == label else each for each in event.questions)
        self._change_event(replace(event, questions=questions))

    def unlist_ticket_class(self, event_id: str, name: str) -> None:
        """Leave a ticket class out of the event's list; its bookings stay."""
        event = self.event(event_id)
        classes = tuple(each for each in event.ticket_classes if each.name != name)
        self._change_event(replace(event, ticket_classes=classes))

    def recategorise_ticket_class(self, event_id: str, name: str, category: str) -> None:
        """List a ticket class as `admission`, `add_on` or `donation` from now on."""
        event = self.event(event_id)
        classes = (replace(each, category=category) if each.name == name else each for each in event.ticket_classes)
        self._change_event(replace(event, ticket_classes=tuple(classes)))

    def _change_event(self, event: Event) -> None:
        self.put_event(replace(event, changed_at=self.stamp_at))

    def _build_event(self, wish: NewEvent) -> Event:
        organization_id = wish.organization_id or next(iter(self.organizations))
        classes = tuple(
            TicketClass(self.ids.allot("ticket_class"), each.name, each.category, each.capacity)
            for each in wish.ticket_classes
        )
        return Event(
            id=wish.id or self.ids.allot("event"),
            organization_id=organization_id,
            organizer_id=wish.organizer_id or self.organizer_ids[organization_id],
            title=wish.title,
            summary=wish.summary or wish.title,
            slug=wish.slug,
            timezone=wish.timezone,
            starts_at=_parse_local(wish.starts, wish.timezone),
            ends_at=_parse_local(wish.ends, wish.timezone),
            created_at=self.stamp_at,
            changed_at=self.stamp_at,
            published_at=None if wish.draft else self.stamp_at,
            capacity=sum(each.capacity for each in classes if each.category == "admission"),
            venue=self._build_venue(wish.venue),
            ticket_classes=classes,
            questions=tuple(Question(self.ids.allot("question"), label) for label in wish.questions),
            canned_questions=wish.canned_questions,
            survey_respondent=wish.survey_respondent,
        )

    def _build_venue(self, wish: NewVenue | None) -> Venue | None:
        if wish is None:
            return None
        return Venue(self.ids.allot("venue"), wish.name, wish.address_1, wish.city, wish.postal_code)


def _parse_local(text: str, timezone: str) -> datetime:
    """The UTC instant of a local wall time; of an hour that comes twice, the first."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)

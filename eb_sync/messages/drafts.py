"""What is to be said to whom, before it is said; and what was said before. Pure, but for reading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from eb_sync.model.facts import Fact, PersonErased, RemindersStopped, Retracted, facts_of
from eb_sync.model.names import normalise_email
from eb_sync.people.find import with_corrections
from eb_sync.store.erasure import read_person_keys
from eb_sync.store.facts import Message, read_facts, read_messages
from eb_sync.store.people import read_email_keys

LEADS, FINANCE = "leads", "finance"
REMINDER_WEEK, REMINDER_DAYS = "reminder_week", "reminder_days"
MAY_TRY_AGAIN = "not_sent"
_STOPPED_AFTER = timedelta(hours=1)
"""A message begun so long ago and not ended is being sent by nobody any more."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to one address."""

    kind: str
    occasion: str
    template: str
    address: str
    person_id: int | None
    """None for leads and finance: they are given an id when their message is begun."""
    content: Mapping[str, object]
    workshop_id: str | None = None
    booking_ids: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For messages to whoever runs ebsync: no name, no address."""
        return " ".join([self.kind, self.occasion, *self.booking_ids])


@dataclass(frozen=True, slots=True)
class History:
    """What was said before, and to whom nothing is said."""

    messages: tuple[Message, ...]
    stopped_keys: frozenset[str]
    """Addresses, normalised, that asked for no reminders."""
    gone_ids: frozenset[int]
    """Persons who were erased, or asked for no reminders."""
    address_of: Mapping[int, str]
    """The normalised address of whoever was written to, as far as it is still held."""
    _about: dict[tuple[str, str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    _begun: set[tuple[str, str, int]] = field(default_factory=set)
    _told: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        """Index what counts: all but what certainly did not leave and may be tried again."""
        for message in self.messages:
            if message.outcome == MAY_TRY_AGAIN:
                continue
            said = message.content
            self._begun.add((said.kind, said.occasion, said.person_id))
            for booking_id in said.booking_ids:
                self._about[said.kind, said.occasion, booking_id].add(said.person_id)
            self._told[said.kind, said.person_id].update(said.told)

    def was_begun(self, kind: str, occasion: str, person_ids: Iterable[int]) -> bool:
        """Whether the message for this occasion was begun, to any of these ids."""
        return any((kind, occasion, person_id) in self._begun for person_id in person_ids)

    def was_told_of(self, kind: str, occasion: str, booking_ids: Iterable[str], address: str) -> bool:
        """Whether this address had the message for this occasion and one of these bookings, perhaps by another name."""
        person_ids = {each for key in booking_ids for each in self._about.get((kind, occasion, key), ())}
        return any(self.address_of.get(person_id) == normalise_email(address) for person_id in person_ids)

    def told(self, kind: str, person_ids: Iterable[int]) -> frozenset[str]:
        """What these ids were told of already."""
        return frozenset().union(*(self._told.get((kind, person_id), set()) for person_id in person_ids))

    def stopped(self, now: datetime) -> list[Message]:
        """Messages begun by runs that were stopped half-way: nobody knows whether they left."""
        return [m for m in self.messages if m.outcome is None and m.begun_at <= now - _STOPPED_AFTER]


def read_history(connection: sa.Connection, hub_id: int, last_fact_id: int) -> History:
    """All that was said, stopped and erased up to a fact's id."""
    kinds = (PersonErased, RemindersStopped, Retracted)
    facts = read_facts(connection, hub_id, last_fact_id, kinds=kinds)
    # an address corrected since is the same person's
    stopped = with_corrections(connection, hub_id, stopped_persons(facts))
    erased = {person_id for _, content in facts_of(facts, PersonErased) for person_id in content.person_ids}
    messages = tuple(read_messages(connection, hub_id))
    keys = read_person_keys(connection, hub_id, (message.content.person_id for message in messages))
    return History(
        messages,
        read_email_keys(connection, hub_id, stopped),
        frozenset(stopped | erased),
        {person_id: email for person_id, (_, email) in keys.items() if email},
    )


def stopped_persons(facts: Sequence[Fact]) -> set[int]:
    """Whoever asked for no reminders, and did not take it back."""
    return {person_id for _, content in facts_of(facts, RemindersStopped) for person_id in content.person_ids}

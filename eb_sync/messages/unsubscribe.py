"""Whoever asks for it is not reminded any more: a fact with ids, and no address."""

from __future__ import annotations

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.messages.drafts import stopped_persons
from eb_sync.model.facts import RemindersStopped, Retracted
from eb_sync.store.facts import read_facts
from eb_sync.store.people import read_person_ids
from eb_sync.store.series import newest_fact_id


def build_unsubscription(connection: sa.Connection, hub_id: int, email: str) -> list[RemindersStopped]:
    """The fact that stops reminders to this address; none if they are stopped already.

    Raises:
        UsageError: nobody has booked with this address.
    """
    person_ids = read_person_ids(connection, hub_id, [email])
    if not person_ids:
        raise UsageError("Nobody has booked with that e-mail address; perhaps it was typed another way.")
    last_fact_id = newest_fact_id(connection, hub_id)
    stopped = stopped_persons(read_facts(connection, hub_id, last_fact_id, kinds=(RemindersStopped, Retracted)))
    missing = tuple(person_id for person_id in person_ids if person_id not in stopped)
    return [RemindersStopped(missing)] if missing else []

"""Erasing a person: names go, ids and sums stay; sync never brings the name back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.facts import PersonErased
from eb_sync.model.names import normalise_email
from eb_sync.people.find import Found, read_bare_persons
from eb_sync.store.erasure import blank_persons, read_suppressed, read_versions, record_suppressions
from eb_sync.store.facts import record_facts
from eb_sync.store.held_rows import blank_held_rows
from eb_sync.store.people import assign_persons, read_person_ids


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done."""

    fact_id: int
    versions: int
    held_rows: int


def erase_person(connection: sa.Connection, hub_id: int, found: Found, now: datetime, said_by: str) -> Erased:
    """Blank what was found, in the caller's transaction; a second time there is nothing left to find."""
    holders = _assign_holders(connection, hub_id, found)
    person_ids = sorted({*found.person_ids, *(person_id for person_id, _ in holders.values())})
    fact = PersonErased(tuple(person_ids), found.booking_ids)
    fact_id = record_facts(connection, hub_id, now, said_by, [fact])[0]
    record_suppressions(connection, hub_id, fact_id, holders)
    bare = len(read_bare_persons(connection, hub_id, person_ids))
    versions = blank_persons(connection, hub_id, person_ids) + bare
    suppressed = read_suppressed(connection, hub_id)
    return Erased(fact_id, versions, blank_held_rows(connection, hub_id, suppressed, found.held))


def _assign_holders(connection: sa.Connection, hub_id: int, found: Found) -> dict[str, tuple[int, int | None]]:
    """Whose their bookings stay, with the name's id; those only in a held read get theirs while the name is known."""
    profiles = {row.attendee_id: row.profile for row in found.held if row.attendee_id in found.attendee_ids}
    holders = {
        version.attendee_id: (version.person_id, version.name_id)
        for version in read_versions(connection, hub_id, found.attendee_ids)
    }
    unseen = sorted(profiles.keys() - holders.keys())
    assigned = assign_persons(connection, hub_id, [profiles[attendee_id] for attendee_id in unseen])
    return holders | dict(zip(unseen, assigned, strict=True))


def check_no_guest(connection: sa.Connection, hub_id: int, found: Found, guests: Collection[str]) -> None:
    """Refuse the hub's own guests while the settings name them.

    Raises:
        UsageError: an address of theirs is in `EBSYNC_GUESTS`, by which their places are told from others.
    """
    listed = {normalise_email(guest) for guest in guests}
    is_waiting = any(normalise_email(row.profile.email) in listed for row in found.held)
    if is_waiting or set(read_person_ids(connection, hub_id, guests)) & set(found.person_ids):
        raise UsageError(
            "The settings name this address as one of the hub's own guests (EBSYNC_GUESTS). Erased, their bookings "
            "would count as places. Take it out of the settings first if that is what you want."
        )


def check_not_told(connection: sa.Connection, hub_id: int, found: Found, told: Collection[str]) -> None:
    """Refuse leads and finance while the settings name them.

    Raises:
        UsageError: an address of theirs is in the settings, from which the next message would bring it back.
    """
    listed = {normalise_email(address) for address in told}
    is_waiting = any(normalise_email(row.profile.email) in listed for row in found.held)
    if is_waiting or set(read_person_ids(connection, hub_id, told)) & set(found.person_ids):
        raise UsageError(
            "The settings name this address as one that messages go to (EBSYNC_LEADS or EBSYNC_FINANCE_EMAIL). Erased, "
            "it would come back with the next message. Take it out of the settings first if that is what you want."
        )

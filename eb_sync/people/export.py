"""Everything held about a person: what, from where, why, and until when."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from eb_sync.model.bookings import reference_of
from eb_sync.people.find import Found, read_bare_persons
from eb_sync.store.documents import read_lines, read_reaches
from eb_sync.store.erasure import read_bookings_of, read_profiles, read_versions
from eb_sync.store.facts import read_messages
from eb_sync.store.held_rows import HeldRow
from eb_sync.store.people import read_typed_roles
from eb_sync.workshops.snapshot import Snapshot

_PURPOSE = "Running the workshops that were booked, and charging for places under the policy shown when booking."
_HELD_FOR = {
    "names": "Until the person asks for erasure, or, if the hub has switched retention on, for a time after the last "
    "workshop that was booked.",
    "held": "Rows of a read that looked wrong: until a later one looks right or somebody allows it; until the person "
    "asks for erasure; or, if the hub has switched retention on, for a time after the read.",
    "bookings": "Kept without a name: they prove what was charged and what was not.",
    "recorded": "Kept without a name: who recorded it is kept as given.",
    "documents": "Invoices and credit notes, with initials only: ebsync never deletes them. Tax law asks to keep them "
    "for six years after the financial year.",
    "messages": "Kept without an address: they prove that nobody was written to twice, or after asking not to be.",
}


def export_person(connection: sa.Connection, snapshot: Snapshot, found: Found) -> dict[str, Any]:
    """One JSON document; instants are UTC."""
    hub_id = snapshot.hub_id
    holders, reaches = _Holders.read(connection, hub_id, found), read_reaches(connection, hub_id)
    return {
        "purpose": _PURPOSE,
        "held_until": _HELD_FOR,
        "names": [*_typed(connection, hub_id, found), *_bare(connection, hub_id, found)],
        "held": [_held(row) for row in found.held],
        "bookings": _bookings(connection, snapshot, found),
        "recorded": _recorded(snapshot, holders),
        "messages": _messages(connection, hub_id, found),
        "documents": [
            {
                "number": line.number,
                "kind": line.kind,
                "workshop_id": line.workshop_id,
                "booking_id": line.booking_id,
                "amount_pence": line.gross_pence,
            }
            for line in read_lines(connection, hub_id, None)
            if holders.had(line.booking_id, reaches[line.original_number or line.number])
        ],
    }


def _typed(connection: sa.Connection, hub_id: int, found: Found) -> list[dict[str, Any]]:
    return [
        {
            "booking_id": row.booking_id,
            "name": row.name,
            "email": row.email,
            "postcode": row.postcode,
            "recorded_at": row.recorded_at,
            "from": "a person at the workshop" if row.booking_id.startswith("W") else "Eventbrite",
        }
        for row in read_profiles(connection, hub_id, found.person_ids)
    ]


def _bare(connection: sa.Connection, hub_id: int, found: Found) -> list[dict[str, Any]]:
    """Addresses that messages go to, recorded with the first of them."""
    first: dict[int, datetime] = {}
    for message in read_messages(connection, hub_id):
        first.setdefault(message.content.person_id, message.begun_at)
    return [
        {
            "booking_id": None,
            "name": name,
            "email": email,
            "postcode": "",
            "recorded_at": first.get(person_id),
            "from": "the settings",
        }
        for person_id, (name, email) in read_bare_persons(connection, hub_id, found.person_ids).items()
    ]


@dataclass(frozen=True, slots=True)
class _Holders:
    """Since when bookings were theirs, and until when: what is recorded about the next holder is the next one's."""

    references: frozenset[str]
    changes: Mapping[str, Sequence[tuple[int, bool]]]
    """By reference of a booking: from which fact on it was theirs, or was not; oldest first."""

    @classmethod
    def read(cls, connection: sa.Connection, hub_id: int, found: Found) -> _Holders:
        """Of all bookings that were ever theirs; walk-ins never change hands."""
        changes: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        attendee_ids = [reference[1:] for reference in found.booking_ids if reference.startswith("B")]
        for version in read_versions(connection, hub_id, attendee_ids):
            is_theirs = version.person_id in found.person_ids
            changes[reference_of(version.attendee_id)].append((version.fact_id, is_theirs))
        return cls(frozenset(found.booking_ids), changes)

    def had(self, reference: object, fact_id: int) -> bool:
        """Whether it was theirs when this fact was recorded."""
        if reference not in self.references:
            return False
        changes = self.changes.get(str(reference), ())
        return next((is_theirs for since, is_theirs in reversed(changes) if since <= fact_id), True)


def _held(row: HeldRow) -> dict[str, Any]:
    profile = row.profile
    return {
        "booking_id": reference_of(row.attendee_id),
        "event_id": row.event_id,
        "status": row.status,
        "name": profile.name,
        "email": profile.email,
        "postcode": profile.postcode,
        "school": profile.school or None,
        "school_urn": profile.urn or None,
        "role": profile.role or None,
        "leadership": profile.leadership or None,
        "booked_at": row.booked_at,
        "read_at": row.read_at,
        "from": "Eventbrite",
    }


def _bookings(connection: sa.Connection, snapshot: Snapshot, found: Found) -> list[dict[str, Any]]:
    schools, roles = snapshot.typed_schools, read_typed_roles(connection, snapshot.hub_id)
    rows = []
    for row in read_bookings_of(connection, snapshot.hub_id, found.person_ids):
        school, role = schools.get(row.typed_school_id), roles.get(row.typed_role_id)
        rows.append(
            {
                "booking_id": reference_of(row.attendee_id),
                "event_id": row.event_id,
                "status": row.status,
                "checked_in": row.checked_in,
                "booked_at": row.created_at,
                "seen_at": row.received_at,
                "school": None if school is None else school.name or None,
                "school_urn": None if school is None else school.urn or None,
                "role": None if role is None else role.role or None,
                "leadership": None if role is None else role.leadership or None,
                "from": "Eventbrite",
            }
        )
    return rows


def _recorded(snapshot: Snapshot, holders: _Holders) -> list[dict[str, Any]]:
    """What people recorded about these bookings while they were theirs."""
    rows = []
    for fact in snapshot.facts:
        said = dataclasses.asdict(fact.content)
        named = {said.get(key) for key in ("booking_id", "substitute_id", "replaces", "reference")}
        if any(holders.had(reference, fact.id) for reference in named):
            rows.append(
                {
                    "fact_id": str(fact.id),
                    "kind": type(fact.content).__name__,
                    "recorded_at": fact.recorded_at,
                    "said_by": fact.said_by,
                    "content": {key: value for key, value in said.items() if value is not None},
                }
            )
    return rows


def _messages(connection: sa.Connection, hub_id: int, found: Found) -> list[dict[str, Any]]:
    """What was sent to these persons; what became of it is None where nobody knows."""
    return [
        {
            "fact_id": str(message.id),
            "kind": message.content.kind,
            "begun_at": message.begun_at,
            "outcome": message.outcome,
            "workshop_id": message.content.workshop_id,
            "booking_ids": list(message.content.booking_ids),
        }
        for message in read_messages(connection, hub_id)
        if message.content.person_id in found.person_ids
    ]

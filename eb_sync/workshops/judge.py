"""Decisions for workshops: read what is known, hand it to the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from policies.engine import assess_workshop
from policies.parameters import Policy

from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.places import EventRows, Picture, build_workshop_facts, read_event_rows
from policies.decisions import Decision
from policies.facts import WorkshopFacts

_EVENTS_AT_ONCE = 50  # bounds memory when the whole hub is judged


def judge_workshops(
    connection: sa.Connection, picture: Picture, workshops: Sequence[Workshop], policy: Policy | None = None
) -> Iterator[tuple[Workshop, tuple[Decision, ...]]]:
    """The decisions of each workshop, in the order given; by the picture's policy unless another is named."""
    for workshop, facts in read_workshop_facts(connection, picture, workshops):
        yield workshop, assess_workshop(facts, policy or picture.terms.policy, picture.as_of)


def read_workshop_facts(
    connection: sa.Connection, picture: Picture, workshops: Sequence[Workshop]
) -> Iterator[tuple[Workshop, WorkshopFacts]]:
    """What the rules may know of each workshop, in the order given."""
    for start in range(0, len(workshops), _EVENTS_AT_ONCE):
        several = workshops[start : start + _EVENTS_AT_ONCE]
        rows: dict[str, EventRows] = read_event_rows(connection, picture, [w.event_id for w in several])
        for workshop in several:
            yield workshop, build_workshop_facts(picture, workshop, rows[workshop.event_id])

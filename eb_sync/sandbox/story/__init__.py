"""The main scenario: a Maths Hub's Work Group and its workshops from September 2019 to July 2020.

`STORY` is what happened, step by step, in order of time; `EXPECTED` is what the rules must say of it at `ENDING`.
"""

from __future__ import annotations

from eb_sync.sandbox.story.autumn import AUTUMN
from eb_sync.sandbox.story.expected import EXPECTED, EXPECTED_FINDINGS, FINDINGS_AT
from eb_sync.sandbox.story.places import BEGINNING, ORGANIZATION_ID, WORKSHOP_IDS
from eb_sync.sandbox.story.spring import SPRING
from eb_sync.sandbox.story.steps import Act, Command, Creation, Happening, Order, Step, london
from eb_sync.sandbox.story.syncs import sync_instants, sync_steps
from eb_sync.sandbox.story.telling import Runner, StoryError, Teller
from eb_sync.sandbox.world import World

__all__ = [
    "BEGINNING",
    "ENDING",
    "EXPECTED",
    "EXPECTED_FINDINGS",
    "FINDINGS_AT",
    "SETTINGS",
    "STORY",
    "WORKSHOP_IDS",
    "Act",
    "Command",
    "Creation",
    "Happening",
    "Order",
    "Runner",
    "Step",
    "StoryError",
    "Teller",
    "create_world",
    "sync_instants",
]

ENDING = london("2020-07-06 17:30")
"""The evening of the last workshop: the last step is over, and the decisions are looked at."""

SETTINGS = {
    "EBSYNC_BILLING_FROM": "2019-10-01",
    "EBSYNC_GUESTS": "host@larkmoor-hub.example.org",
    "EBSYNC_SUPPLIER__NAME": "Larkmoor Learning Trust",
    "EBSYNC_SUPPLIER__ADDRESS": "1 Sample Lane;Larkmoor;ZZ5 5AN",
    "EBSYNC_SUPPLIER__EMAIL": "finance@larkmoor-hub.example.org",
    "EBSYNC_SUPPLIER__BANK_NAME": "Sample Bank",
    "EBSYNC_SUPPLIER__SORT_CODE": "00-00-00",
    "EBSYNC_SUPPLIER__ACCOUNT_NUMBER": "00000000",
    "EBSYNC_ACTOR": "lead",
}
"""The environment in which the story's commands run, besides address, token, database and clock."""

_TOLD = (*AUTUMN, *SPRING)

STORY: tuple[Step, ...] = tuple(sorted((*_TOLD, *sync_steps(_TOLD)), key=lambda step: step.at))
"""In order of time; steps of one instant in order of telling."""


def create_world() -> World:
    """The world at `BEGINNING`: a hub's organisation, no events yet."""
    world = World(BEGINNING)
    world.create_organization("Larkmoor Maths Hub", organization_id=ORGANIZATION_ID)
    return world

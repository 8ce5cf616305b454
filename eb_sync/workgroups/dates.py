"""Declaring, moving and calling off workshops, as facts to be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.facts import (
    AttendanceMarked,
    DateDeclared,
    RegisterClosed,
    WalkInCame,
    WorkshopCalledOff,
    WorkshopMoved,
    WorkshopReinstated,
    facts_of,
)
from eb_sync.store.documents import read_lines
from eb_sync.store.facts import read_facts
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.places import Picture

Times = tuple[datetime, datetime]
"""Start and end, UTC."""


def build_declarations(
    connection: sa.Connection, picture: Picture, event_id: str, days: Sequence[Times]
) -> list[DateDeclared]:
    """Days behind one booking page, numbered on in order of declaration; a number is never given twice.

    Raises:
        UsageError: a day is declared already, the event is part of a series, or its single workshop is in use.
    """
    workshops = [workshop for workshop in picture.workshops if workshop.event_id == event_id]
    if any(workshop.workgroup_id != event_id for workshop in workshops):
        raise UsageError(f"{event_id} belongs to a series: each of its pages is one workshop already.")
    _check_unused(connection, picture, event_id)
    ever = read_facts(connection, picture.hub_id, picture.horizon, [event_id], withdrawn_too=True)
    numbers = [declared.day for _, declared in facts_of(ever, DateDeclared) if declared.event_id == event_id]
    standing = {workshop.local_on for workshop in workshops if workshop.id != event_id}
    declarations = []
    for number, (starts_at, ends_at) in enumerate(days, max(numbers, default=0) + 1):
        declared = DateDeclared(event_id, number, starts_at, ends_at)
        if starts_at.astimezone(workshops[0].zone).date() in standing:
            raise UsageError(f"{starts_at.astimezone(workshops[0].zone):%Y-%m-%d} is declared already.")
        standing.add(starts_at.astimezone(workshops[0].zone).date())
        declarations.append(declared)
    return declarations


def _check_unused(connection: sa.Connection, picture: Picture, event_id: str) -> None:
    """What was recorded about the page as one workshop would be about none once it stands for several."""
    kinds = (AttendanceMarked, RegisterClosed, WalkInCame)
    used = any(isinstance(fact.content, kinds) and fact.content.workshop_id == event_id for fact in picture.facts)
    if used or read_lines(connection, picture.hub_id, picture.issued_by_at, [event_id]):
        raise UsageError(
            f"{event_id} is in use as a single workshop: its register was marked or invoices were issued. "
            "Retract the marks first."
        )


def build_move(workshop: Workshop, times: Times) -> list[WorkshopMoved]:
    """The date that counts from now on; naming a date in dispute settles it."""
    return [WorkshopMoved(workshop.id, *times)]


def build_calling_off(workshop: Workshop, reason: str) -> list[WorkshopCalledOff]:
    """The hub called the workshop off: it never costs anyone anything.

    Raises:
        UsageError: no reason, or called off already.
    """
    if not reason.strip():
        raise UsageError("--reason is empty.")
    if workshop.hub_statement is not None and workshop.hub_statement.called_off:
        raise UsageError(f"{workshop.id} is called off already.")
    return [WorkshopCalledOff(workshop.id, reason.strip())]


def build_reinstatement(workshop: Workshop) -> list[WorkshopReinstated]:
    """It takes place after all.

    Raises:
        UsageError: it is not called off.
    """
    if not workshop.is_called_off:
        raise UsageError(f"{workshop.id} is not called off.")
    return [WorkshopReinstated(workshop.id)]

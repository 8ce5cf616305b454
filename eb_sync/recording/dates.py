"""Declaring, moving and calling off workshops, as facts to be recorded."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.facts import (
    AttendanceMarked,
    DateDeclared,
    RegisterClosed,
    Retracted,
    WalkInCame,
    WorkshopCalledOff,
    WorkshopMoved,
    WorkshopReinstated,
    facts_of,
)
from eb_sync.store.documents import read_lines
from eb_sync.store.facts import read_facts
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.snapshot import Snapshot

_SHOWN = 8

Times = tuple[datetime, datetime]
"""Start and end, UTC."""


def build_declarations(
    connection: sa.Connection, snapshot: Snapshot, event_id: str, days: Sequence[Times]
) -> list[DateDeclared]:
    """Days behind one booking page, numbered on in order of declaration; a number is of one date for good.

    Raises:
        UsageError: a day is declared already, the event is part of a series, or its single workshop is in use.
    """
    workshops = [workshop for workshop in snapshot.workshops if workshop.event_id == event_id]
    if any(workshop.workgroup_id != event_id for workshop in workshops):
        raise UsageError(f"{event_id} belongs to a series: each of its pages is one workshop already.")
    _check_unused(connection, snapshot, event_id)
    ever = read_facts(connection, snapshot.hub_id, snapshot.last_fact_id, [event_id], withdrawn_too=True)
    zone = workshops[0].zone
    numbers: dict[date, int] = {}
    withdrawn = {content.fact_id: fact.recorded_at for fact, content in facts_of(ever, Retracted)}
    earlier: dict[datetime, tuple[datetime, datetime | None]] = {}
    for fact, declared in facts_of(ever, DateDeclared):
        if declared.event_id == event_id:
            numbers.setdefault(declared.starts_at.astimezone(zone).date(), declared.day)
            first_at = earlier.get(declared.starts_at, (declared.declared_at or fact.recorded_at, None))[0]
            earlier[declared.starts_at] = first_at, withdrawn.get(fact.id)
    standing = {workshop.local_on for workshop in workshops if workshop.id != event_id}
    taken = {workshop.day for workshop in workshops if workshop.id != event_id}
    following = itertools.count(max(numbers.values(), default=0) + 1)
    declarations = []
    for starts_at, ends_at in days:
        on = starts_at.astimezone(zone).date()
        if on in standing:
            raise UsageError(f"{on:%Y-%m-%d} is declared already.")
        # a date that was withdrawn and is declared again is the day that it was, with all that is about it
        number = numbers[on] if on in numbers and numbers[on] not in taken else next(following)
        standing.add(on)
        taken.add(number)
        declarations.append(DateDeclared(event_id, number, starts_at, ends_at, *earlier.get(starts_at, (None, None))))
    return declarations


def check_day_unused(connection: sa.Connection, snapshot: Snapshot, declared: DateDeclared) -> None:
    """UsageError where something was recorded about a day, or billed for it, that would be about nothing without it."""
    workshop_id = f"{declared.event_id}/{declared.day}"
    about = [fact.id for fact in snapshot.facts if getattr(fact.content, "workshop_id", None) == workshop_id]
    lines = read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, [workshop_id])
    invoices = sorted({line.number for line in lines})
    if not about and not invoices:
        return
    facts = f"{'fact' if len(about) == 1 else 'facts'} {', '.join(str(fact_id) for fact_id in about[:_SHOWN])}"
    more = f" and {len(about) - _SHOWN} more" if len(about) > _SHOWN else ""
    used = [*([f"{facts}{more} about it"] if about else []), *invoices[:_SHOWN]]
    raise UsageError(
        f"{workshop_id} has been used ({'; '.join(used)}), so it cannot be withdrawn. If it is on another date: "
        f'`ebsync workshop move {workshop_id} "DATE FROM/TO"`; if it does not take place: '
        f"`ebsync workshop cancel {workshop_id} --reason TEXT`."
        + ("" if invoices else " Or withdraw what is about it first.")
    )


def _check_unused(connection: sa.Connection, snapshot: Snapshot, event_id: str) -> None:
    """What was recorded about the page as one workshop would be about none once it stands for several."""
    kinds = (AttendanceMarked, RegisterClosed, WalkInCame)
    used = any(isinstance(fact.content, kinds) and fact.content.workshop_id == event_id for fact in snapshot.facts)
    if used or read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, [event_id]):
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

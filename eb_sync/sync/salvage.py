"""Writing a plan so that a row which the store refuses is left out by itself, and never ends the run (DESIGN 7.11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from eb_sync.model.readings import QuarantinedRow
from eb_sync.store.engine import RowRefusedError, all_or_nothing
from eb_sync.sync.apply import Applied, apply_plan
from eb_sync.sync.plan import Change, EventPlan, SyncPlan
from policies.facts import Presence


@dataclass
class Salvage:
    """Writes plans in the caller's transaction, and keeps what was written and what was refused."""

    connection: sa.Connection
    hub_id: int
    now: datetime
    """When it is recorded."""
    applied: list[Applied] = field(default_factory=list)
    refused: list[QuarantinedRow] = field(default_factory=list)

    def apply(self, plan: SyncPlan) -> None:
        """Write all of it at once; if that is refused, piece by piece."""
        if self._try(plan) is None:
            return
        for event in plan.new_events:
            self._apply_or_quarantine(SyncPlan(new_events=(event,)), "event", event.id, event.id, event.received_at)
        for known in plan.gone_events:
            self._apply_or_quarantine(SyncPlan(gone_events=(known,)), "event", known.event_id, known.event_id, self.now)
        for each in plan.applied:
            if self._try(SyncPlan(applied=(each,))) is not None:
                self._apply_rows(each)

    def _apply_rows(self, plan: EventPlan) -> None:
        """One booking after the other, then the read; a booking known before is unreadable where its row is refused."""
        for change in plan.changes:
            for tried in _attempts(change):
                alone = SyncPlan(applied=(replace(plan, changes=(tried,), read=None),))
                why = self._try(alone)
                if why is None:
                    break
                if tried is change:
                    self._quarantine("attendee", plan.event_id, change.attendee_id, why, _received_at(change, self.now))
        alone = SyncPlan(applied=(replace(plan, changes=()),))
        self._apply_or_quarantine(alone, "event", plan.event_id, plan.event_id, self.now)

    def _apply_or_quarantine(
        self, plan: SyncPlan, kind: str, event_id: str, row_id: str, received_at: datetime
    ) -> None:
        why = self._try(plan)
        if why is not None:
            self._quarantine(kind, event_id, row_id, why, received_at)

    def _quarantine(self, kind: str, event_id: str, row_id: str, why: str, received_at: datetime) -> None:
        reason = f"the database refuses it ({why})"
        self.refused.append(QuarantinedRow(kind, event_id, row_id, reason, received_at))

    def _try(self, plan: SyncPlan) -> str | None:
        """Write it; None if it was taken, else why not."""
        try:
            with all_or_nothing(self.connection):
                applied = apply_plan(self.connection, self.hub_id, self.now, plan)
        except RowRefusedError as error:
            return str(error)
        self.applied.append(applied)
        return None


def _attempts(change: Change) -> Iterator[Change]:
    """The change, and in its place what is known if it cannot be written: that the booking could not be read."""
    yield change
    if change.known is not None and change.known.observation.presence is not Presence.UNREADABLE:
        unseen_at = None if change.reading is None else change.reading.received_at
        yield replace(change, presence=Presence.UNREADABLE, reading=None, unseen_at=unseen_at or change.unseen_at)


def _received_at(change: Change, otherwise: datetime) -> datetime:
    return otherwise if change.reading is None else change.reading.received_at

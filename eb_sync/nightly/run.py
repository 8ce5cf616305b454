"""One night: sync, findings, what waits; each step's result is kept, and one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from eb_sync.billing.invoicing import PlanChoice, read_chosen_plan
from eb_sync.errors import EbsyncError
from eb_sync.nightly.retention import Expired, RetentionRules, apply_retention, find_expired
from eb_sync.sync.request import SyncReport
from eb_sync.workgroups.findings import read_findings
from eb_sync.workshops.calendar import WorkshopState
from eb_sync.workshops.places import Picture

EXIT_ORDER = (70, 78, 77, 76, 74, 73, 65, 75, 3)
"""Of several results the first of these is the night's (DESIGN section 6)."""

Looking = Callable[[], AbstractContextManager[tuple[sa.Connection, Picture]]]


@dataclass(frozen=True, slots=True)
class Night:
    """What a night works with."""

    sync: Callable[[], SyncReport]
    looking: Looking
    recording: Looking
    retention: RetentionRules
    dry_run: bool = False
    """Nothing is read from Eventbrite and nothing is written."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the night came to."""

    name: str
    exit_code: int
    text: str
    details: tuple[str, ...] = ()
    """Messages for the log; no names."""


@dataclass(frozen=True, slots=True)
class NightReport:
    """All steps, in order."""

    steps: tuple[Step, ...]

    @property
    def exit_code(self) -> int:
        """The first of `EXIT_ORDER` that occurred, else 0."""
        codes = {step.exit_code for step in self.steps}
        return next((code for code in EXIT_ORDER if code in codes), 0)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "exit_code": self.exit_code,
            "steps": [
                {"step": step.name, "exit_code": step.exit_code, "text": step.text, "details": list(step.details)}
                for step in self.steps
            ],
        }


def run_nightly(night: Night) -> NightReport:
    """Run every step; an error of ours becomes the step's result, and so does a bug."""
    steps: tuple[tuple[str, Callable[[], Step]], ...] = (
        ("sync", lambda: _sync(night)),
        ("findings", lambda: _findings(night.looking)),
        ("registers", lambda: _open_registers(night.looking)),
        ("plan", lambda: _plan(night.looking)),
        ("retention", lambda: _retention(night)),
    )
    return NightReport(tuple(_attempt(name, step) for name, step in steps))


def _attempt(name: str, step: Callable[[], Step]) -> Step:
    try:
        return step()
    except EbsyncError as error:
        return Step(name, error.exit_code, "failed", (str(error),))
    except Exception as error:  # noqa: BLE001 - the other steps still have to run; the night's exit code says 70
        return Step(name, 70, "failed", (f"This is a bug ({type(error).__name__}). Please report it.",))


def _sync(night: Night) -> Step:
    if night.dry_run:
        return Step("sync", 0, "not run: a dry run reads nothing from Eventbrite")
    report = night.sync()
    text = f"{report.events} events, {report.observations} changes, {report.requests} requests"
    return Step("sync", report.exit_code, text, report.messages)


def _findings(looking: Looking) -> Step:
    with looking() as (connection, picture):
        findings = read_findings(connection, picture, None)
    return Step("findings", 0, f"{len(findings)} (see `ebsync check`)")


def _open_registers(looking: Looking) -> Step:
    with looking() as (_, picture):
        waiting = [w for w in picture.workshops if w.state_at(picture.as_of) is WorkshopState.REGISTER_OPEN]
        details = [f"Register open: {w.slug}@{w.local_on} ({w.id})" for w in waiting if picture.terms.covers(w)]
    return Step("registers", 0, f"{len(details)} open after their workshop", tuple(details))


def _plan(looking: Looking) -> Step:
    with looking() as (connection, picture):
        plan = read_chosen_plan(connection, picture, PlanChoice(None, None, ()))
    text = (
        f"{len(plan.to_invoice)} to invoice, {len(plan.to_credit)} to credit, {len(plan.review)} in review, "
        f"{len(plan.held)} held, {len(plan.pending)} pending, {len(plan.blocked)} blocked"
    )
    return Step("plan", 0, text)


def _retention(night: Night) -> Step:
    with night.looking() as (connection, picture):
        expired = find_expired(connection, picture, night.retention)
    applies = night.retention.apply and not night.dry_run
    if applies and (expired.person_ids or expired.held_ids):
        with night.recording() as (connection, picture):
            expired = find_expired(connection, picture, night.retention)
            apply_retention(connection, picture.hub_id, expired, picture.as_of)
    persons, reads = len(expired.person_ids), len(expired.held_ids)
    text = f"{persons} persons' names and {reads} held reads {'blanked' if applies else 'would be blanked'}"
    return Step("retention", 0, text, tuple(_unblanked(expired, night)))


def _unblanked(expired: Expired, night: Night) -> Iterator[str]:
    if expired.person_ids and not night.retention.apply:
        yield "Names are kept longer than the settings ask: set EBSYNC_RETENTION__APPLY=true to have them blanked."
    if expired.still_needed:
        yield f"{expired.still_needed} persons' names are kept although their time is over: a place of theirs waits."
    if expired.documents:
        years = night.retention.documents_years
        yield f"{expired.documents} documents are older than {years} financial years; ebsync never deletes a document."

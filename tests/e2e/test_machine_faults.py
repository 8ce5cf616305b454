"""A wrong clock, another writer, a lost database: a run ends as the table says, and loses and doubles nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from eb_sync.store import engine as store_engine
from eb_sync.store import run_lock as locks
from eb_sync.store.engine import writing
from eb_sync.store.run_lock import run_lock
from eb_sync.store.series import ensure_hub
from eb_sync.sync.plan import SyncPlan
from eb_sync.sync.salvage import Salvage
from tests.databases import SQLITE, opened
from tests.e2e.fault_table import Stage, render, set_stage
from tests.e2e.machine_table import CASES, Holder, MachineCase
from tests.hub import Hub

ROOT = Path(__file__).parents[2]
END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
PLAYED = [(database, case) for case in CASES for database in case.databases]


def recorded() -> list[int]:
    """How many rows there are that say what was read."""
    tables = ("observations", "event_observations", "reads", "facts", "profiles")
    with opened(os.environ["EBSYNC_DATABASE_URL"]) as engine, engine.connect() as connection:
        return [connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0 for table in tables]  # noqa: S608 - ours


@contextlib.contextmanager
def held(hub: Hub, holder: Holder) -> Iterator[None]:
    """The database, with whoever else is at it."""
    hub.patch.setattr(store_engine, "BUSY_SECONDS", 1.0)
    hub.patch.setattr(locks, "run_lock", partial(run_lock, wait_seconds=0.2))
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(opened(os.environ["EBSYNC_DATABASE_URL"]))
        if holder is Holder.RUN:
            stack.enter_context(run_lock(engine, 1))
        elif holder is Holder.WRITER:
            ensure_hub(stack.enter_context(writing(engine, 1)), 1)
        elif holder is Holder.ENDED:
            _end_at_apply(hub, engine)
        yield


def _end_at_apply(hub: Hub, engine: sa.Engine) -> None:
    apply = Salvage.apply

    def ended(salvage: Salvage, plan: SyncPlan) -> None:
        with engine.connect() as connection:
            connection.execute(sa.text(END_OTHERS))
        apply(salvage, plan)

    hub.patch.setattr(Salvage, "apply", ended)


@pytest.mark.parametrize(
    ("hub", "case"), PLAYED, indirect=["hub"], ids=[f"{case.name} {database}" for database, case in PLAYED]
)
def test_a_clock_or_a_database_costs_what_the_table_says_and_loses_nothing(hub: Hub, case: MachineCase) -> None:
    stage: Stage = set_stage(hub)
    now = datetime(2019, 11, 4, 13, tzinfo=UTC)
    ahead = [case.ahead]
    hub.patch.delenv("EBSYNC_NOW")
    hub.patch.setattr("eb_sync.bootstrap.system_clock", lambda: now + ahead[0])
    before, sent = recorded(), len(hub.world.requests)
    with hub.patch.context() as patch:
        hub.patch, kept = patch, hub.patch
        with held(hub, case.holder):
            result = stage.run()
        hub.patch = kept
    assert (result.code, "bug" in result.err) == (case.exit_code, False), result
    assert len(hub.world.requests) - sent == case.requests
    assert (recorded() == before) == (case.exit_code != 0)
    ahead[0] *= 0
    hub.do("sync", "--full")
    again = hub.do("sync", "--full", "--json").json()
    assert (again["attendees"], again["observations"], again["quarantined"]) == (132, 0, [])
    hub.do("verify")


def test_the_table_of_machines_in_the_documentation_is_this_one() -> None:
    assert render(CASES) in (ROOT / "FAULTS.md").read_text(encoding="utf-8")
    assert {database for database, _ in PLAYED} > {SQLITE}

"""All checks, in the order in which an administrator would go about it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from eb_sync.doctor.account import Account, AccountReading
from eb_sync.doctor.findings import CheckResult, Checkup, DoctorCheck, Level, ok, run_checks, warning
from eb_sync.doctor.machine import (
    Machine,
    check_clock,
    check_disk,
    check_files,
    check_freshness,
    check_timer,
    database_file,
)
from eb_sync.doctor.pages import check_pages, check_scope
from eb_sync.nightly.freshness import read_last_good_sync
from eb_sync.store.engine import SCHEMA, check_writable, reading
from eb_sync.store.hubs import check_organization
from eb_sync.store.last_fact import read_newest_recording
from eb_sync.store.sync_state import HubStamp, read_stamp
from eb_sync.sync.fetch import choose_organization
from eb_sync.sync.known import check_host
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.snapshot import Snapshot
from eb_sync.workshops.terms import Scope

_REHEARSAL = "a rehearsal (EBSYNC_NOW): not looked at"


class Premises(Protocol):
    """What is looked at, opened when a check first asks for it; each raises what a command would raise."""

    def describe_settings(self) -> Iterator[CheckResult]:
        """Where the settings come from."""

    def describe_policy(self) -> str:
        """The policy in use, if it can be read."""

    def engine(self) -> sa.Engine:
        """The database, migrated."""

    def snapshot(self) -> AbstractContextManager[tuple[sa.Connection, Snapshot]]:
        """The hub as of now."""

    def open_account(self) -> AbstractContextManager[Account]:
        """The client."""

    def token_source(self) -> str:
        """Where the token is from."""

    def check_billing(self) -> None:
        """Refuses while something that invoices need is missing."""

    def describe_logo(self) -> str:
        """The hub's logo and colour, if they can be used."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The installation to be checked."""

    hub_id: Callable[[], int]
    """Asked of the database, which may not be there."""
    premises: Premises
    machine: Machine
    machine_clock: Callable[[], datetime]
    """That of the machine, even where the newest fact lies ahead of it."""
    rehearsal: bool
    database_url: str
    host: str
    """Of Eventbrite, as in the settings."""
    organization_id: str | None
    scope: Scope
    workgroup_policies: tuple[str, ...]
    """Work groups that have a policy of their own."""


def check_up(subject: Subject) -> Checkup:
    """Look at everything; a check that fails does not keep the others from being made."""
    with contextlib.ExitStack() as stack:
        return run_checks(_Checks(subject, stack).listed())


def shown_address(url: sa.URL) -> str:
    """Which database an address means, without what may be a password, a user or a host, in whatever form."""
    if url.get_backend_name() == "sqlite":
        return url.set(query={}).render_as_string()
    return f"{url.get_backend_name()}, database {url.database or ''}".rstrip()


@dataclass
class _Checks:
    """The checks, and what they learn for one another."""

    subject: Subject
    stack: contextlib.ExitStack
    stamp: HubStamp = field(default_factory=lambda: HubStamp(None, None, None, None))
    newest: datetime | None = None
    synced_at: datetime | None = None
    workshops: tuple[Workshop, ...] = ()
    visit: AccountReading | None = None

    def listed(self) -> tuple[DoctorCheck, ...]:
        """What others need comes before them."""
        premises = self.subject.premises
        read = ("organisation", "rights")
        return (
            DoctorCheck("settings", premises.describe_settings),
            DoctorCheck("disk", self.look_at_disk),
            DoctorCheck("database", self.look_at_database),
            DoctorCheck("policy", lambda: [ok(premises.describe_policy())]),
            DoctorCheck("work groups", self.look_at_workgroups, ("database", "policy")),
            DoctorCheck("token", self.look_at_token),
            DoctorCheck("clock", self.look_at_clock),
            DoctorCheck("organisation", self.look_at_organization, ("database", "token")),
            DoctorCheck("rights", lambda: self.at_account().check_rights(self.subject.machine_clock()), read[:1]),
            DoctorCheck("scope", self.look_at_scope, ("work groups", *read)),
            DoctorCheck("pages", self.look_at_pages, read),
            DoctorCheck("sync", self.look_at_freshness, ("database",)),
            DoctorCheck("timer", self.look_at_timer),
            DoctorCheck("billing", self.look_at_billing),
            DoctorCheck("logo", lambda: [ok(premises.describe_logo())]),
        )

    def look_at_disk(self) -> Iterator[CheckResult]:
        file = database_file(self.subject.database_url)
        size = file.stat().st_size if file is not None and file.is_file() else 0
        yield from check_disk(self.subject.machine, None if file is None else file.parent, size)
        if file is not None and file.is_file():
            yield from check_files(self.subject.machine, file)

    def look_at_database(self) -> Iterator[CheckResult]:
        engine, hub_id = self.subject.premises.engine(), self.subject.hub_id()
        check_writable(engine)
        with engine.connect() as connection:
            self.stamp = read_stamp(connection, hub_id)
            self.synced_at = read_last_good_sync(connection, hub_id)
            self.newest = read_newest_recording(connection, hub_id)
        yield ok(f"schema {SCHEMA}, can be written: {shown_address(engine.url)}")

    def look_at_workgroups(self) -> Iterator[CheckResult]:
        with self.subject.premises.snapshot() as (_, snapshot):
            self.workshops = snapshot.workshops
        known = {name for workshop in self.workshops for name in (workshop.slug, workshop.workgroup_id)}
        unknown = [name for name in self.subject.workgroup_policies if name not in known]
        if unknown:
            said = f"no work group is called {' or '.join(unknown)} yet (EBSYNC_WORKGROUP_POLICIES)"
            yield warning(said, "Correct the name, unless its booking page is still to come; `ebsync workshops`.")
        else:
            yield ok(f"{len({workshop.workgroup_id for workshop in self.workshops})} known")

    def look_at_token(self) -> Iterator[CheckResult]:
        account = self.stack.enter_context(self.subject.premises.open_account())
        self.visit = AccountReading(account)
        return self.visit.check_token(self.subject.premises.token_source())

    def at_account(self) -> AccountReading:
        if self.visit is None:
            raise LookupError("the token is looked at first")
        return self.visit

    def look_at_clock(self) -> Iterator[CheckResult]:
        if self.subject.rehearsal:
            return iter([ok(_REHEARSAL)])
        if self.visit is None:
            return iter([CheckResult(Level.SKIPPED, "not compared: see token")])
        return check_clock(self.subject.machine_clock(), self.visit.account.served_at, self.newest)

    def look_at_organization(self) -> Iterator[CheckResult]:
        check_host(self.stamp, self.subject.host)
        configured, stamp = self.subject.organization_id, self.stamp

        def choose(account: Any) -> str:  # noqa: ANN401 - sync's own protocol asks for more than is needed here
            return choose_organization(account, configured, stamp)

        visit = self.at_account()
        yield from visit.check_organization(stamp, choose)
        with reading(self.subject.premises.engine()) as connection:
            check_organization(connection, self.subject.hub_id(), self.subject.host, visit.organization_id)

    def look_at_scope(self) -> Iterator[CheckResult]:
        return check_scope(self.subject.scope, self.at_account(), self.workshops)

    def look_at_pages(self) -> Iterator[CheckResult]:
        return check_pages(self.subject.scope, self.at_account(), self.subject.machine_clock())

    def look_at_freshness(self) -> Iterator[CheckResult]:
        if self.subject.rehearsal:
            return iter([ok(_REHEARSAL)])
        return check_freshness(self.subject.machine_clock(), self.synced_at)

    def look_at_timer(self) -> Iterator[CheckResult]:
        return iter([ok(_REHEARSAL)]) if self.subject.rehearsal else check_timer(self.subject.machine)

    def look_at_billing(self) -> Iterator[CheckResult]:
        self.subject.premises.check_billing()
        yield ok("everything that invoices need is set")

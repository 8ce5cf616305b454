"""`ebsync doctor`."""

from __future__ import annotations

import os
import textwrap
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from eb_sync.cli.parsing import json_option
from eb_sync.cli.printing import FAILURES, WIDTH, format_json, print_table, tell
from eb_sync.errors import SettingsError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.bootstrap import Hub
    from eb_sync.doctor.findings import CheckResult, Checkup
    from eb_sync.doctor.run import Subject
    from eb_sync.eventbrite import EventbriteClient
    from eb_sync.workshops.snapshot import Snapshot
    from eb_sync.workshops.terms import Scope


@click.command("doctor")
@json_option
def doctor_command(as_json: bool) -> int:
    """Say what is wrong with the installation, and how to mend it.

    Checks settings, disk, database, policy, token, clock, organisation, rights, scope, the booking pages ahead, whether
    sync is run by itself, and what invoices need. Nothing is changed. Exits with the code of the first fault; warnings
    alone are 0.

    Example: ebsync doctor
    """
    checkup = _check_up()
    failed = checkup.exit_code >= FAILURES
    if as_json:
        click.echo(format_json(checkup.as_json()), err=failed)
        return checkup.exit_code
    print_table(("check", "", ""), _lines(checkup), flexible=2, err=failed)
    for finding in checkup.findings:
        if finding.level.value in {"warning", "fault"}:
            tell(_explain(finding))
    return checkup.exit_code


def _lines(checkup: Checkup) -> Iterator[tuple[str, str, str]]:
    """The checks as rows of a table in which no sentence is cut: it goes on in the next row."""
    heads = [(found.check, found.level.value) for found in checkup.findings]
    taken = max(len(check) for check, _ in heads) + max(len(level) for _, level in heads) + 4
    for head, found in zip(heads, checkup.findings, strict=True):
        first, *more = textwrap.wrap(found.text, WIDTH - max(taken, 9)) or [""]
        yield (*head, first)
        for line in more:
            yield ("", "", line)


def _check_up() -> Checkup:
    from eb_sync.cli.hub import open_hub
    from eb_sync.doctor.findings import DoctorCheck, run_checks
    from eb_sync.doctor.run import check_up

    try:
        hub = open_hub()
    except SettingsError as error:
        wrong = error

        def refuse() -> list[CheckResult]:
            raise wrong

        return run_checks([DoctorCheck("settings", refuse)])
    return check_up(_subject(hub))


def _explain(finding: CheckResult) -> str:
    said = f"{finding.check}: {finding.text}"
    return said if not finding.mend else f"{said}\n{textwrap.indent(textwrap.fill(finding.mend, WIDTH - 2), '  ')}"


def _subject(hub: Hub) -> Subject:
    from eb_sync.doctor.machine import this_machine
    from eb_sync.doctor.run import Subject

    return Subject(
        hub_id=lambda: hub.seen_hub_id,
        premises=_Premises(hub),
        machine=this_machine(),
        machine_clock=hub.clock,  # before the database, once open, makes it stand
        rehearsal=hub.rehearsal,
        database_url=hub.database_url,
        host=hub.eventbrite_host,
        organization_id=hub.settings.organization_id,
        scope=_scope(hub),
        workgroup_policies=tuple(hub.settings.workgroup_policies),
    )


def _scope(hub: Hub) -> Scope:
    from eb_sync.workshops.terms import Scope

    return Scope(hub.settings.scope.slugs, hub.settings.scope.organizers)


def _token_holders(values: dict[str, Any]) -> list[str]:
    """Which parts of a settings file hold a token: the common one (empty), and those of hubs, by name."""
    hubs = values.get("hubs", {})
    common = [""] if "eventbrite_token" in values else []
    return common + [f"[hubs.{name}]" for name, table in hubs.items() if "eventbrite_token" in table]


class _Premises:
    """The hub as the checks see it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def describe_settings(self) -> Iterator[CheckResult]:
        from eb_sync.doctor.findings import ok, warning

        path = self._hub.config_path
        if path is not None and (holders := _token_holders(tomllib.loads(path.read_text(encoding="utf-8-sig")))):
            mend = (
                f"Put it into a file of its own and name that by eventbrite_token_file, or at least: chmod 600 {path}"
            )
            said = "the token" if holders == [""] else f"tokens ({', '.join(filter(None, holders))})"
            yield warning(f"{path} holds {said}; everybody who is sent a copy of the settings has it.", mend)
        else:
            yield ok(str(path or "environment only"))

    def describe_policy(self) -> str:
        return f"{self._hub.settings.policy}, {len(self._hub.rule_settings.policy_text)} characters"

    def engine(self) -> sa.Engine:
        return self._hub.engine

    def snapshot(self) -> AbstractContextManager[tuple[sa.Connection, Snapshot]]:
        return self._hub.snapshot()

    def open_account(self) -> EventbriteClient:
        return self._hub.eventbrite()

    def token_source(self) -> str:
        found = self._hub.token
        given = {name.upper() for name in os.environ}
        if not found.in_file and found.source not in given and self._hub.config_path is not None:
            return f"{self._hub.config_path}"
        return found.source if found.unread is None else f"{found.source}; the file {found.unread} is not read"

    def check_billing(self) -> None:
        self._hub.stationery.check_billing()

    def describe_logo(self) -> str:
        look = self._hub.stationery.look
        return "none set: papers are printed without" if look.logo is None else "can be printed"

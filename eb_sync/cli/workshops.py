"""`ebsync workshops`, `workgroup`, `workshop` and `check`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from eb_sync.cli.parsing import as_of_option, by_option, json_option, parse_as_of, parse_times, said_by
from eb_sync.cli.printing import print_json, print_recorded, print_sentences
from eb_sync.model.reason_words import finding_text
from policies.wording import dated_text

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.bootstrap import Build
    from eb_sync.model.facts import FactContent
    from eb_sync.reports.findings import Report
    from eb_sync.workshops.snapshot import Snapshot


@click.command("workshops")
@as_of_option
@json_option
def workshops_command(as_of: str | None, as_json: bool) -> None:
    """List the workshops, by date, with counts and state.

    Example: ebsync workshops
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.overview import read_overview

    with open_hub().snapshot(parse_as_of(as_of)) as (connection, snapshot):
        overview = list(read_overview(connection, snapshot))
    if as_json:
        print_json({"workshops": overview})
        return
    for workshop in overview:
        _print_workshop(workshop)


def _print_workshop(workshop: Mapping[str, Any]) -> None:
    """Its name to type, never cut short; its title; when it is, how it stands, and how many."""
    name = f"{workshop['slug']}/{workshop['day']}" if workshop["day"] else workshop["slug"]
    counts = ", ".join(f"{workshop[key]} {key}" for key in ("active", "cancelled", "vanished", "unmarked"))
    state = workshop["state"].replace("_", " ")
    click.echo(f"{name}  ({workshop['id']})")
    print_sentences([f"  {workshop['title']}", f"  {dated_text(workshop['starts_at'])}, {state}; {counts}"])


def _record(build: Build, by: str | None, *, as_json: bool) -> None:
    from eb_sync.cli.hub import open_hub

    hub = open_hub()
    print_recorded(hub.record(build, said_by(hub, by)), as_json=as_json)


@click.group("workgroup")
def workgroup_command() -> None:
    """Say which days stand behind one booking page.

    Example: ebsync workgroup dates cmh19-interventionhgate "2019-11-05 10:00/15:00" "2020-01-21 10:00/15:00"
    """


@workgroup_command.command("dates")
@click.argument("event")
@click.argument("days", nargs=-1, required=True, metavar="DAY...")
@by_option
@json_option
def workgroup_dates(event: str, days: tuple[str, ...], by: str | None, as_json: bool) -> None:
    """Add days behind one booking page, in the event's local time. Each becomes a workshop with a number.

    Example: ebsync workgroup dates cmh19-interventionhgate "2019-11-05 10:00/15:00" "2020-01-21 10:00/15:00"
    """
    from eb_sync.recording.dates import build_declarations
    from eb_sync.workshops.find import find_event

    def build(connection: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        event_id = find_event(snapshot.workshops, event)
        zone = next(workshop.zone for workshop in snapshot.workshops if workshop.event_id == event_id)
        return build_declarations(connection, snapshot, event_id, [parse_times(day, zone) for day in days])

    _record(build, by, as_json=as_json)


@click.group("workshop")
def workshop_command() -> None:
    """Move, cancel or reinstate a workshop.

    Example: ebsync workshop cancel cmh19-interventionhgate/3 --reason "Schools are closed"
    """


@workshop_command.command("move")
@click.argument("workshop")
@click.argument("times", metavar='"DATE FROM/TO"')
@by_option
@json_option
def workshop_move(workshop: str, times: str, by: str | None, as_json: bool) -> None:
    """Name the date that counts from now on, in the event's local time; also settles a date in dispute.

    Example: ebsync workshop move cmh19-interventionhgate/2 "2020-01-28 10:00/15:00"
    """
    from eb_sync.recording.dates import build_move
    from eb_sync.workshops.find import find_workshop

    def build(_: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        found = find_workshop(snapshot.workshops, workshop)
        return build_move(found, parse_times(times, found.zone))

    _record(build, by, as_json=as_json)


@workshop_command.command("cancel")
@click.argument("workshop")
@click.option("--reason", required=True, help="Name nobody.")
@by_option
@json_option
def workshop_cancel(workshop: str, reason: str, by: str | None, as_json: bool) -> None:
    """Say that the hub called a workshop off: it never costs anyone anything.

    Example: ebsync workshop cancel cmh19-interventionhgate/3 --reason "Schools are closed"
    """
    from eb_sync.recording.dates import build_calling_off
    from eb_sync.workshops.find import find_workshop

    _record(
        lambda _, snapshot: build_calling_off(find_workshop(snapshot.workshops, workshop), reason), by, as_json=as_json
    )


@workshop_command.command("reinstate")
@click.argument("workshop")
@by_option
@json_option
def workshop_reinstate(workshop: str, by: str | None, as_json: bool) -> None:
    """Say that a workshop takes place after all.

    Example: ebsync workshop reinstate cmh19-interventionhgate/3
    """
    from eb_sync.recording.dates import build_reinstatement
    from eb_sync.workshops.find import find_workshop

    _record(lambda _, snapshot: build_reinstatement(find_workshop(snapshot.workshops, workshop)), by, as_json=as_json)


@click.command("check")
@click.argument("workgroup", required=False)
@as_of_option
@json_option
def check_command(workgroup: str | None, as_of: str | None, as_json: bool) -> None:
    """Report schools that do not send two teachers, one of them a leader; nobody is ever turned away.

    Without WORKGROUP: those whose last workshop lies ahead, or ended at most 14 days ago.

    Example: ebsync check cmh19-interventionhgate
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.findings import read_reports
    from eb_sync.workshops.find import find_workgroup

    with open_hub().snapshot(parse_as_of(as_of)) as (connection, snapshot):
        group_id = None if workgroup is None else find_workgroup(snapshot.workshops, workgroup)
        reports = list(read_reports(connection, snapshot, group_id))
    findings = [finding for report in reports for finding in report.findings]
    if as_json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in findings]})
        return
    for report in reports:
        _print_report(report)
    if not any(report.findings or report.unknown_roles for report in reports):
        click.echo("Nothing to report.")


def _print_report(report: Report) -> None:
    """Each finding with its school, where, what, and who; references at the end."""
    for finding in report.findings:
        place = report.places.get(finding.workshop_id or finding.workgroup_id, finding.workgroup_id)
        school = f"{finding.school}: " if finding.school else ""
        lines = [f"{school}{finding_text(finding.finding)} ({finding.severity})", f"  {place}"]
        print_sentences([*lines, *_people(report, finding.booking_ids)])
    if report.unknown_roles:
        click.echo("Roles that the policy does not know, so that they count neither way:")
    for role, bookings in report.unknown_roles.items():
        print_sentences([f"  {role}", *_people(report, bookings)])


def _people(report: Report, booking_ids: Sequence[str]) -> list[str]:
    named = [f"{name} ({each})" if (name := report.teachers.get(each)) else each for each in booking_ids]
    return [f"  {', '.join(named)}"] if named else []

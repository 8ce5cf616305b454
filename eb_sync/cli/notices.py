"""`ebsync notice` and `exempt`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from eb_sync.cli.found import exempt_list
from eb_sync.cli.parsing import by_option, json_option, parse_date, parse_instant, said_by, takes
from eb_sync.cli.printing import print_recorded, tell
from eb_sync.errors import UsageError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from eb_sync.bootstrap import Build
    from eb_sync.model.facts import FactContent
    from eb_sync.recording.notices import Claim
    from eb_sync.workshops.snapshot import Snapshot

_CHANNELS = ("email", "phone", "letter", "other")
_CODES = ("illness", "bereavement", "family", "weather", "emergency", "other")


def _record(build: Build, by: str | None, *, as_json: bool) -> Sequence[int]:
    from eb_sync.cli.hub import open_hub

    hub = open_hub()  # a rehearsal's "yesterday" is known from here on
    recorded = hub.record(build, said_by(hub, by))
    print_recorded(recorded, as_json=as_json)
    return recorded.fact_ids


@click.group("notice")
def notice_command() -> None:
    """Record that somebody said they would not come.

    Example: ebsync notice add cmh19/1 B1100594112 --received-at "2019-11-04 09:30" --channel email
    """


@dataclass(frozen=True, slots=True)
class _NoticeOptions:
    workshop: str
    bookings: tuple[str, ...]
    school: str | None
    received_at: str
    channel: str
    by: str | None
    as_json: bool


@notice_command.command("add")
@click.argument("workshop")
@click.argument("bookings", nargs=-1, metavar="BOOKING...")
@click.option("--school", metavar="SCHOOL", help="All of the school's bookings, now and later.")
@click.option("--received-at", required=True, metavar="INSTANT", help="When it reached the hub.")
@click.option("--channel", required=True, type=click.Choice(_CHANNELS))
@by_option
@json_option
@takes(_NoticeOptions)
def notice_add(options: _NoticeOptions) -> None:
    """Record notice that reached the hub by e-mail, by phone or otherwise.

    Of several notices the one best for the teacher counts.

    Example: ebsync notice add cmh19/1 B1100594112 --received-at "2019-11-04 09:30" --channel email
    """
    from eb_sync.recording.attendance import find_register
    from eb_sync.recording.notices import About, build_notices
    from eb_sync.workshops.snapshot import with_school
    from policies.facts import Channel

    channel = Channel(options.channel)
    about = About(options.bookings, options.school)

    def build(connection: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        snapshot = with_school(connection, snapshot, about.school)
        register = find_register(connection, snapshot, options.workshop)
        received_at = parse_instant(options.received_at)
        return build_notices(snapshot, register, about, received_at, channel)

    _record(build, options.by, as_json=options.as_json)


@click.group("exempt")
def exempt_command() -> None:
    """Record exemptions, and rule on claims.

    Example: ebsync exempt add --kind ofsted --school "Ash Lane Primary" --from 2019-11-04 --to 2019-11-06
    """


exempt_command.add_command(exempt_list)


@dataclass(frozen=True, slots=True)
class _ExemptionOptions:
    kind: str
    school: str | None
    from_on: str | None
    until_on: str | None
    workshop: str | None
    bookings: tuple[str, ...]
    more: tuple[str, ...]
    code: str | None
    evidence_seen: bool
    received_at: str | None
    approved_by: str | None
    by: str | None
    as_json: bool

    @property
    def all_bookings(self) -> tuple[str, ...]:
        return *self.bookings, *self.more

    @property
    def claim(self) -> Claim:
        from eb_sync.recording.notices import Claim

        received_at = None if self.received_at is None else parse_instant(self.received_at)
        return Claim(received_at, self.evidence_seen, self.approved_by)


@exempt_command.command("add")
@click.option("--kind", required=True, type=click.Choice(["ofsted", "extenuating"]))
@click.option("--school", metavar="SCHOOL")
@click.option("--from", "from_on", metavar="DATE", help="Ofsted: the day of the call.")
@click.option("--to", "until_on", metavar="DATE", help="Ofsted: the last day of the inspection.")
@click.option("--workshop", metavar="WORKSHOP", help="Extenuating: the workshop.")
@click.option("--booking", "bookings", multiple=True, metavar="BOOKING", help="Extenuating: whose.")
@click.argument("more", nargs=-1, metavar="[BOOKING...]")
@click.option("--code", type=click.Choice(_CODES), help="Extenuating: what kind.")
@click.option("--evidence-seen", is_flag=True, help="Evidence was shown; it is not kept.")
@click.option("--received-at", metavar="INSTANT", help="When the claim reached the hub, if the policy sets a limit.")
@click.option("--approved-by", metavar="NAME", help="Approved at once, by whom; else it is a claim.")
@by_option
@json_option
@takes(_ExemptionOptions)
def exempt_add(options: _ExemptionOptions) -> None:
    """Record an exemption: Ofsted for a school and days, extenuating circumstances for a workshop.

    No free text is kept, least of all about anybody's health.

    Example: ebsync exempt add --kind ofsted --school 800001 --from 2019-11-04 --to 2019-11-06 --approved-by Jo
    """
    build = _ofsted(options) if options.kind == "ofsted" else _extenuating(options)
    _record(build, options.by, as_json=options.as_json)


def _ofsted(options: _ExemptionOptions) -> Build:
    from eb_sync.recording.notices import build_ofsted
    from eb_sync.workshops.snapshot import with_school

    school = options.school
    if not (school and options.from_on and options.until_on):
        raise UsageError("An Ofsted exemption needs --school, --from and --to.")
    if options.all_bookings or options.workshop or options.code:
        raise UsageError("An Ofsted exemption is for a school and days; the other options are for --kind extenuating.")
    from_on, until_on = options.from_on, options.until_on

    def build(connection: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        days = parse_date(from_on), parse_date(until_on)
        return build_ofsted(with_school(connection, snapshot, school), school, days, options.claim)

    return build


def _extenuating(options: _ExemptionOptions) -> Build:
    from eb_sync.recording.attendance import find_register
    from eb_sync.recording.notices import About, build_extenuating
    from eb_sync.workshops.snapshot import with_school

    workshop, code = options.workshop, options.code
    if not (workshop and code):
        raise UsageError("Extenuating circumstances need --workshop and --code.")
    if options.from_on or options.until_on:
        raise UsageError("--from and --to are for --kind ofsted.")
    about = About(options.all_bookings, options.school)

    def build(connection: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        snapshot = with_school(connection, snapshot, about.school)
        register = find_register(connection, snapshot, workshop)
        return build_extenuating(snapshot, register, about, code, options.claim)

    return build


def _rule(exemption_id: int, state: str, by: str | None, *, as_json: bool, evidence_seen: bool = False) -> None:
    from eb_sync.cli.hub import open_hub
    from eb_sync.recording.notices import build_ruling
    from policies.facts import ExemptionState

    ruling, ruled_by = ExemptionState(state), said_by(open_hub(), by)

    def build(_: sa.Connection, snapshot: Snapshot) -> Sequence[FactContent]:
        return build_ruling(snapshot, exemption_id, ruling, ruled_by, evidence_seen=evidence_seen)

    fact_ids = _record(build, by, as_json=as_json)
    if not fact_ids:
        tell(f"Exemption {exemption_id} is {state} already.")


@exempt_command.command("approve")
@click.argument("exemption_id", type=int, metavar="ID")
@click.option("--evidence-seen", is_flag=True, help="What the policy asks for was shown; it is not kept.")
@by_option
@json_option
def exempt_approve(exemption_id: int, evidence_seen: bool, by: str | None, as_json: bool) -> None:
    """Approve a claim: its places are not charged, and what was issued is credited by the next plan.

    Example: ebsync exempt approve 4711
    """
    _rule(exemption_id, "approved", by, as_json=as_json, evidence_seen=evidence_seen)


@exempt_command.command("refuse")
@click.argument("exemption_id", type=int, metavar="ID")
@by_option
@json_option
def exempt_refuse(exemption_id: int, by: str | None, as_json: bool) -> None:
    """Refuse a claim.

    Example: ebsync exempt refuse 4711
    """
    _rule(exemption_id, "refused", by, as_json=as_json)


@exempt_command.command("revoke")
@click.argument("exemption_id", type=int, metavar="ID")
@by_option
@json_option
def exempt_revoke(exemption_id: int, by: str | None, as_json: bool) -> None:
    """Revoke an exemption that was approved.

    Example: ebsync exempt revoke 4711
    """
    _rule(exemption_id, "revoked", by, as_json=as_json)

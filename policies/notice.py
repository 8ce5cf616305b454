"""The clocks: the deadline of a notice rule, and when notice was given (DESIGN 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from policies.decisions import NoticeGiven, Verdict
from policies.facts import (
    AnnouncedDate,
    BarcodeStatus,
    Booking,
    Channel,
    Delivery,
    Notice,
    Observation,
    Presence,
    Sighting,
    WorkshopFacts,
)
from policies.notice_rules import Deadline, NoticeRule, find_deadline
from policies.parameters import PolicyTerms
from policies.wording import LONDON

LAG = timedelta(minutes=5)
"""By how much Eventbrite's answers may be behind."""

WRITTEN = (Channel.EMAIL, Channel.LETTER)
"""What confirms notice given in another way."""

_FAVOUR = {Verdict.IN_TIME: 0, Verdict.UNPROVEN: 1, Verdict.LATE: 2}


def deadline_for(
    terms: PolicyTerms,
    starts_at: datetime,
    deliveries: Iterable[Delivery] = (Delivery.IN_PERSON,),
    zone: ZoneInfo = LONDON,
) -> Deadline:
    """The last instant at which notice is free of charge, inclusive: of several ways to hold it the most favourable.

    `zone` is the event's own.
    """
    found = [find_deadline(terms.notice_for(delivery), starts_at, zone) for delivery in deliveries]
    return max(found, key=lambda deadline: deadline.at)


def place_deadline(facts: WorkshopFacts, terms: PolicyTerms, booked_at: datetime) -> Deadline:
    """The deadline of one place: of the starts announced since the booking the one most favourable to the teacher."""
    # the latest start gives the latest deadline: a move by the hub never costs the teacher time
    starts_at = max(announced.starts_at for announced in dates_since(facts.dates, booked_at))
    return deadline_for(terms, starts_at, facts.deliveries, facts.zone)


def dates_since(dates: Sequence[AnnouncedDate], booked_at: datetime) -> Sequence[AnnouncedDate]:
    """The date in force when the place was booked, and all announced since."""
    first = 0
    for index, announced in enumerate(dates):
        if announced.announced_at <= booked_at:
            first = index
    return dates[first:]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a booking ended on Eventbrite: somewhere in (`earliest_at`, `latest_at`]."""

    earliest_at: datetime
    latest_at: datetime
    seen_cancelled: bool
    """False: the row went missing and was never seen cancelled."""
    missing_at: datetime | None = None
    """When it was first missing since it was last seen active; None if it never was."""


def find_ending(booking: Booking, sightings: Sequence[Sighting]) -> Ending | None:
    """When the booking was cancelled or vanished; None if it is active, or nothing readable is known of it.

    The spell is everything since it was last seen active; rows that could not be read, and active ones whose status
    nobody has described, say nothing.
    """
    spell = _spell(without_stale(booking.observations))
    if not spell:
        return None
    cancelled = [observation for observation in spell if observation.presence is Presence.CANCELLED]
    seen = cancelled or spell
    proofs = _active_proofs(booking, sightings)
    # without a read that proves it active later, it may have been cancelled right after it was made
    earliest = max(proofs[-1], booking.created_at) if proofs else booking.created_at
    latest = min([seen[0].received_at, *_new_stamps(booking, spell)])
    # Eventbrite's own stamp beats our sightings: they then came from a replica or a clock that was behind
    if latest < earliest:
        before = [proof for proof in proofs if proof < latest]
        earliest = max(before[-1], booking.created_at) if before else booking.created_at
    missing_at = next((o.received_at for o in spell if o.presence is Presence.VANISHED), None)
    return Ending(earliest, max(latest, earliest), seen_cancelled=bool(cancelled), missing_at=missing_at)


def without_stale(observations: Sequence[Observation]) -> Sequence[Observation]:
    """Without what a slow replica returned: a booking shown active as it was changed before it was seen cancelled."""
    kept: list[Observation] = []
    cancelled_at: datetime | None = None
    for observation in observations:
        changed_at = observation.changed_at
        if observation.presence is Presence.CANCELLED and changed_at is not None:
            cancelled_at = changed_at if cancelled_at is None else max(cancelled_at, changed_at)
        is_before = cancelled_at is not None and changed_at is not None and changed_at < cancelled_at
        # a stale row would prove the booking active after it was cancelled, and make notice late that was not
        if observation.presence is not Presence.ACTIVE or not is_before:
            kept.append(observation)
    return observations if len(kept) == len(observations) else kept


def find_doubt(booking: Booking, sightings: Sequence[Sighting]) -> Ending | None:
    """When a booking's status turned into something that nobody has described; None while it is understood.

    It may have been the end of the booking, somewhere in that time; a person has to say what it was.
    """
    doubtful: list[Observation] = []
    for observation in reversed(without_stale(booking.observations)):
        if observation.presence is Presence.UNREADABLE:
            continue
        if observation.presence is Presence.VANISHED or observation.status_known:
            break
        doubtful.append(observation)
    if not doubtful:
        return None
    proofs = _active_proofs(booking, sightings)
    earliest = max(proofs[-1], booking.created_at) if proofs else booking.created_at
    return Ending(earliest, max(doubtful[-1].received_at, earliest), seen_cancelled=False)


def _spell(observations: Sequence[Observation]) -> list[Observation]:
    spell: list[Observation] = []
    for observation in reversed(observations):
        if _is_active(observation):
            break
        if observation.presence in (Presence.CANCELLED, Presence.VANISHED):
            spell.append(observation)
    spell.reverse()
    return spell


def _is_active(observation: Observation) -> bool:
    """Whether it shows the booking active, in a word that somebody has described."""
    return observation.presence is Presence.ACTIVE and observation.status_known


def _new_stamps(booking: Booking, spell: Iterable[Observation]) -> list[datetime]:
    known = {
        stamp
        for observation in without_stale(booking.observations)
        if _is_active(observation)
        for stamp in (observation.changed_at, observation.barcode_changed_at)
    }
    stamps = []
    for observation in spell:
        stamps.append(observation.changed_at)
        if observation.barcode_status is BarcodeStatus.REFUNDED:
            stamps.append(observation.barcode_changed_at)
    return [stamp for stamp in stamps if stamp is not None and stamp not in known]


def _active_proofs(booking: Booking, sightings: Sequence[Sighting]) -> list[datetime]:
    """For each complete read that returned the booking active, the moment at which it proves that, ascending."""
    proofs = []
    observations, current = booking.observations, {each.id for each in without_stale(booking.observations)}
    index, is_active = 0, False
    for sighting in sightings:
        while index < len(observations) and observations[index].id < sighting.id:
            is_active = _is_active(observations[index]) and observations[index].id in current
            index += 1
        if is_active:
            proofs.append(sighting.started_at - LAG)
    return sorted(proofs)


def judge_ending(ending: Ending, deadline_at: datetime, starts_at: datetime) -> NoticeGiven | None:
    """An ending on Eventbrite as notice; None if it is none: it came after the start, or is only a missing row."""
    # cancelled after the start: that is staying away, not notice
    if ending.earliest_at >= starts_at:
        return None
    # a row that only went missing is never late notice; that it vanished is a question of its own
    if not ending.seen_cancelled and ending.latest_at > deadline_at:
        return None
    latest_at = ending.latest_at
    if ending.missing_at is not None and ending.missing_at <= deadline_at:
        # missing that early it counts as cancelled by then, whatever was read of it afterwards
        latest_at = max(min(latest_at, ending.missing_at), ending.earliest_at)
    # the deadline itself is in time; late is only what lies after it from end to end
    if latest_at <= deadline_at:
        verdict = Verdict.IN_TIME
    elif ending.earliest_at >= deadline_at:
        verdict = Verdict.LATE
    else:
        verdict = Verdict.UNPROVEN
    return NoticeGiven(ending.earliest_at, latest_at, verdict, Channel.EVENTBRITE)


def split_by_channel(
    rules: Sequence[NoticeRule], notices: Sequence[Notice]
) -> tuple[Sequence[Notice], Sequence[Notice]]:
    """Notices of one place that count by at least one rule, and those that do not because of how they were given."""
    if all(rule.takes_every_channel for rule in rules):
        return notices, ()
    # one written message confirms every other notice of the place, in the teacher's favour
    written = any(notice.channel in WRITTEN for notice in notices)
    counted = [
        notice
        for notice in notices
        if any(
            notice.channel in rule.channels and (written or notice.channel not in rule.confirm_in_writing)
            for rule in rules
        )
    ]
    return counted, [notice for notice in notices if notice not in counted]


def judge_notice(notice: Notice, deadline_at: datetime, starts_at: datetime) -> NoticeGiven | None:
    """Notice that a person recorded, a point in time; None if it came after the start."""
    # told once the workshop had begun: that spares nobody
    if notice.received_at >= starts_at:
        return None
    verdict = Verdict.IN_TIME if notice.received_at <= deadline_at else Verdict.LATE
    return NoticeGiven(notice.received_at, notice.received_at, verdict, notice.channel)


def most_favourable(given: Iterable[NoticeGiven]) -> NoticeGiven | None:
    """Of several notices the one best for the teacher; among equals the earliest; None if there is none."""
    return min(given, key=lambda notice: (_FAVOUR[notice.verdict], notice.latest_at, notice.earliest_at), default=None)

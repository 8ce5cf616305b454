"""Evidence: sentences a head teacher understands, each a fact with its time, without names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from zoneinfo import ZoneInfo

from policies.decisions import NoticeGiven, Reason, Verdict
from policies.exemptions import find_claims, is_too_late, last_claim_at
from policies.facts import Channel, ExemptionState, Mark, Notice, WorkshopFacts
from policies.notice import dates_since
from policies.place import Place
from policies.wording import interval_text, local_text


class Source(StrEnum):
    """Where what a sentence says is kept, in words for its reader."""

    BOOKING = "Eventbrite, where the booking was made"
    EVENTBRITE = "Eventbrite, as read by the hub"
    REGISTER = "the register of the workshop, kept by its lead"
    MESSAGES = "the hub's record of messages"
    EVENTBRITE_AND_MESSAGES = "Eventbrite and the hub's record of messages"
    EXEMPTIONS = "the hub's record of exemptions"
    HUB = "the hub's records"


_PATTERNS: list[tuple[re.Pattern[str], Source]] = []


def _said(source: Source, template: str) -> Callable[..., str]:
    """A template of sentences from one source: gives what fills it.

    Decisions are kept with their sentences and not with the sources of these. So a template also tells its sentences.
    """
    words = re.split(r"\{\w+\}", template)
    _PATTERNS.append((re.compile(".*".join(re.escape(each) for each in words), re.DOTALL), source))
    return template.format


def source_of(sentence: str) -> Source:
    """Where a sentence of evidence comes from; of one that no template here tells (a price's), the hub's records."""
    return next((source for pattern, source in _PATTERNS if pattern.fullmatch(sentence)), Source.HUB)


_CALLED_OFF = _said(Source.HUB, "the hub called the workshop off")
_BOOKED = _said(Source.BOOKING, "booked on {at}")
_CLOSED = _said(Source.REGISTER, "the register was closed on {at}")
_NO_NOTICE = _said(Source.EVENTBRITE_AND_MESSAGES, "no notice reached the hub; the deadline was {deadline}")
_NO_NOTICE_THAT_COUNTS = _said(
    Source.EVENTBRITE_AND_MESSAGES, "no notice that counts reached the hub; the deadline was {deadline}"
)
_TOLD = _said(Source.MESSAGES, "the hub was told {how} on {at}, {but}")
_NOTICE = _said(Source.MESSAGES, "notice was given{how} {when}{then}")
_CANCELLED = _said(Source.EVENTBRITE, "cancelled on Eventbrite {when}{then}")
_GONE = _said(Source.EVENTBRITE, "gone from Eventbrite {when}{then}")
_STATUS = _said(Source.EVENTBRITE, "given a status on Eventbrite that nobody has described {when}{then}")
_OTHER_GIVEN_UP = _said(Source.HUB, "the same teacher's other booking {other} was {how} {when}")
_CLAIMS_UNTIL = _said(Source.EXEMPTIONS, "the policy takes such claims until {at}")
_CLAIMS_NEED = _said(Source.EXEMPTIONS, "the policy asks for this to be shown: {evidence}")
_CLAIMED = _said(Source.EXEMPTIONS, "an exemption was claimed on {at}; {until}")
_SAID_SAME = _said(Source.HUB, "a person said that it is the teacher of {others}")
_COUNTS_INSTEAD = _said(Source.HUB, "the same teacher's booking {other} counts instead")
_MAY_BE = _said(Source.HUB, "it may be the teacher of {others}")
_ARRIVED = _said(Source.EVENTBRITE, "came on the booking {other}, {which}")
_CAME_BY = _said(Source.EVENTBRITE, "checked in on Eventbrite, or marked, by the booking {other}, {which}")
_STOOD_IN = _said(Source.REGISTER, "marked on the register as having come in a colleague's place")
_CONTESTED = _said(Source.REGISTER, "a register that came back later says {mark}")
_DECIDED = _said(Source.HUB, "a person decided that the teacher {was} there")
_MOVED = _said(Source.HUB, "the date or the time of the workshop changed after the place was booked")
_ANNOUNCED_LATE = _said(
    Source.HUB, "that the workshop takes place was announced when notice could not be given in time any more"
)
_WALKED_IN = _said(Source.REGISTER, "came without a booking")
_CHECKED_IN = _said(Source.EVENTBRITE, "checked in on Eventbrite")
_CONFIRMED = _said(Source.HUB, "a person confirmed that the teacher was there")

_MARKED = {
    Mark.PRESENT: _said(Source.REGISTER, "marked present on the register"),
    Mark.LATE: _said(Source.REGISTER, "marked as having come late"),
    Mark.LEFT_EARLY: _said(Source.REGISTER, "marked as having left early"),
    Mark.TURNED_AWAY: _said(Source.REGISTER, "marked as having come too late to be admitted"),
    Mark.ABSENT: _said(Source.REGISTER, "marked absent on the register"),
}

_BY_REASON = {
    reason: _said(source, sentence)
    for source, sentences in {
        Source.EVENTBRITE: {
            Reason.BOOKING_VANISHED: "the booking disappeared from Eventbrite without having been seen cancelled",
            Reason.STATUS_UNKNOWN: "Eventbrite gives the booking a status that nobody has described",
            Reason.TICKET_UNKNOWN: "no list of tickets says whether the booking's ticket is for a seat",
            Reason.PERSON_UNKNOWN: "the booking never had a name nor an address",
        },
        Source.REGISTER: {
            Reason.REGISTER_OPEN: "the register is not closed yet",
            Reason.ATTENDANCE_UNMARKED: "nobody marked whether the teacher was there",
        },
        Source.EXEMPTIONS: {
            Reason.EXEMPTION_CLAIMED: "an exemption was claimed and nobody has decided about it yet",
            Reason.OFSTED: "an exemption for an Ofsted inspection was approved",
            Reason.EXTENUATING: "an exemption for extenuating circumstances was approved",
        },
        Source.HUB: {
            Reason.DATES_UNKNOWN: "the dates of the workshop are not known yet",
            Reason.NOT_OVER: "the workshop is not over",
            Reason.BOOKINGS_STALE: "the bookings have not been read completely since the workshop ended",
            Reason.OUTSIDE_POLICY: "the charging policy does not cover this workshop or booking",
            Reason.NEVER_BOOKED: "a person confirmed that this place was never booked",
            Reason.CHARGED_ONCE: "a school pays once for a workshop, and another of its teachers has been counted",
            Reason.WAIVED: "a person waived the charge",
            Reason.DUPLICATE_CANCELLED: (
                "after this booking notice was given for the teacher's other one, perhaps in time"
            ),
            Reason.BOOKED_AFTER_DEADLINE: "the place was booked when notice could not be given in time any more",
            Reason.DUPLICATE_SUSPECTED: "perhaps this is the teacher of another booking here, spelt differently",
            Reason.NO_PLACE: "a person said that the ticket is not for a seat",
            Reason.TRANSFERRED: "the same teacher booked another workshop at about the time of cancelling",
            Reason.PERSON_ERASED: "the name behind the booking was erased, so that nobody can say any more whose it is",
            Reason.WALK_IN_UNMATCHED: "somebody without a booking came whose school is not known",
        },
    }.items()
    for reason, sentence in sentences.items()
}
"""What there is to say beside notice and marks, by reason."""

_CAME_INSTEAD = _said(Source.REGISTER, "{who} came in this place{how}")


def build_evidence(facts: WorkshopFacts, place: Place, reason: Reason, stand_in: str | None) -> tuple[str, ...]:
    """Sentences for one decision, in the order in which they convince.

    Args:
        facts: of the workshop.
        place: the place decided about.
        reason: what was decided.
        stand_in: who came in the teacher's place, by reference; None if nobody did.
    """
    if reason is Reason.WORKSHOP_CANCELLED:
        return (_CALLED_OFF(),)
    zone = facts.zone
    sentences = [] if place.is_walk_in else [_BOOKED(at=local_text(place.created_at, zone))]
    if reason in _BY_REASON:
        sentences.append(_BY_REASON[reason]())
    sentences += _moved(facts, place, reason)
    if stand_in is not None and reason in (Reason.REPLACED, Reason.REFILLED):
        since = ", booked after notice was given" if reason is Reason.REFILLED else ""
        accepted = ", whose school is another, which the hub accepted" if _is_accepted(facts, place, stand_in) else ""
        sentences.append(_CAME_INSTEAD(who=stand_in, how=f"{since}{accepted}"))
    sentences += _claims(facts, place, reason)
    if reason is Reason.DUPLICATE and place.is_judged:
        sentences.append(_SAID_SAME(others=_alike(place)))
    elif reason is Reason.DUPLICATE:
        judged = next((other.id for other in place.others if other.is_judged), "another booking")
        sentences.append(_COUNTS_INSTEAD(other=judged))
    if reason is Reason.DUPLICATE_SUSPECTED:
        sentences.append(_MAY_BE(others=_alike(place)))
    sentences += _attendance(place, reason)
    sentences += _told(facts, place, reason)
    if reason in (Reason.NO_SHOW, Reason.LATE_NOTICE) and facts.register_closed_at is not None:
        sentences.append(_CLOSED(at=local_text(facts.register_closed_at, zone)))
    return tuple(sentences)


def _alike(place: Place) -> str:
    return " or ".join(sorted(each.id for each in place.alike))


def _moved(facts: WorkshopFacts, place: Place, reason: Reason) -> Iterator[str]:
    """What happened to the date, which need not have changed: it may have been named, or named again, too late."""
    if reason is not Reason.WORKSHOP_MOVED:
        return
    starts = {announced.starts_at for announced in dates_since(facts.dates, place.created_at)}
    if len(starts) > 1:
        yield _MOVED()
    else:
        yield _ANNOUNCED_LATE()


def _is_accepted(facts: WorkshopFacts, place: Place, stand_in: str) -> bool:
    here = {each.id for each in place.everyone}
    links = [(link.substitute_id, link.replaces, link.accepted) for link in facts.links]
    links += [(walk_in.reference, walk_in.replaces or "", walk_in.accepted) for walk_in in facts.walk_ins]
    return any(who == stand_in and whom in here and accepted for who, whom, accepted in links)


def _told(facts: WorkshopFacts, place: Place, reason: Reason) -> Iterator[str]:
    """What reached the hub, whether it counts or not, and that nothing did only where nothing did."""
    if place.notice is not None:
        yield _notice_sentence(place, place.notice, facts.zone)
    if place.deadline is None or reason not in (Reason.NO_SHOW, Reason.LATE_NOTICE):
        return
    ignored = [*_not_counted(facts, place)]
    yield from ignored
    if place.notice is not None:
        return
    yield (_NO_NOTICE_THAT_COUNTS if ignored else _NO_NOTICE)(deadline=place.deadline.text)


def _not_counted(facts: WorkshopFacts, place: Place) -> Iterator[str]:
    starts_at, zone = facts.dates[-1].starts_at, facts.zone
    for notice in place.uncounted:
        yield _told_but(notice, zone, "which the policy does not accept as notice")
    for notice in place.notices:
        if notice.received_at >= starts_at:
            yield _told_but(notice, zone, "when the workshop had begun")
    for other in place.others:
        for given in other.given:
            how = "cancelled on Eventbrite" if given.channel is Channel.EVENTBRITE else "given up"
            when = interval_text(given.earliest_at, given.latest_at, zone)
            yield _OTHER_GIVEN_UP(other=other.id, how=how, when=when)
    ending = place.ending
    if ending is not None and ending.earliest_at >= starts_at:
        ended = _CANCELLED if ending.seen_cancelled else _GONE
        when = interval_text(ending.earliest_at, ending.latest_at, zone)
        yield ended(when=when, then=", when the workshop had begun")


def _claims(facts: WorkshopFacts, place: Place, reason: Reason) -> Iterator[str]:
    """What the policy asks of the claims that wait, and which claims came too late."""
    if not any(claim.state is ExemptionState.CLAIMED for claim in facts.exemptions):
        return
    for claim, rule in find_claims(facts, place):
        if claim.state is not ExemptionState.CLAIMED:
            continue
        limit = last_claim_at(facts, rule)
        until = "" if limit is None else _CLAIMS_UNTIL(at=local_text(limit, facts.zone))
        if reason is Reason.EXEMPTION_CLAIMED:
            yield from filter(None, (until, rule.evidence and _CLAIMS_NEED(evidence=rule.evidence)))
        elif claim.received_at is not None and is_too_late(facts, claim, rule):
            yield _CLAIMED(at=local_text(claim.received_at, facts.zone), until=until)


def _attendance(place: Place, reason: Reason) -> list[str]:
    if place.arrived_as is not None:
        return [_ARRIVED(other=place.arrived_as.id, which=_which(place.arrived_as))]
    if place.mark is not None:
        return [_MARKED[place.mark.mark](), *_to_the_contrary(place, reason)]
    if place.is_walk_in:
        return [_WALKED_IN()]
    if place.checked_in:
        return [_CHECKED_IN()]
    if reason is Reason.ATTENDED:
        return [_CONFIRMED()]
    return []


def _which(arrival: Place) -> str:
    return "whose ticket is for no seat" if arrival.is_no_seat else "which was made when the workshop had begun"


def _to_the_contrary(place: Place, reason: Reason) -> Iterator[str]:
    """What there is against a mark, and what a person decided about it."""
    if not place.is_conflict:
        return
    if place.checked_in:
        yield _CHECKED_IN()
    if place.asked_as is not None:
        yield _CAME_BY(other=place.asked_as.id, which=_which(place.asked_as))
    if place.is_stand_in:
        yield _STOOD_IN()
    if place.contested is not None:
        yield _CONTESTED(mark=place.contested.replace("-", " "))
    if reason is not Reason.ATTENDANCE_CONFLICT and place.is_answered:
        yield _DECIDED(was="was" if place.came else "was not")


def _told_but(notice: Notice, zone: ZoneInfo, but: str) -> str:
    how = "in another way" if notice.channel is Channel.OTHER else f"by {notice.channel}"
    return _TOLD(how=how, at=local_text(notice.received_at, zone), but=but)


def _notice_sentence(place: Place, notice: NoticeGiven, zone: ZoneInfo) -> str:
    """When notice was given, and the deadline it is measured by; times are those of the event's own zone."""
    when = interval_text(notice.earliest_at, notice.latest_at, zone)
    deadline = "" if place.deadline is None else f", the deadline was {place.deadline.text}"
    answered = ""
    if notice.verdict is not Verdict.UNPROVEN and place.deadline_at is not None:
        # of a booking that is gone, and was never seen cancelled, only a person's word says when notice was given
        is_asked = place.is_vanished or place.doubt is not None
        is_open = is_asked or notice.earliest_at < place.deadline_at < notice.latest_at
        decided = notice.channel is Channel.EVENTBRITE and is_open
        answered = f"; a person decided that it was {notice.verdict.replace('_', ' ')}" if decided else ""
    then = f"{deadline}{answered}"
    if notice.channel is not Channel.EVENTBRITE:
        return _NOTICE(how="" if notice.channel is Channel.OTHER else f" by {notice.channel}", when=when, then=then)
    if place.ending is None and place.doubt is not None:
        return _STATUS(when=when, then=then)
    return (_CANCELLED if place.ending is None or place.ending.seen_cancelled else _GONE)(when=when, then=then)

"""Evidence: sentences a head teacher understands, each a fact with its time, without names."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from policies.decisions import NoticeGiven, Reason, Verdict
from policies.exemptions import find_claims, is_too_late, last_claim_at
from policies.facts import Channel, ExemptionState, Mark, Notice, WorkshopFacts
from policies.notice import dates_since
from policies.place import Place
from policies.wording import interval_text, local_text

_MARKED = {
    Mark.PRESENT: "marked present on the register",
    Mark.LATE: "marked as having come late",
    Mark.LEFT_EARLY: "marked as having left early",
    Mark.TURNED_AWAY: "marked as having come too late to be admitted",
    Mark.ABSENT: "marked absent on the register",
}

_PENDING = {
    Reason.DATES_UNKNOWN: "the dates of the workshop are not known yet",
    Reason.NOT_OVER: "the workshop is not over",
    Reason.REGISTER_OPEN: "the register is not closed yet",
    Reason.BOOKINGS_STALE: "the bookings have not been read completely since the workshop ended",
    Reason.OUTSIDE_POLICY: "the charging policy does not cover this workshop or booking",
    Reason.NEVER_BOOKED: "a person confirmed that this place was never booked",
    Reason.CHARGED_ONCE: "a school pays once for a workshop, and another of its teachers has been counted",
    Reason.WAIVED: "a person waived the charge",
    Reason.EXEMPTION_CLAIMED: "an exemption was claimed and nobody has decided about it yet",
    Reason.OFSTED: "an exemption for an Ofsted inspection was approved",
    Reason.EXTENUATING: "an exemption for extenuating circumstances was approved",
    Reason.DUPLICATE_CANCELLED: "after this booking notice was given for the teacher's other one, perhaps in time",
    Reason.BOOKING_VANISHED: "the booking disappeared from Eventbrite without having been seen cancelled",
    Reason.BOOKED_AFTER_DEADLINE: "the place was booked when notice could not be given in time any more",
    Reason.DUPLICATE_SUSPECTED: "perhaps this is the teacher of another booking here, spelt differently",
    Reason.STATUS_UNKNOWN: "Eventbrite gives the booking a status that nobody has described",
    Reason.TICKET_UNKNOWN: "no list of tickets says whether the booking's ticket is for a seat",
    Reason.NO_PLACE: "a person said that the ticket is not for a seat",
    Reason.TRANSFERRED: "the same teacher booked another workshop at about the time of cancelling",
    Reason.PERSON_ERASED: "the name behind the booking was erased, so that nobody can say any more whose it is",
    Reason.PERSON_UNKNOWN: "the booking never had a name nor an address",
    Reason.WALK_IN_UNMATCHED: "somebody without a booking came whose school is not known",
    Reason.ATTENDANCE_UNMARKED: "nobody marked whether the teacher was there",
}
"""What there is to say beside notice and marks, by reason."""


def build_evidence(facts: WorkshopFacts, place: Place, reason: Reason, stand_in: str | None) -> tuple[str, ...]:
    """Sentences for one decision, in the order in which they convince.

    Args:
        facts: of the workshop.
        place: the place decided about.
        reason: what was decided.
        stand_in: who came in the teacher's place, by reference; None if nobody did.
    """
    if reason is Reason.WORKSHOP_CANCELLED:
        return ("the hub called the workshop off",)
    zone = facts.zone
    sentences = [] if place.is_walk_in else [f"booked on {local_text(place.created_at, zone)}"]
    if reason in _PENDING:
        sentences.append(_PENDING[reason])
    sentences += _moved(facts, place, reason)
    if stand_in is not None and reason in (Reason.REPLACED, Reason.REFILLED):
        since = ", booked after notice was given" if reason is Reason.REFILLED else ""
        accepted = ", whose school is another, which the hub accepted" if _is_accepted(facts, place, stand_in) else ""
        sentences.append(f"{stand_in} came in this place{since}{accepted}")
    sentences += _claims(facts, place, reason)
    if reason is Reason.DUPLICATE and place.is_judged:
        sentences.append(
            f"a person said that it is the teacher of {' or '.join(sorted(each.id for each in place.alike))}"
        )
    elif reason is Reason.DUPLICATE:
        judged = next((other.id for other in place.others if other.is_judged), "another booking")
        sentences.append(f"the same teacher's booking {judged} counts instead")
    if reason is Reason.DUPLICATE_SUSPECTED:
        sentences.append(f"it may be the teacher of {' or '.join(sorted(each.id for each in place.alike))}")
    sentences += _attendance(place, reason)
    sentences += _told(facts, place, reason)
    if reason in (Reason.NO_SHOW, Reason.LATE_NOTICE) and facts.register_closed_at is not None:
        sentences.append(f"the register was closed on {local_text(facts.register_closed_at, zone)}")
    return tuple(sentences)


def _moved(facts: WorkshopFacts, place: Place, reason: Reason) -> Iterator[str]:
    """What happened to the date, which need not have changed: it may have been named, or named again, too late."""
    if reason is not Reason.WORKSHOP_MOVED:
        return
    starts = {announced.starts_at for announced in dates_since(facts.dates, place.created_at)}
    if len(starts) > 1:
        yield "the date or the time of the workshop changed after the place was booked"
    else:
        yield "that the workshop takes place was announced when notice could not be given in time any more"


def _is_accepted(facts: WorkshopFacts, place: Place, stand_in: str) -> bool:
    here = {each.id for each in place.everyone}
    links = [(link.substitute_id, link.replaces, link.accepted) for link in facts.links]
    links += [(walk_in.reference, walk_in.replaces or "", walk_in.accepted) for walk_in in facts.walk_ins]
    return any(who == stand_in and whom in here and accepted for who, whom, accepted in links)


def _told(facts: WorkshopFacts, place: Place, reason: Reason) -> Iterator[str]:
    """What reached the hub, whether it counts or not, and that nothing did only where nothing did."""
    if place.notice is not None:
        yield notice_sentence(place, place.notice, facts.zone)
    if place.deadline is None or reason not in (Reason.NO_SHOW, Reason.LATE_NOTICE):
        return
    ignored = [*_not_counted(facts, place)]
    yield from ignored
    if place.notice is not None:
        return
    if not ignored:
        yield f"no notice reached the hub; the deadline was {place.deadline.text}"
    else:
        yield f"no notice that counts reached the hub; the deadline was {place.deadline.text}"


def _not_counted(facts: WorkshopFacts, place: Place) -> Iterator[str]:
    starts_at, zone = facts.dates[-1].starts_at, facts.zone
    for notice in place.uncounted:
        yield f"{_told_how(notice, zone)}, which the policy does not accept as notice"
    for notice in place.notices:
        if notice.received_at >= starts_at:
            yield f"{_told_how(notice, zone)}, when the workshop had begun"
    for other in place.others:
        for given in other.given:
            how = "cancelled on Eventbrite" if given.channel is Channel.EVENTBRITE else "given up"
            when = interval_text(given.earliest_at, given.latest_at, zone)
            yield f"the same teacher's other booking {other.id} was {how} {when}"
    ending = place.ending
    if ending is not None and ending.earliest_at >= starts_at:
        how = "cancelled on Eventbrite" if ending.seen_cancelled else "gone from Eventbrite"
        yield f"{how} {interval_text(ending.earliest_at, ending.latest_at, zone)}, when the workshop had begun"


def _claims(facts: WorkshopFacts, place: Place, reason: Reason) -> Iterator[str]:
    """What the policy asks of the claims that wait, and which claims came too late."""
    if not any(claim.state is ExemptionState.CLAIMED for claim in facts.exemptions):
        return
    for claim, rule in find_claims(facts, place):
        if claim.state is not ExemptionState.CLAIMED:
            continue
        limit = last_claim_at(facts, rule)
        until = "" if limit is None else f"the policy takes such claims until {local_text(limit, facts.zone)}"
        if reason is Reason.EXEMPTION_CLAIMED:
            yield from filter(None, (until, rule.evidence and f"the policy asks for this to be shown: {rule.evidence}"))
        elif claim.received_at is not None and is_too_late(facts, claim, rule):
            yield f"an exemption was claimed on {local_text(claim.received_at, facts.zone)}; {until}"


def _attendance(place: Place, reason: Reason) -> list[str]:
    if place.arrived_as is not None:
        return [f"came on the booking {place.arrived_as.id}, {_which(place.arrived_as)}"]
    if place.mark is not None:
        return [_MARKED[place.mark.mark], *_to_the_contrary(place, reason)]
    if place.is_walk_in:
        return ["came without a booking"]
    if place.checked_in:
        return ["checked in on Eventbrite"]
    if reason is Reason.ATTENDED:
        return ["a person confirmed that the teacher was there"]
    return []


def _which(arrival: Place) -> str:
    return "whose ticket is for no seat" if arrival.is_no_seat else "which was made when the workshop had begun"


def _to_the_contrary(place: Place, reason: Reason) -> Iterator[str]:
    """What there is against a mark, and what a person decided about it."""
    if not place.is_conflict:
        return
    if place.checked_in:
        yield "checked in on Eventbrite"
    if place.asked_as is not None:
        yield f"checked in on Eventbrite, or marked, by the booking {place.asked_as.id}, {_which(place.asked_as)}"
    if place.is_stand_in:
        yield "marked on the register as having come in a colleague's place"
    if place.contested is not None:
        yield f"a register that came back later says {place.contested.replace('-', ' ')}"
    if reason is not Reason.ATTENDANCE_CONFLICT and place.is_answered:
        yield f"a person decided that the teacher {'was' if place.came else 'was not'} there"


def _told_how(notice: Notice, zone: ZoneInfo) -> str:
    how = "in another way" if notice.channel is Channel.OTHER else f"by {notice.channel}"
    return f"the hub was told {how} on {local_text(notice.received_at, zone)}"


def notice_sentence(place: Place, notice: NoticeGiven, zone: ZoneInfo) -> str:
    """When notice was given, and the deadline it is measured by; times are those of the event's own zone."""
    when = interval_text(notice.earliest_at, notice.latest_at, zone)
    if notice.channel is not Channel.EVENTBRITE:
        how = "notice was given" if notice.channel is Channel.OTHER else f"notice was given by {notice.channel}"
    else:
        seen = place.ending is None or place.ending.seen_cancelled
        how = "cancelled on Eventbrite" if seen else "gone from Eventbrite"
        if place.ending is None and place.doubt is not None:
            how = "given a status on Eventbrite that nobody has described"
    deadline = "" if place.deadline is None else f", the deadline was {place.deadline.text}"
    answered = ""
    if notice.verdict is not Verdict.UNPROVEN and place.deadline_at is not None:
        # of a booking that is gone, and was never seen cancelled, only a person's word says when notice was given
        is_asked = place.is_vanished or place.doubt is not None
        is_open = is_asked or notice.earliest_at < place.deadline_at < notice.latest_at
        decided = notice.channel is Channel.EVENTBRITE and is_open
        answered = f"; a person decided that it was {notice.verdict.replace('_', ' ')}" if decided else ""
    return f"{how} {when}{deadline}{answered}"


_REGISTER = "the register of the workshop, kept by its lead"
_EVENTBRITE = "Eventbrite, as read by the hub"
_MESSAGES = "the hub's record of messages"
_SOURCES = (
    (("booked on ",), "Eventbrite, where the booking was made"),
    (
        (
            "cancelled on Eventbrite",
            "gone from Eventbrite",
            "given a status on Eventbrite",
            "checked in on Eventbrite",
            "came on the booking",
            "Eventbrite gives",
            "no list of tickets",
            "the booking disappeared",
            "the booking never had",
        ),
        _EVENTBRITE,
    ),
    (("marked ", "a register that came back", "nobody marked", "came without a booking", "the register "), _REGISTER),
    (("no notice reached", "no notice that counts"), f"Eventbrite and {_MESSAGES}"),
    (("notice was given", "the hub was told"), _MESSAGES),
    (("an exemption ", "the policy takes ", "the policy asks "), "the hub's record of exemptions"),
)
"""How sentences begin that come from one source."""


def source_of(sentence: str) -> str:
    """Where a sentence of evidence comes from, in words for its reader."""
    if " came in this place" in sentence:
        return _REGISTER
    return next((source for beginnings, source in _SOURCES if sentence.startswith(beginnings)), "the hub's records")

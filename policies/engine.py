"""The decision for each place at a workshop: the rows of DESIGN 5.2, first match wins, then unlinked substitutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from policies.call_offs import is_called_off
from policies.charges import Price, find_part_price, find_price
from policies.decisions import Decision, Outcome, PolicyVersion, Reason
from policies.evidence import build_evidence
from policies.facts import AnswerWord, Channel, Mark, WorkshopFacts
from policies.no_show import QUESTIONS, ROWS, Case, answer_to, replaced_row
from policies.notice import dates_since
from policies.notice_rules import Deadline
from policies.parameters import Policy, PolicyTerms
from policies.persons import find_likely_same
from policies.place import Place
from policies.places import build_places
from policies.substitutes import find_links, find_refilled, find_unlinked, find_unmatched

OUTCOMES: Mapping[Reason, Outcome] = {
    Reason.WORKSHOP_CANCELLED: Outcome.WORKSHOP_CANCELLED,
    Reason.ATTENDED: Outcome.ATTENDED,
    Reason.REPLACED: Outcome.REPLACED,
    Reason.DUPLICATE: Outcome.DUPLICATE,
    Reason.NOTICE_IN_TIME: Outcome.NOTICE_IN_TIME,
    Reason.OFSTED: Outcome.EXEMPT,
    Reason.EXTENUATING: Outcome.EXEMPT,
    Reason.WAIVED: Outcome.WAIVED,
    Reason.OUTSIDE_POLICY: Outcome.NOT_CHARGED,
    Reason.NEVER_BOOKED: Outcome.NOT_CHARGED,
    Reason.CHARGED_ONCE: Outcome.NOT_CHARGED,
    Reason.REFILLED: Outcome.NOT_CHARGED,
    Reason.NO_PLACE: Outcome.NOT_CHARGED,
    Reason.TURNED_AWAY: Outcome.NOT_CHARGED,
    Reason.PART_ATTENDANCE: Outcome.CHARGE,
    Reason.DATES_UNKNOWN: Outcome.PENDING,
    Reason.NOT_OVER: Outcome.PENDING,
    Reason.REGISTER_OPEN: Outcome.PENDING,
    Reason.BOOKINGS_STALE: Outcome.PENDING,
    **dict.fromkeys(QUESTIONS, Outcome.REVIEW),
    Reason.LATE_NOTICE: Outcome.CHARGE,
    Reason.NO_SHOW: Outcome.CHARGE,
}
"""What follows from each reason; `TURNED_AWAY` is charged where the policy says so, and what costs nothing never is."""


def assess_workshop(facts: WorkshopFacts, policy: Policy, as_of: datetime) -> tuple[Decision, ...]:
    """One decision for each place: bookings by creation and reference, then walk-ins by recording.

    `facts` are those recorded by `as_of`, which is also the clock of the rules.
    """
    places = build_places(facts, policy)
    case = _build_case(facts, policy, as_of, places)
    decided = {place.id: place for place in places if not place.is_arrival}
    decisions = {place.id: _decide(case, place) for place in decided.values()}
    stand_ins = {place_id: who for place_id, who in case.links.items() if _needs_stand_in(case, decided[place_id])}
    asked = _ask_suspected(case, decided.values(), decisions)  # who is a question needs nobody in their place
    for find, reason in ((find_unlinked, Reason.REPLACED), (find_refilled, Reason.REFILLED)):
        for place_id, stand_in in find(places, decisions, stand_ins).items():
            decisions[place_id] = _decision(case, decided[place_id], reason, stand_in)
            stand_ins[place_id] = stand_in
    decisions.update(asked)
    _ask_suspected(case, decided.values(), decisions)  # what became of others may speak for somebody
    for place in find_unmatched(places, stand_ins, decisions):
        # a stranger who came may be the substitute of the teacher about to be billed: ask before billing
        if answer_to(case, place, Reason.WALK_IN_UNMATCHED) is None:
            decisions[place.id] = _decision(case, place, Reason.WALK_IN_UNMATCHED)
    # last, because only what is still charged by now can be a school's one charge
    for place in _find_charged_once(decided.values(), decisions):
        decisions[place.id] = _decision(case, place, Reason.CHARGED_ONCE)
    return tuple(decisions.values())


def _needs_stand_in(case: Case, replaced: Place) -> bool:
    """Whether a teacher would be charged, had nobody come for them; else who came is free for others."""
    for place in (each for each in replaced.everyone if not each.is_arrival and not each.is_walk_in):
        # whether this would be a bill without the link: if not, whoever came is free to spare somebody else one
        reasons = (row(case, place) for row in ROWS if row is not replaced_row)
        reason = next((reason for reason in reasons if reason is not None), Reason.NO_SHOW)
        if _outcome(place.terms, reason) is Outcome.CHARGE and not _may_be_spoken_for(case.facts, place):
            return True
    return False


def _may_be_spoken_for(facts: WorkshopFacts, place: Place) -> bool:
    """Whether nobody ever named the teacher's school, so that what was said of a school may be about theirs."""
    keys = [*(notice.school_key for notice in facts.notices), *(claim.school_key for claim in facts.exemptions)]
    return not place.school_keys and any(key is not None for key in keys)


def _ask_suspected(case: Case, places: Collection[Place], decisions: dict[str, Decision]) -> dict[str, Decision]:
    """Turn charges of those who may be somebody else here into questions; gives what had been decided."""
    suspected = _find_suspected(case, places, decisions)
    before = {place.id: decisions[place.id] for place in suspected}
    decisions.update({place.id: _decision(case, place, Reason.DUPLICATE_SUSPECTED) for place in suspected})
    return before


def _find_suspected(case: Case, places: Collection[Place], decisions: Mapping[str, Decision]) -> list[Place]:
    """Places still charged whose teacher may be somebody who is not charged here, or is charged already.

    Nobody is charged twice, or in spite of what was said about them, only because two spellings look like two people.
    """
    charged = [place for place in places if decisions[place.id].outcome is Outcome.CHARGE]
    asked = [each for each in charged if each.alike and answer_to(case, each, Reason.DUPLICATE_SUSPECTED) is None]
    likely = {
        place.id: [decisions[other.id] for other in find_likely_same(place) if other.id in decisions] for place in asked
    }
    same = {place.id for place in places if place.is_judged and decisions[place.id].outcome is Outcome.DUPLICATE}
    spoken = {
        place.id
        for place in asked
        if any(other.id in same or _is_spoken_of(case, other) for other in find_likely_same(place))
    }
    suspected = _find_spoken_for(asked, likely, spoken)
    billed: set[str] = set()
    for place in sorted(charged, key=lambda place: place.is_faceless):  # a row without a name may be any of the others
        # two spellings of one teacher are billed once: the second bill becomes a question
        if place.id not in suspected and any(other.booking_id in billed for other in likely.get(place.id, ())):
            suspected.add(place.id)
        if place.id not in suspected:
            billed.add(place.id)
    return [place for place in charged if place.id in suspected]


def _is_spoken_of(case: Case, arrival: Place) -> bool:
    """Whether something was recorded about a booking about which nothing is decided, or is asked about it."""
    facts = case.facts
    if arrival.is_conflict and not arrival.is_answered:
        return True
    if not arrival.is_arrival:
        return False
    about = [*(each.booking_id for each in facts.notices), *(each.booking_id for each in facts.exemptions)]
    about += [*(each.booking_id for each in facts.answers), *(each.replaces for each in facts.links)]
    return arrival.id in about or any(walk_in.replaces == arrival.id for walk_in in facts.walk_ins)


def _find_spoken_for(
    asked: Sequence[Place], likely: Mapping[str, Sequence[Decision]], spoken: Collection[str]
) -> set[str]:
    """Places for which something speaks, and those whose teacher may be that of such a place, and so on."""
    spoken = set(spoken)
    while True:
        more = {
            place.id
            for place in asked
            if place.id not in spoken
            and any(_speaks_for(place, other) or other.booking_id in spoken for other in likely[place.id])
        }
        if not more:
            return spoken
        spoken |= more


_SPEAKING = frozenset(
    {
        *(Outcome.ATTENDED, Outcome.REPLACED, Outcome.EXEMPT, Outcome.WAIVED),
        Outcome.NOT_CHARGED,
        *(Outcome.REVIEW, Outcome.PENDING),  # what is open may yet be answered in their favour
    }
)
_SILENT = frozenset({Reason.OUTSIDE_POLICY, Reason.NEVER_BOOKED, Reason.NO_PLACE, Reason.CHARGED_ONCE})
"""Why a place is not charged that says nothing of its teacher."""


def _speaks_for(place: Place, other: Decision) -> bool:
    """Whether what was decided about somebody would be so for this place, too, if they were the same person."""
    if other.outcome is Outcome.NOTICE_IN_TIME:  # of a booking given back before this one was made it says nothing
        notice = other.notice
        is_recorded = notice is not None and notice.channel is not Channel.EVENTBRITE
        return is_recorded or (notice is not None and notice.latest_at > place.created_at)
    return other.outcome in _SPEAKING and other.reason not in _SILENT


def _find_charged_once(places: Iterable[Place], decisions: Mapping[str, Decision]) -> list[Place]:
    """Of a school that pays once for a workshop all charged places but the dearest, of equals the first booked.

    A charge that was waived, or credited by hand, was the school's one.
    """
    charged: dict[str, list[Place]] = defaultdict(list)
    has_paid: set[str] = set()
    for place in places:
        # without a confirmed school nobody can say whose second charge it is: it stays one, and the plan blocks it
        if place.school_id is None or place.terms is None or place.terms.charge.per != "school":
            continue
        if decisions[place.id].outcome is Outcome.CHARGE:
            charged[place.school_id].append(place)
        elif decisions[place.id].outcome is Outcome.WAIVED:
            has_paid.add(place.school_id)
    free = []
    for school_id, several in charged.items():
        # one bill is left, the dearest; none where the school's one was waived
        dearest = None if school_id in has_paid else max(several, key=lambda place: decisions[place.id].amount_pence)
        free += [place for place in several if place is not dearest]
    return free


def _build_case(facts: WorkshopFacts, policy: Policy, as_of: datetime, places: list[Place]) -> Case:
    newest = facts.dates[-1]
    newest_arrivals = [
        max(place.newest_mark_id, place.newest_observation_id)
        for place in places
        if place.came and place.school_id is None
    ]
    return Case(
        facts=facts,
        policy=policy,
        as_of=as_of,
        is_off=is_called_off(facts.hub_statement, facts.eventbrite_statement, newest.starts_at),
        links=find_links(facts, places),
        is_stale=facts.read_held or not any(read.started_at > newest.ends_at for read in facts.sightings),
        newest_extra_id=max([*(walk_in.id for walk_in in facts.walk_ins), *newest_arrivals], default=0),
    )


def _decide(case: Case, place: Place) -> Decision:
    for row in ROWS:
        reason = row(case, place)
        if reason is not None:
            return _decision(case, place, reason, case.links.get(place.id))
    # nothing speaks for the teacher: expected, marked absent on a closed register, and no question is open
    return _decision(case, place, Reason.NO_SHOW)


def _decision(case: Case, place: Place, reason: Reason, stand_in: str | None = None) -> Decision:
    terms = place.terms
    outcome = _outcome(terms, reason)
    is_review = outcome is Outcome.REVIEW
    price = _price(case, place, outcome, reason)
    if outcome is Outcome.CHARGE and price.pence == 0:
        outcome = Outcome.NOT_CHARGED  # a policy may ask nothing for it, and a bill about nothing is none
    evidence = build_evidence(case.facts, place, reason, stand_in)
    return Decision(
        workshop_id=case.facts.id,
        booking_id=place.id,
        outcome=outcome,
        reason=reason,
        amount_pence=price.pence,
        clause=None if terms is None else _clause(terms, place.deadline, reason),
        deadline_at=place.deadline_at,
        policy=None if terms is None else PolicyVersion(case.policy.id, terms.version),
        notice=place.notice,
        evidence=evidence if price.sentence is None else (*evidence, price.sentence),
        answers=(*sorted(QUESTIONS[reason]), AnswerWord.WAIVE) if is_review else (),
        since_at=case.facts.register_closed_at if is_review else None,
        deadline_sentence=None if place.deadline is None else place.deadline.sentence,
    )


def _outcome(terms: PolicyTerms | None, reason: Reason) -> Outcome:
    # coming too late is billed only under a policy that names a price for it
    if reason is Reason.TURNED_AWAY and terms is not None and terms.attendance_percent(Mark.TURNED_AWAY) > 0:
        return Outcome.CHARGE
    return OUTCOMES[reason]


_BY_MARK: Mapping[Reason, Mark] = {Reason.TURNED_AWAY: Mark.TURNED_AWAY, Reason.PART_ATTENDANCE: Mark.LEFT_EARLY}


def _price(case: Case, place: Place, outcome: Outcome, reason: Reason) -> Price:
    # no charge without a policy in force when the place was booked and a deadline that it was shown
    if outcome is not Outcome.CHARGE or place.terms is None or place.deadline is None:
        return Price(0, None)
    dates = dates_since(case.facts.dates, place.created_at)
    # who came for a part pays a part, never the price of staying away
    if reason in _BY_MARK:
        percent = place.terms.attendance_percent(_BY_MARK[reason])
        return find_part_price(place.terms.charge, dates, place.deadline, percent)
    # of several notices the earliest counts: recording another one must not cost more
    given_at = None if place.notice is None else min(given.earliest_at for given in (place.notice, *place.given))
    return find_price(place.terms.charge, dates, place.deadline, given_at)


_BY_NOTICE = frozenset({Reason.NOTICE_IN_TIME, Reason.NOTICE_UNPROVEN, Reason.DUPLICATE_CANCELLED})
_BY_EXEMPTION = frozenset({Reason.OFSTED, Reason.EXTENUATING, Reason.EXEMPTION_CLAIMED})
_BY_SUBSTITUTE = frozenset({Reason.REPLACED, Reason.REFILLED, Reason.WALK_IN_UNMATCHED})


def _clause(terms: PolicyTerms, deadline: Deadline | None, reason: Reason) -> str:
    notice = terms.notice.clause if deadline is None else deadline.rule.clause
    if reason in _BY_NOTICE:
        return notice
    if reason in _BY_EXEMPTION:
        return terms.exemptions.clause
    if reason in _BY_SUBSTITUTE:
        return terms.substitutes.clause
    if reason in _BY_MARK and terms.attendance is not None:
        return terms.attendance.clause
    return f"{terms.charge.clause} {notice}"

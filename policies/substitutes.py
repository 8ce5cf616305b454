"""Colleagues who came instead: linked by a person (row 3), or found among those of the same school."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from policies.decisions import Decision, Outcome, Reason
from policies.facts import WorkshopFacts
from policies.places import Place

HELPED = (Reason.NO_SHOW, Reason.LATE_NOTICE, Reason.NOTICE_UNPROVEN, Reason.ATTENDANCE_UNMARKED)
"""What an unlinked substitute turns into `replaced`, in this order."""


def find_links(facts: WorkshopFacts, places: Sequence[Place]) -> dict[str, str]:
    """For each booking replaced, the reference of who came for it; a substitute covers one booking, the newest said."""
    came = {place.id for place in places if place.came}
    takes_none = {place.id for place in places if not _takes_substitute(place)}
    covers: dict[str, tuple[int, str]] = {}
    said = [(link.id, link.substitute_id, link.replaces) for link in facts.links]
    said += [(walk_in.id, walk_in.reference, walk_in.replaces) for walk_in in facts.walk_ins if walk_in.replaces]
    for link_id, substitute, booking in sorted(said):
        if substitute in came and substitute != booking and booking not in takes_none:
            covers[substitute] = (link_id, booking)
    return {booking: substitute for substitute, (_, booking) in sorted(covers.items(), key=lambda item: item[1])}


def find_unlinked(
    places: Sequence[Place], decisions: Mapping[str, Decision], links: Mapping[str, str]
) -> dict[str, str]:
    """For each absentee helped by a colleague whom nobody linked, the colleague's reference.

    Bookings help first, by booking time, then walk-ins, so that as many as possible are helped: of the absentees whom a
    booking can help, the fewest other extras can help all equally, because a later booking can help whomever an
    earlier one can.
    """
    schools: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.school_id is not None:
            schools[place.school_id].append(place)
    helped: dict[str, str] = {}
    for members in schools.values():
        extras = _extras(members, links)
        absentees = [place for place in members if _can_be_helped(place, decisions)]
        if extras and absentees:  # the usual case is neither
            helped.update(_match(extras, absentees, decisions))
    return helped


def _extras(members: Sequence[Place], links: Mapping[str, str]) -> list[Place]:
    linked = {*links, *links.values()}
    return [place for place in members if place.came and place.id not in linked and not place.others]


def _can_be_helped(place: Place, decisions: Mapping[str, Decision]) -> bool:
    allowed = place.terms is not None and place.terms.substitutes.finds_unlinked and _takes_substitute(place)
    return allowed and decisions[place.id].reason in HELPED


def _takes_substitute(place: Place) -> bool:
    """Whether somebody may come for this teacher; where that must be announced, the hub was told before the start."""
    return place.terms is None or place.terms.substitutes.takes(announced=bool(place.given))


def find_refilled(
    places: Sequence[Place], decisions: Mapping[str, Decision], stand_ins: Mapping[str, str]
) -> dict[str, str]:
    """For each place given back late into which somebody booked afterwards and came, that booking's reference.

    Only under policies that ask nothing for such a place. A newcomer fills one place, and none if they came for a
    colleague; places given back first are filled first, each by the first who booked after it.
    """
    given_back = [
        place
        for place in places
        if place.terms is not None
        and place.terms.substitutes.refilled_is_free
        and place.notice is not None
        and decisions[place.id].reason in (Reason.LATE_NOTICE, Reason.NOTICE_UNPROVEN)
    ]
    taken = {*stand_ins, *stand_ins.values()}
    newcomers = [p for p in places if p.came and not p.is_walk_in and not p.others and p.id not in taken]
    refilled: dict[str, str] = {}
    for place in sorted(given_back, key=lambda place: (_given_at(place), place.created_at, place.id)):
        newcomer = next((one for one in newcomers if one.created_at > _given_at(place)), None)
        if newcomer is not None:
            refilled[place.id] = newcomer.id
            newcomers.remove(newcomer)
    return refilled


def _given_at(place: Place) -> datetime:
    return place.created_at if place.notice is None else place.notice.earliest_at


def _match(extras: Sequence[Place], absentees: Sequence[Place], decisions: Mapping[str, Decision]) -> dict[str, str]:
    left = sorted(absentees, key=lambda place: (HELPED.index(decisions[place.id].reason), place.created_at, place.id))
    booked = sorted((p for p in extras if not p.is_walk_in), key=lambda place: (place.created_at, place.id))
    matched: dict[str, str] = {}
    for extra in booked:
        # whoever booked later can help all of these as well, so that none of them is harder to help than another
        chosen = next((place for place in left if _helps(extra, place)), None)
        if chosen is not None:
            matched[chosen.id] = extra.id
            left.remove(chosen)
    walk_ins = sorted((p for p in extras if p.is_walk_in), key=lambda place: (place.created_at, place.id))
    matched.update({place.id: walk_in.id for walk_in, place in zip(walk_ins, left, strict=False)})
    return matched


def _helps(extra: Place, absentee: Place) -> bool:
    """A booking made after somebody gave notice is in that teacher's place; others booked anyway."""
    notice = absentee.notice
    return notice is not None and extra.created_at > notice.earliest_at


def find_unmatched(
    facts: WorkshopFacts, places: Sequence[Place], links: Mapping[str, str], decisions: Mapping[str, Decision]
) -> list[Place]:
    """Places still charged although somebody came whose school nobody knows; none if there was nobody like that."""
    unknown = {walk_in.reference for walk_in in facts.walk_ins if walk_in.school_id is None} - set(links.values())
    if not any(place.came and place.id in unknown for place in places):
        return []
    return [
        place
        for place in places
        if decisions[place.id].outcome is Outcome.CHARGE
        and place.terms is not None
        and place.terms.substitutes.finds_unlinked
    ]

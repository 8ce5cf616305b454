"""Colleagues who came instead: linked by a person (row 3), or found among those of the same school."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from policies.decisions import Decision, Outcome, Reason
from policies.facts import Channel, WorkshopFacts
from policies.persons import find_stand_ins
from policies.place import Place

HELPED = (Reason.NO_SHOW, Reason.LATE_NOTICE, Reason.NOTICE_UNPROVEN, Reason.ATTENDANCE_UNMARKED)
"""What an unlinked substitute turns into `replaced`, in this order."""


def find_links(facts: WorkshopFacts, places: Sequence[Place]) -> dict[str, str]:
    """For each place replaced, the reference of who came for it: all places of the teacher said to be replaced.

    A substitute is a person, whichever of their places was named, and covers one teacher, the one said last.
    """
    by_id = {place.id: place for place in places}
    covers: dict[str, tuple[int, Place, Place]] = {}
    said = [(link.id, link.substitute_id, link.replaces) for link in facts.links]
    said += [(walk_in.id, walk_in.reference, walk_in.replaces) for walk_in in facts.walk_ins if walk_in.replaces]
    for link_id, substitute_id, replaced_id in sorted(said):
        named, replaced = by_id.get(substitute_id), by_id.get(replaced_id)
        if named is None or replaced is None or not _takes_substitute(replaced):
            continue
        substitute = _find_who_came(named, replaced)
        if substitute is not None:
            covers[_person_of(substitute)] = (link_id, substitute, replaced)
    return {
        place.id: substitute.id
        for _, substitute, replaced in sorted(covers.values(), key=lambda cover: cover[0])
        for place in replaced.everyone
        if not place.is_arrival
    }


def _find_who_came(named: Place, replaced: Place) -> Place | None:
    """The substitute who was named, if that person came, else somebody who may be them and did; never the teacher."""
    for place in find_stand_ins(named):
        is_asked = any(each.is_conflict and not each.is_answered for each in place.everyone)
        if (place.has_come or is_asked) and all(each is not replaced for each in place.everyone):
            return place
    return None


def _person_of(place: Place) -> str:
    """One reference for all places of a person."""
    return min(each.id for each in place.everyone)


@dataclass(frozen=True, slots=True)
class Extra:
    """Somebody who came and whom no expected place of their own explains."""

    place: Place
    """By which they came."""
    booked_since: datetime | None
    """Helps only absentees whose notice was given before; None: helps anybody."""

    def helps(self, absentee: Place) -> bool:
        """A booking made after somebody gave notice is in that teacher's place; others booked anyway."""
        if self.booked_since is None:
            return True
        return absentee.told_at is not None and self.booked_since > absentee.told_at


def find_extras(places: Iterable[Place], links: Mapping[str, str]) -> list[Extra]:
    """Those who came without an expected place of their own, or with late ones only, and are in no link, each once."""
    linked = {*links, *links.values()}
    extras: dict[str, Extra] = {}
    for place in places:
        person = _person_of(place)
        if not place.came or place.is_no_seat or place.arrived_as is not None or person in extras:
            continue
        if all(each.id not in linked for each in place.everyone):
            # a booking in a status, or with a ticket, that nobody understands explains nobody's coming
            understood = [each for each in place.everyone if each.doubt is None and each.is_ticket_known]
            own = [each.created_at for each in understood if each.is_expected]
            extras[person] = Extra(place, min(own, default=None))
    return list(extras.values())


def find_unlinked(
    places: Sequence[Place], decisions: Mapping[str, Decision], links: Mapping[str, str]
) -> dict[str, str]:
    """For each absentee helped by a colleague whom nobody linked, the colleague's reference.

    Bookings help first, by booking time, then whoever has none, so that as many as possible are helped: of the
    absentees whom a booking can help, the fewest other extras can help all equally, because a later booking can help
    whomever an earlier one can.
    """
    by_school: dict[str, list[Extra]] = defaultdict(list)
    for extra in find_extras(places, links):
        for school_id in {each.school_id for each in extra.place.everyone if each.school_id is not None}:
            by_school[school_id].append(extra)
    helped: dict[str, str] = {}
    for school_id, extras in by_school.items():
        absentees = [p for p in places if p.school_id == school_id and _can_be_helped(p, decisions)]
        left = [extra for extra in extras if extra.place.id not in helped.values()]
        if absentees:
            helped.update(_match(left, absentees, decisions))
    return helped


def _can_be_helped(place: Place, decisions: Mapping[str, Decision]) -> bool:
    if place.id not in decisions or decisions[place.id].reason not in HELPED:
        return False
    return place.terms is not None and place.terms.substitutes.finds_unlinked and _takes_substitute(place)


def _takes_substitute(place: Place) -> bool:
    """Whether somebody may come for this teacher; where that must be announced, the hub was told before the start."""
    announced = any(each.given for each in place.everyone)
    return place.terms is None or place.terms.substitutes.takes(announced=announced)


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
    newcomers = [extra for extra in find_extras(places, stand_ins) if extra.booked_since is not None]
    refilled: dict[str, str] = {}
    for place in sorted(given_back, key=lambda place: (place.told_at or place.created_at, place.created_at, place.id)):
        newcomer = next((extra for extra in newcomers if extra.helps(place)), None)
        if newcomer is not None:
            refilled[place.id] = newcomer.place.id
            newcomers.remove(newcomer)
    return refilled


def _match(extras: Sequence[Extra], absentees: Sequence[Place], decisions: Mapping[str, Decision]) -> dict[str, str]:
    left = sorted(absentees, key=lambda place: (_rank(place, decisions[place.id]), place.created_at, place.id))
    booked = [extra for extra in extras if extra.booked_since is not None]
    matched: dict[str, str] = {}
    for extra in sorted(booked, key=lambda extra: (extra.booked_since, extra.place.id)):
        # whoever booked later can help all of these as well, so that none of them is harder to help than another
        chosen = next((place for place in left if extra.helps(place)), None)
        if chosen is not None:
            matched[chosen.id] = extra.place.id
            left.remove(chosen)
    free = [extra for extra in extras if extra.booked_since is None]
    for extra, absentee in zip(sorted(free, key=_by_booking), left, strict=False):
        matched[absentee.id] = extra.place.id
    return matched


def _by_booking(extra: Extra) -> tuple[datetime, str]:
    return extra.place.created_at, extra.place.id


def _rank(place: Place, decision: Decision) -> int:
    """Where an absentee stands in line: late notice that a person recorded does not move anybody back in it."""
    is_seen = any(given.channel is Channel.EVENTBRITE for given in place.given)
    return HELPED.index(decision.reason if is_seen or decision.reason is not Reason.LATE_NOTICE else Reason.NO_SHOW)


def find_unmatched(places: Sequence[Place], links: Mapping[str, str], decisions: Mapping[str, Decision]) -> list[Place]:
    """Places still charged although somebody came, of a school that nobody knows, who may have come for them."""
    came = find_extras(places, links)
    unknown = [extra for extra in came if all(each.school_id is None for each in extra.place.everyone)]
    if not unknown:
        return []
    return [
        place
        for place in places
        if place.id in decisions
        and decisions[place.id].outcome is Outcome.CHARGE
        and place.terms is not None
        and place.terms.substitutes.finds_unlinked
        and any(extra.helps(place) for extra in unknown)
    ]

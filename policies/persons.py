"""Who is the same person at one workshop, who may be, and which of a person's places is judged (DESIGN 5.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from policies.facts import Mark
from policies.place import Place, answer_attendance


def unnamed_seats(rows: Iterable[tuple[str, str, int]]) -> frozenset[str]:
    """Seats of one order under one name and address, two or more: distinct people, each unknown.

    Args:
        rows: of each booking its reference, its order's id and its person's.
    """
    orders: dict[tuple[str, int], set[str]] = defaultdict(set)
    for reference, order_id, person_id in rows:
        orders[order_id, person_id].add(reference)
    return frozenset(reference for seats in orders.values() if len(seats) > 1 for reference in seats)


def link_persons(places: Sequence[Place]) -> None:
    """Find places of the same person, decide which of them is judged, and find who may be the same person.

    Same person: same name and e-mail (`person_id`), or same name and same confirmed school. Judged is whichever was
    attended, else perhaps attended, else expected, else newest; ties: newest, then reference. Unnamed seats are
    nobody's duplicates.
    """
    groups: dict[object, list[Place]] = {}
    for place in places:
        if place.is_unnamed_seat:
            continue
        keys: list[object] = [place.person_id]
        if place.name_id is not None and place.school_id is not None:
            keys.append((place.name_id, place.school_id))
        _join(groups, keys, place)
    for group in {id(group): group for group in groups.values() if len(group) > 1}.values():
        _let_in(group)
        _choose_judged(group)
    _find_alike(places)


def _join(groups: dict[object, list[Place]], keys: Sequence[object], place: Place) -> None:
    found = [groups[key] for key in keys if key in groups]
    group = found[0] if found else []
    if found and found[-1] is not group:
        # the place shows that two persons so far are one
        absorbed = found[-1]
        group.extend(absorbed)
        for key in [key for key, members in groups.items() if members is absorbed]:
            groups[key] = group
    group.append(place)
    for key in keys:
        groups[key] = group


def _let_in(group: Sequence[Place]) -> None:
    """Who came by what is no place of theirs attended, whatever their places' own marks say; so they may have."""
    arrivals = [place for place in group if place.is_arrival]
    asked = next((place for place in arrivals if place.is_conflict or place.came), None)
    for place in group:
        if place.is_arrival or place.is_walk_in or place.came:
            continue
        arrival = next((each for each in arrivals if _shows(each, place)), None)
        if arrival is not None:
            place.came, place.arrived_as = True, arrival
        elif asked is not None:
            place.asked_as = asked
            answer_attendance(place)


def _shows(arrival: Place, place: Place) -> bool:
    """Whether it shows that the teacher of a place came; against a mark, a scanned lunch ticket is only asked about."""
    return arrival.came and (place.mark is None or arrival.mark is not None or not arrival.is_no_seat)


def _choose_judged(group: list[Place]) -> None:
    ordered = sorted(group, key=lambda place: place.id)
    ordered.sort(key=lambda place: place.created_at, reverse=True)
    ordered.sort(key=_rank)
    judged = next((place for place in ordered if not place.is_arrival and not place.is_no_place), None)
    for place in group:
        # a ticket for no seat is no duplicate of one, but what was said of its holder is said of them
        place.is_judged = place is judged or place.is_no_place
        place.others = [other for other in group if other is not place]


def _rank(place: Place) -> int:
    """Attended to the end, attended in part, perhaps attended, expected, and the rest."""
    if place.came:
        return int(place.mark is not None and place.mark.mark is Mark.LEFT_EARLY)
    if place.is_conflict and not place.is_answered:
        return 2  # else another row of the teacher would be charged while this one is asked about
    return 3 if place.is_expected else 4


def _find_alike(places: Sequence[Place]) -> None:
    by_name: dict[int, list[Place]] = defaultdict(list)
    by_person: dict[int, list[Place]] = defaultdict(list)
    told_apart = [place for place in places if not place.is_unnamed_seat and not place.is_no_place]
    for place in told_apart:
        by_person[place.person_id].append(place)
        if place.name_id is not None:
            by_name[place.name_id].append(place)
    faceless = [place for place in told_apart if place.is_faceless]
    alike: dict[str, dict[str, Place]] = {}
    for place in told_apart:
        found = [*by_name.get(place.name_id or 0, ()), *(one for key in place.alike_ids for one in by_person[key])]
        if place.is_faceless and not (place.is_erased or place.is_nameless):
            # a row that lacks only a name may be anybody's: had it one, no school would tell it from its namesake
            found += told_apart
        else:  # whoever was erased, or never had a name nor an address, is asked about anyway
            found += (one for one in faceless if _may_be_of_one_school(place, one))
        alike[place.id] = {one.id: one for one in found}
    for place in told_apart:
        # whoever may be a person by one of their rows may be by all of them
        same = {one.id for one in place.everyone}
        merged = {key: one for each in place.everyone for key, one in alike.get(each.id, {}).items()}
        place.alike = [one for key, one in merged.items() if key not in same]


def _may_be_of_one_school(place: Place, other: Place) -> bool:
    return None in (place.school_id, other.school_id) or place.school_id == other.school_id


def find_stand_ins(named: Place) -> Iterator[Place]:
    """Who may be meant where somebody is said to have come for a colleague: they, then whoever may be they.

    A row without a name is somebody of its school there: a link must not use up whoever came from another.
    """
    yield named
    yield from (one for one in named.alike if not named.is_faceless or _may_be_of_one_school(named, one))


def find_likely_same(place: Place) -> Iterator[Place]:
    """Of those who may be the same person the ones whom no difference tells apart, with their other places.

    Two who have only their name in common, at two confirmed schools, are told apart.
    """
    for other in place.alike:
        if other.person_id in place.alike_ids or _may_be_of_one_school(place, other):
            yield from other.everyone

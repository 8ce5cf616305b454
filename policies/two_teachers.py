"""Two teachers from each school, one a leader: findings early enough to put right (DESIGN 5.3)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from policies.decisions import Finding, FindingKind
from policies.facts import Nomination, WorkgroupFacts, WorkshopNominations
from policies.parameters import Policy, Terms

_YES = frozenset({"yes", "y", "true"})
_NO = frozenset({"no", "n", "false", "none", "neither"})


def assess_workgroup(facts: WorkgroupFacts, policy: Policy) -> tuple[Finding, ...]:
    """All findings of a work group: by school, then by workshop, in the order of their first booking.

    Findings about the group as a whole follow the version in force on `facts.on`, those about one workshop the version
    on its date; where none is in force nothing is found.
    """
    findings: list[Finding] = []
    group_terms = policy.version_on(facts.on)
    if group_terms is not None:
        findings += _group_findings(facts, group_terms)
    for workshop in facts.workshops:
        terms = policy.version_on(workshop.on)
        if terms is not None:
            findings += _workshop_findings(facts.id, workshop, terms)
    return tuple(findings)


def _group_findings(facts: WorkgroupFacts, terms: Terms) -> Iterable[Finding]:
    # a booking on a page for several days stands behind each of them, and is one booking
    bookings = {n.booking_id: n for workshop in facts.workshops for n in workshop.nominations}
    seats = _unnamed(bookings.values())
    for nomination in bookings.values():
        if nomination.school_id is None:
            yield _finding(facts.id, terms, FindingKind.SCHOOL_UNKNOWN, None, [nomination])
    for school_id, nominations in _by_school(bookings.values()).items():
        people = _people(nominations, seats)

        def found(
            kind: FindingKind, school_id: str = school_id, nominations: Sequence[Nomination] = nominations
        ) -> Finding:
            return _finding(facts.id, terms, kind, school_id, nominations)

        if len(people) < terms.teachers.value.minimum:
            yield found(FindingKind.ONE_TEACHER)
        yield from _role_findings(people, terms, found)
    unnamed = [bookings[booking_id] for booking_id in sorted(seats)]
    for order in dict.fromkeys(nomination.order_id for nomination in unnamed):
        several = [nomination for nomination in unnamed if nomination.order_id == order]
        yield _finding(facts.id, terms, FindingKind.TEACHER_UNNAMED, several[0].school_id, several)


def _role_findings(
    people: Sequence[Sequence[Nomination]], terms: Terms, found: Callable[[FindingKind], Finding]
) -> Iterable[Finding]:
    leads = [_any_known(is_leader(nomination, terms) for nomination in person) for person in people]
    if True not in leads:
        yield found(FindingKind.ROLE_UNKNOWN if None in leads else FindingKind.NO_LEADER)
    maths = [_any_known(is_maths_lead(nomination, terms) for nomination in person) for person in people]
    if maths and all(lead is False for lead in maths):
        yield found(FindingKind.NO_MATHS_LEAD)


def _any_known(answers: Iterable[bool | None]) -> bool | None:
    """True if any is, else None if any is unknown, else False."""
    known = list(answers)
    if True in known:
        return True
    return None if None in known else False


def _workshop_findings(workgroup_id: str, workshop: WorkshopNominations, terms: Terms) -> Iterable[Finding]:
    seats = _unnamed(workshop.nominations)
    for school_id, nominations in _by_school(workshop.nominations).items():
        people = _people(nominations, seats)
        twice = [nomination for person in people if len(person) > 1 for nomination in person]
        if twice:
            yield _finding(workgroup_id, terms, FindingKind.SAME_TEACHER_TWICE, school_id, twice, workshop.workshop_id)
        beyond = [nomination for person in people[terms.teachers.value.maximum :] for nomination in person]
        if beyond:
            yield _finding(workgroup_id, terms, FindingKind.TOO_MANY_TEACHERS, school_id, beyond, workshop.workshop_id)


def _finding(
    workgroup_id: str,
    terms: Terms,
    kind: FindingKind,
    school_id: str | None,
    nominations: Iterable[Nomination],
    workshop_id: str | None = None,
) -> Finding:
    booking_ids = tuple(nomination.booking_id for nomination in nominations)
    return Finding(kind, terms.severities.value[kind], workgroup_id, workshop_id, school_id, booking_ids)


def _by_school(nominations: Iterable[Nomination]) -> Mapping[str, list[Nomination]]:
    schools: dict[str, list[Nomination]] = defaultdict(list)
    for nomination in sorted(nominations, key=lambda n: (n.created_at, n.booking_id)):
        if nomination.school_id is not None:
            schools[nomination.school_id].append(nomination)
    return schools


def _unnamed(nominations: Iterable[Nomination]) -> frozenset[str]:
    """Seats of one order under one name and address, two or more: distinct people, each unknown."""
    orders: dict[tuple[str, int], set[str]] = defaultdict(set)
    for nomination in nominations:
        orders[nomination.order_id, nomination.person_id].add(nomination.booking_id)
    return frozenset(booking_id for seats in orders.values() if len(seats) > 1 for booking_id in seats)


def _people(nominations: Sequence[Nomination], seats: frozenset[str]) -> list[list[Nomination]]:
    """The school's distinct people, by their first booking; same name at one school is one person."""
    people: dict[object, list[Nomination]] = {}
    for nomination in nominations:
        key: object = nomination.person_id if nomination.name_id is None else ("name", nomination.name_id)
        if nomination.booking_id in seats:
            key = nomination.booking_id
        people.setdefault(key, []).append(nomination)
    return list(people.values())


def is_leader(nomination: Nomination, terms: Terms) -> bool | None:
    """Whether the teacher leads: by the answer to that question, else by the role's words; None: unknown."""
    answer = nomination.leadership.casefold().strip(" .")
    if answer in _YES:
        return True
    if _says(nomination.role, terms.roles.value.leader) or _says(nomination.role, terms.roles.value.maths_lead):
        return True
    if answer in _NO:
        return False
    return False if nomination.role.strip() else None


def is_maths_lead(nomination: Nomination, terms: Terms) -> bool | None:
    """Whether the teacher is the Maths Lead, by the role's words; None: no role given."""
    if not nomination.role.strip():
        return None
    return _says(nomination.role, terms.roles.value.maths_lead)


def _says(role: str, words: tuple[str, ...]) -> bool:
    return _pattern(words).search(role.casefold()) is not None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word.casefold()) for word in words) + r")\b")

"""Two teachers from each school, one a leader: findings early enough to put right (DESIGN 5.3)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from policies.decisions import Finding, FindingKind
from policies.facts import Nomination, WorkgroupFacts, WorkshopNominations
from policies.parameters import Policy, PolicyTerms
from policies.persons import unnamed_seats

_MARKS = re.compile(r"[\W_]+")
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


def find_unknown_roles(facts: WorkgroupFacts, policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Roles, as typed, in which no word of the policy stands: each with the bookings that have it."""
    terms = policy.version_on(facts.on)
    if terms is None:
        return {}
    unknown: dict[str, list[str]] = defaultdict(list)
    for nomination in _bookings(facts).values():
        role = " ".join(nomination.role.split())
        if role and not _is_known(role, terms):
            unknown[role].append(nomination.booking_id)
    return {role: tuple(booking_ids) for role, booking_ids in unknown.items()}


def _bookings(facts: WorkgroupFacts) -> dict[str, Nomination]:
    """A booking on a page for several days stands behind each of them, and is one booking."""
    return {n.booking_id: n for workshop in facts.workshops for n in workshop.nominations}


def _group_findings(facts: WorkgroupFacts, terms: PolicyTerms) -> Iterable[Finding]:
    bookings = _bookings(facts)
    seats = _unnamed(bookings.values())
    for nomination in bookings.values():
        if nomination.school_id is None:
            yield _finding(facts.id, terms, FindingKind.SCHOOL_UNKNOWN, None, [nomination])
    for school_id, nominations in _by_school(bookings.values()).items():
        people = _people(nominations, seats)
        if terms.teachers.value.counted == "work group":
            for kind in _lacking(people, terms):
                yield _finding(facts.id, terms, kind, school_id, nominations)
        beyond = _beyond(people, terms.teachers.value.cap)
        if beyond:
            yield _finding(facts.id, terms, FindingKind.TOO_MANY_TEACHERS, school_id, beyond)
    unnamed = [bookings[booking_id] for booking_id in sorted(seats)]
    for order in dict.fromkeys(nomination.order_id for nomination in unnamed):
        several = [nomination for nomination in unnamed if nomination.order_id == order]
        yield _finding(facts.id, terms, FindingKind.TEACHER_UNNAMED, several[0].school_id, several)


def _lacking(people: Sequence[Sequence[Nomination]], terms: PolicyTerms) -> Iterable[FindingKind]:
    """What a school's teachers are short of, of what is wanted at all."""
    if len(people) < terms.teachers.value.minimum:
        yield FindingKind.ONE_TEACHER
    leads = [_any_known(is_leader(nomination, terms) for nomination in person) for person in people]
    if True not in leads and terms.roles.leader != "none":
        yield FindingKind.ROLE_UNKNOWN if None in leads else FindingKind.NO_LEADER
    maths = [_any_known(is_maths_lead(nomination, terms) for nomination in person) for person in people]
    if all(lead is False for lead in maths) and terms.roles.maths_lead != "none":
        yield FindingKind.NO_MATHS_LEAD


def _beyond(people: Sequence[Sequence[Nomination]], most: int | None) -> list[Nomination]:
    """The bookings of those teachers who are more than there may be, by booking time."""
    return [] if most is None else [nomination for person in people[most:] for nomination in person]


def _any_known(answers: Iterable[bool | None]) -> bool | None:
    """True if any is, else None if any is unknown, else False."""
    known = list(answers)
    if True in known:
        return True
    return None if None in known else False


def _workshop_findings(workgroup_id: str, workshop: WorkshopNominations, terms: PolicyTerms) -> Iterable[Finding]:
    seats = _unnamed(workshop.nominations)
    for school_id, nominations in _by_school(workshop.nominations).items():
        people = _people(nominations, seats)
        twice = [nomination for person in people if len(person) > 1 for nomination in person]
        if twice:
            yield _finding(workgroup_id, terms, FindingKind.SAME_TEACHER_TWICE, school_id, twice, workshop.workshop_id)
        if terms.teachers.value.counted == "workshop":
            for kind in _lacking(people, terms):
                yield _finding(workgroup_id, terms, kind, school_id, nominations, workshop.workshop_id)
        beyond = _beyond(people, terms.teachers.value.maximum)
        if beyond:
            yield _finding(workgroup_id, terms, FindingKind.TOO_MANY_TEACHERS, school_id, beyond, workshop.workshop_id)


def _finding(
    workgroup_id: str,
    terms: PolicyTerms,
    kind: FindingKind,
    school_id: str | None,
    nominations: Iterable[Nomination],
    workshop_id: str | None = None,
) -> Finding:
    booking_ids = tuple(nomination.booking_id for nomination in nominations)
    return Finding(kind, terms.severity(kind), workgroup_id, workshop_id, school_id, booking_ids)


def _by_school(nominations: Iterable[Nomination]) -> Mapping[str, list[Nomination]]:
    schools: dict[str, list[Nomination]] = defaultdict(list)
    for nomination in sorted(nominations, key=lambda n: (n.created_at, n.booking_id)):
        if nomination.school_id is not None:
            schools[nomination.school_id].append(nomination)
    return schools


def _unnamed(nominations: Iterable[Nomination]) -> frozenset[str]:
    return unnamed_seats((each.booking_id, each.order_id, each.person_id) for each in nominations)


def _people(nominations: Sequence[Nomination], seats: frozenset[str]) -> list[list[Nomination]]:
    """The school's distinct people, by their first booking; same name at one school is one person."""
    people: dict[object, list[Nomination]] = {}
    for nomination in nominations:
        key: object = nomination.person_id if nomination.name_id is None else ("name", nomination.name_id)
        if nomination.booking_id in seats:
            key = nomination.booking_id
        people.setdefault(key, []).append(nomination)
    return list(people.values())


def is_leader(nomination: Nomination, terms: PolicyTerms) -> bool | None:
    """Whether the teacher leads: by the answer to that question, else by the role's words; None: unknown."""
    answer = nomination.leadership.casefold().strip(" .")
    words = terms.roles.value
    if answer in _YES or _says(nomination.role, (*words.leader, *words.maths_lead)):
        return True
    return False if answer in _NO or _says(nomination.role, words.other) else None


def is_maths_lead(nomination: Nomination, terms: PolicyTerms) -> bool | None:
    """Whether the teacher is the Maths Lead, by the role's words; None: no word of the policy stands in it."""
    if _says(nomination.role, terms.roles.value.maths_lead):
        return True
    return False if _is_known(nomination.role, terms) else None


def _is_known(role: str, terms: PolicyTerms) -> bool:
    words = terms.roles.value
    return _says(role, (*words.leader, *words.maths_lead, *words.other))


def _says(role: str, words: tuple[str, ...]) -> bool:
    return _pattern(words).search(_plain(role)) is not None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    said = [plain for word in words if (plain := _plain(word).strip())]
    return re.compile("|".join(f" {re.escape(word)} " for word in said) if said else r"(?!)")


def _plain(text: str) -> str:
    """Words alone, between spaces: case, hyphens and other marks do not matter."""
    return f" {' '.join(_MARKS.sub(' ', text.casefold()).split())} "

"""Suggesting schools for what waits: ranked, each with the evidence for it. Nothing here confirms anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.gias import RegisteredSchool
from eb_sync.model.names import postcode_key
from eb_sync.recording.schools import WaitingSchool, find_known, find_waiting
from eb_sync.schools.evidence import compare_name
from eb_sync.schools.gias import RegisterView
from eb_sync.schools.name_index import NameIndex
from eb_sync.store.each import Each
from eb_sync.store.gias import read_schools
from eb_sync.workshops.snapshot import Snapshot

SHOWN = 3
"""Suggestions for each typed name."""
_ENOUGH = 0.75
"""What a suggestion needs: a name that fits well, or a fair one with other evidence."""
_LEAD = 0.02
"""Suggestions closer to each other than this cannot be told apart."""
_WEIGHTS = {"urn": 0.4, "postcode": 0.5, "district": 0.15, "host": 0.35, "area": 0.1}


class State(StrEnum):
    """How far the evidence goes."""

    SUGGESTED = "suggested"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A school that may be meant."""

    urn: str
    name: str
    address: str
    score: float
    evidence: tuple[str, ...]
    """Sentences."""


@dataclass(frozen=True, slots=True)
class Match:
    """What the register has to say about a school as typed."""

    state: State
    suggestions: tuple[Suggestion, ...]
    """The best first; none where it is unknown."""


_NOTHING = Match(State.UNKNOWN, ())


def find_matches(connection: sa.Connection, snapshot: Snapshot, each: Each) -> list[tuple[WaitingSchool, Match]]:
    """What waits, each with what the register suggests; nothing for what cannot be compared, which is then named."""
    waiting = find_waiting(connection, snapshot)
    index = NameIndex(read_schools(connection, snapshot.hub_id, snapshot.last_fact_id) if waiting else ())
    known = {school.id for school in find_known(connection, snapshot)}
    view = snapshot.school_book.register
    areas = frozenset(school.la_name for urn, school in view.schools.items() if urn in known)
    found: list[tuple[WaitingSchool, Match]] = []
    for entry in waiting:
        match = _NOTHING
        with each.part(" ".join(entry.booking_ids)):
            match = suggest_schools(entry.typed, view, index, areas)
        found.append((entry, match))
    return found


def suggest_schools(typed: TypedSchool, view: RegisterView, index: NameIndex, areas: frozenset[str]) -> Match:
    """The schools that are most likely meant, by all the evidence there is.

    Args:
        typed: as typed with a booking.
        view: what the register has on the typed URN, postcode and e-mail host.
        index: the whole register, by words.
        areas: names of local authorities from which schools are known to come; empty: anywhere.
    """
    by_number = view.school(typed.urn)
    near = [
        *([] if by_number is None else [by_number]),
        *view.at_postcode(typed.postcode),
        *view.with_host(typed.email_host),
        *index.nearest(typed.name),
    ]
    candidates = {school.urn: school for school in near}
    ranked = sorted(
        (_suggest(typed, school, areas) for school in candidates.values()), key=lambda found: (-found.score, found.urn)
    )
    if not ranked or ranked[0].score < _ENOUGH:
        return _NOTHING
    equal = [found for found in ranked if found.score > ranked[0].score - _LEAD]
    if len(equal) > SHOWN:
        return _NOTHING  # too many of one name to choose from
    return Match(State.SUGGESTED, tuple(found for found in ranked[:SHOWN] if found.score > 0))


def _suggest(typed: TypedSchool, school: RegisteredSchool, areas: frozenset[str]) -> Suggestion:
    agreement = compare_name(typed.name, school)
    evidence = _evidence(typed, school, areas)
    score = agreement.score + sum(_WEIGHTS[kind] for kind, _ in evidence)
    if agreement.contradicts:
        score -= 1
    said = [sentence for _, sentence in evidence]
    if agreement.is_plausible:
        said.insert(0, "the name fits")
    address = ", ".join((*school.address, school.postcode))
    return Suggestion(school.urn, school.name, address, round(score, 3), tuple(said))


def _evidence(typed: TypedSchool, school: RegisteredSchool, areas: frozenset[str]) -> Sequence[tuple[str, str]]:
    found = []
    if typed.urn == school.urn:
        found.append(("urn", f"its URN {school.urn} was typed"))
    known = postcode_key(school.postcode)
    if typed.postcode and typed.postcode == known:
        found.append(("postcode", f"its postcode {school.postcode} was typed"))
    elif typed.postcode and typed.postcode[:-3] == known[:-3]:
        found.append(("district", f"the typed postcode is near its own, {school.postcode}"))
    if typed.email_host and typed.email_host == school.website_host:
        found.append(("host", f"the booking's e-mail host is that of its website, {school.website_host}"))
    if school.la_name in areas:
        found.append(("area", f"it is in {school.la_name}"))
    return found

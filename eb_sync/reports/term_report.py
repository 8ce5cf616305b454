"""What became of every place of a term's workshops, by workshop, by school and over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.model.documents import Document
from eb_sync.model.reports import (
    IssuedPaper,
    Period,
    SchoolAttendance,
    ShortSchool,
    Tally,
    TermReport,
    WorkshopAttendance,
)
from eb_sync.reports.findings import read_findings
from eb_sync.reports.terms import SchoolTerm, cut_into_periods
from eb_sync.store.documents import IssuedLine, read_documents, read_lines
from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import Judged, judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, FindingKind, Outcome, Reason, Verdict
from policies.facts import Mark
from policies.place import Place
from policies.places import build_places

_EXCUSED = (Outcome.REPLACED, Outcome.EXEMPT)
_UNDECIDED = (Outcome.REVIEW, Outcome.PENDING)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One place, and the name of the number in a tally under which it falls."""

    workshop: Workshop
    school_id: str | None
    what: str


@dataclass(frozen=True, slots=True)
class _Left:
    """How many workshops of the term are left out, by why."""

    called_off: int
    to_come: int
    dates_unknown: int


def build_term_report(connection: sa.Connection, snapshot: Snapshot, term: SchoolTerm, hub: str | None) -> TermReport:
    """The report about the workshops of a term (by their local date) that are over, as of the snapshot's instant.

    Documents are those about these workshops, whenever they were issued.

    Raises:
        UsageError: none of them is over.
    """
    workshops, left = _choose(snapshot, term)
    if not workshops:
        raise UsageError(f"No workshop of {term.name} is over yet, so there is nothing to report{_said(left)}.")
    outcomes = [
        outcome
        for judged in judge_workshops(connection, snapshot, workshops)
        for outcome in _outcomes(snapshot, judged)
    ]
    lines = read_lines(connection, snapshot.hub_id, snapshot.issued_by_at, [workshop.id for workshop in workshops])
    kind, periods = _periods(term, workshops, outcomes)
    return TermReport(
        term=term.name,
        from_on=term.from_on,
        until_on=term.until_on,
        as_of=snapshot.as_of,
        hub=hub,
        workshops=tuple(_workshop(workshop, outcomes, lines) for workshop in workshops),
        schools=_schools(snapshot, outcomes, lines),
        period_kind=kind,
        periods=periods,
        papers=_papers(read_documents(connection, snapshot.hub_id, {line.number for line in lines})),
        short=_short(connection, snapshot, workshops),
        called_off=left.called_off,
        to_come=left.to_come,
        dates_unknown=left.dates_unknown,
    )


def _choose(snapshot: Snapshot, term: SchoolTerm) -> tuple[list[Workshop], _Left]:
    within = [each for each in snapshot.workshops if term.holds(each.local_on) and snapshot.terms.covers(each)]
    going = [workshop for workshop in within if not workshop.is_called_off]
    dated = [workshop for workshop in going if workshop.dates_known]
    over = [workshop for workshop in dated if workshop.ends_at <= snapshot.as_of]
    return over, _Left(len(within) - len(going), len(dated) - len(over), len(going) - len(dated))


def _said(left: _Left) -> str:
    counts = ((left.called_off, "called off"), (left.to_come, "to come"), (left.dates_unknown, "of unknown date"))
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f" ({said})" if said else ""


def _outcomes(snapshot: Snapshot, judged: Judged) -> Iterator[_Outcome]:
    """One for each place; of one person's places at the workshop only the one that is judged."""
    decisions = judged.by_booking()
    places = build_places(judged.facts, snapshot.terms.policy_for(judged.workshop))
    for place in places:
        decision = decisions.get(place.id)  # none about late arrivals
        if decision is not None and place.is_judged and decision.reason is not Reason.NEVER_BOOKED:
            yield _Outcome(judged.workshop, place.school_id, _name_outcome(place, decision))


def _name_outcome(place: Place, decision: Decision) -> str:
    """Under which number of a tally a place falls; nothing that is not decided counts against anybody."""
    verdict = None if decision.notice is None else decision.notice.verdict
    is_absent = place.is_answered or (place.mark is not None and place.mark.mark in (Mark.ABSENT, Mark.TURNED_AWAY))
    rows = (
        ("attended", place.came),
        ("in_time", verdict is Verdict.IN_TIME),
        ("excused", decision.outcome in _EXCUSED),
        ("open", decision.outcome in _UNDECIDED),
        ("late", verdict is Verdict.LATE),
        ("no_show", is_absent),
    )
    return next((name for name, holds in rows if holds), "open")


def _tally(outcomes: Iterable[_Outcome]) -> Tally:
    return Tally(**Counter(outcome.what for outcome in outcomes))


def _workshop(workshop: Workshop, outcomes: Sequence[_Outcome], lines: Iterable[IssuedLine]) -> WorkshopAttendance:
    return WorkshopAttendance(
        workshop_id=workshop.id,
        title=workshop.title,
        on=workshop.local_on,
        is_closed=workshop.closed_at is not None,
        tally=_tally(outcome for outcome in outcomes if outcome.workshop is workshop),
        issued_pence=sum(line.gross_pence for line in lines if line.workshop_id == workshop.id),
    )


def _schools(
    snapshot: Snapshot, outcomes: Iterable[_Outcome], lines: Iterable[IssuedLine]
) -> tuple[SchoolAttendance, ...]:
    """A name that was only typed may be anybody's: places without a confirmed school are counted together."""
    by_school: Mapping[str | None, list[_Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_school[outcome.school_id].append(outcome)
    issued: Counter[str | None] = Counter()
    for line in lines:
        issued[line.school_id] += line.gross_pence
    found = []
    for school_id in {**by_school, **issued}:
        school = None if school_id is None else snapshot.school_book.school(school_id)
        name, urn = (None, None) if school is None else (school.name, school.urn)
        found.append(SchoolAttendance(name, urn, _tally(by_school.get(school_id, ())), issued[school_id]))
    return tuple(sorted(found, key=lambda row: (row.school is None, (row.school or "").casefold(), row.urn or "")))


def _periods(
    term: SchoolTerm, workshops: Sequence[Workshop], outcomes: Iterable[_Outcome]
) -> tuple[str, tuple[Period, ...]]:
    kind, cut = cut_into_periods(term, [workshop.local_on for workshop in workshops])
    counts = Counter((_period_of(outcome.workshop.local_on, cut), outcome.what) for outcome in outcomes)
    periods = (Period(first, label, counts[first, "no_show"], counts[first, "late"]) for first, label in cut)
    return kind, tuple(periods)


def _period_of(day: date, cut: Sequence[tuple[date, str]]) -> date:
    firsts = [first for first, _ in cut]
    return next((first for first, following in pairwise(firsts) if first <= day < following), firsts[-1])


def _papers(documents: Iterable[Document]) -> tuple[IssuedPaper, ...]:
    return tuple(
        IssuedPaper(
            number=document.number,
            on=document.document_on,
            kind=document.kind.value,
            school=document.school_name,
            workshop_id=document.workshop.id,
            places=len(document.lines),
            gross_pence=document.gross_pence,
            original_number=document.original_number,
        )
        for document in documents
    )


def _short(connection: sa.Connection, snapshot: Snapshot, workshops: Sequence[Workshop]) -> tuple[ShortSchool, ...]:
    reported = {None, *(workshop.id for workshop in workshops)}
    titles = {workshop.workgroup_id: workshop.title for workshop in reversed(workshops)}
    found = [
        ShortSchool(title, finding.school, finding.school_urn, finding.workshop_id)
        for group_id, title in titles.items()
        for finding in read_findings(connection, snapshot, group_id)
        if finding.finding == FindingKind.ONE_TEACHER and finding.workshop_id in reported and finding.school is not None
    ]
    return tuple(sorted(found, key=lambda row: (row.workgroup, row.school.casefold(), row.workshop_id or "")))

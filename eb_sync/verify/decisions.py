"""The check of decisions: every line's is made again from what was known when it was issued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from eb_sync.model.documents import DocumentKind
from eb_sync.model.facts import event_of
from eb_sync.store.documents import read_lines_of
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS
from eb_sync.store.verify.documents import IssuedGroup, read_credit_reasons, read_issued_groups
from eb_sync.store.verify.sums import count_lines
from eb_sync.verify.findings import Audited, Proof, Violation
from eb_sync.verify.rejudged import Lines, Rejudged, wrong_charge, wrong_credit
from eb_sync.verify.replay import HubReplay
from eb_sync.workshops.judge import judge_workshops
from eb_sync.workshops.snapshot import At

_WORKSHOPS_AT_ONCE = 50  # bounds memory
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError)


def check_decisions(audited: Audited) -> Proof:
    """Every line's frozen decision is what the rules say again about the facts and the policy of its time."""
    replay = HubReplay(audited.connection, audited.hub_id)
    findings: list[Violation] = []
    groups = read_issued_groups(audited.connection, audited.hub_id)
    for (last_fact_id, issued_at), together in groupby(groups, key=lambda group: (group.last_fact_id, group.issued_at)):
        moment = At(audited.hub_id, issued_at, last_fact_id)
        for several in _several(together):
            findings += _check_guarded(audited, replay, moment, several)
    return Proof(count_lines(audited.connection, audited.hub_id), tuple(findings))


def _several(groups: Iterable[IssuedGroup]) -> Iterator[list[IssuedGroup]]:
    several: list[IssuedGroup] = []
    for group in groups:
        several.append(group)
        if len(several) == _WORKSHOPS_AT_ONCE:
            yield several
            several = []
    if several:
        yield several


def _check_guarded(
    audited: Audited, replay: HubReplay, moment: At, groups: Sequence[IssuedGroup]
) -> Iterable[Violation]:
    """Findings about these documents; what cannot even be read is narrowed down to a document."""
    try:
        return list(_check_groups(audited, replay, moment, groups))
    except _UNREADABLE as error:
        if len(groups) > 1:
            return [one for group in groups for one in _check_guarded(audited, replay, moment, [group])]
        # the words of a plain LookupError are our own; others may show what is in a row
        why = str(error) if type(error) is LookupError else f"a row cannot be read ({type(error).__name__})"
        return [Violation(DOCUMENTS.name, number, f"cannot be judged again: {why}") for number in groups[0].numbers]


def _check_groups(
    audited: Audited, replay: HubReplay, moment: At, groups: Sequence[IssuedGroup]
) -> Iterator[Violation]:
    lines = _read_lines(audited, groups)
    snapshot = replay.look(moment, {event_of(group.workshop_id) for group in groups})
    workshops = {workshop.id: workshop for workshop in snapshot.workshops}
    known = [group for group in groups if group.workshop_id in workshops]
    for group in groups:
        if group.workshop_id not in workshops:
            what = f"is about {group.workshop_id}, which was not known then"
            yield from (Violation(DOCUMENTS.name, number, what) for number in group.numbers)
    wanted = [workshops[group.workshop_id] for group in known]
    for group, judged in zip(known, judge_workshops(audited.connection, snapshot, wanted), strict=True):
        yield from _check_lines(Rejudged(replay, snapshot, judged), lines, group)


def _check_lines(rejudged: Rejudged, lines: Lines, group: IssuedGroup) -> Iterator[Violation]:
    for line in (line for number in group.numbers for line in lines.of.get(number, ())):
        is_credit = line.kind is DocumentKind.CREDIT_NOTE
        what = wrong_credit(rejudged, line, lines) if is_credit else wrong_charge(rejudged, line)
        if what is not None:
            yield Violation(DOCUMENT_LINES.name, f"{line.number}/{line.line_number}", what)


def _read_lines(audited: Audited, groups: Sequence[IssuedGroup]) -> Lines:
    numbers = [number for group in groups for number in group.numbers]
    lines = read_lines_of(audited.connection, audited.hub_id, numbers)
    credit_notes = {line.number for line in lines if line.kind is DocumentKind.CREDIT_NOTE}
    originals = {line.original_number for line in lines if line.original_number is not None} - set(numbers)
    lines += read_lines_of(audited.connection, audited.hub_id, originals)
    by_number = {number: list(of_it) for number, of_it in groupby(lines, key=lambda line: line.number)}
    return Lines(by_number, read_credit_reasons(audited.connection, audited.hub_id, credit_notes))

"""A workshop judged again as of its documents' issue, and what is wrong with their lines then."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eb_sync.model.reason_words import CREDITED, SCHOOL_CHANGED
from eb_sync.store.documents import IssuedLine
from eb_sync.verify.replay import HubReplay
from eb_sync.workshops.judge import Judged
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision, Outcome, Reason

_BY_HAND = frozenset({CREDITED, Reason.WAIVED})
"""What a credit line says that a person asked for."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of several documents, and of the invoices that they credit."""

    of: Mapping[str, Sequence[IssuedLine]]
    reasons: Mapping[tuple[str, int], str]
    """Why a credit line was issued, as printed, by number and line."""

    def original(self, line: IssuedLine) -> IssuedLine | None:
        """The invoice line that a credit line answers; None if there is none."""
        lines = self.of.get(line.original_number or "", ())
        return next((one for one in lines if one.line_number == line.original_line_number), None)


class Rejudged:
    """A workshop judged again, by each policy that its lines need."""

    def __init__(self, replay: HubReplay, snapshot: Snapshot, judged: Judged) -> None:
        """Judged by the policy then in use; others follow when a line asks for them."""
        self._replay, self._snapshot, self._judged = replay, snapshot, judged
        self._decisions = {snapshot.terms.policy_for(judged.workshop).digest: judged.by_booking()}

    def decide(self, line: IssuedLine) -> Decision | None:
        """What the policy of the line's digest says about its place; None if it was no place."""
        digest = line.policy_digest
        if digest not in self._decisions:
            self._decisions[digest] = self._judged.judge_again(self._snapshot, self._replay.policy(digest))
        return self._decisions[digest].get(line.booking_id)

    def school(self, booking_id: str) -> str | None:
        """The confirmed school of a booking; None if nobody had confirmed one."""
        typed = self._judged.typed_school(self._snapshot, booking_id)
        return self._snapshot.school_book.identify(booking_id, typed, self._judged.workshop.local_on)


def wrong_charge(rejudged: Rejudged, line: IssuedLine) -> str | None:
    """What is wrong with an invoice line; None if it is proved."""
    decision = rejudged.decide(line)
    if decision is None:
        return "charges what was no place"
    if not _says_the_same(line.decision, decision):
        return f"has a decision that is not what its facts say: {_difference(line.decision, decision)}"
    if decision.outcome is not Outcome.CHARGE or decision.amount_pence != line.gross_pence:
        return f"charges {line.gross_pence} pence, but its decision is {decision.outcome}, {decision.amount_pence}"
    if rejudged.school(line.booking_id) != line.school_id:
        return f"was addressed to {line.school_id}, which was not the booking's confirmed school then"
    return None


def wrong_credit(rejudged: Rejudged, line: IssuedLine, lines: Lines) -> str | None:
    """What is wrong with a credit line; None if it is proved. What it credits is another check's business."""
    original, decision = lines.original(line), rejudged.decide(line)
    reason = lines.reasons.get((line.number, line.line_number))
    frozen = original is not None and line.decision == original.decision
    if reason in _BY_HAND and frozen:
        return _wrong_place(line)
    if decision is None:
        return (
            _wrong_place(line)
            if reason == Reason.NO_PLACE and frozen
            else "credits what was no place, but does not say so"
        )
    if not _says_the_same(line.decision, decision):
        return f"has a decision that is not what its facts say: {_difference(line.decision, decision)}"
    return _wrong_reason(rejudged, line, decision, reason)


def _wrong_place(line: IssuedLine) -> str | None:
    same = (line.decision.workshop_id, line.decision.booking_id) == (line.workshop_id, line.booking_id)
    return None if same else "has a decision about another place"


def _wrong_reason(rejudged: Rejudged, line: IssuedLine, decision: Decision, reason: str | None) -> str | None:
    if reason == SCHOOL_CHANGED:
        same = rejudged.school(line.booking_id) == line.school_id
        return "says that the school changed, which it had not" if same else None
    if decision.outcome is Outcome.CHARGE or decision.reason != reason:
        return f"was credited as {reason}, but its decision is {decision.outcome}, {decision.reason}"
    return None


def _says_the_same(stored: Decision, rejudged: Decision) -> bool:
    """Whether two decisions are one, apart from their sentences: a later program may word its evidence otherwise."""
    return _without_words(stored) == _without_words(rejudged)


def _without_words(decision: Decision) -> Decision:
    return dataclasses.replace(decision, evidence=(), deadline_sentence=None)


def _difference(stored: Decision, rejudged: Decision) -> str:
    """Which parts differ, and for the outcome how."""
    parts = [name for name in Decision.__slots__ if getattr(stored, name) != getattr(rejudged, name)]
    if stored.outcome is not rejudged.outcome or stored.reason is not rejudged.reason:
        return f"{stored.outcome} ({stored.reason}) is stored, {rejudged.outcome} ({rejudged.reason}) follows"
    return f"{', '.join(parts)} differ"

"""What another policy would have charged: the same facts, judged by both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from eb_sync.workshops.calendar import Workshop
from eb_sync.workshops.judge import judge_workshops
from eb_sync.workshops.snapshot import Snapshot
from policies.decisions import Decision
from policies.parameters import Policy


@dataclass(frozen=True, slots=True)
class Differs:
    """A place about which the two policies do not say the same."""

    workshop_id: str
    workshop_on: date
    now: Decision
    then: Decision


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Places of some workshops under the policy in use and under another one."""

    places: int
    pence_now: int
    pence_then: int
    differing: tuple[Differs, ...]

    def by_reason(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Of the places that differ, by both reasons: how many, and by how many pence the charge changes."""
        sums: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        for each in self.differing:
            key = (each.now.reason.value, each.then.reason.value)
            count, pence = sums[key]
            sums[key] = (count + 1, pence + each.then.amount_pence - each.now.amount_pence)
        return dict(sorted(sums.items()))


def compare_policies(
    connection: sa.Connection, snapshot: Snapshot, policy: Policy, workshops: Sequence[Workshop]
) -> WhatIf:
    """Judge these workshops by another policy as well; nothing is recorded."""
    places, pence_now, pence_then = 0, 0, 0
    differing: list[Differs] = []
    for judged in judge_workshops(connection, snapshot, workshops):
        then = judged.judge_again(snapshot, policy)
        places += len(judged.decisions)
        pence_now += _sum(judged.decisions)
        pence_then += _sum(then.values())
        differing += [
            Differs(judged.workshop.id, judged.workshop.local_on, now, then[now.booking_id])
            for now in judged.decisions
            if _differ(now, then[now.booking_id])
        ]
    return WhatIf(places, pence_now, pence_then, tuple(differing))


def _differ(now: Decision, then: Decision) -> bool:
    return (now.outcome, now.reason, now.amount_pence) != (then.outcome, then.reason, then.amount_pence)


def _sum(decisions: Iterable[Decision] | Sequence[Decision]) -> int:
    return sum(decision.amount_pence for decision in decisions)

"""Seconds for a million decisions, one thread: `python tests/bench/bench_decisions.py [COUNT] [POLICY]`.

POLICY is the path of a document; without it the flyer's. `most_complex.toml` beside this file has all that costs time.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[2]))

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.engine import assess_workshop
from policies.facts import ExemptionKind, ExemptionState, Mark, WorkshopFacts
from policies.parameters import load_policy, read_shipped
from tests.factories import AS_OF, BOOKED_AT, STARTS_AT, Story

PLACES = 30
DEFAULT_COUNT = 1_000_000
FLYER = read_shipped("maths-hub")


def build_workshop(number: int) -> WorkshopFacts:
    """Thirty places: 23 came, 2 cancelled in time, 1 late, 1 by e-mail, 1 exempt, 1 absent, 1 without a booking."""
    story = Story(settings={"id": str(number)})
    refs = [f"B{number}{place:02}" for place in range(PLACES - 1)]
    for place, ref in enumerate(refs):
        story.book(ref, BOOKED_AT + timedelta(minutes=number * 37 + place), school=f"{place // 2}")
    early, soon, late, mailed, ill, absent, *came = refs
    story.sight(STARTS_AT - timedelta(days=4))
    story.cancel(early, STARTS_AT - timedelta(days=3))
    story.cancel(soon, STARTS_AT - timedelta(days=2))
    for hour in range(30, 0, -1):
        story.sight(STARTS_AT - timedelta(hours=hour))
        if hour == 4:
            story.cancel(late, STARTS_AT - timedelta(hours=3, minutes=30))
    story.notice(mailed, STARTS_AT - timedelta(days=2))
    story.claim(ExemptionKind.EXTENUATING, ExemptionState.APPROVED, ref=ill)
    for ref in (mailed, ill, absent):
        story.mark(ref, Mark.ABSENT)
    for ref in came:
        story.mark(ref, Mark.PRESENT)
    story.walk_in(school="40")
    return story.facts()


def seconds_for(count: int, policy_text: str = FLYER) -> float:
    """Processor seconds for at least so many decisions, over two hundred different workshops."""
    policy = load_policy(policy_text, is_bank_holiday)
    workshops = [build_workshop(number) for number in range(200)]
    made = 0
    began = process_time()
    while made < count:
        for facts in workshops:
            made += len(assess_workshop(facts, policy, AS_OF))
            if made >= count:
                break
    return (process_time() - began) * count / made


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_COUNT
    text = Path(sys.argv[2]).read_text(encoding="utf-8") if len(sys.argv) > 2 else FLYER
    sys.stdout.write(f"{wanted} decisions: {seconds_for(wanted, text):.1f} s\n")

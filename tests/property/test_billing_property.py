"""Whatever happens between two issues: what is issued is what is due, and issuing twice does nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from eb_sync.billing.plan import InvoicePlan, PlaceState, plan_invoices
from eb_sync.model.documents import BillTo, DocumentKind
from eb_sync.schools.book import School
from eb_sync.store.documents import IssuedLine, open_lines
from policies.decisions import Decision, Outcome, Reason

SCHOOLS = {number: School(number, number, f"School {number}", ("1 Road",), "ZZ1 1ZZ", None, None) for number in "123"}
REASONS = {
    Outcome.CHARGE: Reason.NO_SHOW,
    Outcome.REVIEW: Reason.NOTICE_UNPROVEN,
    Outcome.PENDING: Reason.REGISTER_OPEN,
    Outcome.WAIVED: Reason.WAIVED,
    Outcome.ATTENDED: Reason.ATTENDED,
}

places = st.fixed_dictionaries(
    {
        "outcome": st.sampled_from([*REASONS, None]),
        "pence": st.sampled_from([5000, 7500]),
        "school": st.sampled_from([*SCHOOLS, None]),
    }
)
rounds = st.lists(
    st.dictionaries(st.tuples(st.sampled_from(["900", "901"]), st.sampled_from(["B1", "B2", "B3"])), places),
    min_size=1,
    max_size=6,
)


def states(wanted: dict[tuple[str, str], dict[str, object]], ledger: list[IssuedLine]) -> list[PlaceState]:
    issued = open_lines(ledger)
    found = []
    for key in sorted({*wanted, *issued}):
        place = wanted.get(key, {"outcome": None, "pence": 0, "school": None})
        outcome = place["outcome"]
        decision = None
        if isinstance(outcome, Outcome):
            pence = int(str(place["pence"])) if outcome is Outcome.CHARGE else 0
            decision = Decision(*key, outcome, REASONS[outcome], pence, "clause", None, None, None, ())
        school = SCHOOLS.get(str(place["school"]))
        payer = None if school is None else BillTo(school.name, school.address, school.postcode)
        found.append(PlaceState(*key, decision, "digest", school, payer, "typed", "", issued.get(key)))
    return found


def issue(plan: InvoicePlan, ledger: list[IssuedLine]) -> list[IssuedLine]:
    numbers = Counter(line.kind for line in ledger)
    new = list(ledger)
    for planned in (*plan.to_credit, *plan.to_invoice):
        is_credit = planned.original_number is not None
        kind = DocumentKind.CREDIT_NOTE if is_credit else DocumentKind.INVOICE
        numbers[kind] += 1
        assert planned.total_pence == sum(line.amount_pence for line in planned.lines)
        for number, line in enumerate(planned.lines, 1):
            decision = line.decision or (line.credits.decision if line.credits else None)
            assert decision is not None
            new.append(
                IssuedLine(
                    f"{kind}-{numbers[kind]}",
                    number,
                    kind,
                    planned.workshop_id,
                    line.booking_id,
                    line.amount_pence,
                    planned.school_id,
                    planned.original_number,
                    line.credits.line_number if line.credits else None,
                    line.policy_digest,
                    decision,
                )
            )
    return new


def net(ledger: list[IssuedLine]) -> Counter[tuple[str, str]]:
    pence: Counter[tuple[str, str]] = Counter()
    for line in ledger:
        pence[line.workshop_id, line.booking_id] += line.gross_pence
    return pence


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rounds)
def test_net_issued_is_due_for_every_place_neither_held_nor_blocked(
    told: list[dict[tuple[str, str], dict[str, object]]],
) -> None:
    ledger: list[IssuedLine] = []
    for wanted in told:
        before = open_lines(ledger)
        plan = plan_invoices(states(wanted, ledger), SCHOOLS)
        ledger = issue(plan, ledger)
        waits = {(held.workshop_id, held.booking_id) for held in plan.held}
        waits |= {(blocked.workshop_id, blocked.booking_id) for blocked in plan.blocked}
        after = open_lines(ledger)
        for key, pence in net(ledger).items():
            # at most one uncredited line for each place, and nothing beyond it
            assert pence == (after[key].gross_pence if key in after else 0)
        for key, place in wanted.items():
            if key in waits:
                assert net(ledger)[key] == (before[key].gross_pence if key in before else 0)
            elif place["outcome"] is Outcome.CHARGE:
                assert net(ledger)[key] == (
                    before[key].gross_pence
                    if key in before and before[key].school_id == place["school"]
                    else place["pence"]
                )
                assert after[key].school_id == place["school"]
            else:
                assert net(ledger)[key] == 0


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rounds)
def test_a_second_issue_does_nothing(told: list[dict[tuple[str, str], dict[str, object]]]) -> None:
    ledger: list[IssuedLine] = []
    for wanted in told:
        ledger = issue(plan_invoices(states(wanted, ledger), SCHOOLS), ledger)
        again = plan_invoices(states(wanted, ledger), SCHOOLS)
        assert not again.has_work
        assert dataclasses.replace(again, held=(), review=(), pending=(), blocked=()) == InvoicePlan()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rounds)
def test_no_place_is_credited_beyond_what_it_was_invoiced(
    told: list[dict[tuple[str, str], dict[str, object]]],
) -> None:
    ledger: list[IssuedLine] = []
    for wanted in told:
        ledger = issue(plan_invoices(states(wanted, ledger), SCHOOLS), ledger)
        assert min(net(ledger).values(), default=0) >= 0

"""The plan: the difference between what is due and what was issued."""

from __future__ import annotations

import dataclasses

import pytest

from eb_sync.billing.plan import InvoicePlan, PlaceState, Unaddressed, plan_invoices
from eb_sync.model.documents import BillTo, DocumentKind
from eb_sync.schools.book import School
from eb_sync.store.documents import IssuedLine, open_lines
from policies.decisions import Decision, Outcome, Reason

ASH = School("100001", "100001", "Ash Lane Primary", ("1 Ash Lane",), "ZZ1 1ZZ", None, None)
ELM = School("P1", None, "Elm Nursery", ("2 Elm Road",), "ZZ2 2ZZ", None, "PO-7")
SCHOOLS = {school.id: school for school in (ASH, ELM)}


def decide(outcome: Outcome, reason: Reason, pence: int = 0) -> Decision:
    return Decision("900", "B1", outcome, reason, pence, "clause", None, None, None, ())


CHARGE = decide(Outcome.CHARGE, Reason.NO_SHOW, 5000)
EXEMPT = decide(Outcome.EXEMPT, Reason.OFSTED)
REVIEW = decide(Outcome.REVIEW, Reason.NOTICE_UNPROVEN)
PENDING = decide(Outcome.PENDING, Reason.REGISTER_OPEN)


def issued(school: School = ASH, pence: int = 5000) -> IssuedLine:
    return IssuedLine(
        "INV-000001", 1, DocumentKind.INVOICE, "900", "B1", pence, school.id, None, None, "digest", CHARGE
    )


def place(decision: Decision | None, line: IssuedLine | None = None, school: School | None = ASH) -> PlaceState:
    payer = None if school is None else BillTo(school.name, school.address, school.postcode)
    return PlaceState("900", "B1", decision, "digest", school, payer, "Ash Lane", "", line)


def plan(*places: PlaceState) -> InvoicePlan:
    return plan_invoices(places, SCHOOLS)


def test_a_charge_not_issued_yet_is_invoiced_to_its_school() -> None:
    planned = plan(place(CHARGE))
    assert [(d.school_id, d.total_pence) for d in planned.to_invoice] == [("100001", 5000)]
    assert planned.has_work


def test_a_charge_issued_already_is_left_alone_even_at_another_price() -> None:
    assert plan(place(CHARGE, issued(pence=7500))) == InvoicePlan()


@pytest.mark.parametrize("decision", [EXEMPT, None])
def test_what_is_due_no_more_is_credited(decision: Decision | None) -> None:
    planned = plan(place(decision, issued()))
    assert [(d.original_number, d.total_pence) for d in planned.to_credit] == [("INV-000001", -5000)]
    assert planned.to_invoice == ()


def test_nothing_issued_and_nothing_due_is_nothing() -> None:
    assert plan(place(EXEMPT), place(None)) == InvoicePlan()


def test_a_question_about_an_issued_line_holds_it() -> None:
    planned = plan(place(REVIEW, issued()), place(PENDING, issued()))
    assert [(w.reason, w.issued_pence) for w in planned.held] == [("notice_unproven", 5000), ("register_open", 5000)]
    assert not planned.has_work


def test_questions_about_what_is_not_issued_are_listed() -> None:
    planned = plan(place(REVIEW), place(PENDING))
    assert [w.reason for w in planned.review] == ["notice_unproven"]
    assert [w.reason for w in planned.pending] == ["register_open"]


def test_another_confirmed_school_is_a_credit_and_a_new_invoice() -> None:
    planned = plan(place(CHARGE, issued(ASH), school=ELM))
    assert [(d.school_id, d.lines[0].reason) for d in planned.to_credit] == [("100001", "school_changed")]
    assert [d.school_id for d in planned.to_invoice] == ["P1"]


def test_what_cannot_be_addressed_is_blocked_with_what_mends_it() -> None:
    nowhere = Unaddressed("the address of the school is not known", "ebsync schools add")
    planned = plan(dataclasses.replace(place(CHARGE), payer=nowhere))
    assert [(b.school, b.why, b.command) for b in planned.blocked] == [(ASH.name, nowhere.why, nowhere.command)]
    assert not planned.has_work


def test_another_school_without_an_address_is_credited_and_waits_for_its_address() -> None:
    nowhere = Unaddressed("the address of the school is not known", "ebsync schools add")
    planned = plan(dataclasses.replace(place(CHARGE, issued(ASH), school=ELM), payer=nowhere))
    assert len(planned.to_credit) == len(planned.blocked) == 1
    assert planned.to_invoice == ()


def test_a_school_withdrawn_after_issue_is_still_credited_by_its_id() -> None:
    planned = plan_invoices([place(EXEMPT, issued(ASH))], {})
    assert planned.to_credit[0].school is None
    assert planned.to_credit[0].school_id == "100001"


def test_an_issued_charge_whose_school_is_confirmed_no_more_is_held() -> None:
    planned = plan(place(CHARGE, issued(), school=None))
    assert [w.reason for w in planned.held] == ["school_unknown"]
    assert planned.blocked == ()


@pytest.mark.parametrize(
    ("typed", "urn", "command"),
    [
        ('Ash "Lane"', "", "ebsync schools confirm SCHOOL --typed \"Ash 'Lane'\""),
        ("Ash Lane", "100001", 'ebsync schools add --urn 100001 --name "Ash Lane" --address LINE --postcode PC'),
        ("", "", "ebsync schools confirm SCHOOL --booking B1"),
    ],
)
def test_a_charge_without_a_confirmed_school_is_blocked_with_its_command(typed: str, urn: str, command: str) -> None:
    state = dataclasses.replace(place(CHARGE, school=None), typed_school=typed, typed_urn=urn)
    assert [b.command for b in plan(state).blocked] == [command]


def test_one_invoice_for_a_school_and_workshop_one_line_for_a_place() -> None:
    second = dataclasses.replace(place(CHARGE), booking_id="B2")
    elsewhere = dataclasses.replace(place(CHARGE), workshop_id="901")
    other = dataclasses.replace(place(CHARGE), booking_id="B3", school=ELM)
    planned = plan(place(CHARGE), other, second, elsewhere)
    assert [(d.workshop_id, d.school_id, [line.booking_id for line in d.lines]) for d in planned.to_invoice] == [
        ("900", "100001", ["B1", "B2"]),
        ("900", "P1", ["B3"]),
        ("901", "100001", ["B1"]),
    ]


def test_places_that_are_not_wanted_are_neither_billed_nor_listed() -> None:
    assert plan_invoices([place(CHARGE), place(REVIEW)], SCHOOLS, lambda _place: False) == InvoicePlan()


@pytest.mark.parametrize("outcome", [Outcome.CHARGE, Outcome.REVIEW])
def test_equal_plans_compare_equal_and_different_ones_do_not(outcome: Outcome) -> None:
    decision = decide(outcome, Reason.NO_SHOW, 5000)
    assert plan(place(decision)) == plan(place(decision))
    assert plan(place(decision)) != plan(place(EXEMPT))


def test_a_credited_line_is_open_no_more() -> None:
    line = issued()
    credit = dataclasses.replace(
        line,
        number="CN-000001",
        kind=DocumentKind.CREDIT_NOTE,
        gross_pence=-5000,
        original_number="INV-000001",
        original_line_number=1,
    )
    assert open_lines([line]) == {("900", "B1"): line}
    assert open_lines([line, credit]) == {}


def test_of_one_name_nobody_else_is_billed_while_the_school_of_a_billed_place_is_not_known() -> None:
    billed = dataclasses.replace(place(CHARGE, issued(), school=None), name_id=7)
    other = dataclasses.replace(place(CHARGE), booking_id="B2", name_id=7)
    nowhere = dataclasses.replace(place(CHARGE, school=None), booking_id="B3", name_id=7)
    planned = plan(billed, other, nowhere)
    assert [w.reason for w in planned.held] == ["school_unknown"]
    assert [(b.booking_id, b.school) for b in planned.blocked] == [("B2", "Ash Lane Primary"), ("B3", "Ash Lane")]
    assert {b.command for b in planned.blocked} == {"ebsync schools confirm SCHOOL --booking B1"}
    assert not planned.has_work


def test_a_school_that_was_not_open_on_the_day_is_billed_only_once_a_person_confirms_it() -> None:
    (blocked,) = plan(dataclasses.replace(place(CHARGE, school=None), absent_school=ASH)).blocked
    assert "was not open on the day" in blocked.why
    assert blocked.command == "ebsync schools confirm 100001 --booking B1"

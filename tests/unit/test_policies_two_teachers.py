"""Two teachers from each school, one of them a leader (DESIGN 5.3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from policies.decisions import Finding, FindingKind
from policies.facts import Nomination, WorkgroupFacts, WorkshopNominations
from policies.parameters import load_policy, read_shipped
from policies.two_teachers import assess_workgroup, is_leader, is_maths_lead
from tests.factories import BOOKED_AT

POLICY = load_policy(read_shipped("maths-hub"))
TERMS = POLICY.versions[0]
AUTUMN, SPRING = date(2019, 11, 5), date(2020, 1, 21)


def nominate(number: int, role: str = "Maths Lead", leadership: str = "", **fields: object) -> Nomination:
    values: dict[str, object] = {
        "booking_id": f"B{number}",
        "order_id": f"order-{number}",
        "created_at": BOOKED_AT + timedelta(minutes=number),
        "person_id": number,
        "name_id": number,
        "school_id": "Oak",
        **fields,
    }
    return Nomination(role=role, leadership=leadership, **values)  # type: ignore[arg-type] # values by name


def find(*workshops: tuple[Nomination, ...], on: date = AUTUMN) -> tuple[Finding, ...]:
    days = (AUTUMN, SPRING)
    met = tuple(
        WorkshopNominations(str(900 + number), days[number], nominations)
        for number, nominations in enumerate(workshops)
    )
    return assess_workgroup(WorkgroupFacts("500", on, met), POLICY)


def kinds(*workshops: tuple[Nomination, ...]) -> list[FindingKind]:
    return [finding.kind for finding in find(*workshops)]


def test_a_colleague_who_comes_only_to_the_second_workshop_makes_two_teachers_of_the_work_group() -> None:
    assert kinds((nominate(1),), (nominate(1), nominate(2))) == []


def test_a_booking_that_stands_behind_two_workshops_is_one_booking() -> None:
    assert kinds((nominate(1),), (nominate(1),)) == [FindingKind.ONE_TEACHER]


def test_one_name_at_one_school_under_two_addresses_is_one_teacher() -> None:
    assert kinds((nominate(1, name_id=9), nominate(2, name_id=9))) == [
        FindingKind.ONE_TEACHER,
        FindingKind.SAME_TEACHER_TWICE,
    ]


def test_nameless_bookings_are_told_apart_by_person() -> None:
    assert kinds((nominate(1, name_id=None), nominate(2, name_id=None))) == []


def test_the_same_teacher_at_two_workshops_is_not_twice_at_either() -> None:
    assert kinds((nominate(1), nominate(2)), (nominate(3, person_id=1, name_id=1), nominate(2))) == []


def test_unnamed_seats_are_distinct_people_and_reported_once_for_their_order() -> None:
    seats = tuple(nominate(number, order_id="seats", person_id=7, name_id=7) for number in (1, 2, 3))

    findings = find(seats)

    assert [(finding.kind, finding.booking_ids) for finding in findings] == [
        (FindingKind.TEACHER_UNNAMED, ("B1", "B2", "B3")),
        (FindingKind.TOO_MANY_TEACHERS, ("B3",)),
    ]


def test_unknown_schools_are_reported_one_by_one_and_never_grouped() -> None:
    findings = find((nominate(1, school_id=None), nominate(2, school_id=None)))

    assert [(finding.kind, finding.school_id, finding.booking_ids) for finding in findings] == [
        (FindingKind.SCHOOL_UNKNOWN, None, ("B1",)),
        (FindingKind.SCHOOL_UNKNOWN, None, ("B2",)),
    ]


def test_too_many_teachers_names_those_beyond_two_by_booking_time_and_the_workshop() -> None:
    late_comer = nominate(1, created_at=BOOKED_AT + timedelta(days=9))

    (finding,) = find((late_comer, nominate(2), nominate(3)))

    assert (finding.kind, finding.workshop_id) == (FindingKind.TOO_MANY_TEACHERS, "900")
    assert finding.booking_ids == ("B1",)


def test_findings_come_school_by_school_in_the_order_of_their_first_booking() -> None:
    findings = find((nominate(2, school_id="Elm"), nominate(1, school_id="Oak")))

    assert [finding.school_id for finding in findings] == ["Oak", "Elm"]


def test_a_teacher_whose_role_is_known_from_one_of_two_bookings_is_known() -> None:
    first = nominate(1, role="")
    again = nominate(3, role="Maths Lead", person_id=1, name_id=1)

    assert kinds((first, nominate(2, role="Teacher")), (again,)) == []


def test_before_any_policy_nothing_is_found() -> None:
    workshop = WorkshopNominations("900", date(2018, 11, 5), (nominate(1),))

    assert assess_workgroup(WorkgroupFacts("500", date(2018, 11, 5), (workshop,)), POLICY) == ()


def test_severities_are_those_of_the_version_in_force() -> None:
    text = read_shipped("maths-hub").replace('one_teacher = "warning"', 'one_teacher = "error"')
    facts = WorkgroupFacts("500", AUTUMN, (WorkshopNominations("900", AUTUMN, (nominate(1),)),))

    assert [finding.severity for finding in assess_workgroup(facts, load_policy(text))] == ["error"]


@pytest.mark.parametrize(
    ("role", "leadership", "leads"),
    [
        ("", "", None),
        ("  ", "", None),
        ("", "Yes.", True),
        ("", "no", False),
        ("Class teacher", "", False),
        ("Class teacher", "yes", True),
        ("Class teacher", "prefer not to say", False),
        ("Deputy Headteacher", "", True),
        ("Head of Year 4", "no", True),
        ("KS2 phase leader", "", True),
        ("Maths Coordinator", "no", True),
        ("Misleading titles officer", "", False),
    ],
)
def test_whether_somebody_leads(role: str, leadership: str, *, leads: bool | None) -> None:
    assert is_leader(nominate(1, role, leadership), TERMS) is leads


@pytest.mark.parametrize(
    ("role", "is_lead"), [("MATHS LEAD", True), ("Head of Mathematics", True), ("Deputy head", False), (" ", None)]
)
def test_whether_somebody_is_the_maths_lead(role: str, *, is_lead: bool | None) -> None:
    assert is_maths_lead(nominate(1, role), TERMS) is is_lead

"""Two teachers from each school, one of them a leader (DESIGN 5.3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from policies.decisions import Finding, FindingKind
from policies.facts import Nomination, WorkgroupFacts, WorkshopNominations
from policies.parameters import PolicyError, load_policy, read_shipped
from policies.two_teachers import assess_workgroup, find_unknown_roles, is_leader, is_maths_lead
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
        ("Misleading titles officer", "", None),
    ],
)
def test_whether_somebody_leads(role: str, leadership: str, *, leads: bool | None) -> None:
    assert is_leader(nominate(1, role, leadership), TERMS) is leads


@pytest.mark.parametrize(
    ("role", "is_lead"), [("MATHS LEAD", True), ("Head of Mathematics", True), ("Deputy head", False), (" ", None)]
)
def test_whether_somebody_is_the_maths_lead(role: str, *, is_lead: bool | None) -> None:
    assert is_maths_lead(nominate(1, role), TERMS) is is_lead


@pytest.mark.parametrize(
    ("role", "leads"),
    [
        ("DHT", True),
        ("aht", True),
        ("Dep. Head / AHT", True),
        ("Maths Co-ordinator", True),
        ("co-ordinator (KS1)", True),
        ("Assistant-Head", True),
        ("DHTs", None),
        ("Leadenhall", None),
        ("aheadmaster", None),
        ("Guru", None),
        ("NQT", False),
        ("Year 3 teacher, NQT", False),
        ("Teacher and maths lead", True),
    ],
)
def test_words_are_matched_whole_in_any_case_and_what_is_unknown_is_not_guessed(
    role: str, *, leads: bool | None
) -> None:
    assert is_leader(nominate(1, role), TERMS) is leads


@pytest.mark.parametrize(
    ("role", "is_lead"),
    [
        ("maths coordinator", True),
        ("Maths co-ordinator", True),
        ("Subject Lead: Maths Subject-Lead", True),
        ("Aftermaths leader", False),
        ("Guru", None),
        ("", None),
    ],
)
def test_the_maths_lead_has_synonyms(role: str, *, is_lead: bool | None) -> None:
    assert is_maths_lead(nominate(1, role), TERMS) is is_lead


def test_an_answer_about_leadership_counts_where_the_role_is_not_known() -> None:
    assert is_leader(nominate(1, "Guru", "no"), TERMS) is False
    assert is_leader(nominate(1, "Guru", "yes"), TERMS) is True
    assert is_maths_lead(nominate(1, "Guru", "no"), TERMS) is None


def group(*nominations: Nomination) -> WorkgroupFacts:
    return WorkgroupFacts("500", AUTUMN, (WorkshopNominations("900", AUTUMN, nominations),))


def test_roles_that_no_word_tells_are_reported_as_typed_with_their_bookings() -> None:
    facts = group(nominate(1, " Maths  Guru"), nominate(2, "Maths Guru"), nominate(3, "DHT"), nominate(4, " "))
    assert find_unknown_roles(facts, POLICY) == {"Maths Guru": ("B1", "B2")}
    early = WorkgroupFacts("500", date(2018, 1, 1), facts.workshops)
    assert find_unknown_roles(early, POLICY) == {}


def under(old: str, new: str, *workshops: tuple[Nomination, ...]) -> list[tuple[str, str, str | None]]:
    met = tuple(WorkshopNominations(str(900 + n), AUTUMN, nominations) for n, nominations in enumerate(workshops))
    assert old in read_shipped("maths-hub")
    policy = load_policy(read_shipped("maths-hub").replace(old, new))
    found = assess_workgroup(WorkgroupFacts("500", AUTUMN, met), policy)
    return [(finding.kind.value, finding.severity, finding.workshop_id) for finding in found]


TEACHERS = (nominate(1, "Teacher", "no"), nominate(2, "Teacher", "no"))


def test_a_role_is_required_advised_or_not_looked_for() -> None:
    clause = 'maths_lead = "advice"\n'
    advised = ("no_maths_lead", "advice", None)
    assert under(clause, clause, TEACHERS) == [("no_leader", "warning", None), advised]
    assert under(clause, f'leader = "advice"\n{clause}', TEACHERS) == [("no_leader", "advice", None), advised]
    assert under(clause, f'leader = "none"\n{clause}', TEACHERS) == [advised]
    assert under(clause, 'maths_lead = "none"\n', TEACHERS) == [("no_leader", "warning", None)]
    assert under('no_maths_lead = "advice"', 'no_maths_lead = "error"', TEACHERS)[1] == advised
    unknown = (nominate(1, "Guru"), nominate(2, "Guru"))
    assert under(clause, clause, unknown) == [("role_unknown", "advice", None)]
    assert under(clause, f'leader = "none"\n{clause}', unknown) == []


def test_the_minimum_and_the_roles_may_be_counted_at_each_workshop() -> None:
    counted = 'maximum = 2, counted = "workshop"'
    ann, bob = nominate(1), nominate(2, "Teacher")
    assert under("maximum = 2", counted, (ann, bob), (bob,)) == [
        ("one_teacher", "warning", "901"),
        ("no_leader", "warning", "901"),
        ("no_maths_lead", "advice", "901"),
    ]
    assert under("maximum = 2", "maximum = 2", (ann, bob), (bob,)) == []


def test_a_cap_counts_different_teachers_over_the_whole_work_group() -> None:
    met = [tuple(nominate(n) for n in pair) for pair in ((1, 2), (3, 4), (1, 5))]
    too_many = ("too_many_teachers", "warning", None)
    assert under("maximum = 2", "maximum = 2, cap = 4", *met) == [too_many]
    assert under("maximum = 2", "maximum = 2, cap = 5", *met) == []
    assert under("maximum = 2", "maximum = 2", *met) == []


def test_the_cap_names_the_bookings_of_those_who_booked_last() -> None:
    policy = load_policy(read_shipped("maths-hub").replace("maximum = 2", "maximum = 9, cap = 2"))
    facts = group(nominate(3), nominate(1), nominate(2))
    (finding,) = assess_workgroup(facts, policy)
    assert (finding.kind, finding.booking_ids) == (FindingKind.TOO_MANY_TEACHERS, ("B3",))


def test_a_cap_below_the_minimum_is_refused() -> None:
    with pytest.raises(PolicyError, match="cap is smaller than minimum"):
        load_policy(read_shipped("maths-hub").replace("maximum = 2", "maximum = 2, cap = 1"))
    load_policy(read_shipped("maths-hub").replace("maximum = 2", "maximum = 2, cap = 2"))

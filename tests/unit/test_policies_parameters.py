"""Policy documents: what is read, and what is refused (DESIGN 5)."""

from __future__ import annotations

from datetime import date

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.parameters import PolicyError, load_policy, read_shipped

SHIPPED = read_shipped("maths-hub")
VERSION = SHIPPED[SHIPPED.index("[[version]]") :]


def dated(effective_from: str, effective_until: str | None = None) -> str:
    until = f"\neffective_until = {effective_until}" if effective_until else ""
    return VERSION.replace("effective_from = 2019-01-01", f"effective_from = {effective_from}{until}")


def document(*versions: str) -> str:
    return SHIPPED.replace(VERSION, "") + "\n".join(versions)


def test_the_shipped_document_says_what_the_booking_page_said() -> None:
    terms = load_policy(SHIPPED).versions[0]

    assert terms.charge.value == 5000
    assert terms.notice.describe() == "at least 24 hours before the start"
    assert terms.version == "2019-01-01"
    assert (terms.teachers.value.minimum, terms.teachers.value.maximum) == (2, 2)


def test_a_version_is_in_force_from_its_first_day_until_the_next_begins() -> None:
    policy = load_policy(document(dated("2019-01-01"), dated("2020-09-01", "2021-08-31")))
    days = (
        date(2018, 12, 31),
        date(2019, 1, 1),
        date(2020, 8, 31),
        date(2020, 9, 1),
        date(2021, 8, 31),
        date(2021, 9, 1),
    )

    versions = [terms and terms.version for terms in map(policy.version_on, days)]

    assert versions == [None, "2019-01-01", "2019-01-01", "2020-09-01", "2020-09-01", None]


def test_versions_that_follow_each_other_day_by_day_are_accepted() -> None:
    policy = load_policy(document(dated("2019-01-01", "2020-08-31"), dated("2020-09-01")))

    assert [terms.version for terms in policy.versions] == ["2019-01-01", "2020-09-01"]


def test_the_digest_is_that_of_the_text_so_that_any_change_shows() -> None:
    assert load_policy(SHIPPED).digest == load_policy(str(SHIPPED)).digest
    assert load_policy(SHIPPED).digest != load_policy(SHIPPED + "\n").digest


def test_a_policy_describes_itself_clause_by_clause_with_its_source() -> None:
    lines = load_policy(SHIPPED).versions[0].describe()

    assert lines[0] == "- Booking a place and not attending costs £50.\n  (booking page of the Work Group, 2019)"
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id = ", "not a TOML document"),
        ("", "id: not there"),
        (document(dated("2019-01-01", "2020-07-31"), dated("2020-09-01")), "gap"),
        (document(dated("2019-01-01", "2020-09-30"), dated("2020-09-01")), "overlaps"),
        (document(dated("2020-09-01"), dated("2019-01-01")), "must be after"),
        (document(dated("2019-01-01"), dated("2019-01-01")), "must be after"),
        (document(dated("2019-01-01", "2018-12-31")), "effective_until is before effective_from"),
        (document(dated("2019-01-01", "2018-12-31"), dated("2020-09-01")), "effective_until is before effective_from"),
        (SHIPPED.replace("[version.charge]", "[version.fine]"), "version[1].fine"),
        (SHIPPED.replace('unit = "pence"', 'unit = "pence"\ncolour = "red"'), "version[1].charge.colour"),
        (SHIPPED.replace('unit = "pence"', 'unit = "pounds"'), "version[1].charge.unit"),
        (SHIPPED.replace('unit = "elapsed hours"', 'unit = "working hours"'), "version[1].notice.unit"),
        (SHIPPED.replace('unit = "elapsed hours"', ""), "version[1].notice: found"),
        (SHIPPED.replace('unit = "elapsed hours"', ""), "it needs a unit"),
        (SHIPPED.replace("value = 5000", "value = -1"), "version[1].charge.value"),
        (SHIPPED.replace("value = 5000", "value = 50.5"), "version[1].charge.value"),
        (SHIPPED.replace("value = 24", "value = -24"), "version[1].notice.value"),
        (SHIPPED.replace('"ofsted", "ex', '"holidays", "ex'), "version[1].exemptions.value[1]"),
        (SHIPPED.replace('value = "same school"', 'value = "anybody"'), "version[1].substitutes.value"),
        (SHIPPED.replace("minimum = 2", "minimum = 3"), "minimum is greater than maximum"),
        (SHIPPED.replace('one_teacher = "warning", ', ""), "one_teacher missing"),
        (
            SHIPPED.replace('one_teacher = "warning"', 'one_teacher = "fatal"'),
            "version[1].severities.value.one_teacher",
        ),
        (SHIPPED.replace('one_teacher = "w', 'three_teachers = "w'), "three_teachers"),
        (
            SHIPPED.replace('clause = "Each school nominates two teachers."', 'clause = ""'),
            "version[1].teachers.clause",
        ),
        (SHIPPED.replace('id = "maths-hub"', 'id = "Maths Hub"'), "id: found"),
    ],
)
def test_a_wrong_document_is_refused_and_the_message_names_the_key(text: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(text)

    assert problem in str(caught.value)


def test_an_unknown_shipped_policy_is_refused_with_those_there_are() -> None:
    there_are = "council-tiers, day-before, governors, hub-week, maths-hub, trust"
    with pytest.raises(PolicyError, match=f"no shipped policy music-hub; there are: {there_are}"):
        read_shipped("music-hub")


@pytest.mark.parametrize("policy_id", ["council-tiers", "day-before", "governors", "hub-week", "maths-hub", "trust"])
def test_every_shipped_document_can_be_read(policy_id: str) -> None:
    assert load_policy(read_shipped(policy_id), is_bank_holiday).id == policy_id


def test_a_version_may_be_in_force_for_one_day() -> None:
    policy = load_policy(document(dated("2019-01-01", "2019-01-01")))

    assert [policy.version_on(date(2019, 1, day)) is not None for day in (1, 2)] == [True, False]

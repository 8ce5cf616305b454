"""What is wrong with a document, whole: file line, key, what was found, what is allowed, an example."""

from __future__ import annotations

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.parameters import PolicyError, load_policy, read_shipped
from tests.factories import STARTS_AT

FLYER, TIERS, LENGTHS, TRUST = (read_shipped(name) for name in ("maths-hub", "council-tiers", "governors", "trust"))
SECOND = FLYER[FLYER.index("[[version]]") :]
FROM = "effective_from = 2019-01-01"
ENDED = FLYER.replace(FROM, f"{FROM}\neffective_until = 2020-08-31")
_TIERS = "; for example: tiers = [{ from = 14, until = 7, percent = 50 }, { from = 7, until = 0, percent = 100 }]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{FLYER}\n{SECOND}",
            (
                "line 54, version[2].effective_from: found 2019-01-01; "
                "it must be after that of 2019-01-01; "
                "for example: effective_from = 2019-01-01"
            ),
        ),
        (
            ENDED + "\n" + SECOND.replace("2019-01-01", "2020-08-31"),
            (
                "line 55, version[2].effective_from: found 2020-08-31; "
                "overlaps version 2019-01-01: write 2020-09-01; "
                "for example: effective_from = 2019-01-01"
            ),
        ),
        (
            ENDED + "\n" + SECOND.replace("2019-01-01", "2020-09-02"),
            (
                "line 55, version[2].effective_from: found 2020-09-02; "
                "leaves a gap after 2019-01-01: write 2020-09-01; "
                "for example: effective_from = 2019-01-01"
            ),
        ),
        (
            "\n".join([FLYER, *(SECOND.replace("2019-01-01", day) for day in ("2020-09-02", "2020-09-01"))]),
            (
                "line 100, version[3].effective_from: found 2020-09-01; "
                "it must be after that of 2020-09-02; "
                "for example: effective_from = 2019-01-01"
            ),
        ),
        (
            FLYER.replace(FROM, f"{FROM}\neffective_until = 2018-08-31"),
            (
                "line 9, version[1].effective_until: found 2018-08-31; "
                "effective_until is before effective_from; "
                "for example: effective_until = 2020-08-31"
            ),
        ),
        (
            FLYER.replace("minimum = 2", "minimum = 3"),
            (
                "line 35, version[1].teachers.value: found 3 and 2; "
                "minimum is greater than maximum; "
                "for example: value = { minimum = 2, maximum = 2 }"
            ),
        ),
        (
            FLYER.replace("maximum = 2", "maximum = 2, cap = 1"),
            (
                "line 35, version[1].teachers.value: found 1 and 2; "
                "cap is smaller than minimum; "
                "for example: value = { minimum = 2, maximum = 2 }"
            ),
        ),
        (
            FLYER.replace(', school_unknown = "warning"', "").replace('one_teacher = "warning", ', ""),
            (
                "line 48, version[1].severities.value: one_teacher, school_unknown missing; "
                "every finding has a severity; "
                'for example: value = { one_teacher = "warning" }'
            ),
        ),
        (
            TIERS.replace(
                'value = 7\nunit = "calendar days"', 'value = 17:00:00\nunit = "clock time on the day before"'
            ),
            (
                "line 12, version[1].charge.tiers: notice is by 17:00 on the day before; "
                "tiers need notice in hours or days" + _TIERS
            ),
        ),
        (
            TIERS.replace("value = 7\n", "value = 8\n"),
            (
                "line 12, version[1].charge.tiers: found from 7, notice is free from 8 on; "
                "a gap or an overlap: the first tier begins there" + _TIERS
            ),
        ),
        (
            TIERS.replace("from = 1, until = 0", "from = 2, until = 0"),
            (
                "line 12, version[1].charge.tiers: "
                "found [{'from': 7, 'until': 1, 'percent': 60}, {'from': 2, 'until'...; "
                "allowed: no overlap: one tier ends at 1, the next begins at 2" + _TIERS
            ),
        ),
        (
            FLYER.replace("value = 5000\n", ""),
            ("line 10, version[1].charge.value: not there; it is needed; for example: value = 5000"),
        ),
        (
            FLYER[: FLYER.index("[version.severities]")],
            ("line 7, version[1].severities: not there; it is needed; for example: [version.severities]"),
        ),
        (
            FLYER.replace("value = 24\n", "value = 24\nhours = 24\n"),
            (
                "line 18, version[1].notice.hours: no such key; "
                "allowed: value, unit, channels, confirm_in_writing, boundary, closed_on, counting, clause, source"
            ),
        ),
        (
            TRUST.replace("[version.notice_online]\n", "[version.notice_online]\nhours = 24\n"),
            (
                "line 24, version[1].notice_online.hours: no such key; "
                "allowed: value, unit, channels, confirm_in_writing, boundary, closed_on, counting, clause, source"
            ),
        ),
        (
            FLYER.replace('"pence"', '"pounds"'),
            (
                "line 12, version[1].charge.unit: found 'pounds'; "
                "allowed: 'pence', 'pence by length', 'pence per hour'; "
                'for example: unit = "pence"'
            ),
        ),
        (
            FLYER.replace('unit = "elapsed hours"\n', ""),
            (
                "line 16, version[1].notice: found {'value': 24, 'clause': \"No charge is made if the hub has at...; "
                "it needs a unit; "
                "for example: [version.notice]"
            ),
        ),
        (
            FLYER.replace('"same school"', '"sometimes"'),
            (
                "line 29, version[1].substitutes.value: found 'sometimes'; "
                "allowed: 'free', 'same school', 'linked only', 'announced' or 'none'; "
                'for example: value = "same school"'
            ),
        ),
        (
            FLYER.replace('["ofsted"', '["holiday"'),
            (
                "line 23, version[1].exemptions.value[1].kind: found 'holiday'; "
                "allowed: 'ofsted' or 'extenuating'; "
                'for example: value = ["ofsted", { kind = "extenuating", '
                'evidence = "a note from the head teacher", claim_within_days = 14 }]'
            ),
        ),
        (
            FLYER.replace("value = 24\n", "value = -1\n"),
            (
                "line 17, version[1].notice.value: found -1; "
                "allowed: greater than or equal to 0; "
                "for example: value = 24"
            ),
        ),
        (
            FLYER.replace("value = 24\n", f'value = "{"x" * 80}"\n'),
            (
                f"line 17, version[1].notice.value: found '{'x' * 59}...; "
                "allowed: a valid integer, unable to parse string as an integer; "
                "for example: value = 24"
            ),
        ),
        (
            FLYER.replace('id = "maths-hub"', 'id = "Maths Hub"'),
            (
                "line 4, id: found 'Maths Hub'; "
                "allowed: small letters, digits and hyphens; "
                'for example: id = "maths-hub"'
            ),
        ),
        (
            'id = "a"\ntitle = "b"\nversion = []\n',
            ("line 3, version: found []; at least one is needed; for example: [[version]]"),
        ),
        (
            "id = ",
            ("not a TOML document: Invalid value (at end of document)"),
        ),
        (
            FLYER.replace("value = { minimum = 2, maximum = 2 }", "value = 2"),
            (
                "line 35, version[1].teachers.value: found 2; "
                "allowed: a table; "
                "for example: value = { minimum = 2, maximum = 2 }"
            ),
        ),
        (
            LENGTHS.replace("up_to_hours = 4", 'up_to_hours = "4h"'),
            (
                "line 11, version[1].charge.value[1].up_to_hours: found '4h'; "
                "allowed: a valid number, unable to parse string as a number; "
                "for example: value = [{ up_to_hours = 4, pence = 2500 }, { pence = 5000 }]"
            ),
        ),
        (
            LENGTHS.replace("[{ up_to_hours = 4, pence = 7500 }, { pence = 11000 }]", "[]"),
            ("line 11, version[1].charge.value: found []; at least one is needed; for example: value = 5000"),
        ),
    ],
)
def test_the_whole_message(text: str, told: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(text, is_bank_holiday)
    assert str(refused.value) == told


def test_everything_that_is_wrong_is_told_at_once_each_thing_once() -> None:
    text = FLYER.replace("value = 5000", "value = -1").replace("minimum = 2", 'minimum = "two"')
    with pytest.raises(PolicyError) as refused:
        load_policy(text)
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "line 11, version[1].charge.value",
        "line 35, version[1].teachers.value.minimum",
    ]


def test_what_was_found_is_shown_up_to_sixty_characters() -> None:
    for length, shown in ((58, f"found '{'x' * 58}';"), (59, f"found '{'x' * 59}...;")):
        with pytest.raises(PolicyError) as refused:
            load_policy(FLYER.replace("value = 24\n", f'value = "{"x" * length}"\n'))
        assert shown in str(refused.value)


def test_a_list_whose_elements_are_wrong_is_not_told_to_be_empty() -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy('id = "a"\ntitle = "b"\n[[version]]\neffective_from = 2019-01-01\n')
    lines = str(refused.value).splitlines()
    assert len(lines) == 7
    assert all(line.startswith("line 3, version[1].") and "not there; it is needed" in line for line in lines)


def test_working_days_need_the_bank_holidays() -> None:
    rule = load_policy(TRUST).versions[0].notice
    with pytest.raises(LookupError, match=r"^the policy counts working days, but was read without the bank holidays$"):
        rule.last_instant(STARTS_AT)

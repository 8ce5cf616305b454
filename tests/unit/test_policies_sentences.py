"""The rules in sentences that a lead can sign off."""

from __future__ import annotations

from pathlib import Path

import pytest

from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.parameters import load_policy, read_shipped
from policies.sentences import describe_terms, find_slips

FLYER = read_shipped("maths-hub")


def sentences(text: str) -> list[str]:
    return describe_terms(load_policy(text, is_bank_holiday).versions[0])


def test_the_flyer_in_sentences() -> None:
    assert sentences(FLYER) == [
        "For places booked from 1 January 2019 on:",
        "Staying away costs £50, for each teacher who stays away.",
        "Nothing is charged with notice at least 24 hours before the start, in any way.",
        "Exempt, if a person approves it: Ofsted inspections.",
        "Exempt, if a person approves it: extenuating circumstances.",
        "A colleague of the same school may come instead, also if nobody said for whom they came.",
        "A school sends 2 teachers to the work group as a whole; other numbers are reported, never charged.",
        "One of them should be a leader; if none is, that is reported.",
        "One of them ideally would be the Maths Lead; if none is, that is reported.",
    ]


@pytest.mark.parametrize(
    ("policy_id", "old", "new", "sentence"),
    [
        ("council-tiers", "", "", "Notice of less than 7 days, but at least 1, costs 60 % of that."),
        ("council-tiers", "", "", "Notice of less than 1 day, up to the start, costs 100 % of that."),
        (
            "council-tiers",
            'unit = "calendar days"',
            'unit = "working days"\ncounting = "clear"\nboundary = "more than"',
            "Notice of at most 7 clear working days, but more than 1, costs 60 % of that.",
        ),
        ("council-tiers", "", "", "Nothing is exempt."),
        ("council-tiers", "", "", "Whoever comes too late to be admitted pays 100 % of what staying away costs."),
        (
            "council-tiers",
            "left_early = 0",
            "left_early = 20",
            "Whoever leaves early pays 20 % of what staying away costs.",
        ),
        (
            "trust",
            "",
            "",
            "Nothing is charged with notice online: at least 24 hours before the start, on Eventbrite or by email.",
        ),
        (
            "trust",
            'channels = ["email"]',
            "channels = []",
            "Nothing is charged with notice online: at least 24 hours before the start, on Eventbrite.",
        ),
        (
            "day-before",
            'channels = ["email", "letter"]',
            'channels = ["phone", "other"]\nconfirm_in_writing = ["phone"]',
            (
                "Nothing is charged with notice by 17:00 on the day before, on Eventbrite or by phone, in another way"
                " (by phone only if confirmed in writing)."
            ),
        ),
        ("governors", "", "", "A place given back late costs nothing if somebody books it afterwards and comes."),
        (
            "maths-hub",
            'unit = "pence"',
            'unit = "pence"\nper = "school"\nlate_notice_percent = 40',
            "Staying away costs £50, for each school once, however many of its teachers stayed away.",
        ),
        ("maths-hub", 'unit = "pence"', 'unit = "pence"\nlate_notice_percent = 40', "Late notice costs 40 % of that."),
        (
            "maths-hub",
            "minimum = 2",
            "minimum = 1",
            "A school sends 1 to 2 teachers to the work group as a whole; other numbers are reported, never charged.",
        ),
        (
            "maths-hub",
            "maximum = 2",
            'maximum = 3, cap = 4, counted = "workshop"',
            (
                "A school sends 2 to 3 teachers to each workshop, and at most 4 different ones to the whole work group;"
                " other numbers are reported, never charged."
            ),
        ),
        (
            "maths-hub",
            '"extenuating"]',
            '{ kind = "extenuating", codes = ["illness", "family"], scope = "booking and workshop" }]',
            ("Exempt, if a person approves it: extenuating circumstances (illness, family), for single bookings only."),
        ),
        (
            "maths-hub",
            '["ofsted", "extenuating"]',
            (
                '[{ kind = "ofsted", approvers = ["Jo Field", "Sam Hill"], evidence = "the letter",'
                " claim_within_days = 1 }]"
            ),
            (
                "Exempt, if a person approves it: Ofsted inspections, approved by Jo Field or Sam Hill,"
                " if this was shown: the letter, claimed within 1 day of the workshop."
            ),
        ),
        (
            "maths-hub",
            '"ofsted"',
            '{ kind = "ofsted", claim_within_days = 0, claim_by = 10:00:00 }',
            "Exempt, if a person approves it: Ofsted inspections, claimed by 10:00 on the day of the workshop.",
        ),
        (
            "maths-hub",
            '"ofsted"',
            '{ kind = "ofsted", claim_within_days = 0 }',
            "Exempt, if a person approves it: Ofsted inspections, claimed before the day of the workshop ends.",
        ),
        (
            "maths-hub",
            '"ofsted"',
            '{ kind = "ofsted", claim_within_days = 3, claim_by = 09:30:00 }',
            "Exempt, if a person approves it: Ofsted inspections, claimed by 09:30 within 3 days of the workshop.",
        ),
        (
            "maths-hub",
            "effective_from = 2019-01-01",
            "effective_from = 2019-01-01\neffective_until = 2020-08-31",
            "For places booked from 1 January 2019 to 31 August 2020:",
        ),
    ],
)
def test_every_rule_has_its_sentence(policy_id: str, old: str, new: str, sentence: str) -> None:
    assert sentence in sentences(read_shipped(policy_id).replace(old, new) if old else read_shipped(policy_id))


@pytest.mark.parametrize(
    ("policy_id", "old", "new", "slip"),
    [
        ("maths-hub", "value = 5000", "value = 0", "The version of 2019-01-01 charges nobody: every amount is £0."),
        ("maths-hub", 'value = 5000\nunit = "pence"', 'value = 0\nunit = "pence per hour"', "charges nobody"),
        ("maths-hub", "value = 24", "value = 1441", "charges practically everybody who cannot come"),
        ("trust", "value = 5\n", "value = 61\n", "it wants notice at least 61 working days before"),
    ],
)
def test_what_hardly_anybody_means_is_said(policy_id: str, old: str, new: str, slip: str) -> None:
    found = find_slips(load_policy(read_shipped(policy_id).replace(old, new), is_bank_holiday))
    assert len(found) == 1
    assert slip in found[0]
    assert "£0.01" not in found[0]


def test_notice_that_is_too_long_only_online_is_a_slip_too() -> None:
    text = read_shipped("trust")
    online = text.index("[version.notice_online]")
    (slip,) = find_slips(
        load_policy(text[:online] + text[online:].replace("value = 24", "value = 2400"), is_bank_holiday)
    )
    assert "at least 2400 hours before the start" in slip


def test_ways_that_want_confirmation_are_listed() -> None:
    rule = 'unit = "elapsed hours"\nconfirm_in_writing = ["phone", "other"]'
    told = sentences(FLYER.replace('unit = "elapsed hours"', rule))[2]
    assert told.endswith("(by phone, in another way only if confirmed in writing).")


@pytest.mark.parametrize("policy_id", ["council-tiers", "day-before", "governors", "hub-week", "maths-hub", "trust"])
def test_no_shipped_document_looks_like_a_slip(policy_id: str) -> None:
    assert find_slips(load_policy(read_shipped(policy_id), is_bank_holiday)) == []


def test_sixty_days_are_not_too_long() -> None:
    assert find_slips(load_policy(FLYER.replace("value = 24", "value = 1440"))) == []


def test_lengths_and_evenings_are_looked_at_for_amounts() -> None:
    text = read_shipped("governors").replace("7500", "0").replace("11000", "0")
    assert find_slips(load_policy(text, is_bank_holiday)) == []
    text = text.replace("evening_pence = 5000\n", "")
    assert len(find_slips(load_policy(text, is_bank_holiday))) == 1


def test_all_that_a_policy_can_ask_in_sentences() -> None:
    text = Path("tests/bench/most_complex.toml").read_text(encoding="utf-8")
    assert sentences(text) == [
        "For places booked from 1 January 2015 on:",
        (
            "Staying away costs £40 up to 2 hours, £50 up to 4 hours, £100 for longer workshops, £30 in the "
            "evening, from 17:30 on, for each school once, however many of its teachers stayed away."
        ),
        "Notice of at most 2 clear working days, but more than 1, costs 50 % of that.",
        "Notice of at most 1 clear working day, up to the start, costs 75 % of that.",
        (
            "Nothing is charged with notice in person: more than 2 clear working days before the day of the "
            "workshop, on Eventbrite or by email, by letter, by phone (by phone only if confirmed in "
            "writing)."
        ),
        (
            "Nothing is charged with notice online: at least 2 days before the day of the workshop, on "
            "Eventbrite or by email."
        ),
        (
            "Exempt, if a person approves it: Ofsted inspections, approved by Jo Field, claimed within 14 "
            "days of the workshop."
        ),
        (
            "Exempt, if a person approves it: extenuating circumstances (illness), for single bookings only, "
            "if this was shown: a note, claimed by 10:00 on the day of the workshop."
        ),
        (
            "Exempt, if a person approves it: extenuating circumstances (weather, family, other), claimed "
            "within 30 days of the workshop."
        ),
        "A colleague of the same school may come instead if the hub was told before the start.",
        "A place given back late costs nothing if somebody books it afterwards and comes.",
        "Whoever comes too late to be admitted pays 100 % of what staying away costs.",
        "Whoever leaves early pays 50 % of what staying away costs.",
        (
            "A school sends 1 to 2 teachers to each workshop, and at most 4 different ones to the whole work "
            "group; other numbers are reported, never charged."
        ),
        "One of them ideally would be a leader; if none is, that is reported.",
    ]

"""Every reason of the rules has its wording, in every place where the rules may have it."""

from __future__ import annotations

import pytest

from eb_sync.model import reason_words
from eb_sync.model.reason_words import (
    ANSWERS,
    CREDITED,
    SCHOOL_CHANGED,
    SCHOOL_UNKNOWN,
    WORDS,
    WORKSHOP_GONE,
    credit_sentence,
    held_sentence,
    outcome_sentence,
    question_text,
    reason_heading,
    school_sentence,
    waiting_clause,
)
from policies.decisions import Decision, Outcome, Reason
from policies.engine import OUTCOMES
from policies.facts import AnswerWord
from policies.no_show import QUESTIONS

CHARGING = {reason for reason, outcome in OUTCOMES.items() if outcome is Outcome.CHARGE} | {Reason.TURNED_AWAY}
WAITING = {reason for reason, outcome in OUTCOMES.items() if outcome in (Outcome.PENDING, Outcome.REVIEW)}
SETTLED = set(Reason) - WAITING


def decided(reason: Reason, outcome: Outcome) -> Decision:
    return Decision("1", "B1", outcome, reason, 5000 if outcome is Outcome.CHARGE else 0, None, None, None, None, ())


def test_every_reason_has_all_the_wording_that_applies_and_none_that_does_not() -> None:
    assert set(WORDS) == set(Reason) == set(OUTCOMES)
    for field, reasons in {
        "heading": SETTLED,
        "free": SETTLED,  # where the policy asks nothing, what could be charged is free as well
        "charged": CHARGING,
        "credit": SETTLED,
        "question": set(QUESTIONS),
    }.items():
        assert {reason for reason, words in WORDS.items() if getattr(words, field)} == reasons, field


@pytest.mark.parametrize("reason", sorted(SETTLED))
def test_a_settled_place_is_told_about_on_every_surface(reason: Reason) -> None:
    assert reason_heading(reason)[0].isupper()
    assert credit_sentence([reason, reason]).count(".") == 1
    outcome = Outcome.NOT_CHARGED if reason in CHARGING else OUTCOMES[reason]
    assert outcome_sentence(decided(reason, outcome)).startswith("Nothing is charged")
    assert school_sentence(decided(reason, outcome), "£0.00").startswith("Nothing is charged")


@pytest.mark.parametrize("reason", sorted(CHARGING))
def test_a_charge_says_why_to_the_school(reason: Reason) -> None:
    assert school_sentence(decided(reason, Outcome.CHARGE), "£50.00").startswith("£50.00 is charged for this place, b")
    assert outcome_sentence(decided(reason, Outcome.CHARGE)) == "The place is charged."


@pytest.mark.parametrize("reason", sorted(WAITING))
def test_a_place_that_waits_is_not_said_to_be_free(reason: Reason) -> None:
    decision = decided(reason, OUTCOMES[reason])
    assert "so far" in school_sentence(decision, "£0.00")
    assert "charged" not in outcome_sentence(decision)
    assert held_sentence(reason)


def test_what_is_asked_has_a_text_and_every_answer_a_button() -> None:
    assert all(question_text(reason) for reason in QUESTIONS)
    assert set(ANSWERS) == set(AnswerWord)
    assert len(set(ANSWERS.values())) == len(ANSWERS)


def test_reasons_that_are_the_plans_alone_have_theirs() -> None:
    assert credit_sentence([SCHOOL_CHANGED, Reason.ATTENDED]) == (
        "The booking was made by another school. The teacher attended."
    )
    assert reason_heading(CREDITED) == "Charge credited"
    assert held_sentence(SCHOOL_UNKNOWN) != held_sentence(WORKSHOP_GONE)


@pytest.mark.parametrize("say", ["reason_heading", "held_sentence"])
def test_no_wording_is_made_up_from_a_code(say: str) -> None:
    with pytest.raises(LookupError):
        getattr(reason_words, say)("brand_new")
    with pytest.raises(LookupError):
        credit_sentence([Reason.NOT_OVER])
    with pytest.raises(LookupError):
        question_text(Reason.ATTENDED)


def test_whatever_a_plan_leaves_says_why() -> None:
    for reason in (*WAITING, SCHOOL_UNKNOWN, WORKSHOP_GONE):
        assert waiting_clause(reason)
    with pytest.raises(LookupError):
        waiting_clause(Reason.NO_SHOW)

"""Every decision can say why: clause, deadline and sentences, with local times and without names."""

from __future__ import annotations

import pytest

from policies.decisions import Decision, Reason
from policies.engine import assess_workshop
from policies.evidence import source_of
from policies.facts import AnswerWord, Channel, ExemptionKind, ExemptionState, Mark
from policies.parameters import load_policy, read_shipped
from policies.wording import interval_text, local_text
from tests.factories import AS_OF, DEADLINE_AT, Story, hours_before_start, london

POLICY = load_policy(read_shipped("maths-hub"))


@pytest.fixture
def story() -> Story:
    told = Story()
    told.book("B1")
    return told


def decide(story: Story) -> Decision:
    return assess_workshop(story.facts(), POLICY, AS_OF)[0]


def test_a_no_show_says_when_it_was_booked_until_when_notice_was_free_and_how_absence_is_known(story: Story) -> None:
    story.mark("B1", Mark.ABSENT)
    decision = decide(story)

    assert decision.evidence == (
        "booked on Tue 1 Oct 09:00",
        "marked absent on the register",
        "no notice reached the hub; the deadline was Mon 4 Nov 10:00",
        "the register was closed on Wed 6 Nov 17:00",
    )
    assert decision.deadline_at == DEADLINE_AT
    assert decision.policy is not None
    assert (decision.policy.id, decision.policy.version) == ("maths-hub", "2019-01-01")


def test_a_late_cancellation_says_between_which_moments(story: Story) -> None:
    story.sight(hours_before_start(20))
    story.cancel("B1", hours_before_start(19))

    sentence = "cancelled on Eventbrite between Mon 4 Nov 13:55 and 15:00, the deadline was Mon 4 Nov 10:00"
    assert sentence in decide(story).evidence


def test_a_persons_word_about_the_time_is_named_as_such(story: Story) -> None:
    story.cancel("B1", hours_before_start(2))
    story.answer("B1", Reason.NOTICE_UNPROVEN, AnswerWord.IN_TIME)

    assert decide(story).evidence[-1].endswith("; a person decided that it was in time")


def test_a_message_says_how_it_came(story: Story) -> None:
    story.notice("B1", hours_before_start(30), Channel.PHONE)

    assert "notice was given by phone on Mon 4 Nov 04:00, the deadline was Mon 4 Nov 10:00" in decide(story).evidence


def test_attendance_says_how_it_is_known() -> None:
    known = []
    for mark in (Mark.PRESENT, Mark.LATE, Mark.LEFT_EARLY, None):
        story = Story()
        story.book("B1")
        if mark is None:
            story.check_in("B1")
        else:
            story.mark("B1", mark)
        known.append(decide(story).evidence[1])

    assert known == [
        "marked present on the register",
        "marked as having come late",
        "marked as having left early",
        "checked in on Eventbrite",
    ]


def test_an_answer_that_somebody_was_there_is_evidence(story: Story) -> None:
    story.answer("B1", Reason.ATTENDANCE_UNMARKED, AnswerWord.PRESENT)

    assert "a person confirmed that the teacher was there" in decide(story).evidence


@pytest.mark.parametrize("state", [ExemptionState.APPROVED, ExemptionState.CLAIMED])
def test_an_exemption_is_decided_by_its_own_clause(story: Story, state: ExemptionState) -> None:
    story.claim(ExemptionKind.EXTENUATING, state, ref="B1")

    assert decide(story).clause == POLICY.versions[0].exemptions.clause


def test_notice_and_substitutes_are_decided_by_their_own_clauses(story: Story) -> None:
    terms = POLICY.versions[0]
    story.walk_in("W1", replaces="B1")
    replaced = decide(story)
    story.walk_ins.clear()
    story.notice("B1", hours_before_start(48))
    noticed = decide(story)

    assert (replaced.clause, noticed.clause) == (terms.substitutes.clause, terms.notice.clause)


def test_a_charge_names_the_clause_of_the_charge_and_that_of_notice(story: Story) -> None:
    story.mark("B1", Mark.ABSENT)
    terms = POLICY.versions[0]

    assert decide(story).clause == f"{terms.charge.clause} {terms.notice.clause}"


def test_instants_are_written_in_local_time_and_rounded_down() -> None:
    assert local_text(london("2019-10-26 23:59:59")) == "Sat 26 Oct 23:59"
    assert local_text(london("2019-10-27 12:00")) == "Sun 27 Oct 12:00"


def test_an_interval_over_midnight_names_both_days_and_a_point_in_time_one() -> None:
    earliest, latest = london("2019-11-04 23:30"), london("2019-11-05 00:30")

    assert interval_text(earliest, latest) == "between Mon 4 Nov 23:30 and Tue 5 Nov 00:30"
    assert interval_text(latest, latest) == "on Tue 5 Nov 00:30"


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("booked on Tue 1 Oct 09:00", "Eventbrite, where the booking was made"),
        ("cancelled on Eventbrite on Mon 4 Nov 15:00", "Eventbrite, as read by the hub"),
        (
            "the booking disappeared from Eventbrite without having been seen cancelled",
            "Eventbrite, as read by the hub",
        ),
        ("marked absent on the register", "the register of the workshop, kept by its lead"),
        ("W1 came in this place", "the register of the workshop, kept by its lead"),
        ("the register was closed on Wed 6 Nov 17:00", "the register of the workshop, kept by its lead"),
        ("no notice reached the hub; the deadline was Mon 4 Nov 10:00", "Eventbrite and the hub's record of messages"),
        ("notice was given by phone on Mon 4 Nov 04:00", "the hub's record of messages"),
        ("an exemption for an Ofsted inspection was approved", "the hub's record of exemptions"),
        ("a person waived the charge", "the hub's records"),
    ],
)
def test_every_sentence_has_a_source(sentence: str, source: str) -> None:
    assert source_of(sentence) == source


def test_a_sentence_that_quotes_another_keeps_its_own_source() -> None:
    quoted = "the policy asks for this to be shown: a note that W1 came in this place"
    assert source_of(quoted) == "the hub's record of exemptions"
    assert source_of("checked in on Eventbrite") == "Eventbrite, as read by the hub"
    assert source_of("the register is not closed yet") == "the register of the workshop, kept by its lead"
    assert source_of("staying away costs £50, this 60 % of it") == "the hub's records"

"""What each reason of a decision is called, wherever people read it: headings, sentences, questions and answers.

No wording is made up from a reason's code. Each reason has all that can be asked of it, and a test holds the table
against the rules. What the evidence says is the rules' own (`policies.evidence`), because decisions keep it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.decisions import Decision, FindingKind, Outcome, Reason
from policies.facts import AnswerWord

SCHOOL_CHANGED = "school_changed"
"""Why a line is credited whose place turned out to be another school's."""
CREDITED = "credited"
"""Why a line is credited by hand that is to be billed again."""
SCHOOL_UNKNOWN = "school_unknown"
"""Why an invoiced place is held whose school nobody knows any more."""
WORKSHOP_GONE = "workshop_gone"
"""Why a line is held whose workshop is not known any more: its day was withdrawn."""


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """The wording for one reason; None where the rules never have it in that place."""

    heading: str | None = None
    """What a line of a document is headed by."""
    free: str | None = None
    """A sentence: nothing is charged, and why."""
    charged: str | None = None
    """The end of a sentence about an amount: `because ...`."""
    credit: str | None = None
    """A sentence on a credit note, where this reason now stands for the place."""
    question: str | None = None
    """Why a place waits for a person, as a list has it."""


_WAIT_FOR_TIME = (Reason.DATES_UNKNOWN, Reason.NOT_OVER, Reason.REGISTER_OPEN, Reason.BOOKINGS_STALE)
_ASKS_NOTHING = "The charging policy asks nothing for it."
_POLICY_ASKS_NOTHING = "Nothing is charged: the charging policy asks nothing for it."
_EXEMPT = "Nothing is charged: an exemption was approved."

WORDS: Mapping[Reason, ReasonWords] = {
    Reason.WORKSHOP_CANCELLED: ReasonWords(
        heading="Workshop called off",
        free="Nothing is charged: the hub called the workshop off.",
        credit="The workshop was called off.",
    ),
    Reason.ATTENDED: ReasonWords(
        heading="Attended", free="Nothing is charged: the teacher attended.", credit="The teacher attended."
    ),
    Reason.REPLACED: ReasonWords(
        heading="A colleague came instead",
        free="Nothing is charged: a colleague came instead.",
        credit="A colleague came in the teacher's place.",
    ),
    Reason.DUPLICATE: ReasonWords(
        heading="The same teacher counted twice",
        free="Nothing is charged for this booking: the same teacher has another one here that counts.",
        credit="The same teacher's place was counted twice.",
    ),
    Reason.NOTICE_IN_TIME: ReasonWords(
        heading="Notice given in time",
        free="Nothing is charged: notice was given in time.",
        credit="Notice was given in time.",
    ),
    Reason.OFSTED: ReasonWords(
        heading="Ofsted inspection", free=_EXEMPT, credit="The school was being inspected by Ofsted."
    ),
    Reason.EXTENUATING: ReasonWords(
        heading="Extenuating circumstances", free=_EXEMPT, credit="Extenuating circumstances were accepted."
    ),
    Reason.WAIVED: ReasonWords(
        heading="Charge waived",
        free="Nothing is charged: the hub waived the charge.",
        credit="The hub has waived the charge.",
    ),
    Reason.OUTSIDE_POLICY: ReasonWords(
        heading="Not covered by the charging policy",
        free="Nothing is charged: the place is outside the charging policy.",
        credit="The workshop is outside the charging policy.",
    ),
    Reason.NEVER_BOOKED: ReasonWords(
        heading="Never booked",
        free="Nothing is charged: the place was never booked.",
        credit="The place was never booked.",
    ),
    Reason.REFILLED: ReasonWords(
        heading="Somebody else came in the place",
        free="Nothing is charged: somebody else came in the place.",
        credit="Somebody else came in the place.",
    ),
    Reason.TURNED_AWAY: ReasonWords(
        heading="Came too late to be admitted",
        free=_POLICY_ASKS_NOTHING,
        charged="because the teacher came too late to be admitted",
        credit="Coming too late is not charged.",
    ),
    Reason.PART_ATTENDANCE: ReasonWords(
        heading="Left early",
        free=_POLICY_ASKS_NOTHING,
        charged="because the teacher left early",
        credit=_ASKS_NOTHING,
    ),
    Reason.CHARGED_ONCE: ReasonWords(
        heading="The school is charged once",
        free="Nothing is charged for this place: the school is charged once.",
        credit="The school is charged once for this workshop.",
    ),
    Reason.NO_PLACE: ReasonWords(
        heading="Not a place at this workshop",
        free="Nothing is charged: the ticket is not for a seat.",
        credit="The booking does not count as a place.",
    ),
    Reason.NO_SHOW: ReasonWords(
        heading="Booked and not attended",
        free=_POLICY_ASKS_NOTHING,
        charged="because nobody came and the hub had not been told in time",
        credit=_ASKS_NOTHING,
    ),
    Reason.LATE_NOTICE: ReasonWords(
        heading="Cancelled after the deadline",
        free=_POLICY_ASKS_NOTHING,
        charged="because it was given back after the deadline",
        credit=_ASKS_NOTHING,
    ),
    Reason.EXEMPTION_CLAIMED: ReasonWords(question="an exemption was claimed; approve or refuse it"),
    Reason.ATTENDANCE_CONFLICT: ReasonWords(question="checked in on Eventbrite, but marked absent"),
    Reason.DUPLICATE_CANCELLED: ReasonWords(question="booked twice, and one booking cancelled"),
    Reason.DUPLICATE_SUSPECTED: ReasonWords(question="perhaps the teacher of another booking, spelt differently"),
    Reason.BOOKING_VANISHED: ReasonWords(question="the booking vanished from Eventbrite"),
    Reason.STATUS_UNKNOWN: ReasonWords(question="Eventbrite gives a status that nobody has described"),
    Reason.TICKET_UNKNOWN: ReasonWords(question="the ticket may not be for a seat"),
    Reason.NOTICE_UNPROVEN: ReasonWords(question="cancelled, but it cannot be proved whether in time"),
    Reason.BOOKED_AFTER_DEADLINE: ReasonWords(question="booked after the deadline, then cancelled"),
    Reason.TRANSFERRED: ReasonWords(question="cancelled late, but booked another date"),
    Reason.PERSON_ERASED: ReasonWords(question="the teacher's name was erased"),
    Reason.PERSON_UNKNOWN: ReasonWords(question="booked without a name and without an address"),
    Reason.ATTENDANCE_UNMARKED: ReasonWords(question="neither marked present nor absent"),
    Reason.WORKSHOP_MOVED: ReasonWords(question="the workshop was moved after the booking"),
    Reason.WALK_IN_UNMATCHED: ReasonWords(question="somebody came whose school is not confirmed"),
    **dict.fromkeys(_WAIT_FOR_TIME, ReasonWords()),
}
"""Of every reason. One that waits for time, not for a person, is said by its outcome alone."""

_ON_DOCUMENTS: Mapping[str, ReasonWords] = {
    **{reason.value: words for reason, words in WORDS.items()},
    SCHOOL_CHANGED: ReasonWords(heading="Booked by another school", credit="The booking was made by another school."),
    CREDITED: ReasonWords(heading="Charge credited"),
}

ANSWERS: Mapping[AnswerWord, str] = {
    AnswerWord.IN_TIME: "Notice was in time",
    AnswerWord.LATE: "Notice was late",
    AnswerWord.PRESENT: "Was there",
    AnswerWord.ABSENT: "Was not there",
    AnswerWord.NEVER_BOOKED: "Never booked",
    AnswerWord.SAME: "Same person",
    AnswerWord.NO_PLACE: "Not a seat",
    AnswerWord.CHARGE: "Charge",
    AnswerWord.WAIVE: "Do not charge",
}
"""What a person may answer, as a button has it; which of them a question takes the rules say."""

_WAITING = {
    Outcome.PENDING: "It cannot be said yet.",
    Outcome.REVIEW: "A person has to answer a question first.",
}
"""For those who run the workshop."""
_OPEN = {
    Outcome.PENDING: "Nothing is charged so far: it cannot be decided yet.",
    Outcome.REVIEW: "Nothing is charged so far: a person at the hub has to answer a question first.",
}
"""For the school."""
_HELD: Mapping[str, str] = {
    SCHOOL_UNKNOWN: "It is no longer known which school made the booking; somebody at the hub has to say so.",
    WORKSHOP_GONE: "The day of the workshop was withdrawn; a person at the hub has to say what took place.",
    **dict.fromkeys(_WAIT_FOR_TIME, "It is being looked at again, and cannot be decided yet."),
    **{
        reason: "A person at the hub has to answer a question about it again."
        for reason, words in WORDS.items()
        if words.question is not None
    },
}
"""Why an invoiced place is left as it is, by the plan's reason for holding it."""


def reason_heading(reason: str) -> str:
    """What a line of a document is headed by.

    Raises:
        LookupError: no document has a line for this reason.
    """
    return _known(_ON_DOCUMENTS[reason].heading, reason)


def credit_sentence(reasons: Iterable[str]) -> str:
    """What a credit note says, by the reasons that now stand for its places; each said once.

    Raises:
        LookupError: for one of them nothing is credited.
    """
    return " ".join(_known(_ON_DOCUMENTS[reason].credit, reason) for reason in dict.fromkeys(reasons))


def question_text(reason: Reason) -> str:
    """Why a place waits for a person.

    Raises:
        LookupError: no person is asked.
    """
    return _known(WORDS[reason].question, reason)


_FINDINGS: Mapping[str, str] = {
    FindingKind.ONE_TEACHER: "only one teacher is booked",
    FindingKind.NO_LEADER: "no leader is booked",
    FindingKind.NO_MATHS_LEAD: "no maths lead is booked",
    FindingKind.ROLE_UNKNOWN: "it is not known whether a leader is booked",
    FindingKind.SAME_TEACHER_TWICE: "the same teacher is booked twice",
    FindingKind.SCHOOL_UNKNOWN: "the school is not known",
    FindingKind.TEACHER_UNNAMED: "several places are booked under one name",
    FindingKind.TOO_MANY_TEACHERS: "more teachers are booked than the policy has places for",
    "event_vanished": "the booking page is gone from Eventbrite, and there are bookings",
    "page_dates_changed": "Eventbrite shows other dates than those declared",
    "date_changed_after_end": "Eventbrite changed the date after the workshop ended",
}


def finding_text(kind: str) -> str:
    """What `check` found, as a clause after a school's name.

    Raises:
        LookupError: nothing of this kind is ever found.
    """
    return _known(_FINDINGS.get(kind), kind)


def outcome_sentence(decision: Decision) -> str:
    """What was decided about a place, to those who run the workshop; without the amount."""
    if decision.outcome is Outcome.CHARGE:
        return "The place is charged."
    return _WAITING.get(decision.outcome) or _known(WORDS[decision.reason].free, decision.reason)


def school_sentence(decision: Decision, amount: str) -> str:
    """What was decided about a place, to the school."""
    words = WORDS[decision.reason]
    if decision.outcome is Outcome.CHARGE:
        return f"{amount} is charged for this place, {_known(words.charged, decision.reason)}."
    return _OPEN.get(decision.outcome) or _known(words.free, decision.reason)


def held_sentence(reason: str) -> str:
    """Why an invoiced place is left as it is, by the plan's reason for holding it.

    Raises:
        LookupError: nothing is held for it.
    """
    return _known(_HELD.get(reason), reason)


_TIME: Mapping[str, str] = {
    Reason.DATES_UNKNOWN: "the workshop's dates are not known yet",
    Reason.NOT_OVER: "the workshop is not over",
    Reason.REGISTER_OPEN: "the register is not closed",
    Reason.BOOKINGS_STALE: "the bookings have not been read since the workshop ended",
    SCHOOL_UNKNOWN: "it is no longer known which school made the booking",
    WORKSHOP_GONE: "the day of the workshop was withdrawn",
}


def waiting_clause(reason: str) -> str:
    """Why a place in a plan is left as it is, as a list has it.

    Raises:
        LookupError: no plan leaves a place for this reason.
    """
    words = _ON_DOCUMENTS.get(reason)
    return _known(_TIME.get(reason) or (None if words is None else words.question), reason)


def _known(words: str | None, reason: str) -> str:
    if words is None:
        raise LookupError(f"{reason} is never said here")
    return words

"""One place, as far as the rules look at it: attendance, notice, deadline, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from policies.decisions import NoticeGiven, Reason
from policies.facts import Answer, AnswerWord, AttendanceMark, Mark, Notice
from policies.notice import Ending
from policies.notice_rules import Deadline
from policies.parameters import PolicyTerms

CAME = frozenset({Mark.PRESENT, Mark.LATE, Mark.LEFT_EARLY})
FREE = frozenset({Mark.PRESENT, Mark.LATE})
"""Marks that cost nothing under any policy."""


@dataclass(slots=True)
class Place:
    """A booking or a walk-in at one workshop."""

    id: str
    created_at: datetime
    person_id: int
    name_id: int | None
    school_id: str | None
    school_keys: frozenset[str]
    is_walk_in: bool
    mark: AttendanceMark | None
    """The newest one; None if there is none, or it says unmarked."""
    checked_in: bool
    came: bool
    """Marked as having come, or told of otherwise and not marked absent; answers and a late arrival may change it."""
    contested: Mark | None = None
    """What somebody said against the mark, by a file that may have been filled in before; None if nobody did."""
    is_stand_in: bool = False
    """Somebody said that the teacher came in a colleague's place."""
    is_arrival: bool = False
    """Booked at or after the start, or for no seat: nothing is decided about it, but somebody may come by it."""
    is_no_seat: bool = False
    """Of an add-on or donation, or the hub's own guest's."""
    arrived_as: Place | None = None
    """The arrival by which the teacher of this place came; None if there was none."""
    asked_as: Place | None = None
    """The arrival by which the teacher of this place perhaps came, against its mark; None if there is none."""
    ending: Ending | None = None
    doubt: Ending | None = None
    """When its status turned into something that nobody has described; None while it is understood."""
    is_expected: bool = False
    terms: PolicyTerms | None = None
    """The policy version under which it was booked; None for walk-ins and where none was in force."""
    deadline: Deadline | None = None
    given: Sequence[NoticeGiven] = ()
    """Every notice for it before the start that counts, on Eventbrite and recorded by a person."""
    notice: NoticeGiven | None = None
    """The most favourable of them; an answer may replace it."""
    notices: Sequence[Notice] = ()
    """Recorded by a person and given in a way that counts."""
    uncounted: Sequence[Notice] = ()
    """Given in a way that the policy does not accept."""
    answers: Sequence[Answer] = ()
    newest_observation_id: int = 0
    newest_mark_id: int = 0
    is_unreadable: bool = False
    is_unnamed_seat: bool = False
    is_ticket_known: bool = True
    is_no_place: bool = False
    """Somebody answered that its ticket is none for a seat."""
    is_erased: bool = False
    """The name behind it was erased."""
    is_nameless: bool = False
    """It never had a name nor an address, and neither has another booking of its order."""
    alike_ids: frozenset[int] = frozenset()
    """Persons with the same address who may be the same."""
    others: list[Place] = field(default_factory=list)
    """Other places of the same person at this workshop, late arrivals included."""
    alike: list[Place] = field(default_factory=list)
    """Places here of those who may be the same person, and are not by what is known."""
    is_judged: bool = True
    """Of one person's places the one that is judged."""
    is_answered: bool = False
    """Somebody answered whether the teacher was there."""

    @property
    def everyone(self) -> Iterator[Place]:
        """All places of the same person here, this one first: what is said about one of them is about all."""
        yield self
        yield from self.others

    @property
    def has_come(self) -> bool:
        """Whether the person came, by whichever of their places."""
        return any(place.came for place in self.everyone)

    @property
    def is_faceless(self) -> bool:
        """Whether nobody can say any more, or ever could, who it is: anybody of that school."""
        return self.is_erased or self.name_id is None

    @property
    def deadline_at(self) -> datetime | None:
        """The last instant at which notice is free of charge; None for walk-ins and where no terms were in force."""
        return None if self.deadline is None else self.deadline.at

    @property
    def told_at(self) -> datetime | None:
        """The earliest that the hub may have known by any notice, whether it counts or not; None without one.

        That further notice is recorded so never takes away who came in the teacher's place. Notice for another place of
        the same person is such notice, if it was given when this one had been booked.
        """
        told = [*(given.earliest_at for given in self.given), *(notice.received_at for notice in self.uncounted)]
        for other in self.others:
            told += [given.latest_at for given in other.given if given.latest_at > self.created_at]
            ending = other.ending if other.is_vanished else other.doubt
            told += [] if ending is None or ending.latest_at <= self.created_at else [ending.latest_at]
        return min(told, default=None)

    @property
    def is_conflict(self) -> bool:
        """Marked otherwise than they are known to have been there, or than somebody else said, so that it may cost.

        Checked in, or said to have come in a colleague's place, but marked absent or turned away; or marked in a way
        that a policy may charge for, against what a register that came back says.
        """
        if self.mark is None:
            return False
        was_there = self.checked_in or self.is_stand_in or self.asked_as is not None
        return (was_there and self.mark.mark not in CAME) or (self.contested is not None and self.mark.mark not in FREE)

    @property
    def attendance_lapses_after(self) -> int:
        """The newest fact that bears on whether the teacher was there; older answers about that have lapsed."""
        return max(self.newest_mark_id, self.newest_observation_id)

    @property
    def is_vanished(self) -> bool:
        """Went missing, never seen cancelled, and not so early that it counts as cancelled in time."""
        ending = self.ending
        if ending is None or ending.seen_cancelled:
            return False
        return self.deadline_at is None or ending.latest_at > self.deadline_at


def answer_attendance(place: Place) -> None:
    """Somebody said whether the teacher was there, where what is known of it disagrees, or nothing is."""
    words = frozenset({AnswerWord.PRESENT, AnswerWord.ABSENT})
    lapses_after = place.attendance_lapses_after
    if place.is_conflict:
        word = answer_of(place, Reason.ATTENDANCE_CONFLICT, lapses_after, words)
    elif place.mark is None and not place.came:
        word = answer_of(place, Reason.ATTENDANCE_UNMARKED, lapses_after, words)
    else:
        return
    place.is_answered = word is not None
    # a waiver, or an answer to another question, says nothing about who was there
    if word is not None:
        place.came = word is AnswerWord.PRESENT


def answer_of(place: Place, question: str, lapses_after: int, words: frozenset[AnswerWord]) -> AnswerWord | None:
    """The newest answer to a question about a place, if no newer fact made it lapse."""
    for answer in reversed(place.answers):
        if answer.question == question and answer.word in words:
            return answer.word if answer.id > lapses_after else None
    return None

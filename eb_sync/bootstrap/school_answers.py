"""A person's answers to which school is meant: from a filled list, or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eb_sync.bootstrap import Hub
    from eb_sync.recording.school_list import Answer
    from eb_sync.recording.school_matches import Match
    from eb_sync.recording.schools import WaitingSchool
    from eb_sync.store.each import Each


@dataclass(frozen=True, slots=True)
class Questions:
    """The schools that wait, each with what the register suggests."""

    waiting: Sequence[tuple[WaitingSchool, Match]]
    is_register_loaded: bool
    """Without a register nothing can be suggested."""


def read_questions(hub: Hub, each: Each) -> Questions:
    """What waits to be confirmed; `each` collects what could not be compared."""
    from eb_sync.recording.school_matches import find_matches

    with hub.snapshot() as (connection, snapshot):
        return Questions(find_matches(connection, snapshot, each), snapshot.school_book.register.is_loaded)


def answer_question(hub: Hub, waiting: WaitingSchool, match: Match, word: str, said_by: str) -> Sequence[int]:
    """Record which school is meant: the number of a suggestion, a URN, an id or a name; gives the facts' ids.

    Raises:
        UsageError: the school is unknown.
    """
    from eb_sync.recording.school_list import Answer

    numbers = {str(number): found.urn for number, found in enumerate(match.suggestions, 1)}
    school = numbers.get(word, word)
    answer = Answer(waiting.typed.name, waiting.typed.urn, school, waiting.booking_ids)
    return record_answers(hub, [answer], said_by)[0]


def record_answers(hub: Hub, answers: Sequence[Answer], said_by: str) -> tuple[Sequence[int], Sequence[str]]:
    """Record which school is meant by a typed name and URN; also gives the names that wait no more.

    Raises:
        UsageError: a school is unknown, or an answer could be about bookings of several schools; nothing is recorded.
    """
    from eb_sync.recording.school_list import build_answers
    from eb_sync.store.facts import record_facts

    with hub.transaction() as (connection, snapshot):
        facts, settled = build_answers(connection, snapshot, answers)
        return record_facts(connection, snapshot.hub_id, snapshot.as_of, said_by, facts), settled


def confirm_from_file(hub: Hub, content: bytes, filename: str, said_by: str) -> tuple[Sequence[int], Sequence[str]]:
    """Record the answers of a filled list, as `record_answers`.

    Raises:
        UsageError: the file is no such list, or as `record_answers`.
    """
    from eb_sync.recording.school_list import parse_batch

    return record_answers(hub, parse_batch(content, filename), said_by)

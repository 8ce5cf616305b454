"""What waits as a table to fill in, and a person's answers: each says which school was meant by a typed name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.export.cells import neutralise, render_csv
from eb_sync.export.spreadsheets import read_table
from eb_sync.model.facts import SchoolConfirmed
from eb_sync.model.names import normalise_name
from eb_sync.recording.school_matches import SHOWN, Match, Suggestion
from eb_sync.recording.schools import WaitingSchool, build_confirmations, find_waiting
from eb_sync.workshops.snapshot import Snapshot

_ASKED = ("typed_name", "typed_urn", "school")
_BOOKINGS = "booking_ids"
BATCH_COLUMNS = (
    *("typed_name", "typed_urn", "typed_postcode", "email_host", "school"),
    *(f"candidate_{number}" for number in range(1, SHOWN + 1)),
    _BOOKINGS,
)
"""In the order of the file; `school` is to be filled in, with a URN or id."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Which school is meant by what was typed."""

    typed_name: str
    typed_urn: str
    school: str
    """A URN, P-id or unique name."""
    booking_ids: tuple[str, ...] = ()
    """The bookings it is about; empty: all that wait with this name and URN."""

    @property
    def about(self) -> tuple[str, ...]:
        """What two answers may not both be about."""
        return self.booking_ids or (normalise_name(self.typed_name), self.typed_urn)


def render_batch(matches: Sequence[tuple[WaitingSchool, Match]]) -> bytes:
    """CSV: what waits, a row each, with its candidates and an empty column for the answer."""
    return render_csv(BATCH_COLUMNS, [_row(waiting, match) for waiting, match in matches])


def _row(waiting: WaitingSchool, match: Match) -> list[str]:
    said = [_say(found) for found in match.suggestions]
    said += [""] * (SHOWN - len(said))
    typed = waiting.typed
    texts = (typed.name, typed.urn, typed.postcode, typed.email_host, "", *said, " ".join(waiting.booking_ids))
    return [neutralise(text) for text in texts]


def _say(found: Suggestion) -> str:
    return f"{found.urn} {found.name}, {found.address} ({'; '.join(found.evidence)})"


def parse_batch(content: bytes, filename: str) -> list[Answer]:
    """The answers that were filled in; rows without one are left out. The column `booking_ids` may be missing.

    Raises:
        UsageError: the file is no such table, or one row has two answers.
    """
    what = "a list of waiting schools"
    rows = read_table(content, filename, _ASKED, what, optional=(_BOOKINGS,))
    answers = [Answer(name, urn, school, tuple(refs.split())) for _, (name, urn, school, refs) in rows if school]
    seen = [answer.about for answer in answers]
    doubled = next((answer for answer in answers if seen.count(answer.about) > 1), None)
    if doubled is not None:
        raise UsageError(f"{filename} has two answers for {doubled.typed_name or doubled.typed_urn}: leave one.")
    return answers


def build_answers(
    connection: sa.Connection, snapshot: Snapshot, answers: Sequence[Answer]
) -> tuple[list[SchoolConfirmed], list[str]]:
    """The facts that these answers are, and the typed names that wait no more.

    A typed name is learned where it waits with one postcode and e-mail host only, and no other school's URN was typed
    with it; else only these bookings are confirmed.

    Raises:
        UsageError: a school is unknown, or an answer could be about bookings of several schools.
    """
    waiting = find_waiting(connection, snapshot)
    facts: list[SchoolConfirmed] = []
    settled = []
    for answer in answers:
        entries = [entry for entry in waiting if _is_about(answer, entry)]
        if not entries:
            settled.append(answer.typed_name or answer.typed_urn)
        elif len(entries) > 1:
            raise UsageError(
                f"{answer.typed_name or answer.typed_urn} waits {len(entries)} times, with different postcodes or "
                "e-mail hosts, and may be several schools: keep the column booking_ids, or confirm by --booking."
            )
        else:
            is_alone = sum(entry.typed.name_key == entries[0].typed.name_key for entry in waiting) == 1
            facts += _confirm(connection, snapshot, entries[0], answer.school, learn=is_alone)
    return facts, settled


def _is_about(answer: Answer, entry: WaitingSchool) -> bool:
    if answer.booking_ids:
        return not set(entry.booking_ids).isdisjoint(answer.booking_ids)
    return (entry.typed.name_key, entry.typed.urn) == (normalise_name(answer.typed_name), answer.typed_urn)


def _confirm(
    connection: sa.Connection, snapshot: Snapshot, entry: WaitingSchool, school: str, *, learn: bool
) -> list[SchoolConfirmed]:
    book, name_key = snapshot.school_book, entry.typed.name_key
    found = build_confirmations(connection, snapshot, school, None, entry.booking_ids)
    urns = {*book.urns_of_name.get(name_key, ()), entry.typed.urn} - {""}
    if not learn or not name_key or any(not book.register.are_one(urn, found[0].school_id) for urn in urns):
        return found
    return build_confirmations(connection, snapshot, found[0].school_id, entry.typed.name, ())

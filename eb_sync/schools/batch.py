"""What waits as a table to fill in, and a person's answers: each says which school was meant by a typed name."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from eb_sync.errors import UsageError
from eb_sync.export.cells import neutralise, render_csv
from eb_sync.export.spreadsheets import read_table
from eb_sync.model.facts import SchoolConfirmed
from eb_sync.model.names import normalise_name
from eb_sync.schools.book import WaitingSchool, build_confirmations, find_waiting
from eb_sync.schools.match import SHOWN, Match, Suggestion
from eb_sync.workshops.places import Picture

_ASKED = ("typed_name", "typed_urn", "school")
BATCH_COLUMNS = (*_ASKED, *(f"candidate_{number}" for number in range(1, SHOWN + 1)), "booking_ids")
"""In the order of the file; `school` is to be filled in, with a URN or id."""

Answer = tuple[str, str, str]
"""Name and URN as typed, and the school that is meant: a URN, P-id or unique name."""


def render_batch(matches: Sequence[tuple[WaitingSchool, Match]]) -> bytes:
    """CSV: what waits, a row each, with its candidates and an empty column for the answer."""
    return render_csv(BATCH_COLUMNS, [_row(waiting, match) for waiting, match in matches])


def _row(waiting: WaitingSchool, match: Match) -> list[str]:
    said = [_say(found) for found in match.suggestions]
    said += [""] * (SHOWN - len(said))
    texts = (waiting.typed.name, waiting.typed.urn, "", *said, " ".join(waiting.booking_ids))
    return [neutralise(text) for text in texts]


def _say(found: Suggestion) -> str:
    return f"{found.urn} {found.name}, {found.address} ({'; '.join(found.evidence)})"


def parse_batch(content: bytes, filename: str) -> list[Answer]:
    """The answers that were filled in; rows without one are left out.

    Raises:
        UsageError: the file is no such table, or one name and URN has two answers.
    """
    rows = read_table(content, filename, _ASKED, "a list of waiting schools")
    answers = [(name, urn, school) for _, (name, urn, school) in rows if school]
    keys = [(normalise_name(name), urn) for name, urn, _ in answers]
    doubled = next((answer for answer, key in zip(answers, keys, strict=True) if keys.count(key) > 1), None)
    if doubled is not None:
        raise UsageError(f"{filename} has two answers for {doubled[0] or doubled[1]}: leave one.")
    return answers


def build_answers(
    connection: sa.Connection, picture: Picture, answers: Sequence[Answer]
) -> tuple[list[SchoolConfirmed], list[str]]:
    """The facts that these answers are, and the typed names that wait no more.

    A typed name is learned where no other school's URN was typed with it; else only these bookings are confirmed.

    Raises:
        UsageError: a school is unknown.
    """
    waiting = {(entry.typed.name_key, entry.typed.urn): entry for entry in find_waiting(connection, picture)}
    facts: list[SchoolConfirmed] = []
    settled = []
    for name, urn, school in answers:
        entry = waiting.get((normalise_name(name), urn))
        if entry is None:
            settled.append(name or urn)
        else:
            facts += _confirm(connection, picture, entry, school)
    return facts, settled


def _confirm(connection: sa.Connection, picture: Picture, entry: WaitingSchool, school: str) -> list[SchoolConfirmed]:
    book, name_key = picture.school_book, entry.typed.name_key
    found = build_confirmations(connection, picture, school, None, entry.booking_ids)
    urns = {*book.urns_of_name.get(name_key, ()), entry.typed.urn} - {""}
    if not name_key or any(not book.register.are_one(urn, found[0].school_id) for urn in urns):
        return found
    return build_confirmations(connection, picture, found[0].school_id, entry.typed.name, ())

"""For `verify`: sums and credits over all lines, compared by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from eb_sync.model.documents import DocumentKind
from eb_sync.store.documents import credited_lines
from eb_sync.store.tables import DOCUMENT_LINES, DOCUMENTS, OPEN_LINES


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A line, or a place, at which sums or references do not agree."""

    number: str
    line_number: int
    what: str


def count_lines(connection: sa.Connection, hub_id: int) -> int:
    """How many lines all documents have."""
    query = sa.select(sa.func.count()).select_from(DOCUMENT_LINES).where(DOCUMENT_LINES.c.hub_id == hub_id)
    return connection.scalar(query) or 0


def count_places(connection: sa.Connection, hub_id: int) -> int:
    """How many places were ever on a document."""
    places = sa.select(DOCUMENT_LINES.c.workshop_id, DOCUMENT_LINES.c.booking_id).distinct()
    places = places.where(DOCUMENT_LINES.c.hub_id == hub_id)
    return connection.scalar(sa.select(sa.func.count()).select_from(places.subquery())) or 0


def read_unequal_places(connection: sa.Connection, hub_id: int) -> Iterator[tuple[str, str, int, int]]:
    """Places at which the sum of all lines is not the open line's amount: workshop, booking, sum, open (pence)."""
    line, charged, open_line = DOCUMENT_LINES, DOCUMENT_LINES.alias(), OPEN_LINES
    total = sa.func.sum(line.c.gross_pence)
    sums = (
        sa.select(line.c.workshop_id, line.c.booking_id, total.label("total"))
        .where(line.c.hub_id == hub_id)
        .group_by(line.c.workshop_id, line.c.booking_id)
        .subquery()
    )
    still = sa.func.coalesce(charged.c.gross_pence, 0)
    query = (
        sa.select(sums.c.workshop_id, sums.c.booking_id, sums.c.total, still)
        .select_from(
            sums.outerjoin(
                open_line,
                (open_line.c.hub_id == hub_id)
                & (open_line.c.workshop_id == sums.c.workshop_id)
                & (open_line.c.booking_id == sums.c.booking_id),
            ).outerjoin(
                charged,
                (charged.c.hub_id == hub_id)
                & (charged.c.number == open_line.c.number)
                & (charged.c.line_number == open_line.c.line_number),
            )
        )
        .where(sums.c.total != still)
        .order_by(sums.c.workshop_id, sums.c.booking_id)
    )
    return ((row[0], row[1], int(row[2]), int(row[3])) for row in connection.execute(query))


def read_wrong_open_lines(connection: sa.Connection, hub_id: int) -> Iterator[LineProblem]:
    """Where the list of open lines is not what lines and credits imply."""
    line, document, open_line = DOCUMENT_LINES, DOCUMENTS, OPEN_LINES
    is_listed = sa.exists().where(
        open_line.c.hub_id == hub_id,
        open_line.c.number == line.c.number,
        open_line.c.line_number == line.c.line_number,
        open_line.c.workshop_id == line.c.workshop_id,
        open_line.c.booking_id == line.c.booking_id,
    )
    credited = credited_lines(hub_id).subquery()

    def answers(column: sa.Table) -> sa.ColumnElement[bool]:
        return (credited.c.number == column.c.number) & (credited.c.line_number == column.c.line_number)

    charged = _lines_of(hub_id, DocumentKind.INVOICE).outerjoin(credited, answers(line))
    missing = charged.where(credited.c.number.is_(None), ~is_listed)
    yield from _problems(connection, missing, "is open, but not among the open lines")
    is_charged = sa.exists().where(
        line.c.hub_id == hub_id,
        line.c.number == open_line.c.number,
        line.c.line_number == open_line.c.line_number,
        line.c.workshop_id == open_line.c.workshop_id,
        line.c.booking_id == open_line.c.booking_id,
        document.c.hub_id == hub_id,
        document.c.number == line.c.number,
        document.c.kind == DocumentKind.INVOICE.value,
    )
    listed = sa.select(open_line.c.number, open_line.c.line_number).outerjoin(credited, answers(open_line))
    wrong = listed.where(open_line.c.hub_id == hub_id, credited.c.number.is_not(None) | ~is_charged)
    yield from _problems(connection, wrong, "is among the open lines, but no open line of that place")


def _lines_of(hub_id: int, kind: DocumentKind) -> sa.Select[Any]:
    line, document = DOCUMENT_LINES, DOCUMENTS
    return (
        sa.select(line.c.number, line.c.line_number)
        .join(document, (document.c.hub_id == line.c.hub_id) & (document.c.number == line.c.number))
        .where(line.c.hub_id == hub_id, document.c.kind == kind.value)
        .order_by(line.c.number, line.c.line_number)
    )


def read_wrong_credits(connection: sa.Connection, hub_id: int) -> Iterator[LineProblem]:
    """Credit lines that do not answer one earlier invoice line of the same place, school and policy, exactly, once."""
    line, document = DOCUMENT_LINES, DOCUMENTS
    invoice, charged = DOCUMENTS.alias(), DOCUMENT_LINES.alias()
    answered = sa.exists().where(
        invoice.c.hub_id == hub_id,
        invoice.c.number == document.c.original_number,
        invoice.c.kind == DocumentKind.INVOICE.value,
        invoice.c.workshop_id == document.c.workshop_id,
        invoice.c.school_id == document.c.school_id,
        invoice.c.issued_at <= document.c.issued_at,
        charged.c.hub_id == hub_id,
        charged.c.number == invoice.c.number,
        charged.c.line_number == line.c.original_line_number,
        charged.c.workshop_id == line.c.workshop_id,
        charged.c.booking_id == line.c.booking_id,
        charged.c.gross_pence == -line.c.gross_pence,
        charged.c.policy_digest == line.c.policy_digest,
    )
    credits_of = _lines_of(hub_id, DocumentKind.CREDIT_NOTE)
    what = "does not credit exactly one invoice line of the same place and school"
    yield from _problems(connection, credits_of.where(~answered), what)
    before = sa.func.count().over(partition_by=(document.c.original_number, line.c.original_line_number)).label("times")
    counted = credits_of.order_by(None).add_columns(before).subquery()
    twice = sa.select(counted.c.number, counted.c.line_number).where(counted.c.times > 1)
    what = "credits a line that another credit line answers as well"
    yield from _problems(connection, twice.order_by(counted.c.number, counted.c.line_number), what)


def read_wrong_charges(connection: sa.Connection, hub_id: int) -> Iterator[LineProblem]:
    """Invoice lines that charge nothing or refer to a line, and lines at another workshop than their document."""
    line, document = DOCUMENT_LINES, DOCUMENTS
    wrong = (line.c.gross_pence <= 0) | line.c.original_line_number.is_not(None)
    wrong |= document.c.original_number.is_not(None)
    charged = _lines_of(hub_id, DocumentKind.INVOICE)
    yield from _problems(connection, charged.where(wrong), "charges nothing, or refers to another line")
    for kind in DocumentKind:
        elsewhere = _lines_of(hub_id, kind).where(line.c.workshop_id != document.c.workshop_id)
        yield from _problems(connection, elsewhere, "is at another workshop than its document")


def _problems(connection: sa.Connection, query: sa.Select[Any], what: str) -> Iterator[LineProblem]:
    return (LineProblem(number, line_number, what) for number, line_number in connection.execute(query))

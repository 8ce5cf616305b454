"""A term's report as tables: the same columns and rows on the page and in the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eb_sync.model.reports import Tally, TermReport

Value = str | int | float | date | None
"""A cell; None is empty."""
UNCONFIRMED = "(school not confirmed)"


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    """0 to 1."""
    POUNDS = "pounds"
    """Integer pence."""
    DATE = "date"
    """Local."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its heading."""

    name: str
    kind: Kind = Kind.TEXT
    width: int = 10
    """In a workbook, in characters."""
    share: int = 0
    """On a page: of the width that is left; 0: as wide as it needs to be."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    totals: tuple[Value, ...] | None
    """The columns' sums, where they mean something."""
    empty: str
    """What is said where there are no rows."""


_TALLY = (
    Column("Places", Kind.COUNT),
    Column("Attended", Kind.COUNT),
    Column("In time", Kind.COUNT),
    Column("Late notice", Kind.COUNT),
    Column("No-show", Kind.COUNT),
    Column("Excused", Kind.COUNT),
    Column("Open", Kind.COUNT),
    Column("Attended share", Kind.SHARE, 14),
    Column("Charged", Kind.POUNDS),
)
EXPLAINED = (
    "In time: the place was given back before the deadline. Excused: a colleague came instead, or an exemption was "
    "approved. Open: not marked, or waiting for somebody's answer. Attended share: of the places that were not given "
    "back in time. Charged: invoiced less credited. One teacher's several bookings for a workshop count once."
)


def build_tables(report: TermReport) -> tuple[Table, ...]:
    """All tables, in the order in which they are read."""
    return (_workshops(report), _schools(report), _periods(report), _papers(report), _short(report))


def _tally(tally: Tally, issued_pence: int) -> tuple[Value, ...]:
    counts = (tally.attended, tally.in_time, tally.late, tally.no_show, tally.excused, tally.open)
    return (tally.places, *counts, tally.share_attended, issued_pence)


def _workshops(report: TermReport) -> Table:
    columns = (
        Column("Date", Kind.DATE, 12),
        Column("Workshop", width=44, share=1),
        Column("Workshop id", width=22),
        Column("Register", width=10),
    )
    rows = [
        (
            row.on,
            row.title,
            row.workshop_id,
            "closed" if row.is_closed else "open",
            *_tally(row.tally, row.issued_pence),
        )
        for row in report.workshops
    ]
    issued = sum(row.issued_pence for row in report.workshops)
    totals = ("", "Together", "", "", *_tally(report.tally, issued))
    return Table("Workshops", (*columns, *_TALLY), tuple(rows), totals, "")


def _schools(report: TermReport) -> Table:
    columns = (Column("School", width=44, share=1), Column("URN", width=10))
    rows = [(row.school or UNCONFIRMED, row.urn or "", *_tally(row.tally, row.issued_pence)) for row in report.schools]
    issued = sum(row.issued_pence for row in report.schools)
    totals = ("Together", "", *_tally(report.tally, issued))
    return Table("Schools", (*columns, *_TALLY), tuple(rows), totals, "")


def _periods(report: TermReport) -> Table:
    columns = (
        Column(f"{report.period_kind.capitalize()} from", Kind.DATE, 14),
        Column("No-shows", Kind.COUNT),
        Column("Late notices", Kind.COUNT, 12),
    )
    rows = [(period.from_on, period.no_show, period.late) for period in report.periods]
    totals = ("Together", report.tally.no_show, report.tally.late)
    return Table("Over time", columns, tuple(rows), totals, "")


def _papers(report: TermReport) -> Table:
    columns = (
        Column("Number", width=12),
        Column("Date", Kind.DATE, 12),
        Column("Kind", width=12),
        Column("School", width=44, share=1),
        Column("Workshop id", width=22),
        Column("Places", Kind.COUNT),
        Column("Amount", Kind.POUNDS, 12),
        Column("Credits", width=12),
    )
    rows = [
        (
            paper.number,
            paper.on,
            paper.kind.replace("_", " "),
            paper.school,
            paper.workshop_id,
            paper.places,
            paper.gross_pence,
            paper.original_number or "",
        )
        for paper in report.papers
    ]
    total = sum(paper.gross_pence for paper in report.papers)
    totals = ("Together", "", "", "", "", None, total, "")
    return Table("Charges and credits", columns, tuple(rows), totals, "Nothing was charged.")


def _short(report: TermReport) -> Table:
    columns = (
        Column("Work group", width=44, share=1),
        Column("School", width=44, share=1),
        Column("URN", width=10),
        Column("Workshop id", width=22),
    )
    rows = [(row.workgroup, row.school, row.urn or "", row.workshop_id or "all") for row in report.short]
    return Table("Short of two teachers", columns, tuple(rows), None, "No school is short of teachers.")


def without(table: Table, names: Sequence[str]) -> Table:
    """The table without these columns."""
    kept = [index for index, column in enumerate(table.columns) if column.name not in names]

    def cut(row: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(row[index] for index in kept)

    columns = tuple(table.columns[index] for index in kept)
    totals = None if table.totals is None else cut(table.totals)
    return Table(table.name, columns, tuple(cut(row) for row in table.rows), totals, table.empty)

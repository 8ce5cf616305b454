"""A term's report as pages: figures, a plot, tables."""

from __future__ import annotations

from datetime import date

from eb_sync.export.formats import format_date, format_instant, format_pounds
from eb_sync.export.pages import Rendered, render_page
from eb_sync.export.report_tables import EXPLAINED, Column, Kind, Table, Value, build_tables, without
from eb_sync.model.reports import Period, TermReport

PLOT_WIDTH, PLOT_HEIGHT = 180.0, 42.0
"""Of the bars, in millimetres."""
_LABEL_WIDTH = 11.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_MOST_LINES = 6


def render_report_pdf(report: TermReport) -> Rendered:
    """A4 upright; the same bytes for the same report."""
    workshops, schools, _, papers, short = build_tables(report)
    content = {
        "title": f"Attendance and charges, {report.term}",
        "hub": report.hub or "",
        "term": report.term,
        "days": f"{format_date(report.from_on)} to {format_date(report.until_on)}",
        "figures": _figures(report),
        "plot": _plot(report),
        "explained": EXPLAINED,
        "left": _left_out(report),
        "workshops": _table(without(workshops, ("Workshop id", "Register"))),
        "schools": _table(schools),
        "papers": _table(without(papers, ("Credits",))),
        "short": _table(short),
        "as_of": f"As known on {format_instant(report.as_of)}.",
    }
    return render_page("report.typ", content, report.as_of)


def _figures(report: TermReport) -> list[list[str]]:
    tally, papers = report.tally, report.papers
    charged = sum(paper.gross_pence for paper in papers if paper.gross_pence > 0)
    credited = sum(paper.gross_pence for paper in papers if paper.gross_pence < 0)
    share = "" if tally.share_attended is None else f", {tally.share_attended:.0%} of those not given back in time"
    return [
        ["Workshops", str(len(report.workshops))],
        ["Places", str(tally.places)],
        ["Attended", f"{tally.attended}{share}"],
        ["No-shows", str(tally.no_show)],
        ["Late notices", str(tally.late)],
        ["Charged", format_pounds(charged)],
        ["Credited", format_pounds(credited)],
        ["Schools short of teachers", str(len({(row.school, row.urn) for row in report.short}))],
    ]


def _left_out(report: TermReport) -> list[str]:
    counts = (
        (report.called_off, "called off"),
        (report.to_come, "still to come"),
        (report.dates_unknown, "of unknown date"),
    )
    left = ", ".join(f"{count} {what}" for count, what in counts if count)
    unclosed = sum(not workshop.is_closed for workshop in report.workshops)
    notes = (
        (left, f"Workshops of the term that are left out: {left}."),
        (unclosed, f"Workshops whose register is not closed, so that their figures may change: {unclosed}."),
    )
    return [note for holds, note in notes if holds]


def _table(table: Table) -> dict[str, object]:
    return {
        "columns": [_column(column) for column in table.columns],
        "rows": [_cells(table, row) for row in table.rows],
        "totals": [] if table.totals is None or not table.rows else _cells(table, table.totals),
        "empty": table.empty,
    }


def _column(column: Column) -> dict[str, object]:
    return {"name": column.name, "share": column.share, "number": column.kind not in (Kind.TEXT, Kind.DATE)}


def _cells(table: Table, row: tuple[Value, ...]) -> list[str]:
    return [_cell(column.kind, value) for column, value in zip(table.columns, row, strict=True)]


def _cell(kind: Kind, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, str):
        return value
    if kind is Kind.POUNDS:
        return format_pounds(int(value)) if value else ""
    return f"{value:.0%}" if kind is Kind.SHARE else str(value)


def _plot(report: TermReport) -> dict[str, object]:
    """Bars and lines in millimetres: no-shows below, late notices on them."""
    highest = max(period.no_show + period.late for period in report.periods)
    step = next((step for step in _STEPS if step * _MOST_LINES >= highest), highest)
    top = max(-(-highest // step), 1) * step
    pitch = PLOT_WIDTH / len(report.periods)
    every = max(int(-(-_LABEL_WIDTH // pitch)), 1)
    return {
        "heading": f"No-shows and late notices, by {report.period_kind} of the workshop",
        "width": PLOT_WIDTH,
        "height": PLOT_HEIGHT,
        "lines": [{"y": PLOT_HEIGHT * n / top, "label": str(n)} for n in range(0, top + 1, step)],
        "bars": [
            {
                "x": pitch * (index + 0.5),
                "width": min(pitch * 0.62, 14),
                "no_show": PLOT_HEIGHT * period.no_show / top,
                "late": PLOT_HEIGHT * period.late / top,
                "count": str(period.no_show + period.late or ""),
                "label": period.label if index % every == 0 else "",
            }
            for index, period in enumerate(report.periods)
        ],
        "alt": _alternative(report),
    }


def _alternative(report: TermReport) -> str:
    """The figures of the plot, for who cannot see it; periods without any are left out."""
    told = [_told(report, period) for period in report.periods if period.no_show or period.late]
    said = f"{'; '.join(told)}; none at other times" if told else "there were none"
    return f"A bar chart of no-shows and late notices by {report.period_kind}: {said}."


def _told(report: TermReport, period: Period) -> str:
    return f"{report.period_kind} from {format_date(period.from_on)}: {period.no_show} no-shows, {period.late} late"

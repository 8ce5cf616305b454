"""`ebsync report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import write_file
from eb_sync.cli.parsing import as_of_option, choose_format, parse_as_of
from eb_sync.cli.printing import tell_substituted

if TYPE_CHECKING:
    from eb_sync.model.reports import TermReport


_FORMATS = ("pdf", "xlsx")


@click.command("report")
@click.argument("term")
@click.option("--format", "asked", type=click.Choice(_FORMATS), help="Else by the ending of FILE; pdf by default.")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Else report-TERM.pdf or .xlsx.")
@as_of_option
def report_command(term: str, asked: str | None, path: Path | None, as_of: str | None) -> None:
    """Write what a term came to: attendance, no-shows and late notices, charges, schools short of two teachers.

    TERM is autumn-2019 (September to December), spring-2020 (January to 15 April), summer-2020 (16 April to August), or
    days such as 2019-09-01..2019-12-31. It is about workshops that are over, and names no teacher.

    Example: ebsync report autumn-2019 --format xlsx -o autumn.xlsx
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.term_report import build_term_report
    from eb_sync.reports.terms import parse_term

    wanted, file_format = parse_term(term), choose_format(asked, path, _FORMATS)
    hub = open_hub()
    with hub.snapshot(parse_as_of(as_of)) as (connection, snapshot):
        report = build_term_report(connection, snapshot, wanted, hub.settings.supplier.name)
    content = _render(report, file_format)
    path = path or Path(f"report-{term.strip().lower()}.{file_format}")
    write_file(path, content, shared=True)
    click.echo(str(path))


def _render(report: TermReport, file_format: str) -> bytes:
    from eb_sync.export import render_report_pdf, render_report_xlsx

    if file_format == "xlsx":
        return render_report_xlsx(report)
    rendered = render_report_pdf(report)
    tell_substituted(rendered.substituted)
    return rendered.content

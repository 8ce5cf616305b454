"""`ebsync register`."""

from __future__ import annotations

from pathlib import Path

import click

from eb_sync.cli.files import write_file
from eb_sync.cli.parsing import as_of_option, choose_format, parse_as_of
from eb_sync.cli.printing import print_bytes, tell_substituted

_FORMATS = ("pdf", "xlsx", "csv")


@click.command("register")
@click.argument("workshop")
@click.option("--format", "asked", type=click.Choice(_FORMATS), help="Else by the ending of FILE; pdf by default.")
@click.option("-o", "path", type=click.Path(path_type=Path), metavar="FILE", help="Else a CSV goes to stdout.")
@click.option("--lead", metavar="NAME", help="Who leads the workshop; printed, kept nowhere.")
@as_of_option
def register_command(workshop: str, asked: str | None, path: Path | None, lead: str | None, as_of: str | None) -> None:
    """Write the register: a sheet to sign before the day, the record once it is closed.

    A filled-in XLSX or CSV comes back by `ebsync attendance import`.

    Example: ebsync register cmh19-interventionhgate/1 --lead "Jo Sample" -o day-1.pdf
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.export import render_register_csv, render_register_pdf, render_register_xlsx
    from eb_sync.reports.register import build_register
    from eb_sync.workshops.find import find_workshop
    from eb_sync.workshops.judge import judge_workshops

    file_format = choose_format(asked, path, _FORMATS)
    with open_hub().snapshot(parse_as_of(as_of), workshop) as (connection, snapshot):
        chosen = find_workshop(snapshot.workshops, workshop)
        judged = next(judge_workshops(connection, snapshot, [chosen]))
        register = build_register(connection, snapshot, judged, lead)
    if file_format == "pdf":
        rendered = render_register_pdf(register)
        content = rendered.content
        tell_substituted(rendered.substituted)
    else:
        content = render_register_csv(register) if file_format == "csv" else render_register_xlsx(register)
    if path is None and file_format == "csv":
        print_bytes(content)
        return
    path = path or Path(f"register-{chosen.slug}-{chosen.local_on}.{file_format}")
    write_file(path, content)
    click.echo(str(path))

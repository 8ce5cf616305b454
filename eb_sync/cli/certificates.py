"""`ebsync certificates`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eb_sync.cli.files import check_same, write_missing
from eb_sync.cli.printing import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eb_sync.reports.certificates import Certificates
    from eb_sync.store.each import Each


@click.command("certificates")
@click.argument("workgroup")
@click.option("-o", "folder", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Where to.")
@click.option("--lead", metavar="NAME", help="Who led the work group; printed under the line to sign on.")
@click.option(
    "--hours",
    type=click.FloatRange(min=0, max=24, min_open=True),
    metavar="H",
    help="For each workshop; else as long as it took.",
)
def certificates_command(workgroup: str, folder: Path, lead: str | None, hours: float | None) -> int:
    """Write a certificate for everybody who attended a workshop of a work group, one page each.

    The files are named by booking, so that no name shows in a list. A file that is there already and is the same is
    left alone; if one differs, nothing is written. One that cannot be made is named (3), and the others are written.

    Example: ebsync certificates cmh19-interventionhgate --lead "Sam Sample" -o certificates
    """
    from eb_sync.cli.hub import open_hub
    from eb_sync.reports.certificates import CertificateSettings, build_certificates
    from eb_sync.store.each import Each
    from eb_sync.workshops.find import find_workgroup

    hub = open_hub()
    minutes = None if hours is None else max(round(hours * 60), 1)
    terms = CertificateSettings((lead or "").strip() or None, hub.settings.supplier.name, minutes)
    with hub.snapshot(about=workgroup) as (connection, snapshot):
        built = build_certificates(connection, snapshot, find_workgroup(snapshot.workshops, workgroup), terms)
    each = Each()
    _write(_render(built, folder, each))
    _tell(built)
    for sentence in each.sentences("no certificate was made"):
        tell(sentence, "error")
    return 3 if each.failed else 0


def _render(built: Certificates, folder: Path, each: Each) -> Mapping[Path, bytes]:
    from eb_sync.export import render_certificate_pdf

    pages = {}
    for certificate in built.certificates:
        with each.part(certificate.reference):
            path, page = folder / f"certificate-{certificate.reference}.pdf", render_certificate_pdf(certificate)
            pages[path] = page.content
            if page.substituted:
                # which characters would tell of the name
                tell(f"{path}: the page's fonts lack some characters; they are shown as squares.")
    return pages


def _write(pages: Mapping[Path, bytes]) -> None:
    check_same(pages.items())
    for path, content in pages.items():
        write_missing(path, content)
    for path in pages:
        click.echo(str(path))


def _tell(built: Certificates) -> None:
    tell(f"{len(built.certificates)} certificates.")
    if built.nameless:
        tell(f"No certificate for {built.nameless} who attended: their names are not known, or not any more.")
    if built.open_registers:
        tell(f"Not closed yet, so it may change who attended: {', '.join(built.open_registers)}.")

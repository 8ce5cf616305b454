"""A certificate of attendance as a page."""

from __future__ import annotations

from eb_sync.export.formats import format_date, local_date
from eb_sync.export.pages import Rendered, render_page
from eb_sync.model.certificates import AttendedWorkshop, Certificate

_NAME_SIZES = ((30, 30), (60, 21))
"""Names up to so many characters are set so large, in points; longer ones smaller."""


def render_certificate_pdf(certificate: Certificate) -> Rendered:
    """Landscape A4, one page; dated by the last workshop attended, so that the same attendance gives the same bytes."""
    content = {
        "title": f"Certificate of attendance {certificate.reference}",
        "name": certificate.name,
        "name_size": next((size for length, size in _NAME_SIZES if len(certificate.name) <= length), 13),
        "workgroup": certificate.title,
        "workshops": [_workshop(certificate, workshop) for workshop in certificate.workshops],
        "hours": _in_all(certificate),
        "lead": certificate.lead or "",
        "hub": certificate.hub or "",
    }
    return render_page("certificate.typ", content, certificate.workshops[-1].ends_at)


def _workshop(certificate: Certificate, workshop: AttendedWorkshop) -> list[str]:
    title = "" if workshop.title == certificate.title else workshop.title
    return [format_date(local_date(workshop.starts_at, workshop.zone)), title, _length(workshop)]


def _in_all(certificate: Certificate) -> str:
    count, in_part = len(certificate.workshops), certificate.in_part
    said = [f"{count} workshop{'s' if count > 1 else ''}"]
    said += [] if in_part == count else [format_length(certificate.minutes)]
    said += [f"{in_part} in part"] if in_part and count > 1 else ["in part"] if in_part else []
    return ", ".join(said)


def _length(workshop: AttendedWorkshop) -> str:
    return "in part" if workshop.minutes is None else format_length(workshop.minutes)


def format_length(minutes: int) -> str:
    """`5 hours`, `1 hour 30 minutes`, `45 minutes`."""
    parts = [(minutes // 60, "hour"), (minutes % 60, "minute")]
    words = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(words) or "0 hours"

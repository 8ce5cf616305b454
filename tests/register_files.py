"""Invented files of the official register, in the layouts in which it comes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = Mapping[str, str]

DOWNLOAD = (
    "URN",
    "LA (code)",
    "LA (name)",
    "EstablishmentNumber",
    "EstablishmentName",
    "TypeOfEstablishment (code)",
    "TypeOfEstablishment (name)",
    "EstablishmentStatus (code)",
    "EstablishmentStatus (name)",
    "OpenDate",
    "CloseDate",
    "PhaseOfEducation (code)",
    "PhaseOfEducation (name)",
    "Trusts (code)",
    "Trusts (name)",
    "Street",
    "Locality",
    "Address3",
    "Town",
    "County (name)",
    "Postcode",
    "SchoolWebsite",
    "TelephoneNum",
)

RESULTS = (
    "URN",
    "LA (name)",
    "EstablishmentNumber",
    "EstablishmentName",
    "TypeOfEstablishment (name)",
    "EstablishmentStatus (name)",
    "OpenDate",
    "PhaseOfEducation (name)",
    "Street",
    "Town",
    "Postcode",
)

LINKS = (
    "URN",
    "LinkURN",
    "LinkName",
    "LinkType",
    "LinkEstablishedDate",
)

GROUPS = (
    "Group UID",
    "Group ID",
    "Group Name",
    "Group Type",
    "Group Status",
    "Group Contact Street",
    "Group Contact Locality",
    "Group Contact Address 3",
    "Group Contact Town",
    "Group Contact County",
    "Group Contact Postcode",
)


def school(urn: str, name: str, postcode: str = "", **more: str) -> Row:
    """A row of the download; `town`, `host`, `status`, `opened`, `closed`, `trust` (number and name) if given."""
    uid, _, trust = more.get("trust", "").partition(" ")
    return {
        "URN": urn,
        "LA (name)": more.get("la", "Larkshire"),
        "EstablishmentName": name,
        "EstablishmentStatus (name)": more.get("status", "Open"),
        "TypeOfEstablishment (name)": "Community school",
        "PhaseOfEducation (name)": "Primary",
        "OpenDate": more.get("opened", ""),
        "CloseDate": more.get("closed", ""),
        "Trusts (code)": uid,
        "Trusts (name)": trust,
        "Street": more.get("street", "1 School Lane"),
        "Town": more.get("town", "Larkmoor"),
        "Postcode": postcode,
        "SchoolWebsite": more.get("host", ""),
    }


def link(urn: str, link_urn: str, link_type: str, since: str) -> Row:
    """A row of the links file."""
    return {"URN": urn, "LinkURN": link_urn, "LinkType": link_type, "LinkEstablishedDate": since}


def write_register(path: Path, columns: Sequence[str], rows: Sequence[Row], encoding: str = "cp1252") -> Path:
    """Write a file; columns that a row does not have are empty."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path

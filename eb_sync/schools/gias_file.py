"""Reading the files of the official register, row by row: the download, the on-screen results, links, groups.

The download has its columns in pairs, `X (code)` and `X (name)`; the results have only the names.
Source: GIAS, Open Government Licence v3.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from eb_sync.errors import UsageError
from eb_sync.model.gias import LinkKind, RegisteredSchool, RegisteredTrust, SchoolLink
from eb_sync.model.texts import storable
from eb_sync.schools.gias_lines import Sheet, open_sheets, read_lines
from eb_sync.store.each import Each

RegisterRow = RegisteredSchool | SchoolLink | RegisteredTrust

_URN = re.compile(r"[0-9]{6}")
_UID = re.compile(r"[0-9]{1,10}")
_LONGEST_KEY = 100
"""Of a kind of link; the register's own have 40 at most."""
_LONGEST_HOST = 253
_PLAIN_ADDRESS = re.compile(r"(?:https?://)?([a-z0-9.-]+)/?")  # nearly all are; others are parsed
_NOTHING = frozenset({"not applicable", "not recorded"})
_YEAR = re.compile(r"[0-9]{2}|(?:1[5-9]|20)[0-9]{2}")
_THIS_CENTURY = 30
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: str(number) for number, name in enumerate(_MONTH_NAMES, 1)}
_NOTED = 5  # lines named of those that cannot be read


@dataclass(frozen=True, slots=True)
class Row:
    """A line by its columns; of the download's 135 only those that are asked for are looked at."""

    places: Mapping[str, int]
    values: Sequence[str]

    def __getitem__(self, column: str) -> str:
        """What stands in a column."""
        return self.values[self.places[column]]


Build = Callable[[Row], RegisterRow | None]


class Layout(StrEnum):
    """Which of the register's files it is."""

    SCHOOLS = "schools"
    LINKS = "links"
    GROUPS = "groups"


_COLUMNS: Mapping[Layout, frozenset[str]] = {
    Layout.LINKS: frozenset({"URN", "LinkURN", "LinkType"}),
    Layout.SCHOOLS: frozenset({"URN", "EstablishmentName"}),
    Layout.GROUPS: frozenset({"Group UID", "Group Name"}),
}
"""The columns by which a file is known."""


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """A file whose kind is known."""

    path: Path
    layout: Layout
    sheet: Sheet

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes, hexadecimal."""
        return self.sheet.digest


@dataclass(slots=True)
class Unreadable:
    """Rows that were left out: how many, and the first few lines."""

    count: int = 0
    lines: tuple[int, ...] = ()

    def note(self, line: int) -> None:
        """One more."""
        self.count += 1
        if len(self.lines) < _NOTED:
            self.lines = (*self.lines, line)


def open_register(path: Path) -> RegisterFile:
    """Find out what a file is.

    Raises:
        UsageError: it cannot be read, or has none of the headers; says which columns are needed. Or it is a zip with
            several files of the register.
    """
    known = [RegisterFile(path, layout, sheet) for sheet in open_sheets(path) for layout in _layouts_of(sheet)]
    if len(known) == 1:
        return known[0]
    if known:
        names = ", ".join(sorted(file.sheet.member or "" for file in known))
        raise UsageError(f"{path} holds several files of the register: {names}. Unpack it and load each by itself.")
    needed = "; ".join(f"{layout}: {', '.join(sorted(columns))}" for layout, columns in _COLUMNS.items())
    raise UsageError(f"The file {path} is none of the register's: its first line must have the columns of {needed}.")


def _layouts_of(sheet: Sheet) -> list[Layout]:
    """The first that its columns fit, if any."""
    return [layout for layout, needed in _COLUMNS.items() if needed <= {*sheet.header}][:1]


def read_rows(file: RegisterFile, unreadable: Unreadable) -> Iterator[RegisterRow]:
    """What each row says, one after the other; rows without a number of six digits or a name are noted and left out.

    Raises:
        UsageError: a quotation mark without a partner, so that rows may have run into each other.
    """
    build = _BUILDERS[file.layout]
    places = {column: place for place, column in enumerate(file.sheet.header)}
    for line in read_lines(file.sheet):
        row = None
        if line.cells:
            with Each().part(str(line.number)):
                row = build(Row(places, line.cells))
        if row is None:
            unreadable.note(line.number)
        else:
            yield row


def _school(row: Row) -> RegisteredSchool | None:
    urn, name = row["URN"].strip(), _text(row, "EstablishmentName")
    if not _URN.fullmatch(urn) or not name:
        return None
    return RegisteredSchool(
        urn=urn,
        name=name,
        status=_text(row, "EstablishmentStatus (name)"),
        kind=_text(row, "TypeOfEstablishment (name)"),
        phase=_text(row, "PhaseOfEducation (name)"),
        street=_text(row, "Street"),
        locality=_text(row, "Locality"),
        town=_text(row, "Town"),
        county=_text(row, "County (name)"),
        postcode=_text(row, "Postcode").upper(),
        la_name=_text(row, "LA (name)"),
        website_host=host_of(_text(row, "SchoolWebsite")),
        trust_uid=_text(row, "Trusts (code)", "TrustGroupUID"),
        trust_name=_text(row, "Trusts (name)"),
        opened_on=_date(_text(row, "OpenDate")),
        closed_on=_date(_text(row, "CloseDate")),
    )


def _link(row: Row) -> SchoolLink | None:
    urn, link_urn, link_type = row["URN"].strip(), row["LinkURN"].strip(), storable(row["LinkType"])
    if not (_URN.fullmatch(urn) and _URN.fullmatch(link_urn)) or len(link_type) > _LONGEST_KEY:
        return None
    # "Result of Amalgamation" names the school that came of it
    kind = LinkKind.PREDECESSOR if link_type.startswith("Predecessor") else LinkKind.SUCCESSOR
    return SchoolLink(urn, link_urn, kind, link_type, _date(_text(row, "LinkEstablishedDate")))


def _trust(row: Row) -> RegisteredTrust | None:
    uid, name = row["Group UID"].strip(), _text(row, "Group Name")
    if not _UID.fullmatch(uid) or not name:
        return None
    lines = ("Group Contact Street", "Group Contact Locality", "Group Contact Address 3", "Group Contact Town")
    address = tuple(text for line in lines if (text := _text(row, line)))
    return RegisteredTrust(uid, name, address, _text(row, "Group Contact Postcode").upper())


_BUILDERS: Mapping[Layout, Build] = {Layout.SCHOOLS: _school, Layout.LINKS: _link, Layout.GROUPS: _trust}


def _text(row: Row, *columns: str) -> str:
    """The first of these columns that is there, without surplus space; the register's "does not apply" is nothing."""
    for column in columns:
        place = row.places.get(column)
        if place is not None:
            text = storable(row.values[place])
            return "" if text[:4].casefold() == "not " and text.casefold() in _NOTHING else text
    return ""


@lru_cache(4096)
def _date(text: str) -> date | None:
    """`01-09-2012`, `01/09/2012`, `01/09/12`, `01-Sep-12` or `2012-09-01`; None for nothing and for what is no date.

    Of a year only its last two digits were shown: as spreadsheets take them, 00 to 29 are of this century.
    """
    parts = re.split(r"[-/. ]", text.removesuffix(" 00:00:00").removesuffix(" 00:00").removesuffix("T00:00:00"))
    if len(parts) != 3:  # noqa: PLR2004 - day, month, year
        return None
    year_first = len(parts[0]) > 2  # noqa: PLR2004 - a day has two digits
    year, month, day = parts if year_first else reversed(parts)
    month = _MONTHS.get(month.casefold()[:3], month)
    if not (day.isdecimal() and month.isdecimal() and _YEAR.fullmatch(year)):
        return None
    try:
        return date(_full_year(year), int(month), int(day))
    except ValueError:
        return None


def _full_year(year: str) -> int:
    if len(year) > 2:  # noqa: PLR2004 - the century is there
        return int(year)
    return int(year) + (2000 if int(year) < _THIS_CENTURY else 1900)


def host_of(website: str) -> str:
    """The host of a website's address as typed, without `www.`; empty where there is none that could be."""
    host = _host_in(website)
    return host if len(host) <= _LONGEST_HOST else ""


def _host_in(website: str) -> str:
    address = website.strip().casefold()
    if not address:
        return ""
    plain = _PLAIN_ADDRESS.fullmatch(address)
    if plain:
        return plain[1].removeprefix("www.").strip(".")
    try:
        host = urlsplit(address if "://" in address else f"//{address}", scheme="http").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.").strip(".")

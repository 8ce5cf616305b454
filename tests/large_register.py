"""The official download in its full shape: invented schools from a fixed seed, the same file for the same arguments.

135 columns, many in pairs of code and name, Windows-1252, texts in quotes only where they need them; about 1,400 bytes
a row, so that 50,000 schools are 70 MB. Names have accents, apostrophes, commas and quotation marks; every
twentieth school is Welsh, every seventh closed; three in five are in a trust. `changed` gives what a later download
says: one school in a hundred was closed, renamed, merged into its neighbour, or moved to another trust, in turn.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

_PAIRS = frozenset(
    """
    LA TypeOfEstablishment EstablishmentTypeGroup EstablishmentStatus ReasonEstablishmentOpened
    ReasonEstablishmentClosed PhaseOfEducation Boarders OfficialSixthForm Gender ReligiousCharacter Diocese
    AdmissionsPolicy SpecialClasses TrustSchoolFlag Trusts Federations OfstedSpecialMeasures GOR DistrictAdministrative
    AdministrativeWard ParliamentaryConstituency UrbanRural QABName EstablishmentAccredited
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
"""Columns that come as `X (code)` and `X (name)`."""

_ORDER = """
    URN LA EstablishmentNumber EstablishmentName TypeOfEstablishment EstablishmentTypeGroup EstablishmentStatus
    ReasonEstablishmentOpened OpenDate ReasonEstablishmentClosed CloseDate PhaseOfEducation StatutoryLowAge
    StatutoryHighAge Boarders NurseryProvision~ OfficialSixthForm Gender ReligiousCharacter ReligiousEthos~ Diocese
    AdmissionsPolicy SchoolCapacity SpecialClasses CensusDate NumberOfPupils NumberOfBoys NumberOfGirls PercentageFSM
    TrustSchoolFlag Trusts SchoolSponsorFlag~ SchoolSponsors~ FederationFlag~ Federations UKPRN FEHEIdentifier
    FurtherEducationType~ OfstedLastInsp OfstedSpecialMeasures LastChangedDate Street Locality Address3 Town County~
    Postcode SchoolWebsite TelephoneNum HeadTitle~ HeadFirstName HeadLastName HeadPreferredJobTitle
    BSOInspectorateName~ InspectorateReport DateOfLastInspectionVisit NextInspectionVisit TeenMoth~ TeenMothPlaces CCF~
    SENPRU~ EBD~ PlacesPRU FTProv~ EdByOther~ Section41Approved~ SEN1~ SEN2~ SEN3~ SEN4~ SEN5~ SEN6~ SEN7~ SEN8~ SEN9~
    SEN10~ SEN11~ SEN12~ SEN13~ TypeOfResourcedProvision~ ResourcedProvisionOnRoll ResourcedProvisionCapacity
    SenUnitOnRoll SenUnitCapacity GOR DistrictAdministrative AdministrativeWard ParliamentaryConstituency UrbanRural
    GSSLACode~ Easting Northing MSOA~ LSOA~ InspectorateName~ SENStat SENNoStat PropsName OfstedRating~ RSCRegion~
    Country~ UPRN SiteName QABName EstablishmentAccredited QABReport CHNumber FSM AccreditationExpiryDate
    PreviousEstablishmentNumber
"""
"""In the order of the file; `~`: the name comes without a code."""

COLUMNS: tuple[str, ...] = tuple(
    column
    for word in _ORDER.split()
    for column in (
        (f"{word} (code)", f"{word} (name)")
        if word in _PAIRS
        else (f"{word.removesuffix('~')} (name)" if word.endswith("~") else word,)
    )
)

_CHANGED_EACH = 100
_FIRSTS = ("Ash", "Birch", "Cray", "Dun", "Elm", "Fern", "Gorse", "Hazel", "Iver", "Juniper", "Kestrel", "Lark", "Môn")
_LASTS = ("moor", "field", "bridge", "ley", "stead", "worth", "combe", "hurst", "wick", "thorpe")
_SAINTS = ("St Brannoc", "St Édouard", "St Kéverne", "Our Lady of Lórn", "St Öswyn", "All Souls", "Holy Name")
_KINDS = ("Primary School", "Church of England Primary School", "Catholic Primary School", "Infant School", "Academy")
_WELSH = ("Ysgol Gynradd", "Ysgol y", "Ysgol Gymraeg", "Ysgol Uwchradd")
_AREAS = tuple(f"{first}shire" for first in _FIRSTS)


def write_large_register(path: Path, count: int, *, changed: bool = False, seed: int = 1) -> Path:
    """Write a download of `count` schools."""
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_rows(count, seed, changed=changed))
    return path


def _rows(count: int, seed: int, *, changed: bool) -> Iterator[dict[str, str]]:
    chance = random.Random(seed)  # noqa: S311 - invented schools
    for number in range(count):
        row = {**_filling(chance, number), **_school(chance, number)}
        if changed and number % _CHANGED_EACH == _CHANGED_EACH // 2:
            row |= _change(row, number // _CHANGED_EACH)
        yield row


def _change(row: dict[str, str], kind: int) -> dict[str, str]:
    gone = {"EstablishmentStatus (code)": "2", "EstablishmentStatus (name)": "Closed", "CloseDate": "31-08-2026"}
    changes = (
        gone,
        {"EstablishmentName": f"{row['EstablishmentName']} and Nursery"},
        {**gone, "ReasonEstablishmentClosed (code)": "10", "ReasonEstablishmentClosed (name)": "Amalgamated / Merged"},
        {"Trusts (code)": "99999", "Trusts (name)": "Nightjar Learning Trust"},
    )
    return changes[kind % len(changes)]


def _name(chance: random.Random, number: int, place: str) -> str:
    if number % 20 == 0:
        return f"{chance.choice(_WELSH)} {place}, Pen-y-gân"
    if number % 11 == 0:
        return f'{place} "Upper" School, {chance.choice(_AREAS)}'
    if number % 3 == 0:
        return f"{chance.choice(_SAINTS)}\u2019s {chance.choice(_KINDS)}"
    return f"{place} {chance.choice(_KINDS)}"


def _school(chance: random.Random, number: int) -> dict[str, str]:
    """What ebsync keeps, and what it must not trip over."""
    place = f"{chance.choice(_FIRSTS)}{chance.choice(_LASTS)}"
    name, is_closed, trust = _name(chance, number, place), number % 7 == 0, chance.randrange(1000, 3000)
    in_trust = number % 5 < 3
    return {
        "URN": str(200000 + number),
        "LA (code)": str(200 + number % 150),
        "LA (name)": chance.choice(_AREAS),
        "EstablishmentNumber": str(2000 + number % 7000),
        "EstablishmentName": name,
        "TypeOfEstablishment (code)": "34" if in_trust else "1",
        "TypeOfEstablishment (name)": "Academy converter" if in_trust else "Community school",
        "EstablishmentStatus (code)": "2" if is_closed else "1",
        "EstablishmentStatus (name)": "Closed" if is_closed else "Open",
        "OpenDate": f"01-09-{1950 + number % 70}",
        "CloseDate": f"31-08-{2000 + number % 20}" if is_closed else "",
        "PhaseOfEducation (code)": "2",
        "PhaseOfEducation (name)": "Primary",
        "Trusts (code)": str(trust) if in_trust else "",
        "Trusts (name)": f"{_AREAS[trust % len(_AREAS)]} & Valley Trust {trust}" if in_trust else "",
        "Street": f"{number % 90 + 1}, {place} Lane",
        "Locality": f"{chance.choice(_FIRSTS)} End" if number % 2 else "",
        "Town": place,
        "County (name)": chance.choice(_AREAS),
        "Postcode": f"ZZ{number % 90 + 1} {number % 10}{chance.choice('ABDEFG')}{chance.choice('HJLNPQ')}",
        "SchoolWebsite": f"https://www.school{number}.example.org/",
    }


def _filling(chance: random.Random, number: int) -> dict[str, str]:
    """The other columns: codes, names of areas, counts, a head teacher."""
    row = {column: _cell(column, number) for column in COLUMNS[20:]}
    return row | {
        "HeadFirstName": chance.choice(("Ffion", "Zoë", "Amélie", "Jürgen")),
        "HeadLastName": f"O'{chance.choice(_FIRSTS)}",
        "NumberOfPupils": str(chance.randrange(20, 1500)),
        "Easting": str(chance.randrange(100000, 600000)),
        "Northing": str(chance.randrange(10000, 600000)),
        "UPRN": str(chance.randrange(10**11, 10**12)),
    }


def _cell(column: str, number: int) -> str:
    if column.endswith("(code)"):
        return f"E0{number % 9000 + 1000}"
    if column.startswith("SEN"):
        return "Not Applicable" if number % 4 else "SLD - Severe Learning Difficulty"
    if column.endswith("(name)"):
        return "Not applicable" if number % 2 else f"{_AREAS[number % len(_AREAS)]} North"
    return str(number % 1000) if number % 3 else ""

"""LibreOffice opens a register, saves it again in whatever way, and it comes back as it was."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from tests.hub import ELM, Hub

SOFFICE = shutil.which("soffice")

pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (Debian: libreoffice-calc) is not installed")

COMMA, SEMICOLON, UTF_8, WINDOWS = 44, 59, 76, 1
"""As LibreOffice counts delimiters and encodings."""


@dataclass
class Day:
    """A workshop on its day, with names and a school that spreadsheets might spoil; one place is marked."""

    hub: Hub
    ann: str
    bob: str
    dee: str

    def save_again(self, name: str, kind: str, options: str = "") -> str:
        """Open a file in LibreOffice and save it as another kind; gives the new file's name."""
        folder = self.hub.folder / f"{Path(name).stem}-{kind}"
        csv_as_written = [f"--infilter=CSV:{COMMA},34,{UTF_8}"] if name.endswith(".csv") else []
        command = [
            str(SOFFICE),
            f"-env:UserInstallation={(self.hub.folder / 'profile').as_uri()}",
            "--headless",
            *csv_as_written,
            "--convert-to",
            kind + options,
            "--outdir",
            str(folder),
            str(self.hub.folder / name),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return f"{folder.name}/{Path(name).stem}.{kind}"

    def bring_back(self, name: str) -> dict[str, list[str]]:
        """What an import came to: references by list."""
        document = self.hub.do("attendance", "import", "fractions", name, "--json").json()
        rows = {kind: [row["booking_id"] for row in document[kind]] for kind in ("matched", "unchanged", "left_empty")}
        return {**rows, "unmatched": document["unmatched"]}


@pytest.fixture
def day(hub: Hub) -> Day:
    event = hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")
    ann, bob = hub.book(event, "S\N{LATIN SMALL LETTER O WITH STROKE}ren Archer"), hub.book(event, "Bob Baker")
    dee = hub.book(event, "Dee Dale", {**ELM, "School name": "=1+1"})
    hub.sync()
    hub.at("2019-11-05 10:30")
    hub.do("attendance", "mark", "fractions", ann, "left-early")
    for kind in ("xlsx", "csv"):
        hub.do("register", "fractions", "--format", kind, "-o", f"register.{kind}")
    return Day(hub, ann, bob, dee)


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("register.xlsx", "xlsx", ""),
        ("register.xlsx", "csv", ""),
        ("register.csv", "csv", ""),
        ("register.csv", "xlsx", ""),
        ("register.csv", "csv", f":Text - txt - csv (StarCalc):{SEMICOLON},34,{WINDOWS}"),
    ],
)
def test_a_register_saved_again_by_libreoffice_comes_back_unchanged(
    day: Day, name: str, kind: str, options: str
) -> None:
    saved = day.save_again(name, kind, options)
    assert (day.hub.folder / saved).read_bytes() != (day.hub.folder / name).read_bytes()
    lists = day.bring_back(saved)
    assert (lists["matched"], lists["unchanged"], lists["unmatched"]) == ([], [day.ann], [])
    assert sorted(lists["left_empty"]) == sorted([day.bob, day.dee])


def test_a_register_that_was_an_ods_in_between_comes_back_unchanged(day: Day) -> None:
    saved = day.save_again(day.save_again("register.xlsx", "ods"), "xlsx")
    assert day.bring_back(saved)["unchanged"] == [day.ann]


def test_what_was_filled_in_after_libreoffice_saved_it_is_imported_once(day: Day) -> None:
    saved = day.hub.folder / day.save_again("register.xlsx", "xlsx")
    book = openpyxl.load_workbook(saved)
    sheet = book["Register"]
    assert [str(choice.sqref) for choice in sheet.data_validations.dataValidation] == ["G2:G4"]
    assert (sheet.protection.sheet, sheet["A2"].protection.locked, sheet["G2"].protection.locked) == (True, True, False)
    assert book.sheetnames == ["Register", "Instructions"]
    row = next(number for number in range(2, 5) if sheet.cell(number, 2).value == day.bob)
    sheet.cell(row, 7).value = "present"
    book.save(saved)
    again = day.save_again(str(saved.relative_to(day.hub.folder)), "csv")
    assert day.bring_back(again)["matched"] == [day.bob]
    assert day.bring_back(str(saved))["matched"] == []

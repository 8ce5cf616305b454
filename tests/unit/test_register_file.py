"""The files of the official register, in every layout and encoding in which they come."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest

from eb_sync.errors import UsageError
from eb_sync.model.gias import LinkKind, RegisteredSchool, RegisteredTrust, SchoolLink
from eb_sync.schools.gias_file import Layout, Unreadable, host_of, open_register, read_rows
from tests.register_files import DOWNLOAD, GROUPS, LINKS, RESULTS, link, school, write_register

ROW = school(
    "800001",
    "Écôle Larkmoor\u2019s",
    "zz1 1zz",
    host="http://www.Larkmoor.example.org/home",
    opened="01-09-2012",
    closed="31-08-2020",
    status="Closed",
    trust="77 Lark Trust",
)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_a_row_of_the_download_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    file = open_register(write_register(tmp_path / "all.csv", DOWNLOAD, [ROW], encoding))
    unreadable = Unreadable()
    (read,) = read_rows(file, unreadable)
    assert isinstance(read, RegisteredSchool)
    assert (file.layout, unreadable.count) == (Layout.SCHOOLS, 0)
    assert (read.name, read.postcode, read.website_host) == ("Écôle Larkmoor\u2019s", "ZZ1 1ZZ", "larkmoor.example.org")
    assert (read.opened_on, read.closed_on, read.is_closed) == (date(2012, 9, 1), date(2020, 8, 31), True)
    assert (read.trust_uid, read.trust_name, read.la_name) == ("77", "Lark Trust", "Larkshire")
    assert read.address == ("1 School Lane", "Larkmoor")


def test_the_results_on_screen_have_fewer_columns(tmp_path: Path) -> None:
    (read,) = read_rows(open_register(write_register(tmp_path / "results.csv", RESULTS, [ROW])), Unreadable())
    assert isinstance(read, RegisteredSchool)
    assert (read.name, read.website_host, read.closed_on) == ("Écôle Larkmoor\u2019s", "", None)


def test_links_and_groups_are_known_by_their_columns(tmp_path: Path) -> None:
    rows = [
        link("800001", "800002", "Successor", "01-02-2020"),
        link("800002", "800001", "Predecessor - merged", "2020-02-01"),
        link("800003", "800004", "Result of Amalgamation", ""),
    ]
    links = list(read_rows(open_register(write_register(tmp_path / "links.csv", LINKS, rows)), Unreadable()))
    assert links == [
        SchoolLink("800001", "800002", LinkKind.SUCCESSOR, "Successor", date(2020, 2, 1)),
        SchoolLink("800002", "800001", LinkKind.PREDECESSOR, "Predecessor - merged", date(2020, 2, 1)),
        SchoolLink("800003", "800004", LinkKind.SUCCESSOR, "Result of Amalgamation", None),
    ]
    group = {"Group UID": "77", "Group Name": "Lark Trust", "Group Contact Street": "1 Lark Road"}
    groups = list(read_rows(open_register(write_register(tmp_path / "groups.csv", GROUPS, [group])), Unreadable()))
    assert groups == [RegisteredTrust("77", "Lark Trust", ("1 Lark Road",), "")]


def test_rows_that_cannot_be_read_are_counted_and_the_first_lines_named(tmp_path: Path) -> None:
    rows = [school(f"80{n}", "Short Number") for n in range(7)]
    path = write_register(tmp_path / "all.csv", DOWNLOAD, [ROW, *rows, school("800009", "")])
    path.write_bytes(path.read_bytes() + b"\r\n800010,too,few\r\n")
    unreadable = Unreadable()
    assert len(list(read_rows(open_register(path), unreadable))) == 1
    assert (unreadable.count, unreadable.lines) == (9, (3, 4, 5, 6, 7))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "URN\n800001\n"])
def test_another_file_is_refused_with_the_columns_that_are_needed(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="EstablishmentName, URN"):
        open_register(tmp_path / "x.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        open_register(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("website", "host"),
    [
        ("https://www.ash.example.org/a", "ash.example.org"),
        ("ash.example.org", "ash.example.org"),
        ("HTTP://ASH.example.org.", "ash.example.org"),
        ("", ""),
        ("http://[bad", ""),
    ],
)
def test_the_host_of_a_website(website: str, host: str) -> None:
    assert host_of(website) == host


ROWS = [school(f"80000{n}", f"Marsh {n} Primary School", "zz1 1zz", opened="01-09-98") for n in range(6)]


def names_of(path: Path) -> tuple[list[str], int]:
    """The schools of a file, and how many rows were left out."""
    unreadable = Unreadable()
    rows = [row for row in read_rows(open_register(path), unreadable) if isinstance(row, RegisteredSchool)]
    assert {row.opened_on for row in rows} == {date(1998, 9, 1)}
    return [row.name for row in rows], unreadable.count


NAMES = [f"Marsh {n} Primary School" for n in range(6)]


def test_rows_that_a_spreadsheet_shortened_are_read(tmp_path: Path) -> None:
    path = write_register(tmp_path / "all.csv", DOWNLOAD, ROWS)
    header, *lines = path.read_text(encoding="cp1252").splitlines()
    path.write_text("\n".join([f"{header},,", *(line.rstrip(",") for line in lines), ",,,,"]), encoding="cp1252")
    assert names_of(path) == (NAMES, 0)


def test_a_row_with_more_cells_than_columns_is_left_out(tmp_path: Path) -> None:
    path = write_register(tmp_path / "all.csv", DOWNLOAD, ROWS)
    path.write_text(path.read_text(encoding="cp1252") + "800009,Shifted" + ",x" * 40 + "\n", encoding="cp1252")
    assert names_of(path) == (NAMES, 1)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_of_a_spreadsheet_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = write_register(tmp_path / "all.csv", DOWNLOAD, ROWS)
    text = path.read_text(encoding="cp1252").replace(",", delimiter)
    path.write_text(text, encoding=encoding, newline="\r\n")
    assert names_of(path) == (NAMES, 0)
    path.write_text(f"sep={delimiter}\n{text}", encoding=encoding, newline="\r")
    assert names_of(path) == (NAMES, 0)


def test_a_zip_as_downloaded_is_read_and_one_with_two_files_of_the_register_is_not(tmp_path: Path) -> None:
    path = write_register(tmp_path / "all.csv", DOWNLOAD, ROWS)
    links = write_register(tmp_path / "links.csv", LINKS, [link("800001", "800002", "Successor", "")])
    with zipfile.ZipFile(tmp_path / "extract.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "extract/all.csv")
        archive.writestr("readme.txt", "Contains public information.")
    assert names_of(tmp_path / "extract.zip") == (NAMES, 0)
    with zipfile.ZipFile(tmp_path / "extract.zip", "a") as archive:
        archive.write(links, "links.csv")
    with pytest.raises(UsageError, match=r"extract/all\.csv, links\.csv. Unpack it"):
        open_register(tmp_path / "extract.zip")
    content = (tmp_path / "extract.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError):
        list(read_rows(open_register(tmp_path / "half.zip"), Unreadable()))
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(UsageError, match="save it as CSV"):
        open_register(tmp_path / "book.xlsx")


@pytest.mark.parametrize("place", [1, 3, 6])
def test_a_quotation_mark_without_a_partner_is_named_with_its_line(tmp_path: Path, place: int) -> None:
    path = write_register(tmp_path / "all.csv", DOWNLOAD, ROWS)
    lines = path.read_text(encoding="cp1252").splitlines()
    lines[place] = lines[place].replace("Marsh", '"Marsh')
    path.write_text("\n".join(lines), encoding="cp1252")
    with pytest.raises(UsageError, match=f"line {place + 1} has no partner"):
        list(read_rows(open_register(path), Unreadable()))
    if place > 1:
        # a second one closes the first: the rows between must not become one cell
        lines[1] = lines[1].replace("Marsh", '"Marsh')
        path.write_text("\n".join(lines), encoding="cp1252")
        with pytest.raises(UsageError, match="line 2 has no partner"):
            list(read_rows(open_register(path), Unreadable()))


def test_cells_in_quotation_marks_may_have_commas_marks_and_line_ends(tmp_path: Path) -> None:
    name = 'Marsh, the "Old"\nPrimary'
    path = write_register(tmp_path / "all.csv", DOWNLOAD, [school("800001", name, opened="01/09/1998")])
    assert names_of(path) == (['Marsh, the "Old" Primary'], 0)


def test_a_pipe_or_a_folder_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path):
        with pytest.raises(UsageError, match="is no file"):
            open_register(path)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("01-09-12", date(2012, 9, 1)),
        ("1/9/25", date(2025, 9, 1)),
        ("01-Sep-98", date(1998, 9, 1)),
        ("1 September 2012", date(2012, 9, 1)),
        ("2012-09-01 00:00:00", date(2012, 9, 1)),
        ("01/09/0025", None),
        ("01-09-125", None),
        ("41153", None),
    ],
)
def test_no_year_is_of_the_first_century(tmp_path: Path, text: str, day: date | None) -> None:
    path = write_register(tmp_path / "all.csv", DOWNLOAD, [school("800001", "Ash", opened=text)])
    (read,) = read_rows(open_register(path), Unreadable())
    assert isinstance(read, RegisteredSchool)
    assert read.opened_on == day


CASES = Path(__file__).parents[3] / "shared" / "cases"


@pytest.mark.skipif(not CASES.is_dir(), reason="the collection of inputs that went wrong is not beside the repository")
def test_files_that_went_wrong_once(tmp_path: Path) -> None:
    unreadable = Unreadable()
    assert len(list(read_rows(open_register(CASES / "gias-excel-trailing.csv"), unreadable))) == 40
    assert unreadable.count == 0
    shutil.copy(CASES / "gias-stray-quote.csv", tmp_path)
    with pytest.raises(UsageError, match="line 7 has no partner"):
        list(read_rows(open_register(tmp_path / "gias-stray-quote.csv"), Unreadable()))


def test_what_is_no_date_is_none(tmp_path: Path) -> None:
    rows = [school(f"80000{n}", "Ash", opened=text) for n, text in enumerate(("31-02-2020", "soon", "1/9/2012"))]
    read = read_rows(open_register(write_register(tmp_path / "all.csv", DOWNLOAD, rows)), Unreadable())
    assert [row.opened_on for row in read if isinstance(row, RegisteredSchool)] == [None, None, date(2012, 9, 1)]

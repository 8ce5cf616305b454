"""The files of the official register, in every layout and encoding in which they come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from eb_sync.errors import UsageError
from eb_sync.model.register import LinkKind, RegisteredSchool, RegisteredTrust, SchoolLink
from eb_sync.schools.register_file import Layout, Unreadable, host_of, open_register, read_rows
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


def test_what_is_no_date_is_none(tmp_path: Path) -> None:
    rows = [school(f"80000{n}", "Ash", opened=text) for n, text in enumerate(("31-02-2020", "soon", "1/9/2012"))]
    read = read_rows(open_register(write_register(tmp_path / "all.csv", DOWNLOAD, rows)), Unreadable())
    assert [row.opened_on for row in read if isinstance(row, RegisteredSchool)] == [None, None, date(2012, 9, 1)]

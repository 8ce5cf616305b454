"""The official download in its full shape, small: every column in its place, and memory that the rows do not fill."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from eb_sync.model.gias import RegisteredSchool
from eb_sync.schools.gias_file import Layout, Unreadable, open_register, read_rows
from tests.hub import Hub
from tests.large_register import COLUMNS, write_large_register

FEW, MANY = 2_000, 8_000
ROW_BYTES = 1_300
"""What a row takes in the file, at least; in memory it would be more."""


def peak_bytes(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.every_database
def test_the_download_is_loaded_and_a_later_one_told_apart(hub: Hub) -> None:
    first = write_large_register(hub.folder / "first.csv", 500)
    loaded = hub.do("schools", "load", str(first), "--json").json()
    assert (loaded["layout"], loaded["rows"], loaded["changed"], loaded["unreadable"]) == ("schools", 500, 500, 0)
    assert loaded["changes"] == []
    later = write_large_register(hub.folder / "later.csv", 500, changed=True)
    loaded = hub.do("schools", "load", str(later), "--json").json()
    assert (loaded["rows"], loaded["changed"]) == (500, 5)
    assert [(change["kind"], change["urn"]) for change in loaded["changes"]] == [
        ("closed", "200050"),
        ("renamed", "200150"),
        ("closed", "200250"),
        ("moved trust", "200350"),
        ("closed", "200450"),
    ]


def test_every_cell_is_read_from_its_own_column(tmp_path: Path) -> None:
    file = open_register(write_large_register(tmp_path / "all.csv", 40))
    unreadable = Unreadable()
    schools = list(read_rows(file, unreadable))
    assert (file.layout, file.sheet.encoding, len(COLUMNS), len(set(COLUMNS))) == (Layout.SCHOOLS, "cp1252", 135, 135)
    assert (len(schools), unreadable.count) == (40, 0)
    school = schools[20]
    assert isinstance(school, RegisteredSchool)
    assert school.name.startswith("Ysgol")
    assert school.name.endswith(", Pen-y-gân")
    assert (school.urn, school.status, school.kind) == ("200020", "Open", "Academy converter")
    assert (school.website_host, school.opened_on is None, school.closed_on) == ("school20.example.org", False, None)
    assert "Valley Trust" in school.trust_name
    assert school.street.startswith("21, ")
    quoted = schools[11]
    assert isinstance(quoted, RegisteredSchool)
    assert '"Upper" School, ' in quoted.name


def test_rows_are_read_one_by_one(tmp_path: Path) -> None:
    paths = {count: write_large_register(tmp_path / f"{count}.csv", count) for count in (FEW, MANY)}
    files = {count: open_register(path) for count, path in paths.items()}

    def read(count: int) -> int:
        return sum(1 for _ in read_rows(files[count], Unreadable()))

    read(FEW)  # what is kept for good, such as the dates of a cache
    assert peak_bytes(lambda: read(MANY)) < peak_bytes(lambda: read(FEW)) + 100_000
    assert len(list(islice(read_rows(files[MANY], Unreadable()), 1))) == 1


def test_a_load_keeps_a_number_and_a_digest_of_each_row_and_no_more(hub: Hub) -> None:
    few, many = (write_large_register(hub.folder / f"{count}.csv", count) for count in (FEW, MANY))
    hub.do("schools", "load", str(few))
    again = peak_bytes(lambda: hub.do("schools", "load", str(write_large_register(few, FEW, seed=2))))
    more = peak_bytes(lambda: hub.do("schools", "load", str(many)))
    assert (more - again) / (MANY - FEW) < ROW_BYTES / 3


def test_a_school_that_a_file_repeats_counts_as_it_comes_first(hub: Hub) -> None:
    path = write_large_register(hub.folder / "all.csv", 1_200)
    with path.open(encoding="cp1252", newline="") as file:
        header, first, *_ = file.readlines()
    with path.open("a", encoding="cp1252", newline="") as file:
        file.write(first.replace("Ysgol", "Ysgol newydd"))
    assert header.startswith("URN,")
    loaded = hub.do("schools", "load", str(path), "--json").json()
    assert (loaded["rows"], loaded["changed"]) == (1_201, 1_200)

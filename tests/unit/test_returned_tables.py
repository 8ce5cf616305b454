"""Tables that come back: nothing of them is dropped, and what cannot be read is refused with its place."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from eb_sync.errors import UsageError
from eb_sync.export import parse_register
from eb_sync.export.spreadsheets import read_table
from eb_sync.export.tables import column_letter

CASES = Path(__file__).parents[2].parent / "shared" / "cases"
HEAD = "workshop_id,booking_ref,teacher,attendance\r\n"


def rows_of(text: str) -> list[tuple[str, str, str]]:
    entries = parse_register(text.encode(), "r.csv").entries
    return [(entry.booking_ref, entry.teacher, entry.attendance) for entry in entries]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('900,B1,"Ann,present\r\n900,B2,Bob,present\r\n', 2),
        ('900,B1,Ann,present\r\n900,B2,Bob",present\r\n', 3),
        ('900,B1,"An"n,present\r\n', 2),
        ('900,B1,"Ann,present\r\n900,B2,"Bob,present\r\n', 2),
        ('900,B1,"Ann\nArcher",present\r\n900,B2, "Bob",late\r\n', 4),
        ('900,B1,Ann,"present', 2),
    ],
)
def test_a_quotation_mark_without_a_partner_is_refused_with_its_line(rows: str, line: int) -> None:
    with pytest.raises(UsageError, match=f"the quotation mark in line {line} has no partner"):
        rows_of(HEAD + rows)


def test_quotation_marks_that_are_right_are_read() -> None:
    text = '900,"B1","Ann ""Annie"" Archer, Jr",present\r\n"900",B2,"Bob\nBaker",""\r\n'
    assert rows_of(HEAD + text) == [("B1", 'Ann "Annie" Archer, Jr', "present"), ("B2", "Bob\nBaker", "")]


def test_an_unclosed_quotation_mark_in_a_long_file_is_refused_with_its_line() -> None:
    rows = "".join(f"900,B{number},Ann,present\r\n" for number in range(20_000))
    with pytest.raises(UsageError, match="line 2 has no partner"):
        rows_of(HEAD + '900,B0,"Ann,present\r\n' + rows)


def test_a_row_within_a_cell_is_told_from_a_text_of_several_lines() -> None:
    with pytest.raises(UsageError, match="row 2 has whole rows within quotation marks"):
        rows_of(HEAD + '900,B1,"Ann,present\r\n900,B2,Bob",present\r\n')
    assert len(rows_of(HEAD + '900,B1,"Ann,\nor so",present\r\n')) == 1


def test_a_list_with_two_sheets_that_differ_is_refused() -> None:
    book = openpyxl.Workbook()
    for title, word in (("One", "x"), ("Two", "y")):
        sheet = book.create_sheet(title)
        sheet.append(["a", "b"])
        sheet.append([1, word])
    output = io.BytesIO()
    book.save(output)
    with pytest.raises(UsageError, match=r"“One” and “Two”, and they differ"):
        read_table(output.getvalue(), "r.xlsx", ("a", "b"), "a list")
    book["Two"]["B2"] = "x"
    output = io.BytesIO()
    book.save(output)
    assert list(read_table(output.getvalue(), "r.xlsx", ("a",), "a list", ("b", "c"))) == [(2, ["1", "x", ""])]


def test_a_sheet_without_end_is_refused() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["XFD1048576"] = 1
    output = io.BytesIO()
    book.save(output)
    with pytest.raises(UsageError, match="too large to be read: 1048576 rows"):
        parse_register(output.getvalue(), "r.xlsx")


def test_columns_are_called_as_a_spreadsheet_calls_them() -> None:
    assert [column_letter(column) for column in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("register-stray-quote.csv", "line 3 has no partner"), ("formula-no-value.xlsx", "cell D2 has a formula without")],
)
def test_the_small_inputs_that_once_went_wrong_are_refused(name: str, said: str) -> None:
    if not CASES.is_dir():
        pytest.skip("the folder of small inputs is not beside this repository")
    with pytest.raises(UsageError, match=said):
        parse_register((CASES / name).read_bytes(), name)


def test_the_merged_register_that_once_went_wrong_speaks_for_all_its_rows() -> None:
    if not CASES.is_dir():
        pytest.skip("the folder of small inputs is not beside this repository")
    entries = parse_register((CASES / "merged-register.xlsx").read_bytes(), "r.xlsx").entries
    assert [entry.attendance for entry in entries] == ["present"] * 3

"""A register comes back in a state in which rows could be lost or swapped: it is refused, and says where."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from tests.e2e.register_day import Day, begin_register_day
from tests.hub import Hub

Sheet = Any
"""A worksheet of openpyxl."""


@pytest.fixture
def day(hub: Hub) -> Day:
    return begin_register_day(hub)


def refuse(day: Day, name: str) -> str:
    """Import a file that must be refused; nothing is recorded and nobody is named."""
    before = day.rows()
    refusal = day.hub.refused("attendance", "import", "fractions", name)
    assert day.rows() == before
    assert "nothing was recorded" in refusal
    for word in ("Ann", "Bob", "Cat", "Archer", "Baker", "Cole", "Elm", "Ash"):
        assert word not in refusal
    return refusal


def fill_workbook(day: Day, change: Callable[[Any], object], name: str = "filled.xlsx") -> str:
    """Our own workbook, changed by somebody."""
    day.hub.do("register", "fractions", "--format", "xlsx", "-o", "out.xlsx")
    book = openpyxl.load_workbook(day.hub.folder / "out.xlsx")
    (day.hub.folder / "out.xlsx").unlink()
    change(book)
    output = io.BytesIO()
    book.save(output)
    (day.hub.folder / name).write_bytes(output.getvalue())
    return name


def lines_of(day: Day, **marks: str) -> list[str]:
    name = day.write(day.filled(**marks))
    return (day.hub.folder / name).read_text(encoding="utf-8").splitlines()


def write_lines(day: Day, lines: list[str]) -> str:
    (day.hub.folder / "lines.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return "lines.csv"


@pytest.mark.parametrize("stray", ['"Bob Baker', 'Bob Baker"', 'Bob "Baker'])
def test_a_stray_quotation_mark_is_refused_with_its_line(day: Day, stray: str) -> None:
    lines = lines_of(day, **{day.bob: "present", day.cat: "present"})
    lines[2] = lines[2].replace("Bob Baker", stray)
    assert "the quotation mark in line 3 has no partner" in refuse(day, write_lines(day, lines))


def test_two_rows_within_one_pair_of_quotation_marks_are_refused(day: Day) -> None:
    lines = lines_of(day, **{day.bob: "present", day.cat: "present"})
    lines[2] = lines[2].replace("Bob Baker", '"Bob Baker')
    lines[3] = lines[3].replace("Cat Cole", 'Cat Cole"')
    assert "row 3 has whole rows within quotation marks" in refuse(day, write_lines(day, lines))


def test_a_row_whose_cells_have_shifted_is_refused(day: Day) -> None:
    lines = [f"{day.event},{day.bob},Baker, Bob,present", f"{day.event},{day.cat},present"]
    refusal = refuse(day, write_lines(day, ["workshop_id,booking_ref,teacher,attendance", *lines]))
    assert "row 2 has more cells than columns" in refusal
    refusal = refuse(day, write_lines(day, ["workshop_id,booking_ref,teacher,attendance", lines[1]]))
    assert f"row 2 has a teacher who is not the one of {day.cat}" in refusal


@pytest.mark.parametrize("column", ["teacher", "school", "booking_ref"])
def test_one_column_sorted_by_itself_is_refused_with_row_and_reference(day: Day, column: str) -> None:
    rows = day.filled(**{day.bob: "present", day.cat: "absent"})
    for row, cell in zip(rows, sorted((row[column] for row in rows), reverse=True), strict=True):
        row[column] = cell
    refusal = refuse(day, day.write(rows))
    assert "row 2 has a " in refusal
    assert refusal.count("Was a column sorted by itself?") == 1
    assert f"not the one of {day.cat if column == 'booking_ref' else day.ann}" in refusal


@pytest.mark.parametrize("name", ["Bob Bakker", "Sam Sample (for Bob Baker)", "Ann Archer"])
def test_a_name_typed_over_another_is_refused_and_the_way_for_substitutes_is_named(day: Day, name: str) -> None:
    rows = day.filled(**{day.bob: "present"})
    rows[1]["teacher"] = name
    refusal = refuse(day, day.write(rows))
    assert f"row 3 has a teacher who is not the one of {day.bob}" in refusal
    assert "walk-in --replaces" in refusal


@pytest.mark.parametrize(
    "name", ["", "BOB  BAKER", "Baker, Bob", "Mr Bob Baker", "Bób Baker", "'Bob Baker", "BobBaker"]
)
def test_a_name_written_otherwise_is_taken(day: Day, name: str) -> None:
    rows = day.filled(**{day.bob: "late"})
    rows[1]["teacher"] = name
    rows[1]["school"] = "the ASH LANE primary school"
    assert [row["booking_id"] for row in day.bring_back(day.write(rows))["matched"]] == [day.bob]


def test_our_own_register_comes_back_though_its_schools_were_confirmed_since(day: Day) -> None:
    rows = day.filled(**{day.bob: "late"})
    day.hub.do(
        "schools", "add", "--urn", "800001", "--name", "Ash Lane Primary", "--address", "1", "--postcode", "Z1 1Z"
    )
    day.hub.do("schools", "add", "--urn", "800002", "--name", "Elm Academy", "--address", "2", "--postcode", "Z2 2Z")
    day.hub.do("schools", "confirm", "800002", "--typed", "Elm Nursery")
    assert [row["school"] for row in day.rows()] == ["Ash Lane Primary", "Ash Lane Primary", "Elm Academy"]
    confirmed = day.rows()
    assert [row["booking_id"] for row in day.bring_back(day.write(rows))["matched"]] == [day.bob]
    day.hub.do("schools", "confirm", "800001", "--booking", day.cat)
    assert day.rows()[2]["school"] == "Ash Lane Primary"
    assert day.bring_back(day.write(confirmed))["matched"] == []


def test_names_with_accents_come_back_from_every_encoding(hub: Hub) -> None:
    day = begin_register_day(hub, "Zoë O\N{RIGHT SINGLE QUOTATION MARK}Neill-Łuk")
    (zoe,) = day.more
    rows = day.filled(**{zoe: "present"})
    text = (day.hub.folder / day.write(rows)).read_text(encoding="utf-8")
    saved = {
        "excel.csv": text.encode("cp1252", errors="replace"),
        "dos.csv": text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").encode("cp850", errors="replace"),
        "mojibake.csv": text.replace("Ł", "L").encode().decode("cp1252").encode(),
        "ascii.csv": text.encode("ascii", errors="replace"),
    }
    for name, content in saved.items():
        (day.hub.folder / name).write_bytes(content)
        assert [row["booking_id"] for row in day.bring_back(name, "--dry-run")["matched"]] == [zoe], name


def test_a_walk_in_written_below_the_list_is_said_not_lost(day: Day) -> None:
    lines = [*lines_of(day), ",,Sam Sample,Ash Lane Primary,,,,,", ",,Tom Thorn,,,,,,"]
    refusal = refuse(day, write_lines(day, lines))
    assert "each of row 5, row 6 has no workshop_id; whoever is not on the list" in refusal
    assert "Sample" not in refusal


def test_rows_above_the_names_of_the_columns_are_never_passed_over(day: Day) -> None:
    header, *lines = lines_of(day, **{day.bob: "present"})
    refusal = refuse(day, write_lines(day, [lines[1], header, lines[0], lines[2]]))
    assert f"row 1 is about {day.bob} and stands above the names of the columns" in refusal


def test_a_repeated_header_is_no_row(day: Day) -> None:
    header, *lines = lines_of(day, **{day.bob: "present"})
    name = write_lines(day, [header, lines[0], header, *lines[1:]])
    assert [row["booking_id"] for row in day.bring_back(name)["matched"]] == [day.bob]


@pytest.mark.parametrize(
    ("heading", "cell", "attendance", "said"),
    [
        ("attendance pm", "absent", "present", "has the attendance present for {}, but absent in column J"),
        ("Attended?", "yes", "", "has no attendance for {}, but present in column J"),
        ("notes", "Present", "", "has no attendance for {}, but present in column J"),
    ],
)
def test_a_mark_in_another_column_is_said(day: Day, heading: str, cell: str, attendance: str, said: str) -> None:
    rows = day.filled(**{day.bob: attendance})
    rows = [{**row, heading: cell if row["booking_ref"] == day.bob else ""} for row in rows]
    assert f"row 3 {said.format(day.bob)}" in refuse(day, day.write(rows))


def test_columns_that_are_not_read_are_named_by_their_letter(day: Day) -> None:
    rows = [{**row, "lunch": "yes", "empty": ""} for row in day.filled(**{day.bob: "present"})]
    done = day.hub.do("attendance", "import", "fractions", day.write(rows))
    assert len(done.facts) == 1
    assert "Not read, because a register has no such columns: J\n" in done.err


def test_sheets_that_differ_are_refused_and_named(day: Day) -> None:
    def twice(book: Any) -> None:  # noqa: ANN401 - openpyxl
        copy = book.copy_worksheet(book["Register"])
        copy.title = "Tuesday, corrected"
        copy.sheet_state = "hidden"
        book["Register"]["G3"] = "absent"
        copy["G3"] = "present"

    refusal = refuse(day, fill_workbook(day, twice))
    assert "row 3 of the sheet “Tuesday, corrected” says present" in refusal
    assert "and row 3 of the sheet “Register” absent" in refusal


def test_sheets_of_which_one_is_empty_or_that_have_other_rows_are_one_register(day: Day) -> None:
    def parted(book: Any) -> None:  # noqa: ANN401 - openpyxl
        copy = book.copy_worksheet(book["Register"])
        copy["G3"], copy["G4"] = "present", "late"
        book["Register"].delete_rows(4)

    matched = day.bring_back(fill_workbook(day, parted))["matched"]
    assert {row["booking_id"]: row["attendance"] for row in matched} == {day.bob: "present", day.cat: "late"}


def test_a_sheet_without_names_of_columns_is_not_passed_over(day: Day) -> None:
    def loose(book: Any) -> None:  # noqa: ANN401 - openpyxl
        book.create_sheet("Late").append([day.bob, "present"])

    refusal = refuse(day, fill_workbook(day, loose))
    assert f"row 1 of the sheet “Late” is about {day.bob}, in a sheet without the names of the columns" in refusal


def test_a_merged_cell_speaks_for_all_its_rows(day: Day) -> None:
    def merged(book: Any) -> None:  # noqa: ANN401 - openpyxl
        book["Register"]["G2"] = "present"
        book["Register"].merge_cells("G2:G4")

    matched = day.bring_back(fill_workbook(day, merged))["matched"]
    assert {row["booking_id"]: row["attendance"] for row in matched} == {day.bob: "present", day.cat: "present"}


@pytest.mark.parametrize("cells", ["F3:G3", "G1:G4", "G1:H1"])
def test_a_merged_cell_that_mixes_columns_or_covers_their_names_is_refused(day: Day, cells: str) -> None:
    def merged(book: Any) -> None:  # noqa: ANN401 - openpyxl
        book["Register"].merge_cells(cells)

    name = fill_workbook(day, merged)
    before = day.rows()
    day.hub.refused("attendance", "import", "fractions", name)
    assert day.rows() == before


@pytest.mark.parametrize("column", "BCDG")
def test_a_formula_without_a_value_is_refused_with_its_cell(day: Day, column: str) -> None:
    def formula(book: Any) -> None:  # noqa: ANN401 - openpyxl
        book["Register"][f"{column}3"] = '=IF(1=1,"present","absent")'

    assert f"cell {column}3 has a formula without a value" in refuse(day, fill_workbook(day, formula))


def test_the_error_of_a_formula_is_refused_with_its_cell(day: Day) -> None:
    def error(book: Any) -> None:  # noqa: ANN401 - openpyxl
        book["Register"]["G3"] = "#REF!"
        book["Register"]["H3"] = "#REF!"

    refusal = refuse(day, fill_workbook(day, error))
    assert "cell G3 has the error of a formula" in refusal
    assert "H3" not in refusal


def test_rows_that_a_filter_hides_are_rows(day: Day) -> None:
    def hide(book: Any) -> None:  # noqa: ANN401 - openpyxl
        book["Register"]["G3"] = "present"
        book["Register"].row_dimensions[3].hidden = True

    assert [row["booking_id"] for row in day.bring_back(fill_workbook(day, hide))["matched"]] == [day.bob]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_our_own_register_changes_nothing(hub: Hub, file_format: str) -> None:
    day = begin_register_day(hub, '=Dee "Dot" D\'Arcy-Dunn, Jr', "李 小龙", "Present")
    day.hub.do("attendance", "walk-in", "fractions", "--name", "Sam Sample", "--school", "Oak Junior")
    for _ in range(2):
        day.hub.do("register", "fractions", "--format", file_format, "-o", f"own.{file_format}")
        back = day.bring_back(f"own.{file_format}")
        assert (back["fact_ids"], back["matched"], back["unmatched"]) == ([], [], [])
        day.hub.at("2019-11-05 16:00")
        (day.hub.folder / f"own.{file_format}").unlink()


@pytest.mark.parametrize(("option", "word"), [("--rest-absent", "absent"), ("--rest-present", "present")])
def test_closing_lists_whom_it_marks(day: Day, option: str, word: str) -> None:
    done = day.hub.do("attendance", "close", "fractions", option)
    assert done.out.splitlines()[:4] == [
        f"Marked {word}, 2 places that were not marked before:",
        f"  Bob Baker, Ash Lane Primary, {day.bob}",
        f"  Cat Cole, Elm Nursery, {day.cat}",
        "The register is closed.",
    ]
    assert [line.split()[0] for line in done.out.splitlines()[4:]] == ["fact"] * 3
    assert "Baker" not in done.err


def test_closing_a_register_nobody_came_to_lists_everybody_and_json_keeps_the_ids(day: Day) -> None:
    day.hub.do("attendance", "mark", "fractions", day.ann, "unmarked")
    document = day.hub.do("attendance", "close", "fractions", "--nobody-came", "--json").json()
    assert len(document["fact_ids"]) == 4
    assert document["marked"][2] == {
        "booking_id": day.cat,
        "teacher": "Cat Cole",
        "school": "Elm Nursery",
        "attendance": "absent",
    }


def test_a_register_that_was_marked_in_full_is_closed_without_a_list(day: Day) -> None:
    day.hub.do("attendance", "mark", "fractions", day.bob, day.cat, "absent")
    done = day.hub.do("attendance", "close", "fractions", "--rest-absent")
    assert done.out == f"The register is closed.\nfact {done.facts[0]}\n"

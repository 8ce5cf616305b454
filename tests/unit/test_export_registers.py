"""Registers: the page to sign, the record, the files to fill in, and what comes back."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from eb_sync.errors import UsageError
from eb_sync.export import parse_register, render_register_csv, render_register_pdf, render_register_xlsx
from eb_sync.model.registers import Register, RegisterEntry, RegisterRow

HEADER = "workshop_id,booking_ref,teacher,school,role,booking_status,attendance,notice,charge"

ROW = RegisterRow("B101", "Rowan Ash", "Elm Lane Primary", "Maths Lead", "active", "", "", None)
GONE = replace(ROW, booking_ref="B102", teacher="Ida Plum", booking_status="cancelled", notice="cancelled in time")
WALK_IN = replace(ROW, booking_ref="W1", teacher="Søren Whit", booking_status="walk_in", attendance="present")
OPEN = Register(
    workshop_id="900100/1",
    code="cmh20-fractions/1",
    title="Fractions from the start",
    starts_at=datetime(2020, 6, 23, 9, tzinfo=UTC),
    ends_at=datetime(2020, 6, 23, 14, tzinfo=UTC),
    deadline="until Mon 22 Jun 2020, 10:00 (at least 24 hours before the start)",
    venue="Larkhill House",
    closed_at=None,
    rows=(ROW, GONE, WALK_IN),
    lead="Jo Sample",
)
CLOSED = replace(
    OPEN,
    closed_at=datetime(2020, 6, 24, 15, 30, tzinfo=UTC),
    rows=(
        replace(ROW, attendance="absent", charge_pence=5000),
        replace(ROW, booking_ref="B103", attendance="left-early"),
        replace(ROW, booking_ref="B104", teacher=""),
        GONE,
        replace(GONE, booking_ref="B105", booking_status="vanished"),
        WALK_IN,
    ),
)


def text_of(register: Register) -> str:
    reader = PdfReader(io.BytesIO(render_register_pdf(register).content))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


@pytest.mark.parametrize(
    "words",
    [
        "Sign-in sheet Fractions from the start",
        "Date Tue 23 Jun 2020, 10:00 to 15:00",
        "Venue Larkhill House",
        "Code cmh20-fractions/1",
        "Lead Jo Sample",
        "Register 900100/1, cmh20-fractions/1, 23 June 2020",
        "2 Søren Whit",
        "1 expected, 1 came without a booking, 1 not expected any more.",
        "Free cancellation until Mon 22 Jun 2020, 10:00",
        "No. Teacher School Role Signature Time in Time out",
        "1 Rowan Ash Elm Lane Primary Maths Lead 2 Søren Whit",
        "No booking? Please sign in an empty row",
        "Page 1 of 1",
    ],
)
def test_before_it_is_closed_the_register_is_a_sheet_to_sign(words: str) -> None:
    assert words in text_of(OPEN)


def test_the_sheet_has_five_empty_rows_for_those_who_replace_somebody() -> None:
    assert text_of(OPEN).count("replaces:") == 5
    assert text_of(replace(OPEN, rows=())).count("replaces:") == 5


def test_those_who_cancelled_are_listed_apart() -> None:
    signing, apart = text_of(OPEN).split("Cancelled or no longer booked")
    assert "Ida Plum" not in signing
    assert "1 Ida Plum Elm Lane Primary Maths Lead cancelled cancelled in time" in apart
    assert "no longer booked" not in text_of(replace(OPEN, rows=(ROW,)))


def test_what_is_not_known_of_a_workshop_is_left_out() -> None:
    text = text_of(replace(OPEN, venue=None, deadline=None, lead=None))
    for absent in ("Venue", "Lead Jo", "Free cancellation", "None", "Register closed"):
        assert absent not in text


@pytest.mark.parametrize(
    "words",
    [
        "Attendance record",
        "Register closed Wed 24 Jun 2020, 16:30",
        "1 Rowan Ash Elm Lane Primary Maths Lead B101 booked absent £50.00",
        "2 Rowan Ash Elm Lane Primary Maths Lead B103 booked left early",
        "3 B104 Elm Lane Primary Maths Lead B104 booked not marked",
        "4 Ida Plum Elm Lane Primary Maths Lead B102 cancelled cancelled in time",
        "W1 walk-in present",
        "6 on the register: 2 attended (1 left early), 1 absent, 1 cancelled, 1 gone from Eventbrite, 1 not marked.",
        "1 charged: £50.00.",
    ],
)
def test_once_closed_the_register_is_the_record(words: str) -> None:
    assert words in text_of(CLOSED)


def test_an_empty_record_says_so() -> None:
    assert "0 on the register. 0 charged: £0.00." in text_of(replace(CLOSED, rows=()))


def test_the_page_is_landscape_tagged_and_the_same_when_rendered_again() -> None:
    rendered = render_register_pdf(CLOSED)
    reader = PdfReader(io.BytesIO(rendered.content))
    assert reader.pages[0].mediabox.width > reader.pages[0].mediabox.height
    assert "/StructTreeRoot" in reader.root_object
    assert reader.metadata is not None
    assert reader.metadata.creation_date == CLOSED.starts_at
    assert render_register_pdf(CLOSED) == rendered


@pytest.mark.parametrize("word", ["W" * 60, "1-" * 60, "-" * 60, "ab" * 20 + "-cd"])
def test_a_long_word_does_not_run_over_its_neighbours(word: str) -> None:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(render_of(word))).pages)
    assert word not in text
    assert word in "".join(text.split())


def test_a_double_barrelled_name_is_broken_at_a_hyphen_alone() -> None:
    text = text_of(replace(CLOSED, rows=(replace(ROW, teacher="Featherstonehaugh-Whitcombe-Cholmondeley"),)))
    assert "Featherstonehaugh- Whitcombe-Cholmondeley" in text


def render_of(teacher: str) -> bytes:
    return render_register_pdf(replace(CLOSED, rows=(replace(ROW, teacher=teacher),))).content


def test_forty_names_fill_three_pages_and_no_row_is_torn() -> None:
    role = "Key Stage 2 coordinator and assistant headteacher"
    rows = [replace(ROW, booking_ref=f"B{number}", teacher=f"Rowan{number} Ash", role=role) for number in range(40)]
    reader = PdfReader(io.BytesIO(render_register_pdf(replace(OPEN, rows=tuple(rows))).content))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert len(pages) == 3
    assert sum(page.count("Signature Time in Time out") for page in pages) == 3
    assert sum(page.count(role) for page in pages) == 40


def test_a_text_longer_than_a_page_is_not_lost() -> None:
    text = " ".join(f"word{number}" for number in range(1500))
    found = text_of(replace(CLOSED, rows=(replace(ROW, role=text),)))
    assert all(f" {word} " in found for word in text.split())


def test_hostile_names_neither_break_the_sheet_nor_leave_the_paper() -> None:
    hostile = replace(ROW, teacher="#panic() *x* \N{GRINNING FACE}", school="S" * 300, role="\t=1\r\n")
    rendered = render_register_pdf(replace(OPEN, title="", rows=(hostile,) * 3))
    assert rendered.substituted == ("\N{GRINNING FACE}",)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(rendered.content)).pages)
    assert "#panic() *x* \N{WHITE SQUARE}" in " ".join(text.split())
    assert "S" * 300 in "".join(text.split())
    assert "S" * 50 not in text, "a word as long as that is broken, or it would run over its neighbours"


def test_the_csv_has_exactly_the_agreed_columns_and_line_ends() -> None:
    lines = render_register_csv(CLOSED).decode().split("\r\n")
    assert lines[0] == HEADER
    assert lines[1] == "900100/1,B101,Rowan Ash,Elm Lane Primary,Maths Lead,active,absent,,50.00"
    assert lines[4] == "900100/1,B102,Ida Plum,Elm Lane Primary,Maths Lead,cancelled,,cancelled in time,"
    assert lines[-1] == ""
    assert len(lines) == 8


def test_text_that_looks_like_a_formula_is_neutralised_in_both_files() -> None:
    register = replace(OPEN, rows=(replace(ROW, teacher="=cmd()", school="@x", role="\tz", charge_pence=5000),))
    row = next(csv.DictReader(io.StringIO(render_register_csv(register).decode(), newline="")))
    assert (row["teacher"], row["school"], row["role"], row["charge"]) == ("'=cmd()", "'@x", "'\tz", "50.00")
    sheet = openpyxl.load_workbook(io.BytesIO(render_register_xlsx(register)))["Register"]
    assert [cell.value for cell in sheet[2]][2:5] == ["'=cmd()", "'@x", "'\tz"]
    assert {cell.data_type for cell in sheet[2][:5]} == {"s"}


def test_the_workbook_offers_the_states_locks_the_ids_and_explains_itself() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(render_register_xlsx(CLOSED)))
    sheet = workbook["Register"]
    assert [cell.value for cell in sheet[1]] == HEADER.split(",")
    assert sheet.freeze_panes == "D2"
    assert sheet.protection.sheet
    assert sheet["A2"].protection.locked
    assert not sheet["G2"].protection.locked
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("G2:G7", '"present,late,left-early,turned-away,absent"')
    assert (sheet["I2"].value, sheet["I2"].number_format, sheet["I3"].value) == (50, "0.00", None)


def test_the_workbook_prints_on_a4_across_with_its_header_on_every_page() -> None:
    register = replace(CLOSED, title="Fractions & " + "&" * 200)
    workbook = openpyxl.load_workbook(io.BytesIO(render_register_xlsx(register)))
    for sheet in workbook.worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        # one page wide is the default and left out of the file
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddHeader is not None
        assert str(sheet.oddHeader.left.text).startswith("Fractions and and")
        assert "Tue 23 Jun 2020" in str(sheet.oddHeader.right.text)
        assert sheet.oddFooter is not None
        assert "Register 900100/1" in str(sheet.oddFooter.left.text)
    assert workbook["Register"].print_title_rows == "$1:$1"


def test_the_instructions_say_what_each_word_means_and_which_commands_follow() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(render_register_xlsx(replace(OPEN, title="=cmd()"))))["Instructions"]
    rows = {str(left).strip(): str(right or "") for left, right in sheet.iter_rows(values_only=True) if left}
    assert {"present", "late", "left-early", "turned-away", "absent", "(empty)"} <= rows.keys()
    assert "Nobody is taken for absent" in rows["(empty)"]
    assert (rows["Workshop"], rows["Lead"]) == ("'=cmd()", "Jo Sample")
    assert rows["Import"] == "ebsync attendance import 900100/1 FILE"
    assert max(map(len, rows.values())) <= 96
    assert sheet.protection.sheet


@pytest.mark.parametrize(
    "text", ["\x01bell\x0b", "\ud800half", "\u202eright", "<b>&\"'", "\uffff", "x" * 300, "a\r\nb", "&8&G"]
)
def test_hostile_text_breaks_no_workbook(text: str) -> None:
    register = replace(OPEN, title=text, lead=text, rows=(replace(ROW, teacher=text, school=text),))
    content = render_register_xlsx(register)
    cell = str(openpyxl.load_workbook(io.BytesIO(content))["Register"]["C2"].value)
    assert text.strip("\x01\x0b\ud800\uffff").split("\r")[0] in cell
    assert read_back(content, "r.xlsx") == entries(("900100/1", "B101", ""))


def test_workbooks_and_links_are_text_and_the_same_to_the_byte() -> None:
    register = replace(OPEN, rows=(replace(ROW, teacher="https://example.org", school="12", role="=1"),))
    content = render_register_xlsx(register)
    assert render_register_xlsx(register) == content
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Register"]
    assert sheet["C2"].hyperlink is None
    assert sheet["D2"].value == "12"
    assert render_register_xlsx(replace(OPEN, rows=()))


def read_back(content: bytes, name: str) -> tuple[RegisterEntry, ...]:
    """The rows of a file, with their ids and marks alone."""
    return tuple(replace(entry, teacher="", school="", others=()) for entry in parse_register(content, name).entries)


def entries(*rows: tuple[str, str, str]) -> tuple[RegisterEntry, ...]:
    return tuple(RegisterEntry(number, *row) for number, row in enumerate(rows, 2))


@pytest.mark.parametrize("name", ["register.csv", "REGISTER.CSV", "a.b.csv"])
def test_our_own_csv_reads_back(name: str) -> None:
    assert read_back(render_register_csv(OPEN), name) == entries(
        ("900100/1", "B101", ""), ("900100/1", "B102", ""), ("900100/1", "W1", "present")
    )


def test_our_own_workbook_reads_back_as_the_csv_does() -> None:
    from_workbook = read_back(render_register_xlsx(CLOSED), "r.xlsx")
    assert from_workbook == read_back(render_register_csv(CLOSED), "r.csv")


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
BEGINNINGS = st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "B"])
REFERENCES = st.tuples(BEGINNINGS, st.from_regex(r"[\w,;\"'/-]{1,9}", fullmatch=True)).map("".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(REFERENCES, CELLS, st.sampled_from(["", "present", "left-early"])), max_size=4), REFERENCES)
def test_what_is_written_is_what_is_read(rows: Sequence[tuple[str, str, str]], workshop_id: str) -> None:
    register = replace(
        OPEN,
        workshop_id=workshop_id,
        rows=tuple(
            replace(ROW, booking_ref=reference, teacher=text, school=text, notice=text, attendance=attendance)
            for reference, text, attendance in rows
        ),
    )
    wanted = entries(*((workshop_id, reference, attendance) for reference, _, attendance in rows))
    assert read_back(render_register_csv(register), "r.csv") == wanted
    assert read_back(render_register_xlsx(register), "r.xlsx") == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_saved_by_other_programs_are_read(encoding: str, delimiter: str) -> None:
    text = "Attendance;x; BOOKING_REF ;Workshop_ID\r\n Left-Early ;M\u2019s;'=B1;900\r\n;;;\r\nAbsent;x;B2;900\r\n"
    content = text.replace(";", delimiter).encode(encoding)
    assert read_back(content, "r.csv") == (
        RegisterEntry(2, "900", "=B1", "left-early"),
        RegisterEntry(4, "900", "B2", "absent"),
    )


def test_a_row_that_ends_early_has_nothing_to_say_in_the_rest() -> None:
    content = b"workshop_id,booking_ref,attendance\n900,B1\n\n900\n"
    assert read_back(content, "r.csv") == (RegisterEntry(2, "900", "B1", ""), RegisterEntry(4, "900", "", ""))


def workbook_of(*sheets: Sequence[Sequence[object]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(list(row))
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def test_a_workbook_may_have_other_sheets_before_the_register_and_numbers_for_ids() -> None:
    register: list[list[object]] = [
        ["note", "attendance", "workshop_id", "booking_ref"],
        [None, "late", 110059411234.0, "B1"],
        [1, None, 900, "B2"],
    ]
    content = workbook_of([["How to"], ["read"]], register)
    assert read_back(content, "r.xlsx") == entries(("110059411234", "B1", "late"), ("900", "B2", ""))


@pytest.mark.parametrize("number", [1e20, 12345678901234567, 1e15])
def test_of_a_number_that_the_spreadsheet_rounded_only_what_it_knows_is_read(number: float) -> None:
    content = workbook_of([["workshop_id", "booking_ref", "attendance"], [number, "B1", None]])
    assert "E+" in read_back(content, "r.xlsx")[0].workshop_id


def test_what_other_programs_make_of_a_cell_is_read_as_text() -> None:
    day = datetime(2020, 6, 23)  # noqa: DTZ001 - as a spreadsheet has it
    rows: list[list[object]] = [
        ["workshop_id", "booking_ref", "attendance"],
        [900.5, day, True],
        [900, "B2", 1.0],
        [901, "B3", False],
    ]
    assert read_back(workbook_of(rows), "r.xlsx") == entries(
        ("900.5", "2020-06-23 00:00:00", "true"), ("900", "B2", "1"), ("901", "B3", "false")
    )


@pytest.mark.parametrize("above", ["", "sep=,\r\n", "Please fill in; all, of it\r\n\r\nThank you\r\n", ",,,,\r\n"])
@pytest.mark.parametrize("header", ["workshop_id,booking_ref,attendance", "Workshop ID, Booking-Ref ,ATTENDANCE"])
def test_other_rows_may_stand_above_the_header_and_its_names_be_written_otherwise(above: str, header: str) -> None:
    content = f"{above}{header}\r\n900,B1,late\r\n".encode()
    expected = RegisterEntry(2 + above.count("\n"), "900", "B1", "late")
    assert read_back(content, "r.csv") == (expected,)
    sheet = [line.split(",") for line in content.decode().splitlines()]
    assert read_back(workbook_of(sheet), "r.xlsx") == (expected,)


def test_a_header_far_down_is_none() -> None:
    content = b"x\n" * 20 + b"workshop_id,booking_ref,attendance\n900,B1,late\n"
    with pytest.raises(UsageError, match="no column workshop_id"):
        read_back(content, "r.csv")


@pytest.mark.parametrize("name", ["r.tsv", "r.txt"])
def test_text_files_of_other_endings_are_read(name: str) -> None:
    content = "workshop_id\tbooking_ref\tattendance\r\n900\tB1\tlate\r\n".encode("utf-16")
    assert read_back(content, name) == entries(("900", "B1", "late"))


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "r.csv", "no column workshop_id, booking_ref, attendance"),
        (b"workshop_id,teacher,attendance\n1,2,3\n", "r.csv", "no column booking_ref"),
        (b"workshop_id,booking_ref,attendance,attendance\n", "r.csv", "two columns attendance"),
        (b"x", "r.pdf", "r.pdf is neither a .csv nor an .xlsx file"),
        (b"x", "register", "neither"),
        (b"not a workbook", "r.xlsx", "cannot be read as a spreadsheet"),
        (b"\xff\xfeodd", "r.csv", "cannot be read"),
        (b'"' + b"x" * 200_000, "r.csv", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(content: bytes, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_back(content, name)


def test_a_workbook_with_damaged_sheets_is_refused() -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(render_register_xlsx(OPEN))) as source, zipfile.ZipFile(output, "w") as damaged:
        for name in source.namelist():
            damaged.writestr(name, b"<broken" if name.endswith("sheet1.xml") else source.read(name))
    with pytest.raises(UsageError, match="cannot be read"):
        read_back(output.getvalue(), "r.xlsx")

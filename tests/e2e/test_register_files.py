"""A register goes out, is filled in by whoever has whatever program, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import openpyxl
import pytest

from tests.e2e.register_day import Day, begin_register_day
from tests.hub import Hub


@pytest.fixture
def day(hub: Hub) -> Day:
    return begin_register_day(hub)


def test_an_import_says_what_is_new_known_empty_and_not_in_the_file(day: Day) -> None:
    name = day.write([row for row in day.filled(**{day.bob: "Left early"}) if row["booking_ref"] != day.cat])
    lists = {
        "matched": [{"row": 3, "booking_id": day.bob, "attendance": "left-early"}],
        "unchanged": [{"row": 2, "booking_id": day.ann, "attendance": "present"}],
        "corrected_since": [],
        "left_empty": [],
        "unmatched": [day.cat],
    }
    assert day.bring_back(name, "--dry-run") == {"fact_ids": [], **lists}
    dry = day.hub.do("attendance", "import", "fractions", name, "--dry-run")
    assert dry.out.splitlines()[0].split() == ["row", "attendance", "teacher", "school", "booking"]
    assert dry.out.splitlines()[1].split() == ["3", "left-early", "Bob", "Baker", "Ash", "Lane", "Primary", day.bob]
    done = day.hub.do("attendance", "import", "fractions", name)
    said = " ".join(done.out.split())
    assert said.startswith("Bob Baker, Ash Lane Primary: left early. Nothing is charged: the teacher attended.")
    assert done.out.splitlines()[-1] == f"fact {done.facts[0]}"
    assert done.err.splitlines()[-4:] == [
        "1 mark was recorded; 1 unchanged, 0 left empty, 1 expected but not in the file.",
        f"Matched: {day.bob} left-early",
        f"Unchanged: {day.ann}",
        f"Expected but not in the file: {day.cat}",
    ]
    assert "1 mark would be recorded" in dry.err
    again = day.bring_back(name)
    assert (again["fact_ids"], again["matched"], len(again["unchanged"])) == ([], [], 2)


def test_an_old_file_never_undoes_a_correction(day: Day) -> None:
    name = day.write(day.filled(**{day.bob: "absent"}))
    assert len(day.bring_back(name)["fact_ids"]) == 1
    day.hub.do("attendance", "mark", "fractions", day.bob, "present")
    again = day.bring_back(name)
    assert (len(again["fact_ids"]), [row["booking_id"] for row in again["corrected_since"]]) == (1, [day.bob])
    told = day.hub.do("attendance", "import", "fractions", name)
    assert (told.facts, f"{day.bob} absent" in told.err) == ([], True)
    day.hub.do("attendance", "close", "fractions", "--rest-absent")
    assert day.hub.decisions("fractions")[day.bob][0] == "attended"


@pytest.mark.parametrize(("answer", "outcome"), [("present", "attended"), ("absent", "charge")])
def test_a_file_that_says_somebody_came_whom_a_lead_corrected_to_absent_is_a_question(
    day: Day, answer: str, outcome: str
) -> None:
    hub, name = day.hub, day.write(day.filled(**{day.bob: "present"}))
    day.bring_back(name)
    hub.do("attendance", "mark", "fractions", day.bob, "absent")
    told = hub.do("attendance", "import", "fractions", name)
    assert (len(told.facts), "Contradicts a correction" in told.err, f"{day.bob} present" in told.err) == (
        1,
        True,
        True,
    )
    assert hub.do("attendance", "import", "fractions", name).facts == []
    assert {row["booking_ref"]: row["attendance"] for row in day.rows()}[day.bob] == "absent"
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--rest-absent")
    assert hub.decisions("fractions")[day.bob] == ("review", "attendance_conflict")
    hub.do("review", "decide", "fractions", day.bob, answer)
    assert hub.decisions("fractions")[day.bob][0] == outcome


def test_a_mark_made_after_a_file_that_contradicted_settles_it(day: Day) -> None:
    hub, name = day.hub, day.write(day.filled(**{day.bob: "present"}))
    day.bring_back(name)
    hub.do("attendance", "mark", "fractions", day.bob, "absent")
    day.bring_back(name)
    hub.do("attendance", "mark", "fractions", day.bob, "absent")
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--rest-absent")
    assert hub.decisions("fractions")[day.bob] == ("charge", "no_show")


def test_a_file_that_says_somebody_came_counts_where_the_mark_was_only_taken_back(day: Day) -> None:
    hub, name = day.hub, day.write(day.filled(**{day.bob: "present"}))
    day.bring_back(name)
    hub.do("attendance", "mark", "fractions", day.bob, "unmarked")
    assert [row["booking_id"] for row in day.bring_back(name)["matched"]] == [day.bob]


def test_a_mark_for_a_booking_made_after_the_start_says_what_it_counts_for(day: Day) -> None:
    late = day.hub.book(day.event, "Lou Late")
    day.hub.at("2019-11-05 10:40")
    day.hub.sync()
    done = day.hub.do("attendance", "mark", "fractions", day.bob, late, "present")
    assert len(done.facts) == 2
    assert f"{late}: booked after the start" in done.err
    assert day.bob not in done.err


def test_an_empty_cell_says_nothing_and_no_message_names_anybody(day: Day) -> None:
    done = day.hub.do("attendance", "import", "fractions", day.write(day.rows()))
    assert done.facts == []
    assert f"Left empty: {day.bob}, {day.cat}" in done.err
    for name in ("Ann", "Bob", "Baker", "Elm", "Ash"):
        assert name not in done.err + done.out


def test_columns_may_be_moved_added_and_renamed_and_rows_put_between(day: Day) -> None:
    rows = day.filled(**{day.bob: " Yes ", day.cat: "No show"})
    moved = ["notes", "attendance", "teacher", "booking_ref", "date", "workshop_id"]
    text = (day.hub.folder / day.write(rows[::-1], moved)).read_text(encoding="utf-8")
    header, *lines = text.splitlines()
    lines = ["Please, fill in; thank you", "", header.upper().replace("_", " "), "", lines[0], ",,,,,", *lines[1:]]
    (day.hub.folder / "moved.csv").write_text("\n".join(lines), encoding="utf-8")
    assert [(row["row"], row["attendance"]) for row in day.bring_back("moved.csv")["matched"]] == [
        (5, "absent"),
        (7, "present"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_files_of_other_programs_come_back(day: Day, encoding: str, delimiter: str) -> None:
    text = (day.hub.folder / day.write(day.filled(**{day.bob: "p"}))).read_text(encoding="utf-8")
    (day.hub.folder / "saved.csv").write_bytes(text.replace(",", delimiter).encode(encoding))
    assert [row["booking_id"] for row in day.bring_back("saved.csv")["matched"]] == [day.bob]


def test_numbers_booleans_and_dates_of_a_workbook_come_back(day: Day) -> None:
    day.hub.do("register", "fractions", "--format", "xlsx", "-o", "register.xlsx")
    book = openpyxl.load_workbook(day.hub.folder / "register.xlsx")
    book.create_sheet("Mine", 0).append(["something", "else"])
    sheet = book["Register"]
    for row in range(2, 5):
        sheet.cell(row, 1).value = float(day.event)
        sheet.cell(row, 7).value = True
        sheet.cell(row, 8).value = date(2019, 11, 5)
    sheet.cell(3, 2).value = float(day.bob[1:])
    book.save(day.hub.folder / "numbers.xlsx")
    assert [row["booking_id"] for row in day.bring_back("numbers.xlsx")["matched"]] == [day.bob, day.cat]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("workshop_id", "1.1E+12", "has a workshop_id that a spreadsheet has rounded"),
        ("workshop_id", "12-Jan", "has a workshop_id that a spreadsheet has turned into a date"),
        ("workshop_id", "#######", "has a workshop_id that a spreadsheet has written as ####"),
        ("workshop_id", "1234567890123450000", "has a workshop_id that a spreadsheet has cut after 15 digits"),
        ("workshop_id", "", "has no workshop_id"),
        ("booking_ref", "1.10059E+11", "has a booking_ref that a spreadsheet has rounded"),
        ("booking_ref", "1/12/2019", "has a booking_ref that a spreadsheet has turned into a date"),
        ("booking_ref", "1234567890123450000", "has a booking_ref that a spreadsheet has cut"),
        (
            "booking_ref",
            "",
            "has no booking_ref; whoever is not on the list is recorded by `ebsync attendance walk-in`",
        ),
        ("booking_ref", "Sam Sample", "has a booking that is not here: (no id)"),
        ("attendance", "A", "has an attendance that is none of present, late"),
    ],
)
def test_a_row_that_cannot_be_told_is_refused_and_nothing_is_recorded(
    day: Day, column: str, cell: str, message: str
) -> None:
    rows = day.filled(**{day.bob: "late", day.cat: "late"})
    rows[1][column] = cell
    refusal = day.hub.refused("attendance", "import", "fractions", day.write(rows))
    assert f"row 3 {message}" in refusal
    assert "Sam" not in refusal
    assert [row["attendance"] for row in day.rows()] == ["present", "", ""]


@pytest.mark.parametrize(
    "change", [str.lower, "{}.0".format, "'{}".format, lambda cell: cell[1:], lambda cell: f"{int(cell[1:]):,}"]
)
def test_an_id_that_can_still_be_told_is_taken(day: Day, change: Callable[[str], str]) -> None:
    rows = day.filled(**{day.bob: "late"})
    rows[1]["booking_ref"] = change(rows[1]["booking_ref"])
    rows[1]["workshop_id"] += ".0"
    assert [row["booking_id"] for row in day.bring_back(day.write(rows))["matched"]] == [day.bob]


def test_rows_with_the_same_fault_are_told_together_and_many_faults_are_cut_short(day: Day) -> None:
    rows = day.rows()
    for row in rows:
        row["workshop_id"] = "1.1E+12"
    refusal = day.hub.refused("attendance", "import", "fractions", day.write([*rows, rows[0]]))
    assert (
        "each of row 2, row 3, row 4, row 5 has a workshop_id that a spreadsheet has rounded. Fill in the .xlsx"
        in refusal
    )
    strangers = [{**day.rows()[0], "booking_ref": f"B{number}"} for number in range(13)]
    for row in rows * 4:
        row["workshop_id"] = "12-Jan"
    refusal = day.hub.refused("attendance", "import", "fractions", day.write(rows * 4))
    assert "row 11 and 2 more has a workshop_id that a spreadsheet has turned into a date." in refusal
    refusal = day.hub.refused("attendance", "import", "fractions", day.write(strangers))
    assert "row 11 has a booking that is not here: B9; and 3 more." in refusal


def test_two_rows_for_one_booking_may_agree_but_not_differ(day: Day) -> None:
    rows = day.filled(**{day.bob: "late", day.cat: ""})
    bob = rows[1]
    twice = [{**bob, "attendance": ""}, *rows, {**bob, "attendance": "Late"}]
    assert [(row["row"], row["booking_id"]) for row in day.bring_back(day.write(twice))["matched"]] == [(4, day.bob)]
    twice.append({**bob, "attendance": "absent"})
    refusal = day.hub.refused("attendance", "import", "fractions", day.write(twice))
    assert f"row 7 says absent of {day.bob}, and row 4 late" in refusal


def test_a_walk_in_on_the_list_cannot_have_been_absent(day: Day) -> None:
    day.hub.do("attendance", "walk-in", "fractions", "--name", "Sam Sample", "--school", "Ash Lane Primary")
    refusal = day.hub.refused("attendance", "import", "fractions", day.write(day.filled(W1="absent")))
    assert "says that W1 was absent, who walked in" in refusal
    assert [row["booking_id"] for row in day.bring_back(day.write(day.rows()))["unchanged"]] == [day.ann, "W1"]

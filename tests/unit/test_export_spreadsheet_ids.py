"""Ids as spreadsheets leave them: repaired where they can have been one only, else known for damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.export import damage_to, repair_id


@pytest.mark.parametrize(
    "cell",
    ["B110", "b110", "'B110", " B110 ", "B110.0", "B110,00", "'b110.0"],
)
def test_an_id_that_can_have_been_one_only_is_repaired(cell: str) -> None:
    assert repair_id(cell) == "B110"


@pytest.mark.parametrize("cell", ["1100594112.0", "1,100,594,112", "1 100 594 112", "1\N{NO-BREAK SPACE}100,594,112"])
def test_a_number_that_is_whole_is_the_id(cell: str) -> None:
    assert repair_id(cell) == "1100594112"


@given(st.from_regex(r"[BW]?[0-9]{1,13}([/-][0-9]{1,2})?", fullmatch=True))
def test_an_id_that_no_spreadsheet_touched_stays_as_it_is(cell: str) -> None:
    assert repair_id(cell) == cell


@pytest.mark.parametrize(
    ("cell", "damage"),
    [
        ("1.1E+12", "rounded"),
        ("1,10059e+11", "rounded"),
        ("B1.1E+10", "rounded"),
        ("1234567890123450000", "cut"),
        ("2020-12-01 00:00:00", "date"),
        ("2020-12-01", "date"),
        ("01/12/2020", "date"),
        ("1.12.20", "date"),
        ("12-Jan", "date"),
        ("01-January-2020", "date"),
        ("Jan-94", "date"),
        ("Jan 12, 2020", "date"),
        ("#NAME?", "error"),
        ("#REF!", "error"),
        ("#N/A", "error"),
        ("########", "narrow"),
    ],
)
def test_what_a_spreadsheet_has_done_to_an_id_is_known(cell: str, damage: str) -> None:
    assert damage in (damage_to(cell) or "")


@pytest.mark.parametrize(
    "cell", ["", "1100594112", "B1100594112-1", "900100/1", "123456789012345678", "Rowan Ash", "110.5"]
)
def test_other_cells_are_not_blamed_on_a_spreadsheet(cell: str) -> None:
    assert damage_to(cell) is None

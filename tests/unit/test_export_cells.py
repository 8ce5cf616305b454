"""Cells that no spreadsheet executes, and amounts and instants as they are printed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.export.cells import neutralise, restore
from eb_sync.export.formats import format_date, format_decimal, format_instant, format_pounds, format_times, local_date

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
TEXTS = st.text() | st.tuples(st.sampled_from(["", "'", "''"]), st.sampled_from(DANGEROUS), st.text()).map("".join)


@given(TEXTS)
def test_a_neutralised_text_reads_back_exactly(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(TEXTS)
def test_no_neutralised_cell_begins_like_a_formula(text: str) -> None:
    assert not neutralise(text).startswith(DANGEROUS)


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe62", "\ufe63", "\ufe66", "\ufe6b"]
)
@pytest.mark.parametrize(
    "before", ["", "\u200b", "\ufeff", "\u200b\ufeff\u2060", "\u202e", "\xad", " ", "\xa0", "\u3000", "\x00", "\n"]
)
def test_a_formula_behind_what_is_not_seen_is_neutralised_and_read_back(before: str, sign: str) -> None:
    text = f"{before}{sign}HYPERLINK(1)"
    assert neutralise(text) == f"'{text}"
    assert restore(neutralise(text)) == text
    assert restore(restore(neutralise(neutralise(text)))) == text


@pytest.mark.parametrize(
    "text",
    ["\u200bAnn", " Ann", "\ufeff", "\N{EN DASH} Ann", "", "St Osyth's", "'tis", "a=b", "B1100594112-1", "O'Hara"],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert neutralise(text) == text
    assert restore(text) == text


@pytest.mark.parametrize(
    ("pence", "printed", "filed"),
    [
        (5000, "£50.00", "50.00"),
        (0, "£0.00", "0.00"),
        (-5000, "\N{MINUS SIGN}£50.00", "-50.00"),
        (-5, "\N{MINUS SIGN}£0.05", "-0.05"),
        (123456789, "£1,234,567.89", "1234567.89"),
    ],
)
def test_amounts_are_exact_in_print_and_in_files(pence: int, printed: str, filed: str) -> None:
    assert format_pounds(pence) == printed
    assert format_decimal(pence) == filed


def test_instants_are_printed_in_local_time_in_winter_and_summer() -> None:
    assert format_instant(datetime(2019, 11, 4, 10, 0, tzinfo=UTC)) == "Mon 4 Nov 2019, 10:00"
    assert format_instant(datetime(2020, 6, 22, 9, 0, 59, tzinfo=UTC)) == "Mon 22 Jun 2020, 10:00"


def test_an_end_on_another_day_is_printed_with_its_date() -> None:
    starts_at = datetime(2019, 11, 5, 10, tzinfo=UTC)
    assert format_times(starts_at, datetime(2019, 11, 5, 15, tzinfo=UTC)) == "Tue 5 Nov 2019, 10:00 to 15:00"
    assert (
        format_times(starts_at, datetime(2019, 11, 6, 15, tzinfo=UTC))
        == "Tue 5 Nov 2019, 10:00 to Wed 6 Nov 2019, 15:00"
    )


def test_the_local_date_of_a_summer_evening_is_not_the_utc_date() -> None:
    assert local_date(datetime(2020, 6, 22, 23, 30, tzinfo=UTC)) == date(2020, 6, 23)
    assert format_date(date(2020, 6, 3)) == "3 June 2020"

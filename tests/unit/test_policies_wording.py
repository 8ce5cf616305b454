"""Amounts as every surface writes them."""

from __future__ import annotations

from eb_sync.export.formats import format_decimal, format_pounds
from policies.wording import pounds, short_pounds


def test_an_amount_has_two_decimals_and_a_comma_between_thousands() -> None:
    assert [pounds(pence) for pence in (0, 5, 5000, 123_456_789, -105_000)] == [
        "£0.00",
        "£0.05",
        "£50.00",
        "£1,234,567.89",
        "-£1,050.00",
    ]
    assert format_pounds(-105_000) == "\N{MINUS SIGN}£1,050.00"
    assert format_decimal(-105_000) == "-1050.00"


def test_a_sentence_leaves_out_pence_where_there_are_none() -> None:
    assert [short_pounds(pence) for pence in (5000, 1250, 150_000)] == ["£50", "£12.50", "£1,500"]
    assert short_pounds(150_000, thousands="") == "£1500"

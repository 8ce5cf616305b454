"""Numbers of documents as people type them."""

from __future__ import annotations

import pytest

from eb_sync.model.document_numbers import complete_number


@pytest.mark.parametrize("typed", ["INV-000003", "INV-3", "inv3", " inv 3 ", "Inv-03"])
def test_a_short_number_is_understood(typed: str) -> None:
    assert complete_number(typed) == "INV-000003"


@pytest.mark.parametrize(
    "typed", ["", "INV", "INV-0", "3", "INV-3/1", "INV-3x", "INVOICE-3", "fractions", "INV-1234567890"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert complete_number(typed) is None


def test_credit_notes_have_a_series_of_their_own() -> None:
    assert complete_number("cn-12") == "CN-000012"

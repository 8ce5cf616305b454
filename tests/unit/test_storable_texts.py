"""Text from outside is made fit to be kept for its whole class, at once and for good."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eb_sync.model.texts import LONGEST, is_cut, storable

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Bob \ud83d", "Bob \ufffd"),
        ("Łukasz Ólafur-O\u2019Neil", "Łukasz Ólafur-O\u2019Neil"),
        ("Ann\0 Archer", "Ann Archer"),
        ("Ann\tArcher\r\n", "Ann Archer"),
        ("\x1b[31mAnn\x1b[0m Archer\x1b]0;owned\x07", "Ann Archer"),
        ("Ann \x1bArcher\x9b", "Ann Archer"),
        ("Ann \u202erehcrA\u202c\u200f", "Ann rehcrA"),
        ("Ash\u2028Lane\u200b \ufeffPrimary", "Ash Lane Primary"),
        ("\u0645\u06cc\u200c\u062e 👩\u200d🏫", "\u0645\u06cc\u200c\u062e 👩\u200d🏫"),
        ("\uffff\ufdd0", "\ufffd\ufffd"),
        ("\x07\u2066", ""),
    ],
)
def test_what_leads_a_terminal_or_a_database_astray_goes_and_what_is_spelling_stays(typed: str, kept: str) -> None:
    assert storable(typed) == kept


def test_a_text_of_more_than_2000_characters_is_cut_and_says_so() -> None:
    assert storable("x" * LONGEST) == "x" * LONGEST
    assert not is_cut("x" * LONGEST)
    kept = storable("x" * (LONGEST + 1))
    assert (len(kept), kept[-2:], is_cut(kept)) == (LONGEST, "x…", True)


@given(ANY_TEXT)
def test_whatever_is_typed_can_be_kept_and_stays_as_it_is_from_then_on(typed: str) -> None:
    kept = storable(typed)
    assert storable(kept) == kept
    assert kept.encode().decode() == kept
    assert not [character for character in kept if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}]

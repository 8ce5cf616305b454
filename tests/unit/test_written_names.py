"""When a name in a file that came back is the name that went out."""

from __future__ import annotations

import pytest

from eb_sync.recording.written_names import is_same_name, is_same_school


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("ann archer", "Ann Archer"),
        ("Archer,  Ann", "Ann Archer"),
        ("Mrs Ann Archer", "Ann Archer"),
        ("Ann Archer", "Dr. Ann Archer"),
        ("Zoe O'Neill", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} O\N{RIGHT SINGLE QUOTATION MARK}Neill"),
        ("Mary Ann Lea", "Mary-Ann Lea"),
        ("Maryann Lea", "Mary Ann Lea"),
        ("Zo\N{LATIN CAPITAL LETTER A WITH TILDE}\N{DIAERESIS} Lea", "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} Lea"),
        ("Ma?gosia Lea", "Małgosia Lea"),
        ("??? Lea", "李小龙 Lea"),
        ("Søren Whit", "Soren Whit"),
        ("Mx", "Mx"),
    ],
)
def test_a_name_that_programs_and_people_write_otherwise_is_the_same(written: str, known: str) -> None:
    assert is_same_name(written, known)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Anne Archer", "Ann Archer"),
        ("A. Archer", "Ann Archer"),
        ("A?n Archer", "Ann Archer"),
        ("? Archer", "Ann Archer"),
        ("Ann", "Ann Archer"),
        ("Bob Baker", ""),
    ],
)
def test_a_name_that_could_be_another_persons_is_not(written: str, known: str) -> None:
    assert not is_same_name(written, known)


@pytest.mark.parametrize(
    ("written", "known", "same"),
    [
        ("Sallowfield Primary School", "sallowfield primary sch.", True),
        ("St Mary's CofE Primary", "St. Mary's Church of England Primary School", True),
        ("Ash Lane Infant School", "Ash Lane Junior School", False),
        ("Elm Nursery", "Ash Lane Primary", False),
    ],
)
def test_a_school_spelt_out_is_the_same_and_another_phase_is_not(written: str, known: str, *, same: bool) -> None:
    assert is_same_school(written, known) is same

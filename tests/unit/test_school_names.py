"""What the names of schools say, and where they cannot be one school's."""

from __future__ import annotations

import pytest

from eb_sync.schools.names import read_name, share_matched, spell_out


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St. Joseph's R.C. Primary", "Saint Josephs Catholic Primary"),
        ("Holy Trinity CE VA Prim Sch", "Holy Trinity C of E Primary School"),
        ("Holy Trinity CofE (VC) Primary School", "HOLY TRINITY CHURCH OF ENGLAND PRIMARY SCHOOL"),
        ("Larkmoor & Ash Infants", "Larkmoor and Ash Infant"),
        ("Larkmoor C.P. School", "Larkmoor Primary School"),
        ("Écôle Française", "ecole francaise"),
    ],
)
def test_usual_abbreviations_are_one_spelling(one: str, other: str) -> None:
    assert spell_out(one) == spell_out(other)


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("Ash Infant School", "Ash Junior School", True),
        ("Ash Boys", "Ash Girls' School", True),
        ("Ash College 2", "Ash College 3", True),
        ("St Mary's C of E", "St Mary's RC", True),
        ("Ash Nursery", "Ash Primary", True),
        ("Ash JMI School", "Ash Primary School", False),
        ("Ash School", "Ash Junior School", False),
        ("Ash College", "Ash College 3", False),
        ("Ash High School", "Ash Secondary School", False),
        ("Ash Infant and Nursery School", "Ash Nursery School", True),
    ],
)
def test_what_contradicts_itself_is_not_one_school(one: str, other: str, *, contradict: bool) -> None:
    assert read_name(one).contradicts(read_name(other)) is contradict
    assert read_name(other).contradicts(read_name(one)) is contradict


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("The Ash Lane Community Primary School", {"ash", "lane"}),
        ("St Joseph's Catholic Primary School", {"josephs"}),
        ("Ysgol Gymraeg Bryn-y-Môr", {"ysgol", "gymraeg", "bryn", "y", "mor"}),
        ("Primary School", set()),
        ("", set()),
    ],
)
def test_places_and_saints_tell_and_kinds_of_school_do_not(name: str, telling: set[str]) -> None:
    assert read_name(name).telling == telling


@pytest.mark.parametrize(
    ("word", "other", "near"),
    [
        ("larkmoor", "larkmore", True),
        ("larkmoor", "larkmoor", True),
        ("aldbury", "albury", True),
        ("ash", "oak", False),
        ("ash", "ask", False),
        ("newtown", "brewton", False),
    ],
)
def test_a_long_word_may_have_a_mistake_and_a_short_one_none(word: str, other: str, *, near: bool) -> None:
    assert share_matched({word}, {other}) == (1.0 if near else 0.0)


def test_no_words_are_all_there() -> None:
    assert share_matched(frozenset(), {"ash"}) == 1.0
    assert share_matched({"ash", "larkmoor"}, {"ash"}) == 0.5

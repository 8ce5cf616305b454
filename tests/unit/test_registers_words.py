"""What people type for attendance: what can mean one thing is taken, what cannot is refused."""

from __future__ import annotations

import pytest

from eb_sync.recording.typed_marks import read_mark
from policies.facts import Mark


@pytest.mark.parametrize("mark", [mark for mark in Mark if mark is not Mark.UNMARKED])
def test_our_own_words_are_understood_however_they_are_written(mark: Mark) -> None:
    word = mark.value
    for typed in (word, word.upper(), f" {word}. ", word.replace("-", " "), word.replace("-", "_"), f"({word})"):
        assert read_mark(typed) is mark


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("P", Mark.PRESENT),
        ("yes", Mark.PRESENT),
        ("TRUE", Mark.PRESENT),
        ("1", Mark.PRESENT),
        ("\N{CHECK MARK}", Mark.PRESENT),
        ("\N{HEAVY CHECK MARK}\N{VARIATION SELECTOR-16}", Mark.PRESENT),
        ("Present (late)", Mark.LATE),
        ("left  Early", Mark.LEFT_EARLY),
        ("absent\N{NO-BREAK SPACE}", Mark.ABSENT),
        ("No-Show", Mark.ABSENT),
        ("did not attend", Mark.ABSENT),
        ("N", Mark.ABSENT),
    ],
)
def test_other_words_that_can_mean_one_thing_are_understood(typed: str, mark: Mark) -> None:
    assert read_mark(typed) is mark


@pytest.mark.parametrize(
    "typed", ["", "A", "x", "L", "0", "FALSE", "?", "-", "n/a", "absent?", "unmarked", "cancelled"]
)
def test_what_could_mean_several_things_means_nothing(typed: str) -> None:
    assert read_mark(typed) is None

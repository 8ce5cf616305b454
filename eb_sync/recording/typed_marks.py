"""Words for attendance as people type them."""

from __future__ import annotations

import re

from policies.facts import Mark

_TYPED = {
    Mark.PRESENT: ("present", "p", "yes", "y", "true", "1", "attended", "came", "here", "\N{CHECK MARK}"),
    Mark.LATE: ("late", "arrived late", "came late", "present late"),
    Mark.LEFT_EARLY: ("left early", "leftearly", "went early"),
    Mark.TURNED_AWAY: ("turned away", "turnedaway"),
    Mark.ABSENT: ("absent", "no", "n", "not present", "not attended", "did not attend", "did not come", "no show"),
}
"""Only what can mean one thing: nobody is absent because of a sign that could mean something else.

So these are refused: `A` (absent, attended, apologies?), `x` (a cross or a tick?), `L` (late, left?), and `0` and
`FALSE`, which a tick box says before anybody has used it.
"""
_MARKS = {word: mark for mark, words in _TYPED.items() for word in words}
_ANSWERS = frozenset({"p", "yes", "y", "true", "1", "no", "n", "here", "\N{CHECK MARK}"})
_BETWEEN = re.compile(r"[\s_,.()!\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{VARIATION SELECTOR-16}-]+")


def read_mark(typed: str) -> Mark | None:
    """The mark that somebody means; None: it cannot be told.

    Capitals, blanks, hyphens, brackets and full stops do not matter.
    """
    return _MARKS.get(_plain(typed))


def is_mark_word(typed: str) -> bool:
    """Whether somebody means a mark wherever it stands; "yes", "1" or a tick may answer any other question too."""
    return _plain(typed) in _MARKS and _plain(typed) not in _ANSWERS


def _plain(typed: str) -> str:
    plain = " ".join(_BETWEEN.split(typed.casefold())).strip()
    return plain.replace("\N{HEAVY CHECK MARK}", "\N{CHECK MARK}")

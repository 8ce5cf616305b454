"""When two names may mean one school: what the words of a name say, and where they contradict each other.

Church and legal abbreviations, "the" and "school" say nothing about which school is meant. Phases, boys and girls,
numbers and names of places do: they are never left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from eb_sync.model.names import normalise_name

_SPELT = (
    (r"church of england|c of e|c o e|cofe|c e|ce", "coe"),
    (r"roman catholic|r c|rc|catholic", "catholic"),
    (r"saints?|ss|st", "st"),
    (r"voluntary (?:aided|controlled)|v a|v c|va|vc|vaided", " "),
    (r"county primary|c p|cp", "primary"),
    (r"junior mixed and infants?|j m i|jmi", "infant junior"),
    (r"pri|prim", "primary"),
    (r"inf|infants", "infant"),
    (r"jun|juniors", "junior"),
    (r"sch|schl", "school"),
    (r"acad", "academy"),
)
_SPELT_WORDS = tuple((re.compile(rf"\b(?:{pattern})\b"), word) for pattern, word in _SPELT)

_PHASES = {
    "infant": "infant",
    "junior": "junior",
    "primary": "primary",
    "nursery": "nursery",
    "first": "first",
    "middle": "middle",
    "lower": "lower",
    "preparatory": "preparatory",
    "prep": "preparatory",
    "secondary": "secondary",
    "high": "secondary",
    "upper": "secondary",
    "grammar": "secondary",
    "comprehensive": "secondary",
    "senior": "secondary",
    "sixth": "sixth",
}
_NURSERY = frozenset({"nursery"})
_FAITHS = frozenset({"coe", "catholic", "methodist", "jewish", "muslim", "islamic", "hindu", "sikh"})
_GENDERS = {"boys": "boys", "girls": "girls", "boy": "boys", "girl": "girls"}
_NOISE = frozenset(
    """
    a all an and at by college community controlled education educational for foundation from in maintained mixed of on
    academy centre form free aided independent learning multi school schools special specialist state st teaching the
    to trust with
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
_OFTEN = ("primary", "school", "academy", "junior", "infant", "nursery", "catholic", "college", "secondary")
"""Kinds of schools that are often mistyped."""
_KNOWN = {word: word for word in (*_PHASES, *_FAITHS, *_GENDERS, *_NOISE)}
_NUMERAL = re.compile(r"\d+|i{1,3}|iv|vi{0,3}")
_SHORT = 4
_LONG = 5
"""A word of so many letters may have one mistake."""
_VERY_LONG = 8
"""... and of so many two."""


@dataclass(frozen=True, slots=True)
class NameWords:
    """What a name says, in parts that may contradict another name's."""

    telling: frozenset[str]
    phases: frozenset[str]
    faiths: frozenset[str]
    genders: frozenset[str]
    numerals: frozenset[str]

    @property
    def kinds(self) -> frozenset[str]:
        """What kind of school it is: phases, faiths, boys or girls."""
        return self.phases | self.faiths | self.genders

    def contradicts(self, other: NameWords) -> bool:
        """Whether the two cannot mean one school: infant and junior, boys and girls, 2 and 3, C of E and Catholic."""
        return _phases_differ(_whole(self.phases), _whole(other.phases)) or any(
            one and two and not one & two
            for one, two in (
                (self.genders, other.genders),
                (self.numerals, other.numerals),
                (self.faiths, other.faiths),
            )
        )


def _phases_differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each has a phase that the other lacks; a nursery by itself is no part of a school with more."""
    if not one or not other:
        return False
    is_nursery_beside_more = (one == _NURSERY) != (other == _NURSERY)
    return is_nursery_beside_more or bool(one - other and other - one)


def _whole(phases: frozenset[str]) -> frozenset[str]:
    """Infant and junior together are a primary school, and neither of two that stand side by side."""
    both = frozenset({"infant", "junior"})
    return phases - both | {"primary"} if both <= phases else phases


@lru_cache(maxsize=200_000)
def read_name(name: str) -> NameWords:
    """Take a name, in any spelling, apart."""
    words = [_KNOWN.get(word) or _correct_kind(word) for word in spell_out(name).split()]
    telling = {word for word in words if not (word in _NOISE or word in _PHASES or word in _FAITHS or word in _GENDERS)}
    numerals = {word for word in telling if _NUMERAL.fullmatch(word)}
    return NameWords(
        telling=frozenset(telling - numerals),
        phases=frozenset(_PHASES[word] for word in words if word in _PHASES),
        faiths=frozenset(word for word in words if word in _FAITHS),
        genders=frozenset(_GENDERS[word] for word in words if word in _GENDERS),
        numerals=frozenset(numerals),
    )


def _correct_kind(word: str) -> str:
    """A mistyped "primary" is no place."""
    return next((kind for kind in _OFTEN if _is_near(word, frozenset({kind}))), word)


@lru_cache(maxsize=200_000)
def spell_out(name: str) -> str:
    """A name for comparing, its usual abbreviations written out one way."""
    text = normalise_name(name)
    for pattern, word in _SPELT_WORDS:
        text = pattern.sub(word, text)
    return " ".join(text.split())


def share_matched(words: AbstractSet[str], among: Iterable[str]) -> float:
    """How many of these words, from 0 to 1, stand among others, small mistakes of typing allowed; 1 for no words."""
    others = frozenset(among)
    if not words:
        return 1.0
    return sum(1 for word in words if word in others or _is_near(word, others)) / len(words)


def _is_near(word: str, others: frozenset[str]) -> bool:
    if len(word) < _SHORT or not word.isalpha():
        return False
    if len(word) < _LONG:  # two letters in the wrong order, and nothing else
        return any(sorted(word) == sorted(other) for other in others)
    allowed = 1 if len(word) < _VERY_LONG else 2
    return any(
        other[:1] == word[:1] and DamerauLevenshtein.distance(word, other, score_cutoff=allowed) <= allowed
        for other in others
    )

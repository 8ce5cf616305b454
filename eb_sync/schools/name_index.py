"""Finding schools of the register by words: those that share the rarest words with what was typed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from eb_sync.model.gias import RegisteredSchool
from eb_sync.schools.evidence import words_about
from eb_sync.schools.names import read_name

_NEAREST = 40
"""Schools that are looked at more closely."""
_SPELLINGS = 3
"""Known words that a mistyped one may be."""
_LIKE = 0.75
"""How much of a mistyped word must be right."""


class NameIndex:
    """The register by the words of its schools' names and places."""

    def __init__(self, schools: Iterable[RegisteredSchool]) -> None:
        """Schools that are closed for good are left out."""
        self._schools: Sequence[RegisteredSchool] = [school for school in schools if not school.is_closed]
        self._having: dict[str, list[int]] = defaultdict(list)
        for number, school in enumerate(self._schools):
            for word in words_about(school) | read_name(school.name).kinds:
                self._having[word].append(number)
        self._words = list(self._having)
        self._known_as: dict[str, Sequence[str]] = {}

    def nearest(self, typed_name: str) -> list[RegisteredSchool]:
        """Schools that share the rarest words, the best first."""
        name = read_name(typed_name)
        scores: dict[int, float] = defaultdict(float)
        spelt = [(word, 1.0) for word in name.kinds if word in self._having]
        spelt += [found for typed in name.telling | name.numerals for found in self._spellings(typed)]
        if not any(word not in name.kinds for word, _ in spelt):
            return []  # a kind of school alone says nothing
        for word, likeness in spelt:
            weight = likeness * math.log(1 + len(self._schools) / len(self._having[word]))
            for number in self._having[word]:
                scores[number] += weight
        best = sorted(scores, key=lambda number: (-scores[number], number))[:_NEAREST]
        return [self._schools[number] for number in best]

    def _spellings(self, typed: str) -> list[tuple[str, float]]:
        if typed in self._having:
            return [(typed, 1.0)]
        scorer = DamerauLevenshtein.normalized_similarity
        found = process.extract(typed, self._words, scorer=scorer, score_cutoff=_LIKE, limit=_SPELLINGS)
        return [(word, likeness) for word, likeness, _ in found]

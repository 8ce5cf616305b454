"""How many messy names are confirmed, wrongly, or suggested: `python tests/bench/bench_matching.py [COUNT] [SEED]`.

Needs the register of schools in ../shared. For each of COUNT schools drawn from it a teacher types a name:

* abbreviated (Prim, Sch, C of E, CE, RC, St., &, Inf, VA) or without "School", each now and then;
* one letter wrong in 15 % of names, all capitals in 15 %, small letters in 10 %;
* with the town, the authority, the trust, "Main Hall" or "Year 3 teacher" behind it in 25 %;
* without one of its words in 15 %: of a pair of infant and junior school often the very word that tells them apart.

35 % type a URN: 8 % of those with a digit wrong, 4 % that of another school of the same authority. Half type a
postcode: 8 % of those another school's of the same authority (where they live), 4 % with a character wrong. 60 % book
from the school's own host, others from a host of the trust or a free one.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.gias import RegisteredSchool
from eb_sync.model.names import is_shared, normalise_name, postcode_key
from eb_sync.recording.school_matches import State, suggest_schools
from eb_sync.schools.evidence import By, confirm_by_rule
from eb_sync.schools.gias import RegisterView
from eb_sync.schools.gias_file import Unreadable, open_register, read_rows
from eb_sync.schools.name_index import NameIndex

REGISTER = Path(__file__).parents[3] / "shared" / "data" / "gias-schools.csv"
SHORTER = (
    ("Church of England", ("C of E", "CofE", "CE", "C.E.")),
    ("CofE", ("C of E", "CE", "Church of England")),
    ("Catholic", ("RC", "R.C.", "Roman Catholic")),
    ("Primary", ("Prim", "Pri", "Primary")),
    ("Infant", ("Infants", "Inf")),
    ("Junior", ("Juniors", "Jun")),
    (" School", (" Sch", "", " school")),
    ("Saint ", ("St ", "St. ")),
    ("St ", ("Saint ", "St. ", "st ")),
    (" and ", (" & ", " and ")),
    ("'", ("", "'", "\u2019")),
    ("Academy", ("Acad", "Academy")),
)


@dataclass
class Typist:
    """Types the names of schools as teachers do."""

    schools: Sequence[RegisteredSchool]
    chance: random.Random

    def __post_init__(self) -> None:
        """Know who is near whom."""
        self.of_la: dict[str, list[RegisteredSchool]] = {}
        for school in self.schools:
            self.of_la.setdefault(school.la_name, []).append(school)

    def type(self, school: RegisteredSchool) -> TypedSchool:
        """What one teacher of a school types."""
        name = self._name(school)
        return TypedSchool(1, normalise_name(name), self._urn(school), name, self._postcode(school), self._host(school))

    def _may(self, share: float) -> bool:
        return self.chance.random() < share

    def _name(self, school: RegisteredSchool) -> str:
        name = school.name
        for long, shorts in SHORTER:
            if long in name and self._may(0.5):
                name = name.replace(long, self.chance.choice(shorts))
        words = name.split()
        if len(words) > 2 and self._may(0.15):
            words.pop(self.chance.randrange(len(words)))
        if self._may(0.15):
            words = self._mistype(words)
        name = " ".join(words)
        if self._may(0.25):
            name += self.chance.choice(
                [f", {school.town}", f" {school.la_name}", f" ({school.trust_name})", " Main Hall", " Year 3 teacher"]
            )
        if self._may(0.15):
            return name.upper()
        return name.lower() if self._may(0.1) else name

    def _mistype(self, words: list[str]) -> list[str]:
        long = [number for number, word in enumerate(words) if len(word) > 3]
        if not long:
            return words
        number = self.chance.choice(long)
        word, at = words[number], self.chance.randrange(1, len(words[number]) - 1)
        mistakes = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + self.chance.choice("aeionrst") + word[at + 1 :],
        )
        return [*words[:number], self.chance.choice(mistakes), *words[number + 1 :]]

    def _urn(self, school: RegisteredSchool) -> str:
        if not self._may(0.35):
            return ""
        if self._may(0.08):
            at = self.chance.randrange(6)
            return school.urn[:at] + self.chance.choice("0123456789") + school.urn[at + 1 :]
        return self._neighbour(school).urn if self._may(0.04) else school.urn

    def _postcode(self, school: RegisteredSchool) -> str:
        if not self._may(0.5):
            return ""
        if self._may(0.08):
            return postcode_key(self._neighbour(school).postcode)
        postcode = postcode_key(school.postcode)
        if postcode and self._may(0.04):
            return postcode[:-1] + self.chance.choice("ABDEFGHJLN")
        return postcode

    def _host(self, school: RegisteredSchool) -> str:
        if self._may(0.6):
            return "" if is_shared(school.website_host) else school.website_host
        siblings = [other for other in self.of_la[school.la_name] if other.trust_uid == school.trust_uid]
        return self.chance.choice(siblings).website_host if school.trust_uid and self._may(0.4) else ""

    def _neighbour(self, school: RegisteredSchool) -> RegisteredSchool:
        return self.chance.choice(self.of_la[school.la_name])


@dataclass
class Outcome:
    """What matching came to."""

    typed: int
    confirmed: Counter[By]
    wrong: Counter[By]
    suggested: int
    among_three: int
    unknown: int
    seconds: float

    @property
    def wrong_share(self) -> float:
        """Wrong among those confirmed by rule."""
        return self.wrong.total() / max(1, self.confirmed.total())


def measure(count: int, seed: int) -> Outcome:
    """Type the names of so many schools and match them."""
    schools = [row for row in read_rows(open_register(REGISTER), Unreadable()) if isinstance(row, RegisteredSchool)]
    view = RegisterView({school.urn: school for school in schools}, is_loaded=True)
    index = NameIndex(schools)
    chance = random.Random(seed)  # noqa: S311 - a draw that can be drawn again
    typist = Typist(schools, chance)
    drawn = [(school, typist.type(school)) for school in chance.choices(schools, k=count)]
    view.at_postcode("")
    view.with_host("")
    outcome = Outcome(count, Counter(), Counter(), 0, 0, 0, 0.0)
    began = time.perf_counter()
    for school, typed in drawn:
        _match(outcome, school, typed, view, index)
    outcome.seconds = time.perf_counter() - began
    return outcome


def _match(
    outcome: Outcome, school: RegisteredSchool, typed: TypedSchool, view: RegisterView, index: NameIndex
) -> None:
    found = confirm_by_rule(typed, view)
    if found is not None:
        outcome.confirmed[found.by] += 1
        outcome.wrong[found.by] += found.urn != school.urn
        return
    match = suggest_schools(typed, view, index, frozenset([school.la_name]))
    if match.state is State.UNKNOWN:
        outcome.unknown += 1
        return
    outcome.suggested += 1
    outcome.among_three += school.urn in {suggestion.urn for suggestion in match.suggestions}


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    result = measure(wanted, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(
        f"{result.typed} typed in {result.seconds:.1f} s, {1000 * result.seconds / result.typed:.2f} s for a thousand"
    )
    for by in By:
        print(f"  confirmed by {by}: {result.confirmed[by]}, wrong {result.wrong[by]}")
    print(f"  confirmed: {result.confirmed.total()}, wrong {result.wrong.total()} ({result.wrong_share:.2%})")
    print(f"  suggested: {result.suggested}, right among three {result.among_three / max(1, result.suggested):.1%}")
    print(f"  unknown: {result.unknown}")

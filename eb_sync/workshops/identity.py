"""Which school a booking's typed name, URN, postcode and e-mail host mean, by the register: pure.

Evidence in this order: a typed URN that is there and whose school may well be called so; a postcode with a name that
only one school there may be called by; the host of a school's own website, with a name that fits. A name by itself only
suggests. What contradicts itself is never confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.register import RegisteredSchool
from eb_sync.workshops.register_view import RegisterView
from eb_sync.workshops.school_names import read_name, share_matched

PLAUSIBLE = 0.5
"""What share of the words on either side the other must have."""


class By(StrEnum):
    """What a school is known, or suggested, by."""

    URN = "urn"
    POSTCODE = "postcode"
    HOST = "host"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a typed name fits a school of the register."""

    contradicts: bool
    typed_share: float
    """Of the telling words typed, those that stand in the school's name, address, authority or trust."""
    name_share: float
    """Of the telling words of the school's name, those that were typed."""
    says_something: bool
    """Whether any telling word was typed."""
    same_kind: bool
    """Whether phases, faiths, boys and girls are those typed."""

    @property
    def is_plausible(self) -> bool:
        """Whether the school may well be meant."""
        enough = self.typed_share >= PLAUSIBLE and self.name_share >= PLAUSIBLE
        return self.says_something and not self.contradicts and enough and self.name_share > 0

    @property
    def score(self) -> float:
        """From 0 to 1, for ranking."""
        share = (self.typed_share + self.name_share) / 2
        return 0.0 if self.contradicts else share if self.same_kind else 0.9 * share


def compare_name(typed_name: str, school: RegisteredSchool) -> Agreement:
    """How well what was typed as the school's name fits a school."""
    typed, known = read_name(typed_name), read_name(school.name)
    in_name = share_matched(known.telling, typed.telling) if known.telling else 0.0
    return Agreement(
        contradicts=typed.contradicts(known),
        typed_share=share_matched(typed.telling, words_about(school)),
        name_share=in_name,
        says_something=bool(typed.telling),
        same_kind=typed.kinds == known.kinds,
    )


@lru_cache(maxsize=100_000)
def words_about(school: RegisteredSchool) -> frozenset[str]:
    """The telling words of a school's name, address, authority and trust."""
    texts = (school.name, *school.address, school.la_name, school.trust_name)
    return frozenset().union(*(read_name(text).telling | read_name(text).numerals for text in texts))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A school that the evidence proves."""

    urn: str
    by: By


def confirm_by_rule(typed: TypedSchool, register: RegisterView) -> Confirmed | None:
    """The school that is proved to be meant; None where a person has to say."""
    named = register.school(typed.urn) if typed.urn else None
    if named is not None and compare_name(typed.name, named).is_plausible:
        return Confirmed(named.urn, By.URN)
    found = _by_postcode(typed, register) or _by_host(typed, register)
    if found is None or (named is not None and not register.are_one(named.urn, found.urn)):
        return None  # another school's URN was typed: a person has to say which of the two it is
    return found


def _by_postcode(typed: TypedSchool, register: RegisterView) -> Confirmed | None:
    there = _plausible(typed, register.at_postcode(typed.postcode)) if typed.postcode else []
    return Confirmed(there[0].urn, By.POSTCODE) if _mean_one(there, register) else None


def _by_host(typed: TypedSchool, register: RegisterView) -> Confirmed | None:
    owners = register.with_host(typed.email_host) if typed.email_host else []
    if not _mean_one(owners, register):
        return None  # nobody's, or shared by several schools
    there = _plausible(typed, owners)
    return Confirmed(there[0].urn, By.HOST) if there else None


def _plausible(typed: TypedSchool, schools: Iterable[RegisteredSchool]) -> list[RegisteredSchool]:
    return [school for school in schools if compare_name(typed.name, school).is_plausible]


def _mean_one(schools: Sequence[RegisteredSchool], register: RegisterView) -> bool:
    """Whether these are one school, under one number or under successive ones, and it is not closed for good."""
    if not schools or any(not register.are_one(schools[0].urn, other.urn) for other in schools[1:]):
        return False
    return any(not school.is_closed for school in schools)

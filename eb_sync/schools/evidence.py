"""Which school a booking's typed name, URN, postcode and e-mail host mean, by the register: pure.

Evidence in this order: a typed URN that is there and whose school may well be called so; a postcode with a name that
only one school there may be called by; the host of a school's own website, with a name that fits. A name by itself only
suggests. All evidence has to point to one school: what contradicts itself is never confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

from eb_sync.model.bookings import TypedSchool
from eb_sync.model.gias import RegisteredSchool
from eb_sync.model.names import normalise_name, postcode_key
from eb_sync.schools.gias import RegisterView
from eb_sync.schools.names import read_name, share_matched

PLAUSIBLE = 0.5
"""What share of the words on either side the other must have; one of them more, or "Ash Lane" would be "Elm Lane"."""


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
    same_key: bool = False
    """Whether it is the very name, letter for letter once normalised."""

    @property
    def is_plausible(self) -> bool:
        """Whether the school may well be meant."""
        less, more = sorted((self.typed_share, self.name_share))
        return self.says_something and not self.contradicts and less >= PLAUSIBLE and more > PLAUSIBLE

    @property
    def is_whole(self) -> bool:
        """Whether it is plausible, and nothing was typed that is not about this school."""
        return self.is_plausible and (self.typed_share == 1 or self.same_key)

    @property
    def score(self) -> float:
        """From 0 to 1, for ranking."""
        share = (self.typed_share + self.name_share) / 2
        return 0.0 if self.contradicts else share if self.same_kind else 0.9 * share


def compare_name(typed_name: str, school: RegisteredSchool) -> Agreement:
    """How well what was typed as the school's name fits a school."""
    return compare_words(typed_name, school.name, words_about(school))


def compare_words(typed_name: str, name: str, about: frozenset[str]) -> Agreement:
    """How well what was typed fits a school of this name, with these telling words about it."""
    typed, known = read_name(typed_name), read_name(name)
    in_name = share_matched(known.telling, typed.telling) if known.telling else 0.0
    return Agreement(
        contradicts=typed.contradicts(known),
        typed_share=share_matched(typed.telling, about),
        name_share=in_name,
        says_something=bool(typed.telling),
        same_kind=typed.kinds == known.kinds,
        same_key=normalise_name(typed_name) == normalise_name(name),
    )


@lru_cache(maxsize=100_000)
def words_about(school: RegisteredSchool) -> frozenset[str]:
    """The telling words of a school's name, address and authority; not of its trust, whose schools share them."""
    texts = (school.name, *school.address, school.la_name)
    return telling_words(texts)


def telling_words(texts: Iterable[str]) -> frozenset[str]:
    """All words of these texts that say which school is meant, numerals among them."""
    return frozenset().union(*(read_name(text).telling | read_name(text).numerals for text in texts))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A school that the evidence proves."""

    urn: str
    by: By


def confirm_by_rule(typed: TypedSchool, register: RegisterView, on: date | None = None) -> Confirmed | None:
    """The school that is proved to be meant; None where a person has to say.

    `on` is the day on which it was that school: two that merge later are two until then.
    """
    named = register.school(typed.urn) if typed.urn else None
    if named is not None and _is_numbered(typed, named, register, on):
        return None if is_denied(typed, register, named.urn, on) else Confirmed(named.urn, By.URN)
    found = _by_address(typed, register, on)
    if found is None or (typed.urn and register.knows(typed.urn) and not register.are_one(typed.urn, found.urn, on)):
        return None  # another school's URN was typed: a person has to say which of the two it is
    return found


def _is_numbered(typed: TypedSchool, named: RegisteredSchool, register: RegisterView, on: date | None) -> bool:
    """Whether a typed number may be believed: its school's name fits, wholly so where nothing else points to it."""
    agreement = compare_name(typed.name, named)
    if typed.postcode == postcode_key(named.postcode) or (typed.email_host and typed.email_host == named.website_host):
        return agreement.is_plausible
    exact = [school for school in register.named(typed.name_key) if not register.are_one(school.urn, named.urn, on)]
    return agreement.is_whole and (agreement.same_key or not exact)


def is_denied(typed: TypedSchool, register: RegisterView, school_id: str, on: date | None = None) -> bool:
    """Whether the typed postcode, or the e-mail host, points to other schools, which may well be called so."""
    return any(
        schools and not any(register.are_one(school_id, school.urn, on) for school in schools)
        for schools in (_at_postcode(typed, register), _with_host(typed, register))
    )


def _by_address(typed: TypedSchool, register: RegisterView, on: date | None) -> Confirmed | None:
    """The one school that postcode and e-mail host point to, as far as they point to any."""
    at_postcode, with_host = _at_postcode(typed, register), _with_host(typed, register)
    if not _mean_one(register.with_host(typed.email_host), register, on):
        with_host = []  # a host of several schools proves none of them
    if not at_postcode and typed.postcode and register.at_postcode(typed.postcode):
        return None  # the postcode is that of schools with other names, whatever the host says
    there = [*at_postcode, *with_host]
    if not at_postcode:
        there += _plausible(typed, _beside(typed, with_host, register))
    return Confirmed(there[0].urn, By.POSTCODE if at_postcode else By.HOST) if _mean_one(there, register, on) else None


def _beside(typed: TypedSchool, found: Sequence[RegisteredSchool], register: RegisterView) -> list[RegisteredSchool]:
    """Schools that may use the host of one of these without its being on their page: at its address, of its trust.

    And whatever is called exactly what was typed.
    """
    others = [school for each in found for school in register.at_postcode(each.postcode)]
    others += [school for each in found for school in register.in_trust(each.trust_uid)]
    return [*others, *register.named(typed.name_key)] if found else []


def _at_postcode(typed: TypedSchool, register: RegisterView) -> list[RegisteredSchool]:
    return _plausible(typed, register.at_postcode(typed.postcode)) if typed.postcode else []


def _with_host(typed: TypedSchool, register: RegisterView) -> list[RegisteredSchool]:
    return _plausible(typed, register.with_host(typed.email_host)) if typed.email_host else []


def _plausible(typed: TypedSchool, schools: Iterable[RegisteredSchool]) -> list[RegisteredSchool]:
    return [school for school in schools if compare_name(typed.name, school).is_plausible]


def _mean_one(schools: Sequence[RegisteredSchool], register: RegisterView, on: date | None) -> bool:
    """Whether these are one school, under one number or under successive ones, and it is not closed for good."""
    if not schools or any(not register.are_one(one.urn, other.urn, on) for one, other in combinations(schools, 2)):
        return False
    return any(not school.is_closed for school in schools)

"""The register of schools as known at some fact: schools by number, postcode and website, and who followed whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from eb_sync.model.names import is_shared, postcode_key
from eb_sync.model.register import LinkKind, RegisteredSchool, RegisteredTrust, SchoolLink


@dataclass(frozen=True)
class RegisterView:
    """That part of the register that may matter to what was typed."""

    schools: dict[str, RegisteredSchool] = field(default_factory=dict)
    links: Sequence[SchoolLink] = ()
    trusts: dict[str, RegisteredTrust] = field(default_factory=dict)
    is_loaded: bool = False
    """Whether any register was loaded."""

    def school(self, urn: str) -> RegisteredSchool | None:
        """The school with this number; None if the register has none."""
        return self.schools.get(urn)

    def at_postcode(self, postcode: str) -> Sequence[RegisteredSchool]:
        """Schools at a postcode, written with or without its space."""
        return self._by_postcode.get(postcode_key(postcode), ())

    def with_host(self, host: str) -> Sequence[RegisteredSchool]:
        """Schools whose website has this host; none for hosts that belong to nobody in particular."""
        return () if is_shared(host) else self._by_host.get(host, ())

    def are_one(self, urn: str, other: str) -> bool:
        """Whether two numbers are successive ones of one school; two parts of a school that was split are not."""
        return urn == other or other in self.relatives(urn)

    def relatives(self, urn: str) -> frozenset[str]:
        """All numbers that came before this one, and all that came after it, directly or not, itself included."""
        return frozenset(_reachable(urn, self._before) | _reachable(urn, self._after))

    def was_open(self, urn: str, day: date) -> bool:
        """Whether the register lets a school be open on a day; True of one that it does not have."""
        school = self.schools.get(urn)
        if school is None or not school.is_closed:
            return True
        return school.closed_on is not None and day <= school.closed_on

    def valid_on(self, urn: str, day: date) -> str | None:
        """The number that the school had on a day; None where it was several schools, or became several."""
        seen: set[str] = set()
        while urn not in seen:
            seen.add(urn)
            step = self._step(urn, day)
            if step is None or step == urn:
                return step
            urn = step
        return urn

    def _step(self, urn: str, day: date) -> str | None:
        school = self.schools.get(urn)
        later = {other for other, since in self._after.get(urn, {}).items() if _has_begun(since, school, day)}
        if later:
            return later.pop() if len(later) == 1 else None
        if school is not None and school.opened_on is not None and day >= school.opened_on:
            return urn
        earlier = {other for other, since in self._before.get(urn, {}).items() if _is_ahead(since, school, day)}
        if earlier:
            return earlier.pop() if len(earlier) == 1 else None
        return urn

    @cached_property
    def _after(self) -> dict[str, dict[str, date | None]]:
        found: dict[str, dict[str, date | None]] = defaultdict(dict)
        for link in self.links:
            before, after = (link.urn, link.link_urn) if link.kind is LinkKind.SUCCESSOR else (link.link_urn, link.urn)
            if self._goes_on(before):
                continue  # it gave a part away, or another opened beside it: nobody took its place
            opened = self.schools[after].opened_on if after in self.schools else None
            found[before][after] = link.established_on or opened
        return dict(found)

    def _goes_on(self, urn: str) -> bool:
        school = self.schools.get(urn)
        return school is not None and not school.is_closed and school.closed_on is None

    @cached_property
    def _before(self) -> dict[str, dict[str, date | None]]:
        found: dict[str, dict[str, date | None]] = defaultdict(dict)
        for before, afters in self._after.items():
            for after, since in afters.items():
                found[after][before] = since
        return dict(found)

    @cached_property
    def _by_postcode(self) -> dict[str, list[RegisteredSchool]]:
        return _group((postcode_key(school.postcode), school) for school in self.schools.values())

    @cached_property
    def _by_host(self) -> dict[str, list[RegisteredSchool]]:
        return _group((school.website_host, school) for school in self.schools.values())


def _has_begun(since: date | None, school: RegisteredSchool | None, day: date) -> bool:
    """Whether a successor had taken over by that day."""
    if school is not None and school.closed_on is not None:
        return day > school.closed_on
    return since is not None and day >= since


def _is_ahead(since: date | None, school: RegisteredSchool | None, day: date) -> bool:
    """Whether the school itself had yet to take over on that day."""
    opened = since if school is None else school.opened_on
    return opened is not None and day < opened


def _reachable(urn: str, steps: Mapping[str, Iterable[str]]) -> set[str]:
    found, todo = {urn}, [urn]
    while todo:
        near = set(steps.get(todo.pop(), ())) - found
        found |= near
        todo += near
    return found


def _group(pairs: Iterable[tuple[str, RegisteredSchool]]) -> dict[str, list[RegisteredSchool]]:
    found: dict[str, list[RegisteredSchool]] = defaultdict(list)
    for key, school in pairs:
        if key:
            found[key].append(school)
    return {key: sorted(schools, key=lambda school: school.urn) for key, schools in found.items()}

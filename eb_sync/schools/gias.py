"""The register of schools as known at some fact: schools by number, postcode and website, and who followed whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from eb_sync.model.gias import LinkKind, RegisteredSchool, RegisteredTrust, SchoolLink
from eb_sync.model.names import is_shared, normalise_name, postcode_key


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

    def in_trust(self, uid: str) -> Sequence[RegisteredSchool]:
        """Schools of a trust; none for no trust."""
        return self._by_trust.get(uid, ())

    def named(self, name_key: str) -> Sequence[RegisteredSchool]:
        """Schools of exactly this normalised name."""
        return self._by_name.get(name_key, ())

    def knows(self, urn: str) -> bool:
        """Whether the register has a school, or a link, with this number."""
        return urn in self.schools or urn in self._linked

    def are_one(self, urn: str, other: str, on: date | None = None) -> bool:
        """Whether two numbers are successive ones of one school; two parts of a school that was split are not.

        With a day `on`: whether they were one school by then. Two that merge later are two until they do.
        """
        if urn == other:
            return True
        if other not in self.relatives(urn):
            return False
        return on is None or self.valid_on(urn, on) == self.valid_on(other, on) is not None

    def relatives(self, urn: str) -> frozenset[str]:
        """All numbers that came before this one, and all that came after it, directly or not, itself included."""
        return frozenset(_reachable(urn, self._before) | _reachable(urn, self._after))

    def line(self, urn: str) -> frozenset[str]:
        """The numbers that this school alone had one after the other: nobody merged with it, it was never split."""
        return frozenset(self._walk(urn, self._before, self._after) | self._walk(urn, self._after, self._before))

    def was_open(self, urn: str, day: date) -> bool:
        """Whether the register lets a school be open on a day; True of one that it does not have."""
        school = self.schools.get(urn)
        if school is None:
            return True
        if school.is_proposed or (school.opened_on is not None and day < school.opened_on):
            return False
        return not school.is_closed or (school.closed_on is not None and day <= school.closed_on)

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
        known_since = None if school is None else school.opened_on
        still_apart = [
            other
            for other, since in self._before.get(urn, {}).items()
            if (other, urn) in self._mergers and (since is None or day < since)
        ]
        if known_since is None and len(still_apart) > 1:
            return None  # whether it is new or took the others in, nobody knows
        earlier = {
            other
            for other, since in self._before.get(urn, {}).items()
            # who took another in was there before that: only its own opening tells whether it was there on the day
            if _is_ahead(known_since if (other, urn) in self._mergers else since, school, day)
        }
        if earlier:
            return earlier.pop() if len(earlier) == 1 else None
        return urn

    @cached_property
    def _after(self) -> dict[str, dict[str, date | None]]:
        found: dict[str, dict[str, date | None]] = defaultdict(dict)
        for link in self.links:
            before, after = (link.urn, link.link_urn) if link.kind is LinkKind.SUCCESSOR else (link.link_urn, link.urn)
            if self.is_going_on(before):
                continue  # it gave a part away, or another opened beside it: nobody took its place
            opened = self.schools[after].opened_on if after in self.schools else None
            found[before][after] = link.established_on or opened
        return dict(found)

    def _walk(self, urn: str, steps: Mapping[str, Iterable[str]], back: Mapping[str, Iterable[str]]) -> set[str]:
        found = {urn}
        while len(several := set(steps.get(urn, ()))) == 1:
            (near,) = several
            is_merger = (near, urn) in self._mergers or (urn, near) in self._mergers
            if near in found or is_merger or len(set(back.get(near, ()))) != 1:
                break
            found.add(near)
            urn = near
        return found

    def is_going_on(self, urn: str) -> bool:
        """Whether the register has a school as open, and as nothing else to come."""
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
    def _linked(self) -> frozenset[str]:
        return frozenset(urn for link in self.links for urn in (link.urn, link.link_urn))

    @cached_property
    def _mergers(self) -> frozenset[tuple[str, str]]:
        """Pairs of numbers, the earlier first, of which the later took others in."""
        return frozenset(
            (link.urn, link.link_urn) if link.kind is LinkKind.SUCCESSOR else (link.link_urn, link.urn)
            for link in self.links
            if any(word in link.link_type.casefold() for word in ("merge", "amalgamat"))
        )

    @cached_property
    def _by_trust(self) -> dict[str, list[RegisteredSchool]]:
        return _group((school.trust_uid, school) for school in self.schools.values())

    @cached_property
    def _by_name(self) -> dict[str, list[RegisteredSchool]]:
        return _group((normalise_name(school.name), school) for school in self.schools.values())

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

"""Loading the official register: only what differs from what was known is kept, from the load's fact on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from eb_sync.model.facts import RegisterLoaded, facts_of
from eb_sync.model.gias import RegisteredSchool, RegisteredTrust, SchoolLink
from eb_sync.model.texts import storable
from eb_sync.schools.gias_file import Layout, RegisterFile, Unreadable, read_rows
from eb_sync.store.facts import read_facts, record_facts
from eb_sync.store.gias import (
    append_links,
    append_schools,
    append_trusts,
    digest_row,
    read_school_digests,
    read_schools,
)
from eb_sync.store.series import newest_fact_id

_T = TypeVar("_T")
_AT_ONCE = 1000


class ChangeKind(StrEnum):
    """What happened to a school since the load before."""

    CLOSED = "closed"
    OPENED = "opened"
    RENAMED = "renamed"
    MOVED_TRUST = "moved trust"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class SchoolChange:
    """One thing that happened to a school."""

    kind: ChangeKind
    urn: str
    name: str
    was: str
    """The name or trust before; for a merger how the register words it; else empty."""


@dataclass(slots=True)
class Loaded:
    """What a load came to."""

    fact_id: int | None
    """None: this very file was loaded before, and nothing was recorded."""
    rows: int = 0
    changed: int = 0
    """Rows that were new or differed."""
    changes: list[SchoolChange] = field(default_factory=list)
    """Since the load before; none for the first."""
    unreadable: Unreadable = field(default_factory=Unreadable)

    def by_kind(self) -> Counter[ChangeKind]:
        """How many changes there were of each kind."""
        return Counter(change.kind for change in self.changes)


def load_register(connection: sa.Connection, hub_id: int, file: RegisterFile, now: datetime, said_by: str) -> Loaded:
    """Keep what a file of the register says. Schools that it leaves out stay as they were: it may be a part."""
    loads = facts_of(
        read_facts(connection, hub_id, newest_fact_id(connection, hub_id), kinds=(RegisterLoaded,)), RegisterLoaded
    )
    earlier = [load for _, load in loads if load.layout == file.layout]
    if earlier and earlier[-1].digest == file.digest:
        return Loaded(None)
    content = RegisterLoaded(file.layout.value, storable(file.path.name), file.digest)
    loaded = Loaded(record_facts(connection, hub_id, now, said_by, [content])[0])
    match file.layout:
        case Layout.SCHOOLS:
            _load_schools(connection, hub_id, file, loaded, is_first=not earlier)
        case Layout.LINKS:
            _load_links(connection, hub_id, file, loaded, is_first=not earlier)
        case Layout.GROUPS:
            trusts = _of_kind(RegisteredTrust, _counted(file, loaded))
            loaded.changed = append_trusts(connection, hub_id, loaded.fact_id or 0, trusts)
    return loaded


def _counted(file: RegisterFile, loaded: Loaded) -> Iterator[object]:
    for row in read_rows(file, loaded.unreadable):
        loaded.rows += 1
        yield row


def _of_kind(kind: type[_T], rows: Iterable[object]) -> Iterator[_T]:
    return (row for row in rows if isinstance(row, kind))


def _load_schools(
    connection: sa.Connection, hub_id: int, file: RegisterFile, loaded: Loaded, *, is_first: bool
) -> None:
    since_id = loaded.fact_id or 0
    digests = read_school_digests(connection, hub_id)
    schools = _once(_of_kind(RegisteredSchool, _counted(file, loaded)))
    while several := list(islice(schools, _AT_ONCE)):
        differing = {school.urn: (school, digest_row(school)) for school in several}
        differing = {urn: pair for urn, pair in differing.items() if digests.get(urn) != pair[1]}
        if not is_first:
            known = read_schools(connection, hub_id, since_id - 1, "urn", differing)
            before = {school.urn: school for school in known}
            loaded.changes += [
                change for school, _ in differing.values() for change in _compare(before.get(school.urn), school)
            ]
        append_schools(connection, hub_id, since_id, list(differing.values()))
        loaded.changed += len(differing)


def _once(schools: Iterable[RegisteredSchool]) -> Iterator[RegisteredSchool]:
    """Each school's first row: a load knows one version of it, and files put together by hand repeat some."""
    seen: set[str] = set()
    for school in schools:
        if school.urn not in seen:
            seen.add(school.urn)
            yield school


def _compare(before: RegisteredSchool | None, after: RegisteredSchool) -> Iterator[SchoolChange]:
    if before is None:
        if not after.is_closed:
            yield SchoolChange(ChangeKind.OPENED, after.urn, after.name, "")
        return
    if after.is_closed and not before.is_closed:
        yield SchoolChange(ChangeKind.CLOSED, after.urn, after.name, "")
    if after.name != before.name:
        yield SchoolChange(ChangeKind.RENAMED, after.urn, after.name, before.name)
    if after.trust_uid != before.trust_uid:
        yield SchoolChange(ChangeKind.MOVED_TRUST, after.urn, after.name, before.trust_name)


def _load_links(connection: sa.Connection, hub_id: int, file: RegisterFile, loaded: Loaded, *, is_first: bool) -> None:
    links: Sequence[SchoolLink] = list(_of_kind(SchoolLink, _counted(file, loaded)))
    added = append_links(connection, hub_id, loaded.fact_id or 0, links)
    loaded.changed = len(added)
    if not is_first:
        loaded.changes += [
            SchoolChange(ChangeKind.MERGED, link.urn, link.link_urn, link.link_type)
            for link in added
            if "merged" in link.link_type.casefold() or "amalgamat" in link.link_type.casefold()
        ]
